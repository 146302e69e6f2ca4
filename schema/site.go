package schema

import (
	"encoding/json"
)

// site is the schema in the full form whose keyword failed, with what the schemas around it say.
type site struct {
	form     *form
	schema   object
	marks    object // its extension keyword
	assumed  bool
	nullable bool   // null stands beside it as an alternative
	steps    []step // the documented places on the way, outermost first
}

// step is a documented place: a property's row, or a type's annotation.
type step struct {
	Reference
	typ    string
	isType bool
}

// walk follows a path of keywords and names from the root of the full form, through $ref.
func walk(f *form, path []string) site {
	s := site{form: f, schema: f.root}
	page := ""
	enter := func(v any) {
		node, ok := v.(object)
		if !ok {
			return
		}
		s.schema = node
		s.marks, _ = node[extension].(object)
		if s.marks == nil {
			return
		}
		if p, ok := s.marks["page"].(string); ok {
			page = p
		}
		s.assumed = s.assumed || s.marks["assumed"] == true
		typ, _ := s.marks["type"].(string)
		if line := toInt(s.marks["line"]); line > 0 {
			text, _ := node["description"].(string)
			_, isType := node["properties"]
			s.steps = append(s.steps, step{Reference{Page: page, Line: line, Text: text}, typ, isType})
		}
	}
	enter(f.root)
	var v any = f.root
	for i, token := range path {
		keyword := isKeyword(path, i)
		switch {
		case keyword && token == "anyOf":
			s.nullable = true
		case keyword && (token == "properties" || token == "items"):
			s.nullable = false
		}
		if keyword && token == "$ref" {
			ref, _ := s.schema["$ref"].(string)
			v = f.definition(ref)
		} else {
			v = lookup(v, []string{token})
		}
		enter(v)
	}
	return s
}

// isKeyword says whether the token at i of a path through a schema is a keyword rather than a name: members may be
// called anyOf or $ref.
func isKeyword(path []string, i int) bool {
	keyword := true
	for _, token := range path[:max(i, 0)] {
		keyword = !keyword || token != "properties" && token != "patternProperties" && token != "$defs"
	}
	return keyword && i >= 0
}

// object is the schema that declares the members: the failed one, or the one it refers to.
func (s site) object() object {
	if ref, ok := s.schema["$ref"].(string); ok {
		return s.form.definition(ref)
	}
	return s.schema
}

// row is the documented place of a member.
func (s site) row(name string) (Reference, bool) {
	o := s.object()
	props, _ := o["properties"].(object)
	member, _ := props[name].(object)
	of, _ := o[extension].(object)
	marks, _ := member[extension].(object)
	var ref Reference
	for _, page := range []any{of["page"], marks["page"]} {
		if p, ok := page.(string); ok {
			ref.Page = p
		}
	}
	ref.Line = toInt(marks["line"])
	ref.Text, _ = member["description"].(string)
	return ref, ref.Line > 0
}

func toInt(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case json.Number:
		n, _ := v.Int64()
		return int(n)
	}
	return 0
}

// typeName is the innermost type on the way.
func (s site) typeName() string {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if s.steps[i].isType {
			return s.steps[i].typ
		}
	}
	return ""
}

// reference is the place that asks for the failed keyword: the row of a property, or the type for what concerns its
// members as a whole. A value that is not an object at all breaks the row that refers to the type.
func (s site) reference(keyword string) Reference {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if keyword == "type" && s.steps[i].isType && i > 0 {
			continue
		}
		return s.steps[i].Reference
	}
	return Reference{}
}
