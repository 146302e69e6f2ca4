package mockserver

import (
	"fmt"
	"slices"
)

// maxNested is how deep guards and texts may be nested. Deeper ones contain themselves, or cannot be read by people.
const maxNested = 16

// survey is what has to be known of the whole scenario before its parts are looked at.
type survey struct {
	entered  map[string]map[string]bool // states that machines begin in or are changed to
	reached  map[string]map[string]bool // states that they can be in, see reach; nil: that is not known
	asked    map[string]map[string]bool // states that guards ask for
	used     map[string]bool            // machines
	issued   map[string]bool            // parameters
	anything bool                       // a function makes replies, so that there is no telling what they issue and change

	issuesAny bool                     // a template issues ids for what is no constant
	read      map[string]namedTemplate // templates by text
}

func (s *Scenario) survey() survey {
	v := survey{
		entered: map[string]map[string]bool{}, asked: map[string]map[string]bool{},
		used: map[string]bool{}, issued: map[string]bool{},
	}
	for name, m := range s.State {
		v.enter(v.entered, s, name, m.initial())
	}
	for i := range s.Routes {
		r := &s.Routes[i]
		v.guard(r.When, 0)
		for j := range r.Replies {
			reply := &r.Replies[j]
			v.guard(reply.Until, 0)
			v.anything = v.anything || reply.Func != nil
			for name, state := range reply.Change {
				v.used[name] = true
				v.enter(v.entered, s, name, state)
			}
			if reply.Issue != "" {
				v.issued[reply.Issue] = true
			}
			v.templates(s, reply)
		}
	}
	return v
}

func (v *survey) note(states map[string]map[string]bool, machine, state string) {
	if states[machine] == nil {
		states[machine] = map[string]bool{}
	}
	states[machine][state] = true
}

// enter notes a state that a machine enters. One that it does not know may be any of its states, misspelt.
func (v *survey) enter(states map[string]map[string]bool, s *Scenario, machine, state string) {
	v.note(states, machine, state)
	if known := s.State[machine].States; !slices.Contains(known, state) {
		for _, other := range known {
			v.note(states, machine, other)
		}
	}
}

func (v *survey) guard(g Guard, depth int) {
	if depth > maxNested {
		return
	}
	for name, state := range g.Is {
		v.used[name] = true
		v.note(v.asked, name, state)
	}
	for _, part := range slices.Concat(g.All, g.Any) {
		v.guard(part, depth+1)
	}
	if g.Not != nil {
		v.guard(*g.Not, depth+1)
	}
}

// notSeen is the hint of what would be no mistake if the test itself set the state.
const notSeen = "let a reply change it to that; if the test does by Server.SetState, which cannot be seen here, leave the states of the machine out"

func (c *checker) machines() {
	for _, name := range sortedKeys(c.scenario.State) {
		m := c.scenario.State[name]
		at := "state." + name
		if m.States != nil {
			at = "machines." + name
		}
		for j, state := range m.States {
			path := fmt.Sprintf("%s.states[%d]", at, j)
			switch {
			case state == "":
				c.errorf(path, "", "a state of machine %q has no name", name)
			case slices.Contains(m.States[:j], state):
				c.errorf(path, "", "state %q of machine %q is there twice", state, name)
			case !c.survey.used[name] || c.survey.anything: // the one is said once, of the other nothing is known
			case !c.survey.entered[name][state] && !c.survey.asked[name][state]:
				c.errorf(path, notSeen, "state %q of machine %q is never entered", state, name)
			}
		}
		if len(m.States) > 0 && m.Initial != "" {
			c.state(at+".initial", name, m.Initial)
		}
		for j, p := range m.Per {
			if slices.Contains(m.Per[:j], p) {
				c.errorf(fmt.Sprintf("%s.per[%d]", at, j), "", "the parameter %q is there twice", p)
			}
		}
		if !c.survey.used[name] && !c.survey.anything {
			c.errorf(at, "no guard asks for it, and no reply changes it", "machine %q is never used", name)
		}
	}
}

// guard checks the machines and states that a guard of a route asks for.
func (c *checker) guard(p *routePaths, path string, g Guard) {
	if g.always() {
		return
	}
	c.guardBelow(p, path, g, 0)
}

func (c *checker) guardBelow(p *routePaths, path string, g Guard, depth int) {
	if depth > maxNested {
		c.errorf(path, "", "the guard is nested more than %d deep", maxNested)
		return
	}
	for _, name := range sortedKeys(g.Is) {
		state := g.Is[name]
		at := path + "." + name
		if !c.machine(p, at, name) || !c.state(at, name, state) {
			continue
		}
		if len(c.scenario.State[name].States) > 0 && !c.survey.entered[name][state] && !c.survey.anything {
			c.errorf(at, notSeen, "machine %q never enters state %q", name, state)
		} else if c.neverIn(name, state) {
			c.errorf(at, notSeen, "machine %q never enters state %q: the replies that change it to that wait for states that never come", name, state)
		}
	}
	for j, part := range g.All {
		c.guardBelow(p, fmt.Sprintf("%s.all[%d]", path, j), part, depth+1)
	}
	for j, part := range g.Any {
		c.guardBelow(p, fmt.Sprintf("%s.any[%d]", path, j), part, depth+1)
	}
	if g.Not != nil {
		c.guardBelow(p, path+".not", *g.Not, depth+1)
	}
}

// change checks the machines and states that a reply changes to.
func (c *checker) change(p *routePaths, path string, changes map[string]string) {
	for _, name := range sortedKeys(changes) {
		if at := path + "." + name; c.machine(p, at, name) {
			c.state(at, name, changes[name])
		}
	}
}

// machine checks that a machine is declared, and that the route's path says which of its instances is meant.
func (c *checker) machine(p *routePaths, path, name string) bool {
	m, ok := c.scenario.State[name]
	if !ok {
		hint := didYouMean(name, sortedKeys(c.scenario.State), "the machines are")
		if hint == "" {
			hint = "state has no machines"
		}
		c.errorf(path, hint, "machine %q is not declared", name)
		return false
	}
	for j, per := range m.Per {
		if p.templates != nil && !slices.Contains(p.names, per) && !slices.Contains(m.Per[:j], per) {
			c.errorf(path, parameterHint(per, p.names),
				"machine %q has a state per %q, which is no parameter of %s", name, per, p.Route.Route)
		}
	}
	return true
}

// state checks that a machine knows a state. A variable takes any.
func (c *checker) state(path, machine, state string) bool {
	if isTemplate(state) {
		c.errorf(path, "templates are in what a reply sends", "state %q of machine %q is no template, but this text", state, machine)
		return false
	}
	known := c.scenario.State[machine].States
	if len(known) == 0 || slices.Contains(known, state) {
		return true
	}
	c.errorf(path, didYouMean(state, known, "its states are"), "machine %q has no state %q", machine, state)
	return false
}
