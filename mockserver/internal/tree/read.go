package tree

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// Bounds of a document.
const (
	MaxSize   = 4 << 20           // bytes of the source
	MaxWeight = 64 << 20          // of what aliases make of it: the bytes of its texts, and 64 for every value and name
	MaxDepth  = jsonscan.MaxDepth // of lists and mappings within each other
)

// nodeWeight is what a value or a name weighs without its text.
const nodeWeight = 64

// What a caller can have a better hint for: causes of faults.
var (
	ErrEmpty          = errors.New("tree: no document")
	ErrSecondDocument = errors.New("tree: more than one document")
	ErrMergeKey       = errors.New("tree: a YAML merge key")
)

// builder makes the nodes of a document. It finds what no document may have, whatever its keys mean.
type builder struct {
	faults *Faults
	weight int
	path   []string // of the value that is being built: ".name" or "[1]"
}

// fits says whether the source is small enough to be read at all.
func (b *builder) fits(src []byte) bool {
	if len(src) > MaxSize {
		b.fail(Position{1, 1}, "", "the file has more than %d MiB", MaxSize>>20)
	}
	return len(src) <= MaxSize
}

// done is what a reader returns: nothing of a document that is too large once aliases are followed.
func (b *builder) done(root *Node) (*Node, int) {
	if b.full() {
		b.fail(Position{1, 1}, "", "the file has too many values, or its aliases stand for too many")
		return nil, b.weight
	}
	return root, b.weight
}

func (b *builder) full() bool { return b.weight > MaxWeight }

// grow counts a value or a name.
func (b *builder) grow(text string) { b.weight += nodeWeight + len(text) }

func (b *builder) fail(p Position, hint, format string, args ...any) {
	b.failWith(p, nil, hint, format, args...)
}

func (b *builder) failWith(p Position, cause error, hint, format string, args ...any) {
	path := strings.TrimPrefix(strings.Join(b.path, ""), ".")
	b.faults.Add(Fault{Position: p, Path: path, Text: fmt.Sprintf(format, args...), Hint: hint, Err: cause})
}

// item builds an item of a list.
func (b *builder) item(n *Node, build func() *Node) {
	b.path = append(b.path, "["+strconv.Itoa(len(n.Items))+"]")
	n.Items = append(n.Items, build())
	b.path = b.path[:len(b.path)-1]
}

// member builds a member of a mapping. first has where the names so far are.
func (b *builder) member(n *Node, first map[string]Position, name string, p Position, build func() *Node) {
	b.grow(name)
	b.path = append(b.path, "."+name)
	if at, twice := first[name]; twice {
		b.fail(p, "", "key %q is written twice, first in line %d", Short(name), at.Line)
		build()
	} else {
		first[name] = p
		n.Members = append(n.Members, Member{Name: name, Position: p, Value: build()})
	}
	b.path = b.path[:len(b.path)-1]
}
