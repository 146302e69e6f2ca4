package schema

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Node is what a schema asks of one value: of a document as a whole, of a member or of an item. It is what the judge
// goes by, for programs that make documents rather than judge them. References are followed as members and items are asked
// for, so that the nodes of types that refer to themselves do not end. Nodes are values; they are safe for concurrent
// use. The zero Node takes anything.
type Node struct {
	// Type is the full name of the value's type: "Edm.Int32", "microsoft.graph.errorDetail", "Collection(…)" for a page
	// of a collection. For an array that of its items, for anything undocumented "".
	Type string

	// Rules are what the value must obey itself, its members and items aside, in a fixed order.
	Rules []Rule

	s        *Schema
	parts    []object // the schemas that hold for the value, outermost first
	subtypes []subtype
	assumed  bool
}

// Rule is one thing that a node asks of its value.
type Rule struct {
	ID       string   // as in [Finding.Rule]
	Keyword  string   // the keyword of JSON Schema that states it
	Severity Severity // of what breaks it, in the schema's mode

	// Value is the keyword's value: []string for type and required, []any for enum, a string for pattern, a json.Number
	// for limits, and nil where the keyword says it all.
	Value any

	// Listed says that an enum is a documented list: its members joined by commas are never more than a warning, and
	// Evolvable that it will grow.
	Listed, Evolvable bool
}

// Member is a named member of an object.
type Member struct {
	Name string
	Node Node

	// Control says that the member is control information (OData JSON 4.01, section 4.6). Where many names are, as
	// of links, Name is one of them.
	Control bool
}

// subtype is a branch that an @odata.type chooses.
type subtype struct {
	name   string
	schema any
}

// Root is the node of the schema's documents. It reads the form that the judge evaluates, and takes no lock after the first use.
func (s *Schema) Root() Node {
	n := Node{s: s}
	n.take(s.judge.form().root, false)
	return n.finished()
}

// Catalog is the catalog that the schema is derived from.
func (s *Schema) Catalog() *Catalog { return s.catalog() }

// take adds what a schema says of the value. Of a choice among subtypes it takes the declared type's branch.
func (n *Node) take(v any, nullable bool) {
	schema, ok := v.(object)
	if !ok {
		return
	}
	marks, _ := schema[extension].(object)
	n.assumed = n.assumed || marks["assumed"] == true
	if typ, ok := marks["type"].(string); ok && n.Type == "" {
		n.Type = typ
	}
	n.parts = append(n.parts, schema)
	n.rules(schema, marks, nullable)
	if ref, ok := schema["$ref"].(string); ok {
		n.take(n.s.judge.form().definition(ref), nullable)
	}
	if alternatives, ok := schema["anyOf"].([]any); ok { // of the value and null, see builder.value
		n.take(alternatives[0], true)
	}
	all, _ := schema["allOf"].([]any)
	for _, sub := range all {
		sub := sub.(object)
		switch {
		case sub["then"] != nil:
			n.subtypes = append(n.subtypes, subtype{chosenBy(sub), sub["then"]})
		case sub["else"] != nil:
			n.take(sub["else"], nullable)
		default:
			marks, _ := sub[extension].(object)
			n.rules(sub, marks, nullable)
		}
	}
}

// chosenBy is the type name that a branch of a dispatch asks for, see [typeIs].
func chosenBy(branch object) string {
	is := branch["if"].(object)["anyOf"].([]any)[0].(object)
	names := is["properties"].(object)["@odata.type"].(object)["enum"].([]any)
	return names[len(names)-1].(string)
}

// ruleKeywords are the keywords that state a rule about the value itself.
var ruleKeywords = []string{
	"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "maxItems", "required",
	"additionalProperties", "not",
}

