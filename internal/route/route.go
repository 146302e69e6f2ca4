// Package route matches request paths against the path templates of the documentation; contract and mockserver
// share it.
//
// A template is a path such as /external/connections/{connection-id}/operations/{operation-id}. Its version
// prefix (/v1.0, /beta), scheme, host, query and trailing slash do not count. Graph addresses a key as a segment
// or in parentheses, so /connections/{id}, /connections('{id}') and /connections({id}) are one template, and
// so are the paths they match (OData URL Conventions 4.01, section 4.3). Literal segments match without regard
// to case.
//
// A segment * matches any segment that is not empty, system segments such as $count among them, and ** as the last
// segment matches any rest of the path, also none. A method * stands for any.
package route

import (
	"fmt"
	"slices"
	"strings"
)

// anyMethod stands for every method in [Index.Add].
const anyMethod = "*"

// Index finds the values of the templates that match a path. The zero value is empty and ready to use. All but Add
// is safe for concurrent use once nothing is added any more.
type Index[T any] struct{ root node[T] }

type node[T any] struct {
	literal map[string]*node[T] // by lower-case segment
	mixed   []*mixed[T]         // the most specific first
	param   *node[T]
	any     *node[T]
	rest    *node[T]
	entries map[string]*entry[T] // by method
}

type entry[T any] struct {
	value T
	names []string // of the parameters, in path order
}

type mixed[T any] struct {
	segment
	next node[T]
}

// Match is what a path matched.
type Match[T any] struct {
	Value  T
	Params []Param // in path order
}

// Param is one template parameter and the path's unescaped text for it.
type Param struct{ Name, Value string }

// Add stores v under a method, or * for any, and a template. A template that is already there for that method is an
// error, as is one whose braces do not pair and one with ** before its end.
func (x *Index[T]) Add(method, template string, v T) error {
	t, err := Parse(template)
	if err != nil {
		return err
	}
	slot, isNew := x.Slot(method, t)
	if !isNew {
		return fmt.Errorf("route: %s %s is already there", strings.ToUpper(method), template)
	}
	*slot = v
	return nil
}

// Slot returns where the value of a method and a template is, and whether it has just been made, with T's zero value. Templates of one
// shape have the same slot, with the parameter names of the first.
func (x *Index[T]) Slot(method string, t Template) (slot *T, isNew bool) {
	n := &x.root
	for _, s := range t.segments {
		n = n.child(s)
	}
	if n.entries == nil {
		n.entries = map[string]*entry[T]{}
	}
	method = strings.ToUpper(method)
	e := n.entries[method]
	if isNew = e == nil; isNew {
		e = &entry[T]{names: t.names}
		n.entries[method] = e
	}
	return &e.value, isNew
}

// child returns the node below n for a template segment, made where missing.
func (n *node[T]) child(s segment) *node[T] {
	if next := n.below(s); next != nil {
		return next
	}
	if s.kind == mixedSegment {
		m := &mixed[T]{segment: s}
		at, _ := slices.BinarySearchFunc(n.mixed, s, func(m *mixed[T], s segment) int { return m.compare(s) })
		n.mixed = slices.Insert(n.mixed, at, m)
		return &m.next
	}
	next := &node[T]{}
	switch s.kind {
	case literalSegment:
		if n.literal == nil {
			n.literal = map[string]*node[T]{}
		}
		n.literal[s.text] = next
	case paramSegment:
		n.param = next
	case anySegment:
		n.any = next
	case restSegment:
		n.rest = next
	}
	return next
}

// below returns the node below n for a template segment, nil if there is none.
func (n *node[T]) below(s segment) *node[T] {
	switch s.kind {
	case literalSegment:
		return n.literal[s.text]
	case paramSegment:
		return n.param
	case anySegment:
		return n.any
	case restSegment:
		return n.rest
	}
	at, ok := slices.BinarySearchFunc(n.mixed, s, func(m *mixed[T], s segment) int { return m.compare(s) })
	if !ok {
		return nil
	}
	return &n.mixed[at].next
}

// Find returns the value that Add stored under this method and a template of the same [Shape].
func (x *Index[T]) Find(method, template string) (v T, ok bool) {
	segments, err := parse(template)
	if err != nil {
		return v, false
	}
	n := &x.root
	for _, s := range segments {
		if n = n.below(s); n == nil {
			return v, false
		}
	}
	e := n.entries[strings.ToUpper(method)]
	if e == nil {
		return v, false
	}
	return e.value, true
}

// Match finds the template for a method and an escaped path (as from [url.URL.EscapedPath]): the first one of
// [Index.Each].
func (x *Index[T]) Match(method, escapedPath string) (m Match[T], ok bool) {
	method = strings.ToUpper(method)
	x.walk(escapedPath, func(n *node[T], params []string) bool {
		e, other := n.of(method)
		if e == nil {
			e = other
		}
		if e == nil {
			return true
		}
		m.Value, ok = e.value, true
		for i, name := range e.names {
			m.Params = append(m.Params, Param{Name: name, Value: params[i]})
		}
		return false
	})
	return m, ok
}
