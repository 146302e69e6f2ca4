package jsonscan

import (
	"bytes"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCursor(t *testing.T) {
	const doc = "ab\ncd\r\ne\rfé😀g\xff\xffh\tlong enough for words of eight\n"
	c := NewCursor([]byte(doc))
	for _, tt := range []struct {
		reason, before string
		line, column   int
	}{
		{"the start", "", 1, 1},
		{"within a line", "a", 1, 2},
		{"a line's end belongs to it", "ab", 1, 3},
		{"after LF", "ab\n", 2, 1},
		{"CR before LF", "ab\ncd", 2, 3},
		{"LF after CR ends the same line", "ab\ncd\r", 2, 4},
		{"after CRLF", "ab\ncd\r\n", 3, 1},
		{"after CR", "ab\ncd\r\ne\r", 4, 1},
		{"before é", "ab\ncd\r\ne\rf", 4, 2},
		{"within é", "ab\ncd\r\ne\rf\xc3", 4, 2},
		{"after é", "ab\ncd\r\ne\rfé", 4, 3},
		{"within 😀", "ab\ncd\r\ne\rfé\xf0\x9f\x98", 4, 3},
		{"after 😀", "ab\ncd\r\ne\rfé😀", 4, 4},
		{"bad bytes count one each", "ab\ncd\r\ne\rfé😀g\xff\xff", 4, 7},
		{"a tab counts one", "ab\ncd\r\ne\rfé😀g\xff\xffh\t", 4, 9},
		{"the last LF", doc[:len(doc)-1], 4, 39},
		{"the end", doc, 5, 1},
		{"beyond the end", doc + "xyz", 5, 1},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			for name, c := range map[string]*Cursor{"ascending": c, "fresh": NewCursor([]byte(doc))} {
				line, column := c.Position(len(tt.before))
				require.Equal(t, []int{tt.line, tt.column}, []int{line, column}, name)
			}
		})
	}

	line, column := c.Position(1)
	require.Equal(t, []int{1, 2}, []int{line, column}, "a smaller offset starts again")
	line, column = c.Position(-1)
	require.Equal(t, []int{1, 1}, []int{line, column}, "a negative offset is the start")
	line, column = new(Cursor).Position(3)
	require.Equal(t, []int{1, 1}, []int{line, column}, "the zero value is an empty document")
}

// naivePositions is Position of every offset from 0 to len(doc), written to be seen to be right.
func naivePositions(doc []byte) [][2]int {
	var all [][2]int
	line, column := 1, 1
	for len(doc) > 0 {
		r, size := utf8.DecodeRune(doc)
		for range size {
			all = append(all, [2]int{line, column})
		}
		column++
		if r == '\n' || r == '\r' && !bytes.HasPrefix(doc, []byte("\r\n")) {
			line, column = line+1, 1
		}
		doc = doc[size:]
	}
	return append(all, [2]int{line, column})
}

func TestExcerpt(t *testing.T) {
	const abc = "abcdefghijklmnopqrstuvwxyz"
	for _, tt := range []struct {
		name, reason, doc string
		offset, width     int
		text              string
		column            int
	}{
		{"whole line", "a short line is not cut", "x\n" + `{"a": 1}` + "\ny", 8, 20, `{"a": 1}`, 7},
		{"exactly as wide", "it is not cut", abc, 13, 26, abc, 14},
		{"one too wide", "it is cut at one end", abc, 0, 25, "abcdefghijklmnopqrstuvwx…", 1},
		{"middle", "it is cut at both ends", abc, 13, 9, "…klmnopq…", 5},
		{"near the start", "what is not needed before is shown behind", abc, 2, 10, "abcdefghi…", 3},
		{"near the end", "what is not needed behind is shown before", abc, 24, 10, "…rstuvwxyz", 9},
		{"end", "the column after the last", abc, 26, 10, "…rstuvwxyz", 11},
		{"least width", "less than 3 counts as 3", abc, 13, 0, "…n…", 2},
		{"huge width", "no overflow", abc, 13, 1 << 62, abc, 14},
		{"empty document", "an empty line", "", 0, 10, "", 1},
		{"line feed", "it ends the line it is on", "ab\ncd", 2, 10, "ab", 3},
		{"CRLF", "both bytes end the line they are on", "ab\r\ncd", 3, 10, "ab", 3},
		{"CR", "it ends a line", "ab\rcd", 3, 10, "cd", 1},
		{"after the last line", "a last empty line", "ab\n", 3, 10, "", 1},
		{"tab", "one blank, so that a caret lines up", "\t\t1", 2, 10, "  1", 3},
		{"controls", "one rune each", "\x00a\x1b[1m\u202e\ufeff", 1, 20, "\ufffda\ufffd[1m\ufffd\ufffd", 2},
		{"bad bytes", "one rune each", "a\xff\xfeb", 3, 10, "a\ufffd\ufffdb", 4},
		{"beyond ASCII", "columns are code points", "é😀x", 6, 10, "é😀x", 3},
		{"within a code point", "its start", "é😀x", 4, 10, "é😀x", 2},
		{"negative", "moved to the start", "ab", -5, 10, "ab", 1},
		{"beyond", "moved to the end", "ab", 50, 10, "ab", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			text, column := Excerpt([]byte(tt.doc), tt.offset, tt.width)
			require.Equal(t, fmt.Sprintf("%q %d", tt.text, tt.column), fmt.Sprintf("%q %d", text, column), tt.reason)
		})
	}
}
