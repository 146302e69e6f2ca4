package mockserver

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

// FuzzCheck states the laws of what is found: a scenario of any content is read, twice with the same result, and each
// finding has a path and a text of one line.
func FuzzCheck(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, "/a/{x}")
	}
	for _, text := range []string{"", "/{", "}{", "https://", "/a('{x}')/{y}", "/**/a", "/{a}{b}x", "//", "\xff", "/\n", "/:id", "/{id...}", "/{$}", "/<x>", "/*x", "^/a", " /a ", ".x", `index . "x"`, `with .x}}{{.y}}{{$.z}}{{end`, `define "a"}}{{state .}}{{end`, "template `a` .x\n"} {
		f.Add(uint64(1), text)
	}
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		found := withPlaces(randomScenario(seed, text)).check()
		require.Equal(t, findings(found), findings(withPlaces(randomScenario(seed, text)).check()))
		for _, e := range found {
			require.NotEmpty(t, e.Path)
			require.NotEmpty(t, e.Text)
			if !strings.Contains(text, "%!") {
				require.NotContains(t, e.Error(), "%!")
			}
			require.NotContains(t, e.Error(), "\n")
		}
	})
}

// TestRandomScenarios holds that random scenarios find all kinds of things, and now and then nothing.
func TestRandomScenarios(t *testing.T) {
	counts := map[bool]int{}
	for seed := range uint64(500) {
		counts[withPlaces(randomScenario(seed, "/a/{x}")).check() == nil]++
	}
	require.Positive(t, counts[true])
	require.Positive(t, counts[false])
}

// drawing draws from small sets, so that things meet.
type drawing struct{ *rand.Rand }

func pick[T any](d drawing, from ...T) T { return from[d.IntN(len(from))] }

func randomScenario(seed uint64, text string) Scenario {
	d := drawing{rand.New(rand.NewPCG(seed, 1))}
	names := []string{"x", "y", "z", ""}
	var s Scenario
	if d.IntN(2) == 0 {
		s.State = map[string]Machine{}
		for range d.IntN(3) {
			s.State[pick(d, names...)] = Machine{
				States: pick(d, nil, []string{"a", "b"}, []string{"a", "b", "c"}, []string{"a", "a"}), Initial: pick(d, "", "a", "q"),
				Per: pick(d, nil, []string{"x"}, []string{"y", "x"}),
			}
		}
	}
	for range d.IntN(5) {
		template := func() string {
			return pick(d, text, "/a/{x}", "/a/{y}", "/a", "/a/**", "/a/*", "/{x}/{y}", "/beta/a/{x}", "https://h/a", "/{y}/{x}")
		}
		r := Route{
			ID: pick(d, names...), Route: pick(d, "GET ", "* ", "POST ", "GET", "", " GET ", "GTE ", "MERGE\t") + template(), When: d.guard(3), Priority: d.IntN(2),
			Requires: pick(d, nil, []string{"x"}), Per: pick(d, nil, nil, names), Exhausted: pick(d, Stick, Next, Fail, "?"),
			Limit: pick(d, nil, nil, &Limit{Requests: d.IntN(2), Window: time.Second, Key: names}),
		}
		if d.IntN(4) == 0 {
			r.Also = []string{template()}
		}
		if d.IntN(4) == 0 {
			r.Match.Query = map[string]Text{pick(d, "$select", "x"): d.text(3), "filter": d.text(2)}
			r.Match.Header = map[string]Text{"Prefer": d.text(3)}
		}
		if d.IntN(4) == 0 {
			r.Match.JSON, r.Match.JSONEqual = d.value(3), d.value(3)
			r.Match.At = map[string]any{pick(d, "/a", "b", "", "/a/0"): d.value(2), pick(d, "/~", "/c"): pick[any](d, 1, func() {})}
		}
		for range d.IntN(4) {
			r.Replies = append(r.Replies, Response{
				Times: d.IntN(3) - 1, For: time.Duration(d.IntN(2)), Until: d.guard(2), Status: pick(d, 0, 200, 204, 7),
				Body: pick(d, nil, nil, []byte("x"), []byte(`{{state "x"}}`), []byte(`{{path "y"}}{{.z}}`), []byte("{{"+text+"}}")),
				JSON: pick[any](d, nil, 1), Fault: pick(d, "", Reset, "x"), Template: true,
				Header: http.Header{"Location": {`{{newID "x"}}`}, pick(d, "Content-Length", "Retry-After", "X"): {pick(d, "1", "gzip", text)}},
				Func:   pick(d, nil, nil, nil, func(*Request) Response { return Response{} }), RetryAfter: time.Duration(d.IntN(2)),
				Change: pick(d, nil, map[string]string{pick(d, names...): pick(d, "a", "b", "")}), Issue: pick(d, "", "y"),
			})
		}
		s.Routes = append(s.Routes, r)
	}
	if d.IntN(2) == 0 {
		return s
	}
	s.Expect = Expect{Routes: map[string]Calls{pick(d, names...): {Min: d.IntN(3) - 1, Max: d.IntN(3) - 1, Never: d.IntN(2) == 0}}, Order: names}
	return s
}

