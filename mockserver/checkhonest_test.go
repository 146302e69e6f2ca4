package mockserver

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCheckHonest holds that nothing is found in scenarios that are right.
func TestCheckHonest(t *testing.T) {
	for _, tt := range honestScenarios() {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			require.Nil(t, withPlaces(tt.scenario).check(), tt.reason)
		})
	}
}

func honestScenarios() []checkCase {
	registration := Scenario{
		Name: "registration", Host: "graph.microsoft.com", Vars: map[string]string{"conn": "contosohr"},
		Routes: []Route{
			{ID: "start", Route: "PATCH /external/connections/{conn}/schema", Match: Match{
				Header: map[string]Text{"Authorization": {}},
				JSON:   map[string]any{"baseType": "microsoft.graph.externalItem"},
			}, Replies: []Response{{Status: 202, Template: true, Header: http.Header{
				"Location": {`/external/connections/{{.conn}}/operations/{{newID "op"}}`},
			}}}, Exhausted: Fail},
			{
				ID: "poll", Route: "GET /external/connections/{conn}/operations/{op}", Per: []string{"conn", "op"}, Requires: []string{"op"},
				EarlyRetry: EnforceAll, Replies: []Response{
					{Times: 1, Status: 404, Fixture: "error/ResourceNotFound"},
					{For: 10 * time.Minute, Times: 9, RetryAfter: 150 * time.Second, RetryAfterDate: true, Fixture: "connectionOperation/inprogress"},
					{Fixture: "connectionOperation/completed", Set: map[string]any{"/error": nil, "/a~1b/0": "x", "": 1}},
				},
			},
			{ID: "throttle", Route: "* /external/**", Priority: 1, Limit: &Limit{Requests: 4, Window: time.Second, Key: []string{"app"}}},
		},
		Expect: Expect{Routes: map[string]Calls{"poll": {Min: 3}, "throttle": {Never: true}}, Order: []string{"start", "poll"}},
	}
	return []checkCase{
		{"empty", "the zero value is a scenario", Scenario{}},
		{"registration", "the example of the file format", registration},
		{"query-value", "a query has one of the values", scenarioOf(
			getting("/a", withID("1"), withQuery("x", Text{Equal: "1"})), getting("/a", withID("2"), withQuery("x", Text{Equal: "2"})))},
		{"query-present", "an option is there or not", scenarioOf(
			getting("/a", withID("1"), withQuery("$skiptoken", Text{})), getting("/a", withID("2"), withQuery("skiptoken", Text{Absent: true})))},
		{"query-page", "the token of a page has one spelling", scenarioOf(
			getting("/a", withID("1"), withQuery("$skiptoken", Text{Equal: "p2"})),
			getting("/a", withID("2"), withQuery("skiptoken", Text{Regexp: "^p[3-9]$"})),
			getting("/b", withID("3"), withQuery("$search", Text{Equal: `"a"`})), getting("/b", withID("4"), withQuery("$search", Text{Contains: "b"})))},
		{"query-any-of", "no value is in both lists", scenarioOf(
			getting("/a", withID("1"), withQuery("x", Text{AnyOf: []Text{{Equal: "1"}, {Equal: "2"}}})),
			getting("/a", withID("2"), withQuery("x", Text{AnyOf: []Text{{Equal: "3"}, {Absent: true}}})))},
		{"query-not", "all but one, and the one", scenarioOf(
			getting("/a", withID("1"), withQuery("x", Text{Not: &Text{Equal: "1"}})), getting("/a", withID("2"), withQuery("x", Text{Equal: "1"})))},
		{"query-regexp", "the expression does not take the value", scenarioOf(
			getting("/a", withID("1"), withQuery("x", Text{Regexp: "^[0-9]+$"})), getting("/a", withID("2"), withQuery("x", Text{Equal: "all"})))},
		{"header-value", "names of header fields have no case", scenarioOf(
			getting("/a", withID("1"), withHeader("prefer", Text{Equal: "respond-async"})), getting("/a", withID("2"), withHeader("Prefer", Text{Absent: true})))},
		{"select", "other properties are selected", scenarioOf(
			getting("/a", withID("1"), withQuery("$select", Text{Equal: "id"})), getting("/a", withID("2"), withQuery("select", Text{Equal: "id,name"})))},
		{"more-conditions", "more conditions are more specific", scenarioOf(
			getting("/a", withID("1")), getting("/a", withID("2"), withQuery("x", Text{})))},
		{"body-text", "the body has one of the texts", scenarioOf(
			getting("/a", withID("1"), func(r *Route) { r.Match.Body = &Text{Equal: "1"} }),
			getting("/a", withID("2"), func(r *Route) { r.Match.Body = &Text{Equal: "2"} }))},
		{"json-scalars", "a member has one value", scenarioOf(
			getting("/a", withID("1"), func(r *Route) { r.Match.JSON = map[string]any{"a": map[string]any{"b": 1}} }),
			getting("/a", withID("2"), func(r *Route) {
				r.Match.JSON = struct {
					A map[string]any `json:"a"`
				}{map[string]any{"b": "1"}}
			}))},
		{"json-arrays", "an array has one length, and one first item", scenarioOf(
			getting("/a", withID("1"), func(r *Route) { r.Match.JSON = []any{1, 2} }),
			getting("/a", withID("2"), func(r *Route) { r.Match.JSON = []any{1} }),
			getting("/a", withID("3"), func(r *Route) { r.Match.JSON = []any{2} }))},
		{"json-equal", "a whole body has no other member", scenarioOf(
			getting("/a", withID("1"), func(r *Route) { r.Match.JSONEqual = map[string]any{"a": 1} }),
			getting("/a", withID("2"), func(r *Route) { r.Match.JSON = map[string]any{"b": 1} }))},
		{"json-at", "the pointer leads to another value, or to none", scenarioOf(
			getting("/a", withID("1"), func(r *Route) { r.Match.JSON = map[string]any{"a": []any{1}} }),
			getting("/a", withID("2"), func(r *Route) { r.Match.At = map[string]any{"/a/0": 2} }),
			getting("/a", withID("3"), func(r *Route) { r.Match.At = map[string]any{"/a/1": 1, "/x": 1} }),
			getting("/a", withID("4"), func(r *Route) { r.Match.At = map[string]any{"/a": "text"} }))},
		{"conditions-together", "a text, or one of several, may meet all parts of a condition", scenarioOf(
			getting("/a", withHeader("Prefer", Text{Equal: "respond-async", Contains: "async", Regexp: "^respond", Not: &Text{Contains: "wait"}})),
			getting("/b", withHeader("Prefer", Text{Equal: "a", AnyOf: []Text{{Equal: "b"}}})),
			getting("/c", withHeader("Prefer", Text{Equal: "a", Not: &Text{Not: &Text{Equal: "b"}}})),
			getting("/d", withQuery("$select", Text{Equal: "id,name", Contains: "name, id"})),
			getting("/e", withQuery("x", Text{Contains: "a", Not: &Text{Contains: "ab"}})),
			getting("/f", withQuery("x", Text{Absent: true, AnyOf: []Text{{Absent: true}, {Equal: "a"}}})),
			getting("/g", func(r *Route) { r.Match.Query = map[string]Text{"$top": {}, "top": {Not: &Text{Equal: "0"}}} }))},
		{"bodies-together", "a body may meet all conditions", scenarioOf(
			getting("/a", func(r *Route) {
				r.Match = Match{
					JSON: map[string]any{"a": map[string]any{"b": 1}}, JSONEqual: map[string]any{"a": map[string]any{"b": 1.0, "c": nil}},
					At: map[string]any{"/a/b": 1, "/a/c": nil}, Body: &Text{Equal: `{"a": {"c": null, "b": 1e0}}`},
				}
			}),
			getting("/b", func(r *Route) { r.Match.Body = &Text{Equal: "a=1"} }),
			getting("/c", func(r *Route) { r.Match.Body = &Text{Absent: true} }))},
		{"guards", "a machine is in one state", lightScenario(
			getting("/a", withID("1"), whenIn(inState("light", "on"))), getting("/a", withID("2"), whenIn(inState("light", "off"))))},
		{"guards-not", "a machine is in a state or not", lightScenario(
			getting("/a", withID("1"), whenIn(inState("light", "on"))), getting("/a", withID("2"), whenIn(Guard{Not: &Guard{Is: map[string]string{"light": "on"}}})))},
		{"guards-any", "each alternative excludes the other guard", Scenario{
			State: map[string]Machine{"v": {}},
			Routes: []Route{
				getting("/a", withID("1"), whenIn(Guard{Any: []Guard{inState("v", "1"), inState("v", "2")}})),
				getting("/a", withID("2"), whenIn(Guard{All: []Guard{{Not: &Guard{Any: []Guard{inState("v", "1"), inState("v", "2")}}}}})),
			},
		}},
		{"guards-per", "the same segment names the instance", Scenario{
			State: map[string]Machine{"op": {States: []string{"running", "done"}, Per: []string{"op"}}},
			Routes: []Route{
				getting("/ops/{op}", withID("1"), whenIn(inState("op", "running")), replying(Response{Change: map[string]string{"op": "done"}})),
				getting("/ops/{op}", withID("2"), whenIn(inState("op", "done"))),
			},
		}},
		{"states-in-turn", "each state is entered from one that can be, in any order of routes", Scenario{
			State: map[string]Machine{"op": {States: []string{"new", "running", "done"}, Per: []string{"op"}}, "owner": {}},
			Routes: []Route{
				getting("/ops/{op}", withID("done"), whenIn(inState("op", "done")), replying(Response{Change: map[string]string{"op": "new"}})),
				getting("/ops/{op}", withID("running"), whenIn(inState("op", "running")), replying(
					Response{Until: inState("owner", "ada")}, Response{For: time.Second}, Response{Times: 2, Until: inState("op", "done")},
					Response{Change: map[string]string{"op": "done"}})),
				getting("/ops/{op}", withID("new"), whenIn(Guard{Any: []Guard{inState("op", "done"), {Not: &Guard{Is: map[string]string{"op": "running"}}}}}),
					withPriority(-1), replying(Response{Change: map[string]string{"op": "running"}})),
			},
		}},
		{"variable", "a variable takes any text, also what the test sets", Scenario{
			State:  map[string]Machine{"v": {}, "w": {Initial: "x"}},
			Routes: []Route{getting("/a", whenIn(Guard{All: []Guard{inState("v", "anything"), inState("w", "")}}))},
		}},
		{"machine-in-template", "a template reads the state", Scenario{
			State:  map[string]Machine{"v": {}},
			Routes: []Route{getting("/a", replying(Response{Template: true, JSON: map[string]any{"status": `{{state "v"}}`}}))},
		}},
		{"machine-by-name", "what is named is there, or is no constant", Scenario{
			Vars:  map[string]string{"tenant": "contoso"},
			State: map[string]Machine{"v": {}, "w": {}, "op": {Per: []string{"part-id"}}},
			Routes: []Route{
				getting("/a/{id}/{part-id}", func(r *Route) { r.Requires = []string{"id"} }, replying(
					templated(`{{.id}}{{.tenant}}{{path "part-id"}}{{index . "part-id"}}{{index $ "tenant"}}{{state "op"}}`),
					templated(`{{with $x := .id}}{{.y}}{{$x.y}}{{index . "y"}}{{end}}{{range .id}}{{.y}}{{end}}`),
					templated(`{{define "a"}}{{.y}}{{$.y}}{{end}}{{template "a" .id}}`),
					templated(`{{$name := "v"}}{{state $name}}{{path .id}}{{newID .id}}`),
					Response{Body: []byte("{{.nope}}")},
				)),
				{Route: "POST /x", Replies: []Response{{Template: true, JSON: map[string]any{"{{.name}}": 1}}}},
			},
		}},
		{"issued-for-others", "ids may be for requests that the scenario does not know", scenarioOf(
			Route{Route: "POST /x", Replies: []Response{templated(`{{newID "op"}}`)}})},
		{"machine-by-function", "what a function returns may change any state, and issue any id", Scenario{
			State: map[string]Machine{"door": {States: []string{"open", "shut"}}, "window": {}},
			Routes: []Route{
				getting("/a/{id}", whenIn(inState("door", "shut")), func(r *Route) { r.Requires = []string{"id"} }),
				getting("/b", replying(Response{Func: func(*Request) Response { return Response{} }})),
			},
		}},
		{"beside-func", "when a reply is given, what it changes and why it may break the contract has effect beside a function", lightScenario(
			getting("/a", replying(Response{
				Func:  func(*Request) Response { return Response{} },
				Times: 2, For: time.Second, Until: inState("light", "on"), Issue: "id", Change: map[string]string{"light": "off"},
				Optional: true, AllowInvalid: "as a test", Source: "a.go:1",
			})))},
		{"issued", "a reply issues by Issue, or by newID in any of its templates", scenarioOf(
			getting("/1/{a}", func(r *Route) { r.Requires = []string{"a"} }),
			getting("/2/{b}", func(r *Route) { r.Requires = []string{"b"} }),
			getting("/3/{c}", func(r *Route) { r.Requires = []string{"c"} }),
			Route{Route: "POST /x", Replies: []Response{
				{Issue: "a"},
				{Template: true, Body: []byte(`{"id":"{{newID \"b\"}}"}`)},
				{Template: true, JSON: map[string]any{"id": []any{"{{ newID `c` }}"}}},
			}})},
		{"head-and-get", "methods are apart", scenarioOf(getting("/a"), Route{Route: "HEAD /a", Replies: oneReply})},
		{"custom-methods", "methods of their own are no misspelt ones", methods(
			"ACL", "BASELINE-CONTROL", "BATCH", "BCOPY", "BDELETE", "BIND", "BPROPPATCH", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "GETALL",
			"HEAD", "LABEL", "LINK", "LIST", "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "NOTIFY",
			"OPTIONS", "ORDERPATCH", "PATCH", "POLL", "POST", "PRI", "PROPFIND", "PROPPATCH", "PURGE", "PUSH", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SET",
			"SUBSCRIBE", "TRACE", "TRACK", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL", "VIEW", "get", "*", "X!")},
		{"paths", "colons, dots, stars, blanks and signs may be in paths of Graph", scenarioOf(
			getting("/"), getting("/me/drive/root:/{path}:/content"), getting("/sites/{host}:/{path}:/drive"), getting("/drives/{id}/root:/a b/c.txt:/children"),
			getting("/users/john.+test@contoso.com"), getting("/users/{id}/"), getting("/a/:"), getting("/a/*"), getting("/reports/f(period='{period}')"),
			getting("/deviceManagement/{a|b}/microsoft.graph.range(a={a},b='*')"))},
		{"any-method", "a method comes before any", scenarioOf(getting("/a"), Route{Route: "* /a", Replies: []Response{{Status: 405}}})},
		{"literal-and-parameter", "a literal segment is more specific", scenarioOf(getting("/users/{id}"), getting("/users/delta"), getting("/users/$count"))},
		{"wildcards", "parameters come before *, and * before **", scenarioOf(getting("/**"), getting("/a/*"), getting("/a/{x}"), getting("/a/b"))},
		{"versions", "no path has two versions", scenarioOf(getting("/v1.0/a"), getting("/beta/a"))},
		{"hosts", "no request has two hosts", scenarioOf(getting("https://a.example/x"), getting("http://b.example/x"))},
		{"next", "the later one gives way", scenarioOf(getting("/a/{x}"), getting("/a/{y}", func(r *Route) { r.Exhausted = Next }))},
		{"limit-among", "some routes answer before it, and some after", scenarioOf(
			Route{Route: "GET /users/{id}", Limit: &Limit{Requests: 1, Window: 1}}, getting("/users/me"), getting("/users/*"))},
		{"limit-alone", "the routes may be in another scenario", scenarioOf(Route{Route: "* /**", Limit: &Limit{Requests: 1, Window: 1}})},
		{"limit-first", "it has a priority", scenarioOf(Route{Route: "* /**", Priority: 1, Limit: &Limit{Requests: 1, Window: 1}}, getting("/me"))},
		{"limit-last", "a limit without replies lets requests through", scenarioOf(getting("/a/{x}"), Route{Route: "GET /a/{y}", Limit: &Limit{Requests: 1, Window: 1}})},
		{"priority", "a priority with a condition leaves requests to the other", scenarioOf(
			getting("/a"), getting("/**", withPriority(1), withQuery("x", Text{})))},
		{"priority-key", "a parameter takes no system segment", scenarioOf(getting("/users/$count"), getting("/users/delta"), getting("/users/{id}", withPriority(1)))},
		{"priority-function", "a parameter takes no function call", scenarioOf(getting("/users/getByIds()"), getting("/users/{id}", withPriority(1)))},
		{"priority-guard", "a guard leaves requests to the other", lightScenario(getting("/a"), getting("/**", withPriority(1), whenIn(inState("light", "on"))))},
		{"priority-version", "other versions are left to the other", scenarioOf(getting("/a"), getting("/beta/**", withPriority(1)))},
		{"also", "templates of a route have the same parameters in any order", scenarioOf(getting("/a/{x}/{y}", func(r *Route) { r.Also = []string{"/b/{y}/{x}"} }))},
		{"handler", "a handler answers", scenarioOf(Route{Route: "* /old/**", Handler: http.NotFoundHandler()})},
		{"log-normal", "a median needs no most", scenarioOf(getting("/a", replying(Response{Delay: Delay{Median: 1, Min: 1, Sigma: 0.2, Chunks: 2, Over: 3}})))},
		{"fault", "a fault may have a body", scenarioOf(getting("/a", replying(Response{Fault: Truncated, JSON: 1}, Response{Fault: Reset, NoReplay: true}, Response{})))},
		{"message", "what the server copes with, what is right, and what is meant", scenarioOf(
			getting("/a", replying(
				sending("Content-Length", "2", "ab"), sending("Content-Length", "x", "ab"), sending("Connection", "close", "ab"), sending("Trailer", "X", "ab"),
				sending("Transfer-Encoding", "chunked", "ab"), sending("Content-Encoding", "gzip", "\x1f\x8b..."), sending("Content-Encoding", "br", "\x8b."),
				sending("Content-Encoding", "identity", "ab"), sending("Content-Encoding", "gzip", ""),
				Response{Status: 204, Header: http.Header{"Content-Length": {"5"}}}, Response{Status: 304, Header: http.Header{"Content-Length": {"5"}}},
				Response{Status: 404, Header: http.Header{"Content-Length": {"100"}}}, Response{Status: 400, Fixture: "error/x", Header: http.Header{"Content-Length": {"100"}}},
				Response{JSON: map[string]any{"@odata.nextLink": "/a"}, Header: http.Header{"Content-Length": {"50"}}},
				Response{Template: true, Body: []byte("{{base}}"), Header: http.Header{"Content-Length": {"30"}, "Content-Encoding": {"{{base}}"}}},
				Response{Fault: WrongLength, Body: []byte("ab"), Header: http.Header{"Content-Length": {"9"}}},
				Response{AllowInvalid: "as a test", Body: []byte("ab"), Header: http.Header{"Content-Length": {"9"}, "Content-Encoding": {"gzip"}}},
				Response{RetryAfter: time.Second}, Response{Header: http.Header{"Retry-After": {"soon"}}})),
			Route{Route: "HEAD /a", Replies: []Response{{Header: http.Header{"Content-Length": {"1234"}, "Content-Encoding": {"gzip"}}}}},
			Route{Route: "* /b", Replies: []Response{{Header: http.Header{"Content-Length": {"1234"}}}}},
			Route{Route: "GET /c", AllowInvalid: "as a test", Replies: []Response{sending("Content-Length", "9", "ab")}})},
		{"until-last", "the last reply may end, and stays", lightScenario(getting("/a", replying(Response{Until: inState("light", "on")})))},
		{"name-with-slash", "the documentation names parameters so", scenarioOf(getting("/users/{id | userPrincipalName}"), getting("/groups/{group-id/name?}"))},
	}
}

// methods is a scenario with a route for each method.
func methods(names ...string) (s Scenario) {
	for i, name := range names {
		s.Routes = append(s.Routes, Route{Route: fmt.Sprintf("%s /%d", name, i), Replies: oneReply})
	}
	return s
}
