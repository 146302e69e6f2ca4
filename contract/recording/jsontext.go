package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// fault is what is wrong with an NDJSON line, and where.
type fault struct {
	at   int // index in the line
	text string
	hint string
}

func (f *fault) Error() string { return f.text }

var errLineEnds = "the JSON ends within the line"

// cursor reads the JSON of one NDJSON line. encoding/json would lose the places and the duplicates, and would take
// "URL" for "url".
type cursor struct {
	line []byte
	i    int
}

func (c *cursor) fault(at int, format string, args ...any) *fault {
	return &fault{at: at, text: fmt.Sprintf(format, args...)}
}

// space skips white space and returns the next byte, 0 at the end.
func (c *cursor) space() byte {
	for ; c.i < len(c.line); c.i++ {
		switch c.line[c.i] {
		case ' ', '\t', '\r', '\n':
		default:
			return c.line[c.i]
		}
	}
	return 0
}

func (c *cursor) expect(b byte, after string) error {
	switch got := c.space(); {
	case c.i == len(c.line):
		return c.fault(c.i, "%s", errLineEnds)
	case got != b:
		return c.fault(c.i, "%q where %q must follow %s", c.peek(), string(b), after)
	}
	c.i++
	return nil
}

// peek is the next code point, for messages.
func (c *cursor) peek() string {
	_, n := utf8.DecodeRune(c.line[c.i:])
	return string(c.line[c.i : c.i+n])
}

// null skips a null, which counts as an absent member.
func (c *cursor) null() bool {
	c.space()
	if !bytes.HasPrefix(c.line[c.i:], []byte("null")) {
		return false
	}
	c.i += len("null")
	return true
}

// object reads an object; member must read the value of the member whose name it gets. Names that are not known
// and names that repeat are faults, unless known is nil.
func (c *cursor) object(what string, known []string, member func(name string) error) error {
	if c.space() != '{' {
		if c.i == len(c.line) {
			return c.fault(c.i, "%s", errLineEnds)
		}
		return c.fault(c.i, "%s is not an object", what)
	}
	c.i++
	var seen uint
	for first := true; ; first = false {
		if c.space() == '}' && first {
			c.i++
			return nil
		}
		at := c.i
		text, _, err := c.literal("a member name")
		if err != nil {
			return err
		}
		var name string
		if known == nil {
			name = string(text)
		} else {
			n := slices.IndexFunc(known, func(k string) bool { return k == string(text) })
			switch {
			case n < 0:
				return &fault{at, fmt.Sprintf("unknown member %s of %s", quote(text), what), didYouMean(string(text), known)}
			case seen&(1<<n) != 0:
				return c.fault(at, "member %q of %s stands twice", known[n], what)
			}
			seen |= 1 << n
			name = known[n]
		}
		if err := c.expect(':', "a member name"); err != nil {
			return err
		}
		c.space()
		if err := member(name); err != nil {
			return err
		}
		if c.space() == '}' {
			c.i++
			return nil
		}
		if err := c.expect(',', "a member"); err != nil {
			return err
		}
	}
}

func didYouMean(name string, known []string) string {
	if near := nearest.Names(name, known, 1); len(near) == 1 {
		return fmt.Sprintf("did you mean %q?", near[0])
	}
	return "known are " + strings.Join(known, ", ")
}

// texts reads a string, or an array of strings.
func (c *cursor) texts(what string) ([]string, error) {
	if c.space() != '[' {
		s, err := c.text(what)
		return []string{s}, err
	}
	c.i++
	var all []string
	for first := true; ; first = false {
		if c.space() == ']' && first {
			c.i++
			return nil, nil
		}
		s, err := c.text(what)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
		if c.space() == ']' {
			c.i++
			return all, nil
		}
		if err := c.expect(',', "a string"); err != nil {
			return nil, err
		}
	}
}

// text reads a string.
func (c *cursor) text(what string) (string, error) {
	text, _, err := c.literal(what)
	return string(text), err
}

// literal reads a string. raw is what stands between the quotes; text is raw itself if it has no escapes.
func (c *cursor) literal(what string) (text, raw []byte, err error) {
	if c.space() != '"' {
		if c.i == len(c.line) {
			return nil, nil, c.fault(c.i, "%s", errLineEnds)
		}
		return nil, nil, c.fault(c.i, "%s is not a string", what)
	}
	start := c.i + 1
	if err := c.skipString(); err != nil {
		return nil, nil, err
	}
	raw = c.line[start : c.i-1 : c.i-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw, raw, nil
	}
	text = make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			text = append(text, raw[i])
			i++
			continue
		}
		r, n := unescape(raw[i:])
		switch {
		case n == 0:
			return nil, nil, c.fault(start+i, "bad escape in %s", what)
		case n < 0:
			return nil, nil, &fault{
				start + i, "half a surrogate pair in " + what,
				"it has no UTF-8 form; such a body is written as json",
			}
		}
		text = utf8.AppendRune(text, r)
		i += n
	}
	return text, raw, nil
}

// unescape reads the escape that s begins with and returns how many bytes it has: 0 if it is none, -1 if it is
// half a surrogate pair.
func unescape(s []byte) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := hex4(s)
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if low, ok := hex4(s[6:]); ok {
			if r := utf16.DecodeRune(r, low); r != utf8.RuneError {
				return r, 12
			}
		}
		return utf8.RuneError, -1
	}
	return 0, 0
}

// hex4 reads \uXXXX.
func hex4(s []byte) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// value skips a value and returns its bytes. It finds the end only; valid says the rest.
func (c *cursor) value() ([]byte, error) {
	first, start := c.space(), c.i
	switch first {
	case '"':
		if err := c.skipString(); err != nil {
			return nil, err
		}
	case '{', '[':
		for depth := 0; ; {
			if c.i == len(c.line) {
				return nil, c.fault(c.i, "%s", errLineEnds)
			}
			switch c.line[c.i] {
			case '"':
				if err := c.skipString(); err != nil {
					return nil, err
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			c.i++
			if depth == 0 {
				return c.line[start:c.i:c.i], nil
			}
		}
	default:
		for c.i < len(c.line) && !strings.ContainsRune(",]} \t\r", rune(c.line[c.i])) {
			c.i++
		}
		if c.i == len(c.line) {
			return nil, c.fault(c.i, "%s", errLineEnds)
		}
	}
	return c.line[start:c.i:c.i], nil
}

// valid reads a value and returns its bytes as they are.
func (c *cursor) valid(what string) ([]byte, error) {
	c.space()
	start := c.i
	raw, err := c.value()
	if err != nil || json.Valid(raw) {
		return raw, err
	}
	at := start
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(raw, new(json.RawMessage)), &syntax) {
		at += min(max(int(syntax.Offset)-1, 0), len(raw))
		return nil, c.fault(at, "%s is not JSON: %v", what, syntax)
	}
	return nil, c.fault(at, "%s is not JSON", what)
}

// skipString skips a string whose first quote is the next byte.
func (c *cursor) skipString() error {
	for i := c.i + 1; i < len(c.line); i++ {
		switch b := c.line[i]; {
		case b == '"':
			c.i = i + 1
			return nil
		case b == '\\':
			i++
		case b < ' ':
			return c.fault(i, "control character %q in a string", b)
		}
	}
	return c.fault(len(c.line), "%s", errLineEnds)
}
