package recording

import (
	"bytes"
	"io"
)

// counted reads a body of known length, or what the file has of it.
func (r *httpReader) counted(length, end int64, m *Message) (err error) {
	if m.Body, err = r.in.take(nil, min(length, end-r.in.offset)); err != nil {
		return r.fail(r.in.line, "%w", err)
	}
	if int64(len(m.Body)) < length && r.in.offset == end && len(r.in.ahead(1)) > 0 {
		return errTooLong
	}
	return nil
}

// chunked reads a chunked body (RFC 9112 §7.1), or what the file has of it. Trailer fields are skipped.
func (r *httpReader) chunked(what string, end int64, m *Message) error {
	for {
		at := r.in.line
		line, err := r.next(end)
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		n, ok := parseChunkSize(line)
		switch {
		case !ok:
			return r.fail(at, "%s is no chunk size in the body of %s; if the body is not chunked any more, "+
				"remove Transfer-Encoding", quote(chomp(line)), what)
		case n == 0:
			return r.trailer(end)
		case !bytes.HasSuffix(line, []byte{'\n'}):
			return nil
		}
		m.origin.chunks = append(m.origin.chunks, chunk{
			body:   int32(len(m.Body)),
			line:   int32(r.in.line - m.origin.line),
			offset: int32(r.in.offset - m.origin.offset),
		})
		have := int64(len(m.Body))
		if m.Body, err = r.in.take(m.Body, min(n, end-r.in.offset)); err != nil {
			return r.fail(r.in.line, "%w", err)
		}
		if int64(len(m.Body))-have < n {
			if r.in.offset == end && len(r.in.ahead(1)) > 0 {
				return errTooLong
			}
			return nil
		}
		at = r.in.line
		line, err = r.next(end)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case len(chomp(line)) > 0:
			return r.fail(at, "%s follows a chunk of %d bytes in the body of %s; the chunk size does not fit",
				quote(chomp(line)), n, what)
		}
	}
}

func (r *httpReader) trailer(end int64) error {
	for {
		at := r.in.line
		line, err := r.next(end)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case blank(line):
			return nil
		}
		name, _, ok := bytes.Cut(line, []byte{':'})
		if _, start := parseStart(line); start || line[0] == '#' {
			r.in.unread()
			return nil
		} else if !ok || !isToken(name) {
			return r.fail(at, "%s is no trailer line; %s", quote(chomp(line)), r.before)
		}
	}
}

// delimited reads a body that ends where the next message begins: before a line that starts with "###", or before
// blank lines and comments that end in a start line or, with a comment, in the end of the file. The line break
// before them is no part of the body either.
func (r *httpReader) delimited(end int64, m *Message) error {
	var body []byte
	gap := 0 // where the blank lines and comments at the end of body begin, -1 if there are none
	comments := false
	firstLine := r.in.line
	for {
		line, err := r.next(end)
		if err == io.EOF {
			if gap == 0 || comments {
				break
			}
			m.Body = body
			return nil
		} else if err != nil {
			return err
		}
		separator := bytes.HasPrefix(line, []byte("###"))
		if gap < 0 && (separator || blank(line)) {
			gap = len(body)
		}
		if gap >= 0 && !blank(line) {
			if !separator && line[0] != '#' {
				_, separator = parseStart(line)
			}
			if separator {
				r.in.unread()
				break
			}
			if comments = line[0] == '#'; !comments {
				gap = -1
			}
		}
		body = append(body, line...)
	}
	at := firstLine + bytes.Count(body[:gap], []byte{'\n'})
	for line := range bytes.Lines(body[gap:]) {
		if line[0] == '#' {
			if err := r.comment(at, line); err != nil {
				return err
			}
		}
		at++
	}
	if body = chomp(body[:gap]); len(body) > 0 {
		m.Body = body[:len(body):len(body)]
	}
	return nil
}