func (d drawing) guard(depth int) (g Guard) {
	switch d.IntN(6) {
	case 0, 1:
		g.Is = map[string]string{pick(d, "x", "y", "z"): pick(d, "a", "b", "c")}
	case 2:
		g.Is = map[string]string{"x": pick(d, "a", "b"), "y": pick(d, "a", "b")}
	}
	if depth > 0 {
		switch d.IntN(5) {
		case 0:
			g.All = []Guard{d.guard(depth - 1), d.guard(depth - 1)}
		case 1:
			g.Any = []Guard{d.guard(depth - 1), d.guard(depth - 1)}
		case 2:
			not := d.guard(depth - 1)
			g.Not = &not
		}
	}
	return g
}

func (d drawing) text(depth int) (t Text) {
	switch d.IntN(7) {
	case 0, 1:
		t.Equal = pick(d, "a", "b", "a,b", "b, a")
	case 2:
		t.Contains = pick(d, "a", "b")
	case 3:
		t.Regexp = pick(d, "^a", "b$", "[ab]")
	case 4:
		t.Absent = true
	}
	if depth > 0 {
		switch d.IntN(4) {
		case 0:
			t.AnyOf = []Text{d.text(depth - 1), d.text(depth - 1)}
		case 1:
			not := d.text(depth - 1)
			t.Not = &not
		}
	}
	return t
}

func (d drawing) value(depth int) any {
	if depth == 0 {
		return pick[any](d, nil, 1.0, "a", true)
	}
	switch d.IntN(4) {
	case 0:
		return map[string]any{pick(d, "a", "b"): d.value(depth - 1), pick(d, "a", "c"): d.value(depth - 1)}
	case 1:
		return []any{d.value(depth - 1), d.value(depth - 1)}[:d.IntN(3)]
	}
	return d.value(0)
}

// TestGuardsApart holds that guards are apart if, and only if, no states make both hold.
func TestGuardsApart(t *testing.T) {
	states := []string{"a", "b", "c"}
	outcomes := map[bool]int{}
	for seed := range uint64(5000) {
		d := drawing{rand.New(rand.NewPCG(seed, 2))}
		machine := Machine{States: states}
		s := Scenario{State: map[string]Machine{"x": machine, "y": machine, "z": machine}, Routes: []Route{getting("/a"), getting("/a")}}
		s.Routes[0].When, s.Routes[1].When = d.guard(3), d.guard(3)
		c := checker{scenario: &s}
		a, b := c.pathsOf(0), c.pathsOf(1)
		both := false
		for _, x := range states {
			for _, y := range states {
				for _, z := range states {
					is := map[string]string{"x": x, "y": y, "z": z}
					both = both || guardHolds(a.When, is) && guardHolds(b.When, is)
				}
			}
		}
		require.Equal(t, !both, c.statesApart(&a, &b, a.templates[0], b.templates[0]), "seed %d: %+v and %+v", seed, a.When, b.When)
		outcomes[both]++
	}
	require.Len(t, outcomes, 2)
}

// guardHolds is what [Guard] says, word by word.
func guardHolds(g Guard, is map[string]string) bool {
	for machine, state := range g.Is {
		if is[machine] != state {
			return false
		}
	}
	holds := func(g Guard) bool { return guardHolds(g, is) }
	return !slices.ContainsFunc(g.All, func(g Guard) bool { return !holds(g) }) &&
		(len(g.Any) == 0 || slices.ContainsFunc(g.Any, holds)) && (g.Not == nil || !holds(*g.Not))
}

