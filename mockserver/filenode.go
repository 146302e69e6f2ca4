package mockserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// kind is what a value of a scenario file is.
type kind int

const (
	kindNull   kind = iota
	kindBool        // true or false
	kindNumber      // as JSON writes it
	kindText
	kindOdd // what YAML knows and JSON does not, such as 0x1F, .nan or True: a text where one is wanted, and else an error
	kindList
	kindMapping
	kindFaulty // what there is an error about already
)

// node is a value of a scenario file. YAML and JSON both become nodes, whose texts, names and numbers are as they were
// written. Nodes do not change once they are read: a variant has its own copies of those on the way to what it patches, and
// shares the others.
type node struct {
	kind    kind
	text    string // of a scalar
	members []member
	items   []*node
	position
}

// member is a key of a mapping with its value. No two have the same name.
type member struct {
	name  string
	value *node
	position
}

// position is where something begins, both from 1; columns count code points.
type position struct{ line, column int }

func (n *node) isScalar() bool { return n.kind >= kindBool && n.kind <= kindOdd }

// lookup is the index of a member, or -1.
func (n *node) lookup(name string) int {
	for i := range n.members {
		if n.members[i].name == name {
			return i
		}
	}
	return -1
}

// member is the value of a member, or nil.
func (n *node) member(name string) *node {
	if i := n.lookup(name); i >= 0 {
		return n.members[i].value
	}
	return nil
}

// names are those of the members.
func (n *node) names() []string {
	names := make([]string, len(n.members))
	for i := range n.members {
		names[i] = n.members[i].name
	}
	return names
}

// String says what the node is, for messages.
func (n *node) String() string {
	switch n.kind {
	case kindNull:
		return "nothing"
	case kindText:
		return strconv.Quote(cut(n.text))
	case kindList:
		return "a list"
	case kindMapping:
		return "a mapping"
	}
	return cut(n.text)
}

// cut is a text short enough for a message.
func cut(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// appendJSON writes the node as JSON, its members in their order and its numbers as they are spelled. What JSON does not
// have is given to odd.
func (n *node) appendJSON(b []byte, odd func(*node)) []byte {
	switch n.kind {
	case kindNull, kindFaulty:
		return append(b, "null"...)
	case kindBool, kindNumber:
		return append(b, n.text...)
	case kindText:
		return appendQuoted(b, n.text)
	case kindOdd:
		odd(n)
		return appendQuoted(b, n.text)
	case kindList:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendJSON(b, odd)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, m := range n.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, m.name), ':')
		b = m.value.appendJSON(b, odd)
	}
	return append(b, '}')
}

func appendQuoted(b []byte, s string) []byte {
	special := func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
	if !strings.ContainsFunc(s, special) {
		return append(append(append(b, '"'), s...), '"')
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	e.Encode(s) // of a string, into memory: there is no error
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// Bounds of a scenario file.
const (
	maxFile   = 4 << 20  // bytes of the file
	maxBody   = 16 << 20 // bytes of a file that is a body
	maxWeight = 64 << 20 // of what aliases and variants make of it: the bytes of its texts, and nodeWeight for every value
	maxDepth  = jsonscan.MaxDepth

	nodeWeight = 64
)

// builder makes the nodes of a file. It finds what no file may have, whatever its keys mean.
type builder struct {
	faults *faults
	weight int
	path   []string // of the value that is being built: ".name" or "[1]"
}

// full says whether the file is too large once aliases are followed.
func (b *builder) full() bool { return b.weight > maxWeight }

// grow counts a value or a name.
func (b *builder) grow(text string) { b.weight += nodeWeight + len(text) }

func (b *builder) at() string { return strings.TrimPrefix(strings.Join(b.path, ""), ".") }

func (b *builder) fail(p position, hint, format string, args ...any) {
	b.faults.add(p, &LoadError{Path: b.at(), Text: fmt.Sprintf(format, args...), Hint: hint})
}

// item builds an item of a list.
func (b *builder) item(n *node, build func() *node) {
	b.path = append(b.path, "["+strconv.Itoa(len(n.items))+"]")
	n.items = append(n.items, build())
	b.path = b.path[:len(b.path)-1]
}

// member builds a member of a mapping. first has where the names so far are.
func (b *builder) member(n *node, first map[string]position, name string, p position, build func() *node) {
	b.grow(name)
	b.path = append(b.path, "."+name)
	if at, twice := first[name]; twice {
		b.fail(p, "", "key %q is written twice, first in line %d", cut(name), at.line)
		build()
	} else {
		first[name] = p
		n.members = append(n.members, member{name: name, position: p, value: build()})
	}
	b.path = b.path[:len(b.path)-1]
}
