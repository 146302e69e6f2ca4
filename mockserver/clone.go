package mockserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// A server plays a clone of its scenario, which shares nothing with the owner's but functions and handlers: what the owner changes
// later is not seen, and no race. Nothing that is there becomes nil, and nothing that is nil is made: it may mean something else.

func (s Scenario) clone() Scenario {
	s.Vars = maps.Clone(s.Vars)
	s.State = cloneMap(s.State, Machine.clone)
	s.Routes = cloneSlice(s.Routes, Route.clone)
	s.Expect.Routes = maps.Clone(s.Expect.Routes)
	s.Expect.Order = slices.Clone(s.Expect.Order)
	s.Auth = clonePointer(s.Auth, Auth.clone)
	s.places, s.written = maps.Clone(s.places), maps.Clone(s.written)
	return s
}

func (a Auth) clone() Auth {
	a.Require, a.Grant = slices.Clone(a.Require), slices.Clone(a.Grant)
	return a
}

func (m Machine) clone() Machine {
	m.States, m.Per = slices.Clone(m.States), slices.Clone(m.Per)
	return m
}

func (r Route) clone() Route {
	r.Also, r.Requires, r.Per = slices.Clone(r.Also), slices.Clone(r.Requires), slices.Clone(r.Per)
	r.Match, r.When = r.Match.clone(), r.When.clone()
	r.Replies = cloneSlice(r.Replies, Response.clone)
	r.Limit = clonePointer(r.Limit, Limit.clone)
	return r
}

func (l Limit) clone() Limit {
	l.Key = slices.Clone(l.Key)
	return l
}

func (r Response) clone() Response {
	r.Until = r.Until.clone()
	r.Header, r.Body, r.Change = r.Header.Clone(), bytes.Clone(r.Body), maps.Clone(r.Change)
	r.JSON, r.Set = cloneJSON(r.JSON), cloneMap(r.Set, cloneJSON)
	return r
}

func (m Match) clone() Match {
	m.Query, m.Header = cloneMap(m.Query, Text.clone), cloneMap(m.Header, Text.clone)
	m.JSON, m.JSONEqual, m.At = cloneJSON(m.JSON), cloneJSON(m.JSONEqual), cloneMap(m.At, cloneJSON)
	m.Body = clonePointer(m.Body, Text.clone)
	return m
}

func (t Text) clone() Text {
	t.Not, t.AnyOf = clonePointer(t.Not, Text.clone), cloneSlice(t.AnyOf, Text.clone)
	return t
}

func (g Guard) clone() Guard {
	g.Is, g.All, g.Any = maps.Clone(g.Is), cloneSlice(g.All, Guard.clone), cloneSlice(g.Any, Guard.clone)
	g.Not = clonePointer(g.Not, Guard.clone)
	return g
}

// cloneJSON is the text of a value that json.Marshal takes; nil is none.
func cloneJSON(v any) any {
	if v == nil {
		return nil
	}
	doc, err := json.Marshal(v)
	if err != nil {
		return v // the check has reported it
	}
	return json.RawMessage(doc)
}

func cloneSlice[T any](s []T, clone func(T) T) []T {
	out := slices.Clone(s)
	for i := range out {
		out[i] = clone(out[i])
	}
	return out
}

func cloneMap[T any](m map[string]T, clone func(T) T) map[string]T {
	out := maps.Clone(m)
	for name, v := range out {
		out[name] = clone(v)
	}
	return out
}

func clonePointer[T any](p *T, clone func(T) T) *T {
	if p == nil {
		return nil
	}
	out := clone(*p)
	return &out
}
