package recording

import "strings"

// Hint is what a documentation page says of an example, beside the messages. The zero value says nothing. The
// writers do not keep it.
type Hint struct {
	// Name is the example's name in its annotation, the request's before the response's; "" if it has none.
	Name string

	// Type is the full name of the type of the response's resource, or of its items, as the annotation spells it but
	// without "#" and "Collection()". "" if it says none; "string", "stream" and other names without a namespace, and
	// "microsoft.graph.none", are none. Edm.Stream and its like stay.
	Type string

	Collection  bool // the response holds a collection of Type
	Truncated   bool // members may be left out
	ExpectError bool // the example is one of a failure
	Empty       bool // the response has nothing in it: no members, or no items

	// RequestRepairs and ResponseRepairs name what was no JSON in the body on the page, such as
	// "line 41: trailing comma", and what was amiss with the header: a blank line within, fields behind the body. The
	// message is the repaired one; nil if there was nothing to repair, and if it could not be repaired.
	RequestRepairs, ResponseRepairs []string
}

// request adds what the annotation of a request says.
func (h *Hint) request(annotation map[string]any) {
	h.Name = text(annotation["name"])
	h.ExpectError = truth(annotation["expectError"])
}

// response adds what the annotation of a response says.
func (h *Hint) response(annotation map[string]any) {
	if h.Name == "" {
		h.Name = text(annotation["name"])
	}
	typ := text(annotation["@odata.type"])
	if typ == "" {
		typ = text(annotation["@type"])
	}
	var many bool
	h.Type, many = typeName(typ)
	h.Collection = many || truth(annotation["isCollection"])
	h.Truncated = truth(annotation["truncated"])
	h.ExpectError = h.ExpectError || truth(annotation["expectError"])
	h.Empty = truth(annotation["isEmpty"])
}

// typeName cuts "#" and "Collection()" off, and drops what names no type.
func typeName(s string) (name string, collection bool) {
	s = strings.TrimPrefix(s, "#")
	if rest, ok := cutPrefixFold(s, "collection("); ok {
		s, collection = strings.TrimPrefix(strings.TrimSpace(strings.TrimSuffix(rest, ")")), "#"), true
	}
	if short, _ := cutPrefixFold(s, "microsoft.graph."); !strings.Contains(s, ".") || strings.EqualFold(short, "none") {
		return "", collection
	}
	return s, collection
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// text is a member that is a string.
func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// truth is a member that is true, or the string "true" as a few pages have it.
func truth(v any) bool {
	b, ok := v.(bool)
	return ok && b || strings.EqualFold(text(v), "true")
}
