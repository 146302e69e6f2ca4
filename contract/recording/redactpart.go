package recording

import (
	"bytes"
	"compress/gzip"
	"io"
	"iter"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// part is one text of an exchange: the URL, one value of a header field, or a body.
type part struct {
	side  int    // request or response
	field string // of a header value
	n     int    // which value
	body  bool   // neither: the URL
	kind  kind
}

const (
	requestSide = iota
	responseSide
)

// parts are those of x in a fixed order: the URL, header values by name and bodies, the request before the response.
// Content-Length is none: it must stay a number, which a secret may be too.
func parts(x *Exchange) iter.Seq[part] {
	return func(yield func(part) bool) {
		if !yield(part{kind: urlText}) {
			return
		}
		for side := requestSide; side <= responseSide; side++ {
			m := x.message(side)
			for _, name := range fieldNames(m.Header) {
				if strings.EqualFold(name, "Content-Length") {
					continue
				}
				for n := range m.Header[name] {
					if !yield(part{side: side, field: name, n: n}) {
						return
					}
				}
			}
			if len(m.Body) > 0 && !yield(part{side: side, body: true, kind: bodyKind(x, side)}) {
				return
			}
		}
	}
}

func (x *Exchange) message(side int) *Message {
	if side == responseSide {
		return &x.Response
	}
	return &x.Request
}

// bodyKind says whether a body is that of a form. What looks like JSON is not, whatever its type says.
func bodyKind(x *Exchange, side int) kind {
	m := x.message(side)
	contentType := ""
	if len(m.Header["Content-Type"]) > 0 {
		contentType = m.Header["Content-Type"][0]
	}
	form := strings.Contains(strings.ToLower(contentType), "form-urlencoded")
	switch {
	case side == responseSide || contentType != "" && !form || looksJSON(m.Body):
		return anyText
	case isTokenEndpoint(x.URL):
		return codeText
	case form:
		return formText
	}
	return anyText
}

// isTokenEndpoint says whether a URL is one that codes are redeemed at (RFC 6749 §3.2).
func isTokenEndpoint(target string) bool {
	u, err := url.Parse(target)
	return err == nil && strings.EqualFold(path.Base(u.Path), "token")
}

// get returns a part of x, a body without gzip. buf may be used for it.
func (p part) get(x *Exchange, buf *[]byte) []byte {
	switch m := x.message(p.side); {
	case p.body && isGzip(m.Body):
		return gunzip(m.Body, MaxMessage)
	case p.body:
		return m.Body
	case p.field != "":
		*buf = append((*buf)[:0], m.Header[p.field][p.n]...)
	default:
		*buf = append((*buf)[:0], x.URL...)
	}
	return *buf
}

// set changes a part of x. own says which headers are not those of the original any longer.
func (p part) set(x *Exchange, text []byte, own *[2]bool) {
	switch m := x.message(p.side); {
	case p.body && isGzip(m.Body):
		m.Body = gzipped(text)
	case p.body:
		m.Body = text
	case p.field != "":
		m.ownHeader(&own[p.side])
		m.Header[p.field][p.n] = string(text)
	default:
		x.URL = string(text)
	}
}

func (m *Message) ownHeader(own *bool) {
	if !*own {
		m.Header, *own = m.Header.Clone(), true
	}
}

// fit lets Content-Length say as much more or less than before as the body, which had length bytes, has. So what was
// cut short still is.
func (m *Message) fit(length int, own *bool) {
	if len(m.Body) == length {
		return
	}
	for _, name := range fieldNames(m.Header) {
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		for i, value := range m.Header[name] {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 {
				m.ownHeader(own)
				m.Header[name][i] = strconv.Itoa(max(n+len(m.Body)-length, 0))
			}
		}
	}
}

// isGzip goes by the magic bytes (RFC 1952 §2.3.1), as Content-Encoding may be missing or wrong.
func isGzip(body []byte) bool {
	return len(body) > 3 && body[0] == 0x1f && body[1] == 0x8b && body[2] == 8
}

// gunzip is nil for what is no gzip after all, is cut, or has more than limit bytes.
func gunzip(body []byte, limit int) []byte {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	plain, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	if err != nil || len(plain) > limit {
		return nil
	}
	return plain
}

func gzipped(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(text) // a bytes.Buffer has no errors
	z.Close()
	return b.Bytes()
}
