package mockserver

import "slices"

// reach notes the states that machines can be in: those they begin in, and those to which replies change them that can be given. A state
// that nothing enters counts as well: it is said where it is asked for, and what follows from it need not be.
func (c *checker) reach() {
	v := &c.survey
	if v.anything || len(c.scenario.State) == 0 {
		return
	}
	v.reached = map[string]map[string]bool{}
	for name, m := range c.scenario.State {
		v.enter(v.reached, c.scenario, name, m.initial())
	}
	for machine, states := range v.asked {
		for state := range states {
			if !v.entered[machine][state] {
				v.note(v.reached, machine, state)
			}
		}
	}
	for more := true; more; {
		more = false
		for i := range c.routes {
			more = c.reachBy(&c.routes[i]) || more
		}
	}
}

// reachBy notes the states to which the replies of a route change machines, and says whether there is a new one.
func (c *checker) reachBy(p *routePaths) (isNew bool) {
	if p.known && !c.attainable(p.states) {
		return false
	}
	for j := range p.Replies {
		r := &p.Replies[j]
		for machine, state := range r.Change {
			if !c.survey.reached[machine][state] {
				c.survey.enter(c.survey.reached, c.scenario, machine, state)
				isNew = true
			}
		}
		if !c.ends(r) {
			break
		}
	}
	return isNew
}

// ends says whether the reply after r may be given.
func (c *checker) ends(r *Response) bool {
	if r.Times > 0 || r.For > 0 || r.Until.always() {
		return true
	}
	states, known := r.Until.alternatives(false, 0)
	return !known || c.attainable(states)
}

// attainable says whether machines may be in the states of an alternative. What a variable is, and what no machine is in, may always be.
func (c *checker) attainable(alternatives alternation) bool {
	return slices.ContainsFunc(alternatives, func(states []stateIs) bool {
		return !slices.ContainsFunc(states, func(s stateIs) bool { return !s.not && c.neverIn(s.machine, s.state) })
	})
}

// neverIn says whether a machine is never in a state.
func (c *checker) neverIn(machine, state string) bool {
	return c.survey.reached != nil && len(c.scenario.State[machine].States) > 0 && !c.survey.reached[machine][state]
}
