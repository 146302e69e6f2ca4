package mockserver

import (
	"slices"
)

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

// keyOf is the key of the machine that a request's path names.
func keyOf(per []string, q *Request) (string, bool) {
	if len(per) == 0 {
		return "", true
	}
	values := make([]string, len(per))
	for i, name := range per {
		k := slices.Index(q.names, name)
		if k < 0 {
			return "", false
		}
		values[i] = q.values[k]
	}
	return joinKey(values), true
}

// snapshot keeps the states for what is rendered after the lock has gone.
func (h *Handler) snapshot(p *program, q *Request, re *reply) {
	q.vars = p.scenario.Vars
	if len(p.machines) == 0 || re.Func == nil && !re.Template {
		return
	}
	q.states = make(map[string]string, len(p.machines))
	for _, machine := range p.machines {
		if key, ok := keyOf(p.scenario.State[machine].Per, q); ok {
			q.states[machine] = h.stateAt(machine, key)
		}
	}
}
