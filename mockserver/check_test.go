package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// once is a list of replies that is right.
var once = []Response{{}}

// get is a route with a reply, and what options change of it.
func get(path string, change ...func(*Route)) Route {
	r := Route{Route: "GET " + path, Replies: once}
	for _, f := range change {
		f(&r)
	}
	return r
}

// reply gives the route other replies.
func reply(replies ...Response) func(*Route) { return func(r *Route) { r.Replies = replies } }

func when(g Guard) func(*Route) { return func(r *Route) { r.When = g } }

func is(machine, state string) Guard { return Guard{Is: map[string]string{machine: state}} }

func query(name string, t Text) func(*Route) {
	return func(r *Route) { r.Match.Query = map[string]Text{name: t} }
}

func header(name string, t Text) func(*Route) {
	return func(r *Route) { r.Match.Header = map[string]Text{name: t} }
}

func id(id string) func(*Route) { return func(r *Route) { r.ID = id } }

func priority(n int) func(*Route) { return func(r *Route) { r.Priority = n } }

func routes(rs ...Route) Scenario { return Scenario{Routes: rs} }

// lights adds a machine, and a route that changes it to each of its states.
func lights(rs ...Route) Scenario {
	s := routes(append(rs, Route{ID: "switch", Route: "POST /switch", Replies: []Response{
		{Change: map[string]string{"light": "on"}}, {Change: map[string]string{"light": "off"}},
	}})...)
	s.State = map[string]Machine{"light": {States: []string{"off", "on"}}}
	return s
}

type checkCase struct {
	name, reason string
	scenario     Scenario
}

// TestCheck holds what is found in faulty scenarios against testdata/check.golden, which GRAPHCONTRACT_UPDATE=1 writes.
// Routes are written at lines 10, 20 and so on.
func TestCheck(t *testing.T) {
	var got txtar.Archive
	got.Comment = []byte("Written by TestCheck: each faulty scenario with the reason why it is one, and all that is found.\n")
	for _, tt := range faulty() {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			found := placed(tt.scenario).check()
			require.NotEmpty(t, found, "nothing found: %s", tt.reason)
			got.Files = append(got.Files, txtar.File{Name: tt.name, Data: []byte("# " + tt.reason + "\n" + lines(found))})
		})
	}
	if t.Failed() {
		return
	}
	const file = "testdata/check.golden"
	formatted := txtar.Format(&got)
	if os.Getenv("GRAPHCONTRACT_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, formatted, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(formatted), "GRAPHCONTRACT_UPDATE=1 rewrites it")
}

// placed says where the routes are written.
func placed(s Scenario) *Scenario {
	for i := range s.Routes {
		s.Routes[i].Source = fmt.Sprintf("stubs_test.go:%d", 10*(i+1))
	}
	return &s
}

func lines(found []*LoadError) string {
	var b strings.Builder
	for _, e := range found {
		b.WriteString(e.Error() + "\n")
	}
	return b.String()
}

func TestCheckKeepsCauses(t *testing.T) {
	s := routes(get("/a", query("x", Text{Regexp: "("})))
	found := s.check()
	require.Len(t, found, 1)
	require.Error(t, errors.Unwrap(found[0]))
}

