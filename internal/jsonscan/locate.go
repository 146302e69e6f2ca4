package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Place is where a value stands.
type Place struct {
	Start, End int // byte offsets of the value, End exclusive
	Name       int // byte offset of the member name's opening quote, -1 for array items and the root
}

// Locate finds the values that the JSON pointers (RFC 6901) lead to in doc, in one pass over doc however many pointers
// there are. The result has the length and order of pointers. A pointer that leads nowhere, because a member or item
// is missing or because it is no JSON pointer from some token on, gets the place of the deepest value on its way, in
// the end the root's.
//
// [Scan] should have found doc faultless. If it has not, the places are within doc and otherwise unspecified.
func Locate(doc []byte, pointers []string) []Place {
	l := locator{doc: doc, nodes: make([]node, 1, 1+2*len(pointers))}
	goals := make([]int32, len(pointers))
	for i, p := range pointers {
		goals[i] = l.add(p)
	}

	i := 0
	if hasMark(doc) {
		i = len(utf8Mark)
	}
	l.value(space(doc, i), 0, -1)

	// Parents stand before their children, so one run hands the places down to those that were not found.
	for i := range l.nodes[1:] {
		if n := &l.nodes[i+1]; !n.found {
			n.place = l.nodes[n.parent].place
		}
	}
	places := make([]Place, len(pointers))
	for i, g := range goals {
		places[i] = l.nodes[g].place
	}
	return places
}

// locator is the state of one Locate.
type locator struct {
	doc     []byte
	nodes   []node // the trie of the pointers' tokens, the root first
	decoded []byte // the name that was decoded last
}

// node is one value on the way of a pointer.
type node struct {
	place  Place
	found  bool
	parent int32
	token  string
	kids   []int32
	index  map[string]int32 // of the kids, if there are more than manyKids
}

// manyKids is how many tokens a name is compared with one by one.
const manyKids = 8

// add adds the tokens of a pointer to the trie and returns the node of the last.
func (l *locator) add(pointer string) int32 {
	at := int32(0)
	for depth := 0; depth < MaxDepth; depth++ {
		rest, ok := strings.CutPrefix(pointer, "/")
		if !ok {
			break
		}
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		token, ok := unescape(rest[:end])
		if !ok {
			break
		}
		pointer = rest[end:]

		kid := find(l, at, token)
		if kid < 0 {
			kid = int32(len(l.nodes))
			l.nodes = append(l.nodes, node{parent: at, token: token})
			l.adopt(at, kid)
		}
		at = kid
	}
	return at
}

func (l *locator) adopt(parent, kid int32) {
	n := &l.nodes[parent]
	n.kids = append(n.kids, kid)
	if n.index == nil && len(n.kids) > manyKids {
		n.index = make(map[string]int32, 2*len(n.kids))
		for _, k := range n.kids {
			n.index[l.nodes[k].token] = k
		}
	} else if n.index != nil {
		n.index[l.nodes[kid].token] = kid
	}
}

// find returns the kid of the parent that has the token, or -1.
func find[T string | []byte](l *locator, parent int32, token T) int32 {
	n := &l.nodes[parent]
	if n.index != nil {
		if kid, ok := n.index[string(token)]; ok {
			return kid
		}
		return -1
	}
	for _, kid := range n.kids {
		if l.nodes[kid].token == string(token) {
			return kid
		}
	}
	return -1
}

// unescape decodes a reference token (RFC 6901, section 4), and says whether it is one.
func unescape(token string) (string, bool) {
	if strings.IndexByte(token, '~') < 0 {
		return token, true
	}
	out := make([]byte, 0, len(token))
	for i := 0; i < len(token); i++ {
		c := token[i]
		if c == '~' {
			i++
			switch {
			case i == len(token) || token[i] != '0' && token[i] != '1':
				return "", false
			case token[i] == '1':
				c = '/'
			}
		}
		out = append(out, c)
	}
	return string(out), true
}

