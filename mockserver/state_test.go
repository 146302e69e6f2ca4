package mockserver_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// is is the guard that machines, by pairs of a name and a state, are so.
func is(pairs ...string) mockserver.Guard {
	g := mockserver.Guard{Is: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		g.Is[pairs[i]] = pairs[i+1]
	}
	return g
}

// door has one machine, which two routes move, and a variable.
func door(per ...string) mockserver.Scenario {
	path := "/doors/{id}"
	return mockserver.Scenario{
		State: map[string]mockserver.Machine{
			"door": {States: []string{"closed", "open", "locked"}, Per: per},
			"last": {Per: per},
		},
		Routes: []mockserver.Route{
			{ID: "open", Route: "POST " + path + "/open", When: is("door", "closed"), Optional: true, Replies: []mockserver.Response{
				{Change: map[string]string{"door": "open", "last": "opened"}},
			}},
			{ID: "lock", Route: "POST " + path + "/lock", When: is("door", "closed"), Optional: true, Replies: []mockserver.Response{
				{Change: map[string]string{"door": "locked", "last": "locked"}},
			}},
			{ID: "refuse", Route: "POST " + path + "/open", When: is("door", "locked"), Optional: true, Replies: []mockserver.Response{
				{Status: 423},
			}},
			{ID: "look", Route: "GET " + path, Optional: true, Replies: []mockserver.Response{{
				Template: true, Header: says("").Header, Body: []byte(`{{state "door"}}, {{state "last"}}`),
			}}},
		},
	}
}

// TestMachines is row 1: named machines and variables, which requests move.
func TestMachines(t *testing.T) {
	h := handler(t, door())
	look := func() string { return ask(t, h, "GET", "/doors/1", "").Body }
	require.Equal(t, "closed, ", look(), "a machine begins in its first state, a variable empty")
	require.Equal(t, 204, ask(t, h, "POST", "/doors/1/open", "").Status)
	require.Equal(t, "open, opened", look(), "one reply changes both")
	require.Equal(t, 501, ask(t, h, "POST", "/doors/1/lock", "").Status, "no guard holds")
	require.Equal(t, "open, opened", look(), "and nothing changes")
	require.Equal(t, "open", h.State("door"))

	require.NoError(t, h.SetState("door", "closed"))
	require.NoError(t, h.SetState("last", "anything at all"))
	require.Equal(t, "closed, anything at all", look())
	require.Equal(t, 204, ask(t, h, "POST", "/doors/1/lock", "").Status)
	require.Equal(t, 423, ask(t, h, "POST", "/doors/2/open", "").Status, "without per there is one door")

	h.Reset()
	require.Equal(t, "closed, ", look())
	require.Empty(t, h.State("no machine"))
}

// TestMachinesPer is row 1: each instance has a state of its own, on both ways to write its key.
func TestMachinesPer(t *testing.T) {
	h := handler(t, door("id"))
	require.Equal(t, 204, ask(t, h, "POST", "/doors/front/open", "").Status)
	require.Equal(t, 204, ask(t, h, "POST", "/doors('back')/lock", "").Status)
	assert.Equal(t, "open, opened", ask(t, h, "GET", "/doors('front')", "").Body)
	assert.Equal(t, "locked, locked", ask(t, h, "GET", "/doors/back", "").Body)
	assert.Equal(t, "closed, ", ask(t, h, "GET", "/doors/other", "").Body)
	assert.Equal(t, "open", h.State("door", "front"))
	require.NoError(t, h.SetState("door", "locked", "front"))
	assert.Equal(t, 423, ask(t, h, "POST", "/doors/front/open", "").Status)
	assert.Equal(t, "closed", h.State("door", "other"))
}

// TestSetStateFails is row 1: what a test author gets wrong is said.
func TestSetStateFails(t *testing.T) {
	h := handler(t, door("id"))
	for _, c := range []struct{ reason, machine, state, value, want string }{
		{"a machine that is not there", "window", "open", "1", `mockserver: there is no machine "window", there are: "door", "last"`},
		{"a state that is not there", "door", "ajar", "1", `mockserver: machine "door" has no state "ajar", but "closed", "open", "locked"`},
	} {
		require.EqualError(t, h.SetState(c.machine, c.state, c.value), c.want, c.reason)
	}
	none := handler(t, mockserver.Reply("GET /doors", says("")))
	require.EqualError(t, none.SetState("door", "open"), `mockserver: there is no machine "door", there are: none`)
	const tooFew = `mockserver: machine "door" has a state for each "id": it takes 1 value, got 0`
	const tooMany = `mockserver: machine "door" has one state for all: it takes 0 values, got 1`
	one := handler(t, door())
	require.EqualError(t, h.SetState("door", "open"), tooFew)
	require.EqualError(t, one.SetState("door", "open", "1"), tooMany)
	require.PanicsWithValue(t, tooFew, func() { h.State("door") }, "it is no question for the first state")
	require.PanicsWithValue(t, tooMany, func() { one.State("door", "1") })
	require.Equal(t, "closed", h.State("door", "1"), "the handler goes on")
}

// TestGuards is row 1: conditions over several machines.
func TestGuards(t *testing.T) {
	not := func(g mockserver.Guard) mockserver.Guard { return mockserver.Guard{Not: &g} }
	a, b := is("a", "on"), is("b", "on")
	for _, c := range []struct {
		name, reason string
		guard        mockserver.Guard
		want         string // for a and b off, a on, b on, both on
	}{
		{"none", "the zero value always holds", mockserver.Guard{}, "1111"},
		{"is", "one machine", a, "0101"},
		{"both", "all that Is has must be so", is("a", "on", "b", "on"), "0001"},
		{"all", "and", mockserver.Guard{All: []mockserver.Guard{a, b}}, "0001"},
		{"any", "or", mockserver.Guard{Any: []mockserver.Guard{a, b}}, "0111"},
		{"not", "the opposite", not(a), "1010"},
		{"not all", "the opposite of and", not(mockserver.Guard{All: []mockserver.Guard{a, b}}), "1110"},
		{"neither", "the opposite of or", not(mockserver.Guard{Any: []mockserver.Guard{a, b}}), "1000"},
		{"either", "nested: one of them, but not both", mockserver.Guard{
			Any: []mockserver.Guard{a, b}, Not: &mockserver.Guard{Is: map[string]string{"a": "on", "b": "on"}},
		}, "0110"},
		{"set together", "all that is set must hold", mockserver.Guard{Is: a.Is, Not: &b}, "0100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handler(t, mockserver.Scenario{
				State: map[string]mockserver.Machine{"a": {Initial: "off"}, "b": {Initial: "off"}},
				Routes: []mockserver.Route{
					{Route: "GET /", When: c.guard, Replies: []mockserver.Response{says("yes")}},
					{Route: "POST /", Replies: []mockserver.Response{{Change: map[string]string{"a": "on", "b": "on"}}}},
				},
			})
			got := ""
			for _, states := range [][2]string{{"off", "off"}, {"on", "off"}, {"off", "on"}, {"on", "on"}} {
				require.NoError(t, h.SetState("a", states[0]))
				require.NoError(t, h.SetState("b", states[1]))
				if ask(t, h, "GET", "/", "").Status == 200 {
					got += "1"
				} else {
					got += "0"
				}
			}
			require.Equal(t, c.want, got, c.reason)
		})
	}
}
