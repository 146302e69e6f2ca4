// Package tree reads a YAML or JSON document into a tree of nodes that know where they are written, for decoders whose
// errors have to say so.
//
//	var faults tree.Faults
//	root, _ := tree.ReadYAML(src, &faults)
//	for _, f := range faults.All() { … }
//
// Both syntaxes give the same tree for the same document. Texts, names and numbers are as they are spelled, members in the
// order in which they are written, and [Node.AppendJSON] writes them so again.
//
// Any bytes can be read: what comes of them is bounded by [MaxSize], [MaxWeight] and [MaxDepth], and what is wrong with them
// is among the [Faults], whatever the document is about. What its keys mean is for the packages that decode it.
//
// Known deviations from YAML 1.2: a document has one root, no tags but !!str and no merge keys; keys are texts; an alias is a
// copy of what it stands for; what JSON would spell otherwise (0x1F, .nan, True) is [Odd]; dates are texts. From JSON (RFC
// 8259): no name is written twice.
package tree

import (
	"strconv"
	"unicode/utf8"
)

// Kind is what a node is. Its zero value is [Null].
type Kind int

// The kinds.
const (
	Null   Kind = iota // null, or nothing
	Bool               // true or false
	Number             // as JSON writes it (RFC 8259, section 6)
	Text
	Odd // what YAML knows and JSON does not, such as 0x1F, .nan or True: a text where one is wanted, and else an error
	List
	Mapping
	Faulty // what there is a [Fault] about already
)

// Node is a value of a document. Its zero value is null, written nowhere.
//
// Nodes do not change once they are read, so that they may be shared: [Node.With] copies those on the way to what it
// replaces. All methods but With need a node that is not nil.
type Node struct {
	Kind    Kind
	Text    string   // of a scalar, as it is spelled, a text without its quotes; "" for null
	Members []Member // of a mapping, in their order
	Items   []*Node  // of a list
	Position
}

// Member is a key of a mapping with its value. No two of a mapping have the same name. Its position is that of the key.
type Member struct {
	Name  string
	Value *Node
	Position
}

// Position is where something begins in the source, both from 1; columns count code points. Its zero value is nowhere. A
// value that is left out can be right behind the end of its line.
type Position struct{ Line, Column int }

// IsScalar says whether a node has a text: it is neither null nor a list nor a mapping.
func (n *Node) IsScalar() bool { return n.Kind >= Bool && n.Kind <= Odd }

// Lookup is the index of the member with a name, or -1.
func (n *Node) Lookup(name string) int {
	for i := range n.Members {
		if n.Members[i].Name == name {
			return i
		}
	}
	return -1
}

// Member is the value of the member with a name, or nil.
func (n *Node) Member(name string) *Node {
	if i := n.Lookup(name); i >= 0 {
		return n.Members[i].Value
	}
	return nil
}

// Names are those of the members, in their order. The slice is the caller's.
func (n *Node) Names() []string {
	names := make([]string, len(n.Members))
	for i := range n.Members {
		names[i] = n.Members[i].Name
	}
	return names
}

// String says what the node is, for messages: a scalar as it is spelled but [Short], "nothing", "a list" or "a mapping".
func (n *Node) String() string {
	switch n.Kind {
	case Null:
		return "nothing"
	case Text:
		return strconv.Quote(Short(n.Text))
	case List:
		return "a list"
	case Mapping:
		return "a mapping"
	}
	return Short(n.Text)
}

// Short is a text short enough for a message: of one with more than 60 code points it is the first 59 and an ellipsis.
func Short(s string) string { return shorten(s, 60) }

// shorten cuts a text to at most so many code points.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