// value places the node n at the value that starts at i, and what is wanted within it. It returns the value's end. The
// recursion is as deep as the trie, so at most MaxDepth.
func (l *locator) value(i int, n int32, name int) int {
	end := i
	switch {
	case len(l.nodes[n].kids) == 0 || i == len(l.doc):
		end = skip(l.doc, i)
	case l.doc[i] == '{':
		end = l.object(i, n)
	case l.doc[i] == '[':
		end = l.array(i, n)
	default:
		end = skip(l.doc, i)
	}
	l.nodes[n].found, l.nodes[n].place = true, Place{Start: i, End: end, Name: name}
	return end
}

func (l *locator) object(i int, n int32) int {
	doc := l.doc
	i++
	for wanted := len(l.nodes[n].kids); wanted > 0; {
		i = space(doc, i)
		if i == len(doc) || doc[i] != '"' {
			break
		}
		name := i
		end, escaped := skipString(doc, i)
		i = space(doc, end)
		if i == len(doc) || doc[i] != ':' {
			break
		}
		i = space(doc, i+1)

		// A colon follows, so the string has both of its quotes.
		text := doc[name+1 : end-1]
		if escaped {
			l.decoded = appendDecoded(l.decoded[:0], text)
			text = l.decoded
		}
		if kid := find(l, n, text); kid >= 0 && !l.nodes[kid].found {
			i = l.value(i, kid, name)
			wanted--
		} else {
			i = skip(doc, i)
		}
		i = space(doc, i)
		if i == len(doc) || doc[i] != ',' {
			break
		}
		i++
	}
	return skipRest(doc, i)
}

func (l *locator) array(i int, n int32) int {
	type item struct {
		index int
		node  int32
	}
	var wanted []item
	for _, kid := range l.nodes[n].kids {
		if index, ok := itemIndex(l.nodes[kid].token); ok {
			wanted = append(wanted, item{index, kid})
		}
	}
	slices.SortFunc(wanted, func(a, b item) int { return a.index - b.index })

	doc := l.doc
	i++
	for index := 0; len(wanted) > 0; index++ {
		i = space(doc, i)
		if i == len(doc) || doc[i] == ']' {
			break
		}
		if wanted[0].index == index {
			i = l.value(i, wanted[0].node, -1)
			wanted = wanted[1:]
		} else {
			i = skip(doc, i)
		}
		i = space(doc, i)
		if i == len(doc) || doc[i] != ',' {
			break
		}
		i++
	}
	return skipRest(doc, i)
}

// itemIndex reads an array index (RFC 6901, section 4): digits without a leading zero.
func itemIndex(token string) (index int, ok bool) {
	if token == "" || token[0] < '0' || token[0] > '9' || token[0] == '0' && len(token) > 1 {
		return 0, false
	}
	index, err := strconv.Atoi(token)
	return index, err == nil
}

// skip returns the end of the value that starts at i.
func skip(doc []byte, i int) int {
	if i == len(doc) {
		return i
	}
	switch doc[i] {
	case '"':
		end, _ := skipString(doc, i)
		return end
	case '{', '[':
		return skipRest(doc, i+1)
	}
	for i < len(doc) {
		switch doc[i] {
		case ',', ']', '}', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}

// skipRest returns the end of the container that i is in.
func skipRest(doc []byte, i int) int {
	for depth := 1; i < len(doc); {
		switch doc[i] {
		case '"':
			i, _ = skipString(doc, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// skipString returns the end of the string whose opening quote is at i, and whether it has escapes.
func skipString(doc []byte, i int) (end int, escaped bool) {
	for i++; i < len(doc); {
		if i+8 <= len(doc) {
			m := delimiter(binary.LittleEndian.Uint64(doc[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		switch doc[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			escaped = true
			i++
		}
		i++
	}
	return len(doc), escaped
}
