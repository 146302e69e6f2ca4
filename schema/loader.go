package schema

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/route"
)

// loader collects pages and resolves what they say of each other once all are there.
type loader struct {
	pages  []*page
	byPath map[pageKey]*page
	byFile map[string][]*page // by lower-case file name

	types      map[string]bool     // every type some page defines
	enumTables []*enumDef          // as the pages have them
	enums      map[string]*enumDef // every enumeration, its tables merged, by full name
	anyCase    map[string]string   // the names of both, by lower case
	drafts     map[string][]*draft // of types, by name, in page order
	merged     map[string]*draft   // the one that counts
	either     map[rowKey][]string // the types of "A or B" cells, by row

	lowered map[string]string

	resources  map[string]*Resource
	operations []Operation
	claims     [][]claim        // what the pages say of operations, by operation
	routes     route.Index[int] // of operations, to their claims
	problems   []Problem
}

// source is one file.
type source struct {
	name   string
	src    []byte
	number int // of the file system it is from
}

type pageKey struct {
	source int
	path   string // lower case
}

// rowKey is the place of a property's row.
type rowKey struct {
	page string
	line int
}

func rowOf(q *Property) rowKey { return rowKey{q.Page, q.Line} }

// page is one parsed page on its way to resources and operations.
type page struct {
	*docpage.Page
	source    int
	key       string // its file, in lower case
	beta      bool   // it stands in a folder called beta
	namespace string
	heading   string     // what a resource page's first heading calls its type
	types     []string   // the full names of the types it defines
	enums     []*enumDef // the enumerations its tables define
	lists     []*enumDef // the tables that list the values of one of its properties
	includes  []string   // the pages it includes

	rows       *rowIndex
	valueLines []int // of the tables that list values, on a page with types, ascending

	// What it says, before anything else is known.
	drafts       []*draft
	operations   []Operation
	missing      []missingInclude
	exampleLists []exampleList
	problems     []Problem
}

func newLoader() *loader {
	return &loader{
		byPath: map[pageKey]*page{}, byFile: map[string][]*page{}, types: map[string]bool{}, enums: map[string]*enumDef{}, anyCase: map[string]string{},
		drafts: map[string][]*draft{}, merged: map[string]*draft{}, either: map[rowKey][]string{}, lowered: map[string]string{}, resources: map[string]*Resource{},
	}
}

// newPage parses a page and finds out what it defines.
func newPage(s source) *page {
	doc := docpage.Parse(s.name, s.src)
	file := strings.ToLower(path.Clean(doc.File))
	p := &page{
		Page: doc, source: s.number, key: file, beta: slices.Contains(strings.Split(path.Dir(file), "/"), "beta"),
	}
	p.namespace = p.statedNamespace()
	for _, f := range resourceFences(doc) {
		if name := annotatedType(f.Annotation); name != "" {
			p.types = append(p.types, name)
		}
	}
	p.heading = headingName(doc)
	if len(p.types) == 0 {
		if name := headedType(p); name != "" {
			p.types = []string{name}
		}
	}
	p.valueTables()
	return p
}

func (p *page) problem(line int, format string, args ...any) {
	p.problems = append(p.problems, Problem{Page: p.File, Line: line, Text: fmt.Sprintf(format, args...)})
}

// add makes a page and what it defines known to the others.
func (l *loader) add(p *page) {
	l.pages = append(l.pages, p)
	l.byPath[pageKey{p.source, p.key}] = p
	l.byFile[path.Base(p.key)] = append(l.byFile[path.Base(p.key)], p)
	for _, name := range p.types {
		l.types[name] = true
		l.anyCase[strings.ToLower(name)] = name
	}
	l.enumTables = append(l.enumTables, p.enums...)
}

func (l *loader) problem(page string, line int, format string, args ...any) {
	l.problems = append(l.problems, Problem{Page: page, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) catalog() (*Catalog, error) {
	if len(l.pages) == 0 {
		return nil, errors.New("schema: no page (*.md) found")
	}
	l.mergeEnums()
	l.readPages()
	l.resolve()
	l.settleOperations()
	if len(l.resources) == 0 && len(l.operations) == 0 {
		return nil, l.nothingFound()
	}
	slices.SortStableFunc(l.operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Line, b.Line))
	})
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Line, b.Line))
	})
	c := newCatalog(l.resources, l.operations, slices.Compact(l.problems))
	for _, p := range l.pages {
		c.pages = append(c.pages, p.File)
	}
	c.apiPages = l.apiPages()
	return c, nil
}

// readPages reads what each page says, on all processors, and collects it in page order. Until then nothing of the loader
// that a page may ask for changes.
func (l *loader) readPages() {
	readers := make([]*loader, runtime.GOMAXPROCS(0))
	parallel(len(l.pages), len(readers), func(worker, i int) {
		if readers[worker] == nil {
			own := *l
			own.lowered, own.either = map[string]string{}, map[rowKey][]string{}
			readers[worker] = &own
		}
		w, p := readers[worker], l.pages[i]
		w.problems = nil
		for _, q := range p.Problems {
			w.problem(p.File, q.Line, "%s", q.Text)
		}
		w.resourcePage(p)
		w.apiPage(p)
		p.problems = append(p.problems, w.problems...)
	})
	for _, w := range readers {
		if w != nil {
			maps.Copy(l.either, w.either)
		}
	}
	missing := map[string]bool{}
	for _, p := range l.pages {
		l.problems = append(l.problems, p.problems...)
		for _, m := range p.missing {
			if !missing[m.target] {
				missing[m.target] = true
				l.problem(m.file, m.line, "%s is included here, and maybe elsewhere, and not loaded", m.link)
			}
		}
		for _, d := range p.drafts {
			l.drafts[d.Name] = append(l.drafts[d.Name], d)
		}
		for _, op := range p.operations {
			l.addOperation(op, p)
		}
	}
}

// parsers parse pages while others are still being read.
type parsers struct {
	queue  chan *parsing
	work   sync.WaitGroup
	all    []*parsing // in the order they were read
	closed bool
}

type parsing struct {
	source
	page *page
}

func startParsers() *parsers {
	ps := &parsers{queue: make(chan *parsing, 64)}
	for range runtime.GOMAXPROCS(0) {
		ps.work.Go(func() {
			for p := range ps.queue {
				p.page, p.src = newPage(p.source), nil
			}
		})
	}
	return ps
}

func (ps *parsers) parse(s source) {
	p := &parsing{source: s}
	ps.all = append(ps.all, p)
	ps.queue <- p
}

// stop waits for what was begun and returns the pages in the order they were read. It may be called again.
func (ps *parsers) stop() []*page {
	if !ps.closed {
		ps.closed = true
		close(ps.queue)
	}
	ps.work.Wait()
	pages := make([]*page, len(ps.all))
	for i, p := range ps.all {
		pages[i] = p.page
	}
	return pages
}

// parallel calls f for every index below n, on so many goroutines.
func parallel(n, workers int, f func(worker, i int)) {
	var next atomic.Int64
	var done sync.WaitGroup
	for worker := range min(n, workers) {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(worker, i)
			}
		})
	}
	done.Wait()
}

// apiPages are the pages that document a request or response of a type, by type.
func (l *loader) apiPages() map[string][]string {
	pages := map[string][]string{}
	for _, claims := range l.claims {
		for _, c := range claims {
			for _, name := range []string{c.Request, c.Response} {
				if name != "" {
					pages[name] = append(pages[name], c.pages...)
				}
			}
		}
	}
	return pages
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
