package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// publish returns the schema of one mode: the full form without the constraints that are no errors in it. The full
// form is not changed.
func publish(full object, m Mode) object {
	return publisher{m}.schema(full).(object)
}

type publisher struct{ mode Mode }

// schema copies one schema. Booleans are schemas too. What stands under if and not are conditions rather than
// constraints and stays as it is.
func (p publisher) schema(v any) any {
	s, ok := v.(object)
	if !ok {
		return v
	}
	x, _ := s[extension].(object)
	if x["assumed"] == true {
		return only(s, extension, "description", "readOnly")
	}
	out := object{}
	for key, v := range s {
		switch key {
		case "properties", "patternProperties", "$defs":
			members := object{}
			for name, sub := range v.(object) {
				members[name] = p.schema(sub)
			}
			out[key] = members
		case "anyOf":
			out[key] = p.list(v.([]any))
		case "allOf":
			if list := p.list(v.([]any)); len(list) > 0 {
				out[key] = list
			}
		case "items", "then", "else":
			out[key] = p.schema(v)
		case "required":
			if names := p.required(v.([]any), x); len(names) > 0 {
				out[key] = names
			}
		case "additionalProperties":
			if p.mode.Evolution == Closed {
				out[key] = v
			}
		case "enum":
			p.enum(out, v, x)
		default:
			out[key] = v
		}
	}
	return out
}

func only(s object, keys ...string) object {
	out := object{}
	for _, k := range keys {
		if v, ok := s[k]; ok {
			out[k] = v
		}
	}
	return out
}

// list copies subschemas and leaves advice out.
func (p publisher) list(subs []any) []any {
	var out []any
	for _, sub := range subs {
		if s, ok := sub.(object); ok {
			x, _ := s[extension].(object)
			if advice, ok := x["advice"].(string); ok && p.mode.adviceSeverity(advice) != Error {
				continue
			}
		}
		out = append(out, p.schema(sub))
	}
	return out
}

// required keeps the names that the mode requires.
func (p publisher) required(names []any, x object) []any {
	if p.mode.Presence == Full {
		return names
	}
	always, _ := x["always"].([]any)
	var out []any
	for _, n := range names {
		if slices.Contains(always, n) {
			out = append(out, n)
		}
	}
	return out
}

// enum copies an enumeration. The members of a documented list may come joined by commas, which is how several
// members of a flags enumeration are written (OData CSDL 4.01, section 14.2.2); the documentation does not say
// which enumerations are flags.
func (p publisher) enum(out object, members any, x object) {
	list, isList := x["list"].([]any)
	switch {
	case isList && (x["evolvable"] == true || p.mode.Evolution != Closed):
	case isList:
		out["anyOf"] = []any{object{"enum": members}, object{"type": "string", "pattern": joinedPattern(list)}}
	case x["evolution"] == true && p.mode.Evolution != Closed:
	default:
		out["enum"] = members
	}
}

func joinedPattern(members []any) string {
	alternatives := make([]string, len(members))
	for i, m := range members {
		alternatives[i] = regexp.QuoteMeta(fmt.Sprint(m))
	}
	one := "(" + strings.Join(alternatives, "|") + ")"
	return "^" + one + "(, ?" + one + ")+$"
}

// isJoined says whether v is two or more members joined by commas: the language of [joinedPattern].
func isJoined(v string, members []any) bool {
	parts := strings.Split(v, ",")
	for i, part := range parts {
		if i > 0 {
			part = strings.TrimPrefix(part, " ")
		}
		if !slices.Contains(members, any(part)) {
			return false
		}
	}
	return len(parts) > 1
}

// adviceSeverity is the severity of constraints marked as advice.
func (m Mode) adviceSeverity(advice string) Severity {
	if advice == "bounds" && m.Bounds == Enforced {
		return Error
	}
	return Warning
}

// keywordOrder is the order in which a schema's keywords are written; others follow by name.
var keywordOrder = []string{
	"$schema", "title", "description", extension, "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength",
	"maxItems", "readOnly", "$ref", "required", "properties", "patternProperties", "additionalProperties", "items",
	"if", "then", "else", "not", "anyOf", "allOf", "$defs",
}

// lineWidth is how long a value may be and still stand on one line.
const lineWidth = 100

