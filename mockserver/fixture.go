package mockserver

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/life"
	"github.com/graphcontract/graphcontract/schema"
)

// fixture makes a body from "type/case". key is the parameter of the path that its id is, "" for none.
func (p *program) fixture(c *content, st *stub, def *Response) (key string, err error) {
	typ, name, ok := strings.Cut(def.Fixture, "/")
	code, isError := errorCode(def.Fixture)
	if !ok || typ == "" || name == "" {
		return "", errors.New(`want "type/case", such as "connectionOperation/completed" or "error/Request_ResourceNotFound"`)
	}
	if isError {
		c.code = code
		for pointer, v := range def.Set {
			if c.set == nil {
				c.set = make(map[string]any, len(def.Set))
			}
			if c.set[pointer], err = asJSON(v); err != nil {
				return "", err
			}
			text, ok := c.set[pointer].(string)
			if !ok || !def.Template || !isTemplate(text) {
				continue
			}
			if c.texts == nil {
				c.texts = map[string]*textTemplate{}
			}
			if c.texts[pointer], err = parseTemplate(text); err != nil {
				return "", err
			}
		}
		return "", nil
	}
	s, err := p.typeOf(st, typ)
	if err != nil {
		return "", err
	}
	if c.constant, err = makeFixture(s, name, def.Set, def.AllowInvalid != "" || st.AllowInvalid != ""); err != nil {
		return "", err
	}
	path := st.addresses[0].text
	endsInKey := strings.HasSuffix(path, "}") || strings.HasSuffix(path, "})") || strings.HasSuffix(path, "}')")
	if _, set := def.Set["/id"]; set || s.Shape() != schema.Entity || !endsInKey {
		return "", nil
	}
	return st.names[len(st.names)-1], nil
}

// errorCode is the code of a fixture that is an error envelope.
func errorCode(fixture string) (code string, ok bool) {
	typ, code, ok := strings.Cut(fixture, "/")
	return code, ok && strings.EqualFold(typ, "error")
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
	pointers := sortedKeys(set)
	all := states(s)
	isState := slices.Contains(all, name)
	if isState {
		opts = append(opts, fixtures.Set("/"+life.Status, name))
		cycle := life.Of(all)
		setsError := slices.ContainsFunc(pointers, func(p string) bool { return strings.HasPrefix(p+"/", "/"+life.Error+"/") })
		if cycle != nil && name != cycle.Failed && !setsError {
			opts = append(opts, fixtures.Omit("/"+life.Error))
		}
	}
	for _, pointer := range pointers { // they win
		opts = append(opts, fixtures.Set(pointer, set[pointer]))
	}
	if allowInvalid {
		opts = append(opts, fixtures.AllowInvalid())
	}
	g := fixtures.New(s, opts...)
	if isState || name == "one" {
		f, err := g.One()
		return f.Body, err
	}
	f, err := g.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, didYouMean(name, append(states(s), "one"), "cases are"))
	}
	if f.Want != nil && !allowInvalid {
		return nil, errors.New("it breaks the contract, as its name says; where that is meant, say why in allowInvalid")
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