// TestStatesReached holds that machines are only ever in states that count as reached.
func TestStatesReached(t *testing.T) {
	unreached := 0
	for seed := range uint64(2000) {
		d := drawing{rand.New(rand.NewPCG(seed, 8))}
		machine := Machine{States: []string{"a", "b", "c"}}
		s := Scenario{State: map[string]Machine{"x": machine, "y": machine, "z": machine}}
		for range 4 {
			r := getting("/a", whenIn(d.guard(1)), replying())
			for range 2 {
				r.Replies = append(r.Replies, Response{
					Times: d.IntN(2), For: time.Duration(d.IntN(2)), Until: d.guard(1),
					Change: map[string]string{pick(d, "x", "y", "z"): pick(d, "b", "c")},
				})
			}
			s.Routes = append(s.Routes, r)
		}
		c := checker{scenario: &s, survey: s.survey()}
		for i := range s.Routes {
			c.routes = append(c.routes, c.pathsOf(i))
		}
		c.survey.asked = nil // what nothing enters would count
		c.reach()
		for _, name := range []string{"x", "y", "z"} {
			unreached += len(machine.States) - len(c.survey.reached[name])
		}
		is, turns := map[string]string{"x": "a", "y": "a", "z": "a"}, make([]int, len(s.Routes))
		for range 100 {
			i := d.IntN(len(s.Routes))
			if !guardHolds(s.Routes[i].When, is) {
				continue
			}
			re := &s.Routes[i].Replies[turns[i]]
			over := re.Times > 0 || re.For > 0 || re.Until.always() // some time
			if turns[i] == 0 && (over && d.IntN(2) == 0 || !re.Until.always() && guardHolds(re.Until, is)) {
				turns[i], re = 1, &s.Routes[i].Replies[1]
			}
			for name, state := range re.Change {
				is[name] = state
				require.True(t, c.survey.reached[name][state], "seed %d: %s is %s", seed, name, state)
			}
		}
	}
	require.Greater(t, unreached, 1000)
}

// TestTextsApart holds that no text, and no absent one, holds under conditions that are apart.
func TestTextsApart(t *testing.T) {
	texts := []string{"a", "b", "c", "ab", "ba", "a,b", "b,a", "b, a", "x"}
	apart := 0
	for seed := range uint64(5000) {
		d := drawing{rand.New(rand.NewPCG(seed, 3))}
		a, b := d.text(3), d.text(3)
		for _, r := range []reading{literally, readingOf("$select"), readingOf("$filter")} {
			if !textsApart(a, b, r) {
				continue
			}
			apart++
			require.False(t, textHolds(a, nil, r) && textHolds(b, nil, r), "seed %d, absent: %+v and %+v", seed, a, b)
			for _, s := range texts {
				require.False(t, textHolds(a, &s, r) && textHolds(b, &s, r), "seed %d, %q: %+v and %+v", seed, s, a, b)
			}
		}
	}
	require.Greater(t, apart, 500)
}

// textHolds is what [Text] says, word by word; nil is absent.
func textHolds(t Text, s *string, r reading) bool {
	holds := func(t Text) bool { return textHolds(t, s, r) }
	if t.Absent && s != nil || t.Not != nil && holds(*t.Not) || len(t.AnyOf) > 0 && !slices.ContainsFunc(t.AnyOf, holds) {
		return false
	}
	if s == nil {
		return t.Absent || t.Equal == "" && t.Contains == "" && t.Regexp == "" && (t.Not != nil || len(t.AnyOf) > 0)
	}
	found := t.Regexp == "" || strings.ContainsAny(*s, map[string]string{"[ab]": "ab"}[t.Regexp]) ||
		t.Regexp == "^a" && strings.HasPrefix(*s, "a") || t.Regexp == "b$" && strings.HasSuffix(*s, "b")
	return found && (t.Equal == "" || r.same(t.Equal, *s)) && strings.Contains(*s, t.Contains)
}

// TestContradictions holds that no values, and no absent ones, hold under a condition that contradicts itself.
func TestContradictions(t *testing.T) {
	texts := []string{"a", "b", "c", "ab", "ba", "a,b", "b,a", "b, a", "x"}
	found := map[string]int{}
	for seed := range uint64(20000) {
		d := drawing{rand.New(rand.NewPCG(seed, 6))}
		c := d.text(2)
		c.Contains += pick(d, "", "", "a") // several parts meet more often
		c.Equal += pick(d, "", "", "a")
		for _, option := range []string{"", "$select", "$filter"} {
			why := c.contradiction(readingOf(option))
			if why == "" || c.Absent && c.Equal+c.Contains+c.Regexp != "" {
				continue
			}
			found[why]++
			compiled, err := compileText(c, option)
			require.NoError(t, err)
			require.False(t, compiled.holds(nil), "seed %d, absent: %+v", seed, c)
			for _, x := range texts {
				require.False(t, compiled.holds([]string{x}), "seed %d, %q: %+v", seed, x, c)
				for _, y := range texts {
					require.False(t, compiled.holds([]string{x, y}), "seed %d, %q and %q: %+v", seed, x, y, c)
				}
			}
		}
	}
	require.Len(t, found, 6, "%v", found)
}

