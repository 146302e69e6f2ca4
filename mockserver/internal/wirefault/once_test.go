package wirefault

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requests are of every kind that net/http's client replays, or does not.
var requests = []struct {
	name, reason string
	replayed     bool
	make         func(url string) (*http.Request, error)
}{
	{name: "GET", reason: "idempotent", replayed: true, make: func(url string) (*http.Request, error) { return http.NewRequest("GET", url, nil) }},
	{name: "no method", reason: "is GET", replayed: true, make: func(url string) (*http.Request, error) {
		r, err := http.NewRequest("GET", url, nil)
		r.Method = ""
		return r, err
	}},
	{name: "HEAD", reason: "idempotent", replayed: true, make: func(url string) (*http.Request, error) { return http.NewRequest("HEAD", url, nil) }},
	{name: "OPTIONS", reason: "idempotent", replayed: true, make: func(url string) (*http.Request, error) { return http.NewRequest("OPTIONS", url, nil) }},
	{name: "TRACE", reason: "idempotent", replayed: true, make: func(url string) (*http.Request, error) { return http.NewRequest("TRACE", url, nil) }},
	{name: "GET NoBody", reason: "counts as none", replayed: true, make: func(url string) (*http.Request, error) {
		return http.NewRequest("GET", url, http.NoBody)
	}},
	{name: "GET with a body", reason: "http.NewRequest sets GetBody", replayed: true, make: func(url string) (*http.Request, error) {
		return http.NewRequest("GET", url, strings.NewReader("body"))
	}},
	{name: "GET with a stream", reason: "it cannot be had again", make: func(url string) (*http.Request, error) {
		return http.NewRequest("GET", url, io.MultiReader(strings.NewReader("body")))
	}},
	{name: "POST", reason: "not idempotent", make: func(url string) (*http.Request, error) { return http.NewRequest("POST", url, nil) }},
	{name: "PATCH", reason: "not idempotent", make: func(url string) (*http.Request, error) {
		return http.NewRequest("PATCH", url, bytes.NewReader([]byte(document)))
	}},
	{name: "PUT", reason: "net/http does not care that it is idempotent", make: func(url string) (*http.Request, error) {
		return http.NewRequest("PUT", url, nil)
	}},
	{name: "DELETE", reason: "the same", make: func(url string) (*http.Request, error) { return http.NewRequest("DELETE", url, nil) }},
	{name: "POST with a key", reason: "the client says so", replayed: true, make: func(url string) (*http.Request, error) {
		r, err := http.NewRequest("POST", url, bytes.NewReader([]byte(document)))
		r.Header.Set("Idempotency-Key", "1")
		return r, err
	}},
	{name: "POST with an empty key", reason: "that it is there counts", replayed: true, make: func(url string) (*http.Request, error) {
		r, err := http.NewRequest("POST", url, nil)
		r.Header.Set("X-Idempotency-Key", "")
		return r, err
	}},
	{name: "GET that expects 100", reason: "no body is held back", replayed: true, make: func(url string) (*http.Request, error) {
		r, err := http.NewRequest("GET", url, nil)
		r.Header.Set("Expect", "100-continue")
		return r, err
	}},
}

// TestOnce counts the errors that a client sees of faults on used and on new connections.
func TestOnce(t *testing.T) {
	for _, tt := range requests {
		require.NotEmpty(t, tt.reason)
		for _, k := range []Kind{Reset, Empty} {
			for _, warm := range []int{0, 1, 5} {
				for _, faults := range []int{1, 3} {
					if faults > 1 && tt.name != "GET" {
						continue
					}
					count := func(t *testing.T, s *script, c *http.Client, url string) (errors []string) {
						for !s.over() {
							if warm > 0 {
								s.warm(t, c, url, warm)
							}
							req, err := tt.make(url + "/x")
							require.NoError(t, err)
							if err := send(t, c, req); err != "" {
								errors = append(errors, err)
							}
						}
						return errors
					}
					steps := slices.Repeat([]Kind{k, ""}, faults)
					name := fmt.Sprintf("%s/%s ×%d/%d warm", tt.name, k, faults, warm)
					t.Run(name, func(t *testing.T) {
						want := map[Kind]string{Reset: "ECONNRESET", Empty: "io.EOF"}[k]
						if k == Empty && (tt.replayed || tt.name == "GET with a stream") { // which a server cannot tell
							want = "io.ErrUnexpectedEOF"
						}
						serving(t, func() *script { return &script{once: true, steps: steps} }, func(t *testing.T, s *script, pool func() *http.Client, url string) {
							assert.Equal(t, slices.Repeat([]string{want}, faults), count(t, s, pool(), url))
							assert.EqualValues(t, len(steps), s.arrived.Load(), "none was replayed")
						})
					})
					t.Run(name+"/without", func(t *testing.T) {
						want := faults
						if tt.replayed {
							want = 1 // the first, on a new connection; the others are lost, which is what Once is for
						}
						if tt.replayed && warm > 0 {
							want = 0
						}
						serving(t, func() *script { return &script{steps: steps} }, func(t *testing.T, s *script, pool func() *http.Client, url string) {
							assert.Len(t, count(t, s, pool(), url), want)
						})
					})
				}
			}
		}
	}
}

