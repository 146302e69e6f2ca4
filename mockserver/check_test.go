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
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// oneReply is a list of replies that is right.
var oneReply = []Response{{}}

// getting is a route with a reply, and what options change of it.
func getting(path string, change ...func(*Route)) Route {
	r := Route{Route: "GET " + path, Replies: oneReply}
	for _, f := range change {
		f(&r)
	}
	return r
}

// replying gives the route other replies.
func replying(replies ...Response) func(*Route) { return func(r *Route) { r.Replies = replies } }

func whenIn(g Guard) func(*Route) { return func(r *Route) { r.When = g } }

func inState(machine, state string) Guard { return Guard{Is: map[string]string{machine: state}} }

func withQuery(name string, t Text) func(*Route) {
	return func(r *Route) { r.Match.Query = map[string]Text{name: t} }
}

func withHeader(name string, t Text) func(*Route) {
	return func(r *Route) { r.Match.Header = map[string]Text{name: t} }
}

func withID(id string) func(*Route) { return func(r *Route) { r.ID = id } }

func withPriority(n int) func(*Route) { return func(r *Route) { r.Priority = n } }

func scenarioOf(rs ...Route) Scenario { return Scenario{Routes: rs} }

// lightScenario adds a machine, and a route that changes it to each of its states.
func lightScenario(rs ...Route) Scenario {
	s := scenarioOf(append(rs, Route{ID: "switch", Route: "POST /switch", Replies: []Response{
		{Change: map[string]string{"light": "on"}}, {Change: map[string]string{"light": "off"}},
	}})...)
	s.State = map[string]Machine{"light": {States: []string{"off", "on"}}}
	return s
}

// templated is a reply whose body is a template.
func templated(text string) Response { return Response{Template: true, Body: []byte(text)} }

// sending is a reply with a header field and a body.
func sending(name, value, body string) Response {
	return Response{Header: http.Header{name: {value}}, Body: []byte(body)}
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
	for _, tt := range faultyScenarios() {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			found := withPlaces(tt.scenario).check()
			require.NotEmpty(t, found, "nothing found: %s", tt.reason)
			got.Files = append(got.Files, txtar.File{Name: tt.name, Data: []byte("# " + tt.reason + "\n" + findings(found))})
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

// withPlaces says where the routes are written.
func withPlaces(s Scenario) *Scenario {
	for i := range s.Routes {
		s.Routes[i].Source = fmt.Sprintf("stubs_test.go:%d", 10*(i+1))
	}
	return &s
}

func findings(found []*LoadError) string {
	var b strings.Builder
	for _, e := range found {
		b.WriteString(e.Error() + "\n")
	}
	return b.String()
}

func TestCheckKeepsCauses(t *testing.T) {
	s := scenarioOf(getting("/a", withQuery("x", Text{Regexp: "("})))
	found := s.check()
	require.Len(t, found, 1)
	require.Error(t, errors.Unwrap(found[0]))
}

// TestCheckFileIDs holds that a file calls no route like an option of expect, which code may.
func TestCheckFileIDs(t *testing.T) {
	for _, id := range expectOptions {
		file := "version: 1\nroutes:\n- {route: GET /a, id: " + id + ", reply: {}}\n"
		s, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(file)}}, "a.yaml")
		if err == nil {
			_, err = NewHandler(s)
		}
		require.EqualError(t, err, fmt.Sprintf(
			"mockserver: a.yaml:3:23: routes[0].id: no route of a file can be called %q, which has a meaning in expect (call it otherwise)", id))
		code := scenarioOf(getting("/a", withID(id)))
		code.Expect.Routes = map[string]Calls{id: {Min: 1}}
		require.Nil(t, code.check(), "code has a field for each option")
	}
}