// TestBodyContradictions holds that no value agrees with conditions on a body that contradict each other.
func TestBodyContradictions(t *testing.T) {
	found := 0
	for seed := range uint64(1000) {
		d := drawing{rand.New(rand.NewPCG(seed, 7))}
		m := Match{At: map[string]any{pick(d, "/a", "/a/0", "/c"): d.value(2), pick(d, "/b", "/a/b"): d.value(1)}}
		if d.IntN(2) == 0 {
			m.JSON = d.value(3)
		}
		if d.IntN(2) == 0 {
			m.JSONEqual = d.value(3)
		}
		s := scenarioOf(getting("/a", func(r *Route) { r.Match = m }))
		if s.check() == nil {
			continue
		}
		found++
		for range 200 {
			v := d.value(3)
			require.False(t, bodyHolds(m, v), "seed %d, %v: %+v", seed, v, m)
		}
	}
	require.Greater(t, found, 300)
	require.Less(t, found, 1000)
}

// TestBodiesApart holds that no value agrees with conditions that are apart.
func TestBodiesApart(t *testing.T) {
	apart := 0
	for seed := range uint64(1000) {
		d := drawing{rand.New(rand.NewPCG(seed, 4))}
		drawn := func() (m Match) {
			switch d.IntN(3) {
			case 0:
				m.JSON = d.value(3)
			case 1:
				m.JSONEqual = d.value(3)
			case 2:
				m.At = map[string]any{pick(d, "/a", "/a/0", "/c", ""): d.value(2)}
			}
			return m
		}
		a, b := routePaths{Route: &Route{Match: drawn()}}, routePaths{Route: &Route{Match: drawn()}}
		if !bodiesApart(&a, &b) {
			continue
		}
		apart++
		for range 200 {
			v := d.value(3)
			require.False(t, bodyHolds(a.Match, v) && bodyHolds(b.Match, v), "seed %d, %v: %+v and %+v", seed, v, a.Match, b.Match)
		}
	}
	require.Greater(t, apart, 500)
}

// bodyHolds is what [Match] says of a body, word by word.
func bodyHolds(m Match, body any) bool {
	if m.JSON != nil && jsonmatch.Subset(m.JSON, body) != nil || m.JSONEqual != nil && !reflect.DeepEqual(m.JSONEqual, body) {
		return false
	}
	for pointer, want := range m.At {
		v, ok, err := jsonmatch.At(pointer, body)
		if err != nil || !ok {
			return false
		}
		if !reflect.DeepEqual(want, v) {
			return false
		}
	}
	return true
}

// TestShapesCover holds that a shape that covers another one matches all of its paths.
func TestShapesCover(t *testing.T) {
	segments := []string{"a", "b", "$count", "delta", "{x}", "f(x={x})", "*", "**", "g()"}
	paths := []string{"a", "b", "$count", "delta", "delta()", "c", "f(x=1)", "g", "g()"}
	covered := 0
	for seed := range uint64(3000) {
		d := drawing{rand.New(rand.NewPCG(seed, 5))}
		template := func() string {
			s := ""
			for i := range d.IntN(4) {
				seg := pick(d, segments...)
				s += "/" + strings.Replace(seg, "{x}", fmt.Sprintf("{x%d}", i), 1)
				if seg == "**" {
					break
				}
			}
			return "/" + strings.TrimPrefix(s, "/")
		}
		a, b := template(), template()
		if !coversShape(route.Shape(a), route.Shape(b), !strings.Contains(b, "()")) {
			continue
		}
		covered++
		var x, y route.Index[int]
		require.NoError(t, x.Add("GET", a, 1))
		require.NoError(t, y.Add("GET", b, 1))
		for range 300 {
			path := "/"
			for range d.IntN(5) {
				path += pick(d, paths...) + "/"
			}
			if _, ok := y.Match("GET", path); ok {
				_, ok := x.Match("GET", path)
				require.True(t, ok, "%s covers %s, and does not match %s", a, b, path)
			}
		}
	}
	require.Greater(t, covered, 200)
}

// BenchmarkCheck has a thousand routes: each with a path of its own, and all of one path, told apart by a query option.
func BenchmarkCheck(b *testing.B) {
	var paths, queries Scenario
	for i := range 1000 {
		paths.Routes = append(paths.Routes, getting(fmt.Sprintf("/users/{id}/list%d/{item}", i)))
		queries.Routes = append(queries.Routes, getting("/users", withID(fmt.Sprint(i)), withQuery("x", Text{Equal: fmt.Sprint(i)})))
	}
	for name, s := range map[string]*Scenario{"paths": &paths, "queries": &queries} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.Nil(b, s.check())
			}
		})
	}
}
