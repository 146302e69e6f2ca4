package route

import "strings"

// Normalize returns a template's path without scheme, host, version prefix, query and trailing slash.
func Normalize(template string) string {
	path := pathOf(template)
	if first, rest, _ := strings.Cut(path, "/"); version(first) != "" {
		path = rest
	}
	return "/" + path
}

// Version returns "v1.0" or "beta" if a template, or a path, starts with it in any case, and else "".
func Version(template string) string {
	first, _, _ := strings.Cut(pathOf(template), "/")
	return version(first)
}

func version(segment string) string {
	for _, v := range [...]string{"v1.0", "beta"} {
		if len(segment) == len(v) && strings.EqualFold(segment, v) {
			return v
		}
	}
	return ""
}

// pathOf drops scheme, host, query and the slashes at both ends.
func pathOf(template string) string {
	if _, rest, ok := strings.Cut(template, "://"); ok {
		_, template, _ = strings.Cut(rest, "/")
	}
	if i := strings.IndexAny(template, "?#"); i >= 0 {
		template = template[:i]
	}
	return strings.Trim(template, "/")
}

// Template is a template that has been read. The zero value is that of the root.
type Template struct {
	segments []segment
	names    []string
	shape    string
}

// Parse reads a template. The error is that of [Index.Add].
func Parse(template string) (Template, error) {
	segments, err := parse(template)
	if err != nil {
		return Template{}, err
	}
	t := Template{segments: segments}
	var shape strings.Builder
	for _, s := range segments {
		t.names = append(t.names, s.names...)
		shape.WriteByte('/')
		shape.WriteString(s.text)
	}
	t.shape = shape.String()
	return t, nil
}

// Names are the names of the parameters in path order, as [Index.Each] gives their values. They must not be changed.
func (t Template) Names() []string { return t.names }

// Shape is what the template matches by: {} for every parameter, literals in lower case, keys in parentheses as
// segments, no version. Templates of one shape match the same paths; those of different shapes do not, unless
// parameters stand side by side, as in {a}{b}x and {a}x.
func (t Template) Shape() string {
	if t.shape == "" {
		return "/"
	}
	return t.shape
}

// Names returns the names of a template's parameters, see [Template.Names].
func Names(template string) ([]string, error) {
	t, err := Parse(template)
	return t.names, err
}

// Shape returns the shape of a template, see [Template.Shape]. One that [Index.Add] refuses is its own shape.
func Shape(template string) string {
	t, err := Parse(template)
	if err != nil {
		return template
	}
	return t.Shape()
}

// Compare orders templates as [Index.Each] does: negative if a is the more specific, 0 if both have one [Shape]. The
// first segment in which they differ decides: literal text comes before parameters with text around them, then {a},
// then *, then **. Of two with text around their parameters, more text comes first. What is left is no matter of
// being specific, but has one order all the same: that of the text, and a template before those that it begins.
// Templates that [Index.Add] refuses come last.
func Compare(a, b string) int {
	s, errA := parse(a)
	t, errB := parse(b)
	switch {
	case errA != nil && errB != nil:
		return strings.Compare(a, b)
	case errA != nil:
		return 1
	case errB != nil:
		return -1
	}
	for i := range min(len(s), len(t)) {
		if c := s[i].compare(t[i]); c != 0 {
			return c
		}
	}
	return len(s) - len(t)
}

// Overlap says whether some path matches both templates. It judges segment by segment, and takes every text for a
// possible segment. One that [Index.Add] refuses matches nothing.
func Overlap(a, b string) bool {
	s, errA := parse(a)
	t, errB := parse(b)
	if errA != nil || errB != nil {
		return false
	}
	for i := 0; ; i++ {
		switch {
		case i < len(s) && s[i].kind == restSegment, i < len(t) && t[i].kind == restSegment:
			return true
		case i == len(s) || i == len(t):
			return len(s) == len(t)
		case !s[i].overlaps(t[i]):
			return false
		}
	}
}
