package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Cursor turns offsets into lines and columns. Offsets asked for in ascending order take one pass over the document
// altogether; one smaller than the last makes it start again from the beginning. The zero value is a cursor in an
// empty document. A Cursor is not safe for concurrent use.
type Cursor struct {
	doc          []byte
	at           int // start of a code point
	line, column int // of at, from 0
}

// NewCursor returns a cursor at the start of doc, which must not change while the cursor is in use.
func NewCursor(doc []byte) *Cursor { return &Cursor{doc: doc} }

// Position returns the line and the column of offset, both from 1. LF, CRLF and CR each end a line and still belong to
// it. Columns count code points, a byte that is no UTF-8 counts one. An offset within a code point is where that
// starts; one outside the document is moved to its nearer end.
func (c *Cursor) Position(offset int) (line, column int) {
	doc := c.doc
	offset = max(0, min(offset, len(doc)))
	if offset < c.at {
		c.at, c.line, c.column = 0, 0, 0
	}
	i := c.at
scan:
	for i < offset {
		if i+8 <= offset {
			m := nonASCII(binary.LittleEndian.Uint64(doc[i:]))
			n := bits.TrailingZeros64(m) >> 3 // 8 if there is none
			i += n
			c.column += n
			if m == 0 {
				continue
			}
		}
		switch b := doc[i]; {
		case b == '\n' || b == '\r' && (i+1 == len(doc) || doc[i+1] != '\n'):
			i++
			c.line++
			c.column = 0
		case b < utf8.RuneSelf:
			i++
			c.column++
		default:
			_, size := utf8.DecodeRune(doc[i:])
			if i+size > offset {
				break scan
			}
			i += size
			c.column++
		}
	}
	c.at = i
	return c.line + 1, c.column + 1
}

// Excerpt returns the line that holds offset, for showing: at most width code points of it around offset, the first
// and the last of them "…" where the line goes on. column counts from 1 and is that of offset within the text; for the
// end of a line or of the document it is one after the last. So that a caret below lines up, every code point stays
// one: a tab becomes a blank, what is not graphic (controls, directional marks, bytes that are no UTF-8) U+FFFD.
//
// A width less than 3 counts as 3; an offset outside the document is moved to its nearer end. Excerpt looks at no more
// than four times width and four bytes on either side, however long the line.
func Excerpt(doc []byte, offset, width int) (text string, column int) {
	offset = max(0, min(offset, len(doc)))
	width = min(max(width, 3), len(doc)+3)
	for back := 1; back < utf8.UTFMax && back <= offset; back++ {
		if _, size := utf8.DecodeRune(doc[offset-back:]); size > back {
			offset -= back
			break
		}
	}
	if offset > 0 && offset < len(doc) && doc[offset-1] == '\r' && doc[offset] == '\n' {
		offset--
	}

	// One more than can be shown on either side tells whether the line goes on.
	line := make([]rune, 0, min(width, 128))
	for i := offset; i > 0 && len(line) <= width; {
		r, size := utf8.DecodeLastRune(doc[:i])
		if r == '\n' || r == '\r' {
			break
		}
		line = append(line, graphic(r))
		i -= size
	}
	for i, j := 0, len(line)-1; i < j; i, j = i+1, j-1 {
		line[i], line[j] = line[j], line[i]
	}
	caret := len(line)
	for i := offset; i < len(doc) && len(line) <= caret+width; {
		r, size := utf8.DecodeRune(doc[i:])
		if r == '\n' || r == '\r' {
			break
		}
		line = append(line, graphic(r))
		i += size
	}

	from := max(0, caret-width/2)
	to := min(len(line), from+width)
	from = max(0, to-width)
	window := line[from:to]
	// The caret is within the window and, as width is 3 at least, not at an end where it is cut.
	if from > 0 {
		window[0] = '…'
	}
	if to < len(line) {
		window[len(window)-1] = '…'
	}
	return string(window), caret - from + 1
}

// graphic returns r, or what is shown in its place.
func graphic(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsGraphic(r):
		return r
	}
	return unicode.ReplacementChar
}
