package schema

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// Catalog is what a set of pages says. It is immutable and safe for concurrent use. The zero value knows no type and no
// operation.
type Catalog struct {
	resources  []*Resource // by name
	byName     map[string]*Resource
	operations []Operation            // by page, then line
	problems   []Problem              // by page, then line
	derived    map[string][]*Resource // by base, every type derived from it, by name
	pages      []string               // every page that was read
	apiPages   map[string][]string    // the API pages about a type, by its name

	judges      sync.Map // of *judge by judgeKey
	definitions sync.Map // of *definitions by the Shape that stands for their family
}

// newCatalog sorts resources and finds out which derive from which. No type may be its own base.
func newCatalog(byName map[string]*Resource, operations []Operation, problems []Problem) *Catalog {
	c := &Catalog{byName: byName, derived: map[string][]*Resource{}, operations: operations, problems: problems}
	for _, name := range sortedKeys(byName) {
		c.resources = append(c.resources, byName[name])
	}
	for _, r := range c.resources {
		for base := r.Base; base != ""; {
			c.derived[base] = append(c.derived[base], r)
			b := c.byName[base]
			if b == nil {
				break
			}
			base = b.Base
		}
	}
	return c
}

// entityType is the root of Graph's entity types. Every source agrees that it declares an id and nothing else, so
// a page that inherits from it is complete without its page.
const entityType = "microsoft.graph.entity"

// LoadPages reads every page (*.md) of the file systems in path order: resource pages become [Resource]s, API
// pages [Operation]s. Links between pages are followed within one file system, then by file name. What a page
// says and LoadPages could not use is listed by [Catalog.Problems], not an error; one resource page alone loads.
//
// It fails when a file system cannot be read, when ctx ends, and when there is no resource and no operation.
func LoadPages(ctx context.Context, fsys ...fs.FS) (*Catalog, error) {
	l := newLoader()
	parsers := startParsers()
	defer parsers.stop()
	for i, f := range fsys {
		if f == nil {
			return nil, errors.New("schema: a file system is nil")
		}
		if err := l.read(ctx, f, i, parsers); err != nil {
			return nil, err
		}
	}
	for _, p := range parsers.stop() {
		l.add(p)
	}
	return l.catalog()
}

// LoadPage reads one page, given as bytes. It is LoadPages for a file system with that one file.
func LoadPage(name string, src []byte) (*Catalog, error) {
	l := newLoader()
	l.add(newPage(source{name: name, src: src}))
	return l.catalog()
}

// MaxPageSize is the size in bytes above which a page is refused.
const MaxPageSize = 4 << 20

func (l *loader) read(ctx context.Context, fsys fs.FS, number int, to *parsers) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if d.IsDir() || !strings.EqualFold(path.Ext(name), ".md") {
			return nil
		}
		info, err := fs.Stat(fsys, name) // follows links
		if err != nil || !info.Mode().IsRegular() {
			l.problem(name, 1, "no regular file; it is not read")
			return nil
		}
		src, err := readPage(fsys, name, info.Size())
		if err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		to.parse(source{name, src, number})
		return nil
	})
}

func readPage(fsys fs.FS, name string, size int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src := bytes.NewBuffer(make([]byte, 0, min(size, MaxPageSize)+bytes.MinRead))
	_, err = src.ReadFrom(io.LimitReader(f, MaxPageSize+1))
	if err == nil && src.Len() > MaxPageSize {
		err = fmt.Errorf("%s: a page of more than %d bytes", name, MaxPageSize)
	}
	return src.Bytes(), err
}

// ErrUnknownType is wrapped by the error of a lookup by a type name that no page defines.
var ErrUnknownType = errors.New("unknown type")

