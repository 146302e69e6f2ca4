package schema

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/route"
)

// loader collects pages and resolves what they say of each other once all are there.
type loader struct {
	sources int
	pages   []*page
	byPath  map[pageKey]*page
	byFile  map[string][]*page // by lower-case file name
	types   map[string]bool    // every type some page defines

	resources  map[string]*Resource
	fences     map[string]docpage.Fence // of their JSON representations, by type
	operations []Operation
	routes     route.Index[int] // of operations, to their index
	problems   []Problem
}

type pageKey struct {
	source int
	path   string // lower case
}

// page is one parsed page on its way to resources and operations.
type page struct {
	*docpage.Page
	source    int
	namespace string
	types     []string // the full names of the types it defines
}

func newLoader() *loader {
	return &loader{
		byPath: map[pageKey]*page{}, byFile: map[string][]*page{}, types: map[string]bool{}, resources: map[string]*Resource{}, fences: map[string]docpage.Fence{},
	}
}

// add takes a page in. What it defines is known to [loader.resolve] only after every page was added.
func (l *loader) add(doc *docpage.Page, source int) {
	p := &page{Page: doc, source: source, namespace: namespaceOf(doc)}
	for _, f := range resourceFences(doc) {
		if name := annotatedType(f.Annotation); name != "" {
			p.types = append(p.types, name)
			l.types[name] = true
		}
	}
	l.pages = append(l.pages, p)
	l.byPath[pageKey{source, strings.ToLower(path.Clean(doc.File))}] = p
	file := strings.ToLower(path.Base(doc.File))
	l.byFile[file] = append(l.byFile[file], p)
}

func (l *loader) problem(page string, line int, format string, args ...any) {
	l.problems = append(l.problems, Problem{Page: page, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) catalog() (*Catalog, error) {
	if len(l.pages) == 0 {
		return nil, errors.New("schema: no page (*.md) found")
	}
	for _, p := range l.pages {
		for _, q := range p.Problems {
			l.problem(p.File, q.Line, "%s", q.Text)
		}
		l.resourcePage(p)
	}
	l.resolve()
	for _, p := range l.pages {
		l.apiPage(p)
	}
	if len(l.resources) == 0 && len(l.operations) == 0 {
		return nil, l.nothingFound()
	}
	c := &Catalog{byName: l.resources, derived: map[string][]*Resource{}}
	for _, r := range l.resources {
		c.resources = append(c.resources, r)
	}
	slices.SortFunc(c.resources, func(a, b *Resource) int { return cmp.Compare(a.Name, b.Name) })
	for _, r := range c.resources {
		for base := r.Base; base != ""; {
			c.derived[base] = append(c.derived[base], r)
			b := c.byName[base]
			if b == nil || b == r {
				break
			}
			base = b.Base
		}
	}
	slices.SortStableFunc(l.operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Line, b.Line))
	})
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Line, b.Line))
	})
	c.operations, c.problems = l.operations, slices.Compact(l.problems)
	return c, nil
}

func (l *loader) nothingFound() error {
	if len(l.pages) > 1 {
		return fmt.Errorf("schema: no resource and no operation on %d pages", len(l.pages))
	}
	p := l.pages[0]
	err := fmt.Sprintf("schema: %s: neither a resource page (a comment with \"blockType\": \"resource\" before a JSON fence) nor an API page (an \"HTTP request\" section)", p.File)
	for _, q := range l.problems {
		if q.Page == p.File && q.Text != noResource {
			err += fmt.Sprintf("; line %d: %s", q.Line, q.Text)
			break
		}
	}
	return errors.New(err)
}

// sections yields the blocks under the headings of levels 1 and 2, with the heading's text in lower case. Deeper ones do
// not count: an example has a "Response" of its own.
func sections(doc *docpage.Page) iter.Seq2[string, docpage.Block] {
	return func(yield func(string, docpage.Block) bool) {
		section := ""
		for _, b := range doc.Blocks {
			if h, ok := b.(docpage.Heading); ok {
				if h.Level <= 2 {
					section = strings.ToLower(strings.Trim(h.Text, "*: "))
				}
				continue
			}
			if !yield(section, b) {
				return
			}
		}
	}
}

// namespaceOf reads the "Namespace: microsoft.graph" line.
func namespaceOf(doc *docpage.Page) string {
	for _, b := range doc.Blocks {
		t, ok := b.(docpage.Text)
		if !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(t.Text, "Namespace:"); ok {
			ns, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
			return strings.Trim(ns, "`* ")
		}
	}
	return ""
}

// resourceFences are the fences that a resource annotation stands before.
func resourceFences(doc *docpage.Page) []docpage.Fence {
	var out []docpage.Fence
	for _, b := range doc.Blocks {
		if f, ok := b.(docpage.Fence); ok && blockType(f.Annotation) == "resource" {
			out = append(out, f)
		}
	}
	return out
}

func blockType(annotation map[string]any) string {
	s, _ := annotation["blockType"].(string)
	return s
}

// annotatedType is the annotation's "@odata.type", or its older spelling "@type", without a leading #.
func annotatedType(annotation map[string]any) string {
	for _, key := range []string{"@odata.type", "@type"} {
		if s, ok := annotation[key].(string); ok && s != "" {
			return strings.TrimPrefix(s, "#")
		}
	}
	return ""
}

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
	for _, q := range files {
		if q.source == p.source {
			return q
		}
	}
	if len(files) > 0 {
		return files[0]
	}
	return nil
}

// typeBehind is the full name of the type that a link with the given text leads to. Without the page it is the
// text in the linking page's namespace, and known is false.
func (l *loader) typeBehind(p *page, text, target string) (name string, known bool) {
	if q := l.link(p, target); q != nil && q != p && len(q.types) > 0 {
		for _, t := range q.types {
			if strings.EqualFold(shortName(t), shortName(text)) {
				return t, true
			}
		}
		return q.types[0], true
	}
	name = l.qualify(p, text)
	return name, l.types[name]
}

// qualify gives a bare type name the page's namespace, except where only microsoft.graph has such a type.
func (l *loader) qualify(p *page, name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	ns := "microsoft.graph"
	if p.namespace != "" {
		ns = p.namespace
	} else if len(p.types) > 0 {
		ns = strings.TrimSuffix(p.types[0], "."+shortName(p.types[0]))
	}
	if own := ns + "." + name; l.types[own] || !l.types["microsoft.graph."+name] {
		return own
	}
	return "microsoft.graph." + name
}
