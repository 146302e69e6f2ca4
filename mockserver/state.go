package mockserver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/text"
)

// Machine is a named piece of state: a machine with the States it knows, or else a variable that takes any text.
type Machine struct {
	States  []string // nil: any text
	Initial string   // "": the first of States; a variable begins with the empty text
	Per     []string // the parameters of the path whose values each have a state of their own; nil: there is one for all
}

// initial is the state in which a machine begins.
func (m Machine) initial() string {
	if m.Initial == "" && len(m.States) > 0 {
		return m.States[0]
	}
	return m.Initial
}

// takes checks that there is a value for each parameter of Per.
func (m Machine) takes(name string, values []string) error {
	if len(values) == len(m.Per) {
		return nil
	}
	which := "one state for all"
	if len(m.Per) > 0 {
		which = "a state for each " + listOf(m.Per)
	}
	return fmt.Errorf("mockserver: machine %q has %s: it takes %s, got %d", name, which, text.Count(len(m.Per), "value"), len(values))
}

// State is the state of a machine, of those that Per tells apart the one with these values; "" where there is none. It panics for
// another number of values than Per has.
func (h *Handler) State(machine string, values ...string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m, ok := h.program.scenario.State[machine]; ok {
		if err := m.takes(machine, values); err != nil {
			panic(err.Error())
		}
	}
	return h.stateAt(machine, joinKey(values))
}

// SetState changes it. It fails for a machine or a state that the scenario does not have, and for another number of values
// than Per has.
func (h *Handler) SetState(machine, state string, values ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	m, ok := h.program.scenario.State[machine]
	if !ok {
		return fmt.Errorf("mockserver: there is no machine %q, there are: %s", machine, listOf(h.program.machines))
	}
	if err := m.takes(machine, values); err != nil {
		return err
	}
	if m.States != nil && !slices.Contains(m.States, state) {
		return fmt.Errorf("mockserver: machine %q has no state %q, but %s", machine, state, listOf(m.States))
	}
	h.setState(machine, joinKey(values), state)
	return nil
}

func (h *Handler) stateAt(machine, key string) string {
	if s, ok := h.states[machine][key]; ok {
		return s
	}
	return h.program.scenario.State[machine].initial()
}

func (h *Handler) setState(machine, key, state string) {
	if h.states == nil {
		h.states = map[string]map[string]string{}
	}
	if h.states[machine] == nil {
		h.states[machine] = map[string]string{}
	}
	h.states[machine][key] = state
}

// change moves the machines that the request's path names.
func (h *Handler) change(p *program, q *Request, change map[string]string) {
	if len(change) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.move(p, q, change)
}

// move is change under the lock.
func (h *Handler) move(p *program, q *Request, change map[string]string) {
	for machine, state := range change {
		if key, ok := keyOf(p.scenario.State[machine].Per, q); ok {
			h.setState(machine, key, state)
		}
	}
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

// stateText says in which state the machines are that the path names.
func (h *Handler) stateText(p *program, q *Request) string {
	var out []string
	for _, machine := range p.machines {
		if key, ok := keyOf(p.scenario.State[machine].Per, q); ok {
			out = append(out, isIn(machine, h.stateAt(machine, key)))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "no machine")
}

// isIn says that a machine is in a state.
func isIn(machine, state string) string { return machine + " is " + cmp.Or(state, `""`) }
