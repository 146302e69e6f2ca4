package mockserver

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/graphcontract/graphcontract/internal/text"
)

// maxFaults is how many errors of a file are told.
const maxFaults = 20

// faults collects what is wrong with a file.
type faults struct {
	file string
	list []fault
	seen map[[2]string]bool // place and text, so that what base and variants share is told once
}

type fault struct {
	position
	err *LoadError
}

// add adds a fault and fills in where it is.
func (f *faults) add(p position, e *LoadError) {
	e.At = f.at(p)
	e.Path = cutPath(text.Printable(e.Path))
	e.Text = text.Printable(e.Text)
	key := [2]string{e.At, e.Text}
	if f.seen[key] {
		return
	}
	if f.seen == nil {
		f.seen = map[[2]string]bool{}
	}
	f.seen[key] = true
	f.list = append(f.list, fault{p, e})
	if len(f.list) >= 100*maxFaults { // a file made of errors takes no more memory than others
		f.shorten()
	}
}

// at is a place in messages.
func (f *faults) at(p position) string {
	return f.file + ":" + strconv.Itoa(p.line) + ":" + strconv.Itoa(p.column)
}

// shorten sorts the faults and leaves the first.
func (f *faults) shorten() {
	slices.SortStableFunc(f.list, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column),
			cmp.Compare(a.err.Path, b.err.Path), cmp.Compare(a.err.Text, b.err.Text))
	})
	f.list = f.list[:min(len(f.list), maxFaults)]
}

// err is all of them, or nil.
func (f *faults) err() error {
	f.shorten()
	var errs []error
	for _, one := range f.list {
		errs = append(errs, one.err)
	}
	return errors.Join(errs...)
}

func cutPath(path string) string {
	const most = 200
	if r := []rune(path); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return path
}
