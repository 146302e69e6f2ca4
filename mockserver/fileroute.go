package mockserver

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// route decodes a route.
func (d *decoder) route(v value) Route {
	r := Route{Source: d.source(v)}
	var once value
	d.fields(v, []string{"route"}, []field{
		{"id", func(v value) { r.ID = d.name(v) }},
		{"route", func(v value) {
			if names := d.namesOf(v, 1); len(names) > 0 {
				r.Route, r.Also = names[0], slices.Clip(names[1:])
			}
			if len(r.Also) == 0 {
				r.Also = nil
			}
		}},
		{"match", func(v value) { r.Match = d.match(v) }},
		{"when", func(v value) { r.When = d.guard(v) }},
		{"requires", func(v value) { r.Requires = d.requires(v) }},
		{"per", func(v value) { r.Per = d.only(v, 0) }},
		{"priority", func(v value) { r.Priority = d.integer(v, -maxInt) }},
		{"reply", func(v value) {
			r.Replies = []Response{d.reply(v.as(strings.TrimSuffix(v.model, "reply") + "replies[0]"))}
		}},
		{"replies", func(v value) {
			if v.kind != kindList {
				d.want(v, "a list of replies")
				return
			}
			d.list(v, 1, func(v value) { r.Replies = append(r.Replies, d.reply(v)) })
		}},
		{"once", func(v value) {
			if d.bool(v) {
				once = v
			}
		}},
		{"exhausted", func(v value) {
			r.Exhausted = Exhausted(d.one(v, "stick", string(Fail), string(Next), string(Repeat)))
			if r.Exhausted == "stick" {
				r.Exhausted = Stick
			}
		}},
		{"limit", func(v value) { r.Limit = d.limit(v) }},
		{"validate", func(v value) { r.Requests = RequestMode(d.one(v, string(Report), string(Enforce), string(Off))) }},
		{"enforce", func(v value) {
			d.fields(v, nil, []field{{"retryAfter", func(v value) {
				r.EarlyRetry = EnforceNone
				if d.bool(v) {
					r.EarlyRetry = EnforceAll
				}
			}}})
		}},
		{"optional", func(v value) { r.Optional = d.bool(v) }},
		{"allowInvalid", func(v value) { r.AllowInvalid = d.name(v) }},
	})
	d.exclusive(v, "write all of them in replies", "reply", "replies")
	if once.node != nil {
		d.once(v, once, &r)
	}
	return r
}

