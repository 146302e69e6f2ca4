package recording

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAutomaton(t *testing.T) {
	tests := []struct {
		name, reason, text string
		needles            []string
		want               string
	}{
		{"none", "text without needles stays", "abcdef", []string{"abd", "zz"}, "abcdef"},
		{"longest", "of those that begin or end together the longest is it", "abcd bcd abc", []string{"abc", "abcd", "bcd"}, "<2> <3> <1>"},
		{"inside", "what only a failed longer needle leads past is found", "abcx", []string{"abcd", "bc"}, "a<2>x"},
		{"overlap", "what overlaps is hidden whole, by the name of the longest", "abcdefgh", []string{"abcd", "defgh"}, "<2>"},
		{"repeated", "needles that touch are two, those that overlap are one", "abab aaa", []string{"ab", "aa"}, "<1><1> <2>"},
		{"pseudonyms", "no byte of a pseudonym is part of a needle", "REDACTED-12 xREDACTED-1", []string{"12 x", "D-1", "ED"}, "REDACTED-12 xREDACTED-1"},
		{"shorter", "beside a pseudonym a shorter needle counts", "REDACTED-1zab", []string{"1zab", "ab"}, "REDACTED-1z<2>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			var needles []needle
			for i, n := range tt.needles {
				needles = append(needles, needle{n, i + 1})
			}
			require.Equal(t, tt.want, replaced(newAutomaton(needles), tt.text))
		})
	}
}

func replaced(a *automaton, text string) string {
	var out strings.Builder
	from := 0
	for _, e := range disjoint(a.find(nil, []byte(text), pseudonyms([]byte(text)))) {
		fmt.Fprintf(&out, "%s<%d>", text[from:e.start], e.id)
		from = e.end
	}
	return out.String() + text[from:]
}

// TestAutomatonRandom holds the bytes that are found against a search for one needle after the other.
func TestAutomatonRandom(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab"[random.Intn(2)]
		}
		return string(b)
	}
	for range 2000 {
		var needles []needle
		seen := map[string]bool{}
		for range 1 + random.Intn(6) {
			if w := word(2 + random.Intn(5)); !seen[w] {
				seen[w] = true
				needles = append(needles, needle{w, len(needles) + 1})
			}
		}
		text := word(40)
		want, got := make([]bool, len(text)), make([]bool, len(text))
		for _, n := range needles {
			for i := range text {
				if strings.HasPrefix(text[i:], n.text) {
					for j := range n.text {
						want[i+j] = true
					}
				}
			}
		}
		for _, e := range newAutomaton(needles).find(nil, []byte(text), nil) {
			for i := e.start; i < e.end; i++ {
				got[i] = true
			}
		}
		require.Equal(t, want, got, "%s in %s", needles, text)
	}
}
