package mockserver

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLoadVariants loads the file that the format was designed on.
func TestLoadVariants(t *testing.T) {
	const file = "registration.yaml"
	base := func() Scenario {
		return Scenario{
			Name: "schema-registration-succeeds",
			Host: "graph.microsoft.com",
			Vars: map[string]string{"conn": "contosohr"},
			Routes: []Route{{
				ID:    "start",
				Route: "PATCH /external/connections/{conn}/schema",
				Match: Match{
					Header: map[string]Text{"Authorization": {}},
					JSON:   json.RawMessage(`{"baseType":"microsoft.graph.externalItem"}`),
				},
				Requests: Enforce,
				Replies: []Response{{
					Times:    1,
					Status:   202,
					Header:   http.Header{"Location": {`{{base}}/external/connections/{{.conn}}/operations/{{newID "op"}}`}},
					Template: true,
					Source:   file + ":10",
				}},
				Exhausted: Fail,
				Source:    file + ":6",
			}, {
				ID:       "poll",
				Route:    "GET /external/connections/{conn}/operations/{op}",
				Per:      []string{"conn", "op"},
				Requires: []string{"op"},
				Replies: []Response{
					{Times: 1, Status: 404, Fixture: "error/ResourceNotFound", Source: file + ":17"},
					{For: 10 * time.Minute, Header: http.Header{"Retry-After": {"150"}}, Fixture: "connectionOperation/inprogress", Source: file + ":18"},
					{Fixture: "connectionOperation/completed", Source: file + ":19"},
				},
				EarlyRetry: EnforceAll,
				Source:     file + ":12",
			}, {
				ID:       "throttle",
				Route:    "* /external/**",
				Priority: 1,
				Limit:    &Limit{Requests: 4, Window: time.Second, Key: []string{"app"}, RetryAfter: 10 * time.Second},
				Source:   file + ":21",
			}},
			Expect: Expect{Routes: map[string]Calls{"poll": {Min: 3}}, Order: []string{"start", "poll"}},
		}
	}
	failed, flaky := base(), base()
	failed.Name += "/failed"
	failed.Routes[1].Replies[2] = Response{Fixture: "connectionOperation/failed", Source: file + ":27"}
	flaky.Name += "/flaky"
	flaky.Routes[1].Replies[0] = Response{Fault: Reset, Times: 1, Source: file + ":28"}

	scenarios, err := LoadVariants(os.DirFS("testdata/file"), file)
	require.NoError(t, err)
	places := scenarios[0].places
	for i := range scenarios {
		scenarios[i].places, scenarios[i].written = nil, nil
	}
	require.Equal(t, []Scenario{base(), failed, flaky}, scenarios)

	require.Equal(t, file+":1:1", places[""])
	require.Equal(t, file+":6:3", places["routes[0]"])
	require.Equal(t, file+":17:5", places["routes[1].replies[0]"])
	require.Equal(t, file+":17:38", places["routes[1].replies[0].fixture"])
	require.Equal(t, file+":10:10", places["routes[0].replies[0]"])
	require.Equal(t, file+":25:16", places["expect.poll"])

	_, err = Load(os.DirFS("testdata/file"), "regestration.yaml")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "mockserver: regestration.yaml: ")

	one, err := Load(os.DirFS("testdata/file"), file)
	require.NoError(t, err)
	one.places, one.written = nil, nil
	require.Equal(t, base(), one)
}

// TestLoadedPaths holds that what a server finds in a loaded scenario is called as in the file.
func TestLoadedPaths(t *testing.T) {
	for file, want := range map[string]string{
		"routes: [{route: GET /external/connections/a/operations/b, reply: {body: {status: 1}}}]":                     "2:67: routes[0].reply: the reply breaks the contract",
		`operation: {poll: "GET /external/connections/{conn}/operations/{op}", outcome: failed, error: {message: 1}}`: "2:95: operation.error: fixture ",
	} {
		scenarios, err := loadBytes("scenario.yaml", []byte("version: 1\n"+file))
		require.NoError(t, err)
		_, err = NewHandler(scenarios[0])
		require.ErrorContains(t, err, "mockserver: scenario.yaml:"+want)
	}
}
