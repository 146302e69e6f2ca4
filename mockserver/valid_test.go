package mockserver_test

import (
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/graphcontract/graphcontract/schema"
)

const pollRoute = "GET /external/connections/{connection}/operations/{operation}"

// TestRequestsAreNoOtherMode shows that a misspelt mode is no way to leave requests unjudged.
func TestRequestsAreNoOtherMode(t *testing.T) {
	_, err := mockserver.NewHandler(mockserver.Reply("GET /me", says("")), mockserver.Requests("reprot"))
	require.ErrorContains(t, err, `requests: what happens to requests that break the contract cannot be "reprot" (did you mean "report"?)`)
	var e *mockserver.LoadError
	require.ErrorAs(t, err, &e)
}

// TestReplyIsJudged is row 19: constant replies when the server starts, with the place, the others when they are made; a deliberate
// breach says so.
func TestReplyIsJudged(t *testing.T) {
	broken := map[string]any{"id": 1, "status": "completed"}
	at := func(r mockserver.Response) mockserver.Scenario {
		s := mockserver.Reply(pollRoute, r)
		s.Routes[0].Source = "operations.yaml:7"
		return s
	}
	const path = "/v1.0/external/connections/a/operations/1"
	for _, c := range []struct {
		name, reason string
		reply        mockserver.Response
		load, render string // what is said then, "" for nothing
	}{
		{"valid", "nothing is said", mockserver.Response{JSON: map[string]any{"id": "1", "status": "completed"}}, "", ""},
		{
			"constant", "is judged when the server starts",
			mockserver.Response{JSON: broken},
			`operations.yaml:7: routes[0].replies[0]: the reply breaks the contract: 1:7: /id: got number 1, want string`, "",
		},
		{
			"unlisted value", "a service may be ahead of its pages, and a mock is not",
			mockserver.Response{JSON: map[string]any{"id": "1", "status": "succeeded"}},
			`/status: got string "succeeded"`, "",
		},
		{"unknownFutureValue", "every list may have it", mockserver.Response{JSON: map[string]any{"id": "1", "status": "unknownFutureValue"}}, "", ""},
		{"error without a message", "Graph's Go client needs one", mockserver.Response{Status: 404, JSON: map[string]any{"error": map[string]any{"code": "x", "message": ""}}}, "/error/message", ""},
		{"error of another shape", "clients find no code in it", mockserver.Response{Status: 500, JSON: map[string]any{}}, "/error/message", ""},
		{"error without a body", "has an envelope", mockserver.Response{Status: 409}, "", ""},
		{"error", "error envelopes have a message", mockserver.Response{Status: 404, JSON: map[string]any{"error": map[string]any{"code": "x"}}}, "/error", ""},
		{
			"template", "is judged when it is made",
			mockserver.Response{Template: true, Body: []byte(`{"id":{{query "id"}},"status":"completed"}`)},
			"",
			`operations.yaml:7: the reply to GET /v1.0/external/connections/a/operations/1?id=1 breaks the contract`,
		},
		{"function", "is judged when it is made", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			return mockserver.Response{JSON: broken}
		}}, "", "breaks the contract"},
		{"function that does not say what", "is an error when it is made", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			return mockserver.Response{Fixture: "nope"}
		}}, "", `fixture "nope"`},
		{"function of a function", "is an error", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			return mockserver.Response{Func: func(*mockserver.Request) mockserver.Response { return mockserver.Response{} }}
		}}, "", "a response that has a function"},
		{"allowed", "a deliberate breach", mockserver.Response{JSON: broken, AllowInvalid: "on purpose"}, "", ""},
		{"allowed, made", "a deliberate breach", mockserver.Response{Template: true, Body: []byte(`{"id":{{query "id"}}}`), AllowInvalid: "on purpose"}, "", ""},
		{"function that allows", "a deliberate breach", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			return mockserver.Response{JSON: broken, AllowInvalid: "on purpose"}
		}}, "", ""},
		{"fault", "is none of the contract's business", mockserver.Response{JSON: broken, Fault: mockserver.Truncated}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := mockserver.NewHandler(at(c.reply))
			if c.load != "" {
				require.ErrorContains(t, err, c.load, c.reason)
				var load *mockserver.LoadError
				require.ErrorAs(t, err, &load)
				require.Equal(t, "routes[0].replies[0]", load.Path)
				return
			}
			require.NoError(t, err, c.reason)
			_, _ = try(h, "GET", path+"?id=1", "")
			if c.render == "" {
				require.NoError(t, h.Err(), c.reason)
				require.NoError(t, h.Verify(), "nor at the end")
				return
			}
			require.ErrorIs(t, h.Err(), mockserver.ErrInvalid, c.reason)
			require.ErrorContains(t, h.Err(), c.render, c.reason)
		})
	}
	s := at(mockserver.Response{JSON: broken})
	s.Routes[0].AllowInvalid = "all of it"
	_, err := mockserver.NewHandler(s)
	require.NoError(t, err, "a route can say so, too")
}

// TestLifeIsJudged is row 19: what only the exchanges together show is said at the end.
func TestLifeIsJudged(t *testing.T) {
	state := func(s string) mockserver.Response {
		return mockserver.Response{JSON: map[string]any{"id": "1", "status": s}}
	}
	for _, back := range []bool{false, true} {
		s := mockserver.Reply(pollRoute, state("completed"), state("inprogress"))
		if back {
			s.Routes[0].Replies[1].AllowInvalid = "it goes on after its end"
		}
		h := handler(t, s)
		for range 2 {
			require.Equal(t, 200, ask(t, h, "GET", "/v1.0/external/connections/a/operations/1", "").Status)
		}
		require.NoError(t, h.Err())
		if back {
			require.NoError(t, h.Verify())
			continue
		}
		require.ErrorIs(t, h.Verify(), mockserver.ErrInvalid)
		require.ErrorContains(t, h.Verify(), "completed")
		require.NoError(t, errorOfSkipped(t, s))
	}
}

