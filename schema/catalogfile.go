package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/route"
)

// catalogVersion is the version of the format that [Catalog.JSON] writes.
const catalogVersion = 1

// catalogFile is a catalog as JSON. Absent members are empty ones.
type catalogFile struct {
	Kind       string          `json:"graphcontract"` // "catalog"
	Version    int             `json:"version"`
	Resources  []fileResource  `json:"resources"`
	Operations []fileOperation `json:"operations"`
	Problems   []Problem       `json:"problems"`
}

type fileResource struct {
	Name       string         `json:"name"`
	Base       string         `json:"base,omitempty"`
	Key        string         `json:"key,omitempty"`
	Abstract   bool           `json:"abstract,omitempty"`
	Open       bool           `json:"open,omitempty"`
	Page       string         `json:"page"`
	Line       int            `json:"line"`
	Pages      []string       `json:"pages,omitempty"` // where they are more than page
	Properties []fileProperty `json:"properties,omitempty"`
}

// fileProperty is a property. Of one that is as its base type has it, From names that type, and everything else but the
// flags that may differ is left out.
type fileProperty struct {
	Name         string   `json:"name"`
	From         string   `json:"from,omitempty"`
	Type         string   `json:"type,omitempty"`
	Collection   bool     `json:"collection,omitempty"`
	NotNullable  bool     `json:"notNullable,omitempty"`
	ReadOnly     bool     `json:"readOnly,omitempty"`
	Relationship bool     `json:"relationship,omitempty"`
	Inherited    bool     `json:"inherited,omitempty"`
	Assumed      bool     `json:"assumed,omitempty"`
	Shown        bool     `json:"onlyShown,omitempty"`
	Strings      bool     `json:"strings,omitempty"`
	Expected     bool     `json:"expected,omitempty"`
	Enum         []string `json:"enum,omitempty"`
	EnumSources  []Source `json:"enumSources,omitempty"`
	Bounds       *Bounds  `json:"bounds,omitempty"`
	Description  string   `json:"description,omitempty"`
	Page         string   `json:"page,omitempty"` // where it is not the resource's
	Line         int      `json:"line,omitempty"`
}

type fileOperation struct {
	Method      string       `json:"method"`
	Route       string       `json:"route"`
	Request     string       `json:"request,omitempty"`
	Response    string       `json:"response,omitempty"`
	Collection  bool         `json:"collection,omitempty"`
	Statuses    []int        `json:"statuses,omitempty"`
	Permissions []Permission `json:"permissions,omitempty"`
	Assumed     bool         `json:"assumed,omitempty"`
	Page        string       `json:"page"`
	Line        int          `json:"line"`
}

// JSON returns the catalog as one JSON document that [LoadCatalog] reads, a property, operation or problem a line, so
// that it can be reviewed and compared. Equal catalogs give equal bytes.
func (c *Catalog) JSON() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"graphcontract\": \"catalog\", \"version\": %d,\n\"resources\": [", catalogVersion)
	for i, r := range c.resources {
		nextLine(&b, i)
		properties := make([]fileProperty, len(r.Properties))
		for i := range r.Properties {
			properties[i] = c.fileProperty(r, &r.Properties[i])
		}
		head := fileResource{Name: r.Name, Base: r.Base, Key: r.Key, Abstract: r.Abstract, Open: r.Open, Page: r.Page, Line: r.Line}
		if len(r.Pages) > 1 {
			head.Pages = r.Pages
		}
		b.Write(bytes.TrimSuffix(marshal(head), []byte("}")))
		b.WriteString(`,"properties":[`)
		lines(&b, properties)
		b.WriteString("]}")
	}
	b.WriteString("\n],\n\"operations\": [")
	operations := make([]fileOperation, len(c.operations))
	for i, op := range c.operations {
		operations[i] = fileOperation(op)
	}
	lines(&b, operations)
	b.WriteString("],\n\"problems\": [")
	lines(&b, c.problems)
	b.WriteString("]}\n")
	return b.Bytes()
}

func nextLine(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
	b.WriteByte('\n')
}

// lines writes the items of an array, each on a line of its own.
func lines[T any](b *bytes.Buffer, items []T) {
	for i, item := range items {
		nextLine(b, i)
		b.Write(marshal(item))
	}
	if len(items) > 0 {
		b.WriteByte('\n')
	}
}

func (c *Catalog) fileProperty(r *Resource, q *Property) fileProperty {
	if base := c.byName[r.Base]; base != nil {
		if p := base.property(q.Name); p != nil && reflect.DeepEqual(p.inheritedAs(q.NotNullable, q.expected), *q) {
			return fileProperty{Name: q.Name, From: base.Name, NotNullable: q.NotNullable, Expected: q.expected}
		}
	}
	f := fileProperty{
		Name: q.Name, Type: q.Type, Collection: q.Collection, NotNullable: q.NotNullable, ReadOnly: q.ReadOnly, Relationship: q.Relationship,
		Inherited: q.Inherited, Assumed: q.Assumed, Shown: q.noRow, Strings: q.stringly, Expected: q.expected,
		Enum: q.Enum, EnumSources: q.EnumSources, Description: q.Description, Line: q.Line,
	}
	if q.Bounds != (Bounds{}) {
		f.Bounds = &q.Bounds
	}
	if q.Page != r.Page {
		f.Page = q.Page
	}
	return f
}

