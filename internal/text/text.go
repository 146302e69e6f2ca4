// Package text holds what several packages need to write for people.
package text

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable replaces control characters, which would move a terminal's cursor, change its colours or turn its text around.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\ufffd'
		}
		return r
	}, s)
}

// Count is a number with its noun: "1 exchange", "2 exchanges".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Lower puts ASCII letters in lower case, and no others, so that the text keeps its length. One without capitals is returned as it is.
func Lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; c >= 'A' && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