// TestOnceAtOnce has many goroutines send through one client: as many errors as faults, and none of them replayed.
func TestOnceAtOnce(t *testing.T) {
	run := func(t *testing.T, goroutines, faults int, once bool, check func(s *script, errors map[string]int)) {
		mk := func() *script {
			return &script{once: once, steps: slices.Repeat([]Kind{"", Reset, "", "", Empty, Empty, Reset, ""}, faults/4)}
		}
		serving(t, mk, func(t *testing.T, s *script, pool func() *http.Client, url string) {
			var wg sync.WaitGroup
			var mu sync.Mutex
			errors := map[string]int{}
			c := pool()
			for range goroutines {
				wg.Go(func() {
					for !s.over() {
						req, err := http.NewRequest("GET", url+"/x", nil)
						if !assert.NoError(t, err) {
							return
						}
						err1 := send(t, c, req)
						mu.Lock()
						errors[err1]++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			check(s, errors)
		})
	}
	for _, goroutines := range []int{8, 32} {
		t.Run(fmt.Sprint(goroutines), func(t *testing.T) {
			run(t, goroutines, 1000, true, func(s *script, errors map[string]int) {
				assert.Equal(t, 500, errors["ECONNRESET"])
				assert.Equal(t, 500, errors["io.ErrUnexpectedEOF"])
				assert.EqualValues(t, s.arrived.Load()-1000, errors[""], "every request arrives once: %v", errors)
			})
		})
		t.Run(fmt.Sprint(goroutines, " without"), func(t *testing.T) {
			run(t, goroutines, 200, false, func(_ *script, errors map[string]int) {
				assert.Less(t, errors["ECONNRESET"]+errors["io.EOF"], 200, "the client does replay here")
			})
		})
	}
}

// TestOnceOnAnIdleNewConnection has a fault strike on the first request of a connection that was idle before. The client
// replays it although the server has seen nothing of the connection yet.
func TestOnceOnAnIdleNewConnection(t *testing.T) {
	tests := []struct {
		name, reason string
		dial         func(t *testing.T, s *script, c *http.Client, url string, free chan<- struct{})
		conns        int64 // that the server has seen then
	}{
		{name: "late", reason: "another connection served the request that it was dialled for", conns: 2, dial: func(t *testing.T, s *script, c *http.Client, url string, free chan<- struct{}) {
			var wg sync.WaitGroup
			free <- struct{}{}
			for _, path := range []string{"/hold", "/x"} {
				wg.Go(func() {
					res, err := c.Get(url + path)
					if assert.NoError(t, err) {
						assert.NoError(t, res.Body.Close())
						assert.Equal(t, map[string]string{"/hold": "1", "/x": "2"}[path], res.Header.Get("Served"))
					}
				})
				synctest.Wait()
			}
			close(s.hold)
			wg.Wait()
			free <- struct{}{}
			synctest.Wait()
		}},
		{name: "canceled", reason: "nobody waits any more", conns: 1, dial: func(t *testing.T, _ *script, c *http.Client, url string, free chan<- struct{}) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				synctest.Wait()
				cancel()
			}()
			req, err := http.NewRequestWithContext(ctx, "GET", url+"/x", nil)
			require.NoError(t, err)
			require.Equal(t, "canceled", send(t, c, req))
			free <- struct{}{}
			synctest.Wait()
		}},
	}
	for _, tt := range tests {
		for _, once := range []bool{true, false} {
			t.Run(fmt.Sprint(tt.name, " once=", once), func(t *testing.T) {
				require.NotEmpty(t, tt.reason)
				inMemory(t, func() *script { return &script{once: once, hold: make(chan struct{})} }, func(t *testing.T, s *script, pool func() *http.Client, url string) {
					c := pool()
					tr := c.Transport.(*http.Transport)
					dial, free := tr.DialContext, make(chan struct{}, 3)
					tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
						<-free
						return dial(context.WithoutCancel(ctx), network, address)
					}
					tt.dial(t, s, c, url, free)
					require.Equal(t, tt.conns, s.conns.Load())
					free <- struct{}{} // for a replay
					s.steps = []Kind{Empty}
					var got []httptrace.GotConnInfo
					before := s.arrived.Load()
					ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { got = append(got, i) }})
					req, err := http.NewRequestWithContext(ctx, "GET", url+"/x", nil)
					require.NoError(t, err)
					err1 := send(t, c, req)
					assert.True(t, got[0].Reused, "for the client it is no new one")
					if once {
						assert.Equal(t, "io.ErrUnexpectedEOF", err1)
						assert.Len(t, got, 1)
						assert.EqualValues(t, 1, s.arrived.Load()-before)
					} else {
						assert.Empty(t, err1, "the fault is lost")
						assert.Len(t, got, 2)
					}
				})
			})
		}
	}
}

