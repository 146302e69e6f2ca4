package schema

import (
	"maps"
	"slices"
	"strings"
)

// A schema is derived in two steps. derive makes the full form of a type and shape: everything the documentation
// says as one closed, full JSON Schema, in which every constraint that is no error in every mode is marked in the
// extension keyword x-graph. publish turns the full form into the schema of one mode by leaving out what is no
// error there; the judge evaluates the full form and gives each finding its severity by the same marks. So the
// published schema accepts a document exactly where there is no finding of severity error.

// dialect is the value of $schema.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// extension is the keyword that carries what JSON Schema has no word for. Its members:
//
//	page, line   where the documentation says it; page is inherited from the schema around
//	type         the full name of the type of a value, or of the object
//	always       the members of required that every mode requires
//	rule         the id of the rule that the constraints of this schema state, where it is no keyword
//	advice       constraints that are warnings: "bounds" (errors where bounds are enforced), "hash", "readOnly"
//	list         the documented members of an enumeration, whose unknown members Evolution judges
//	confidence   how plainly the surest source of a list says that it is complete, or that a bound is one, see [Confidence]
//	sources      places of the list beside the property's row, as page:line
//	bounds       limits read from prose, also in the modes in which they are no constraints
//	evolvable    the list holds unknownFutureValue
//	evolution    the constraints of this schema are errors only when closed
//	assumed      no source documents this, findings are warnings
const extension = "x-graph"

type object = map[string]any

// builder derives the full form of one type and shape. Definitions of types are shared by all forms of a family; those
// that only this form has are local.
type builder struct {
	c     *Catalog
	shape Shape
	refs  map[string]bool // the definitions that what was built refers to
	local object          // those of this form alone
}

// form is the full form of a type and shape. It is immutable.
type form struct {
	root   object       // with the definitions that are its own under $defs
	shared *definitions // the definitions that its references otherwise lead to; nil where all are its own
	refs   []string     // the shared ones that it refers to itself
}

// whole is the form as one JSON Schema.
func (f *form) whole() object {
	if len(f.refs) == 0 {
		return f.root
	}
	defs := f.shared.closure(f.refs)
	own, _ := f.root["$defs"].(object)
	maps.Copy(defs, own)
	root := maps.Clone(f.root)
	root["$defs"] = defs
	return root
}

// definition is what a reference such as #/$defs/microsoft.graph.user leads to.
func (f *form) definition(ref string) object {
	name := strings.TrimPrefix(ref, "#/$defs/")
	own, _ := f.root["$defs"].(object)
	if s, ok := own[name].(object); ok {
		return s
	}
	if f.shared == nil {
		return nil
	}
	return f.shared.schema(name)
}

// derive makes the full form for a resource and shape.
func (c *Catalog) derive(r *Resource, shape Shape) *form {
	b := &builder{c: c, shape: shape, refs: map[string]bool{}, local: object{}}
	var root object
	switch shape {
	case Collection, Delta:
		root = b.envelope(r)
	case ErrorEnvelope:
		root = b.errorEnvelope(r)
	default:
		root = b.top(r)
	}
	root["$schema"] = dialect
	root["title"] = r.Name
	if len(b.local) > 0 {
		root["$defs"] = b.local
	}
	return &form{root: root, shared: c.family(shape), refs: sortedKeys(b.refs)}
}

// top is the schema of an instance that stands on its own: that of the type, or where it has subtypes the choice
// among them.
func (b *builder) top(r *Resource) object {
	if len(b.c.derived[r.Name]) == 0 {
		return b.standing(r, b.object(r))
	}
	return b.dispatch(r, func(r *Resource) object { return b.standing(r, b.reference(r)) })
}

// standing adds to the schema of r what holds only where an instance stands on its own: its required members, and
// in an update the advice against the key.
func (b *builder) standing(r *Resource, s object) object {
	if names := b.required(r); len(names) > 0 {
		s["required"] = anys(names)
		if slices.Contains(names, r.Key) {
			mark(s, "always", []any{r.Key})
		}
	}
	if key := r.property(r.Key); b.shape == Update && key != nil && !key.ReadOnly {
		props, ok := s["properties"].(object)
		if !ok {
			props = object{r.Key: object{extension: object{"page": key.Page, "line": key.Line}}}
			s["properties"] = props
		}
		adviseReadOnly(props[r.Key].(object))
	}
	return s
}

