package mockserver_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// manyAtOnce plays n clients at the same time, each with connections of its own, and lists by client what it has been told.
func manyAtOnce(srv *mockserver.Server, n int, play func(client *http.Client, i int) []string) [][]string {
	told := make([][]string, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			client := srv.Client()
			if tr, ok := client.Transport.(*http.Transport); ok {
				own := tr.Clone()
				defer own.CloseIdleConnections()
				client = &http.Client{Transport: own}
			}
			told[i] = play(client, i)
		})
	}
	wg.Wait()
	return told
}

// TestIDsFollowTheirPlace holds that equal seeds give each client the same ids, however many others ask at the same time.
func TestIDsFollowTheirPlace(t *testing.T) {
	things := mockserver.Scenario{Routes: []mockserver.Route{
		{Route: "POST /groups/{group}/things", Replies: []mockserver.Response{{
			Status: http.StatusAccepted, Template: true,
			Header: http.Header{"Location": {`/groups/{{.group}}/things/{{newID "thing"}}`}, "X-One": {"{{uuid}}"}, "X-Two": {"{{uuid}}"}},
		}}},
		{Route: "GET /groups/{group}/things/{thing}", Requires: []string{"thing"}, Replies: []mockserver.Response{{}}},
	}}
	run := func(seed uint64) [][]string {
		srv := mockserver.Start(t, things, mockserver.Seed(seed))
		return manyAtOnce(srv, 16, func(client *http.Client, i int) (told []string) {
			ask := func(method, url string) *http.Response {
				req, err := http.NewRequest(method, url, nil)
				if assert.NoError(t, err) {
					res, err := client.Do(req)
					if assert.NoError(t, err) {
						_, _ = io.Copy(io.Discard, res.Body)
						res.Body.Close()
						told = append(told, res.Header.Get("Request-Id"))
						return res
					}
				}
				return &http.Response{}
			}
			for range 3 {
				res := ask("POST", fmt.Sprintf("%s/groups/%d/things", srv.URL, i))
				told = append(told, res.Header.Get("X-One"), res.Header.Get("X-Two"))
				location, err := res.Location()
				if assert.NoError(t, err) {
					told = append(told, location.Path)
					ask("GET", location.String())
				}
			}
			return told
		})
	}
	first := run(7)
	require.Equal(t, first, run(7))
	require.NotEqual(t, first, run(8))
	seen := map[string]bool{}
	for _, told := range first {
		for _, id := range told {
			require.False(t, seen[id], "%s comes twice", id)
			seen[id] = true
		}
	}
}

// TestDelaysFollowTheirPlace holds that equal seeds give each client the same delays, whatever the others are told.
func TestDelaysFollowTheirPlace(t *testing.T) {
	slow := mockserver.Reply("GET /users/{id}", mockserver.Response{Body: []byte(`{}`), Delay: mockserver.Delay{Max: time.Hour}, AllowInvalid: "no user"})
	run := func(n int) (told [][]string) {
		synctest.Test(t, func(t *testing.T) {
			srv := mockserver.Transport(t, slow)
			told = manyAtOnce(srv, n, func(client *http.Client, i int) (told []string) {
				for range 5 {
					begin := time.Now()
					_, _, err := fetch(t.Context(), client, fmt.Sprintf("%s/users/%d", srv.URL, i))
					assert.NoError(t, err)
					told = append(told, time.Since(begin).String())
				}
				return told
			})
		})
		return told
	}
	all := run(16)
	require.Equal(t, all, run(16))
	require.Equal(t, all[:3], run(3))
	require.NotEqual(t, all[0], all[1])
}

// TestIDsAreNewAfterReset holds that ids stay unique when places begin anew.
func TestIDsAreNewAfterReset(t *testing.T) {
	h := handler(t, templated("{{uuid}}"))
	first := ask(t, h, "GET", "/things/1/parts/1", "").Body
	h.Reset()
	require.NotEqual(t, first, ask(t, h, "GET", "/things/1/parts/1", "").Body)
}
