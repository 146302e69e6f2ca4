package mockserver_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

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

// TestOwnerChangesItsScenario holds that a scenario is its owner's again when the server has started, also where routes are added, which
// compiles it anew, and where a shared server gives another view.
func TestOwnerChangesItsScenario(t *testing.T) {
	type named struct {
		Name string `json:"displayName"`
	}
	wanted, sent := &named{"Ada"}, &named{"Grace"}
	query, is := map[string]mockserver.Text{"tag": {Equal: "a"}}, map[string]string{"m": "on"}
	limit := &mockserver.Limit{Requests: 2, Window: time.Hour}
	s := mockserver.Scenario{
		State: map[string]mockserver.Machine{"m": {States: []string{"on"}}},
		Routes: []mockserver.Route{{
			Route: "POST /things", Match: mockserver.Match{Query: query, JSON: wanted}, When: mockserver.Guard{Is: is}, Limit: limit,
			Replies: []mockserver.Response{{JSON: sent}},
		}},
	}
	h := handler(t, s)
	shared, err := mockserver.Listen(s)
	require.NoError(t, err)
	defer shared.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		*wanted, *sent, *limit = named{}, named{}, mockserver.Limit{}
		clear(query)
		clear(s.State)
		clear(s.Routes)
		is["m"] = "off"
	})
	require.NoError(t, h.Add(mockserver.Route{Route: "GET /more", Replies: []mockserver.Response{{}}, Optional: true}))
	view := shared.For(t)
	for _, post := range []func() answer{
		func() answer { return ask(t, h, "POST", "/things?tag=a", `{"displayName":"Ada"}`) },
		func() answer {
			res, body := exchange(t, view.Client(), "POST", view.URL+"/things?tag=a", `{"displayName":"Ada"}`)
			return answer{Status: res.StatusCode, Body: body}
		},
	} {
		for range 2 {
			require.Equal(t, `{"displayName":"Grace"}`, post().Body)
		}
		require.Equal(t, http.StatusTooManyRequests, post().Status)
	}
	wg.Wait()
}

// TestSetOfAFileIsATemplate holds that texts in Set are templates, whether they are written in Go or have been read.
func TestSetOfAFileIsATemplate(t *testing.T) {
	for _, text := range []any{"{{.id}} is gone", json.RawMessage(`"{{.id}} is gone"`)} {
		h := handler(t, mockserver.Reply("GET /things/{id}", mockserver.Response{
			Status: http.StatusNotFound, Fixture: "error/ResourceNotFound", Template: true, Set: map[string]any{"/error/message": text},
		}))
		require.Contains(t, ask(t, h, "GET", "/things/7", "").Body, `"message":"7 is gone"`)
	}
}