func (b *builder) required(r *Resource) []string {
	var names []string
	if b.shape == Create || b.shape == Update || !r.IsEntity() {
		return nil
	}
	for _, q := range r.Properties {
		isKey := q.Name == r.Key
		scalar := !q.Relationship && !q.Collection && b.isScalar(&q)
		switch {
		case q.Assumed, isKey && (q.noRow || r.Open && q.Inherited && !r.hasRows()):
			// Members of an open type without rows are the instance's own, as in a PATCH of a list item's fields.
		case isKey, b.shape != Delta && q.expected && scalar:
			names = append(names, q.Name)
		}
	}
	slices.Sort(names)
	return names
}

// isScalar says whether values of the property are strings, numbers or booleans.
func (b *builder) isScalar(q *Property) bool {
	switch q.Type {
	case "Edm.Stream", "Edm.Untyped":
		return false
	}
	return strings.HasPrefix(q.Type, "Edm.") || q.Enum != nil
}

// object is the schema of an object of type r itself, with the properties of its bases and without the choice among
// its subtypes. Nothing is required of it.
func (b *builder) object(r *Resource) object {
	props := object{}
	for i := range r.Properties {
		q := &r.Properties[i]
		s := b.property(r, q)
		if q.Page != r.Page {
			mark(s, "page", q.Page)
		}
		props[q.Name] = s
	}
	s := object{
		"type": "object", "properties": props, "patternProperties": b.control(r),
		extension: object{"page": r.Page, "line": r.Line, "type": r.Name},
	}
	if !r.Open {
		s["additionalProperties"] = false
	}
	return s
}

// property is the schema of a property's value.
func (b *builder) property(r *Resource, q *Property) object {
	nullable := !q.NotNullable && !q.Collection
	var s object
	if q.Collection {
		s = object{"type": types("array", b.shape == ErrorEnvelope), "items": b.value(q, !q.Relationship)}
		if q.Bounds.MaxItems != nil {
			mark(s, "bounds", object{"maxItems": *q.Bounds.MaxItems})
			advise(s, "bounds", object{"maxItems": *q.Bounds.MaxItems})
		}
	} else {
		s = b.value(q, nullable)
		if q.Name == r.Key && q.Type == "Edm.String" && !q.noRow {
			s["minLength"] = 1
		}
	}
	mark(s, "line", q.Line)
	if q.Description != "" {
		s["description"] = q.Description
	}
	if q.ReadOnly {
		s["readOnly"] = true
		if b.shape == Create || b.shape == Update {
			adviseReadOnly(s)
		}
	}
	if q.Assumed {
		mark(s, "assumed", true)
	}
	return s
}

// value is the schema of one value of the property's type: the value itself, or an item of its collection.
func (b *builder) value(q *Property, nullable bool) object {
	if q.Enum != nil {
		return enumeration(q, nullable)
	}
	if strings.HasPrefix(q.Type, "Edm.") {
		s := primitive(q.Type, nullable)
		if q.Type != "Edm.String" {
			mark(s, "type", q.Type)
		}
		if bounds := q.Bounds.keywords(); len(bounds) > 0 {
			mark(s, "bounds", maps.Clone(bounds))
			advise(s, "bounds", bounds)
		}
		return s
	}
	if target := b.c.byName[q.Type]; target != nil {
		s := b.reference(target)
		if len(b.c.derived[target.Name]) > 0 {
			s = b.dispatchDef(target)
		}
		if nullable {
			s = object{"anyOf": []any{s, object{"type": "null"}}}
		}
		mark(s, "type", q.Type)
		return s
	}
	if q.unknown {
		return object{extension: object{"type": q.Type}}
	}
	// No page says what the type is. The JSON representation shows it as a string or an object.
	name := "object"
	if q.stringly {
		name = "string"
	}
	return object{"type": types(name, nullable), extension: object{"type": q.Type}}
}

// reference points to the type's object schema under $defs.
func (b *builder) reference(r *Resource) object { return b.refer(r.Name) }

// derivedSuffix ends the name of the definition that chooses among a type and its subtypes.
const derivedSuffix = "+derived"

// dispatchDef points to the choice among the type and its subtypes under $defs.
func (b *builder) dispatchDef(r *Resource) object { return b.refer(r.Name + derivedSuffix) }

