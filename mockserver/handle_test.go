package mockserver_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestHandle mounts handlers of the test's own beside a scenario.
func TestHandle(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Completes(0))
		srv.Handle("PATCH /users/{id}/things('{thing}')", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			assert.Equal(t, `{"a":1}`, string(body), "the body is whole again")
			assert.NoError(t, r.Body.Close())
			assert.Equal(t, "yes", r.Header.Get("X-Sent"))
			w.Header().Set("X-Path", r.PathValue("id")+" "+r.PathValue("thing")+" "+r.URL.Path)
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "one, ")
			_, _ = io.WriteString(w, "two")
		}))
		res, body := exchange(t, srv.Client(), "PATCH", srv.URL+"/v1.0/users/a%20b/things('c')?x=y", `{"a":1}`, "X-Sent", "yes")
		assert.Equal(t, 202, res.StatusCode)
		assert.Equal(t, "one, two", body)
		assert.Equal(t, "a b c /v1.0/users/a b/things('c')", res.Header.Get("X-Path"))
		assert.Equal(t, "text/plain; charset=utf-8", res.Header.Get("Content-Type"))
		assert.Equal(t, "completed", statusOf(t, srv.Client(), srv.URL+operationPath), "the scenario is beside it")

		xs := srv.Exchanges()
		require.Len(t, xs, 2)
		assert.Equal(t, "PATCH", xs[0].Method)
		assert.Equal(t, 202, xs[0].Status)
		assert.JSONEq(t, `{"a":1}`, string(xs[0].Request.Body))
		assert.Equal(t, "one, two", string(xs[0].Response.Body))
		assert.Equal(t, "a b c /v1.0/users/a b/things('c')", xs[0].Response.Header.Get("X-Path"))
	})
}

// TestHandleGetsWhatWasSent does not unpack a body for a handler, which has its Content-Encoding.
func TestHandleGetsWhatWasSent(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Scenario{})
		srv.Handle("POST /users", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "gzip", r.Header.Get("Content-Encoding"))
			z, err := gzip.NewReader(r.Body)
			if assert.NoError(t, err) {
				_, _ = io.Copy(w, z)
			}
		}))
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = io.WriteString(z, `{"displayName":"packed"}`)
		require.NoError(t, z.Close())
		res, body := exchange(t, srv.Client(), "POST", srv.URL+"/v1.0/users", packed.String(), "Content-Encoding", "gzip")
		assert.Equal(t, 200, res.StatusCode)
		assert.Equal(t, `{"displayName":"packed"}`, body)
	})
}

// TestHandleStreams has a client see what a handler has flushed before it returns.
func TestHandleStreams(t *testing.T) {
	for name, start := range map[string]starter{"loopback": mockserver.Start, "in memory": startInMemory} {
		for how, flush := range map[string]func(http.ResponseWriter) error{
			"Flusher":            func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
			"ResponseController": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				srv := start(t, mockserver.Scenario{})
				seen := make(chan struct{})
				srv.Handle("GET /stream", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = io.WriteString(w, "first\n")
					assert.NoError(t, flush(w))
					<-seen // or else this never ends
					_, _ = io.WriteString(w, "second\n")
				}))
				res, err := srv.Client().Get(srv.URL + "/stream")
				require.NoError(t, err)
				defer res.Body.Close()
				lines := bufio.NewScanner(res.Body)
				require.True(t, lines.Scan())
				assert.Equal(t, "first", lines.Text())
				close(seen)
				require.True(t, lines.Scan())
				assert.Equal(t, "second", lines.Text())
				require.False(t, lines.Scan())
				assert.NoError(t, lines.Err())
				xs := srv.Exchanges()
				require.Len(t, xs, 1)
			})
		}
	}
}

// TestHandleHijacks reaches the connection, through http.ResponseController.
func TestHandleHijacks(t *testing.T) {
	for name, start := range map[string]starter{"loopback": mockserver.Start, "in memory": startInMemory} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, mockserver.Scenario{})
			srv.Handle("GET /raw", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := http.NewResponseController(w).Hijack()
				if assert.NoError(t, err) {
					_, _ = io.WriteString(c, "HTTP/1.1 299 Own\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
					assert.NoError(t, c.Close())
				}
			}))
			res, body := exchange(t, srv.Client(), "GET", srv.URL+"/raw", "")
			assert.Equal(t, 299, res.StatusCode)
			assert.Equal(t, "hi", body)
		})
	}
}

