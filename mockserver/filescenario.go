package mockserver

import (
	"fmt"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// decode makes a scenario of a file, or of what a variant made of it. prefix is what paths in messages begin with.
func (l *fileLoader) decode(root *tree.Node, prefix, name string) Scenario {
	d := &fileDecoder{fileLoader: l, prefix: prefix, places: map[string]string{}, written: map[string]string{}}
	s := Scenario{Name: name}
	v := fileValue{Node: root}
	var routes fileValue
	var operations []fileValue
	d.fields(v, nil, []fileField{
		{"version", func(fileValue) {}}, // isVersion1 has looked at it
		{"name", func(v fileValue) { s.Name = d.name(v) }},
		{"description", func(v fileValue) { d.text(v) }},
		{"host", func(v fileValue) { s.Host = d.name(v) }},
		{"vars", func(v fileValue) {
			s.Vars = map[string]string{}
			d.each(v, func(name string, v fileValue) { s.Vars[name] = d.text(v) })
		}},
		{"machines", func(v fileValue) { d.each(v, func(name string, v fileValue) { d.machine(&s, name, v) }) }},
		{"state", func(v fileValue) { d.each(v, func(name string, v fileValue) { d.variable(&s, name, v) }) }},
		{"routes", func(v fileValue) {
			if v.Kind != tree.List {
				d.fail(v, `such as [{route: GET /me, reply: {status: 200}}]`, "want a list of routes, got %v", v.Node)
				return
			}
			routes = v
			d.list(v, 0, func(v fileValue) { s.Routes = append(s.Routes, d.route(v)) })
		}},
		{"operation", func(v fileValue) { d.list(v, 1, func(v fileValue) { operations = append(operations, v) }) }},
		{"expect", func(v fileValue) { s.Expect = d.expect(v) }},
		{"auth", func(v fileValue) { s.Auth = d.auth(v) }},
		{"variants", func(v fileValue) {
			d.each(v, func(_ string, v fileValue) {
				if v.Kind != tree.Mapping {
					d.want(v, "a mapping from paths to values")
				}
			})
		}},
	})
	for _, v := range operations { // after the routes, so that these have the same numbers as in the file
		s.Routes = d.operation(s.Routes, v)
	}
	d.resolveRequires(routes, s.Routes)
	s.places, s.written = d.places, d.written
	return s
}

// machine decodes an entry of machines: its states, or more about it.
func (d *fileDecoder) machine(s *Scenario, name string, v fileValue) {
	var m Machine
	if v.Kind == tree.List {
		m.States = d.only(d.as(v, v.model+".states"), 1)
	} else {
		d.fields(v, []string{"states"}, []fileField{
			{"states", func(v fileValue) { m.States = d.only(v, 1) }},
			{"initial", func(v fileValue) { m.Initial = d.name(v) }},
			{"per", func(v fileValue) { m.Per = d.only(v, 0) }},
		})
	}
	d.addState(s, name, m, v)
}

// variable decodes an entry of state: its first value, or more about it.
func (d *fileDecoder) variable(s *Scenario, name string, v fileValue) {
	var m Machine
	if v.Kind == tree.Mapping {
		d.fields(v, nil, []fileField{
			{"initial", func(v fileValue) { m.Initial = d.text(v) }},
			{"per", func(v fileValue) { m.Per = d.only(v, 0) }},
		})
	} else {
		m.Initial = d.text(v)
	}
	d.addState(s, name, m, v)
}

func (d *fileDecoder) addState(s *Scenario, name string, m Machine, v fileValue) {
	switch _, twice := s.State[name]; {
	case name == "all" || name == "any" || name == "not":
		d.failKey(v, "", "no machine can be called %q, which has a meaning in when and until", name)
	case twice:
		d.failKey(v, "one of both is enough", "%q is in both machines and state", tree.Short(name))
	default:
		if s.State == nil {
			s.State = map[string]Machine{}
		}
		s.State[name] = m
	}
}

// guard decodes a condition on the state. A list of states becomes an item of all, after those that are written.
func (d *fileDecoder) guard(v fileValue) Guard {
	var g Guard
	if v.Kind != tree.Mapping {
		d.fail(v, "such as {light: green}, or {any: [{light: red}, {light: green}]}", "want a mapping from machines to states, got %v", v.Node)
		return g
	}
	all := 0
	if written := v.Member("all"); written != nil {
		all = len(written.Items)
	}
	var lists []Guard
	d.each(v, func(name string, member fileValue) {
		switch {
		case name == "all":
			g.All = d.guards(member)
		case name == "any":
			g.Any = d.guards(member)
		case name == "not":
			not := d.guard(member)
			g.Not = &not
		case member.Kind == tree.List:
			lists = append(lists, d.anyState(member, name, fmt.Sprintf("%s.all[%d]", v.model, all+len(lists))))
		default:
			if g.Is == nil {
				g.Is = map[string]string{}
			}
			g.Is[name] = d.text(member)
		}
	})
	g.All = append(g.All, lists...)
	return g
}

// guards decodes a list of conditions on the state.
func (d *fileDecoder) guards(v fileValue) (guards []Guard) {
	if v.Kind != tree.List {
		d.want(v, "a list")
		return nil
	}
	d.list(v, 1, func(v fileValue) { guards = append(guards, d.guard(v)) })
	return guards
}

// anyState decodes a list of states, any of which the machine may be in. model is what the guard is called.
func (d *fileDecoder) anyState(v fileValue, machine, model string) (g Guard) {
	d.list(v, 1, func(v fileValue) {
		v = d.as(v, fmt.Sprintf("%s.any[%d].%s", model, len(g.Any), machine))
		g.Any = append(g.Any, Guard{Is: map[string]string{machine: d.text(v)}})
	})
	return g
}

// expect decodes what the client must do.
func (d *fileDecoder) expect(v fileValue) Expect {
	var e Expect
	d.each(v, func(name string, v fileValue) {
		switch name {
		case "order":
			e.Order = d.only(v, 1)
		case "retryAfter":
			d.one(v, "honoured")
			e.RetryAfter = true
		case "inFlight":
			e.InFlight = d.integer(v, 1)
		default:
			if e.Routes == nil {
				e.Routes = map[string]Calls{}
			}
			e.Routes[name] = d.calls(v)
		}
	})
	return e
}

// auth decodes what requests must have to be answered.
func (d *fileDecoder) auth(v fileValue) *Auth {
	a := &Auth{}
	d.fields(v, nil, []fileField{
		{"token", func(v fileValue) {
			d.fields(v, nil, []fileField{{"lifetime", func(v fileValue) { a.Lifetime = d.lifetime(v) }}})
		}},
		{"require", func(v fileValue) { a.Require = d.only(v, 0) }},
		{"grant", func(v fileValue) { a.Grant = d.only(v, 0) }},
	})
	return a
}

// lifetime decodes how long something lasts, which is not 0: that is the default in a Go scenario.
func (d *fileDecoder) lifetime(v fileValue) time.Duration {
	lasts, ok := d.readDuration(v)
	if ok && lasts == 0 {
		d.fail(v, "leave the key out for an hour", "want a duration above 0, got %v", v.Node)
	}
	return lasts
}

// calls decodes how often a route is asked: a number, or more about it.
func (d *fileDecoder) calls(v fileValue) Calls {
	if v.Kind == tree.Number {
		n := d.integer(v, 0)
		return Calls{Min: n, Max: n, Never: n == 0}
	}
	if v.Kind != tree.Mapping {
		d.want(v, "a number of requests, or a mapping such as {min: 3}")
		return Calls{}
	}
	var c Calls
	d.fields(v, nil, []fileField{
		{"min", func(v fileValue) { c.Min = d.integer(v, 0) }},
		{"max", func(v fileValue) {
			if v.Kind == tree.Number && v.Text == "0" {
				d.fail(v, `write "never: true"`, "want at least 1, got 0")
				return
			}
			c.Max = d.integer(v, 1)
		}},
		{"never", func(v fileValue) { c.Never = d.bool(v) }},
		{"interval", func(v fileValue) { c.Interval = d.duration(v) }},
		{"inFlight", func(v fileValue) { c.InFlight = d.integer(v, 1) }},
	})
	return c
}

// exclusive tells of all but the first of keys that exclude each other.
func (d *fileDecoder) exclusive(v fileValue, why string, keys ...string) {
	first := ""
	for _, m := range v.Members {
		for _, key := range keys {
			switch {
			case m.Name != key:
			case first == "":
				first = key
			default:
				d.failKey(v.member(m), why, "%q cannot be there together with %q", key, first)
			}
		}
	}
}
