package jsonscan

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxQuoted is how many code points of a document a Text shows at once.
const maxQuoted = 80

// syntax reports json/syntax at i, for the value that depth tokens lead to and that starts at start, and returns -1.
func (s *scanner) syntax(i int, got, want string, depth, start int) int {
	s.fault(ruleSyntax, i, s.pointer(depth, start), "got "+got+", want "+want)
	return -1
}

// truncated reports json/truncated like syntax.
func (s *scanner) truncated(want string, depth, start int) int {
	s.fault(ruleTruncated, len(s.doc), s.pointer(depth, start), "got the end of the document, want "+want)
	return -1
}

// wantedValue says what may stand where a value is wanted.
func (s *scanner) wantedValue() string {
	switch {
	case s.depth == 0:
		return "a JSON value"
	case s.top().closing == ']' && s.top().index == 0:
		return `a value or "]"`
	}
	return "a value"
}

// wantedNext says what may stand after a value.
func (f *frame) wantedNext() string {
	if f.closing == ']' {
		return `"," or "]"`
	}
	return `"," or "}"`
}

// found says what stands at i: a word, the line of a tag, or one character.
func (s *scanner) found(i int) string {
	rest := s.doc[i:]
	rest = rest[:min(len(rest), (maxQuoted+1)*utf8.UTFMax)]
	c := rest[0]
	n := 1
	switch {
	case c == '\'':
		return "a single quote"
	case c == '/' && len(rest) > 1 && (rest[1] == '/' || rest[1] == '*'):
		return "a comment"
	case c < ' ' || c == 0x7f:
		return fmt.Sprintf("the control character U+%04X", c)
	case c == '<':
		for n < len(rest) && rest[n] >= ' ' {
			n++
		}
	case wordly(c):
		for n < len(rest) && wordly(rest[n]) {
			n++
		}
	}
	return quote(rest[:n])
}

// wordly says whether c belongs to what people read as one word or number.
func wordly(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf ||
		c == '_' || c == '$' || c == '.' || c == '-' || c == '+'
}

// quote quotes text with %q, cut to maxQuoted code points. It looks at no more than that many.
func quote(text []byte) string {
	end := 0
	for n := 0; end < len(text); n++ {
		if n == maxQuoted {
			// The last one makes room for the sign of the cut.
			_, size := utf8.DecodeLastRune(text[:end])
			return strconv.Quote(string(text[:end-size]) + "…")
		}
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	return strconv.Quote(string(text))
}

// pointer returns the JSON pointer that the first depth tokens of the path make, as far as the budget goes. start is
// where the value starts, or -1; faults of one value share one pointer.
func (s *scanner) pointer(depth, start int) string {
	if depth <= 0 {
		return ""
	}
	if start >= 0 && s.lastStart == start+1 {
		return s.lastPointer
	}
	var p []byte
	for i := range depth {
		f := s.frame(i)
		before := len(p)
		if f.closing == ']' {
			if s.budget < 2 {
				break
			}
			p = append(p, '/')
			p = strconv.AppendInt(p, int64(f.index), 10)
		} else {
			raw := s.doc[f.nameStart:f.nameEnd]
			if s.budget <= len(raw) {
				break
			}
			s.budget -= len(raw) // escapes may take longer to read than to write
			p = append(p, '/')
			p = appendToken(p, appendDecoded(nil, raw))
		}
		s.budget -= len(p) - before
	}
	s.lastPointer, s.lastStart = string(p), start+1
	return s.lastPointer
}

// appendToken appends a reference token, escaped (RFC 6901, section 3).
func appendToken(p, token []byte) []byte {
	for _, c := range token {
		switch c {
		case '~':
			p = append(p, '~', '0')
		case '/':
			p = append(p, '~', '1')
		default:
			p = append(p, c)
		}
	}
	return p
}
