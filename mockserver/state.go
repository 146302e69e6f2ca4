package mockserver

// Machine is a named piece of state: a machine with the States it knows, or else a variable that takes any text.
type Machine struct {
	States  []string // nil: any text
	Initial string   // "": the first of States; a variable begins with the empty text
	Per     []string // the parameters of the path whose values each have a state of their own; nil: there is one for all
}

// Guard is a condition on the state. All that is set must hold; the zero value always does.
type Guard struct {
	Is  map[string]string // the states of machines
	All []Guard
	Any []Guard // one of them, where there are some
	Not *Guard
}

// always says whether the condition is none.
func (g *Guard) always() bool { return len(g.Is)+len(g.All)+len(g.Any) == 0 && g.Not == nil }
