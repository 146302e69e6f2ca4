package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/jsonscan"
	"github.com/graphcontract/graphcontract/schema"
)

// Examples on pages of the documentation are judged like traffic, but for what they are: typed by hand, shortened, with
// words in place of values. What the page says beside an example counts (see [recording.Hint]): its type, whether it is a collection,
// that members are left out. A finding about a placeholder is no fault, and is lowered to info; so is the habit of some pages
// to show a single resource as the value of an object. Examples of a page are no life of one operation.

// hinted is the type that the page's annotation gives the response, where a page defines it.
func (v *verdict) hinted() (Choice, bool) {
	h := v.x.Hint
	if h == nil || h.Type == "" {
		return Choice{}, false
	}
	r, err := v.contract.catalog.Resource(h.Type)
	if err != nil || !strings.EqualFold(r.Name, h.Type) {
		return Choice{}, false
	}
	return Choice{r.Name, "the example's annotation says so"}, true
}

// exampleShape is the shape of a body on a page: what the annotation says, unless the body is plainly something else.
// wrapped says that the resource is the value of an object.
func (v *verdict) exampleShape(typ string, body []byte, documented schema.Shape, why string) (shape schema.Shape, because string, wrapped bool) {
	shape, because = documented, why
	value, alone := valueOf(body)
	_, typed := v.hinted()
	switch h := v.x.Hint; {
	case h.Collection && shape == schema.Entity:
		shape, because = schema.Collection, "the example's annotation says so"
	case typed && !h.Collection && shape == schema.Collection && value == nil:
		shape, because = schema.Entity, "the example's annotation calls it no collection, and it has no value"
	}
	if value == nil || v.declares(typ, "value") {
		return shape, because, false
	}
	switch {
	case value[0] == '[' && shape == schema.Entity:
		return schema.Collection, "the body is an object with an array called value, which the type does not have", false
	case value[0] == '{' && shape == schema.Entity && alone:
		return schema.Entity, "the body is an object with nothing but an object called value, which the type does not have", true
	}
	return shape, because, false
}

// valueOf is the member called value of an object, nil without one, and whether the others are control information.
func valueOf(body []byte) (value []byte, alone bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil || len(top["value"]) == 0 {
		return nil, false
	}
	for name := range top {
		if name != "value" && !strings.Contains(name, "@") {
			return bytes.TrimSpace(top["value"]), false
		}
	}
	return bytes.TrimSpace(top["value"]), true
}

func (v *verdict) declares(typ, name string) bool {
	r, err := v.contract.catalog.Resource(typ)
	return err == nil && property(r, name) != nil
}

// expectsError warns of an example that its page calls one of a failure and that looks like one, but for its status. A type may
// have an error of its own, as connectionOperation has.
func (v *verdict) expectsError(typ string, body []byte) {
	if h := v.x.Hint; h == nil || !h.ExpectError || !isEnvelope(body) || v.declares(typ, "error") {
		return
	}
	v.add(&schema.Finding{
		Severity: schema.Warning, Rule: "docs/expect-error", Part: "response.status",
		Message: fmt.Sprintf("got status %d, and the page expects an error", v.x.Status),
		Hint:    "the body is an error envelope; a failure has a status of 400 or more",
	})
}

// unwrap judges the value of an object, and says so.
func (v *verdict) unwrap(s *schema.Schema, body []byte) schema.Findings {
	at := jsonscan.Locate(body, []string{"/value"})[0]
	fs := s.Findings(body[at.Start:at.End])
	for _, f := range fs {
		f.Pointer = "/value" + f.Pointer
		f.At = shifted(f.At, body, at.Start)
		for i := range f.Related {
			f.Related[i] = shifted(f.Related[i], body, at.Start)
		}
	}
	said := &schema.Finding{
		Severity: schema.Info, Rule: "docs/value-envelope", Pointer: "/value", Property: "value",
		Message: fmt.Sprintf("a single %s as the value of an object; the value is judged", s.Name()),
		Hint:    "the service answers with the resource itself",
	}
	said.At = shifted(schema.Location{}, body, at.Start)
	said.Fingerprint = schema.Fingerprint(said.Rule, s.Name(), said.Pointer, "")
	return append(fs, said)
}

// shifted is a place in a part of body as one in body.
func shifted(at schema.Location, body []byte, start int) schema.Location {
	at.Offset += int64(start)
	at.Line, at.Column = jsonscan.NewCursor(body).Position(int(at.Offset))
	return at
}

// soften lowers the findings about an example's body that its being an example explains, and drops those about members
// that the page says it left out.
func (v *verdict) soften(message string, body []byte, fs schema.Findings) schema.Findings {
	h := v.x.Hint
	if h == nil || len(fs) == 0 {
		return fs
	}
	if !json.Valid(body) {
		return fs
	}
	pointers := make([]string, len(fs))
	for i, f := range fs {
		pointers[i] = f.Pointer
	}
	places := jsonscan.Locate(body, pointers)
	out := fs[:0]
	for i, f := range fs {
		switch {
		case f.Rule == "required" && f.Property != "value" && h.Truncated && message == "response",
			f.Rule == "odata/type-hash": // the pages leave the # out more often than not
			continue
		case f.Severity != schema.Info && f.Pointer != "" && isPlaceholder(body[places[i].Start:places[i].End]):
			f.Severity = schema.Info
			f.Hint = "the page's placeholder for a value"
		}
		out = append(out, f)
	}
	return out
}

// isPlaceholder says whether a value is a word or a type in place of a value.
func isPlaceholder(value []byte) bool {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return false
	}
	switch v := v.(type) {
	case string:
		return docpage.IsPlaceholder(v)
	case map[string]any: // {"@odata.type": "microsoft.graph.onenoteUserRole"} for one of its members
		_, typed := v["@odata.type"]
		return typed && len(v) == 1
	}
	return false
}

// repaired says what of the bodies was no JSON on the page.
func (v *verdict) repaired(part string, repairs []string) {
	for _, r := range repairs {
		f := &schema.Finding{
			Severity: schema.Info, Rule: "docs/repaired", Part: part, Message: "no JSON on the page: " + r,
			Hint: "the repaired body is judged",
		}
		v.add(f)
		f.Fingerprint = schema.Fingerprint(f.Rule, v.x.Source.File, part, r)
	}
}

// isExample says whether an exchange is from a page.
func isExample(x *recording.Exchange) bool { return x.Hint != nil }