func faulty() []checkCase {
	loop := map[string]any{}
	loop["self"] = loop
	deep := Guard{}
	deep.Not = &deep
	endless := &Text{}
	endless.Not = endless
	return []checkCase{
		{"route-without-path", "a route is a method and a path", routes(Route{Route: "GET", Replies: once})},
		{"route-without-method", "the path alone does not say what is asked", routes(Route{Route: "/users", Replies: once})},
		{"route-empty", "there is nothing to match", routes(Route{Replies: once})},
		{"route-method", "a method has no slash", routes(Route{Route: "GET/PUT /users", Replies: once})},
		{"route-two-blanks", "one blank parts method and path", routes(Route{Route: "GET  /users", Replies: once})},
		{"route-relative", "paths begin with a slash", routes(get("users/{id}"))},
		{"route-no-host", "a scheme needs a host", routes(get("https:///users"))},
		{"route-query", "the query would be ignored silently", routes(get("/users?$top=5"))},
		{"route-braces", "braces pair", routes(get("/users/{id"))},
		{"route-nameless", "a parameter has a name", routes(get("/users/{}"))},
		{"route-twice", "one value would hide the other", routes(get("/users/{id}/messages/{id}"))},
		{"route-rest-inside", "** takes all that follows", routes(get("/external/**/schema"))},
		{"also-parameters", "replies may name parameters of any template", routes(get("/users/{id}", func(r *Route) { r.Also = []string{"/people/{user}"} }))},
		{"also-fewer", "parameters may not be missing", routes(get("/users/{id}", func(r *Route) { r.Also = []string{"/me"} }))},
		{"also-method", "templates of a route share its method", routes(get("/me", func(r *Route) { r.Also = []string{"GET /self"} }))},
		{"id-twice", "expectations name routes by id", routes(get("/a", id("x")), get("/b", id("x")))},
		{"id-of-text", "without an id, the text is the id", routes(get("/a", query("x", Text{Equal: "1"})), get("/a", query("x", Text{Equal: "2"})))},
		{"per-unknown", "a place in the replies is kept by parameters of the path", routes(get("/connections/{conn}/operations/{op}", func(r *Route) { r.Per = []string{"con"} }))},
		{"per-of-no-parameters", "a path without parameters has one place", routes(get("/me", func(r *Route) { r.Per = []string{"id"} }))},
		{"requires-unknown", "only parameters can have been issued", routes(get("/ops/{op}", func(r *Route) { r.Requires = []string{"operation"} }))},
		{"requires-not-issued", "every request would get a 404", routes(get("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }))},
		{"requires-other-issued", "the name of what is issued is misspelt", routes(
			get("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }),
			Route{Route: "POST /ops", Replies: []Response{{Issue: "opp"}}})},
		{"requires-no-template", "newID counts in templates alone", routes(
			get("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }),
			Route{Route: "POST /ops", Replies: []Response{{Header: http.Header{"Location": {`/ops/{{newID "op"}}`}}}}})},
		{"limit-key", "what is counted apart is a parameter or app", routes(get("/a/{id}", func(r *Route) {
			r.Limit = &Limit{Requests: 1, Window: time.Second, Key: []string{"application"}}
		}))},
		{"limit-empty", "a limit has a number and a window", routes(get("/a", func(r *Route) { r.Limit = &Limit{RetryAfter: -time.Second} }))},
		{"guard-machine", "a misspelt machine has no state", lights(get("/a", when(is("ligth", "on"))))},
		{"guard-no-machines", "the machine is not declared", routes(get("/a", when(is("light", "on"))))},
		{"guard-state", "a misspelt state is never entered", lights(get("/a", when(is("light", "onn"))))},
		{"guard-nested", "guards are looked through", lights(get("/a", when(Guard{Any: []Guard{is("light", "on"), {All: []Guard{{Not: &Guard{Is: map[string]string{"light": "oof"}}}}}}})))},
		{"guard-until", "so are those of replies", lights(get("/a", reply(Response{Until: is("light", "dark")}, Response{})))},
		{"guard-never", "no state is two", lights(get("/a", when(Guard{All: []Guard{is("light", "on"), is("light", "off")}})))},
		{"guard-never-not", "a machine is in one of its states", lights(get("/a", when(Guard{Not: &Guard{Any: []Guard{is("light", "on"), is("light", "off")}}})))},
		{"guard-deep", "a guard contains itself", lights(get("/a", when(deep)))},
		{"change-machine", "a misspelt machine cannot be changed", lights(get("/a", reply(Response{Change: map[string]string{"lights": "on"}})))},
		{"change-state", "a misspelt state cannot be entered", lights(get("/a", reply(Response{Change: map[string]string{"light": "of"}})))},
		{"machine-initial", "a machine begins in a state that it knows", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}, Initial: "closed"}},
			Routes: []Route{get("/a", when(is("door", "open"))), get("/b", reply(Response{Change: map[string]string{"door": "open"}}, Response{Change: map[string]string{"door": "shut"}}))}}},
		{"machine-unused", "it is a left-over, or what should use it is misspelt", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}}, "window": {}},
			Routes: []Route{get("/a")}}},
		{"machine-unreachable", "a route waits for what never comes", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}}},
			Routes: []Route{get("/a", when(is("door", "shut")))}}},
		{"machine-never-entered", "a declared state has a purpose", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut", "locked"}}},
			Routes: []Route{get("/a", when(is("door", "open")), reply(Response{Change: map[string]string{"door": "shut"}}))}}},
		{"machine-states", "states have names, each its own", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "", "open"}, Per: []string{"id", "id"}}},
			Routes: []Route{get("/a/{id}", when(is("door", "open")))}}},
		{"machine-per", "the path does not say which instance is meant", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"op"}}},
			Routes: []Route{
				get("/ops/{op}", when(is("op", "running"))),
				Route{Route: "POST /ops/{operation}/finish", Replies: []Response{{Change: map[string]string{"op": "done"}}}},
				Route{Route: "POST /stop", Replies: []Response{{Until: is("op", "done")}, {}}},
			}}},
		{"route-answers-nothing", "a route does something", routes(Route{Route: "GET /a"})},
		{"route-handler-and-replies", "it is not said which one answers", routes(get("/a", func(r *Route) { r.Handler = http.NotFoundHandler() }))},
		{"exhausted", "a misspelt word would mean nothing", routes(get("/a", func(r *Route) { r.Exhausted = "repaet" }))},
		{"requests", "a misspelt word would mean nothing", routes(get("/a", func(r *Route) { r.Requests = "strict" }))},
		{"early-retry", "a misspelt word would mean nothing", routes(get("/a", func(r *Route) { r.EarlyRetry = "allways" }))},
		{"fault", "a misspelt word would mean nothing", routes(get("/a", reply(Response{Fault: "stallbody"})))},
		{"negative", "numbers and times count from zero", routes(get("/a", reply(Response{
			Times: -1, For: -time.Second, RetryAfter: -time.Minute,
			Delay: Delay{Fixed: -1, Min: -2, Max: -1, Median: -1, Sigma: -1, Chunks: -1, Over: -1},
		})))},
		{"bodies", "a reply has one body", routes(get("/a", reply(Response{Body: []byte("{}"), JSON: 1, Fixture: "connectionOperation/completed"})))},
		{"body-and-func", "the function makes the response", routes(get("/a", reply(Response{JSON: 1, Func: func(*Request) Response { return Response{} }})))},
		{"set-without-fixture", "there is nothing to change", routes(get("/a", reply(Response{JSON: 1, Set: map[string]any{"/id": "x"}})))},
		{"set-pointer", "a JSON pointer begins with a slash", routes(get("/a", reply(Response{Fixture: "x", Set: map[string]any{"id": "x", "/a~2": 1, "/a~": 2}})))},
		{"set-value", "the value cannot be sent", routes(get("/a", reply(Response{Fixture: "x", Set: map[string]any{"/id": func() {}}})))},
		{"json-value", "the value cannot be sent", routes(get("/a", reply(Response{JSON: math.Inf(1)})))},
		{"status", "the status is no final one", routes(get("/a", reply(Response{Status: 102}, Response{Status: 600}, Response{Status: -1})))},
		{"status-without-body", "these have no body", routes(get("/a", reply(Response{Status: 204, JSON: 1}, Response{Status: 304, Body: []byte("x")})))},
		{"retry-after-date", "there is no time to make a date of", routes(get("/a", reply(Response{Status: 429, RetryAfterDate: true})))},
		{"delay-min-max", "the random delay has no range", routes(get("/a", reply(Response{Delay: Delay{Min: time.Second}}, Response{Delay: Delay{Min: 2, Max: 1, Median: 1}})))},
		{"delay-chunks", "chunks need a time, and a time needs chunks", routes(get("/a", reply(Response{Delay: Delay{Chunks: 3}}, Response{Delay: Delay{Over: time.Second}})))},
		{"delay-sigma", "a deviation needs a median, and is a number", routes(get("/a", reply(Response{Delay: Delay{Sigma: 1}}, Response{Delay: Delay{Median: 1, Sigma: math.NaN()}})))},
		{"fault-and-func", "the function makes the response", routes(get("/a", reply(Response{Fault: Reset, Func: func(*Request) Response { return Response{} }})))},
		{"regexp", "the expression does not compile", routes(get("/a", query("$filter", Text{Regexp: "a("})))},
		{"regexp-nested", "conditions are looked through", routes(get("/a",
			header("Prefer", Text{AnyOf: []Text{{Equal: "x"}, {Not: &Text{Regexp: "[z-a]"}}}}),
			func(r *Route) { r.Match.Body = &Text{Regexp: "*"} }))},
		{"text-absent", "what is absent has no text", routes(get("/a", header("Prefer", Text{Absent: true, Equal: "x"})))},
		{"text-deep", "a condition contains itself", routes(get("/a", header("Prefer", *endless)))},
		{"match-pointer", "a JSON pointer begins with a slash", routes(get("/a", func(r *Route) { r.Match.At = map[string]any{"status": "x"} }))},
		{"match-values", "the values cannot be compared", routes(get("/a", func(r *Route) {
			r.Match = Match{JSON: make(chan int), JSONEqual: loop, At: map[string]any{"/a": math.NaN()}}
		}))},
		{"match-repeated", "readers do not agree on a member that is there twice", routes(get("/a", func(r *Route) {
			r.Match.JSON = json.RawMessage(`{"a":1,"a":2}`)
		}))},
		{"expect-route", "the route that is expected is misspelt", Scenario{
			Routes: []Route{get("/a", id("poll")), get("/b", id("start"))},
			Expect: Expect{Routes: map[string]Calls{"pol": {Min: 1}}, Order: []string{"start", "polls", "other"}}}},
		{"expect-numbers", "no number of calls is right", Scenario{
			Routes: []Route{get("/a", id("poll")), get("/b", id("start"))},
			Expect: Expect{Routes: map[string]Calls{
				"poll":  {Min: 3, Max: 2},
				"start": {Min: -1, Max: -1, Interval: -1, InFlight: -1},
			}, InFlight: -2}}},
		{"expect-never", "never has no number", Scenario{
			Routes: []Route{get("/a", id("poll"))},
			Expect: Expect{Routes: map[string]Calls{"poll": {Never: true, Min: 1}}}}},
		{"never-asked", "what has a higher priority answers first", routes(get("/a/{id}"), get("/a/{x}", priority(1)))},
		{"never-asked-rest", "** takes what is below", routes(get("/external/connections/{id}"), Route{Route: "* /external/**", Priority: 1, Replies: once})},
		{"never-asked-segment", "* takes any segment", routes(get("/external/$count"), get("/external/*", priority(1)))},
		{"never-asked-key", "a parameter takes literal segments that can be keys", routes(get("/users/me"), get("/users/{id}", priority(2)))},
		{"never-asked-also", "all templates of a route are taken", routes(
			get("/users/{id}", func(r *Route) { r.Also = []string{"/people/{id}"} }),
			Route{Route: "GET /**", Priority: 1, Replies: once})},
		{"overlap", "only the order tells them apart", routes(get("/a/{x}"), get("/a/{y}"))},
		{"overlap-key", "a key in parentheses is a segment", routes(get("/users/{id}"), get("/users('{user}')"))},
		{"overlap-case", "literal segments have no case", routes(get("/me/Messages"), get("/me/messages"))},
		{"overlap-three", "each pair is said", routes(get("/a/{x}"), get("/a/{y}"), get("/a/{z}"))},
		{"overlap-also", "templates of Also count", routes(get("/a"), get("/b", func(r *Route) { r.Also = []string{"/A"} }))},
		{"overlap-version", "a version and any version are not apart", routes(get("/a"), get("/beta/a"))},
		{"overlap-host", "a host and any host are not apart", routes(get("https://graph.microsoft.com/v1.0/a"), get("/a"))},
		{"overlap-conditions", "as many conditions, on different things", routes(get("/a/{x}", query("x", Text{})), get("/a/{y}", header("Prefer", Text{})))},
		{"overlap-query", "both hold for another value", routes(
			get("/a/{x}", query("x", Text{Not: &Text{Equal: "1"}})), get("/a/{y}", query("x", Text{Not: &Text{Equal: "2"}})))},
		{"overlap-select", "$select is without order, and may miss its dollar sign", routes(
			get("/a/{x}", query("$select", Text{Equal: "id,name"})), get("/a/{y}", query("select", Text{Equal: "name, id"})))},
		{"overlap-filter", "white space does not count in $filter", routes(
			get("/a/{x}", query("$filter", Text{Equal: "a eq 1"})), get("/a/{y}", query("$filter", Text{Equal: "a  eq 1"})))},
		{"overlap-json", "a body may have both members", routes(
			get("/a/{x}", func(r *Route) { r.Match.JSON = map[string]any{"a": 1} }),
			get("/a/{y}", func(r *Route) { r.Match.JSON = map[string]any{"b": 1, "c": []any{1}} }))},
		{"overlap-guard", "one guard holds whenever the other does", lights(get("/a/{x}", when(is("light", "on"))), get("/a/{y}"))},
		{"overlap-machine-per", "the machines are those of different segments", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"x"}}},
			Routes: []Route{
				get("/{x}/{y}", when(is("op", "running")), reply(Response{Change: map[string]string{"op": "done"}})),
				get("/{y}/{x}", when(is("op", "done"))),
			}}},
		{"overlap-limit-first", "the limit before the route is never asked", routes(
			Route{Route: "GET /a/{x}", Limit: &Limit{Requests: 1, Window: 1}}, get("/a/{y}"))},
		{"overlap-next-first", "that the earlier one gives way helps nothing", routes(
			get("/a/{x}", func(r *Route) { r.Exhausted = Next }), get("/a/{y}"))},
		{"several", "all is found, in the scenario's order", Scenario{
			State: map[string]Machine{"b": {}, "a": {}},
			Routes: []Route{
				get("/a/{x", when(is("c", "1"))),
				get("/b", func(r *Route) { r.Per = []string{"z"} }, reply(Response{Status: 99})),
			},
			Expect: Expect{Order: []string{"nothing"}}}},
	}
}
