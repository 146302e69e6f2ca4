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

// Names returns the names of a template's parameters in path order, as [Index.Each] gives their values. The error is
// that of [Index.Add].
func Names(template string) ([]string, error) {
	segments, err := parse(template)
	var names []string
	for _, s := range segments {
		names = append(names, s.names...)
	}
	return names, err
}

// Shape returns what a template matches by: {} for every parameter, literals in lower case, keys in parentheses as
// segments, no version. Templates of one shape match the same paths; those of different shapes do not, unless
// parameters stand side by side, as in {a}{b}x and {a}x. A template that [Index.Add] refuses is its own shape.
func Shape(template string) string {
	segments, err := parse(template)
	if err != nil {
		return template
	}
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(s.text)
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
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
