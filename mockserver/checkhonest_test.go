package mockserver

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCheckHonest holds that nothing is found in scenarios that are right.
func TestCheckHonest(t *testing.T) {
	for _, tt := range honest() {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			require.Nil(t, placed(tt.scenario).check(), tt.reason)
		})
	}
}

func honest() []checkCase {
	registration := Scenario{
		Name: "registration", Host: "graph.microsoft.com", Vars: map[string]string{"conn": "contosohr"},
		Routes: []Route{
			{ID: "start", Route: "PATCH /external/connections/{conn}/schema", Match: Match{
				Header: map[string]Text{"Authorization": {}},
				JSON:   map[string]any{"baseType": "microsoft.graph.externalItem"},
			}, Replies: []Response{{Status: 202, Template: true, Header: http.Header{
				"Location": {`/external/connections/{{.conn}}/operations/{{newID "op"}}`},
			}}}, Exhausted: Fail},
			{ID: "poll", Route: "GET /external/connections/{conn}/operations/{op}", Per: []string{"conn", "op"}, Requires: []string{"op"},
				EarlyRetry: EnforceAll, Replies: []Response{
					{Times: 1, Status: 404, Fixture: "error/ResourceNotFound"},
					{For: 10 * time.Minute, Times: 9, RetryAfter: 150 * time.Second, RetryAfterDate: true, Fixture: "connectionOperation/inprogress"},
					{Fixture: "connectionOperation/completed", Set: map[string]any{"/error": nil, "/a~1b/0": "x", "": 1}},
				}},
			{ID: "throttle", Route: "* /external/**", Priority: 1, Limit: &Limit{Requests: 4, Window: time.Second, Key: []string{"app"}}},
		},
		Expect: Expect{Routes: map[string]Calls{"poll": {Min: 3}, "throttle": {Never: true}}, Order: []string{"start", "poll"}},
	}
	return []checkCase{
		{"empty", "the zero value is a scenario", Scenario{}},
		{"registration", "the example of the file format", registration},
		{"query-value", "a query has one of the values", routes(
			get("/a", id("1"), query("x", Text{Equal: "1"})), get("/a", id("2"), query("x", Text{Equal: "2"})))},
		{"query-present", "an option is there or not", routes(
			get("/a", id("1"), query("$skiptoken", Text{})), get("/a", id("2"), query("skiptoken", Text{Absent: true})))},
		{"query-any-of", "no value is in both lists", routes(
			get("/a", id("1"), query("x", Text{AnyOf: []Text{{Equal: "1"}, {Equal: "2"}}})),
			get("/a", id("2"), query("x", Text{AnyOf: []Text{{Equal: "3"}, {Absent: true}}})))},
		{"query-not", "all but one, and the one", routes(
			get("/a", id("1"), query("x", Text{Not: &Text{Equal: "1"}})), get("/a", id("2"), query("x", Text{Equal: "1"})))},
		{"query-regexp", "the expression does not take the value", routes(
			get("/a", id("1"), query("x", Text{Regexp: "^[0-9]+$"})), get("/a", id("2"), query("x", Text{Equal: "all"})))},
		{"header-value", "names of header fields have no case", routes(
			get("/a", id("1"), header("prefer", Text{Equal: "respond-async"})), get("/a", id("2"), header("Prefer", Text{Absent: true})))},
		{"select", "other properties are selected", routes(
			get("/a", id("1"), query("$select", Text{Equal: "id"})), get("/a", id("2"), query("select", Text{Equal: "id,name"})))},
		{"more-conditions", "more conditions are more specific", routes(
			get("/a", id("1")), get("/a", id("2"), query("x", Text{})))},
		{"body-text", "the body has one of the texts", routes(
			get("/a", id("1"), func(r *Route) { r.Match.Body = &Text{Equal: "1"} }),
			get("/a", id("2"), func(r *Route) { r.Match.Body = &Text{Equal: "2"} }))},
		{"json-scalars", "a member has one value", routes(
			get("/a", id("1"), func(r *Route) { r.Match.JSON = map[string]any{"a": map[string]any{"b": 1}} }),
			get("/a", id("2"), func(r *Route) {
				r.Match.JSON = struct {
					A map[string]any `json:"a"`
				}{map[string]any{"b": "1"}}
			}))},
		{"json-arrays", "an array has one length, and one first item", routes(
			get("/a", id("1"), func(r *Route) { r.Match.JSON = []any{1, 2} }),
			get("/a", id("2"), func(r *Route) { r.Match.JSON = []any{1} }),
			get("/a", id("3"), func(r *Route) { r.Match.JSON = []any{2} }))},
		{"json-equal", "a whole body has no other member", routes(
			get("/a", id("1"), func(r *Route) { r.Match.JSONEqual = map[string]any{"a": 1} }),
			get("/a", id("2"), func(r *Route) { r.Match.JSON = map[string]any{"b": 1} }))},
		{"json-at", "the pointer leads to another value, or to none", routes(
			get("/a", id("1"), func(r *Route) { r.Match.JSON = map[string]any{"a": []any{1}} }),
			get("/a", id("2"), func(r *Route) { r.Match.At = map[string]any{"/a/0": 2} }),
			get("/a", id("3"), func(r *Route) { r.Match.At = map[string]any{"/a/1": 1, "/x": 1} }),
			get("/a", id("4"), func(r *Route) { r.Match.At = map[string]any{"/a": "text"} }))},
		{"guards", "a machine is in one state", lights(
			get("/a", id("1"), when(is("light", "on"))), get("/a", id("2"), when(is("light", "off"))))},
		{"guards-not", "a machine is in a state or not", lights(
			get("/a", id("1"), when(is("light", "on"))), get("/a", id("2"), when(Guard{Not: &Guard{Is: map[string]string{"light": "on"}}})))},
		{"guards-any", "each alternative excludes the other guard", Scenario{
			State: map[string]Machine{"v": {}},
			Routes: []Route{
				get("/a", id("1"), when(Guard{Any: []Guard{is("v", "1"), is("v", "2")}})),
				get("/a", id("2"), when(Guard{All: []Guard{{Not: &Guard{Any: []Guard{is("v", "1"), is("v", "2")}}}}})),
			}}},
		{"guards-per", "the same segment names the instance", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"op"}}},
			Routes: []Route{
				get("/ops/{op}", id("1"), when(is("op", "running")), reply(Response{Change: map[string]string{"op": "done"}})),
				get("/ops/{op}", id("2"), when(is("op", "done"))),
			}}},
		{"variable", "a variable takes any text, also what the test sets", Scenario{
			State:  map[string]Machine{"v": {}, "w": {Initial: "x"}},
			Routes: []Route{get("/a", when(Guard{All: []Guard{is("v", "anything"), is("w", "")}}))}}},
		{"machine-in-template", "a template reads the state", Scenario{
			State:  map[string]Machine{"v": {}},
			Routes: []Route{get("/a", reply(Response{Template: true, JSON: map[string]any{"status": `{{state "v"}}`}}))}}},
		{"machine-by-function", "what a function returns may change any state, and issue any id", Scenario{
			State: map[string]Machine{"door": {States: []string{"open", "shut"}}, "window": {}},
			Routes: []Route{
				get("/a/{id}", when(is("door", "shut")), func(r *Route) { r.Requires = []string{"id"} }),
				get("/b", reply(Response{Func: func(*Request) Response { return Response{} }})),
			}}},
		{"issued", "a reply issues by Issue, or by newID in any of its templates", routes(
			get("/1/{a}", func(r *Route) { r.Requires = []string{"a"} }),
			get("/2/{b}", func(r *Route) { r.Requires = []string{"b"} }),
			get("/3/{c}", func(r *Route) { r.Requires = []string{"c"} }),
			Route{Route: "POST /x", Replies: []Response{
				{Issue: "a"},
				{Template: true, Body: []byte(`{"id":"{{newID \"b\"}}"}`)},
				{Template: true, JSON: map[string]any{"id": []any{"{{ newID `c` }}"}}},
			}})},
		{"head-and-get", "methods are apart", routes(get("/a"), Route{Route: "HEAD /a", Replies: once})},
		{"any-method", "a method comes before any", routes(get("/a"), Route{Route: "* /a", Replies: []Response{{Status: 405}}})},
		{"literal-and-parameter", "a literal segment is more specific", routes(get("/users/{id}"), get("/users/delta"), get("/users/$count"))},
		{"wildcards", "parameters come before *, and * before **", routes(get("/**"), get("/a/*"), get("/a/{x}"), get("/a/b"))},
		{"versions", "no path has two versions", routes(get("/v1.0/a"), get("/beta/a"))},
		{"hosts", "no request has two hosts", routes(get("https://a.example/x"), get("http://b.example/x"))},
		{"next", "the later one gives way", routes(get("/a/{x}"), get("/a/{y}", func(r *Route) { r.Exhausted = Next }))},
		{"limit-last", "a limit without replies lets requests through", routes(get("/a/{x}"), Route{Route: "GET /a/{y}", Limit: &Limit{Requests: 1, Window: 1}})},
		{"priority", "a priority with a condition leaves requests to the other", routes(
			get("/a"), get("/**", priority(1), query("x", Text{})))},
		{"priority-key", "a parameter takes no system segment", routes(get("/users/$count"), get("/users/delta"), get("/users/{id}", priority(1)))},
		{"priority-function", "a parameter takes no function call", routes(get("/users/getByIds()"), get("/users/{id}", priority(1)))},
		{"priority-guard", "a guard leaves requests to the other", lights(get("/a"), get("/**", priority(1), when(is("light", "on"))))},
		{"priority-version", "other versions are left to the other", routes(get("/a"), get("/beta/**", priority(1)))},
		{"also", "templates of a route have the same parameters in any order", routes(get("/a/{x}/{y}", func(r *Route) { r.Also = []string{"/b/{y}/{x}"} }))},
		{"handler", "a handler answers", routes(Route{Route: "* /old/**", Handler: http.NotFoundHandler()})},
		{"log-normal", "a median needs no most", routes(get("/a", reply(Response{Delay: Delay{Median: 1, Min: 1, Sigma: 0.2, Chunks: 2, Over: 3}})))},
		{"fault", "a fault may have a body", routes(get("/a", reply(Response{Fault: Truncated, JSON: 1}, Response{Fault: Reset, NoReplay: true}, Response{})))},
		{"until-last", "the last reply may end, and stays", lights(get("/a", reply(Response{Until: is("light", "on")})))},
		{"name-with-slash", "the documentation names parameters so", routes(get("/users/{id | userPrincipalName}"), get("/groups/{group-id/name?}"))},
	}
}