// encode writes a schema as indented JSON, keywords in a fixed order and names sorted, with a line end.
func encode(s object) []byte {
	var b bytes.Buffer
	writeSchema(&b, s, "", true)
	b.WriteByte('\n')
	return b.Bytes()
}

// encodePublished is encode of publish of a whole form. It takes the shared definitions as they have been rendered for one of
// the forms that share them.
func encodePublished(f *form, m Mode) []byte {
	whole := f.whole()
	defs, _ := whole["$defs"].(object)
	if f.shared == nil || len(defs) == 0 {
		return encode(publish(whole, m))
	}
	root := maps.Clone(whole)
	delete(root, "$defs")
	var b bytes.Buffer
	b.WriteString("{\n")
	writeMembers(&b, publish(root, m), "", true)
	b.WriteString(",\n  \"$defs\": {\n")
	for i, name := range sortedKeys(defs) {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("    ")
		b.Write(marshal(name))
		b.WriteString(": ")
		if text := f.shared.render(name, m); text != nil {
			b.Write(text)
		} else { // one of its own
			writeSchema(&b, publish(defs[name].(object), m), "    ", true)
		}
	}
	b.WriteString("\n  }\n}\n")
	return b.Bytes()
}

// writeSchema writes a value. isSchema says whether an object's members are keywords rather than names.
func writeSchema(b *bytes.Buffer, v any, indent string, isSchema bool) {
	switch v := v.(type) {
	case object:
		if len(v) == 0 || !holdsObjects(v) && fits(v, lineWidth-len(indent)) {
			writeFlat(b, v, isSchema)
			return
		}
		b.WriteString("{\n")
		writeMembers(b, v, indent, isSchema)
		b.WriteString("\n" + indent + "}")
	case []any:
		if fits(v, lineWidth-len(indent)) {
			b.Write(marshal(v))
			return
		}
		b.WriteString("[\n")
		for i, item := range v {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(indent + "  ")
			writeSchema(b, item, indent+"  ", true)
		}
		b.WriteString("\n" + indent + "]")
	default:
		b.Write(marshal(v))
	}
}

// writeMembers writes the members of an object, one a line.
func writeMembers(b *bytes.Buffer, v object, indent string, isSchema bool) {
	for i, key := range orderedKeys(v, isSchema) {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(indent + "  ")
		b.Write(marshal(key))
		b.WriteString(": ")
		named := isSchema && (key == "properties" || key == "patternProperties" || key == "$defs")
		writeSchema(b, v[key], indent+"  ", !named)
	}
}

// fits says whether a value's compact JSON has at most room bytes. It looks no further than that.
func fits(v any, room int) bool { return spare(v, room) >= 0 }

// spare is what a value's compact JSON leaves of room, less than 0 where it does not fit.
func spare(v any, room int) int {
	switch v := v.(type) {
	case object:
		room -= 2 + max(len(v)-1, 0) + len(v) // braces, commas, colons
		for key, sub := range v {
			if room = spare(sub, room-len(marshal(key))); room < 0 {
				return room
			}
		}
	case []any:
		room -= 2 + max(len(v)-1, 0)
		for _, sub := range v {
			if room = spare(sub, room); room < 0 {
				return room
			}
		}
	case string:
		if room -= len(v); room >= 0 {
			room -= len(marshal(v)) - len(v)
		}
	default:
		room -= len(marshal(v))
	}
	return room
}

func holdsObjects(v object) bool {
	for _, sub := range v {
		switch sub := sub.(type) {
		case object:
			if len(sub) > 3 {
				return true
			}
		case []any:
			for _, item := range sub {
				if _, ok := item.(object); ok {
					return true
				}
			}
		}
	}
	return false
}

func writeFlat(b *bytes.Buffer, v object, isSchema bool) {
	b.WriteByte('{')
	for i, key := range orderedKeys(v, isSchema) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.Write(marshal(key))
		b.WriteString(": ")
		if sub, ok := v[key].(object); ok {
			writeFlat(b, sub, true)
			continue
		}
		b.Write(marshal(v[key]))
	}
	b.WriteByte('}')
}

// marshal is json.Marshal without its escapes of <, > and &. A derived schema holds nothing that it refuses.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func orderedKeys(v object, isSchema bool) []string {
	keys := sortedKeys(v)
	if !isSchema {
		return keys
	}
	rank := func(key string) int {
		if i := slices.Index(keywordOrder, key); i >= 0 {
			return i
		}
		return len(keywordOrder)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	return keys
}
