package mockserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/internal/text"
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
	m := &r.Match
	for _, name := range sortedKeys(m.Query) {
		t, err := compileText(m.Query[name], odata.Option(name))
		if err != nil {
			return nil, p.scenario.errorAt(at+".match.query."+name, "", "%w", err)
		}
		if shown, err := compileText(hideWanted(m.Query[name], func(v string) string { return hideQuery(name, v) }), ""); err == nil {
			t.want = shown.want
		}
		option := odata.Option(name)
		out = append(out, condition{name: "query " + option, want: t.want, cost: 1, refused: func(q *Request) string {
			return t.refused(odata.Values(q.URL.RawQuery, option))
		}})
	}
	for _, name := range sortedKeys(m.Header) {
		t, err := compileText(m.Header[name], "")
		if err != nil {
			return nil, p.scenario.errorAt(at+".match.headers."+name, "", "%w", err)
		}
		secret := slices.Contains(secretHeaders, http.CanonicalHeaderKey(name))
		if shown, err := compileText(hideWanted(m.Header[name], func(v string) string { return hideHeader(name, v) }), ""); err == nil {
			t.want = shown.want
		}
		out = append(out, condition{name: "header " + name, want: t.want, cost: 0, refused: func(q *Request) string {
			values := q.Header.Values(name)
			if why := t.refused(values); why == "" || !secret || len(values) == 0 {
				return why
			}
			return "got " + withoutCredentials(values[0]) + ", want " + t.want
		}})
	}
	if m.Body != nil {
		t, err := compileText(*m.Body, "")
		if err != nil {
			return nil, p.scenario.errorAt(at+".match.body", "", "%w", err)
		}
		out = append(out, condition{name: "body", want: t.want, cost: 2, refused: func(q *Request) string {
			if q.Body == nil {
				return t.refused(nil)
			}
			return t.refused([]string{string(q.Body)})
		}})
	}
	for _, c := range []struct {
		name, key string
		want      any
		compare   func(want, got any) *jsonmatch.Mismatch
	}{{"body, in part", "json", m.JSON, jsonmatch.Subset}, {"body", "jsonEqual", m.JSONEqual, jsonmatch.Equal}} {
		if c.want == nil {
			continue
		}
		want, err := asJSON(c.want)
		if err != nil {
			return nil, p.scenario.errorAt(at+".match."+c.key, "", "%w", err)
		}
		refused := func(want any) func(*Request) string {
			return func(q *Request) string {
				got, err := q.value()
				if err != nil {
					return notJSON(q, err)
				}
				if d := c.compare(want, got); d != nil {
					return d.String()
				}
				return ""
			}
		}
		masked, err := asJSON(hideJSON(c.want))
		if err != nil {
			return nil, p.scenario.errorAt(at+".match."+c.key, "", "%w", err)
		}
		out = append(out, condition{c.name, jsonText(masked), 3, refused(want), refused(masked)})
	}
	for _, pointer := range sortedKeys(m.At) {
		want, err := asJSON(m.At[pointer])
		if err != nil {
			return nil, p.scenario.errorAt(at+".match.at."+pointer, "", "%w", err)
		}
		shown := m.At[pointer]
		if name := pointer[strings.LastIndexByte(pointer, '/')+1:]; name != "" {
			hidden, _ := asJSON(hideJSON(map[string]any{name: shown}))
			if member, ok := hidden.(map[string]any); ok {
				shown = member[name]
			}
		}
		masked, _ := asJSON(shown)
		refused := func(want any) func(*Request) string {
			return func(q *Request) string {
				doc, err := q.value()
				if err != nil {
					return notJSON(q, err)
				}
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
			}
		}
		out = append(out, condition{"body at " + pointer, jsonText(shown), 3, refused(want), refused(masked)})
	}
	if m.Schema != "" {
		c, err := p.schemaCondition(r, at)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if m.Func != nil {
		out = append(out, condition{name: "function", want: "", cost: 4, refused: func(q *Request) string {
			if err := m.Func(q); err != nil {
				return err.Error()
			}
			return ""
		}})
	}
	slices.SortStableFunc(out, func(a, b condition) int { return a.cost - b.cost })
	return out, nil
}

// hideWanted is a condition on text for messages, without what is secret in it.
func hideWanted(t Text, hide func(string) string) Text {
	if t.Equal != "" {
		t.Equal = hide(t.Equal)
	}
	if t.Contains != "" {
		t.Contains = hide(t.Contains)
	}
	if t.Not != nil {
		not := hideWanted(*t.Not, hide)
		t.Not = &not
	}
	t.AnyOf = slices.Clone(t.AnyOf)
	for i := range t.AnyOf {
		t.AnyOf[i] = hideWanted(t.AnyOf[i], hide)
	}
	return t
}