func (b *builder) refer(name string) object {
	b.refs[name] = true
	return object{"$ref": "#/$defs/" + name}
}

// dispatch chooses by @odata.type among the type's subtypes; absent or unknown names mean the type itself.
func (b *builder) dispatch(r *Resource, branch func(*Resource) object) object {
	var all []any
	var names []any
	for _, sub := range b.c.derived[r.Name] {
		is := []any{"#" + sub.Name, sub.Name}
		names = append(names, is...)
		all = append(all, object{"if": typeIs(is), "then": branch(sub)})
	}
	all = append(all, object{"if": typeIs(names), "else": branch(r)})
	return object{"allOf": all}
}

func typeIs(names []any) object {
	is := func(member string) object {
		return object{"required": []any{member}, "properties": object{member: object{"enum": names}}}
	}
	return object{"type": "object", "anyOf": []any{is("@odata.type"), is("@type")}}
}

// envelope is a page of a collection, or of a delta.
func (b *builder) envelope(r *Resource) object {
	item := b.top(r)
	b.local["item"] = item
	props := object{
		"value": object{"type": "array", "items": object{"$ref": "#/$defs/item"}},
	}
	if b.shape == Delta {
		// A removed item is its key and the reason (OData JSON 4.01, section 15.3).
		b.local["removed"] = object{
			"type": "object", "properties": object{"reason": object{"enum": []any{"changed", "deleted"}}},
		}
		props["value"] = object{"type": "array", "items": object{
			"$ref": "#/$defs/item", "properties": object{"@removed": object{"$ref": "#/$defs/removed"}},
		}}
	}
	return object{
		"type": "object", "properties": props, "required": []any{"value"}, "additionalProperties": false,
		"patternProperties": controlMembers(),
		// A page leads on, or it is the last one.
		"allOf": []any{object{
			"not":     object{"allOf": []any{hasEither("nextLink"), hasEither("deltaLink")}},
			extension: object{"rule": "odata/two-links"},
		}},
		extension: object{"page": r.Page, "line": r.Line, "type": "Collection(" + r.Name + ")", "always": []any{"value"}},
	}
}

// hasEither asks for control information under its name with or without the odata. prefix.
func hasEither(name string) object {
	return object{"anyOf": []any{object{"required": []any{"@odata." + name}}, object{"required": []any{"@" + name}}}}
}

// errorEnvelope is the error response: an object with an error, which has a code and a message.
func (b *builder) errorEnvelope(r *Resource) object {
	s := b.object(r)
	s["required"] = []any{"error"}
	mark(s, "always", []any{"error"})
	q := r.property("error")
	if q == nil || b.c.byName[q.Type] == nil {
		return s
	}
	e := b.object(b.c.byName[q.Type])
	e["required"] = []any{"code", "message"}
	mark(e, "always", e["required"])
	b.local["error"] = e
	s["properties"].(object)["error"] = object{
		"$ref": "#/$defs/error", "description": q.Description, extension: object{"line": q.Line, "type": q.Type},
	}
	return s
}

// mark sets a member of the schema's extension keyword.
func mark(s object, key string, v any) {
	x, ok := s[extension].(object)
	if !ok {
		x = object{}
		s[extension] = x
	}
	x[key] = v
}

// adviceRules are the ids of the rules that advice states in other words than a keyword's.
var adviceRules = map[string]string{"hash": "odata/type-hash", "readOnly": "odata/read-only"}

// advise adds constraints that are warnings.
func advise(s object, kind string, keywords object) {
	if len(keywords) == 0 {
		return
	}
	keywords[extension] = object{"advice": kind}
	if kind == "bounds" { // read from prose
		mark(keywords, "confidence", Stated.String())
	}
	if rule := adviceRules[kind]; rule != "" {
		mark(keywords, "rule", rule)
	}
	all, _ := s["allOf"].([]any)
	s["allOf"] = append(all, keywords)
}

// adviseReadOnly warns of a member that the service sets and ignores in a request.
func adviseReadOnly(s object) { advise(s, "readOnly", object{"not": object{}}) }

func (b Bounds) keywords() object {
	s := object{}
	for name, v := range map[string]*int64{
		"minimum": b.Min, "maximum": b.Max, "minLength": b.MinLength, "maxLength": b.MaxLength,
	} {
		if v != nil {
			s[name] = *v
		}
	}
	return s
}

func anys(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}
