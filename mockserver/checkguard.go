package mockserver

import "slices"

// alternation is a guard as alternatives, each of which is a list of states that all have to be so.
type alternation [][]stateIs

// stateIs says that a machine is, or is not, in a state.
type stateIs struct {
	machine, state string
	not            bool
}

// maxAlternatives bounds what guards are written out to; of more, nothing is known.
const maxAlternatives = 256

// alternatives writes a guard out, or its opposite. ok is false where that becomes too much.
func (g Guard) alternatives(opposite bool, depth int) (out alternation, ok bool) {
	if depth > maxNested {
		return nil, false
	}
	var parts []alternation
	for machine, state := range g.Is {
		parts = append(parts, alternation{{{machine, state, opposite}}})
	}
	for _, part := range g.All {
		alt, ok := part.alternatives(opposite, depth+1)
		if !ok {
			return nil, false
		}
		parts = append(parts, alt)
	}
	if len(g.Any) > 0 {
		var alts []alternation
		for _, part := range g.Any {
			alt, ok := part.alternatives(opposite, depth+1)
			if !ok {
				return nil, false
			}
			alts = append(alts, alt)
		}
		alt, ok := combine(alts, !opposite)
		if !ok {
			return nil, false
		}
		parts = append(parts, alt)
	}
	if g.Not != nil {
		alt, ok := g.Not.alternatives(!opposite, depth+1)
		if !ok {
			return nil, false
		}
		parts = append(parts, alt)
	}
	return combine(parts, opposite)
}

// combine makes one alternation of several, of which one has to hold, or else all.
func combine(parts []alternation, either bool) (out alternation, ok bool) {
	if either {
		out = slices.Concat(parts...)
		return out, len(out) <= maxAlternatives
	}
	out = alternation{nil}
	for _, part := range parts {
		if len(out)*len(part) > maxAlternatives {
			return nil, false
		}
		var next alternation
		for _, a := range out {
			for _, b := range part {
				next = append(next, slices.Concat(a, b))
			}
		}
		out = next
	}
	return out, true
}

// possible says whether a list of states can be so at the same time.
func (c *checker) possible(states []stateIs) bool {
	if len(states) == 0 {
		return true
	}
	is := map[string]string{}
	for _, s := range states {
		if s.not {
			continue
		}
		if other, ok := is[s.machine]; ok && other != s.state {
			return false
		}
		is[s.machine] = s.state
	}
	isNot := map[string][]string{}
	for _, s := range states {
		if !s.not {
			continue
		}
		if state, ok := is[s.machine]; ok && state == s.state {
			return false
		}
		isNot[s.machine] = append(isNot[s.machine], s.state)
	}
	for machine, not := range isNot {
		known := c.scenario.State[machine].States
		if len(known) > 0 && !slices.ContainsFunc(known, func(s string) bool { return !slices.Contains(not, s) }) {
			return false
		}
	}
	return true
}

// neverHolds checks that the guard of a route can hold.
func (c *checker) neverHolds(p *routePaths) {
	if p.known && !slices.ContainsFunc(p.states, c.possible) {
		c.errorf(p.at+".when", "it asks for states that exclude one another", "the guard never holds")
	}
}

// statesApart says whether the guards of two routes cannot hold for the same request. Where a template names the instance of a
// machine by another segment than the other does, their states have nothing to do with each other.
func (c *checker) statesApart(a, b *routePaths, ta, tb pathTemplate) bool {
	if !a.known || !b.known {
		return false
	}
	shared := func(s stateIs) bool {
		return !slices.ContainsFunc(c.scenario.State[s.machine].Per, func(name string) bool {
			i := slices.Index(ta.names, name)
			return i < 0 || i != slices.Index(tb.names, name)
		})
	}
	for _, x := range a.states {
		for _, y := range b.states {
			together := slices.Clone(x)
			for _, s := range y {
				if shared(s) {
					together = append(together, s)
				}
			}
			if c.possible(x) && c.possible(y) && c.possible(together) {
				return false
			}
		}
	}
	return true
}
