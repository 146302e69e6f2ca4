package recording

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// edit puts the pseudonym of number id in the place of the bytes from start to end.
type edit struct {
	start, end, id int
	rule           bool // found by its place: its number is the right one for all that it overlaps
	weight         int  // else that of the longest is
}

// merge appends e to edits, whose ends ascend from edits[own] on, and makes it one with those it overlaps.
func merge(edits []edit, own int, e edit) []edit {
	for n := len(edits); n > own && edits[n-1].end > e.start; n = len(edits) {
		last := edits[n-1]
		edits = edits[:n-1]
		if last.rule && !e.rule || last.rule == e.rule && last.weight >= e.weight {
			e.id, e.rule, e.weight = last.id, last.rule, last.weight
		}
		e.start, e.end = min(e.start, last.start), max(e.end, last.end)
	}
	return append(edits, e)
}

// disjoint sorts edits and makes those one that overlap.
func disjoint(edits []edit) []edit {
	slices.SortFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.id, b.id))
	})
	var one []edit
	for _, e := range edits {
		one = merge(one, 0, e)
	}
	return one
}

// overlapsAny says whether e has a byte in common with one of the spans, which are sorted and apart.
func overlapsAny(spans []edit, e edit) bool {
	n := sort.Search(len(spans), func(i int) bool { return spans[i].end > e.start })
	return n < len(spans) && spans[n].start < e.end
}

// apply returns text with the edits made, which must be sorted and apart.
func apply(text []byte, edits []edit) []byte {
	out, from := make([]byte, 0, len(text)), 0
	for _, e := range edits {
		out = append(out, text[from:e.start]...)
		out = append(out, pseudonymPrefix...)
		out = strconv.AppendInt(out, int64(e.id), 10)
		from = e.end
	}
	return append(out, text[from:]...)
}

const (
	hiddenWord      = "REDACTED"
	pseudonymPrefix = hiddenWord + "-"
	maxPseudonym    = 9 // digits
)

// pseudonyms are the places of pseudonyms in text.
func pseudonyms(text []byte) (spans []edit) {
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte(pseudonymPrefix))
		if n < 0 {
			return spans
		}
		start := i + n
		i = start + len(pseudonymPrefix)
		digits := i
		for i < len(text) && i-digits < maxPseudonym && '0' <= text[i] && text[i] <= '9' {
			i++
		}
		if i > digits {
			spans = append(spans, edit{start: start, end: i})
		}
	}
}

// isHidden says whether value is a pseudonym, or the bare word that other tools write, which has number 0.
func isHidden(value string) (number int, ok bool) {
	if value == hiddenWord {
		return 0, true
	}
	digits, ok := strings.CutPrefix(value, pseudonymPrefix)
	if !ok || len(digits) > maxPseudonym {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int(n), err == nil
}
