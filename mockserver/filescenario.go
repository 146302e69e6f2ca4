package mockserver

// decode makes a scenario of a file, or of what a variant made of it. prefix is what paths in messages begin with.
func (l *loader) decode(root *node, prefix, name string) Scenario {
	d := &decoder{loader: l, prefix: prefix, places: map[string]string{}}
	s := Scenario{Name: name}
	v := value{node: root}
	var routes value
	var operations []value
	d.fields(v, nil, []field{
		{"version", func(value) {}}, // isVersion1 has looked at it
		{"name", func(v value) { s.Name = d.name(v) }},
		{"description", func(v value) { d.text(v) }},
		{"host", func(v value) { s.Host = d.name(v) }},
		{"vars", func(v value) {
			s.Vars = map[string]string{}
			d.each(v, func(name string, v value) { s.Vars[name] = d.text(v) })
		}},
		{"machines", func(v value) { d.each(v, func(name string, v value) { d.machine(&s, name, v) }) }},
		{"state", func(v value) { d.each(v, func(name string, v value) { d.variable(&s, name, v) }) }},
		{"routes", func(v value) {
			if v.kind != kindList {
				d.want(v, "a list of routes")
				return
			}
			routes = v
			d.list(v, 0, func(v value) { s.Routes = append(s.Routes, d.route(v)) })
		}},
		{"operation", func(v value) { d.list(v, 1, func(v value) { operations = append(operations, v) }) }},
		{"expect", func(v value) { s.Expect = d.expect(v) }},
		{"variants", func(v value) {
			d.each(v, func(_ string, v value) {
				if v.kind != kindMapping {
					d.want(v, "a mapping from paths to values")
				}
			})
		}},
	})
	for _, v := range operations { // after the routes, so that these have the same numbers as in the file
		s.Routes = d.operation(s.Routes, v)
	}
	d.resolveRequires(routes, s.Routes)
	s.places = d.places
	return s
}

// machine decodes an entry of machines: its states, or more about it.
func (d *decoder) machine(s *Scenario, name string, v value) {
	var m Machine
	if v.kind == kindList {
		m.States = d.only(v.as(v.model+".states"), 1)
	} else {
		d.fields(v, []string{"states"}, []field{
			{"states", func(v value) { m.States = d.only(v, 1) }},
			{"initial", func(v value) { m.Initial = d.name(v) }},
			{"per", func(v value) { m.Per = d.only(v, 0) }},
		})
	}
	d.addState(s, name, m, v)
}

// variable decodes an entry of state: its first value, or more about it.
func (d *decoder) variable(s *Scenario, name string, v value) {
	var m Machine
	if v.kind == kindMapping {
		d.fields(v, nil, []field{
			{"initial", func(v value) { m.Initial = d.text(v) }},
			{"per", func(v value) { m.Per = d.only(v, 0) }},
		})
	} else {
		m.Initial = d.text(v)
	}
	d.addState(s, name, m, v)
}

func (d *decoder) addState(s *Scenario, name string, m Machine, v value) {
	switch _, twice := s.State[name]; {
	case name == "all" || name == "any" || name == "not":
		d.failKey(v, "", "no machine can be called %q, which has a meaning in when and until", name)
	case twice:
		d.failKey(v, "one of both is enough", "%q is in both machines and state", cut(name))
	default:
		if s.State == nil {
			s.State = map[string]Machine{}
		}
		s.State[name] = m
	}
}

// guard decodes a condition on the state.
func (d *decoder) guard(v value) Guard {
	var g Guard
	guards := func(v value) (list []Guard) {
		if v.kind != kindList {
			d.want(v, "a list")
			return nil
		}
		d.list(v, 1, func(v value) { list = append(list, d.guard(v)) })
		return list
	}
	var lists, all []Guard
	d.each(v, func(name string, v value) {
		switch {
		case name == "all":
			all = guards(v)
		case name == "any":
			g.Any = guards(v)
		case name == "not":
			not := d.guard(v)
			g.Not = &not
		case v.kind == kindList:
			var any Guard
			d.list(v, 1, func(v value) { any.Any = append(any.Any, Guard{Is: map[string]string{name: d.text(v)}}) })
			lists = append(lists, any)
		default:
			if g.Is == nil {
				g.Is = map[string]string{}
			}
			g.Is[name] = d.text(v)
		}
	})
	g.All = append(lists, all...)
	return g
}

// expect decodes what the client must do.
func (d *decoder) expect(v value) Expect {
	var e Expect
	d.each(v, func(name string, v value) {
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
			v = v.as("expect.routes." + name)
			d.place(v)
			e.Routes[name] = d.calls(v)
		}
	})
	return e
}

// calls decodes how often a route is asked: a number, or more about it.
func (d *decoder) calls(v value) Calls {
	if v.kind == kindNumber {
		n := d.integer(v, 0)
		return Calls{Min: n, Max: n, Never: n == 0}
	}
	if v.kind != kindMapping {
		d.want(v, "a number of requests, or a mapping such as {min: 3}")
		return Calls{}
	}
	var c Calls
	d.fields(v, nil, []field{
		{"min", func(v value) { c.Min = d.integer(v, 0) }},
		{"max", func(v value) {
			if v.kind == kindNumber && v.text == "0" {
				d.fail(v, `write "never: true"`, "want at least 1, got 0")
				return
			}
			c.Max = d.integer(v, 1)
		}},
		{"never", func(v value) { c.Never = d.bool(v) }},
		{"interval", func(v value) { c.Interval = d.duration(v) }},
		{"inFlight", func(v value) { c.InFlight = d.integer(v, 1) }},
	})
	return c
}

// exclusive tells of all but the first of keys that exclude each other.
func (d *decoder) exclusive(v value, why string, keys ...string) {
	first := ""
	for _, m := range v.members {
		for _, key := range keys {
			switch {
			case m.name != key:
			case first == "":
				first = key
			default:
				d.failKey(v.member(m), why, "%q cannot be there together with %q", key, first)
			}
		}
	}
}
