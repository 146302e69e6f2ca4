package mockserver_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// failing is a test of a user that fails, for what it is told.
type failing struct {
	name, does string // what its client does
	scenario   mockserver.Scenario
	opts       []mockserver.Option
	play       func(*player)
}

// player is the client of a failing test.
type player struct {
	t     *testing.T
	srv   *mockserver.Server
	clock *hand
}

func (p *player) ask(method, path, body string, header ...string) answer {
	p.t.Helper()
	return ask(p.t, p.srv, method, path, body, header...)
}

// sourced gives the routes the places that a file would have.
func sourced(s mockserver.Scenario) mockserver.Scenario {
	for i := range s.Routes {
		s.Routes[i].Source = "scenarios/things.yaml:" + string(rune('3'+i))
	}
	return s
}

// threeRoutes has three routes, of which all that a client can get wrong is asked.
func threeRoutes() mockserver.Scenario {
	return sourced(mockserver.Scenario{Routes: []mockserver.Route{
		{ID: "create", Route: "POST /v1.0/things", Optional: true, Replies: []mockserver.Response{{}}, Match: mockserver.Match{
			Header: map[string]mockserver.Text{"Authorization": {Regexp: "^Bearer ."}, "Prefer": {Equal: "respond-async"}},
			JSON:   map[string]any{"name": "lamp", "size": map[string]any{"height": 3}},
		}},
		{ID: "list", Route: "GET /things", Optional: true, Replies: []mockserver.Response{says("all")}, Match: mockserver.Match{
			Query: map[string]mockserver.Text{"$select": {Equal: "id,name"}, "$filter": {Contains: "size"}, "$skip": {Absent: true}},
		}},
		{ID: "read", Route: "GET /things/{id}", Optional: true, Replies: []mockserver.Response{says("one")}},
		{ID: "delete", Route: "DELETE /things/{id}", Optional: true, Replies: []mockserver.Response{{}}},
	}})
}

func withAuth(s mockserver.Scenario) mockserver.Scenario {
	s.Auth = &mockserver.Auth{}
	return s
}

func withMatch(m mockserver.Match) mockserver.Scenario {
	return sourced(mockserver.Scenario{Routes: []mockserver.Route{{ID: "create", Route: "POST /things", Optional: true, Match: m, Replies: []mockserver.Response{{}}}}})
}

const lamp = `{"name":"lamp","size":{"height":3}}`

