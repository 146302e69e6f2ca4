package mockserver

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
	"github.com/graphcontract/graphcontract/schema"
)

// condition is one of the conditions of [Match] besides the path.
type condition struct {
	name string // "query $top", "header Prefer", "body"
	want string
	cost int
	// refused says why a request is refused, "" where it is not.
	refused func(*Request) string
	masked  func(*Request) string // the same with what is wanted without its secrets; nil: it has none
}

// conditions are those of a route's Match, cheap ones first.
func (p *program) conditions(r *Route, at string) ([]condition, error) {
	var out []condition
	var errs []error
	add := func(key string, c condition, err error) {
		if err != nil {
			errs = append(errs, p.scenario.errorAt(at+".match."+key, "", "%w", err))
		}
		out = append(out, c)
	}
	m := &r.Match
	for _, name := range sortedKeys(m.Query) {
		c, err := queryCondition(name, m.Query[name])
		add("query."+name, c, err)
	}
	for _, name := range sortedKeys(m.Header) {
		c, err := headerCondition(name, m.Header[name])
		add("headers."+name, c, err)
	}
	if m.Body != nil {
		c, err := bodyCondition(*m.Body)
		add("body", c, err)
	}
	if m.JSON != nil {
		c, err := jsonCondition("body, in part", m.JSON, jsonmatch.Subset)
		add("json", c, err)
	}
	if m.JSONEqual != nil {
		c, err := jsonCondition("body", m.JSONEqual, jsonmatch.Equal)
		add("jsonEqual", c, err)
	}
	for _, pointer := range sortedKeys(m.At) {
		c, err := valueCondition(pointer, m.At[pointer])
		add("at."+pointer, c, err)
	}
	if m.Schema != "" {
		c, err := p.schemaCondition(r)
		add("schema", c, err)
	}
	if m.Func != nil {
		out = append(out, condition{name: "function", cost: 4, refused: func(q *Request) string {
			if err := m.Func(q); err != nil {
				return err.Error()
			}
			return ""
		}})
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	slices.SortStableFunc(out, func(a, b condition) int { return a.cost - b.cost })
	return out, nil
}

func queryCondition(name string, want Text) (condition, error) {
	option := odata.Option(name)
	t, err := compileText(want, option)
	if err != nil {
		return condition{}, err
	}
	if shown, err := compileText(hideWanted(want, func(v string) string { return hideQuery(name, v) }), ""); err == nil {
		t.want = shown.want
	}
	return condition{name: "query " + option, want: t.want, cost: 1, refused: func(q *Request) string {
		return t.refused(odata.Values(q.URL.RawQuery, option))
	}}, nil
}

func headerCondition(name string, want Text) (condition, error) {
	t, err := compileText(want, "")
	if err != nil {
		return condition{}, err
	}
	if shown, err := compileText(hideWanted(want, func(v string) string { return hideHeader(name, v) }), ""); err == nil {
		t.want = shown.want
	}
	secret := slices.Contains(secretHeaders, http.CanonicalHeaderKey(name))
	return condition{name: "header " + name, want: t.want, cost: 0, refused: func(q *Request) string {
		values := q.Header.Values(name)
		if why := t.refused(values); why == "" || !secret || len(values) == 0 {
			return why
		}
		return "got " + withoutCredentials(values[0]) + ", want " + t.want
	}}, nil
}

func bodyCondition(want Text) (condition, error) {
	t, err := compileText(want, "")
	if err != nil {
		return condition{}, err
	}
	if shown, err := compileText(hideWanted(want, hideText), ""); err == nil {
		t.want = shown.want
	}
	return condition{name: "body", want: t.want, cost: 2, refused: func(q *Request) string {
		if q.Body == nil {
			return t.refused(nil)
		}
		return t.refused([]string{string(q.Body)})
	}}, nil
}

// jsonCondition holds the whole body against a value.
func jsonCondition(name string, want any, compare func(want, got any) *jsonmatch.Mismatch) (condition, error) {
	return decodedCondition(name, want, hideJSON(want), func(want, doc any) string {
		if d := compare(want, doc); d != nil {
			return d.String()
		}
		return ""
	})
}

// valueCondition holds what is at a JSON pointer against a value.
func valueCondition(pointer string, want any) (condition, error) {
	shown := want
	if name := pointer[strings.LastIndexByte(pointer, '/')+1:]; name != "" { // which may be that of a secret
		hidden, _ := asJSON(hideJSON(map[string]any{name: want}))
		if member, ok := hidden.(map[string]any); ok {
			shown = member[name]
		}
	}
	return decodedCondition("body at "+pointer, want, shown, func(want, doc any) string {
		got, ok, err := jsonmatch.At(pointer, doc)
		switch {
		case err != nil:
			return err.Error()
		case !ok:
			return "there is no such value"
		}
		if d := jsonmatch.Equal(want, got); d != nil {
			d.Pointer = pointer + d.Pointer
			return d.String()
		}
		return ""
	})
}

// decodedCondition holds the decoded body against a value; shown is that value without its secrets.
func decodedCondition(name string, want, shown any, differs func(want, doc any) string) (condition, error) {
	wanted, err := asJSON(want)
	if err != nil {
		return condition{}, err
	}
	masked, err := asJSON(shown)
	if err != nil {
		return condition{}, err
	}
	refused := func(want any) func(*Request) string {
		return func(q *Request) string {
			doc, err := q.value()
			if err != nil {
				return notJSON(q, err)
			}
			return differs(want, doc)
		}
	}
	return condition{name, jsonText(masked), 3, refused(wanted), refused(masked)}, nil
}

func (p *program) schemaCondition(r *Route) (condition, error) {
	shape := schema.Create
	if strings.HasPrefix(strings.ToUpper(r.Route), "PATCH ") {
		shape = schema.Update
	}
	s, err := p.contract.Catalog().Schema(r.Match.Schema, p.contract.Mode(), shape)
	if err != nil {
		return condition{}, err
	}
	return condition{name: "body", want: "a valid " + s.Name(), cost: 3, refused: func(q *Request) string {
		if q.bodyErr != nil {
			return q.bodyErr.Error()
		}
		for _, f := range s.Findings(q.Body) {
			if f.Severity == schema.Error {
				return f.Error()
			}
		}
		return ""
	}}, nil
}

func notJSON(q *Request, err error) string {
	switch {
	case q.bodyErr != nil:
		return err.Error()
	case q.Body == nil:
		return "there is no body"
	}
	return "it is no JSON: " + strings.TrimPrefix(err.Error(), "jsonmatch: ")
}
