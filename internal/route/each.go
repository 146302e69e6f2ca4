package route

import (
	"slices"
	"strings"
)

// Each calls yield for every template that a method and an escaped path (as from [url.URL.EscapedPath]) match, the
// most specific first (see [Compare]), until yield returns false. At the same template the value of the method comes
// before that of *. params are the path's unescaped texts for the parameters in braces, in path order; * and ** give
// none. They are only valid during the call.
//
// The path is split once. From there on the time depends on how many templates go along with the path, not on how many
// there are, but for segments that have their parameters inside, such as f(x={x}): those at one place are tried in turn.
func (x *Index[T]) Each(method, escapedPath string, yield func(v T, params []string) bool) {
	method = strings.ToUpper(method)
	x.walk(escapedPath, func(n *node[T], params []string) bool {
		exact, other := n.of(method)
		return (exact == nil || yield(exact.value, params)) && (other == nil || yield(other.value, params))
	})
}

// of returns the entries of n that a method matches: that of the method and that of *, nil where there is none.
func (n *node[T]) of(method string) (exact, other *entry[T]) {
	if method != anyMethod {
		other = n.entries[anyMethod]
	}
	return n.entries[method], other
}

// Methods returns, sorted, the methods of all templates that match an escaped path, for an Allow header (RFC 9110,
// section 10.2.1). The method * of [Index.Add] is not among them.
func (x *Index[T]) Methods(escapedPath string) []string {
	var methods []string
	x.walk(escapedPath, func(n *node[T], _ []string) bool {
		for method := range n.entries {
			if method != anyMethod {
				methods = append(methods, method)
			}
		}
		return true
	})
	slices.Sort(methods)
	return slices.Compact(methods)
}

// walk visits the ends of all templates that match a path, the most specific first, until visit returns false.
func (x *Index[T]) walk(escapedPath string, visit func(*node[T], []string) bool) {
	w := walk[T]{visit: visit}
	w.segments = appendPath(w.room.segments[:0], escapedPath)
	w.params = w.room.params[:0]
	w.folded = w.room.folded[:]
	if n := len(w.segments); n > len(w.folded) {
		w.folded = make([]string, n)
	}
	w.from(&x.root, 0)
}

// walk is the state of one walk along a path.
type walk[T any] struct {
	visit    func(*node[T], []string) bool
	segments []string
	folded   []string // the segments in lower case, "" where not asked for yet
	params   []string // of the way to the current node
	room     struct{ segments, folded, params [10]string }
}

// from visits what is at and below n, for the segments from i on. It returns false to end the walk.
func (w *walk[T]) from(n *node[T], i int) bool {
	if i == len(w.segments) {
		if n.entries != nil && !w.visit(n, w.params) {
			return false
		}
	} else if !w.below(n, i) {
		return false
	}
	return n.rest == nil || w.visit(n.rest, w.params)
}

func (w *walk[T]) below(n *node[T], i int) bool {
	s := w.segments[i]
	if n.literal != nil {
		if next := n.literal[literalKey(w.fold(i))]; next != nil && !w.from(next, i+1) {
			return false
		}
	}
	mark := len(w.params)
	for _, m := range n.mixed {
		var ok bool
		if w.params, ok = m.match(w.params, s, w.fold(i)); ok && !w.from(&m.next, i+1) {
			return false
		}
		w.params = w.params[:mark]
	}
	if n.param != nil && isKey(s) {
		w.params = append(w.params, s)
		if !w.from(n.param, i+1) {
			return false
		}
		w.params = w.params[:mark]
	}
	return n.any == nil || s == "" || w.from(n.any, i+1)
}

// fold returns segment i in lower case.
func (w *walk[T]) fold(i int) string {
	if w.folded[i] == "" {
		w.folded[i] = lower(w.segments[i])
	}
	return w.folded[i]
}
