package contract

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/graphcontract/graphcontract/schema"
)

// versionOf is the type that a response is an instance of, and why: the one the operation documents, unless the body says
// that it is another version of that resource, a type with the same last name. Its @odata.type decides, then its
// @odata.context; the path has decided already by matching the operation.
func (c *Contract) versionOf(op *schema.Operation, body []byte) Choice {
	documented := Choice{op.Response, "the operation's page documents it"}
	if !bytes.Contains(body, []byte("@odata.")) {
		return documented
	}
	var top struct {
		Type    any `json:"@odata.type"`
		Context any `json:"@odata.context"`
		Value   any `json:"value"`
	}
	if json.Unmarshal(body, &top) != nil {
		return documented
	}
	claims := []Choice{{str(top.Type), "the body's @odata.type says so"}}
	if items, ok := top.Value.([]any); ok && op.Collection && len(items) > 0 {
		if item, ok := items[0].(map[string]any); ok {
			claims = append(claims, Choice{str(item["@odata.type"]), "the first item's @odata.type says so"})
		}
	}
	claims = append(claims, Choice{c.contextType(str(top.Context)), "the body's @odata.context says so"})
	for _, claim := range claims {
		claim.Is = strings.TrimPrefix(claim.Is, "#")
		if claim.Is == op.Response {
			return Choice{claim.Is, documented.Because + ", and " + claim.Because}
		}
		if last(claim.Is) != last(op.Response) {
			continue
		}
		if r, err := c.catalog.Resource(claim.Is); err == nil && r.Name == claim.Is {
			return claim
		}
	}
	return documented
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// last is the part of a type name after its namespace.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// contextType is the type behind a context URL (OData 4.01, section 10): the fragment is a type name, or the path of
// an entity set, whose operation tells the type.
func (c *Contract) contextType(context string) string {
	_, fragment, ok := strings.Cut(context, "#")
	if !ok {
		return ""
	}
	if inner, ok := strings.CutPrefix(fragment, "Collection("); ok {
		return strings.TrimSuffix(inner, ")")
	}
	path, entity := strings.CutSuffix(fragment, "/$entity")
	if open := strings.LastIndexByte(path, '('); open >= 0 && strings.HasSuffix(path, ")") && !strings.ContainsAny(path[open:], "'/") {
		path = path[:open] // the selected members: operations(id,status)
	}
	if !strings.Contains(path, "/") && strings.Contains(path, ".") {
		return path
	}
	if entity {
		path += "/0"
	}
	m, ok := c.operations.Match("GET", "/"+path)
	if !ok {
		return ""
	}
	return m.Value.Response
}