// TestOnceDoesNotKnow has the one replay that a server cannot foresee hide a fault.
func TestOnceDoesNotKnow(t *testing.T) {
	serving(t, func() *script { return &script{once: true, steps: []Kind{Reset}} }, func(t *testing.T, s *script, pool func() *http.Client, url string) {
		c := pool()
		s.warm(t, c, url, 1)
		req, err := http.NewRequest("POST", url+"/x", nil)
		require.NoError(t, err)
		req.Header["Idempotency-Key"] = nil // net/http replays it and does not send this
		assert.Empty(t, send(t, c, req))
		assert.EqualValues(t, 2, s.arrived.Load())
	})
}

// TestOnceNotHijackable has connections that cannot be taken over be aborted after the first byte, too.
func TestOnceNotHijackable(t *testing.T) {
	for _, k := range []Kind{Reset, Empty} {
		var arrived atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/x" {
				arrived.Add(1)
				Once(w, r, k)
				Play(plain{w}, r, k, 200, nil, nil, nil)
			}
		}))
		defer s.Close()
		for _, path := range []string{"/warm", "/x"} {
			req, err := http.NewRequest("GET", s.URL+path, nil)
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"/x": "io.ErrUnexpectedEOF"}[path], send(t, s.Client(), req))
		}
		assert.EqualValues(t, 1, arrived.Load())
	}
}

// TestOnceSendsNothing where no replay threatens, so that faults are as they are.
func TestOnceSendsNothing(t *testing.T) {
	tests := []struct {
		name, reason string
		method       string
		kind         Kind
		edit         func(*http.Request)
		want         bool
	}{
		{name: "GET", reason: "the client replays", method: "GET", kind: Reset, want: true},
		{name: "empty", reason: "the same", method: "GET", kind: Empty, want: true},
		{name: "late", reason: "the client has seen a byte", method: "GET", kind: Truncated},
		{name: "garbage", reason: "bytes as well", method: "GET", kind: Garbage},
		{name: "stall", reason: "it is the client that ends it", method: "GET", kind: Stall},
		{name: "none", reason: "no fault", method: "GET"},
		{name: "POST", reason: "not idempotent", method: "POST", kind: Reset},
		{name: "key", reason: "the client says that it is", method: "POST", kind: Reset, want: true, edit: func(r *http.Request) { r.Header.Set("X-Idempotency-Key", "1") }},
		{name: "HTTP/1.0", reason: "has no interim responses", method: "GET", kind: Reset, edit: func(r *http.Request) { r.ProtoMinor = 0 }},
		{name: "HTTP/2", reason: "streams that are aborted are not replayed", method: "GET", kind: Reset, edit: func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			r := httptest.NewRequest(tt.method, "/x", nil)
			if tt.edit != nil {
				tt.edit(r)
			}
			w := httptest.NewRecorder()
			w.Code = 0
			Once(w, r, tt.kind)
			assert.Equal(t, map[bool]int{true: 100}[tt.want], w.Code)
		})
	}
}