func faultyScenarios() []checkCase {
	loop := map[string]any{}
	loop["self"] = loop
	deep := Guard{}
	deep.Not = &deep
	empty := func(*Request) Response { return Response{} }
	endless := &Text{}
	endless.Not = endless
	return []checkCase{
		{"limit-below", "more specific routes answer before it", scenarioOf(
			Route{Route: "* /**", Limit: &Limit{Requests: 2, Window: 1}}, getting("/me"), getting("/users/{id}"))},
		{"error-without-status", "an error is no success", scenarioOf(getting("/a", replying(Response{Fixture: "error/ResourceNotFound"})))},
		{"state-template", "a state is a text as it is", lightScenario(getting("/a", replying(Response{Change: map[string]string{"light": "{{.x}}"}})))},
		{"route-without-path", "a route is a method and a path", scenarioOf(Route{Route: "GET", Replies: oneReply})},
		{"route-without-method", "the path alone does not say what is asked", scenarioOf(Route{Route: "/users", Replies: oneReply})},
		{"route-empty", "there is nothing to match", scenarioOf(Route{Replies: oneReply})},
		{"route-method", "a method has no slash", scenarioOf(Route{Route: "GET/PUT /users", Replies: oneReply})},
		{"route-root", "/ is not all there is, as it is for net/http", scenarioOf(Route{Route: "/", Replies: oneReply})},
		{"route-misspelt-method", "no client asks so", scenarioOf(
			Route{Route: "GTE /a", Replies: oneReply}, Route{Route: "psot /a", Replies: oneReply}, Route{Route: "PATH /a", Replies: oneReply},
			Route{Route: "DEL /a", Replies: oneReply}, Route{Route: "PUTS /a", Replies: oneReply})},
		{"route-white-space", "one blank parts method and path, and nothing is around them", scenarioOf(
			Route{Route: "GET  /users", Replies: oneReply}, Route{Route: " GET /users", Replies: oneReply}, Route{Route: "GET /users\n", Replies: oneReply},
			Route{Route: "GET\t/users", Replies: oneReply}, Route{Route: " /users", Replies: oneReply})},
		{"also-white-space", "a path has none around it", scenarioOf(getting("/a", func(r *Route) { r.Also = []string{" /b", "/c "} }))},
		{"route-other-routers", "parameters of other routers would be texts", scenarioOf(
			getting("/users/:id"), getting("/users/<id>/x"), getting("/files/*path"), getting("/users/{id...}"), getting("/users/{$}"),
			getting("/users/{id:[0-9]+}"), getting("/users/{*rest}"))},
		{"route-regexp", "a path is no regular expression", scenarioOf(
			getting(`=~^/users/\d+$`), getting("/users/.*"), getting("/users/([^/]+)/messages"), getting("^/users$"),
			Route{Route: "=~^https://graph.microsoft.com/users", Replies: oneReply})},
		{"route-relative", "paths begin with a slash", scenarioOf(getting("users/{id}"))},
		{"route-no-host", "a scheme needs a host", scenarioOf(getting("https:///users"))},
		{"route-query", "the query would be ignored silently", scenarioOf(getting("/users?$top=5"))},
		{"route-braces", "braces pair", scenarioOf(getting("/users/{id"))},
		{"route-nameless", "a parameter has a name", scenarioOf(getting("/users/{}"))},
		{"route-twice", "one value would hide the other", scenarioOf(getting("/users/{id}/messages/{id}"))},
		{"route-rest-inside", "** takes all that follows", scenarioOf(getting("/external/**/schema"))},
		{"also-parameters", "replies may name parameters of any template", scenarioOf(getting("/users/{id}", func(r *Route) { r.Also = []string{"/people/{user}"} }))},
		{"also-fewer", "parameters may not be missing", scenarioOf(getting("/users/{id}", func(r *Route) { r.Also = []string{"/me"} }))},
		{"also-method", "templates of a route share its method", scenarioOf(getting("/me", func(r *Route) { r.Also = []string{"GET /self"} }))},
		{"also-twice", "a template that matches the same adds nothing", scenarioOf(getting("/users/{id}", func(r *Route) { r.Also = []string{"/Users('{id}')"} }))},
		{"id-twice", "expectations name routes by id", scenarioOf(getting("/a", withID("x")), getting("/b", withID("x")))},
		{"id-of-text", "without an id, the text is the id", scenarioOf(getting("/a", withQuery("x", Text{Equal: "1"})), getting("/a", withQuery("x", Text{Equal: "2"})))},
		{"per-unknown", "a place in the replies is kept by parameters of the path", scenarioOf(getting("/connections/{conn}/operations/{op}", func(r *Route) { r.Per = []string{"con"} }))},
		{"per-of-no-parameters", "a path without parameters has one place", scenarioOf(getting("/me", func(r *Route) { r.Per = []string{"id"} }))},
		{"requires-unknown", "only parameters can have been issued", scenarioOf(getting("/ops/{op}", func(r *Route) { r.Requires = []string{"operation"} }))},
		{"requires-not-issued", "every request would get a 404", scenarioOf(getting("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }))},
		{"requires-other-issued", "the name of what is issued is misspelt", scenarioOf(
			getting("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }),
			Route{Route: "POST /ops", Replies: []Response{{Issue: "opp"}}})},
		{"requires-no-template", "newID counts in templates alone", scenarioOf(
			getting("/ops/{op}", func(r *Route) { r.Requires = []string{"op"} }),
			Route{Route: "POST /ops", Replies: []Response{{Header: http.Header{"Location": {`/ops/{{newID "op"}}`}}}}})},
		{"limit-key", "what is counted apart is a parameter or app", scenarioOf(getting("/a/{id}", func(r *Route) {
			r.Limit = &Limit{Requests: 1, Window: time.Second, Key: []string{"application"}}
		}))},
		{"limit-empty", "a limit has a number and a window", scenarioOf(getting("/a", func(r *Route) { r.Limit = &Limit{RetryAfter: -time.Second} }))},
		{"guard-machine", "a misspelt machine has no state", lightScenario(getting("/a", whenIn(inState("ligth", "on"))))},
		{"guard-no-machines", "the machine is not declared", scenarioOf(getting("/a", whenIn(inState("light", "on"))))},
		{"guard-state", "a misspelt state is never entered", lightScenario(getting("/a", whenIn(inState("light", "onn"))))},
		{"guard-nested", "guards are looked through", lightScenario(getting("/a", whenIn(Guard{Any: []Guard{inState("light", "on"), {All: []Guard{{Not: &Guard{Is: map[string]string{"light": "oof"}}}}}}})))},
		{"guard-until", "so are those of replies", lightScenario(getting("/a", replying(Response{Until: inState("light", "dark")}, Response{})))},
		{"guard-never", "no state is two", lightScenario(getting("/a", whenIn(Guard{All: []Guard{inState("light", "on"), inState("light", "off")}})))},
		{"guard-never-not", "a machine is in one of its states", lightScenario(getting("/a", whenIn(Guard{Not: &Guard{Any: []Guard{inState("light", "on"), inState("light", "off")}}})))},
		{"guard-deep", "a guard contains itself", lightScenario(getting("/a", whenIn(deep)))},
		{"change-machine", "a misspelt machine cannot be changed", lightScenario(getting("/a", replying(Response{Change: map[string]string{"lights": "on"}})))},
		{"change-state", "a misspelt state cannot be entered", lightScenario(getting("/a", replying(Response{Change: map[string]string{"light": "of"}})))},
		{"change-state-alone", "the state that was meant counts as entered, so that one mistake is said once", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}}},
			Routes: []Route{getting("/a", whenIn(inState("door", "shut"))), getting("/b", replying(Response{Change: map[string]string{"door": "shutt"}}))},
		}},
		{"machine-initial", "a machine begins in a state that it knows", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}, Initial: "closed"}},
			Routes: []Route{getting("/a", whenIn(inState("door", "open"))), getting("/b", replying(Response{Change: map[string]string{"door": "open"}}, Response{Change: map[string]string{"door": "shut"}}))},
		}},
		{"machine-unused", "it is a left-over, or what should use it is misspelt", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}}, "window": {}},
			Routes: []Route{getting("/a")},
		}},
		{"machine-unreachable", "a route waits for what never comes", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut"}}},
			Routes: []Route{getting("/a", whenIn(inState("door", "shut")))},
		}},
		{"machine-circle", "each of two routes waits for the other", Scenario{
			State: map[string]Machine{"door": {States: []string{"open", "shut", "locked"}}},
			Routes: []Route{
				getting("/shut", whenIn(inState("door", "locked")), replying(Response{Change: map[string]string{"door": "shut"}})),
				getting("/lock", whenIn(inState("door", "shut")), replying(Response{Change: map[string]string{"door": "locked"}})),
				getting("/look"),
			},
		}},
		{"machine-chain", "what is never entered is said, and not what follows from it", Scenario{
			State: map[string]Machine{"door": {States: []string{"open", "shut", "locked"}}},
			Routes: []Route{
				getting("/lock", whenIn(inState("door", "shut")), replying(Response{Change: map[string]string{"door": "locked"}})),
				getting("/look", whenIn(inState("door", "locked"))),
			},
		}},
		{"machine-until", "a reply waits for what only the next one does", Scenario{
			State: map[string]Machine{"door": {States: []string{"open", "shut"}}},
			Routes: []Route{
				getting("/shut", replying(Response{Until: inState("door", "shut")}, Response{Change: map[string]string{"door": "shut"}})),
			},
		}},
		{"machine-never-entered", "a declared state has a purpose", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "shut", "locked"}}},
			Routes: []Route{getting("/a", whenIn(inState("door", "open")), replying(Response{Change: map[string]string{"door": "shut"}}))},
		}},
		{"machine-states", "states have names, each its own", Scenario{
			State:  map[string]Machine{"door": {States: []string{"open", "", "open"}, Per: []string{"id", "id"}}},
			Routes: []Route{getting("/a/{id}", whenIn(inState("door", "open")))},
		}},
		{"machine-per", "the path does not say which instance is meant", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"op"}}},
			Routes: []Route{
				getting("/ops/{op}", whenIn(inState("op", "running"))),
				{Route: "POST /ops/{operation}/finish", Replies: []Response{{Change: map[string]string{"op": "done"}}}},
				{Route: "POST /stop", Replies: []Response{{Until: inState("op", "done")}, {}}},
			},
		}},
		{"route-answers-nothing", "a route does something", scenarioOf(Route{Route: "GET /a"})},
		{"route-handler-and-replies", "it is not said which one answers", scenarioOf(getting("/a", func(r *Route) { r.Handler = http.NotFoundHandler() }))},
		{"exhausted", "a misspelt word would mean nothing", scenarioOf(getting("/a", func(r *Route) { r.Exhausted = "repaet" }))},
		{"requests", "a misspelt word would mean nothing", scenarioOf(getting("/a", func(r *Route) { r.Requests = "strict" }))},
		{"early-retry", "a misspelt word would mean nothing", scenarioOf(getting("/a", func(r *Route) { r.EarlyRetry = "allways" }))},
		{"fault", "a misspelt word would mean nothing", scenarioOf(getting("/a", replying(Response{Fault: "stallbody"})))},
		{"body-bytes", "nobody means base64", scenarioOf(getting("/a", func(r *Route) {
			r.Match = Match{JSON: []byte(`{}`), JSONEqual: []byte(`{}`)}
			r.Replies = []Response{{JSON: []byte(`{"id":"1"}`)}}
		}))},
		{"fault-body", "nothing can happen to a body that there is not", scenarioOf(getting("/a", replying(
			Response{Fault: Truncated}, Response{Fault: WrongLength, Body: []byte{}}, Response{Fault: MalformedChunk, Status: 200},
			Response{Fault: StallBody}, Response{Fault: Reset}, Response{Fault: HTMLPage}, Response{Fault: StallBody, JSON: 1})))},
		{"negative", "numbers and times count from zero", scenarioOf(getting("/a", replying(Response{
			Times: -1, For: -time.Second, RetryAfter: -time.Minute,
			Delay: Delay{Fixed: -1, Min: -2, Max: -1, Median: -1, Sigma: -1, Chunks: -1, Over: -1},
		})))},
		{"bodies", "a reply has one body", scenarioOf(getting("/a", replying(Response{Body: []byte("{}"), JSON: 1, Fixture: "connectionOperation/completed"})))},
		{"set-without-fixture", "there is nothing to change", scenarioOf(getting("/a", replying(Response{JSON: 1, Set: map[string]any{"/id": "x"}})))},
		{"set-pointer", "a JSON pointer begins with a slash", scenarioOf(getting("/a", replying(Response{Fixture: "x", Set: map[string]any{"id": "x", "/a~2": 1, "/a~": 2}})))},
		{"set-value", "the value cannot be sent", scenarioOf(getting("/a", replying(Response{Fixture: "x", Set: map[string]any{"/id": func() {}}})))},
		{"json-value", "the value cannot be sent", scenarioOf(getting("/a", replying(Response{JSON: math.Inf(1)})))},
		{"status", "the status is no final one", scenarioOf(getting("/a", replying(Response{Status: 102}, Response{Status: 600}, Response{Status: -1})))},
		{"status-without-body", "these have no body", scenarioOf(getting("/a", replying(Response{Status: 204, JSON: 1}, Response{Status: 304, Body: []byte("x")})))},
		{"retry-after-date", "there is no time to make a date of", scenarioOf(getting("/a", replying(Response{Status: 429, RetryAfterDate: true})))},
		{"retry-after-twice", "one of both would be dropped silently", scenarioOf(getting("/a", replying(
			Response{Status: 429, RetryAfter: time.Second, Header: http.Header{"retry-after": {"5"}}})))},
		{"message-length", "the client would see half of the body, or wait for more", scenarioOf(
			getting("/a", replying(sending("Content-Length", "1", "ab"), sending("content-length", "3", "ab"),
				Response{JSON: 1, Header: http.Header{"Content-Length": {"9"}}}, Response{Status: 404, Body: []byte{}, Header: http.Header{"Content-Length": {"9"}}})),
			Route{Route: "* /b", Replies: []Response{sending("Content-Length", "1", "ab")}})},
		{"message-coding", "no client could read the body", scenarioOf(getting("/a", replying(
			sending("Transfer-Encoding", "gzip", "ab"), sending("Content-Encoding", "gzip", "ab"), sending("Content-Encoding", "br", "{}"),
			Response{Status: 400, Fixture: "error/x", Header: http.Header{"Content-Encoding": {"gzip"}}}, Response{Status: 404, Header: http.Header{"Content-Encoding": {"gzip"}}})))},
		{"delay-min-max", "the random delay has no range", scenarioOf(getting("/a", replying(Response{Delay: Delay{Min: time.Second}}, Response{Delay: Delay{Min: 2, Max: 1, Median: 1}})))},
		{"delay-chunks", "chunks need a time, and a time needs chunks", scenarioOf(getting("/a", replying(Response{Delay: Delay{Chunks: 3}}, Response{Delay: Delay{Over: time.Second}})))},
		{"delay-sigma", "a deviation needs a median, and is a number", scenarioOf(getting("/a", replying(Response{Delay: Delay{Sigma: 1}}, Response{Delay: Delay{Median: 1, Sigma: math.NaN()}})))},
		{"beside-func", "the function makes the response, so that all else that is sent would be dropped silently", scenarioOf(getting("/a", replying(
			Response{Func: empty, Status: 200}, Response{Func: empty, Header: http.Header{"X": {"x"}}},
			Response{Func: empty, Body: []byte{}}, Response{Func: empty, JSON: 1},
			Response{Func: empty, Fixture: "connectionOperation/completed", Set: map[string]any{"/id": "x"}},
			Response{Func: empty, Template: true}, Response{Func: empty, RetryAfter: time.Second, RetryAfterDate: true},
			Response{Func: empty, Delay: Delay{Fixed: time.Second}}, Response{Func: empty, Fault: Reset, NoReplay: true})))},
		{"template-syntax", "what cannot be read cannot be sent, and what it was to name counts as named", Scenario{
			State:  map[string]Machine{"door": {}},
			Routes: []Route{getting("/a", replying(templated(`{{state "door"`)))},
		}},
		{"template-names", "no request has what is named", Scenario{
			Vars:  map[string]string{"tenant": "contoso"},
			State: map[string]Machine{"door": {}, "op": {Per: []string{"op"}}},
			Routes: []Route{
				getting("/a/{id}", replying(
					templated("{{.idd}}"), templated(`{{path "tenant"}}`), templated(`{{state "dor"}}`), templated(`{{state "op"}}`), templated(`{{index . "tenat"}}`),
					Response{Template: true, Header: http.Header{"Location": {"/x", "/{{.nope}}"}}},
					Response{Template: true, JSON: map[string]any{"a": []string{"{{.id}}", "{{.nope}}"}, "{{.x}}": 1}},
					Response{Status: 400, Template: true, Fixture: "error/x", Set: map[string]any{"/error/message": "{{.nope}}"}})),
				getting("/b/{op}", replying(templated(`{{state "door"}}`))),
			},
		}},
		{"template-names-none", "there is nothing to name", scenarioOf(getting("/a", replying(templated("{{.nope}}"), templated(`{{path "nope"}}`))))},
		{"regexp", "the expression does not compile", scenarioOf(getting("/a", withQuery("$filter", Text{Regexp: "a("})))},
		{"regexp-nested", "conditions are looked through", scenarioOf(getting("/a",
			withHeader("Prefer", Text{AnyOf: []Text{{Equal: "x"}, {Not: &Text{Regexp: "[z-a]"}}}}),
			func(r *Route) { r.Match.Body = &Text{Regexp: "*"} }))},
		{"text-absent", "what is absent has no text", scenarioOf(getting("/a", withHeader("Prefer", Text{Absent: true, Equal: "x"})))},
		{"text-deep", "a condition contains itself", scenarioOf(getting("/a", withHeader("Prefer", *endless)))},
		{"match-pointer", "a JSON pointer begins with a slash", scenarioOf(getting("/a", func(r *Route) { r.Match.At = map[string]any{"status": "x"} }))},
		{"match-values", "the values cannot be compared", scenarioOf(getting("/a", func(r *Route) {
			r.Match = Match{JSON: make(chan int), JSONEqual: loop, At: map[string]any{"/a": math.NaN()}}
		}))},
		{"match-repeated", "readers do not agree on a member that is there twice", scenarioOf(getting("/a", func(r *Route) {
			r.Match.JSON = json.RawMessage(`{"a":1,"a":2}`)
		}))},
		{"text-contradiction", "what one part asks for the other excludes", scenarioOf(
			getting("/a", withHeader("Authorization", Text{Equal: "Bearer secret", Contains: "basic"})),
			getting("/b", withHeader("Prefer", Text{Equal: "a", Regexp: "^b"})),
			getting("/c", withQuery("$select", Text{Equal: "a,b", Not: &Text{AnyOf: []Text{{Equal: "a,b"}, {Equal: "c"}}}})),
			getting("/d", withHeader("Prefer", Text{Contains: "async", Not: &Text{Contains: "sync"}})),
			getting("/e", withHeader("Prefer", Text{Regexp: "x", Not: &Text{}})),
			getting("/f", withQuery("x", Text{Absent: true, AnyOf: []Text{{Equal: "a"}, {}}})),
			getting("/g", withQuery("x", Text{Absent: true, Not: &Text{Absent: true}})),
			getting("/h", withQuery("x", Text{AnyOf: []Text{{Equal: "a"}, {Equal: "b", Contains: "c"}}})))},
		{"match-two-names", "what has two names is there or not", scenarioOf(getting("/a", func(r *Route) {
			r.Match.Query = map[string]Text{"$top": {Absent: true}, "top": {Equal: "1"}}
			r.Match.Header = map[string]Text{"Prefer": {}, "prefer": {Absent: true}}
		}))},
		{"match-bodies", "no body meets both", scenarioOf(
			getting("/a", func(r *Route) {
				r.Match = Match{JSON: map[string]any{"a": 1}, JSONEqual: map[string]any{"a": 2}, At: map[string]any{"/a": "x", "/b": 1}}
			}),
			getting("/b", func(r *Route) { r.Match = Match{At: map[string]any{"/a": 1, "/a/b": 1}} }),
			getting("/c", func(r *Route) { r.Match = Match{Body: &Text{Absent: true}, JSON: map[string]any{"a": 1}} }),
			getting("/d", func(r *Route) { r.Match = Match{Body: &Text{Absent: true}, Schema: "microsoft.graph.publicError"} }),
			getting("/e", func(r *Route) { r.Match = Match{Body: &Text{Equal: "a=1"}, At: map[string]any{"/a": 1}} }),
			getting("/f", func(r *Route) { r.Match = Match{Body: &Text{Equal: `{"a":1}`}, JSON: map[string]any{"b": 1}} }))},
		{"expect-route", "the route that is expected is misspelt", Scenario{
			Routes: []Route{getting("/a", withID("poll")), getting("/b", withID("start"))},
			Expect: Expect{Routes: map[string]Calls{"pol": {Min: 1}}, Order: []string{"start", "polls", "other"}},
		}},
		{"expect-numbers", "no number of calls is right", Scenario{
			Routes: []Route{getting("/a", withID("poll")), getting("/b", withID("start"))},
			Expect: Expect{Routes: map[string]Calls{
				"poll":  {Min: 3, Max: 2},
				"start": {Min: -1, Max: -1, Interval: -1, InFlight: -1},
			}, InFlight: -2},
		}},
		{"expect-never", "never has no number", Scenario{
			Routes: []Route{getting("/a", withID("poll"))},
			Expect: Expect{Routes: map[string]Calls{"poll": {Never: true, Min: 1}}},
		}},
		{"never-asked", "what has a higher priority answers first", scenarioOf(getting("/a/{id}"), getting("/a/{x}", withPriority(1)))},
		{"never-asked-rest", "** takes what is below", scenarioOf(getting("/external/connections/{id}"), Route{Route: "* /external/**", Priority: 1, Replies: oneReply})},
		{"never-asked-segment", "* takes any segment", scenarioOf(getting("/external/$count"), getting("/external/*", withPriority(1)))},
		{"never-asked-key", "a parameter takes literal segments that can be keys", scenarioOf(getting("/users/me"), getting("/users/{id}", withPriority(2)))},
		{"never-asked-also", "all templates of a route are taken", scenarioOf(
			getting("/users/{id}", func(r *Route) { r.Also = []string{"/people/{id}"} }),
			Route{Route: "GET /**", Priority: 1, Replies: oneReply})},
		{"overlap", "only the order tells them apart", scenarioOf(getting("/a/{x}"), getting("/a/{y}"))},
		{"overlap-key", "a key in parentheses is a segment", scenarioOf(getting("/users/{id}"), getting("/users('{user}')"))},
		{"overlap-case", "literal segments have no case", scenarioOf(getting("/me/Messages"), getting("/me/messages"))},
		{"overlap-three", "each pair is said", scenarioOf(getting("/a/{x}"), getting("/a/{y}"), getting("/a/{z}"))},
		{"overlap-also", "templates of Also count", scenarioOf(getting("/a"), getting("/b", func(r *Route) { r.Also = []string{"/A"} }))},
		{"overlap-version", "a version and any version are not apart", scenarioOf(getting("/a"), getting("/beta/a"))},
		{"overlap-host", "a host and any host are not apart", scenarioOf(getting("https://graph.microsoft.com/v1.0/a"), getting("/a"))},
		{"overlap-conditions", "as many conditions, on different things", scenarioOf(getting("/a/{x}", withQuery("x", Text{})), getting("/a/{y}", withHeader("Prefer", Text{})))},
		{"overlap-query", "both hold for another value", scenarioOf(
			getting("/a/{x}", withQuery("x", Text{Not: &Text{Equal: "1"}})), getting("/a/{y}", withQuery("x", Text{Not: &Text{Equal: "2"}})))},
		{"overlap-select", "$select is without order, and may miss its dollar sign", scenarioOf(
			getting("/a/{x}", withQuery("$select", Text{Equal: "id,name"})), getting("/a/{y}", withQuery("select", Text{Equal: "name, id"})))},
		{"overlap-filter", "white space does not count in $filter", scenarioOf(
			getting("/a/{x}", withQuery("$filter", Text{Equal: "a eq 1"})), getting("/a/{y}", withQuery("$filter", Text{Equal: "a  eq 1"})))},
		{"overlap-json", "a body may have both members", scenarioOf(
			getting("/a/{x}", func(r *Route) { r.Match.JSON = map[string]any{"a": 1} }),
			getting("/a/{y}", func(r *Route) { r.Match.JSON = map[string]any{"b": 1, "c": []any{1}} }))},
		{"overlap-guard", "one guard holds whenever the other does", lightScenario(getting("/a/{x}", whenIn(inState("light", "on"))), getting("/a/{y}"))},
		{"overlap-machine-per", "the machines are those of different segments", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"x"}}},
			Routes: []Route{
				getting("/{x}/{y}", whenIn(inState("op", "running")), replying(Response{Change: map[string]string{"op": "done"}})),
				getting("/{y}/{x}", whenIn(inState("op", "done"))),
			},
		}},
		{"overlap-limit-first", "the limit before the route is never asked", scenarioOf(
			Route{Route: "GET /a/{x}", Limit: &Limit{Requests: 1, Window: 1}}, getting("/a/{y}"))},
		{"overlap-next-first", "that the earlier one gives way helps nothing", scenarioOf(
			getting("/a/{x}", func(r *Route) { r.Exhausted = Next }), getting("/a/{y}"))},
		{"several", "all is found, in the scenario's order", Scenario{
			State: map[string]Machine{"b": {}, "a": {}},
			Routes: []Route{
				getting("/a/{x", whenIn(inState("c", "1"))),
				getting("/b", func(r *Route) { r.Per = []string{"z"} }, replying(Response{Status: 99})),
			},
			Expect: Expect{Order: []string{"nothing"}},
		}},
	}
}
