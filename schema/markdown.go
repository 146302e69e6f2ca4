package schema

import "strings"

// mdLink is a Markdown link: [label](target "title"), [label][ref], or [label], which refers to itself.
type mdLink struct {
	start, end int // in the text it stands in
	label      string
	target     string // of an inline link
	ref        string // of one by reference
}

// maxTarget is how long a link's target may be with its title, so that a text of links without their ends is read in linear time.
const maxTarget = 4096

// nextLink finds the first link in s from a place on.
func nextLink(s string, from int) (mdLink, bool) {
	open := strings.IndexByte(s[from:], '[')
	if open < 0 {
		return mdLink{}, false
	}
	open += from
	length := strings.IndexByte(s[open:], ']')
	if length < 0 {
		return mdLink{}, false
	}
	l := mdLink{start: open, end: open + length + 1, label: s[open+1 : open+length]}
	rest := s[l.end:]
	switch {
	case strings.HasPrefix(rest, "("):
		if n := strings.IndexByte(rest[:min(len(rest), maxTarget)], ')'); n > 0 {
			l.target, l.end = rest[1:n], l.end+n+1
			if i := strings.IndexAny(l.target, " \t\n"); i >= 0 { // a title follows
				l.target = l.target[:i]
			}
		}
	case strings.HasPrefix(rest, "["):
		if n := strings.IndexByte(rest, ']'); n > 0 {
			l.ref, l.end = rest[1:n], l.end+n+1
		}
	}
	return l, true
}

// allLinks finds the links in s.
func allLinks(s string) []mdLink {
	var out []mdLink
	for at := 0; ; {
		l, ok := nextLink(s, at)
		if !ok {
			return out
		}
		out = append(out, l)
		at = l.end
	}
}

// withoutLinks is s with the labels of its links in their place.
func withoutLinks(s string) string {
	if strings.IndexByte(s, '[') < 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, l := range allLinks(s) {
		b.WriteString(s[at:l.start])
		b.WriteString(l.label)
		at = l.end
	}
	b.WriteString(s[at:])
	return b.String()
}

// follow is a link's label without marks, and its target on page p; the target is "" where it has none.
func (p *page) follow(l mdLink) (label, target string) {
	if target = l.target; target == "" {
		ref := l.ref
		if ref == "" {
			ref = l.label
		}
		target = p.Links[strings.ToLower(ref)]
	}
	return strings.Trim(l.label, "`* "), target
}
