package mockserver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

func function(f func(*mockserver.Request) mockserver.Response) mockserver.Response {
	return mockserver.Response{Func: f}
}

// TestHandlerHasItsOwnHeader lets a handler change the header of its request, which the journal has as it was sent.
func TestHandlerHasItsOwnHeader(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Scenario{})
		srv.Handle("GET /me", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			srv.Exchanges() // a race, if it were the journal's
			r.Header.Del("X-Sent")
			r.Header.Set("X-Trace", "middleware")
			w.WriteHeader(204)
		}))
		exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "", "X-Sent", "yes")
		sent := srv.Exchanges()[0].Request.Header
		assert.Equal(t, "yes", sent.Get("X-Sent"))
		assert.Empty(t, sent.Get("X-Trace"))
	})
}

// TestDeadlinesEndCodeOfTheTest returns at the client's deadline, whatever code of the test is still running.
func TestDeadlinesEndCodeOfTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Reply("GET /func", function(func(*mockserver.Request) mockserver.Response {
			time.Sleep(10 * time.Second)
			return says("late")
		}))
		s.Routes = append(s.Routes, mockserver.Route{Route: "GET /match", Replies: []mockserver.Response{says("x")}, Match: mockserver.Match{
			Func: func(*mockserver.Request) error { time.Sleep(10 * time.Second); return nil },
		}})
		s.Expect.InFlight = 2 // but for that of /match, the server knows at once
		srv := mockserver.Transport(t, s, mockserver.AllowUnused())
		srv.Handle("GET /waits", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		srv.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(10 * time.Second)
			_, _ = io.WriteString(w, "late")
		}))
		pr, pw := io.Pipe()
		defer pw.Close()
		for path, body := range map[string]io.Reader{"/func": nil, "/match": nil, "/waits": nil, "/slow": nil, "/body": pr} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			r, err := http.NewRequestWithContext(ctx, "GET", srv.URL+path, body)
			require.NoError(t, err)
			_, err = srv.RoundTrip(r)
			assert.Equal(t, context.DeadlineExceeded, err, path)
			assert.Equal(t, time.Second, time.Since(began), path)
			cancel()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			if body == nil {
				_, err = srv.RoundTrip(r.WithContext(ctx))
				assert.Equal(t, context.Canceled, err, path)
			}
			cancel()
			time.Sleep(time.Minute)
		}
		for _, x := range srv.Exchanges() {
			assert.Zero(t, x.Status, x.URL)
		}
		assert.Len(t, srv.Exchanges(), 8)
		assert.NoError(t, srv.Err())
	})
}

// TestHandlersEndWithTheTest leaves no goroutine of a handler behind, nor a client that waits for it.
func TestHandlersEndWithTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := make(chan error, 1)
		tb := runFake(t, func(tb *fakeTB) {
			srv := mockserver.Transport(tb, mockserver.Scenario{})
			entered := make(chan struct{})
			srv.Handle("GET /x", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(entered)
				<-r.Context().Done()
				time.Sleep(time.Second) // Close waits
			}))
			go func() {
				_, err := try(srv, "GET", "/x", "")
				client <- err
			}()
			<-entered
		})
		require.Equal(t, mockserver.ErrClosed, <-client)
		require.Empty(t, tb.said())
	})
}

// TestPanics reports code of the test that panics, with its place, and goes on.
func TestPanics(t *testing.T) {
	for name, make := range map[string]func(f func()) mockserver.Route{
		"response": func(f func()) mockserver.Route {
			return mockserver.Route{Replies: []mockserver.Response{function(func(*mockserver.Request) mockserver.Response { f(); return says("fine") })}}
		},
		"match": func(f func()) mockserver.Route {
			return mockserver.Route{Match: mockserver.Match{Func: func(*mockserver.Request) error { f(); return nil }}, Replies: []mockserver.Response{says("fine")}}
		},
		"handler": func(f func()) mockserver.Route {
			return mockserver.Route{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { f(); _, _ = io.WriteString(w, "fine") })}
		},
	} {
		t.Run(name, func(t *testing.T) {
			overEach(t, func(t *testing.T, start starter) {
				for kind, first := range map[string]func(){
					"panic": func() { panic("a bug") }, "nil map": func() { var m map[string]int; m["x"] = 1 }, //nolint:all // on purpose
					"abort": func() { panic(http.ErrAbortHandler) },
				} {
					asked := 0
					route := make(func() {
						if asked++; asked == 1 {
							first()
						}
					})
					route.Route, route.Source = "POST /x", "x.yaml:1"
					s := mockserver.Scenario{Routes: []mockserver.Route{route}, Expect: mockserver.Expect{InFlight: 1}}
					reports := rehearse(t, func(tb testing.TB) {
						srv := start(tb, s)
						res, err := srv.Client().Post(srv.URL+"/x", "", nil)
						if kind == "abort" {
							require.ErrorIs(t, err, io.EOF)
							require.Zero(t, srv.Exchanges()[0].Status)
						} else {
							require.NoError(t, err)
							body, _ := io.ReadAll(res.Body)
							res.Body.Close()
							require.Equal(t, 500, res.StatusCode)
							require.Contains(t, string(body), `{"error":{"code":"MockPanicked"`)
							require.Equal(t, 500, srv.Exchanges()[0].Status)
							require.ErrorIs(t, srv.Err(), mockserver.ErrPanic)
						}
						res, text := exchange(t, srv.Client(), "POST", srv.URL+"/x", "")
						require.Equal(t, 200, res.StatusCode)
						require.Equal(t, "fine", text)
					})
					if kind == "abort" {
						require.Empty(t, reports)
						continue
					}
					require.Len(t, reports, 1)
					want := "mockserver: POST /x: the scenario's own code panicked: " + map[string]string{"panic": "a bug", "nil map": "assignment to entry in nil map"}[kind]
					require.True(t, strings.HasPrefix(reports[0], want), reports[0])
					require.Contains(t, reports[0], "route POST /x (x.yaml:1)")
					require.Contains(t, reports[0], "\n  at mockserver/own_test.go:")
				}
			})
		})
	}
}