// TestHandleIsJudged holds the responses of handlers against the contract when the test ends, and their requests when they come.
func TestHandleIsJudged(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		reports := rehearse(t, func(t testing.TB) {
			srv := start(t, mockserver.Scenario{})
			srv.Handle(operationRoute, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"id":"1","status":5}`)
			}))
			exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
		})
		require.Len(t, reports, 1)
		assert.Contains(t, reports[0], "/status")
	})
}

// TestHandleRefuses fails the test at once where a pattern is wrong.
func TestHandleRefuses(t *testing.T) {
	h, err := mockserver.NewHandler(mockserver.Completes(0))
	require.NoError(t, err)
	require.Error(t, h.Handle("nonsense", http.NotFoundHandler()))
	require.NoError(t, h.Handle("* /users/**", http.NotFoundHandler()))
}

// TestHandleWins mounts handlers on paths that routes have.
func TestHandleWins(t *testing.T) {
	for _, pattern := range []string{"GET /external/connections/{c}/operations/{o}", "GET /external/connections/{connection-id}/operations/{operation-id}"} {
		h := handler(t, mockserver.Completes(0), mockserver.AllowUnused())
		require.NoError(t, h.Handle(pattern, http.NotFoundHandler()))
		assert.Equal(t, 404, ask(t, h, "GET", operationPath, "").Status)
		require.NoError(t, h.Handle(pattern, http.RedirectHandler("/x", 303)), "the last one wins")
		assert.Equal(t, 303, ask(t, h, "GET", operationPath, "").Status)
		require.NoError(t, h.Handle("* /**", http.NotFoundHandler()))
		assert.Equal(t, 303, ask(t, h, "GET", operationPath, "").Status, "what is less specific does not")
	}
	h := handler(t, mockserver.Completes(0))
	assert.Error(t, h.Add(mockserver.Route{Route: "GET /external/connections/{c}/operations/{o}", Replies: []mockserver.Response{{}}}))
}

// TestHandleMountsAgain mounts handlers on one path from one line, as a helper of a test does.
func TestHandleMountsAgain(t *testing.T) {
	h := handler(t, mockserver.Reply("GET /me", says("the route's")))
	for i := range 4 {
		require.NoError(t, h.Handle("GET /me", http.RedirectHandler("/x", 300+i)))
		assert.Equal(t, 300+i, ask(t, h, "GET", "/me", "").Status, "the last one wins")
	}
}

// TestHandleReplaces does not ask for the replies of a route that a handler answers for, and for all others.
func TestHandleReplaces(t *testing.T) {
	for _, tt := range []struct {
		name, reason, pattern, unused string
	}{
		{"same path", "the client cannot get them any more", "GET /users/{id}", ""},
		{"other name", "it is the same path", "GET /users/{x}", ""},
		{"one version", "it is the one that the test is about", "GET /v1.0/users/{id}", ""},
		{"another method", "the route is still there", "PATCH /users/{id}", "GET /users/{id}"},
		{"any method", "that of the route comes first", "* /users/{id}", "GET /users/{id}"},
		{"one of them", "all others are the route's", "GET /users/1", "GET /users/{id}"},
		{"wider", "the route comes first", "GET /users/**", "GET /users/{id}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := handler(t, mockserver.Join(mockserver.Reply("GET /users/{id}", says("a"), says("b")), mockserver.Reply("GET /users/{id}/manager")))
			require.NoError(t, h.Handle(tt.pattern, http.NotFoundHandler()))
			ask(t, h, "GET", "/users/2/manager", "")
			err := h.Verify()
			if tt.unused == "" {
				assert.NoError(t, err, tt.reason)
				return
			}
			require.ErrorIs(t, err, mockserver.ErrUnused, tt.reason)
			assert.ErrorContains(t, err, "  "+tt.unused+" (")
		})
	}
	h := handler(t, mockserver.Reply("GET /users/{id}", says("a"), says("b")))
	require.Equal(t, "a", ask(t, h, "GET", "/users/1", "").Body)
	require.NoError(t, h.Handle("GET /users/{id}", http.NotFoundHandler()))
	require.NoError(t, h.Verify(), "nor those that are left")
	h = handler(t, mockserver.Completes(3))
	require.NoError(t, h.Handle(operationRoute, http.NotFoundHandler()))
	require.NoError(t, h.Verify(), "one of two paths is enough: the client need not know the other")
}
