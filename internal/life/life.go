// Package life knows how the status of a long-running operation moves. Another kind of operation is another row of its table.
package life

import "slices"

// Cycle is the life of one kind of long-running operation.
type Cycle struct {
	Name   string // of the enumeration of its status
	States []State
	Failed string // the state that comes with an error
}

// State is one of the states, with those that may follow it besides itself.
type State struct {
	Name string
	Next []string // nil: terminal
}

// Status and Error are the members of an operation that show its state and what went wrong.
const (
	Status = "status"
	Error  = "error"
)

var cycles = []Cycle{
	{"connectionOperationStatus", []State{
		{"unspecified", []string{"inprogress", "completed", "failed"}},
		{"inprogress", []string{"completed", "failed"}},
		{"completed", nil},
		{"failed", nil},
	}, "failed"},
	{"longRunningOperationStatus", []State{
		{"notStarted", []string{"running", "succeeded", "failed"}},
		{"running", []string{"succeeded", "failed"}},
		{"succeeded", nil},
		{"failed", nil},
	}, "failed"},
}

// Of returns the life of an operation whose status is one of the members: the first cycle all of whose states they list, nil
// where there is none.
func Of(members []string) *Cycle {
	for i := range cycles {
		c := &cycles[i]
		if !slices.ContainsFunc(c.States, func(s State) bool { return !slices.Contains(members, s.Name) }) {
			return c
		}
	}
	return nil
}

// State returns the state called name, nil where the cycle does not know it.
func (c *Cycle) State(name string) *State {
	for i := range c.States {
		if c.States[i].Name == name {
			return &c.States[i]
		}
	}
	return nil
}

// Terminal says whether nothing follows the state.
func (s *State) Terminal() bool { return s.Next == nil }

// May says whether the state may be followed by the one called name. A state may stay as it is.
func (s *State) May(name string) bool { return s.Name == name || slices.Contains(s.Next, name) }

// Running is the state that an operation is in while it goes on: the last that is neither terminal nor, for all that is known,
// its start.
func (c *Cycle) Running() string {
	name := c.States[0].Name
	for _, s := range c.States {
		if !s.Terminal() {
			name = s.Name
		}
	}
	return name
}

// States lists the names of the states of all cycles.
func States() []string {
	var out []string
	for _, c := range cycles {
		for _, s := range c.States {
			out = append(out, s.Name)
		}
	}
	return out
}