func failures(t *testing.T) []failing {
	makes := mockserver.Contract(things(t)) // pages of things
	asking := func(method, path, body string, header ...string) func(*player) {
		return func(p *player) { p.ask(method, path, body, header...) }
	}
	operation := func(change func(*mockserver.Scenario)) mockserver.Scenario {
		s := mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "register", Route: "PATCH /external/connections/{connection}/schema", Replies: []mockserver.Response{{
				Status: 202, Issue: "operation", Template: true, Header: http.Header{"Location": {`{{base}}/external/connections/{{.connection}}/operations/{{newID "operation"}}`}},
			}}},
			{ID: "poll", Route: "GET /external/connections/{connection}/operations/{operation}", Requires: []string{"operation"}, Replies: []mockserver.Response{
				{Fixture: "connectionOperation/inprogress", Times: 2}, {Fixture: "connectionOperation/completed"},
			}},
		}}
		if change != nil {
			change(&s)
		}
		return sourced(s)
	}
	expect := func(e mockserver.Expect) mockserver.Scenario {
		s := threeRoutes()
		s.Expect = e
		return s
	}
	return []failing{
		{"unexpected path", "asks for a path that no route has", threeRoutes(), nil, asking("GET", "/v1.0/thing/1/parts", "")},
		{"misspelt path", "misspells a segment", threeRoutes(), nil, asking("GET", "/v1.0/thingz/1", "")},
		{"unexpected method", "uses another method", threeRoutes(), nil, asking("PUT", "/things/1", lamp)},
		{"unexpected version", "calls beta where the route is pinned", threeRoutes(), nil, asking("POST", "/beta/things", lamp, "Authorization", "Bearer x", "Prefer", "respond-async")},
		{"unexpected host", "calls another host", func() mockserver.Scenario { s := threeRoutes(); s.Host = "graph.microsoft.com"; return s }(), nil, asking("GET", "https://graph.microsoft.us/things/1", "")},
		{"unexpected query", "selects something else, and does not filter", threeRoutes(), nil, asking("GET", "/things?$select=id&$skip=10", "")},
		{"unexpected header", "sends a token of another scheme, and no Prefer", threeRoutes(), nil, asking("POST", "/v1.0/things", lamp, "Authorization", "Basic c2VjcmV0")},
		{"unexpected body", "sends a body that is another one in part", threeRoutes(), nil, asking("POST", "/v1.0/things", `{"name":"lamp","size":{"height":4},"color":"red"}`, "Authorization", "Bearer x", "Prefer", "respond-async")},
		{"no body", "sends none", threeRoutes(), nil, asking("POST", "/v1.0/things", "", "Authorization", "Bearer x", "Prefer", "respond-async")},
		{"body that is no JSON", "sends half of it", threeRoutes(), nil, asking("POST", "/v1.0/things", `{"name":`, "Authorization", "Bearer x", "Prefer", "respond-async")},
		{"unexpected whole body", "sends a member too many", withMatch(mockserver.Match{JSONEqual: map[string]any{"name": "lamp"}}), nil, asking("POST", "/things", `{"name":"lamp","color":"red"}`)},
		{"unexpected value", "sends another value at a pointer", withMatch(mockserver.Match{At: map[string]any{"/size/height": 3}}), nil, asking("POST", "/things", `{"size":{"height":4}}`)},
		{"unexpected text", "sends another form", withMatch(mockserver.Match{Body: &mockserver.Text{Contains: "grant_type=client_credentials"}}), nil, asking("POST", "/things", "grant_type=password\nscope=all")},
		{"invalid body", "sends a body that is none of the type", withMatch(mockserver.Match{Schema: "microsoft.graph.thing"}), []mockserver.Option{makes, mockserver.Requests(mockserver.Off)}, asking("POST", "/things", `{"name":true}`)},
		{"wrong state", "opens a locked door", sourced(mockserver.Scenario{
			State: map[string]mockserver.Machine{"door": {States: []string{"closed", "open", "locked"}, Per: []string{"id"}}, "alarm": {Initial: "off"}},
			Routes: []mockserver.Route{
				{ID: "lock", Route: "POST /doors/{id}/lock", Replies: []mockserver.Response{{Change: map[string]string{"door": "locked"}}}},
				{ID: "open", Route: "POST /doors/{id}/open", Optional: true, Replies: []mockserver.Response{{Change: map[string]string{"door": "open"}}}, When: mockserver.Guard{
					Is: map[string]string{"alarm": "off"}, Any: []mockserver.Guard{is("door", "closed"), is("door", "open")},
				}},
			},
		}), nil, func(p *player) { p.ask("POST", "/doors/front/lock", ""); p.ask("POST", "/doors/front/open", "") }},
		{"exhausted", "asks once more than there are replies", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "read", Route: "GET /things/{id}", Replies: []mockserver.Response{says("a"), says("b")}, Exhausted: mockserver.Fail},
		}}), nil, func(p *player) {
			for range 3 {
				p.ask("GET", "/things/1", "")
			}
		}},
		{"only a limit", "asks for what a limit lets through and nothing answers", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "limit", Route: "* /**", Priority: 1, Limit: &mockserver.Limit{Requests: 4, Window: time.Minute}},
			{ID: "read", Route: "GET /things/{id}", Optional: true, Replies: []mockserver.Response{says("a")}},
		}}), nil, asking("GET", "/thing/1", "")},
		{"no routes", "asks a server that knows nothing", mockserver.Scenario{}, nil, asking("GET", "/things", "")},
		{"unissued id", "polls an id that it made up", operation(nil), nil, func(p *player) {
			p.ask("PATCH", "/v1.0/external/connections/contosohr/schema", `{}`)
			p.ask("GET", "/v1.0/external/connections/contosohr/operations/42", "")
		}},
		{"never registered", "polls without registering", operation(nil), nil, asking("GET", "/v1.0/external/connections/contosohr/operations/42", "")},
		{"unused replies", "stops polling two operations too early", operation(func(s *mockserver.Scenario) { s.Routes = s.Routes[1:]; s.Routes[0].Requires = nil }), nil, func(p *player) {
			for _, id := range []string{"1", "2", "2"} {
				p.ask("GET", "/v1.0/external/connections/contosohr/operations/"+id, "")
			}
		}},
		{"never asked", "does nothing", operation(nil), nil, func(*player) {}},
		{"early retry", "does not wait for what Retry-After says", sourced(mockserver.Throttled(1, 10*time.Second)), []mockserver.Option{mockserver.AllowUnused()}, func(p *player) {
			p.ask("GET", "/v1.0/external/connections/contosohr/operations/1", "")
			p.clock.Add(4 * time.Second)
			p.ask("GET", "/v1.0/external/connections/contosohr/operations/1", "")
		}},
		{"limit", "goes on when a limit has turned it away", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "throttle", Route: "* /**", Priority: 1, Limit: &mockserver.Limit{Requests: 1, Window: time.Minute, RetryAfter: 10 * time.Second}},
			{ID: "read", Route: "GET /things/{id}", Replies: []mockserver.Response{says("a")}},
		}}), nil, func(p *player) {
			for range 3 {
				p.ask("GET", "/things/1", "")
			}
		}},
		{"no token", "sends no token to a scenario that asks for one", withAuth(threeRoutes()), nil, asking("GET", "https://graph.microsoft.com/v1.0/things/1", "")},
		{"no token for a host that is not Graph's", "sends no token to the server's own address", withAuth(threeRoutes()), nil, asking("GET", "http://127.0.0.1:8080/v1.0/things/1", "")},
		{"unknown credentials", "asks Microsoft Entra ID for what the server does not know", threeRoutes(), nil, asking("GET", "https://login.microsoftonline.com/contoso/oauth2/v2.0/token?client_secret=S3cr3tS3cr3t", "")},
		{"unknown metadata", "asks the instance metadata service for something else than a token", threeRoutes(), nil, asking("GET", "http://169.254.169.254/metadata/instance?api-version=2021-02-01", "")},
		{"invalid request", "sends a request that breaks the contract", withMatch(mockserver.Match{}), []mockserver.Option{makes}, asking("POST", "/things", `{"name":true}`, "Content-Type", "application/json")},
		{"invalid reply", "gets a reply that breaks the contract", operation(func(s *mockserver.Scenario) {
			s.Routes = s.Routes[1:]
			s.Routes[0].Requires, s.Routes[0].Replies = nil, []mockserver.Response{{Template: true, Body: []byte(`{"id":{{.operation}},"status":"completed"}`)}}
		}), []mockserver.Option{mockserver.SkipVerify()}, asking("GET", "/v1.0/external/connections/contosohr/operations/1", "")},
		{"reply that cannot be made", "gets what a template cannot make", sourced(mockserver.Reply("POST /things", with(`{{json "/name"}}`, func(r *mockserver.Response) { r.Template = true }))), nil, asking("POST", "/things", `{}`)},
		{"invalid life", "gets a life that goes back", operation(func(s *mockserver.Scenario) {
			s.Routes = s.Routes[1:]
			s.Routes[0].Requires, s.Routes[0].Replies = nil, []mockserver.Response{{Fixture: "connectionOperation/completed"}, {Fixture: "connectionOperation/inprogress"}}
		}), nil, func(p *player) {
			for range 2 {
				p.ask("GET", "/v1.0/external/connections/contosohr/operations/1", "")
			}
		}},
		{"lying label", "says that its body is gzip", withMatch(mockserver.Match{}), []mockserver.Option{mockserver.Strict()}, asking("POST", "/things", `{"name":"x"}`, "Content-Encoding", "gzip")},
		{"missing label", "does not say that its body is gzip", withMatch(mockserver.Match{}), []mockserver.Option{mockserver.Strict()}, asking("POST", "/things", packed(`{"name":"x"}`))},
		{"expected at least", "asks once", expect(calls("read", mockserver.Calls{Min: 3})), nil, asking("GET", "/things/1", "")},
		{"expected at most", "asks twice", expect(calls("read", mockserver.Calls{Max: 1})), nil, func(p *player) { p.ask("GET", "/things/1", ""); p.ask("GET", "/things/2", "") }},
		{"expected never", "deletes", expect(calls("delete", mockserver.Calls{Never: true})), nil, asking("DELETE", "/things/1", "")},
		{"expected interval", "polls too fast", expect(calls("read", mockserver.Calls{Interval: 5 * time.Second})), nil, func(p *player) {
			p.ask("GET", "/things/1", "")
			p.clock.Add(1500 * time.Millisecond)
			p.ask("GET", "/things/1", "")
		}},
		{"expected order", "deletes first", expect(mockserver.Expect{Order: []string{"read", "delete"}}), nil, func(p *player) { p.ask("DELETE", "/things/1", ""); p.ask("GET", "/things/1", "") }},
		{"expected Retry-After", "polls before the time has passed", func() mockserver.Scenario {
			s := expect(mockserver.Expect{RetryAfter: true})
			s.Routes[2].Replies = []mockserver.Response{{RetryAfter: 10 * time.Second, Header: says("").Header, Body: []byte("wait")}}
			return s
		}(), nil, func(p *player) { p.ask("GET", "/things/1", ""); p.ask("GET", "/things/1", "") }},
		{"wrong routes", "does not come to ask: the scenario cannot be played", mockserver.Scenario{Routes: []mockserver.Route{
			{Route: "/things", Replies: []mockserver.Response{{}}, Source: "scenarios/things.yaml:3"},
			{Route: "GET /things/{id}/parts/{id}", Replies: []mockserver.Response{{}}, Source: "scenarios/things.yaml:4"},
			{ID: "one", Route: "GET /things/{id}", Replies: []mockserver.Response{{}}, Source: "scenarios/things.yaml:5"},
			{ID: "two", Route: "GET /things('{key}')", Replies: []mockserver.Response{{}}, Source: "scenarios/things.yaml:6"},
			{ID: "two", Route: "GET /other", Source: "scenarios/things.yaml:7"},
			{ID: "three", Route: "GET /more/{id}", Per: []string{"idd"}, Requires: []string{"id"}, Replies: []mockserver.Response{{}}, Source: "scenarios/things.yaml:8"},
		}}, nil, nil},
		{"wrong replies", "does not come to ask: the scenario cannot be played", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "things", Route: "GET /things/{id}", Exhausted: "stop", Replies: []mockserver.Response{
				{Status: 20}, {Status: 204, Body: []byte("x")}, {JSON: 1, Fixture: "x/y"}, {Times: -1}, {Fault: "rset"}, {Delay: mockserver.Delay{Min: time.Hour, Max: time.Minute}}, {RetryAfterDate: true},
			}},
		}}), nil, nil},
		{"wrong states", "does not come to ask: the scenario cannot be played", sourced(mockserver.Scenario{
			State: map[string]mockserver.Machine{"door": {States: []string{"closed", "open", "locked"}}, "lamp": {}},
			Routes: []mockserver.Route{
				{ID: "open", Route: "POST /open", When: is("door", "closd"), Replies: []mockserver.Response{{Change: map[string]string{"dor": "open"}}}},
				{ID: "close", Route: "POST /close", When: is("door", "locked"), Replies: []mockserver.Response{{Change: map[string]string{"door": "closed"}}}},
			},
		}), nil, nil},
		{"wrong contents", "does not come to ask: the scenario cannot be played", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "poll", Route: pollRoute, Replies: []mockserver.Response{{JSON: map[string]any{"id": 1, "status": "completed"}}, {Fixture: "connectionOperation/complete"}}},
			{ID: "me", Route: "GET /me/{id}", Replies: []mockserver.Response{{Fixture: "nope/one"}}},
		}}), nil, nil},
		{"wrong templates", "does not come to ask: the scenario cannot be played", sourced(mockserver.Scenario{Routes: []mockserver.Route{
			{ID: "me", Route: "GET /me/{id}", Replies: []mockserver.Response{{Template: true, Body: []byte(`{"id":"{{.idd}}","me":"{{path \"ip\"}}"}`)}}},
		}}), nil, nil},
		{"wrong auth", "does not come to ask: the scenario cannot be played", sourced(mockserver.Scenario{
			Auth:   &mockserver.Auth{Lifetime: -time.Hour, Require: []string{"User.Read.All", ""}, Grant: []string{"User.Read.All Group.Read.All"}},
			Routes: []mockserver.Route{{Route: "GET /things/{id}", Replies: []mockserver.Response{says("a")}}},
		}), nil, nil},
		{"wrong expectations", "does not come to ask: the scenario cannot be played", expect(mockserver.Expect{
			Order: []string{"reed"}, Routes: map[string]mockserver.Calls{"delete": {Min: 3, Max: 2}, "list": {Never: true, Min: 1}},
		}), nil, nil},
	}
}

