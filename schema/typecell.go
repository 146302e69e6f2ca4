package schema

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// primitives are the spellings of Edm primitive types (OData CSDL 4.01, section 3.3) in type cells, in lower case; the
// commonest ones as they are written, too.
var primitives = map[string]string{
	"String": "Edm.String", "Boolean": "Edm.Boolean", "Int32": "Edm.Int32", "Int64": "Edm.Int64", "DateTimeOffset": "Edm.DateTimeOffset", "Guid": "Edm.Guid",
	"string": "Edm.String", "url": "Edm.String", "uri": "Edm.String",
	"boolean": "Edm.Boolean", "bool": "Edm.Boolean",
	"byte": "Edm.Byte", "sbyte": "Edm.SByte", "int16": "Edm.Int16", "short": "Edm.Int16",
	"int32": "Edm.Int32", "int": "Edm.Int32", "integer": "Edm.Int32",
	"int64": "Edm.Int64", "long": "Edm.Int64",
	"single": "Edm.Single", "float": "Edm.Single", "double": "Edm.Double", "numeric": "Edm.Double", "number": "Edm.Double",
	"decimal":        "Edm.Decimal",
	"datetimeoffset": "Edm.DateTimeOffset", "datetime": "Edm.DateTimeOffset", "timestamp": "Edm.DateTimeOffset",
	"date": "Edm.Date", "timeofday": "Edm.TimeOfDay", "duration": "Edm.Duration",
	"guid": "Edm.Guid", "binary": "Edm.Binary", "stream": "Edm.Stream",
	"json": "Edm.Untyped", "object": "Edm.Untyped", "untyped json object": "Edm.Untyped",
	"enumeration": "Edm.String", "enum": "Edm.String",
}

var (
	collectionOf     = regexp.MustCompile(`(?i)^collection\s*\(\s*(.+?)\s*\)$|^(?:collection|list|array) of\s+(.+)$`)
	cellLength       = regexp.MustCompile(`(?i)\bmax(?:imum)? (?:size|length)(?: of)? ([\d,]+)`)
	collectionSuffix = regexp.MustCompile(`^(.+\S)\s+[cC]ollection\.?$`)
)

// isTypeName says whether s is a name, or a full one, such as Date or #microsoft.graph.user.
func isTypeName(s string) bool {
	s = strings.TrimPrefix(s, "#")
	for i := range len(s) {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', i > 0 && (c == '.' || c >= '0' && c <= '9'):
		default:
			return false
		}
	}
	return s != ""
}

// typeCell reads the Type column into q: a primitive, a named type, or a collection of one. A link wins over a
// primitive's name, for there are complex types called Date.
func (l *loader) typeCell(p *page, q *Property, cell string) {
	inner := strings.Trim(cell, "*`_ ")
	if holds(inner, "collection", "list of", "array of") {
		if m := collectionOf.FindStringSubmatch(inner); m != nil {
			inner, q.Collection = m[1]+m[2], true
		} else if m := collectionSuffix.FindStringSubmatch(inner); m != nil {
			inner, q.Collection = m[1], true
		}
		inner = strings.Trim(inner, "*`_ ")
	}
	if q.primitive(inner) { // most cells are
		return
	}
	links := allLinks(inner)
	switch {
	case len(links) == 1 && links[0].start == 0:
		if rest := strings.TrimSpace(inner[links[0].end:]); !q.Collection && strings.HasPrefix(rest, "collection") {
			q.Collection = true
		}
		if l.linkedCell(p, q, links[0]) {
			return
		}
	case len(links) > 1:
		if l.eitherCell(p, q, inner, links) {
			return
		}
	}
	if q.primitive(strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(inner, "Edm."), "edm."))) {
		return
	}
	word, extra, _ := strings.Cut(inner, " ")
	if typ, ok := primitives[strings.ToLower(strings.Trim(word, ",;"))]; ok && !strings.HasPrefix(extra, "or ") {
		q.Type = typ // "string (url)", "String, maximum size 20"
		if typ == "Edm.String" {
			q.Bounds.MaxLength = orBound(nil, cellLength, extra)
		}
		return
	}
	if isTypeName(inner) && isJSON(inner) {
		q.Type = "Edm.Untyped"
		return
	}
	if isTypeName(inner) {
		q.Type = l.qualify(p, strings.TrimPrefix(inner, "#"))
		return
	}
	l.problem(p.File, q.Line, "%s: type %q is not one type; anything is accepted", q.Name, cell)
	q.Type = "Edm.Untyped"
}

