package recording

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// Read reads the exchanges of one recording: NDJSON, raw HTTP messages or the examples of a documentation page,
// whichever its content is. The name is for messages and for [Source.File], and one that ends in ".md" says that the
// recording is a page, or else Markdown without an example.
//
// It streams: an exchange is yielded as soon as it is complete, and no more than one is held (a small multiple of
// [MaxMessage] at most). Only a page is read whole; it has at most 4 MiB, and one without an example is the error
// [ErrNoExample]. The first error, of r or of the format, is yielded once, as the last element, with an exchange that
// means nothing; it reads "recording: name:line: …". The exchanges before it have been yielded. A file without content
// is an error too, so that nothing never passes for a clean recording.
//
// The sequence consumes r and can be ranged over once. The exchanges belong to the caller.
func Read(r io.Reader, name string) iter.Seq2[Exchange, error] {
	return func(yield func(Exchange, error) bool) {
		rd := &reader{in: newInput(r), name: name, limit: MaxMessage}
		rd.read(yield)
	}
}

type reader struct {
	in      input
	name    string
	limit   int64
	records int // yielded
}

func (r *reader) read(yield func(Exchange, error) bool) {
	err := r.exchanges(func(x Exchange) bool { return yield(x, nil) })
	if err != nil {
		yield(Exchange{}, err)
	}
}

// exchanges finds out the format by the name and the first line that is not blank.
func (r *reader) exchanges(yield func(Exchange) bool) error {
	r.in.skipBOM()
	for {
		line, err := r.in.next(r.limit)
		switch {
		case err == io.EOF:
			return r.fail(r.in.line, "empty recording")
		case err == errTooLong && r.isPage(line):
			return r.fail(r.in.line, "page longer than %s", size(min(r.limit, maxPage)))
		case err == errTooLong && opensObject(line):
			return r.fail(r.in.line, "line longer than %s", size(r.limit))
		case err == errTooLong:
			return r.foreign(r.in.line, line)
		case err != nil:
			return r.fail(r.in.line, "%w", err)
		case blank(line):
			continue
		case r.isPage(line):
			return r.page(yield)
		}
		object := opensObject(r.in.last)
		r.in.unread()
		if object {
			return r.ndjson(yield)
		}
		h := &httpReader{reader: r, scheme: "http"}
		return h.messages(yield)
	}
}

func opensObject(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] == '{'
}

func (r *reader) fail(line int, format string, args ...any) error {
	return fmt.Errorf("recording: %s:%d: "+format, append([]any{r.name, line}, args...)...)
}

// failAt adds the column of a fault.
func (r *reader) failAt(line int, text []byte, err error) error {
	f, ok := err.(*fault)
	if !ok {
		return r.fail(line, "%w", err)
	}
	_, column := advance(text[:min(f.at, len(text))], 1, 1)
	if f.hint != "" {
		return r.fail(line, "%s at column %d; %s", f.text, column, f.hint)
	}
	return r.fail(line, "%s at column %d", f.text, column)
}

const (
	neither  = "neither NDJSON nor HTTP/1.1 messages"
	hintSize = 1024
)

// foreign is the error for a file that is no recording; line is the one that says so.
func (r *reader) foreign(line int, text []byte) error {
	text = bytes.Clone(text[:min(len(text), hintSize)])
	if what := foreignContent(append(text, r.in.ahead(hintSize-len(text))...)); what != "" {
		return r.fail(line, "%s: %s", neither, what)
	}
	return r.fail(line, "%s: found %s", neither, quote(bytes.TrimSpace(chomp(text))))
}

// foreignContent names what is often taken for a recording, by how it begins.
func foreignContent(b []byte) string {
	text := bytes.TrimLeft(b, " \t\r\n")
	lower := bytes.ToLower(text[:min(len(text), 16)])
	switch what := foreignEncoding(b); {
	case what != "":
		return what
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page"
	case bytes.HasPrefix(lower, []byte("<")):
		return "an XML document"
	case isCassette(text):
		return "a YAML cassette, which cannot be read yet"
	case bytes.HasPrefix(text, []byte("[")), bytes.HasPrefix(text, []byte(`"`)):
		return bareDocument
	case unversioned(text):
		return "a request line without HTTP/1.1 at its end"
	}
	return ""
}

// foreignEncoding names what is no text in UTF-8.
func foreignEncoding(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\x1f\x8b")):
		return "compressed by gzip; decompress it first (gunzip)"
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "a ZIP archive; unpack it first"
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")),
		bytes.HasPrefix(b, []byte("{\x00")), bytes.HasPrefix(b, []byte("\x00{")):
		return "UTF-16 text; save it as UTF-8"
	}
	return ""
}

func isCassette(b []byte) bool {
	return bytes.HasPrefix(b, []byte("interactions:")) || bytes.Contains(b, []byte("\ninteractions:"))
}

// unversioned says whether b begins with a request line as editors' request files have it: without a version.
func unversioned(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	method, target, ok := bytes.Cut(chomp(line), []byte(" "))
	return ok && isToken(method) && bytes.Equal(method, bytes.ToUpper(method)) &&
		(bytes.HasPrefix(target, []byte("/")) || bytes.HasPrefix(target, []byte("http")))
}

const bareDocument = "a JSON document without an exchange; use graphcontract validate"

// foreignJSON names what begins with "{" and is no NDJSON recording: line could not be read, more follows it.
func foreignJSON(line, more []byte) string {
	line = line[:min(len(line), hintSize)]
	text := append(append(bytes.Clone(line), '\n'), more...)
	if what := foreignContent(text); what != "" {
		return what
	}
	c := cursor{line: text}
	c.space()
	c.i++ // the brace
	name, err := c.text("")
	if err != nil {
		return ""
	}
	known := slices.Concat(recordMembers, formatMembers[:1])
	switch {
	case name == "log":
		return "a HAR file, which cannot be read yet"
	case slices.Contains(known, name):
		if blank(line[bytes.IndexByte(line, '{')+1:]) {
			return "a record that spans lines; each is one line (jq -c . makes it so)"
		}
		return ""
	case len(nearest.Names(name, known, 1)) > 0:
		return ""
	}
	return bareDocument
}

// quote is s for a message: quoted, and short.
func quote[T string | []byte](s T) string {
	const most = 60
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

const timeHint = "such as 2026-11-24T05:52:35Z"

// parseTime reads an RFC 3339 time as UTC.
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, false
	}
	t = t.UTC()
	return t, writable(t)
}

// writable says whether RFC 3339 has a form for the time.
func writable(t time.Time) bool {
	return 0 <= t.Year() && t.Year() <= 9999
}
