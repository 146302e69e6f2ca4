package route

import (
	"net/http"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/text"
)

// Each calls yield for every template that a method and an escaped path (as from [url.URL.EscapedPath]) match, the
// most specific first (see [Compare]), until yield returns false. At the same template the value of the method comes
// before that of *. params are the path's unescaped texts for the parameters in braces, in path order; * and ** give
// none. They are only valid during the call.
//
// The path is split once. From there on the time depends on how many templates go along with the path, not on how many
// there are, but for segments that have their parameters inside, such as f(x={x}): those at one place are tried in turn.
func (x *Index[T]) Each(method, escapedPath string, yield func(v T, params []string) bool) {
	upper := strings.ToUpper(method)
	x.walk(escapedPath, func(n *node[T], params []string) bool {
		exact, other := n.of(upper)
		return (exact == nil || yield(exact.value, params)) && (other == nil || yield(other.value, params))
	})
}

// EachHead is [Index.Each] for HEAD, which templates of GET take, too (RFC 9110, section 9.3.2). At the same template the value of HEAD
// comes first, then that of GET, then that of *.
func (x *Index[T]) EachHead(escapedPath string, yield func(v T, params []string) bool) {
	x.walk(escapedPath, func(n *node[T], params []string) bool {
		for _, method := range [...]string{http.MethodHead, http.MethodGet, anyMethod} {
			if e := n.entries[method]; e != nil && !yield(e.value, params) {
				return false
			}
		}
		return true
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
func (x *Index[T]) walk(escapedPath string, visit visitor[T]) {
	var room [10]string
	visit.from(&x.root, appendPath(room[:0], escapedPath), make([]string, 0, 4))
}

// visitor is told of the ends of a walk, with the params of the way to them. It returns false to end the walk.
type visitor[T any] func(n *node[T], params []string) bool

// from visits what is at and below n, for the segments that are left. It returns false to end the walk.
func (visit visitor[T]) from(n *node[T], segments, params []string) bool {
	if len(segments) == 0 {
		if n.entries != nil && !visit(n, params) {
			return false
		}
	} else if !visit.below(n, segments[0], segments[1:], params) {
		return false
	}
	return n.rest == nil || visit(n.rest, params)
}

// below visits what is below n, for a segment and those that follow it.
func (visit visitor[T]) below(n *node[T], s string, segments, params []string) bool {
	if n.literal != nil || n.mixed != nil {
		folded := text.Lower(s)
		if next := n.literal[literalKey(folded)]; next != nil && !visit.from(next, segments, params) {
			return false
		}
		for _, m := range n.mixed {
			if more, ok := m.match(params, s, folded); ok && !visit.from(&m.next, segments, more) {
				return false
			}
		}
	}
	if n.param != nil && isKey(s) && !visit.from(n.param, segments, append(params, s)) {
		return false
	}
	return n.any == nil || s == "" || visit.from(n.any, segments, params)
}
