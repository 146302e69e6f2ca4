package route

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/graphcontract/graphcontract/internal/text"
)

// segment is one segment of a template.
type segment struct {
	kind  kind
	text  string   // its part of [Shape]
	fixed []string // of a mixed segment: it starts with the first and ends with the last, with parameters between them
	names []string // of the parameters
}

// kind orders segments: the more specific is the lesser.
type kind int

const (
	literalSegment kind = iota
	mixedSegment        // parameters with something around them, such as range(from='{a}')
	paramSegment        // {a}
	anySegment          // *
	restSegment         // **, the last
)

// parse cuts a template into its segments, keys in parentheses as segments of their own.
func parse(template string) ([]segment, error) {
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
		return nil, fmt.Errorf("route: template %q: %w", template, errBraces)
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
	segments := make([]segment, 0, len(pieces)+1)
	for _, s := range pieces {
		name, key, ok := cutKey(s)
		segments = append(segments, newSegment(name))
		if ok {
			segments = append(segments, newSegment(key))
		}
	}
	for i, s := range segments {
		if s.kind == restSegment && i < len(segments)-1 {
			return nil, fmt.Errorf("route: template %q: %w", template, errRest)
		}
	}
	return segments, nil
}

var (
	errBraces = errors.New("braces do not pair")
	errRest   = errors.New("** is not the last segment")
)

func newSegment(s string) segment {
	switch s {
	case "*":
		return segment{kind: anySegment, text: s}
	case "**":
		return segment{kind: restSegment, text: s}
	}
	if !strings.Contains(s, "{") {
		return segment{kind: literalSegment, text: literalKey(text.Lower(s))}
	}
	if n := len(s) - 1; n > 0 && s[0] == '{' && s[n] == '}' && !strings.ContainsAny(s[1:n], "{}") { // most are
		return segment{kind: paramSegment, text: "{}", names: []string{s[1:n]}}
	}
	fixed, names := cutParams(s)
	for i, f := range fixed {
		fixed[i] = text.Lower(f)
	}
	if len(names) == 1 && fixed[0] == "" && fixed[1] == "" { // its braces do not pair
		return segment{kind: paramSegment, text: "{}", names: names}
	}
	return segment{kind: mixedSegment, text: strings.Join(fixed, "{}"), fixed: fixed, names: names}
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

// literalKey is what a literal segment in lower case is found by: a function without parameters may be called without
// its parentheses.
func literalKey(folded string) string {
	if key := strings.TrimSuffix(folded, "()"); key != "" {
		return key
	}
	return folded
}

// isKey says whether a segment can be a key. System segments such as $count, function calls such as delta(), and delta,
// which Graph calls without parentheses, too, are none.
func isKey(s string) bool {
	return s != "" && s[0] != '$' && !strings.HasSuffix(s, "()") && (len(s) != len("delta") || text.Lower(s) != "delta")
}

// match appends the texts that stand for the parameters of a mixed segment in s, which is folded in lower case. Of
// several readings it is the one with the shortest texts first.
func (m segment) match(params []string, s, folded string) ([]string, bool) {
	if !strings.HasPrefix(folded, m.fixed[0]) {
		return params, false
	}
	at := len(m.fixed[0])
	last := len(m.fixed) - 1
	for _, fixed := range m.fixed[1:last] {
		n := strings.Index(folded[at:], fixed)
		if n < 0 {
			return params, false
		}
		params = append(params, s[at:at+n])
		at += n + len(fixed)
	}
	if !strings.HasSuffix(folded[at:], m.fixed[last]) {
		return params, false
	}
	return append(params, s[at:len(s)-len(m.fixed[last])]), true
}

// compare orders segments, the more specific first; 0 means they match the same.
func (m segment) compare(o segment) int {
	if c := cmp.Compare(m.kind, o.kind); c != 0 || m.kind > mixedSegment {
		return c
	}
	if m.kind == mixedSegment {
		// Of mixed segments, the one with more text that is fixed.
		if c := cmp.Compare(len(o.text)-len("{}")*len(o.names), len(m.text)-len("{}")*len(m.names)); c != 0 {
			return c
		}
		if c := cmp.Compare(len(m.names), len(o.names)); c != 0 {
			return c
		}
	}
	return strings.Compare(m.text, o.text)
}

// overlaps says whether some segment of a path matches both. Neither is **.
func (m segment) overlaps(o segment) bool {
	if m.kind > o.kind {
		m, o = o, m
	}
	switch {
	case m.kind == literalSegment:
		call := m.text + "()"
		return m.takes(m.text) && o.takes(m.text) || m.takes(call) && o.takes(call)
	case m.kind == mixedSegment && o.kind == mixedSegment:
		// What is fixed at both ends has to agree; all that is fixed between may follow one another.
		a, b := m.fixed[0], o.fixed[0]
		c, d := m.fixed[len(m.fixed)-1], o.fixed[len(o.fixed)-1]
		return (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) && (strings.HasSuffix(c, d) || strings.HasSuffix(d, c))
	case m.kind == mixedSegment && o.kind == paramSegment:
		return !strings.HasPrefix(m.fixed[0], "$") && !strings.HasSuffix(m.fixed[len(m.fixed)-1], "()")
	}
	return true
}

// takes says whether a segment of a path, in lower case, matches.
func (m segment) takes(s string) bool {
	switch m.kind {
	case literalSegment:
		return literalKey(s) == m.text
	case mixedSegment:
		_, ok := m.match(nil, s, s)
		return ok
	case paramSegment:
		return isKey(s)
	}
	return s != ""
}

// Segments returns the unescaped segments of an escaped path, by which it matches: without a version, and keys in parentheses as
// segments of their own.
func Segments(escapedPath string) []string { return appendPath(nil, escapedPath) }

// appendPath appends the unescaped segments of an escaped path, keys in parentheses as segments of their own.
func appendPath(segments []string, escaped string) []string {
	rest := strings.Trim(escaped, "/")
	if first, after, _ := strings.Cut(rest, "/"); version(first) != "" {
		if len(first) == len(rest) {
			return segments
		}
		rest = after
	} else if rest == "" {
		return segments
	}
	for more := true; more; {
		var s string
		s, rest, more = strings.Cut(rest, "/")
		if u, err := url.PathUnescape(s); err == nil {
			s = u
		}
		name, key, ok := cutKey(s)
		segments = append(segments, name)
		if ok {
			segments = append(segments, key)
		}
	}
	return segments
}

// cutKey cuts "connections('a')" into "connections" and "a". Function calls, whose parentheses hold named
// parameters or nothing, stay whole.
func cutKey(s string) (name, key string, ok bool) {
	open := strings.IndexByte(s, '(')
	if open <= 0 || s[len(s)-1] != ')' {
		return s, "", false
	}
	key = s[open+1 : len(s)-1]
	if n := len(key); n >= 2 && key[0] == '\'' && key[n-1] == '\'' {
		return s[:open], strings.ReplaceAll(key[1:n-1], "''", "'"), true
	}
	if key == "" || strings.ContainsAny(key, "=,") {
		return s, "", false
	}
	return s[:open], key, true
}
