package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestRegistrationIsJudged holds what a registration sends against what is known of it: an object.
func TestRegistrationIsJudged(t *testing.T) {
	const path = "/v1.0/external/connections/a/schema"
	for _, c := range []struct {
		name, reason, body, want string
		mode                     mockserver.RequestMode
		status                   int
	}{
		{name: "an object", reason: "no page says more", body: `{"baseType":"microsoft.graph.externalItem"}`, status: 202},
		{name: "no body", reason: "PATCH has one", want: "without a body, want microsoft.graph.externalConnectors.schema", status: 202},
		{name: "no body, enforced", reason: "Graph answers with 400", mode: mockserver.Enforce, status: 400},
		{name: "no body, off", reason: "the route says so", mode: mockserver.Off, status: 202},
		{name: "an array", reason: "it is none", body: `[]`, want: "got an array of 0 items, want object (microsoft.graph.externalConnectors.schema)", status: 202},
		{name: "half", reason: "it is no JSON", body: `{"baseType":`, want: "json/", status: 202},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NotEmpty(t, c.reason)
			s := mockserver.Register(mockserver.Completed)
			s.Routes[1].Requests = c.mode
			h := handler(t, s)
			assert.Equal(t, c.status, ask(t, h, "PATCH", path, c.body, "Content-Type", "application/json").Status)
			if c.want == "" {
				assert.NoError(t, h.Err())
				return
			}
			require.ErrorIs(t, h.Err(), mockserver.ErrInvalid)
			assert.ErrorContains(t, h.Err(), c.want)
		})
	}
	for body, broken := range map[string]bool{`{"acl":`: true, `{"acl":[]}`: false} {
		t.Run("unknown operation, "+body, func(t *testing.T) {
			h := handler(t, mockserver.Reply("PUT /external/connections/c/unknown/1", mockserver.Response{}))
			ask(t, h, "PUT", "/v1.0/external/connections/c/unknown/1", body, "Content-Type", "application/json")
			assert.Equal(t, broken, h.Err() != nil, "%v", h.Err())
			h = handler(t, mockserver.Reply("PUT /external/connections/c/unknown/1", mockserver.Response{}))
			ask(t, h, "PUT", "/v1.0/external/connections/c/unknown/1", body, "Content-Type", "application/octet-stream")
			assert.NoError(t, h.Err(), "it is said to be no JSON")
		})
	}
	for name, up := range map[string][]string{
		"a file":         {"PUT", "/me/drive/root:/a.json:/content"},
		"a value":        {"PUT", "/me/messages/1/attachments/2/$value"},
		"part of a file": {"PUT", "/me/uploads/1", "Content-Range", "bytes 0-3/10"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler(t, mockserver.Reply(up[0]+" "+up[1], mockserver.Response{}))
			ask(t, h, up[0], "/v1.0"+up[1], `{"a"`, append(up[2:], "Content-Type", "application/json")...)
			assert.NoError(t, h.Err(), "its bytes are the user's")
		})
	}
	t.Run("other methods", func(t *testing.T) {
		h := handler(t, mockserver.Reply("POST /things", mockserver.Response{Status: http.StatusAccepted}), mockserver.Contract(things(t)))
		ask(t, h, "POST", "/v1.0/things", "")
		assert.NoError(t, h.Err(), "the body of an action may be left out")
	})
}
