package mockserver

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// route decodes a route.
func (d *fileDecoder) route(v fileValue) Route {
	r := Route{Source: d.source(v)}
	if v.IsScalar() {
		d.fail(v, fmt.Sprintf("write {route: %v}", v.Node), "want a mapping, got %v", v.Node)
		return r
	}
	var once fileValue
	d.fields(v, []string{"route"}, []fileField{
		{"id", func(v fileValue) { r.ID = d.name(v) }},
		{"route", func(v fileValue) {
			r.Route, r.Also = d.templates(v)
		}},
		{"match", func(v fileValue) { r.Match = d.match(v) }},
		{"when", func(v fileValue) { r.When = d.guard(v) }},
		{"requires", func(v fileValue) { r.Requires = d.requires(v) }},
		{"per", func(v fileValue) { r.Per = d.only(v, 0) }},
		{"priority", func(v fileValue) { r.Priority = d.integer(v, -maxFileInt) }},
		{"reply", func(v fileValue) {
			r.Replies = []Response{d.reply(d.as(v, strings.TrimSuffix(v.model, "reply")+"replies[0]"))}
		}},
		{"replies", func(v fileValue) {
			if v.Kind != tree.List {
				d.want(v, "a list of replies")
				return
			}
			d.list(v, 1, func(v fileValue) { r.Replies = append(r.Replies, d.reply(v)) })
		}},
		{"once", func(v fileValue) {
			if d.bool(v) {
				once = v
			}
		}},
		{"exhausted", func(v fileValue) {
			r.Exhausted = Exhausted(d.one(v, "stick", string(Fail), string(Next), string(Repeat)))
			if r.Exhausted == "stick" {
				r.Exhausted = Stick
			}
		}},
		{"limit", func(v fileValue) { r.Limit = d.limit(v) }},
		{"validate", func(v fileValue) { r.Requests = RequestMode(d.one(v, string(Report), string(Enforce), string(Off))) }},
		{"enforce", func(v fileValue) {
			d.fields(v, nil, []fileField{{"retryAfter", func(v fileValue) {
				r.EarlyRetry = EnforceNone
				if d.bool(v) {
					r.EarlyRetry = EnforceAll
				}
			}}})
		}},
		{"optional", func(v fileValue) { r.Optional = d.bool(v) }},
		{"allowInvalid", func(v fileValue) { r.AllowInvalid = d.name(v) }},
	})
	d.exclusive(v, "write all of them in replies", "reply", "replies")
	if once.Node != nil {
		d.once(v, once, &r)
	}
	return r
}

