package recording

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// maxHead is the most bytes a start line and header may have, as in net/http.
const maxHead = 1 << 20

// httpReader reads raw HTTP messages. net/http's own reader does not tell where a body's bytes stand.
type httpReader struct {
	*reader
	session, scheme string    // of the comments read last
	time            time.Time // for the next exchange
	before          string    // how the message before ended, for messages
}

// messages reads the rest of the input. It returns nil when yield wants no more.
func (r *httpReader) messages(yield func(Exchange) bool) error {
	var x Exchange
	waiting := false // x has its request
	for {
		start, err := r.start()
		if err != nil && err != io.EOF {
			return err
		}
		if waiting && (err == io.EOF || start.status == 0) { // no response was recorded
			waiting = false
			r.records++
			if !yield(x) {
				return nil
			}
		}
		switch {
		case err == io.EOF && r.before == "":
			return r.fail(r.in.line, "empty recording: only comments")
		case err == io.EOF:
			return nil
		case start.status == 0:
			x = r.exchange(start)
			x.Method = start.method
			if err := r.message(start, "", &x.Request); err != nil {
				return err
			}
			if x.URL, err = r.url(start, x.Request.Header); err != nil {
				return err
			}
			waiting = true
		case interim(start.status):
			if err := r.message(start, "", new(Message)); err != nil {
				return err
			}
		default:
			if !waiting {
				x = r.exchange(start)
			}
			x.Status = start.status
			if err := r.message(start, x.Method, &x.Response); err != nil {
				return err
			}
			waiting = false
			r.records++
			if !yield(x) {
				return nil
			}
		}
	}
}

// exchange begins one.
func (r *httpReader) exchange(s startLine) Exchange {
	x := Exchange{Session: r.session, Time: r.time}
	x.Source = Source{File: r.name, Record: r.records + 1, Line: s.line, Offset: s.offset}
	r.time = time.Time{}
	return x
}

// start reads blank lines and comments up to a start line. At the end of the file it returns io.EOF.
func (r *httpReader) start() (startLine, error) {
	for {
		at, offset := r.in.line, r.in.offset
		line, err := r.in.next(r.limit)
		switch {
		case err == io.EOF:
			return startLine{}, err
		case err == errTooLong && r.before == "":
			return startLine{}, r.foreign(at, line)
		case err == errTooLong:
			return startLine{}, r.fail(at, "line longer than %s; %s", size(r.limit), r.before)
		case err != nil:
			return startLine{}, r.fail(at, "%w", err)
		case blank(line):
			continue
		case line[0] == '#':
			if err := r.comment(at, line); err != nil {
				return startLine{}, err
			}
			continue
		}
		s, ok := parseStart(line)
		switch {
		case !ok && r.before == "":
			return s, r.foreign(at, line)
		case !ok:
			return s, r.fail(at, "%s is neither a start line nor a comment; %s", quote(chomp(line)), r.before)
		}
		s.line, s.offset = at, offset
		return s, nil
	}
}

// comment reads what a comment line says to us, if anything.
func (r *httpReader) comment(at int, line []byte) error {
	key, value, ok := strings.Cut(strings.TrimLeft(string(chomp(line)), "#"), ":")
	if !ok {
		return nil
	}
	value = strings.Trim(value, " \t")
	switch strings.ToLower(strings.Trim(key, " \t")) {
	case "session":
		if !isFieldValue(value) {
			return r.fail(at, "session name %s has control characters", quote(value))
		}
		r.session = value
	case "time":
		t, ok := parseTime(value)
		if !ok {
			return r.fail(at, "time %s is no RFC 3339 time; %s", quote(value), timeHint)
		}
		r.time = t
	case "scheme":
		if value != "http" && value != "https" {
			return r.fail(at, "scheme %s is neither http nor https", quote(value))
		}
		r.scheme = value
	}
	return nil
}

