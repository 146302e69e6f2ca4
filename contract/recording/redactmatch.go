package recording

import (
	"bytes"
	"encoding/json"
	"slices"
)

// needle is a text that is hidden wherever it stands, and the number of its pseudonym.
type needle struct {
	text string
	id   int
}

// automaton finds many needles in one walk over a text (Aho and Corasick, 1975), however many they are and however
// much they overlap. It never changes.
type automaton struct {
	needles []needle
	size    int // bytes of all needles
	root    [256]int32
	nodes   []node
}

type node struct {
	child, sibling int32 // 0: none
	fail           int32 // the node of the longest proper suffix that some needle begins with
	shorter        int32 // the nearest node up the fail links at which a needle ends
	depth          int32
	id             int32 // of the needle that ends here, 0: none
	b              byte
}

func newAutomaton(needles []needle) *automaton {
	a := &automaton{needles: needles, nodes: make([]node, 1)}
	for _, n := range needles {
		a.size += len(n.text)
		a.add(n)
	}
	// Breadth first, so that the fail link of a node, which is less deep, is there before the node.
	queue := make([]int32, 0, len(a.nodes))
	for _, n := range a.root {
		if n != 0 {
			queue = append(queue, n)
		}
	}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		for c := a.nodes[at].child; c != 0; c = a.nodes[c].sibling {
			fail := a.next(a.nodes[at].fail, a.nodes[c].b)
			a.nodes[c].fail = fail
			if a.nodes[c].shorter = fail; a.nodes[fail].id == 0 {
				a.nodes[c].shorter = a.nodes[fail].shorter
			}
			queue = append(queue, c)
		}
	}
	return a
}

func (a *automaton) add(n needle) {
	at := int32(0)
	for i := range len(n.text) {
		next := a.child(at, n.text[i])
		if next == 0 {
			next = int32(len(a.nodes))
			a.nodes = append(a.nodes, node{b: n.text[i], depth: int32(i) + 1, sibling: a.nodes[at].child})
			if at == 0 {
				a.root[n.text[i]], a.nodes[next].sibling = next, 0
			} else {
				a.nodes[at].child = next
			}
		}
		at = next
	}
	a.nodes[at].id = int32(n.id)
}

func (a *automaton) child(at int32, b byte) int32 {
	if at == 0 {
		return a.root[b]
	}
	for c := a.nodes[at].child; c != 0; c = a.nodes[c].sibling {
		if a.nodes[c].b == b {
			return c
		}
	}
	return 0
}

func (a *automaton) next(at int32, b byte) int32 {
	for {
		if c := a.child(at, b); c != 0 || at == 0 {
			return c
		}
		at = a.nodes[at].fail
	}
}

// find appends the places in text at which needles stand. What overlaps is one edit with the number of the longest.
// Nothing is found that shares a byte with a pseudonym.
func (a *automaton) find(edits []edit, text []byte, hidden []edit) []edit {
	own := len(edits)
	at := int32(0)
	for i := 0; i < len(text); i++ {
		if at == 0 {
			for i < len(text) && a.root[text[i]] == 0 {
				i++
			}
			if i == len(text) {
				break
			}
		}
		at = a.next(at, text[i])
		n := at
		if a.nodes[n].id == 0 {
			n = a.nodes[n].shorter
		}
		for ; n != 0; n = a.nodes[n].shorter {
			e := edit{start: i + 1 - int(a.nodes[n].depth), end: i + 1, id: int(a.nodes[n].id)}
			e.weight = e.end - e.start
			if !overlapsAny(hidden, e) {
				edits = merge(edits, own, e)
				break // the shorter ones that end here are within it
			}
		}
	}
	return edits
}

// match appends the places of needles. In a body that is valid JSON these are within strings only, with whole escapes.
func (s *scanner) match(edits []edit, text []byte, tiers []*automaton, body bool) []edit {
	own := len(edits)
	edits = s.matchViews(edits, text, 0, tiers, false)
	if len(edits) == own || !body || !json.Valid(text) {
		return edits
	}
	edits = edits[:own]
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			break
		}
		start := i + n + 1
		end := start
		for text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		edits = s.matchViews(edits, text[start:end], start, tiers, true)
		i = end + 1
	}
	return edits
}

// matchViews matches text, which stands at offset. The inside of a JSON string is looked at without its escapes only.
func (s *scanner) matchViews(edits []edit, text []byte, offset int, tiers []*automaton, literal bool) []edit {
	all := s.views.of(text)
	escaped := literal && slices.ContainsFunc(all, func(v view) bool { return v.literal })
	for i := range all {
		v := &all[i]
		if escaped && !v.literal {
			continue
		}
		hidden := pseudonyms(v.text)
		for _, a := range tiers {
			from := len(edits)
			edits = a.find(edits, v.text, hidden)
			for n := range edits[from:] {
				e := &edits[from+n]
				e.start, e.end = v.span(e.start, e.end)
				e.start, e.end = e.start+offset, e.end+offset
			}
		}
	}
	return edits
}