// inheritedAs is the property as a derived type has it.
func (q *Property) inheritedAs(notNullable, expected bool) Property {
	p := *q
	p.Inherited, p.NotNullable, p.expected = true, notNullable, expected
	return p
}

// ErrNoCatalog is wrapped by the error of [LoadCatalog] for what is no catalog at all.
var ErrNoCatalog = errors.New("not a catalog")

// LoadCatalog reads a catalog that [Catalog.JSON] wrote, which takes a small part of the time that its pages take. It
// yields the same schemas and operations; only Pages knows less. It fails, and wraps [ErrNoCatalog], on anything else,
// and on a catalog of a newer format.
func LoadCatalog(data []byte) (*Catalog, error) {
	var f catalogFile
	if err := json.Unmarshal(data, &f); err != nil {
		var at *json.SyntaxError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("schema: %w: line %d: %w", ErrNoCatalog, 1+bytes.Count(data[:min(int(at.Offset), len(data))], []byte("\n")), err)
		}
		return nil, fmt.Errorf("schema: %w: %w", ErrNoCatalog, err)
	}
	switch {
	case f.Kind != "catalog":
		return nil, fmt.Errorf("schema: %w: its member graphcontract is %q, want \"catalog\"", ErrNoCatalog, f.Kind)
	case f.Version != catalogVersion:
		return nil, fmt.Errorf("schema: a catalog of version %d, this build reads %d; write it again with graphcontract pages --compile", f.Version, catalogVersion)
	}
	r := catalogReader{file: map[string]*fileResource{}, byName: map[string]*Resource{}}
	for i := range f.Resources {
		res := &f.Resources[i]
		if !isTypeName(res.Name) || r.file[res.Name] != nil {
			return nil, fmt.Errorf("schema: catalog: resource %q: not a type's name, or there twice", res.Name)
		}
		r.file[res.Name] = res
	}
	for _, res := range f.Resources {
		if _, err := r.resource(res.Name, nil); err != nil {
			return nil, fmt.Errorf("schema: catalog: resource %s: %w", res.Name, err)
		}
	}
	operations := make([]Operation, len(f.Operations))
	var routes route.Index[int]
	for i, op := range f.Operations {
		if err := routes.Add(op.Method, op.Route, i); err != nil {
			return nil, fmt.Errorf("schema: catalog: operation %s %s: %w", op.Method, op.Route, err)
		}
		operations[i] = Operation(op)
	}
	c := newCatalog(r.byName, operations, f.Problems)
	c.apiPages = map[string][]string{}
	for _, r := range c.resources {
		c.pages = append(c.pages, r.Pages...)
	}
	for _, op := range operations {
		c.pages = append(c.pages, op.Page)
		for _, name := range []string{op.Request, op.Response} {
			c.apiPages[name] = append(c.apiPages[name], op.Page)
		}
	}
	return c, nil
}

type catalogReader struct {
	file   map[string]*fileResource
	byName map[string]*Resource
}

// resource makes a resource, its base first. below are the types that are being made.
func (r *catalogReader) resource(name string, below []string) (*Resource, error) {
	if done := r.byName[name]; done != nil {
		return done, nil
	}
	f := r.file[name]
	if f == nil {
		return nil, nil // a base whose page was not loaded either
	}
	if slices.Contains(below, name) {
		return nil, fmt.Errorf("%s inherits from itself", name)
	}
	var base *Resource
	if f.Base != "" {
		var err error
		if base, err = r.resource(f.Base, append(below, name)); err != nil {
			return nil, err
		}
	}
	out := &Resource{
		Name: f.Name, Base: f.Base, Key: f.Key, Abstract: f.Abstract, Open: f.Open, Page: f.Page, Line: f.Line, Pages: f.Pages,
		Properties: make([]Property, len(f.Properties)),
	}
	if len(out.Pages) == 0 {
		out.Pages = []string{f.Page}
	}
	names := map[string]bool{}
	for i := range f.Properties {
		p := &f.Properties[i]
		if p.Name == "" || names[p.Name] {
			return nil, fmt.Errorf("property %q: no name, or there twice", p.Name)
		}
		names[p.Name] = true
		switch {
		case p.From != "":
			var q *Property
			if base != nil && base.Name == p.From {
				q = base.property(p.Name)
			}
			if q == nil {
				return nil, fmt.Errorf("property %s is from %s, which does not have it", p.Name, p.From)
			}
			out.Properties[i] = q.inheritedAs(p.NotNullable, p.Expected)
		case p.Type == "" || strings.ContainsAny(p.Type, "\"/#"):
			return nil, fmt.Errorf("property %s: %q is no type", p.Name, p.Type)
		default:
			out.Properties[i] = p.property(f.Page)
		}
	}
	r.byName[name] = out
	return out, nil
}

func (p *fileProperty) property(page string) Property {
	q := Property{
		Name: p.Name, Type: p.Type, Collection: p.Collection, NotNullable: p.NotNullable, ReadOnly: p.ReadOnly, Relationship: p.Relationship,
		Inherited: p.Inherited, Assumed: p.Assumed, noRow: p.Shown, stringly: p.Strings, expected: p.Expected,
		Enum: p.Enum, EnumSources: p.EnumSources, Description: p.Description, Page: page, Line: p.Line,
	}
	if p.Bounds != nil {
		q.Bounds = *p.Bounds
	}
	if p.Page != "" {
		q.Page = p.Page
	}
	return q
}
