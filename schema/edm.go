package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// Patterns of primitive values, after the OData ABNF 4.01. JSON Schema's formats say something else: date-time wants
// seconds, duration allows no sign and no fraction.
const (
	datePattern      = `-?[0-9]{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`
	timePattern      = `([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?`
	dateTimePattern  = `^` + datePattern + `[Tt]` + timePattern + `([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
	durationPattern  = `^[+-]?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$`
	guidPattern      = `^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`
	base64Pattern    = `^[A-Za-z0-9+/_-]*={0,2}$`
	hashPattern      = `^#`
	nonFinitePattern = `^(INF|-INF|NaN)$`
)

// primitive is the schema of an Edm primitive type (OData CSDL 4.01, section 3.3; OData JSON 4.01, section 7).
func primitive(typ string, nullable bool) object {
	str := func(pattern string) object { return object{"type": types("string", nullable), "pattern": pattern} }
	switch typ {
	case "Edm.String":
		return object{"type": types("string", nullable)}
	case "Edm.Boolean":
		return object{"type": types("boolean", nullable)}
	case "Edm.Decimal":
		return object{"type": types("number", nullable)}
	case "Edm.Double", "Edm.Single":
		return object{"type": append(listOf(types("number", nullable)), "string"), "pattern": nonFinitePattern}
	case "Edm.DateTimeOffset":
		return str(dateTimePattern)
	case "Edm.Date":
		return str(`^` + datePattern + `$`)
	case "Edm.TimeOfDay":
		return str(`^` + timePattern + `$`)
	case "Edm.Duration":
		return str(durationPattern)
	case "Edm.Guid":
		return str(guidPattern)
	case "Edm.Binary":
		return str(base64Pattern)
	}
	if r := edmRanges[typ]; r != nil {
		return object{
			"type": types("integer", nullable), "minimum": json.Number(r.min.String()), "maximum": json.Number(r.max.String()),
		}
	}
	return object{} // Edm.Untyped, Edm.Stream and what is not known
}

// types is the value of the keyword type.
func types(name string, nullable bool) any {
	if nullable {
		return []any{name, "null"}
	}
	return name
}

func listOf(v any) []any {
	if a, ok := v.([]any); ok {
		return a
	}
	return []any{v}
}

// evolvableMember is in a list that will grow: a client has to expect members it does not know.
const evolvableMember = "unknownFutureValue"

func enumeration(q *Property, nullable bool) object {
	members := anys(q.Enum)
	s := object{"type": types("string", nullable), "enum": members, extension: object{"list": anys(q.Enum)}}
	if nullable {
		s["enum"] = append(members, nil)
	}
	if slices.Contains(q.Enum, evolvableMember) {
		mark(s, "evolvable", true)
	}
	if q.Type != "Edm.String" {
		mark(s, "type", q.Type)
	}
	var elsewhere []any
	surest := Shown
	for _, at := range q.EnumSources {
		surest = min(surest, at.Confidence)
		if at.Page != q.Page || at.Line != q.Line {
			elsewhere = append(elsewhere, fmt.Sprintf("%s:%d", at.Page, at.Line))
		}
	}
	mark(s, "confidence", surest.String())
	if elsewhere != nil {
		mark(s, "sources", elsewhere)
	}
	return s
}

// control is the patternProperties of an object of type r: every member with an @ in its name is control information
// or an annotation (OData JSON 4.01, section 4.6), of which the known ones are typed. The odata. prefix is optional.
func (b *builder) control(r *Resource) object {
	s := controlMembers()
	if b.shape == ErrorEnvelope { // services put types of their own into errors
		s[typePattern] = object{"type": "string"}
		return s
	}
	own := object{
		"type": "string", "enum": []any{"#" + r.Name, r.Name},
		extension: object{"rule": "odata/type", "evolution": true},
	}
	advise(own, "hash", object{"pattern": hashPattern})
	s[typePattern] = own
	return s
}

// control information that is typed, by the pattern of its names: one such name, or where of is set the end of the
// name of an annotation of a member.
var controls = []struct {
	pattern, name string
	of            bool
	re            *regexp.Regexp
}{
	{pattern: linkPattern, name: "@odata.context", re: regexp.MustCompile(linkPattern)},
	{pattern: countPattern, name: "@odata.count", re: regexp.MustCompile(countPattern)},
	{pattern: typePattern, name: "@odata.type", re: regexp.MustCompile(typePattern)},
	{pattern: memberTypePattern, name: "@odata.type", of: true, re: regexp.MustCompile(memberTypePattern)},
}

const (
	linkPattern = `@(odata\.)?(context|nextLink|deltaLink|id|editLink|readLink|etag|mediaEditLink|mediaReadLink|` +
		`mediaContentType|mediaEtag|navigationLink|associationLink)$`
	countPattern      = `@(odata\.)?count$`
	typePattern       = `^@(odata\.)?type$`
	memberTypePattern = `.@(odata\.)?type$`
)

func controlMembers() object {
	str := object{"type": "string"}
	return object{
		`@`:               true,
		linkPattern:       str,
		countPattern:      object{"type": "integer", "minimum": 0},
		memberTypePattern: str,
	}
}
