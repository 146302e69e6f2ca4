package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"
	"unicode/utf8"
)

// WriteNDJSON writes a format line and the exchanges, each as one line, in the package's NDJSON format. [Read] gives
// them back, with header names in canonical form and times in UTC, except for header fields without a value and for
// hints, which are not written.
//
// Each line is one call of w.Write. An exchange that the format has no form for is an error that gives its number,
// from 1: neither URL nor status, a request without URL, a response without status, a status outside 100 to 999, a
// time outside the years 0 to 9999, a method, URL, header or session that is not UTF-8, a line longer than
// [MaxMessage]. What was written before it is a valid recording.
func WriteNDJSON(w io.Writer, xs iter.Seq[Exchange], opts ...WriteOption) error {
	return write(w, ndjsonFormat{limit: MaxMessage}, xs, opts)
}

type ndjsonFormat struct{ limit int }

func (ndjsonFormat) begin(buf []byte, o writeOptions) ([]byte, error) {
	b := members{buf: append(buf, `{"graphcontract":"recording","version":`+formatVersion...)}
	b.text("provenance", o.provenance)
	return append(b.buf, "}\n"...), b.err
}

func (f ndjsonFormat) exchange(buf []byte, x *Exchange) ([]byte, error) {
	b := members{buf: append(buf, '{'), limit: f.limit}
	b.text("session", x.Session)
	if !x.Time.IsZero() {
		b.text("time", x.Time.UTC().Format(time.RFC3339Nano))
	}
	if x.URL != "" {
		b.open("request")
		b.text("method", x.Method)
		b.text("url", x.URL)
		b.message(&x.Request)
	}
	if x.Status != 0 {
		b.open("response")
		b.name("status")
		b.buf = strconv.AppendInt(b.buf, int64(x.Status), 10)
		b.message(&x.Response)
	}
	b.buf = append(b.buf, "}\n"...)
	b.bound(0)
	return b.buf, b.err
}

// members appends the members of a JSON object. The first error stays.
type members struct {
	buf   []byte
	limit int
	err   error
}

// bound checks that at least n more bytes fit.
func (b *members) bound(n int) bool {
	if len(b.buf)+n <= b.limit {
		return true
	}
	if b.err == nil {
		b.err = fmt.Errorf("line longer than %s", size(int64(b.limit)))
	}
	return false
}

func (b *members) name(name string) {
	if last := b.buf[len(b.buf)-1]; last != '{' && last != '[' {
		b.buf = append(b.buf, ',')
	}
	b.buf = append(b.buf, '"')
	b.buf = append(b.buf, name...)
	b.buf = append(b.buf, `":`...)
}

func (b *members) open(name string) {
	b.name(name)
	b.buf = append(b.buf, '{')
}

// text appends a string member, unless it is empty.
func (b *members) text(name, s string) {
	if s == "" {
		return
	}
	b.name(name)
	b.string(name, s)
}

func (b *members) string(what, s string) {
	if !utf8.ValidString(s) && b.err == nil {
		b.err = fmt.Errorf("%s %s is not UTF-8", what, quote(s))
	}
	b.buf = appendJSONString(b.buf, s)
}

// message appends header and body, and closes the object.
func (b *members) message(m *Message) {
	h := canonical(m.Header)
	if names := fieldNames(h); len(names) > 0 {
		b.open("header")
		for i, name := range names {
			if i > 0 {
				b.buf = append(b.buf, ',')
			}
			b.string("header name", name)
			b.buf = append(b.buf, ":["...)
			for j, value := range h[name] {
				if j > 0 {
					b.buf = append(b.buf, ',')
				}
				b.string("value of header "+name+",", value)
			}
			b.buf = append(b.buf, ']')
		}
		b.buf = append(b.buf, '}')
	}
	switch {
	case len(m.Body) == 0 || !b.bound(len(m.Body)):
	case !utf8.Valid(m.Body):
		b.name("base64")
		b.buf = append(b.buf, '"')
		b.buf = base64.StdEncoding.AppendEncode(b.buf, m.Body)
		b.buf = append(b.buf, '"')
	case isOneLineJSON(m.Body):
		b.name("json")
		b.buf = append(b.buf, m.Body...)
	default:
		b.name("text")
		b.buf = appendJSONString(b.buf, m.Body)
	}
	b.buf = append(b.buf, '}')
}

// isOneLineJSON says whether the body can stand in a line as it is, and reading finds both its ends.
func isOneLineJSON(body []byte) bool {
	return bytes.IndexByte(body, '\n') < 0 && bytes.IndexByte(body, '\r') < 0 &&
		len(bytes.Trim(body, " \t")) == len(body) && json.Valid(body)
}

// appendJSONString appends valid UTF-8 as a JSON string with no more escapes than RFC 8259 §7 asks for.
func appendJSONString[T string | []byte](buf []byte, s T) []byte {
	const hex = "0123456789abcdef"
	buf = append(buf, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		buf = append(buf, s[from:i]...)
		from = i + 1
		switch c {
		case '\n':
			buf = append(buf, `\n`...)
		case '\r':
			buf = append(buf, `\r`...)
		case '\t':
			buf = append(buf, `\t`...)
		case '"', '\\':
			buf = append(buf, '\\', c)
		default:
			buf = append(buf, `\u00`...)
			buf = append(buf, hex[c>>4], hex[c&15])
		}
	}
	buf = append(buf, s[from:]...)
	return append(buf, '"')
}