// once makes a route answer one request.
func (d *decoder) once(v, once value, r *Route) {
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
func (d *decoder) requires(v value) (names []string) {
	switch {
	case v.kind == kindText && v.text == "issued":
		return []string{allIssued}
	case v.kind == kindMapping:
		d.each(v, func(name string, v value) {
			d.one(v, "issued")
			names = append(names, name)
		})
		return names
	case v.kind == kindList:
		return d.only(v, 1)
	}
	d.want(v, "the word issued, a list of parameters, or a mapping such as {op: issued}")
	return nil
}

// resolveRequires fills in what "requires: issued" stands for: the parameters of the route that some reply issues.
func (d *decoder) resolveRequires(v value, routes []Route) {
	var issued map[string]bool
	for i := range routes {
		r := &routes[i]
		if len(r.Requires) != 1 || r.Requires[0] != allIssued {
			continue
		}
		if issued == nil {
			issued = issuedBy(routes)
		}
		r.Requires = slices.DeleteFunc(parameters(r.Route), func(name string) bool { return !issued[name] })
		if requires := v.items[i].member("requires"); len(r.Requires) == 0 {
			d.fail(v.item(i).member(member{name: "requires", value: requires}), `a reply issues one with "issue: op" or the template {{newID "op"}}`, "no reply issues a parameter of %q", cut(r.Route))
		}
	}
}

// newID finds the parameters that templates issue, in JSON as well, where the quotes have backslashes.
var newID = regexp.MustCompile("newID\\s+\\\\?[\"`]([^\"`\\\\]+)")

// issuedBy are the parameters for which some reply issues ids.
func issuedBy(routes []Route) map[string]bool {
	issued := map[string]bool{}
	scan := func(text []byte) {
		for _, m := range newID.FindAllSubmatch(text, -1) {
			issued[string(m[1])] = true
		}
	}
	for _, route := range routes {
		for _, r := range route.Replies {
			if r.Issue != "" {
				issued[r.Issue] = true
			}
			if !r.Template {
				continue
			}
			for _, values := range r.Header {
				for _, value := range values {
					scan([]byte(value))
				}
			}
			scan(r.Body)
			if raw, ok := r.JSON.(json.RawMessage); ok {
				scan(raw)
			}
			for _, value := range r.Set {
				scan(value.(json.RawMessage))
			}
		}
	}
	return issued
}

// parameters are those of a route, in their order.
func parameters(route string) (names []string) {
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
func (d *decoder) limit(v value) *Limit {
	var l Limit
	d.fields(v, []string{"requests", "window"}, []field{
		{"requests", func(v value) { l.Requests = d.integer(v, 1) }},
		{"window", func(v value) { l.Window = d.duration(v) }},
		{"key", func(v value) { l.Key = d.namesOf(v, 1) }},
		{"retryAfter", func(v value) { l.RetryAfter = d.duration(v) }},
	})
	return &l
}

// match decodes what a request has to be.
func (d *decoder) match(v value) Match {
	var m Match
	d.fields(v, nil, []field{
		{"query", func(v value) {
			m.Query = map[string]Text{}
			d.each(v, func(name string, v value) { m.Query[name] = d.condition(v) })
		}},
		{"headers", func(v value) {
			m.Header = map[string]Text{}
			d.headers(v, func(name string, v value) { m.Header[name] = d.condition(v) })
		}},
		{"json", func(v value) { m.JSON = json.RawMessage(d.json(v)) }},
		{"jsonEqual", func(v value) { m.JSONEqual = json.RawMessage(d.json(v)) }},
		{"at", func(v value) { m.At = d.pointers(v) }},
		{"schema", func(v value) { m.Schema = d.name(v) }},
		{"body", func(v value) {
			text := d.condition(v)
			m.Body = &text
		}},
	})
	return m
}

// pointers decodes values by JSON pointers.
func (d *decoder) pointers(v value) map[string]any {
	values := map[string]any{}
	if v.kind != kindMapping {
		d.want(v, "a mapping from JSON pointers to values")
		return values
	}
	for _, m := range v.members {
		child := v.member(m)
		d.place(child)
		d.pointer(child, m.name)
		values[m.name] = json.RawMessage(d.json(child))
	}
	return values
}

// condition decodes a condition on a text.
func (d *decoder) condition(v value) Text {
	const emptyHint = `write {regexp: "^$"} for the empty text`
	var t Text
	text := func(v value) string {
		s := d.text(v)
		if v.isScalar() && s == "" {
			d.fail(v, emptyHint, "the text is empty, and would take any")
		}
		return s
	}
	anyOf := func(v value) {
		if v.kind != kindList {
			d.want(v, "a list")
			return
		}
		d.list(v, 1, func(v value) { t.AnyOf = append(t.AnyOf, d.condition(v)) })
	}
	switch {
	case v.kind == kindList:
		anyOf(v)
	case v.kind == kindText && v.text == "present":
	case v.kind == kindText && v.text == "absent":
		t.Absent = true
	case v.isScalar():
		t.Equal = text(v)
	case v.kind == kindNull:
		d.fail(v, "write present or absent", "want a condition on a text, got nothing")
	default:
		d.fields(v, nil, []field{
			{"equal", func(v value) { t.Equal = text(v) }},
			{"contains", func(v value) { t.Contains = text(v) }},
			{"regexp", func(v value) {
				t.Regexp = text(v)
				if _, err := regexp.Compile(t.Regexp); err != nil {
					d.failAt(v.position, v, "", err, "%v", err)
				}
			}},
			{"absent", func(v value) { t.Absent = d.bool(v) }},
			{"not", func(v value) {
				not := d.condition(v)
				t.Not = &not
			}},
			{"anyOf", anyOf},
		})
	}
	return t
}
