package mockserver_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestSetIsNotChanged holds that an error fixture leaves the values of Set as they are, however many requests there are.
func TestSetIsNotChanged(t *testing.T) {
	details := map[string]any{"a": "x"}
	h := handler(t, mockserver.Reply("GET /a", mockserver.Response{
		Status: http.StatusNotFound, Fixture: "error/ResourceNotFound", Template: true, AllowInvalid: "details that are none",
		Set: map[string]any{"/error/details": details, "/error/details/path": "{{uuid}}"},
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				a, err := try(h, "GET", "/v1.0/a", "")
				assert.NoError(t, err)
				assert.Contains(t, a.Body, `"path":"`)
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[string]any{"a": "x"}, details)
}

// TestWhatIsPlayedIsCopied holds that bytes and maps of a scenario are the owner's again when the server has started.
func TestWhatIsPlayedIsCopied(t *testing.T) {
	body, vars, change := []byte(`{"a":1}`), map[string]string{"v": "a"}, map[string]string{"m": "b"}
	state := map[string]mockserver.Machine{"m": {States: []string{"a", "b"}}}
	h := handler(t, mockserver.Scenario{Vars: vars, State: state, Routes: []mockserver.Route{
		{Route: "GET /a", Replies: []mockserver.Response{{Body: body, Change: change}}},
		{Route: "GET /b", Replies: []mockserver.Response{{Template: true, JSON: map[string]any{"v": "{{.v}}"}}}},
	}})
	copy(body, "garbage")
	vars["v"], change["m"] = "changed", "a"
	delete(state, "m")
	require.Equal(t, `{"a":1}`, ask(t, h, "GET", "/a", "").Body)
	require.Equal(t, `{"v":"a"}`, ask(t, h, "GET", "/b", "").Body)
	require.Equal(t, "b", h.State("m"))
}
