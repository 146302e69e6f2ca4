// Package text holds what several packages need to write for people.
package text

import (
	"fmt"
	"strings"
)

// Printable replaces control characters, which would move a terminal's cursor or change its colours.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
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