// url is the target URL of a request (RFC 9112 §3.3).
func (r *httpReader) url(s startLine, h http.Header) (string, error) {
	host := h.Get("Host")
	switch {
	case host == "" || s.target[0] != '/':
		return s.target, nil
	case !isTarget(host):
		return "", r.fail(s.line, "Host %s is no host name", quote(host))
	}
	return r.scheme + "://" + host + s.target, nil
}

// message reads the header and the body that follow a start line. The method is that of the request, if the
// message is its response.
func (r *httpReader) message(s startLine, method string, m *Message) error {
	end := s.offset + r.limit
	complete, err := r.head(s, min(s.offset+maxHead, end), m)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("the request in line %d", s.line)
	if s.status != 0 {
		what = fmt.Sprintf("the response in line %d", s.line)
	}
	r.before = what + " is cut"
	if complete {
		m.origin = &origin{line: r.in.line, offset: r.in.offset}
	}
	if s.status != 0 && !hasBody(method, s.status) {
		r.before = what + " has no body"
		return nil
	}
	chunked, err := isChunked(m.Header)
	if err != nil {
		return r.fail(s.line, "%w", err)
	}
	length, err := contentLength(m.Header)
	if err != nil && !chunked {
		return r.fail(s.line, "%w", err)
	}
	switch {
	case !complete: // the file ends within the head
	case chunked:
		r.before = "the last chunk of " + what + " ends before it"
		err = r.chunked(what, end, m)
	case length >= 0:
		r.before = fmt.Sprintf("the Content-Length %d of %s does not fit", length, what)
		err = r.counted(length, end, m)
	case s.status != 0 || m.Header["Content-Type"] != nil:
		r.before = what + " ends before it"
		err = r.delimited(end, m)
	default:
		r.before = what + " has neither Content-Type, Content-Length nor Transfer-Encoding, so it has no body"
	}
	switch {
	case err == errTooLong:
		return r.fail(s.line, "message longer than %s", size(r.limit))
	case err != nil:
		return err
	}
	if m.origin != nil {
		m.origin.body = m.Body
	}
	return nil
}

// next reads a line that must end before the offset end.
func (r *httpReader) next(end int64) ([]byte, error) {
	at := r.in.line
	line, err := r.in.next(end - r.in.offset)
	if err != nil && err != io.EOF && err != errTooLong {
		err = r.fail(at, "%w", err)
	}
	return line, err
}

// head reads header lines up to an empty one. It is complete if the body can begin after it.
func (r *httpReader) head(s startLine, end int64, m *Message) (complete bool, err error) {
	var name string
	var value []byte
	var fieldLine int // of name
	field := func() error {
		if name == "" {
			return nil
		}
		value = bytes.Trim(value, " \t")
		if !isFieldValue(value) {
			return r.fail(fieldLine, "control character in header %s", name)
		}
		if m.Header == nil {
			m.Header = http.Header{}
		}
		m.Header[name] = append(m.Header[name], string(value))
		return nil
	}
	for {
		at := r.in.line
		line, err := r.next(end)
		switch {
		case err == io.EOF:
			return false, field()
		case err == errTooLong:
			return false, r.fail(s.line, "header longer than %s", size(min(r.limit, maxHead)))
		case err != nil:
			return false, err
		case blank(line):
			return bytes.HasSuffix(line, []byte{'\n'}), field()
		}
		text := chomp(line)
		if text[0] == ' ' || text[0] == '\t' { // obs-fold, RFC 9112 §5.2
			if name == "" {
				return false, r.fail(at, "white space before the first header line")
			}
			value = append(append(value, ' '), bytes.Trim(text, " \t")...)
			continue
		}
		if err := field(); err != nil {
			return false, err
		}
		key, rest, ok := bytes.Cut(text, []byte{':'})
		if !ok || !isToken(key) {
			return false, r.fail(at, "%s is no header line; an empty line ends the header", quote(text))
		}
		fieldLine = at
		name, value = textproto.CanonicalMIMEHeaderKey(string(key)), append(value[:0], rest...)
	}
}
