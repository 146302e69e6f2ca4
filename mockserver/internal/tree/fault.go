package tree

import (
	"cmp"
	"slices"

	"github.com/graphcontract/graphcontract/internal/text"
)

// MaxFaults is how many faults of a document are told.
const MaxFaults = 20

// Fault is something wrong with a document: found by this package, or by those that decode what it read.
type Fault struct {
	Position
	Path string // into the document: "routes[1].reply", or ""
	Text string
	Hint string // how to mend it, or ""
	Err  error  // what caused it, or nil: [ErrEmpty] and its like, or what the YAML reader said
}

// Faults collects what is wrong with a document. The zero value is ready for use. It is not for concurrent use.
type Faults struct {
	list []Fault
	seen map[said]bool
}

// said is where a fault is and what it says: the same twice, as of values that are shared, is told once.
type said struct {
	Position
	text string
}

// Add adds a fault, unless there is one with its place and text. Control characters in path and text are replaced, and the
// path is cut to 200 code points. Of many faults only the first are kept.
func (f *Faults) Add(fault Fault) {
	fault.Path = shorten(text.Printable(fault.Path), 200)
	fault.Text = text.Printable(fault.Text)
	key := said{fault.Position, fault.Text}
	if f.seen[key] {
		return
	}
	if f.seen == nil {
		f.seen = map[said]bool{}
	}
	f.seen[key] = true
	f.list = append(f.list, fault)
	if len(f.list) >= 100*MaxFaults { // a document made of faults takes no more memory than others
		f.shorten()
	}
}

// shorten sorts the faults and leaves the first.
func (f *Faults) shorten() {
	slices.SortStableFunc(f.list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
	f.list = f.list[:min(len(f.list), MaxFaults)]
}

// All are the faults in the order of their places, then of their paths and texts: the first [MaxFaults] of them. It is empty
// where nothing is wrong. The slice is the caller's.
func (f *Faults) All() []Fault {
	f.shorten()
	return slices.Clone(f.list)
}
