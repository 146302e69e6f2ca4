package mockserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/life"
	"github.com/graphcontract/graphcontract/schema"
)

// content is the body of a reply.
type content struct {
	constant []byte
	sample   []byte  // one that it may be, for the judge
	pieces   []piece // what changes; nil: nothing
	keyOnly  bool    // nothing but the id of the resource changes
	code     string  // of an error envelope, which has the ids and the time of the request; "" of other bodies
	set      map[string]any
}

// piece is a part of a body that is made for each request, after text that is not.
type piece struct {
	before []byte
	make   func(*rendering) (string, error)
	quote  bool // what is made becomes a JSON string
}

func (c *content) isEmpty() bool { return len(c.constant) == 0 && c.pieces == nil && c.code == "" }

// render makes the body for one request. It must not be changed.
func (c *content) render(ctx *rendering) ([]byte, error) {
	if c.code != "" {
		return c.envelope(ctx)
	}
	if c.pieces == nil {
		return c.constant, nil
	}
	var b []byte
	for _, p := range c.pieces {
		b = append(b, p.before...)
		if p.make == nil {
			continue
		}
		s, err := p.make(ctx)
		if err != nil {
			return nil, err
		}
		if p.quote {
			b = appendString(b, s)
		} else {
			b = append(b, s...)
		}
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// content makes the body of a response ready.
func (p *program) content(st *stub, def *Response) (content, error) {
	var c content
	switch {
	case def.Fixture != "":
		return p.fixture(st, def)
	case def.JSON != nil:
		doc, err := json.Marshal(def.JSON)
		if err != nil {
			return c, err
		}
		c.constant = doc
	default:
		c.constant = def.Body
	}
	c.sample = c.constant
	if def.key != "" {
		return c, c.keyed(def.key)
	}
	var spots []spot
	if isJSONText(c.constant) {
		for s := range jsonStrings(c.constant) {
			if def.Template && strings.Contains(s.text, "{{") || s.isLink() && strings.HasPrefix(s.text, "/") {
				spots = append(spots, s)
			}
		}
	} else if def.Template && bytes.Contains(c.constant, []byte("{{")) {
		t, err := p.template(st, string(c.constant))
		c.pieces = []piece{{make: t.execute}}
		return c, err
	}
	err := c.cut(spots, func(s spot) (piece, error) {
		if !strings.Contains(s.text, "{{") || !def.Template {
			return piece{make: func(ctx *rendering) (string, error) { return absolute(ctx.request, s.text), nil }, quote: true}, nil
		}
		t, err := p.template(st, s.text)
		if err != nil {
			return piece{}, err
		}
		return piece{make: func(ctx *rendering) (string, error) {
			text, err := t.execute(ctx)
			if err == nil && s.isLink() && strings.HasPrefix(text, "/") {
				text = absolute(ctx.request, text)
			}
			return text, err
		}, quote: true}, nil
	})
	return c, err
}

// cut makes pieces of a body at the given spots, which are in order.
func (c *content) cut(spots []spot, make func(spot) (piece, error)) error {
	from := 0
	for _, s := range spots {
		p, err := make(s)
		if err != nil {
			return err
		}
		p.before = c.constant[from:s.from]
		c.pieces = append(c.pieces, p)
		from = s.to
	}
	if spots != nil {
		c.pieces = append(c.pieces, piece{before: c.constant[from:]})
	}
	return nil
}

// fixture makes a body from "type/case".
func (p *program) fixture(st *stub, def *Response) (content, error) {
	var c content
	typ, name, ok := strings.Cut(def.Fixture, "/")
	if !ok || typ == "" || name == "" {
		return c, fmt.Errorf("fixture %q: want \"type/case\", such as \"connectionOperation/completed\" or \"error/Request_ResourceNotFound\"", def.Fixture)
	}
	if strings.EqualFold(typ, "error") {
		c.code, c.set = name, def.Set
		return c, nil
	}
	s, err := p.typeOf(st, typ)
	if err != nil {
		return c, fmt.Errorf("fixture %q: %w", def.Fixture, err)
	}
	if c.constant, err = makeFixture(s, name, def.Set, def.AllowInvalid != "" || st.AllowInvalid != ""); err != nil {
		return c, fmt.Errorf("fixture %q: %w", def.Fixture, err)
	}
	c.sample = c.constant
	path := st.addresses[0].text
	if s.Shape() != schema.Entity || !strings.HasSuffix(path, "}") && !strings.HasSuffix(path, "')") || len(st.names) == 0 || def.Set["/id"] != nil {
		return c, nil
	}
	return c, c.keyed(st.names[len(st.names)-1])
}

// keyed makes the body's id the value of a parameter of the path.
func (c *content) keyed(param string) error {
	for k := range jsonStrings(c.constant) {
		if k.depth == 1 && k.name == "id" {
			c.keyOnly = true
			return c.cut([]spot{k}, func(spot) (piece, error) {
				return piece{make: func(ctx *rendering) (string, error) { return ctx.request.Param(param), nil }, quote: true}, nil
			})
		}
	}
	return nil
}

// typeOf finds the schema that a fixture's type means: that of the route's responses where it is called so.
func (p *program) typeOf(st *stub, name string) (*schema.Schema, error) {
	shape := schema.Entity
	t := st.addresses[0]
	if op, ok := p.contract.Operation(cmp.Or(strings.Trim(t.method, "*"), "GET"), sampleURL(t.text)); ok && (op.Response == name || lastName(op.Response) == name) {
		name = op.Response
		if op.Collection {
			shape = schema.Collection
		}
	}
	return p.contract.Catalog().Schema(name, p.contract.Mode(), shape)
}

func lastName(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

// makeFixture makes the document that a case names: a state of the type's status, or a fixture.
func makeFixture(s *schema.Schema, name string, set map[string]any, allowInvalid bool) ([]byte, error) {
	var opts []fixtures.Option
	for _, pointer := range slices.Sorted(maps.Keys(set)) {
		opts = append(opts, fixtures.Set(pointer, set[pointer]))
	}
	if allowInvalid {
		opts = append(opts, fixtures.AllowInvalid())
	}
	if all := states(s); slices.Contains(all, name) {
		opts = append(opts, fixtures.Set("/"+life.Status, name))
		cycle := life.Of(all)
		if _, set := set["/"+life.Error]; !set && cycle != nil && name != cycle.Failed {
			opts = append(opts, fixtures.Omit("/"+life.Error))
		}
		f, err := fixtures.New(s, opts...).One()
		return f.Body, err
	}
	g := fixtures.New(s, opts...)
	if name == "one" {
		f, err := g.One()
		return f.Body, err
	}
	f, err := g.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("%w; a state of it is a case, too, and so is \"one\"", err)
	}
	if f.Want != nil && !allowInvalid {
		return nil, errors.New("it is not valid, which the route has to allow")
	}
	return f.Body, nil
}

// states are the values that the type's status may have.
func states(s *schema.Schema) []string {
	rule, _ := s.Root().Member(life.Status).Rule("enum")
	values, _ := rule.Value.([]any)
	var out []string
	for _, v := range values {
		if name, ok := v.(string); ok {
			out = append(out, name)
		}
	}
	return out
}
