package recording

import (
	"bytes"
	"encoding/json"
	"sort"
	"unicode/utf8"
)

// view is a text as a reader sees it who takes off escapes, and where its bytes stand in the text before that. A
// secret may stand in a URL that is percent-encoded in a JSON string: there it is found two views up.
type view struct {
	text     []byte
	parent   *view // nil: text is the raw text
	escapes  []escape
	literal  bool // the first step has taken off the escapes of a JSON string
	depth    int
	sign     byte // what began the escapes that the last step has taken off
	slashes  bool // an escape has yielded a backslash
	percents bool // an escape has yielded a percent sign
}

// escape is one that a step has taken off: width bytes at from yield n bytes at at.
type escape struct {
	at, from int
	n, width uint8
}

// maxDepth is how often escapes are taken off: a percent-encoded URL within the query of a URL within a JSON string.
const maxDepth = 3

// views are those of one text. The buffers serve again for the next text.
type views struct {
	all [1 << (maxDepth + 1)]view // the binary tree of steps, in the order of depth
	n   int
}

// of makes the views of raw: itself, and one for every step that takes off at least one escape. In what is
// JSON, the escapes of JSON come off first.
func (vs *views) of(raw []byte) []view {
	vs.n = 1
	first := &vs.all[0]
	*first = view{text: raw, escapes: first.escapes[:0], slashes: true, percents: true}
	for i := 0; i < vs.n; i++ {
		v := &vs.all[i]
		if v.depth == maxDepth {
			continue
		}
		// After a step the same escapes are left that were there before, where the other step finds them.
		off := v.slashes && vs.step(v, '\\', jsonEscape)
		if off {
			next := &vs.all[vs.n-1]
			next.literal = v.literal || v.parent == nil
			next.percents = true
		}
		if v.percents && !(off && v.parent == nil && json.Valid(raw)) {
			vs.step(v, '%', percentEscape)
		}
	}
	return vs.all[:vs.n]
}

func (vs *views) step(v *view, sign byte, read func(s []byte) (r rune, one bool, width int)) bool {
	i := bytes.IndexByte(v.text, sign)
	if i < 0 {
		return false
	}
	next := &vs.all[vs.n]
	buf, from := next.text[:0], 0
	*next = view{text: next.text, parent: v, escapes: next.escapes[:0], literal: v.literal, depth: v.depth + 1, sign: sign}
	for i < len(v.text) {
		r, one, width := read(v.text[i:])
		if r == '"' && width == 2 && v.original(i+1) {
			width = 0 // the quote ends the string that the backslash is in
		}
		if width > 0 {
			buf = append(buf, v.text[from:i]...)
			at := len(buf)
			if one {
				buf = append(buf, byte(r))
			} else {
				buf = utf8.AppendRune(buf, r)
			}
			next.escapes = append(next.escapes, escape{at, i, uint8(len(buf) - at), uint8(width)})
			next.slashes = next.slashes || r == '\\'
			next.percents = next.percents || r == '%'
			i += width
			from = i
		} else {
			i++
		}
		n := bytes.IndexByte(v.text[i:], sign)
		if n < 0 {
			break
		}
		i += n
	}
	next.text = append(buf, v.text[from:]...)
	if len(next.escapes) == 0 {
		return false
	}
	vs.n++
	return true
}

// jsonEscape reads what a backslash begins. Half a surrogate pair reads as U+FFFD, as encoding/json has it.
func jsonEscape(s []byte) (r rune, one bool, width int) {
	r, n := unescape(s)
	if n < 0 {
		return utf8.RuneError, false, 6
	}
	return r, false, n
}

// percentEscape reads what a percent sign begins (RFC 3986 §2.1).
func percentEscape(s []byte) (r rune, one bool, width int) {
	if len(s) < 3 {
		return 0, true, 0
	}
	high, low := hexDigit(s[1]), hexDigit(s[2])
	if high < 0 || low < 0 {
		return 0, true, 0
	}
	return rune(high<<4 | low), true, 3
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// before is the last escape that begins at or before i, nil if there is none.
func (v *view) before(i int) *escape {
	n := sort.Search(len(v.escapes), func(n int) bool { return v.escapes[n].at > i })
	if n == 0 {
		return nil
	}
	return &v.escapes[n-1]
}

// escaped says whether the last step has made the byte at i of an escape. All of a raw text counts as made.
func (v *view) escaped(i int) bool {
	if v.parent == nil {
		return true
	}
	e := v.before(i)
	return e != nil && i < e.at+int(e.n)
}

// anew says whether the last step has made one of the bytes from start to end of an escape.
func (v *view) anew(start, end int) bool {
	if v.parent == nil {
		return true
	}
	e := v.before(end - 1)
	return e != nil && start < e.at+int(e.n)
}

// original says whether the byte at i of a view stands in the raw text as it is.
func (v *view) original(i int) bool {
	if v.parent == nil {
		return false
	}
	for ; v.parent != nil; v = v.parent {
		if v.escaped(i) {
			return false
		}
		i, _ = v.up(i)
	}
	return true
}

// delimits says whether the quote at i may be one that begins or ends a string of what looks like JSON.
func (v *view) delimits(i int) bool {
	if v.parent == nil {
		return looksJSON(v.text)
	}
	return v.original(i)
}

// span is where the bytes from start to end, which is greater, stand in the raw text. It has whole escapes.
func (v *view) span(start, end int) (int, int) {
	for ; v.parent != nil; v = v.parent {
		first, _ := v.up(start)
		_, last := v.up(end - 1)
		start, end = first, last
	}
	return start, end
}

// up is where the byte at i stands in the parent's text.
func (v *view) up(i int) (start, end int) {
	switch e := v.before(i); {
	case e == nil:
		return i, i + 1
	case i < e.at+int(e.n):
		return e.from, e.from + int(e.width)
	default:
		i += e.from + int(e.width) - e.at - int(e.n)
		return i, i + 1
	}
}

// looksJSON says whether text begins as JSON with strings does.
func looksJSON(text []byte) bool {
	i := afterSpace(text, 0)
	return i < len(text) && (text[i] == '{' || text[i] == '[' || text[i] == '"')
}