// errorOfSkipped is what SkipVerify leaves to say.
func errorOfSkipped(t *testing.T, s mockserver.Scenario) error {
	h := handler(t, s, mockserver.SkipVerify())
	for range 2 {
		ask(t, h, "GET", "/v1.0/external/connections/a/operations/1", "")
	}
	return h.Verify()
}

// TestRequestIsJudged is row 20: what happens to a request that breaks the contract, by the server's option and the route's own.
func TestRequestIsJudged(t *testing.T) {
	const path, good, bad = "/v1.0/things", `{"name":"x"}`, `{"name":true}`
	report, enforce, off := mockserver.Report, mockserver.Enforce, mockserver.Off
	for _, c := range []struct {
		server, route mockserver.RequestMode
		status        int
		reported      bool
	}{
		{"", "", 200, true},
		{report, "", 200, true},
		{enforce, "", 400, false},
		{off, "", 200, false},
		{"", enforce, 400, false},
		{"", off, 200, false},
		{enforce, report, 200, true},
		{enforce, off, 200, false},
		{off, report, 200, true},
		{off, enforce, 400, false},
		{report, off, 200, false},
	} {
		t.Run(string("server "+c.server+", route "+c.route), func(t *testing.T) {
			s := mockserver.Reply("POST /things", says("done"), says("another"))
			s.Routes[0].AllowInvalid, s.Routes[0].Requests = "a text is enough here", c.route
			opts := []mockserver.Option{mockserver.Contract(things(t))}
			if c.server != "" {
				opts = append(opts, mockserver.Requests(c.server))
			}
			h := handler(t, s, opts...)
			assert.Equal(t, 200, ask(t, h, "POST", path, good, "Content-Type", "application/json").Status)
			require.NoError(t, h.Err(), "of a good request nothing is said")
			a := ask(t, h, "POST", path, bad, "Content-Type", "application/json")
			assert.Equal(t, c.status, a.Status)
			if c.status == 400 {
				assert.Contains(t, a.Body, `"code":"Request_BadRequest"`)
				assert.Contains(t, a.Body, "/name")
				require.Equal(t, "another", ask(t, h, "POST", path, good, "Content-Type", "application/json").Body, "no reply was used")
			}
			if !c.reported {
				assert.NoError(t, h.Err())
				return
			}
			assert.ErrorIs(t, h.Err(), mockserver.ErrInvalid)
			assert.ErrorContains(t, h.Err(), "/name")
		})
	}
}

// things is a contract whose pages document how a thing is made.
func things(t testing.TB) *contract.Contract {
	t.Helper()
	catalog, err := schema.LoadPages(t.Context(), fstest.MapFS{"thing.md": {Data: []byte(`# thing resource type

Namespace: microsoft.graph

## Properties
|Property|Type|Description|
|:---|:---|:---|
|name|String|The name.|

## JSON representation
<!-- {"blockType": "resource", "@odata.type": "microsoft.graph.thing"} -->
` + "``` json\n{}\n```\n")}, "thing-post.md": {Data: []byte(`# Create thing

## HTTP request
` + "``` http\nPOST /things\n```" + `

## Request body
In the request body, supply a JSON representation of a [thing](thing.md) object.

## Response
If successful, this method returns ` + "`201 Created`" + ` and a [thing](thing.md) object.
`)}})
	require.NoError(t, err)
	c, err := contract.New(catalog, schema.Tolerant)
	require.NoError(t, err)
	return c
}

// TestScenarioIsCopied is row 17: what the owner of a scenario changes after the start is not seen.
func TestScenarioIsCopied(t *testing.T) {
	s := mockserver.Reply("GET /x", says("a"))
	h := handler(t, s)
	s.Routes[0].Replies[0] = mockserver.Response{Fault: mockserver.Reset}
	s.Routes[0].Replies[0].Delay.Fixed = 1 << 60
	s.Routes[0].Optional = true
	require.ErrorIs(t, h.Verify(), mockserver.ErrUnused)
	require.Equal(t, "a", ask(t, h, "GET", "/x", "").Body)
}

// TestManners is rows 19 and 32: every answer has Graph's headers, and one of the server's own Graph's envelope.
func TestManners(t *testing.T) {
	h := handler(t, mockserver.Error("GET /me", http.StatusUnauthorized, "InvalidAuthenticationToken"))
	for _, path := range []string{"/me", "/nowhere"} {
		a := ask(t, h, "GET", path, "", "client-request-id", "mine")
		assert.Equal(t, "mine", a.Header.Get("Client-Request-Id"), path)
		assert.Contains(t, a.Body, `"request-id":"`+a.Header.Get("Request-Id")+`"`, path)
		assert.Regexp(t, `"date":"[^"]*Z"`, a.Body, path)
		assert.NotEmpty(t, a.Header.Get("Date"), path)
	}
	assert.NotEmpty(t, ask(t, h, "GET", "/me", "").Header.Get("Www-Authenticate"))
	assert.Equal(t, "GET, HEAD, OPTIONS", ask(t, h, "OPTIONS", "/me", "").Header.Get("Allow"))
	head := ask(t, h, "HEAD", "/me", "")
	assert.Equal(t, 401, head.Status)
	assert.Empty(t, head.Body)
}
