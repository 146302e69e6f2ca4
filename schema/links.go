package schema

import (
	"path"
	"slices"
	"strings"
)

// link returns the page that a link on p leads to, or nil where that page is not loaded.
func (l *loader) link(p *page, target string) *page {
	target, _, _ = strings.Cut(target, "#")
	if target == "" {
		return p
	}
	target = strings.ToLower(target)
	full := path.Clean(path.Join(path.Dir(strings.ToLower(p.File)), target))
	if q := l.byPath[pageKey{p.source, full}]; q != nil {
		return q
	}
	files := l.byFile[path.Base(target)]
	for _, near := range []func(q *page) bool{
		func(q *page) bool { return q.source == p.source && q.beta == p.beta },
		func(q *page) bool { return q.source == p.source },
		func(*page) bool { return true },
	} {
		if i := slices.IndexFunc(files, near); i >= 0 {
			return files[i]
		}
	}
	return nil
}

// typeBehind is the full name of the type that a link with the given text leads to: one that the page behind defines,
// or the enumeration that the text or the anchor names there. Without the page it is the text in the linking page's
// namespace.
func (l *loader) typeBehind(p *page, text, target string) string {
	q := l.link(p, target)
	if q == nil {
		return l.qualify(p, text)
	}
	for _, t := range q.types {
		if strings.EqualFold(shortName(t), shortName(text)) {
			return t
		}
	}
	if q != p && len(q.types) > 0 {
		// [HashesType](hashes.md) is the type behind; [participant](participantinfo.md) is the one it says, which has a page too.
		if named := l.qualify(p, text); l.types[named] && !strings.EqualFold(text, "entity") {
			return named
		}
		return q.types[0]
	}
	if def := q.enumNamed(text, target); def != nil {
		return def.name
	}
	if q == p && !isAnchor(target) && p.calledBy(text) {
		return p.types[0]
	}
	return l.qualify(p, text)
}

// isAnchor says whether a link names a place on its own page and no page.
func isAnchor(target string) bool { return target == "" || target[0] == '#' }

// calledBy says whether a page about a type is called by a name: by its heading or its file, for the type's own may differ.
func (p *page) calledBy(name string) bool {
	file := strings.TrimSuffix(path.Base(p.key), path.Ext(p.key))
	return len(p.types) > 0 && (strings.EqualFold(name, p.heading) || strings.EqualFold(name, file))
}

// namedType is the type behind a link in a type cell, "" where neither its text is a name nor its target tells.
func (l *loader) namedType(p *page, text, target string) string {
	if isTypeName(text) {
		return l.typeBehind(p, text, target)
	}
	if name := l.linkedType(p, target); name != "" {
		return name
	}
	if q := l.link(p, target); q != nil && target != "" {
		if def := q.enumNamed("", target); def != nil {
			return def.name
		}
	}
	return ""
}

// enumNamed is the enumeration on q that a link's text or anchor (#priority-values) names, or the only one there.
func (q *page) enumNamed(text, target string) *enumDef {
	_, anchor, _ := strings.Cut(target, "#")
	anchor, _, _ = strings.Cut(anchor, "-")
	for _, name := range []string{shortName(text), anchor} {
		for _, def := range q.enums {
			if strings.EqualFold(shortName(def.name), name) {
				return def
			}
		}
	}
	if len(q.enums) == 1 && len(q.types) == 0 {
		return q.enums[0]
	}
	return nil
}

// qualify gives a bare type name the page's namespace, except where only microsoft.graph has such a type. A type whose
// name differs in case alone is meant by it.
func (l *loader) qualify(p *page, name string) string {
	if strings.Contains(name, ".") {
		if l.defines(name) {
			return name
		}
		for _, full := range []string{name, "microsoft.graph." + name} { // callRecords.session
			if known, ok := l.anyCase[strings.ToLower(full)]; ok {
				return known
			}
		}
		return name
	}
	own, common := p.ownNamespace()+"."+name, "microsoft.graph."+name
	for _, full := range []string{own, common} {
		if l.defines(full) {
			return full
		}
	}
	for _, full := range []string{own, common} {
		if known, ok := l.anyCase[strings.ToLower(full)]; ok {
			return known
		}
	}
	if strings.EqualFold(name, shortName(entityType)) {
		return entityType // which all pages mean by it, whatever their namespace
	}
	return own
}

// defines says whether some page defines a type or an enumeration of this very name.
func (l *loader) defines(name string) bool { return l.types[name] || l.enums[name] != nil }

// ownNamespace is the namespace that the page states, or that of its types.
func (p *page) ownNamespace() string {
	if p.namespace != "" {
		return p.namespace
	}
	if len(p.types) > 0 {
		return strings.TrimSuffix(p.types[0], "."+shortName(p.types[0]))
	}
	return "microsoft.graph"
}
