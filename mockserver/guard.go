package mockserver

import (
	"slices"
	"strings"
)

// Guard is a condition on the state. All that is set must hold; the zero value always does.
type Guard struct {
	Is  map[string]string // the states of machines
	All []Guard
	Any []Guard // one of them, where there are some
	Not *Guard
}

// always says whether the condition is none.
func (g *Guard) always() bool { return len(g.Is)+len(g.All)+len(g.Any) == 0 && g.Not == nil }

// String is the condition as a person would say it.
func (g *Guard) String() string {
	var and []string
	for _, machine := range sortedKeys(g.Is) {
		and = append(and, isIn(machine, g.Is[machine]))
	}
	for i := range g.All {
		and = append(and, "("+g.All[i].String()+")")
	}
	var or []string
	for i := range g.Any {
		or = append(or, g.Any[i].String())
	}
	if or != nil {
		and = append(and, "("+strings.Join(or, " or ")+")")
	}
	if g.Not != nil {
		and = append(and, "not ("+g.Not.String()+")")
	}
	return strings.Join(and, " and ")
}

// holds says whether a guard's condition is met, for the machines that the request's path names.
func (h *Handler) holds(p *program, g *Guard, q *Request) bool {
	if g.always() {
		return true
	}
	for machine, state := range g.Is {
		key, ok := keyOf(p.scenario.State[machine].Per, q)
		if !ok || h.stateAt(machine, key) != state {
			return false
		}
	}
	for i := range g.All {
		if !h.holds(p, &g.All[i], q) {
			return false
		}
	}
	if len(g.Any) > 0 && !slices.ContainsFunc(g.Any, func(o Guard) bool { return h.holds(p, &o, q) }) {
		return false
	}
	return g.Not == nil || !h.holds(p, g.Not, q)
}