// TestPanicsHalfway cuts a response short whose handler panics after it has begun.
func TestPanicsHalfway(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		reports := rehearse(t, func(tb testing.TB) {
			srv := start(tb, mockserver.Scenario{})
			srv.Handle("POST /x", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				w.(http.Flusher).Flush()
				panic("a bug")
			}))
			res, err := srv.Client().Post(srv.URL+"/x", "", nil)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		})
		require.Len(t, reports, 1)
		require.Contains(t, reports[0], "a bug")
	})
}

// TestFailNowInAHandler ends the request of a handler that ends its goroutine, as testify's require does.
func TestFailNowInAHandler(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		tb := runFake(t, func(tb *fakeTB) {
			srv := start(tb, mockserver.Scenario{})
			srv.Handle("POST /x", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { tb.Fatalf("wrong") }))
			_, err := srv.Client().Post(srv.URL+"/x", "", nil)
			require.ErrorIs(t, err, io.EOF)
		})
		require.Equal(t, []string{"wrong"}, tb.said())
	})
}

// TestOneAtATime has a client that asks in sequence never be two requests at the same time.
func TestOneAtATime(t *testing.T) {
	kinds := map[string]mockserver.Route{
		"dribble": {Replies: []mockserver.Response{{Body: []byte(`"slowly"`), Delay: mockserver.Delay{Chunks: 2, Over: time.Millisecond}}}},
		"empty":   {Replies: []mockserver.Response{{}}},
		"length": {Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		})},
		"hijack": {Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				c.Close()
				time.Sleep(time.Millisecond)
			}
		})},
		"big": {Replies: []mockserver.Response{{Body: []byte(`"` + strings.Repeat("x", 1<<20) + `"`)}}},
	}
	for _, f := range mockserver.Faults() {
		if f != mockserver.Stall && f != mockserver.StallBody {
			kinds[string(f)] = mockserver.Route{Replies: []mockserver.Response{{Body: []byte(`"body"`), Fault: f}}}
		}
	}
	for name, route := range kinds {
		t.Run(name, func(t *testing.T) {
			route.Route = "POST /x"
			s := mockserver.Scenario{Routes: []mockserver.Route{route}, Expect: mockserver.Expect{InFlight: 1}}
			tb := runFake(t, func(tb *fakeTB) {
				srv := mockserver.Start(tb, s)
				for range 100 {
					_, _ = try(srv.Client().Transport, "POST", srv.URL+"/x", "")
				}
			})
			require.Empty(t, tb.said())
		})
	}
}

// TestHandlersAlike has a handler and its client see the same with each transport.
func TestHandlersAlike(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Scenario{})
		srv.Handle("* /me/{status}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.RemoteAddr, "client.test:") {
				_, _, err := net.SplitHostPort(r.RemoteAddr)
				assert.NoError(t, err)
			}
			assert.Equal(t, strings.HasPrefix(srv.URL, "https:"), r.TLS != nil)
			var status int
			_, _ = fmt.Sscan(r.PathValue("status"), &status)
			w.WriteHeader(status)
			_, err := io.WriteString(w, "body")
			if status == 204 || status == 304 {
				assert.Equal(t, http.ErrBodyNotAllowed, err)
			}
		}))
		srv.Handle("* /own", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Request-Id", "own") }))
		for _, c := range []struct {
			method string
			status int
			body   string
			length int64
			kind   string
		}{
			{"GET", 200, "body", 4, "text/plain; charset=utf-8"},
			{"GET", 401, "body", 4, "text/plain; charset=utf-8"},
			{"GET", 204, "", 0, ""},
			{"GET", 304, "", 0, ""},
			{"HEAD", 200, "", 4, "text/plain; charset=utf-8"},
			{"HEAD", 204, "", -1, ""},
		} {
			res, body := exchange(t, srv.Client(), c.method, fmt.Sprintf("%s/v1.0/me/%d", srv.URL, c.status), "", "Client-Request-Id", "mine")
			assert.Equal(t, c.status, res.StatusCode)
			assert.Equal(t, c.body, body, c)
			assert.Equal(t, c.length, res.ContentLength, c)
			assert.Equal(t, c.kind, res.Header.Get("Content-Type"), c)
			assert.Regexp(t, uuid, res.Header.Get("Request-Id"))
			assert.Equal(t, "mine", res.Header.Get("Client-Request-Id"))
			assert.NotEmpty(t, res.Header.Get("Date"))
			assert.Equal(t, c.status == 401, res.Header.Get("Www-Authenticate") != "")
		}
		res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/own", "")
		assert.Equal(t, "own", res.Header.Get("Request-Id"))
		res, _ = exchange(t, srv.Client(), "HEAD", srv.URL+"/own", "")
		assert.EqualValues(t, -1, res.ContentLength)
	})
}
