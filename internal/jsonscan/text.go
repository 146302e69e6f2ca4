package jsonscan

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// Words of eight bytes, for loops that take eight bytes a step.
const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

// nonASCII has the top bit set of the first byte of x, in little-endian order, that is a control character below
// U+0020 or no ASCII; higher bits mean nothing then. It is 0 if there is none.
func nonASCII(x uint64) uint64 { return (x | (x - 0x20*ones)) & tops }

// delimiter is the same for quotes and backslashes.
func delimiter(x uint64) uint64 {
	quote, backslash := x^'"'*ones, x^'\\'*ones
	return ((quote-ones)&^quote | (backslash-ones)&^backslash) & tops
}

// str scans the string whose opening quote is at i. It returns the offset after the closing quote, or -1 if the scan
// ends here, and whether the bytes between the quotes are what they decode to. Faults are put to the value that the
// first depth tokens of the path lead to.
func (s *scanner) str(i, depth int) (end int, plain bool) {
	doc, start := s.doc, i
	plain = true
	i++
	for {
		for i+8 <= len(doc) {
			x := binary.LittleEndian.Uint64(doc[i:])
			if m := nonASCII(x) | delimiter(x); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(doc) {
			return s.truncated("the end of a string", depth, s.startOf(start, depth)), false
		}
		switch c := doc[i]; {
		case c == '"':
			return i + 1, plain
		case c == '\\':
			plain = false
			if i = s.escape(i, start, depth); i < 0 {
				return -1, false
			}
		case c < ' ':
			return s.syntax(i, s.found(i)+" within a string", "it escaped", depth, s.startOf(start, depth)), false
		case c < utf8.RuneSelf:
			i++
		default:
			next := wellFormed(doc, i)
			if next == i {
				plain = false
				for next < len(doc) && doc[next] >= utf8.RuneSelf && wellFormed(doc, next) == next {
					next++
				}
				s.fault(ruleUTF8, i, s.pointer(depth, s.startOf(start, depth)), "got "+quote(doc[i:next])+", want well-formed UTF-8")
			}
			i = next
		}
	}
}

// startOf is where the value starts that depth tokens lead to, for a string that starts at start: the string itself,
// or the innermost object if it is a name there.
func (s *scanner) startOf(start, depth int) int {
	if depth < s.depth {
		return s.frame(depth).start
	}
	return start
}

// wellFormed returns the offset after the well-formed UTF-8 sequences for code points beyond ASCII that start at i,
// which is i if there is none.
func wellFormed(doc []byte, i int) int {
	for i < len(doc) {
		// Most text is in these two forms; the others take the library.
		switch c := doc[i]; {
		case c < utf8.RuneSelf:
			return i
		case c >= 0xc2 && c < 0xe0 && i+1 < len(doc) && doc[i+1]&0xc0 == 0x80:
			i += 2
		case c > 0xe0 && c < 0xf0 && c != 0xed && i+2 < len(doc) && doc[i+1]&0xc0 == 0x80 && doc[i+2]&0xc0 == 0x80:
			i += 3
		default:
			_, size := utf8.DecodeRune(doc[i:])
			if size == 1 {
				return i
			}
			i += size
		}
	}
	return i
}

// escape scans the escape sequence whose backslash is at i, or two if they are a pair of surrogates, and returns the
// offset after it, or -1 if the scan ends here. The string starts at start.
func (s *scanner) escape(i, start, depth int) int {
	doc := s.doc
	if i+1 == len(doc) {
		return s.truncated("the end of an escape sequence", depth, s.startOf(start, depth))
	}
	switch doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
	default:
		_, size := utf8.DecodeRune(doc[i+1:])
		return s.syntax(i+1, "the escape "+quote(doc[i:i+1+size]), `one of \" \\ \/ \b \f \n \r \t \u`,
			depth, s.startOf(start, depth))
	}
	unit, n := codeUnit(doc, i)
	if n < 4 {
		at := i + 2 + n
		if at == len(doc) {
			return s.truncated("the end of an escape sequence", depth, s.startOf(start, depth))
		}
		_, size := utf8.DecodeRune(doc[at:])
		return s.syntax(at, "the escape "+quote(doc[i:at+size]), `\u and four hexadecimal digits`,
			depth, s.startOf(start, depth))
	}
	if unit < 0xd800 || unit > 0xdfff {
		return i + 6
	}
	want := "a high surrogate before it"
	if unit < 0xdc00 {
		if low, n := codeUnit(doc, i+6); n == 4 && low >= 0xdc00 && low <= 0xdfff {
			return i + 12
		}
		want = "a low surrogate after it"
	}
	s.fault(ruleSurrogate, i, s.pointer(depth, s.startOf(start, depth)),
		fmt.Sprintf(`got a lone surrogate \u%04x, want %s`, unit, want))
	return i + 6
}

// codeUnit reads the \uXXXX whose backslash is at i. It returns the code unit and how many of its four digits are
// there; fewer than four means it is none.
func codeUnit(doc []byte, i int) (unit rune, digits int) {
	if i+1 >= len(doc) || doc[i] != '\\' || doc[i+1] != 'u' {
		return 0, 0
	}
	for _, c := range doc[i+2 : min(i+6, len(doc))] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return unit, digits
		}
		unit = unit<<4 | rune(c)
		digits++
	}
	return unit, digits
}

// appendDecoded appends what the bytes between the quotes of a string stand for (RFC 8259, section 7). It is total:
// lone surrogates and bytes that are no UTF-8 become U+FFFD, a backslash before anything else stands for itself.
func appendDecoded(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		if c != '\\' || i+1 == len(raw) {
			dst = append(dst, c)
			i++
			continue
		}
		switch e := raw[i+1]; e {
		case '"', '\\', '/':
			dst = append(dst, e)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			unit, n := codeUnit(raw, i)
			if n < 4 {
				dst = append(dst, c, e)
				break
			}
			i += 4
			if unit >= 0xd800 && unit < 0xdc00 {
				if low, n := codeUnit(raw, i+2); n == 4 && low >= 0xdc00 && low <= 0xdfff {
					unit = (unit-0xd800)<<10 + (low - 0xdc00) + 0x10000
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, unit) // U+FFFD for a surrogate
		default:
			dst = append(dst, c)
			i-- // what follows is text of its own
		}
		i += 2
	}
	return dst
}