// withoutCredentials leaves the scheme of a header field's value.
func withoutCredentials(v string) string {
	scheme, _, ok := strings.Cut(v, " ")
	if !ok {
		scheme = ""
	}
	return strings.TrimSpace(scheme + " (hidden)")
}

// hideHeader hides a wanted value where the header field has secrets, as package recording sees it.
func hideHeader(name, v string) string {
	if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
		return withoutCredentials(v)
	}
	var r recording.Redactor
	x := r.Redact(recording.Exchange{Request: recording.Message{Header: http.Header{http.CanonicalHeaderKey(name): {v}}}})
	if x.Request.Header.Get(name) != v {
		return withoutCredentials(v)
	}
	return v
}

// hideQuery is hideHeader for a query option.
func hideQuery(name, v string) string {
	var r recording.Redactor
	u := "https://graph.microsoft.com/?" + url.QueryEscape(name) + "=" + url.QueryEscape(v)
	if x := r.Redact(recording.Exchange{Method: http.MethodGet, URL: u}); x.URL != u {
		return "(hidden)"
	}
	return v
}

// hideJSON hides what is secret in a wanted body.
func hideJSON(v any) any {
	doc, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var r recording.Redactor
	x := r.Redact(recording.Exchange{Request: recording.Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: doc}})
	if bytes.Equal(x.Request.Body, doc) {
		return v
	}
	hidden := bytes.ReplaceAll(x.Request.Body, []byte("REDACTED-"), []byte("WANTED-")) // no pseudonym of what was sent
	return json.RawMessage(hidden)
}

func (p *program) schemaCondition(r *Route, at string) (condition, error) {
	shape := schema.Create
	if strings.HasPrefix(strings.ToUpper(r.Route), "PATCH ") {
		shape = schema.Update
	}
	s, err := p.contract.Catalog().Schema(r.Match.Schema, p.contract.Mode(), shape)
	if err != nil {
		return condition{}, p.scenario.errorAt(at+".match.schema", "", "%w", err)
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

// textCondition is a compiled [Text].
type textCondition struct {
	Text
	want   string
	re     *regexp.Regexp
	not    *textCondition
	anyOf  []*textCondition
	option string // the query option whose comparison counts, "" for plain text
}

func compileText(t Text, option string) (*textCondition, error) {
	c := &textCondition{Text: t, option: option}
	var want []string
	if t.Equal != "" {
		want = append(want, t.Equal)
	}
	if t.Contains != "" {
		want = append(want, "contains "+t.Contains)
	}
	if t.Regexp != "" {
		re, err := regexp.Compile(t.Regexp)
		if err != nil {
			return nil, err
		}
		c.re = re
		want = append(want, "matches "+t.Regexp)
	}
	if t.Absent {
		want = append(want, "absent")
	}
	if t.Not != nil {
		not, err := compileText(*t.Not, option)
		if err != nil {
			return nil, err
		}
		c.not = not
		want = append(want, "not ("+not.want+")")
	}
	var any []string
	for _, o := range t.AnyOf {
		one, err := compileText(o, option)
		if err != nil {
			return nil, err
		}
		c.anyOf = append(c.anyOf, one)
		any = append(any, one.want)
	}
	if any != nil {
		want = append(want, strings.Join(any, " or "))
	}
	c.want = strings.Join(want, ", ")
	if c.want == "" {
		c.want = "present"
	}
	return c, nil
}

// refused says why none of the values will do, "" where one does.
func (t *textCondition) refused(values []string) string {
	if t.holds(values) {
		return ""
	}
	switch len(values) {
	case 0:
		return "absent, want " + t.want
	case 1:
		if values[0] == "" {
			return "got nothing, want " + t.want
		}
	}
	return fmt.Sprintf("got %s, want %s", short(text.Printable(strings.Join(values, ", "))), t.want)
}

func (t *textCondition) holds(values []string) bool {
	if t.not != nil && t.not.holds(values) {
		return false
	}
	if t.anyOf != nil && !slices.ContainsFunc(t.anyOf, func(o *textCondition) bool { return o.holds(values) }) {
		return false
	}
	if t.Absent {
		return len(values) == 0
	}
	plain := t.Equal != "" || t.Contains != "" || t.re != nil
	if !plain {
		return t.not != nil || t.anyOf != nil || len(values) > 0
	}
	return slices.ContainsFunc(values, func(v string) bool {
		return (t.Equal == "" || v == t.Equal || t.option != "" && odata.Same(t.option, v, t.Equal)) &&
			strings.Contains(v, t.Contains) && (t.re == nil || t.re.MatchString(v))
	})
}