var unstable = regexp.MustCompile(`failures_test\.go:\d+`)

// TestFailures holds what failing tests are told against testdata/failures.txtar, which a newcomer has to understand without the
// source (row 5, and all that the others report). GRAPHCONTRACT_UPDATE writes it.
func TestFailures(t *testing.T) {
	t.Setenv("GRAPHCONTRACT_ARTIFACTS", "")
	const file = "testdata/failures.txtar"
	got := &txtar.Archive{Comment: []byte("What a failing test is told: the client of the test does what the first line says. Written by\n" +
		"GRAPHCONTRACT_UPDATE=1 go test ./mockserver -run TestFailures\n\n")}
	for _, c := range failures(t) {
		clock := newHand()
		tb := runFake(t, func(tb *fakeTB) {
			srv := mockserver.Transport(tb, c.scenario, append([]mockserver.Option{mockserver.Clock(clock.Now)}, c.opts...)...)
			if c.play != nil {
				c.play(&player{t, srv, clock})
			}
		})
		require.NotEmpty(t, tb.said(), c.name)
		text := "# The client " + c.does + ".\n" + strings.Join(tb.said(), "\n") + "\n"
		got.Files = append(got.Files, txtar.File{Name: c.name, Data: []byte(unstable.ReplaceAllString(text, "failures_test.go:LINE"))})
	}
	if os.Getenv("GRAPHCONTRACT_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, txtar.Format(got), 0o644))
	}
	golden, err := txtar.ParseFile(file)
	require.NoError(t, err)
	want := map[string]string{}
	for _, f := range golden.Files {
		want[f.Name] = string(f.Data)
	}
	for _, f := range got.Files {
		t.Run(f.Name, func(t *testing.T) { require.Equal(t, want[f.Name], string(f.Data)) })
	}
	require.True(t, bytes.Equal(txtar.Format(golden), txtar.Format(got)), "GRAPHCONTRACT_UPDATE=1 writes %s", file)
}
