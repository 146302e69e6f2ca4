package mockserver_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// makes is a reply that a function makes.
func makes(r mockserver.Response) mockserver.Response {
	return mockserver.Response{Func: func(*mockserver.Request) mockserver.Response { return r }}
}

// TestFuncIsChecked holds that what a function returns is checked like a reply of the scenario.
func TestFuncIsChecked(t *testing.T) {
	for _, tt := range []struct {
		made mockserver.Response
		want string
	}{
		{mockserver.Response{Status: 99}, "99 is no status"},
		{mockserver.Response{Status: 1000}, "1000 is no status"},
		{mockserver.Response{Fault: "bogus"}, `"bogus"`},
		{mockserver.Response{Status: 204, Body: []byte("{}")}, "204 has no body"},
		{mockserver.Response{Status: 429, RetryAfter: -time.Hour}, "negative"},
		{mockserver.Response{Body: []byte("{}"), JSON: 1}, "several bodies"},
		{mockserver.Response{Change: map[string]string{"nope": "x"}}, `machine "nope" is not declared`},
		{mockserver.Response{Body: []byte("{}"), Header: http.Header{"Content-Length": {"9"}}}, "the Content-Length is 9"},
		{mockserver.Response{Template: true, Body: []byte("{{.nope}}")}, "there is no .nope"},
		{makes(mockserver.Response{}), "a response that has a function"},
	} {
		s := mockserver.Reply("GET /x", makes(tt.made))
		s.Routes[0].Source = "here:1"
		h := handler(t, s)
		assert.Equal(t, 500, ask(t, h, "GET", "/v1.0/x", "").Status, tt.want)
		require.ErrorIs(t, h.Err(), mockserver.ErrInvalid)
		assert.ErrorContains(t, h.Err(), tt.want)
		assert.ErrorContains(t, h.Err(), "here:1")
	}
}

// TestFuncMayBreak holds that what a function returns may break the contract and the message where its reply or its route may, and
// that the length of what is not sent may be any for HEAD.
func TestFuncMayBreak(t *testing.T) {
	broken := makes(mockserver.Response{Body: []byte(`{"id":`), Header: http.Header{"Content-Length": {"9"}}})
	reply, route := mockserver.Reply("GET /x", broken), mockserver.Reply("GET /x", broken)
	reply.Routes[0].Replies[0].AllowInvalid = "as a test"
	route.Routes[0].AllowInvalid = "as a test"
	for _, s := range []mockserver.Scenario{reply, route} {
		h := handler(t, s)
		assert.Equal(t, 200, ask(t, h, "GET", "/v1.0/x", "").Status)
		assert.NoError(t, h.Err())
	}
	h := handler(t, mockserver.Reply("GET /x", makes(mockserver.Response{Status: 200, Header: http.Header{"Content-Length": {"9"}}})))
	assert.Equal(t, 200, ask(t, h, "HEAD", "/v1.0/x", "").Status)
	assert.NoError(t, h.Err())
}

// TestFuncChanges holds that the state moves as the function says, unless its ETag refuses the request; so does that of a template.
func TestFuncChanges(t *testing.T) {
	re := mockserver.Response{Status: 200, Header: http.Header{"ETag": {`"v2"`}}, JSON: 1, Change: map[string]string{"m": "b"}}
	templated := re
	templated.Template = true
	templated.Header = http.Header{"ETag": {`"v{{len "ab"}}"`}}
	for name, re := range map[string]mockserver.Response{"func": makes(re), "template": templated} {
		t.Run(name, func(t *testing.T) {
			s := mockserver.Reply("* /x", re)
			s.State = map[string]mockserver.Machine{"m": {States: []string{"a", "b"}}}
			h := handler(t, s)
			assert.Equal(t, 412, ask(t, h, "PATCH", "/v1.0/x", "", "If-Match", `"v1"`).Status)
			assert.Equal(t, "a", h.State("m"))
			assert.ErrorIs(t, h.Verify(), mockserver.ErrUnused, "what was refused has used nothing up")
			none := ask(t, h, "GET", "/v1.0/x", "", "If-None-Match", `"v2"`)
			assert.Equal(t, 304, none.Status)
			assert.Equal(t, `"v2"`, none.Header.Get("ETag"))
			assert.Empty(t, none.Body)
			h.Reset()
			assert.Equal(t, 200, ask(t, h, "PATCH", "/v1.0/x", "", "If-Match", `"v2"`).Status)
			assert.Equal(t, "b", h.State("m"))
			assert.NoError(t, h.Err())
		})
	}
}
