// Package route matches request paths against the path templates of the documentation; contract and mockserver
// share it.
//
// A template is a path such as /external/connections/{connection-id}/operations/{operation-id}. Its version
// prefix (/v1.0, /beta), scheme, host, query and trailing slash do not count. Graph addresses a key as a segment
// or in parentheses, so /connections/{id}, /connections('{id}') and /connections({id}) are one template, and
// so are the paths they match (OData URL Conventions 4.01, section 4.3). Literal segments match without regard
// to case.
package route

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Index finds the value of the template that matches a path. The zero value is empty and ready to use. Matching
// is safe for concurrent use once nothing is added any more.
type Index[T any] struct{ root node[T] }

type node[T any] struct {
	literal map[string]*node[T] // by lower-case segment
	mixed   []*mixed[T]         // segments with parameters inside, such as range(from='{a}')
	param   *node[T]
	entries map[string]*entry[T] // by method
}

type entry[T any] struct {
	value T
	names []string // of the parameters, in path order
}

// mixed matches a segment that starts with fixed[0] and ends with the last fixed, with parameters between them.
type mixed[T any] struct {
	fixed []string
	next  node[T]
}

// Match is what a path matched.
type Match[T any] struct {
	Value  T
	Params []Param // in path order
}

// Param is one template parameter and the path's unescaped text for it.
type Param struct{ Name, Value string }

// Add stores v under a method and a template. A template that is already there for that method is an error, as
// is one whose braces do not pair.
func (x *Index[T]) Add(method, template string, v T) error {
	segments, err := splitTemplate(template)
	if err != nil {
		return fmt.Errorf("route: template %q: %w", template, err)
	}
	n := &x.root
	var names []string
	for _, s := range segments {
		var params []string
		n, params = n.child(s)
		names = append(names, params...)
	}
	if n.entries == nil {
		n.entries = map[string]*entry[T]{}
	}
	method = strings.ToUpper(method)
	if n.entries[method] != nil {
		return fmt.Errorf("route: %s %s is already there", method, template)
	}
	n.entries[method] = &entry[T]{value: v, names: names}
	return nil
}

// child returns the node below n for a template segment, made where missing, and the parameters it names.
func (n *node[T]) child(segment string) (*node[T], []string) {
	fixed, names := cutParams(segment)
	switch {
	case len(names) == 0:
		key := lower(strings.TrimSuffix(segment, "()"))
		if n.literal == nil {
			n.literal = map[string]*node[T]{}
		}
		if n.literal[key] == nil {
			n.literal[key] = &node[T]{}
		}
		return n.literal[key], nil
	case len(names) == 1 && fixed[0] == "" && fixed[1] == "":
		if n.param == nil {
			n.param = &node[T]{}
		}
		return n.param, names
	}
	for _, m := range n.mixed {
		if lower(strings.Join(m.fixed, "{}")) == lower(strings.Join(fixed, "{}")) {
			return &m.next, names
		}
	}
	m := &mixed[T]{fixed: fixed}
	n.mixed = append(n.mixed, m)
	return &m.next, names
}

// cutParams cuts "a{x}b" into the fixed parts "a", "b" and the name "x".
func cutParams(segment string) (fixed, names []string) {
	for {
		before, rest, ok := strings.Cut(segment, "{")
		fixed = append(fixed, before)
		if !ok {
			return fixed, names
		}
		var name string
		name, segment, _ = strings.Cut(rest, "}")
		names = append(names, name)
	}
}

// Find returns the value stored under a method and a template that reads the same.
func (x *Index[T]) Find(method, template string) (v T, ok bool) {
	segments, err := splitTemplate(template)
	if err != nil {
		return v, false
	}
	n := &x.root
	for _, s := range segments {
		n, _ = n.child(s)
	}
	e := n.entries[strings.ToUpper(method)]
	if e == nil {
		return v, false
	}
	return e.value, true
}

// Match finds the template for a method and an escaped path (as from [url.URL.EscapedPath]). Literal segments
// win over parameters.
func (x *Index[T]) Match(method, escapedPath string) (Match[T], bool) {
	segments := splitPath(escapedPath)
	var params []string
	e := x.root.find(strings.ToUpper(method), segments, &params)
	if e == nil {
		return Match[T]{}, false
	}
	m := Match[T]{Value: e.value}
	for i, name := range e.names {
		m.Params = append(m.Params, Param{Name: name, Value: params[i]})
	}
	return m, true
}

