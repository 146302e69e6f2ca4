package recording

import (
	"bytes"
	"sort"
	"sync"
	"unicode/utf8"
)

// Locate maps an offset in m.Body, from 0 to its length, to the recording file: line and column from 1, the column
// in code points (bytes that continue a code point do not count), and the byte offset from 0. A line ends in LF. It
// follows chunks and JSON escapes: the place of a byte that an escape stands for is the start of the escape.
//
// With ok false the file does not hold that byte, and the place is the nearest that is known: the start of the
// base64 literal, of the body if Body is no longer the slice that was read or offset is outside of it, of the
// message object or a page's start line if there is no body; zero if there is none, as for messages made in memory.
// On a documentation page ok is false too for a body whose repair has moved bytes. Where a repair has put another
// byte in the place of one, that is the byte's place.
//
// The first call takes time linear in the body, each other one does not depend on its size. Calls may run
// concurrently.
func (m *Message) Locate(offset int) (line, column int, fileOffset int64, ok bool) {
	o := m.origin
	if o == nil {
		return 0, 0, 0, false
	}
	o.once.Do(o.index)
	p := place{line: o.line, column: o.marks[0].column, offset: o.offset}
	if b := o.bytes(); !o.opaque && o.raw == nil && len(b) > 0 && !utf8.RuneStart(b[0]) && p.column > 1 {
		p.column-- // the body begins within what the line before it has of a code point
	}
	ok = !o.opaque && o.holds(m.Body) && 0 <= offset && offset <= len(o.body)
	switch {
	case !ok:
	case o.raw != nil:
		p = o.escaped(offset)
	default:
		p = o.direct(offset)
		if offset < len(o.body) && !utf8.RuneStart(o.bytes()[offset]) && p.column > 1 {
			p.column-- // the code point began before
		}
	}
	return p.line, p.column, p.offset, ok
}

// origin is where a body stands in its file. Reading notes what it knows anyway; index does the rest on demand.
type origin struct {
	body    []byte  // as read
	file    []byte  // what the file has for body, of the same length, if a repair has changed bytes
	line    int     // of the body's first byte, or of the first byte inside of the JSON string
	offset  int64   // of the same byte
	before  []byte  // what stands before it in its line; nothing in HTTP messages, where a body begins a line
	columns int     // those before that, on a page where a lone CR ends lines
	raw     []byte  // the inside of the JSON string if it has escapes; else the file has the very bytes of the body
	opaque  bool    // only the start is known
	chunks  []chunk // of a chunked body, or of one in an indented fence

	once  sync.Once
	marks []mark // the place of every stride-th byte
}

// chunk is a run of body bytes that begins a line of its own, or follows the indent of one. MaxMessage keeps the
// numbers small.
type chunk struct {
	body         int32 // index of its first byte
	line, offset int32 // counted from origin.line and origin.offset
	indent       int32 // columns before it
}

const stride = 1024

type mark struct {
	body, raw    int // raw: for escaped bodies
	line, column int
}

type place struct {
	line, column int
	offset       int64
}

func (o *origin) holds(body []byte) bool {
	return len(body) == len(o.body) && (len(body) == 0 || &body[0] == &o.body[0])
}

// bytes are those that the file has, for a body without escapes.
func (o *origin) bytes() []byte {
	if o.file != nil {
		return o.file
	}
	return o.body
}

func (o *origin) index() {
	_, column := advance(o.before, 1, 1+o.columns)
	o.marks = append(o.marks, mark{line: o.line, column: column})
	if o.opaque {
		return
	}
	for n := stride; n <= len(o.body); n += stride {
		if o.raw != nil {
			o.marks = append(o.marks, o.walk(n))
			continue
		}
		p := o.direct(n)
		o.marks = append(o.marks, mark{body: n, line: p.line, column: p.column})
	}
}

// direct is the place of a byte that the file holds as it is. The mark before it must be there.
func (o *origin) direct(offset int) place {
	m := o.marks[min(offset/stride, len(o.marks)-1)]
	at := o.offset + int64(offset)
	if n := sort.Search(len(o.chunks), func(i int) bool { return int(o.chunks[i].body) > offset }); n > 0 {
		c := o.chunks[n-1]
		at = o.offset + int64(c.offset) + int64(offset) - int64(c.body)
		if int(c.body) >= m.body {
			m = mark{body: int(c.body), line: o.line + int(c.line), column: 1 + int(c.indent)}
		}
	}
	line, column := advance(o.bytes()[m.body:offset], m.line, m.column)
	return place{line, column, at}
}

// escaped is the place of a byte of a JSON string with escapes.
func (o *origin) escaped(offset int) place {
	m := o.walk(offset)
	if m.raw < len(o.raw) && !utf8.RuneStart(o.raw[m.raw]) && m.column > 1 {
		m.column--
	}
	return place{m.line, m.column, o.offset + int64(m.raw)}
}

// walk goes from the mark before offset to the byte or escape that yields the byte at offset.
func (o *origin) walk(offset int) mark {
	m := o.marks[min(offset/stride, len(o.marks)-1)]
	for m.raw < len(o.raw) {
		n, width := 1, 1
		if o.raw[m.raw] == '\\' {
			var r rune
			r, n = unescape(o.raw[m.raw:])
			width = utf8.RuneLen(r)
		}
		if m.body+width > offset {
			break
		}
		_, m.column = advance(o.raw[m.raw:m.raw+n], 1, m.column)
		m.body, m.raw = m.body+width, m.raw+n
	}
	return m
}

// advance moves a place over b.
func advance(b []byte, line, column int) (int, int) {
	if n := bytes.Count(b, []byte{'\n'}); n > 0 {
		line, column = line+n, 1
		b = b[bytes.LastIndexByte(b, '\n')+1:]
	}
	for _, c := range b {
		if utf8.RuneStart(c) {
			column++
		}
	}
	return line, column
}
