package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

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
	Unknown      bool     `json:"unknown,omitempty"`
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
		Inherited: q.Inherited, Assumed: q.Assumed, Shown: q.noRow, Strings: q.stringly, Expected: q.expected, Unknown: q.unknown,
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
// yields the same schemas and operations; only Pages knows less. The error wraps [ErrNoCatalog] where the bytes are no catalog;
// it also fails on a catalog of another version, and on one that was edited into what no pages yield.
func LoadCatalog(data []byte) (*Catalog, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var f catalogFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("schema: %w: %w", ErrNoCatalog, atLine(data, err))
	}
	switch {
	case f.Kind != "catalog":
		return nil, fmt.Errorf("schema: %w: its member graphcontract is %q, want \"catalog\"", ErrNoCatalog, f.Kind)
	case f.Version != catalogVersion:
		return nil, fmt.Errorf("schema: a catalog of version %d, this build reads %d; write it again with graphcontract pages --compile", f.Version, catalogVersion)
	}
	if len(f.Resources) == 0 && len(f.Operations) == 0 {
		return nil, errors.New("schema: the catalog has no resource and no operation")
	}
	r := catalogReader{file: map[string]*fileResource{}, byName: map[string]*Resource{}, making: map[string]bool{}}
	for i := range f.Resources {
		res := &f.Resources[i]
		if !isTypeName(res.Name) || r.file[res.Name] != nil {
			return nil, fmt.Errorf("schema: catalog: resource %q: not a type's name, or there twice", res.Name)
		}
		r.file[res.Name] = res
	}
	for _, res := range f.Resources {
		if _, err := r.resource(res.Name); err != nil {
			return nil, fmt.Errorf("schema: catalog: resource %s: %w", res.Name, err)
		}
	}
	operations := make([]Operation, len(f.Operations))
	var routes route.Index[int]
	for i, op := range f.Operations {
		if err := routes.Add(op.Method, op.Route, i); err != nil {
			return nil, fmt.Errorf("schema: catalog: operation %s %s: %w", op.Method, op.Route, err)
		}
		if slices.ContainsFunc(op.Statuses, func(s int) bool { return s < 100 || s > 999 }) {
			return nil, fmt.Errorf("schema: catalog: operation %s %s: statuses are from 100 to 999", op.Method, op.Route)
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

// atLine adds the line of a JSON error, and leaves out what only our code knows.
func atLine(data []byte, err error) error {
	line := func(offset int64) int { return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n")) }
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", line(syntax.Offset), err)
	case errors.As(err, &typ):
		return fmt.Errorf("line %d: a %s does not belong into %q", line(typ.Offset), typ.Value, typ.Field)
	}
	return err
}

type catalogReader struct {
	file   map[string]*fileResource
	byName map[string]*Resource
	making map[string]bool // below the type that is being made
}

// resource makes a resource, its base first.
func (r *catalogReader) resource(name string) (*Resource, error) {
	if done := r.byName[name]; done != nil {
		return done, nil
	}
	f := r.file[name]
	if f == nil {
		return nil, nil // a base whose page was not loaded either
	}
	if r.making[name] {
		return nil, fmt.Errorf("%s inherits from itself", name)
	}
	r.making[name] = true
	var base *Resource
	if f.Base != "" {
		var err error
		if base, err = r.resource(f.Base); err != nil {
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
		default:
			if err := p.validate(); err != nil {
				return nil, fmt.Errorf("property %s: %w", p.Name, err)
			}
			out.Properties[i] = p.property(f.Page)
		}
	}
	if f.Key != "" && !names[f.Key] {
		return nil, fmt.Errorf("the key %q is no property", f.Key)
	}
	if f.Line < 1 {
		return nil, fmt.Errorf("line %d", f.Line)
	}
	r.byName[name] = out
	return out, nil
}

// validate refuses what no pages yield, and would weaken or break the judge.
func (p *fileProperty) validate() error {
	isEdm := strings.HasPrefix(p.Type, "Edm.")
	b := p.Bounds
	switch {
	case !isTypeName(p.Type) || isEdm && !edmTypes()[p.Type]:
		return fmt.Errorf("%q is no type", p.Type)
	case p.Line < 0:
		return fmt.Errorf("line %d", p.Line)
	case p.Enum != nil && len(p.Enum) == 0:
		return errors.New("an enumeration without members")
	case b == nil:
	case b.Min != nil && b.Max != nil && *b.Min > *b.Max:
		return fmt.Errorf("a range from %d to %d", *b.Min, *b.Max)
	case negative(b.MinLength) || negative(b.MaxLength) || negative(b.MaxItems):
		return errors.New("a length below 0")
	}
	seen := map[string]bool{}
	for _, m := range p.Enum {
		if m == "" || seen[m] {
			return fmt.Errorf("the member %q of its enumeration is empty, or there twice", m)
		}
		seen[m] = true
	}
	return nil
}

func negative(n *int64) bool { return n != nil && *n < 0 }

// edmTypes are the primitive types that pages can yield.
var edmTypes = sync.OnceValue(func() map[string]bool {
	types := map[string]bool{}
	for _, typ := range primitives {
		types[typ] = true
	}
	return types
})

func (p *fileProperty) property(page string) Property {
	q := Property{
		Name: p.Name, Type: p.Type, Collection: p.Collection, NotNullable: p.NotNullable, ReadOnly: p.ReadOnly, Relationship: p.Relationship,
		Inherited: p.Inherited, Assumed: p.Assumed, noRow: p.Shown, stringly: p.Strings, expected: p.Expected, unknown: p.Unknown,
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
