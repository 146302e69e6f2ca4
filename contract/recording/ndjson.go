package recording

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/textproto"
	"unicode/utf8"
)

// formatVersion is the version of the NDJSON format that this package reads and writes.
const formatVersion = "1"

var (
	recordMembers   = []string{"session", "time", "request", "response"}
	requestMembers  = []string{"method", "url", "header", "json", "text", "base64"}
	responseMembers = []string{"status", "header", "json", "text", "base64"}
	formatMembers   = []string{"graphcontract", "version", "provenance"}
)

// ndjson reads the rest of the input as NDJSON. It returns nil when yield wants no more.
func (r *reader) ndjson(yield func(Exchange) bool) error {
	for first := true; ; {
		at := Source{File: r.name, Record: r.records + 1, Line: r.in.line, Offset: r.in.offset}
		line, err := r.in.next(r.limit)
		switch {
		case err == io.EOF:
			return nil
		case err == errTooLong:
			return r.fail(at.Line, "line longer than %s", size(r.limit))
		case err != nil:
			return r.fail(at.Line, "%w", err)
		case blank(line):
			continue
		}
		c := &cursor{line: chomp(r.in.own())}
		x, format, err := c.record(at)
		if err != nil {
			if first {
				if what := foreignJSON(c.line, r.in.ahead(hintSize)); what != "" {
					return r.fail(at.Line, "%s: %s", neither, what)
				}
			}
			return r.failAt(at.Line, c.line, err)
		}
		first = false
		if format {
			continue
		}
		r.records++
		if !yield(x) {
			return nil
		}
	}
}

// record reads a whole line: an exchange, or what the format line says.
func (c *cursor) record(at Source) (x Exchange, format bool, err error) {
	if !utf8.Valid(c.line) {
		return x, false, &fault{validPrefix(c.line), "not UTF-8", "a body that is not UTF-8 is written as base64"}
	}
	head := *c
	if head.formatLine() {
		return x, true, c.format()
	}
	x.Source = at
	var request, response bool
	err = c.object("the record", recordMembers, func(name string) error {
		at := c.i
		if c.null() {
			return nil
		}
		switch name {
		case "session":
			x.Session, err = c.text("session")
		case "time":
			var s string
			if s, err = c.text("time"); err != nil {
				break
			}
			var ok bool
			if x.Time, ok = parseTime(s); !ok {
				return &fault{at, "time " + quote(s) + " is no RFC 3339 time", timeHint}
			}
		case "request":
			request = true
			err = c.message(name, requestMembers, &x.Request, &x, x.Source)
			if err == nil && x.URL == "" {
				err = c.fault(at, "request has no url")
			}
		case "response":
			response = true
			err = c.message(name, responseMembers, &x.Response, &x, x.Source)
			if err == nil && x.Status == 0 {
				err = c.fault(at, "response has no status")
			}
		}
		return err
	})
	if err == nil && !request && !response {
		err = c.fault(0, "a record without request and response")
	}
	if err == nil {
		err = c.end()
	}
	return x, false, err
}

// validPrefix is the length of the part of b before the first byte that is not UTF-8.
func validPrefix(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n < 2 {
			return i
		}
		i += n
	}
	return len(b)
}

func (c *cursor) end() error {
	if c.space(); c.i < len(c.line) {
		return &fault{c.i, c.peek() + " follows the record", "each record is a line of its own"}
	}
	return nil
}

// message reads the object of a request or response into m and, for the start line, x.
func (c *cursor) message(what string, known []string, m *Message, x *Exchange, src Source) error {
	start := c.i
	body := ""
	err := c.object(what, known, func(name string) (err error) {
		at := c.i
		if name != "json" && c.null() {
			return nil
		}
		switch name {
		case "method":
			x.Method, err = c.text(name)
		case "url":
			x.URL, err = c.text(name)
		case "status":
			x.Status, err = c.status()
		case "header":
			m.Header, err = c.header()
		default:
			if body != "" {
				return c.fault(at, "%s has two bodies, %s and %s", what, body, name)
			}
			body = name
			err = c.body(name, m, src)
		}
		return err
	})
	if m.origin == nil {
		m.origin = &origin{line: src.Line, offset: src.Offset + int64(start), before: c.line[:start], opaque: true}
	}
	return err
}

func (c *cursor) status() (int, error) {
	at := c.i
	raw, err := c.value()
	if err != nil {
		return 0, err
	}
	n, ok := parseStatus(raw)
	if !ok {
		return 0, c.fault(at, "status %s is not a number from 100 to 999", quote(raw))
	}
	return n, nil
}

// parseStatus reads a status code, three digits (RFC 9110 §15).
func parseStatus(s []byte) (int, bool) {
	if len(s) != 3 || s[0] < '1' {
		return 0, false
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

func (c *cursor) header() (http.Header, error) {
	var h http.Header
	err := c.object("header", nil, func(name string) error {
		if c.null() {
			return nil
		}
		values, err := c.texts("a header value")
		if len(values) > 0 {
			if h == nil {
				h = http.Header{}
			}
			name = textproto.CanonicalMIMEHeaderKey(name)
			h[name] = append(h[name], values...)
		}
		return err
	})
	return h, err
}

func (c *cursor) body(form string, m *Message, src Source) error {
	var body, raw []byte
	start := c.i
	switch form {
	case "json":
		var err error
		if body, err = c.valid("the body"); err != nil {
			return err
		}
	default:
		var err error
		if body, raw, err = c.literal(form); err != nil {
			return err
		}
		if form == "base64" {
			decoded := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
			n, err := base64.StdEncoding.Decode(decoded, body)
			if err != nil {
				return c.fault(start, "bad base64: %v", err)
			}
			body = decoded[:n:n]
			break
		}
		start++
		if len(raw) == len(body) {
			raw = nil // no escapes: every escape is longer than what it stands for
		}
	}
	if len(body) == 0 {
		body = nil
	}
	m.Body = body
	m.origin = &origin{
		body: body, raw: raw, opaque: form == "base64",
		line: src.Line, offset: src.Offset + int64(start), before: c.line[:start],
	}
	return nil
}

// formatLine says whether the line describes the file.
func (c *cursor) formatLine() bool {
	if c.space() != '{' {
		return false
	}
	c.i++
	c.space()
	name, err := c.text("")
	return err == nil && name == formatMembers[0]
}

// format checks the line that describes the file. The version comes first: another one may have other members.
func (c *cursor) format() error {
	start := *c
	var kind, version []byte
	err := c.object("the format line", nil, func(name string) (err error) {
		switch name {
		case "graphcontract":
			kind, err = c.value()
		case "version":
			version, err = c.value()
		default:
			_, err = c.value()
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case string(kind) != `"recording"`:
		return c.fault(0, "a graphcontract file of kind %s, not a recording", quote(kind))
	case string(version) != formatVersion:
		if version == nil {
			version = []byte("none")
		}
		return &fault{
			0, "format version " + string(version[:min(len(version), 20)]) + " is not known",
			"this build reads version " + formatVersion,
		}
	}
	err = start.object("the format line", formatMembers, func(name string) (err error) {
		if name == "provenance" && !start.null() {
			_, err = start.text(name)
		} else if name != "provenance" {
			_, err = start.value()
		}
		return err
	})
	if err != nil {
		return err
	}
	return start.end()
}
