// Package nearest finds the names a misspelt one may have meant.
package nearest

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLen bounds the names that are compared, so that foreign text cannot cost more than a few microseconds.
const maxLen = 64

// Names returns at most n of the known names that resemble name, nearest first and then in the order of known.
// A name resembles another when, without regard to case and outer blanks, it takes at most a third of its length
// in edits, or when the one starts with the other and half of it is there.
func Names(name string, known []string, n int) []string {
	type candidate struct {
		name string
		d    int
	}
	word := fold(name)
	if word == "" || len(word) > maxLen {
		return nil
	}
	var near []candidate
	runes := []rune(word)
	for _, k := range known {
		other := fold(k)
		if other == "" || len(other) > maxLen {
			continue
		}
		otherRunes := []rune(other)
		longer, shorter := max(len(runes), len(otherRunes)), min(len(runes), len(otherRunes))
		prefix := 2*shorter >= longer && (strings.HasPrefix(word, other) || strings.HasPrefix(other, word))
		if 3*(longer-shorter) > longer && !prefix {
			continue // the lengths alone take too many edits
		}
		if d := distance(runes, otherRunes); 3*d <= longer || prefix {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.d, b.d) })
	var out []string
	for _, c := range near[:min(n, len(near))] {
		out = append(out, c.name)
	}
	return out
}

func fold(s string) string {
	if !utf8.ValidString(s) {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// distance is the optimal string alignment distance: insertions, deletions, substitutions and swaps of
// neighbours, in code points.
func distance(s, t []rune) int {
	prev2, prev, cur := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		cur[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(t)]
}