// templates decodes the method and path of a route, and its further paths.
func (d *fileDecoder) templates(v fileValue) (route string, also []string) {
	names := d.namesOf(v, 1)
	if v.Kind == tree.List {
		for i := range names {
			model := v.model
			if i > 0 {
				model = fmt.Sprintf("%s.also[%d]", strings.TrimSuffix(v.model, ".route"), i-1)
			}
			d.as(v.item(i), model)
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	return names[0], append(also, names[1:]...)
}

// once makes a route answer one request.
func (d *fileDecoder) once(v, once fileValue, r *Route) {
	d.exclusive(v, "once says what happens then: the next request is unexpected", "once", "exhausted")
	if len(r.Replies) != 1 {
		d.fail(once, "use times, and exhausted: fail", "once needs one reply, got %d", len(r.Replies))
		return
	}
	if reply := &r.Replies[0]; reply.Times > 0 || reply.For > 0 || !reply.Until.always() {
		d.fail(once, "use exhausted: fail instead", "once cannot be there together with times, for or until of the reply")
	} else {
		reply.Times, r.Exhausted = 1, Fail
	}
}

// allIssued stands for what resolveRequires fills in. No parameter is called so.
const allIssued = "{issued}"

// requires decodes the parameters whose values have to be issued.
func (d *fileDecoder) requires(v fileValue) (names []string) {
	switch {
	case v.Kind == tree.Text && v.Text == "issued":
		return []string{allIssued}
	case v.Kind == tree.Mapping:
		d.each(v, func(name string, v fileValue) {
			d.one(v, "issued")
			names = append(names, name)
		})
		return names
	case v.Kind == tree.List:
		return d.only(v, 1)
	}
	d.want(v, "the word issued, a list of parameters, or a mapping such as {op: issued}")
	return nil
}

// resolveRequires fills in what "requires: issued" stands for: the parameters of the route that some reply issues.
func (d *fileDecoder) resolveRequires(v fileValue, routes []Route) {
	var issued map[string]bool
	for i := range routes {
		r := &routes[i]
		if len(r.Requires) != 1 || r.Requires[0] != allIssued {
			continue
		}
		if issued == nil {
			issued = (&Scenario{Routes: routes}).survey().issued
		}
		r.Requires = slices.DeleteFunc(routeParameters(r.Route), func(name string) bool { return !issued[name] })
		if requires := v.Items[i].Member("requires"); len(r.Requires) == 0 {
			d.fail(v.item(i).member(tree.Member{Name: "requires", Value: requires}), `a reply issues one with "issue: op" or the template {{newID "op"}}`, "no reply issues a parameter of %q", tree.Short(r.Route))
		}
	}
}

// routeParameters are those of a route, in their order.
func routeParameters(route string) (names []string) {
	for {
		_, rest, ok := strings.Cut(route, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return names
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		route = after
	}
}

// limit decodes a throttle.
func (d *fileDecoder) limit(v fileValue) *Limit {
	var l Limit
	d.fields(v, []string{"requests", "window"}, []fileField{
		{"requests", func(v fileValue) { l.Requests = d.integer(v, 1) }},
		{"window", func(v fileValue) { l.Window = d.duration(v) }},
		{"key", func(v fileValue) { l.Key = d.namesOf(v, 1) }},
		{"retryAfter", func(v fileValue) { l.RetryAfter = d.duration(v) }},
	})
	return &l
}

// match decodes what a request has to be.
func (d *fileDecoder) match(v fileValue) Match {
	var m Match
	d.fields(v, nil, []fileField{
		{"query", func(v fileValue) {
			m.Query = map[string]Text{}
			d.each(v, func(name string, v fileValue) { m.Query[name] = d.condition(v) })
		}},
		{"headers", func(v fileValue) {
			m.Header = map[string]Text{}
			d.headers(v, func(name string, v fileValue) { m.Header[name] = d.condition(v) })
		}},
		{"json", func(v fileValue) { m.JSON = json.RawMessage(d.json(v)) }},
		{"jsonEqual", func(v fileValue) { m.JSONEqual = json.RawMessage(d.json(v)) }},
		{"at", func(v fileValue) { m.At = d.pointers(v) }},
		{"schema", func(v fileValue) { m.Schema = d.name(v) }},
		{"body", func(v fileValue) {
			text := d.condition(v)
			m.Body = &text
		}},
	})
	return m
}

// pointers decodes values by JSON pointers.
func (d *fileDecoder) pointers(v fileValue) map[string]any {
	values := map[string]any{}
	if v.Kind != tree.Mapping {
		d.want(v, "a mapping from JSON pointers to values")
		return values
	}
	for _, m := range v.Members {
		child := v.member(m)
		d.place(child)
		d.pointer(child, m.Name)
		values[m.Name] = json.RawMessage(d.json(child))
	}
	return values
}

// condition decodes a condition on a text.
func (d *fileDecoder) condition(v fileValue) Text {
	const emptyHint = `write {regexp: "^$"} for the empty text`
	var t Text
	text := func(v fileValue) string {
		s := d.text(v)
		if v.IsScalar() && s == "" {
			d.fail(v, emptyHint, "the text is empty, and would take any")
		}
		return s
	}
	anyOf := func(v fileValue) {
		if v.Kind != tree.List {
			d.want(v, "a list")
			return
		}
		d.list(v, 1, func(v fileValue) { t.AnyOf = append(t.AnyOf, d.condition(v)) })
	}
	switch {
	case v.Kind == tree.List:
		anyOf(d.as(v, v.model+".anyOf"))
	case v.Kind == tree.Text && v.Text == "present":
	case v.Kind == tree.Text && v.Text == "absent":
		t.Absent = true
	case v.IsScalar():
		t.Equal = text(v)
	case v.Kind == tree.Null:
		d.fail(v, "write present or absent", "want a condition on a text, got nothing")
	default:
		d.fields(v, nil, []fileField{
			{"equal", func(v fileValue) { t.Equal = text(v) }},
			{"contains", func(v fileValue) { t.Contains = text(v) }},
			{"regexp", func(v fileValue) {
				t.Regexp = text(v)
				if _, err := regexp.Compile(t.Regexp); err != nil {
					d.failAt(v.Position, v, "", err, "%v", err)
				}
			}},
			{"absent", func(v fileValue) { t.Absent = d.bool(v) }},
			{"not", func(v fileValue) {
				not := d.condition(v)
				t.Not = &not
			}},
			{"anyOf", anyOf},
		})
	}
	return t
}