// Resource returns the resource called name: the full type name, or its end, such as connectionOperation, where no other
// type ends so; one in the namespace microsoft.graph itself goes before others. Case does not matter. The error wraps [ErrUnknownType] and offers the nearest names.
func (c *Catalog) Resource(name string) (*Resource, error) {
	name = strings.TrimPrefix(name, "#")
	if r := c.byName[name]; r != nil {
		return r, nil
	}
	var found []*Resource
	for _, r := range c.resources {
		if strings.EqualFold(r.Name, name) {
			return r, nil
		}
		if n := len(r.Name) - len(name); n > 0 && r.Name[n-1] == '.' && strings.EqualFold(r.Name[n:], name) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("schema: %w %q%s", ErrUnknownType, name, c.nearest(name))
	}
	// The namespace microsoft.graph is what a short name means in the documentation.
	for _, r := range found {
		if strings.EqualFold(r.Name, "microsoft.graph."+name) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("schema: type %q is ambiguous: %s", name, strings.Join(names(found), ", "))
}

// some names a few types for a name that resembles none, those of short namespaces first, where they say what the pages
// are about. Of a large catalog they would not.
func (c *Catalog) some() string {
	n := len(c.resources)
	if n == 0 || n > 12 {
		return ""
	}
	all := names(c.resources)
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")) })
	if n <= 4 {
		return "; known are " + strings.Join(all, ", ")
	}
	return fmt.Sprintf("; known are %s and %d more", strings.Join(all[:3], ", "), n-3)
}

func (c *Catalog) nearest(name string) string {
	var short []string
	full := map[string]string{}
	for _, r := range c.resources {
		s := shortName(r.Name)
		if full[s] == "" {
			full[s] = r.Name
			short = append(short, s)
		}
	}
	near := nearest.Names(shortName(name), short, 3)
	if len(near) == 0 {
		return c.some()
	}
	for i, s := range near {
		near[i] = full[s]
	}
	return "; nearest: " + strings.Join(near, ", ")
}

func names(rs []*Resource) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Name
	}
	return out
}

// shortName is the part of a type name after its namespace.
func shortName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// Resources yields every resource, by name.
func (c *Catalog) Resources() iter.Seq[*Resource] { return slices.Values(c.resources) }

// Operations yields every operation, by page and line.
func (c *Catalog) Operations() iter.Seq[Operation] { return slices.Values(c.operations) }

// Selection names types of a catalog, as [Catalog.Resource] looks them up. The zero value selects all.
type Selection struct {
	Types      []string
	Structural bool // without the types that only navigation properties lead to, which are most of them
}

// Pages names the pages that the selected types rest on, sorted: those about the types, their bases, the types of their
// properties and their subtypes, and so on, and those of enumerations; and the API pages about the selected types
// themselves. From those pages alone the types yield the same schemas as from all of them, unless the selection is
// structural, which leaves objects open where it ends. A catalog that was not loaded from pages knows only those that
// its types and operations name. The error wraps [ErrUnknownType].
func (c *Catalog) Pages(s Selection) ([]string, error) {
	if len(s.Types) == 0 {
		return slices.Compact(slices.Sorted(slices.Values(c.pages))), nil
	}
	w := closureWalk{catalog: c, structural: s.Structural, pages: map[string]bool{}, seen: map[*Resource]bool{}, met: map[*Resource]bool{}}
	for _, name := range s.Types {
		r, err := c.Resource(name)
		if err != nil {
			return nil, err
		}
		w.meet(r)
		for _, p := range c.apiPages[r.Name] {
			w.pages[p] = true
		}
	}
	for len(w.todo) > 0 {
		last := len(w.todo) - 1
		r := w.todo[last]
		w.todo = w.todo[:last]
		w.visit(r)
	}
	return sortedKeys(w.pages), nil
}

// closureWalk collects the pages behind types.
type closureWalk struct {
	catalog    *Catalog
	structural bool
	pages      map[string]bool
	todo       []*Resource
	seen       map[*Resource]bool // their pages are needed
	met        map[*Resource]bool // values of them may be those of a subtype
}

// meet takes a type in whose values stand somewhere, and so the subtypes that they may have.
func (w *closureWalk) meet(r *Resource) {
	if r == nil || w.met[r] {
		return
	}
	w.met[r] = true
	w.see(r)
	for _, sub := range w.catalog.derived[r.Name] {
		w.see(sub)
	}
}

// see takes a type in, of which a base needs no more.
func (w *closureWalk) see(r *Resource) {
	if r != nil && !w.seen[r] {
		w.seen[r] = true
		w.todo = append(w.todo, r)
	}
}

func (w *closureWalk) visit(r *Resource) {
	for _, p := range r.Pages {
		w.pages[p] = true
	}
	w.see(w.catalog.byName[r.Base])
	for i := range r.Properties {
		q := &r.Properties[i]
		for _, at := range q.EnumSources {
			w.pages[at.Page] = true
		}
		if !w.structural || !q.Relationship {
			w.meet(w.catalog.byName[q.Type])
		}
	}
}

// Problems lists what the pages say and the catalog could not use, by page and line.
func (c *Catalog) Problems() []Problem { return slices.Clone(c.problems) }