func (n *node[T]) find(method string, segments []string, params *[]string) *entry[T] {
	if len(segments) == 0 {
		return n.entries[method]
	}
	s, rest := segments[0], segments[1:]
	if next := n.literal[lower(strings.TrimSuffix(s, "()"))]; next != nil {
		if e := next.find(method, rest, params); e != nil {
			return e
		}
	}
	mark := len(*params)
	for _, m := range n.mixed {
		if values, ok := m.match(s); ok {
			*params = append(*params, values...)
			if e := m.next.find(method, rest, params); e != nil {
				return e
			}
			*params = (*params)[:mark]
		}
	}
	if n.param != nil && isKey(s) {
		*params = append(*params, s)
		if e := n.param.find(method, rest, params); e != nil {
			return e
		}
		*params = (*params)[:mark]
	}
	return nil
}

// isKey says whether a segment can be a key. System segments such as $count, function calls such as delta(), and delta,
// which Graph calls without parentheses, too, are none.
func isKey(s string) bool {
	return s != "" && s[0] != '$' && !strings.HasSuffix(s, "()") && lower(s) != "delta"
}

func (m *mixed[T]) match(s string) ([]string, bool) {
	if len(s) < len(m.fixed[0]) || lower(s[:len(m.fixed[0])]) != lower(m.fixed[0]) {
		return nil, false
	}
	s = s[len(m.fixed[0]):]
	var values []string
	for i, fixed := range m.fixed[1:] {
		at := strings.Index(lower(s), lower(fixed))
		if i == len(m.fixed)-2 {
			at = len(s) - len(fixed)
			if at < 0 || lower(s[at:]) != lower(fixed) {
				return nil, false
			}
		}
		if at < 0 {
			return nil, false
		}
		values = append(values, s[:at])
		s = s[at+len(fixed):]
	}
	return values, true
}

// lower folds ASCII letters only, so that the text keeps its length.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Normalize returns a template's path without scheme, host, version prefix, query and trailing slash.
func Normalize(template string) string {
	if i := strings.Index(template, "://"); i >= 0 {
		rest := template[i+len("://"):]
		if slash := strings.IndexByte(rest, '/'); slash >= 0 {
			template = rest[slash:]
		} else {
			template = "/"
		}
	}
	if i := strings.IndexAny(template, "?#"); i >= 0 {
		template = template[:i]
	}
	return "/" + strings.Join(dropVersion(strings.Split(strings.Trim(template, "/"), "/")), "/")
}

func splitTemplate(template string) ([]string, error) {
	depth := 0
	for _, c := range template {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth < 0 || depth > 1 {
			break
		}
	}
	if depth != 0 {
		return nil, errors.New("braces do not pair")
	}
	// A slash in braces belongs to a parameter's name and separates nothing.
	depth = 0
	pieces := strings.FieldsFunc(Normalize(template), func(c rune) bool {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		return c == '/' && depth == 0
	})
	var segments []string
	for _, s := range pieces {
		segments = append(segments, splitKey(s)...)
	}
	return segments, nil
}

// splitPath cuts an escaped path into unescaped segments, keys in parentheses as segments of their own.
func splitPath(escaped string) []string {
	var segments []string
	if escaped = strings.Trim(escaped, "/"); escaped == "" {
		return nil
	}
	for _, s := range dropVersion(strings.Split(escaped, "/")) {
		if u, err := url.PathUnescape(s); err == nil {
			s = u
		}
		segments = append(segments, splitKey(s)...)
	}
	return segments
}

func dropVersion(segments []string) []string {
	if len(segments) > 0 && (strings.EqualFold(segments[0], "v1.0") || strings.EqualFold(segments[0], "beta")) {
		return segments[1:]
	}
	return segments
}

// splitKey cuts "connections('a')" into "connections" and "a". Function calls, whose parentheses hold named
// parameters or nothing, stay whole.
func splitKey(s string) []string {
	open := strings.IndexByte(s, '(')
	if open <= 0 || !strings.HasSuffix(s, ")") {
		return []string{s}
	}
	key := s[open+1 : len(s)-1]
	if n := len(key); n >= 2 && key[0] == '\'' && key[n-1] == '\'' {
		return []string{s[:open], strings.ReplaceAll(key[1:n-1], "''", "'")}
	}
	if key == "" || strings.ContainsAny(key, "=,") {
		return []string{s}
	}
	return []string{s[:open], key}
}