// rules adds the rules that one schema states.
func (n *Node) rules(schema, marks object, nullable bool) {
	for _, keyword := range ruleKeywords {
		v, ok := schema[keyword]
		if !ok {
			continue
		}
		r := Rule{ID: ruleID(keyword, marks), Keyword: keyword, Severity: n.s.mode.severity(keyword, marks, n.assumed)}
		switch keyword {
		case "type":
			types := stringsOf(v)
			if nullable && !slices.Contains(types, "null") {
				types = append(types, "null")
			}
			r.Value = types
		case "required":
			names := stringsOf((publisher{n.s.mode}).required(v.([]any), marks))
			if len(names) == 0 {
				continue
			}
			r.Value = names
		case "enum":
			r.Value = slices.Clone(v.([]any))
			r.Listed = marks["list"] != nil
			r.Evolvable = marks["evolvable"] == true
		case "pattern":
			r.Value = v
		case "minimum", "maximum", "minLength", "maxLength", "maxItems":
			r.Value = json.Number(fmt.Sprint(v))
		}
		n.Rules = append(n.Rules, r)
	}
}

// Members yields the members that the object's type declares, by name, and then for each kind of typed control
// information one member that has it.
func (n Node) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		declared, patterns := map[string]bool{}, map[string]bool{}
		for _, part := range n.parts {
			props, _ := part["properties"].(object)
			for name := range props {
				declared[name] = true
			}
			typed, _ := part["patternProperties"].(object)
			for pattern := range typed {
				patterns[pattern] = true
			}
		}
		first := ""
		for _, name := range sortedKeys(declared) {
			control := strings.Contains(name, "@") // of an item of a delta
			if !control && first == "" {
				first = name
			}
			if !yield(Member{Name: name, Node: n.Member(name), Control: control}) {
				return
			}
		}
		for _, c := range controls {
			if !patterns[c.pattern] || c.of && first == "" {
				continue
			}
			name := c.name
			if c.of {
				name = first + name
			}
			if !yield(Member{Name: name, Node: n.Member(name), Control: true}) {
				return
			}
		}
	}
}

// Member is the node of the member called name, also of control information. It takes anything where the schema does
// not say what the member is.
func (n Node) Member(name string) Node {
	m := Node{s: n.s, assumed: n.assumed}
	for _, part := range n.parts {
		props, _ := part["properties"].(object)
		m.take(props[name], false)
		typed, _ := part["patternProperties"].(object)
		for _, c := range controls {
			if sub, ok := typed[c.pattern].(object); ok && c.re.MatchString(name) {
				m.take(sub, false)
			}
		}
	}
	return m.finished()
}

// Items is the node of an array's items. It takes anything where the schema does not say what they are.
func (n Node) Items() Node {
	m := Node{s: n.s, assumed: n.assumed}
	for _, part := range n.parts {
		m.take(part["items"], false)
	}
	return m.finished()
}

// Subtypes yields the full names of the types that an @odata.type of the value may choose instead of its declared
// type, and what they ask of it.
func (n Node) Subtypes() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		for _, sub := range n.subtypes {
			m := Node{s: n.s, assumed: n.assumed}
			m.take(sub.schema, false)
			if !yield(sub.name, m.finished()) {
				return
			}
		}
	}
}

// Rule returns the first rule with the keyword, and whether there is one.
func (n Node) Rule(keyword string) (Rule, bool) {
	i := slices.IndexFunc(n.Rules, func(r Rule) bool { return r.Keyword == keyword })
	if i < 0 {
		return Rule{}, false
	}
	return n.Rules[i], true
}

// Accepts says whether the value may be of a JSON type: "null", "boolean", "number", "string", "array" or "object".
func (n Node) Accepts(jsonType string) bool {
	r, ok := n.Rule("type")
	if !ok {
		return true
	}
	types := r.Value.([]string)
	return slices.Contains(types, jsonType) || jsonType == "number" && slices.Contains(types, "integer")
}

// Resource is the resource that the value is an instance of, nil where it is none of the catalog's.
func (n Node) Resource() *Resource {
	if n.s == nil {
		return nil
	}
	return n.s.catalog().byName[n.Type]
}

// finished names the type of plain strings.
func (n Node) finished() Node {
	if n.Type == "" && len(n.parts) > 0 && n.Accepts("string") {
		n.Type = "Edm.String"
	}
	return n
}