// primitive types q where the name is one of [primitives].
func (q *Property) primitive(name string) bool {
	typ, ok := primitives[name]
	if ok {
		q.Type, q.stringly = typ, strings.HasPrefix(name, "enum")
	}
	return ok
}

// linkedCell reads the link that a cell begins with. A link to a page about a type wins over a primitive's name, but for
// [DateTimeOffset](timestamp.md) and [Json](json.md).
func (l *loader) linkedCell(p *page, q *Property, link mdLink) bool {
	label, target := p.follow(link)
	if typ, ok := primitives[strings.ToLower(label)]; ok && (typ == "Edm.DateTimeOffset" || typ == "Edm.Untyped") {
		q.Type = typ
		return true
	}
	if q.Type = l.namedType(p, label, target); q.Type == "" {
		return false
	}
	q.stringly = isEnumPage(l.link(p, target)) || l.enums[q.Type] != nil && !l.types[q.Type]
	q.linked = !q.stringly
	return true
}

// eitherCell reads "[A](a.md) or [B](b.md)": what is sure is the type that both derive from, whose subtypes are told by
// @odata.type. Bases are known when every page is read.
func (l *loader) eitherCell(p *page, q *Property, cell string, links []mdLink) bool {
	var names []string
	for i, at := range links {
		label, target := p.follow(at)
		if target == "" || !isTypeName(label) {
			return false
		}
		if i > 0 {
			switch strings.ToLower(strings.Trim(cell[links[i-1].end:at.start], " ,/|")) {
			case "", "or":
			default:
				return false
			}
		}
		names = append(names, l.typeBehind(p, label, target))
	}
	q.Type, l.either[rowOf(q)] = names[0], names
	return true
}

// placeholderType guesses the type of a member from its value in the JSON representation.
func placeholderType(v any) (name string, collection bool) {
	if a, ok := v.([]any); ok {
		name, _ = placeholderType(first(a))
		return name, true
	}
	switch v := v.(type) {
	case bool:
		return "Edm.Boolean", false
	case map[string]any:
		if name := annotatedType(v); name != "" && !strings.HasPrefix(name, "Collection(") {
			return shownType(name), false
		}
	case string:
		hint := strings.ToLower(v)
		word, rest, _ := strings.Cut(hint, " ")
		switch {
		case strings.Contains(rest, "timestamp"):
			return "Edm.DateTimeOffset", false
		case strings.Contains(rest, "duration"):
			return "Edm.Duration", false
		case strings.Contains(rest, "identifier"), rest == "" && word == "string":
			return "Edm.String", false
		}
		if typ, ok := primitives[word]; ok && rest == "" {
			return typ, false
		}
		return "Edm.String", false
	}
	return "Edm.Untyped", false
}

// shownType is the type that a JSON representation calls by a full name. Json is anything in whatever namespace, and a
// primitive is itself.
func shownType(name string) string {
	if isJSON(name) {
		return "Edm.Untyped"
	}
	if edm, ok := strings.CutPrefix(name, "Edm."); ok {
		return cmp.Or(primitives[strings.ToLower(edm)], "Edm.Untyped")
	}
	return name
}

// isJSON says whether a type is the one that stands for any JSON, "microsoft.graph.Json" for instance.
func isJSON(name string) bool { return strings.EqualFold(shortName(name), "json") }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
