package wirefault

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

// script is a server that plays its steps in turn, "" being a good response, with or without a Once.
type script struct {
	mu      sync.Mutex
	steps   []Kind
	once    *Once[Kind]
	warming sync.WaitGroup // as many as there are connections to be warmed
	arrived atomic.Int64   // requests, replays included
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := Arrived(r)
	if r.URL.Path == "/warm" {
		s.warming.Done()
		s.warming.Wait()
		return
	}
	s.arrived.Add(1)
	k, replay := Kind(""), false
	if s.once != nil {
		k, replay = s.once.Take(r, n)
	}
	if !replay {
		s.mu.Lock()
		if len(s.steps) > 0 {
			k, s.steps = s.steps[0], s.steps[1:]
		}
		s.mu.Unlock()
		if s.once != nil {
			s.once.Hold(r, k, k, n)
		}
	}
	if k != "" {
		Play(w, r, k, 200, nil, []byte(document), nil)
	}
}

func (s *script) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps) == 0
}

// warm leaves n connections in the client's pool that served one request each.
func (s *script) warm(t *testing.T, c *http.Client, url string, n int) {
	s.warming.Add(n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			res, err := c.Get(url + "/warm")
			if assert.NoError(t, err) {
				_, err = io.Copy(io.Discard, res.Body)
				assert.NoError(t, err)
				assert.NoError(t, res.Body.Close())
			}
		})
	}
	wg.Wait()
}

// send sends one request, and reports whether the client saw an error.
func send(t *testing.T, c *http.Client, req *http.Request) bool {
	res, err := c.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		assert.NoError(t, err)
		assert.NoError(t, res.Body.Close())
		return false
	}
	assert.Contains(t, []string{"ECONNRESET", "io.EOF"}, class(err), "%v", err)
	return true
}

// serving runs a test with a server over loopback and over memory; pool is a fresh client each time.
func serving(t *testing.T, mk func() *script, test func(t *testing.T, s *script, pool func() *http.Client, url string)) {
	t.Run("loopback", func(t *testing.T) {
		s := mk()
		srv := httptest.NewUnstartedServer(s)
		srv.Config.ConnContext = ConnContext
		srv.Start()
		defer srv.Close()
		test(t, s, func() *http.Client {
			tr := &http.Transport{MaxIdleConnsPerHost: 100}
			t.Cleanup(tr.CloseIdleConnections)
			return &http.Client{Transport: tr}
		}, srv.URL)
	})
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, l := mk(), memnet.Listen("graph.test:80")
			srv := &http.Server{Handler: s, ConnContext: ConnContext, ErrorLog: log.New(io.Discard, "", 0)}
			go func() { assert.ErrorIs(t, srv.Serve(l), http.ErrServerClosed) }()
			var trs []*http.Transport
			defer func() {
				for _, tr := range trs {
					tr.CloseIdleConnections()
				}
				assert.NoError(t, srv.Shutdown(context.Background()))
			}()
			test(t, s, func() *http.Client {
				tr := &http.Transport{MaxIdleConnsPerHost: 100, DialContext: l.DialContext}
				trs = append(trs, tr)
				return &http.Client{Transport: tr}
			}, "http://graph.test")
		})
	})
}

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
			for _, warm := range []int{0, 1, 2, 8} {
				for _, faults := range []int{1, 3} {
					if faults > 1 && tt.name != "GET" {
						continue
					}
					mk := func(once *Once[Kind]) func() *script {
						return func() *script { return &script{once: once, steps: slices.Repeat([]Kind{k, ""}, faults)} }
					}
					count := func(t *testing.T, s *script, c *http.Client, url string) (errors int) {
						for !s.over() {
							s.warm(t, c, url, warm)
							req, err := tt.make(url + "/x")
							require.NoError(t, err)
							if send(t, c, req) {
								errors++
							}
						}
						return errors
					}
					name := fmt.Sprintf("%s/%s ×%d/%d warm", tt.name, k, faults, warm)
					t.Run(name, func(t *testing.T) {
						serving(t, mk(new(Once[Kind])), func(t *testing.T, s *script, pool func() *http.Client, url string) {
							assert.Equal(t, faults, count(t, s, pool(), url))
							assert.Zero(t, s.once.n.Load(), "nothing stays held")
							assert.Empty(t, s.once.held)
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
						serving(t, mk(nil), func(t *testing.T, s *script, pool func() *http.Client, url string) {
							assert.Equal(t, want, count(t, s, pool(), url))
						})
					})
				}
			}
		}
	}
}

// TestOnceOverTheWholePool has every idle connection struck before the client hears of the fault.
func TestOnceOverTheWholePool(t *testing.T) {
	mk := func() *script { return &script{once: new(Once[Kind]), steps: []Kind{Reset}} }
	serving(t, mk, func(t *testing.T, s *script, pool func() *http.Client, url string) {
		c := pool()
		s.warm(t, c, url, 5)
		req, err := http.NewRequest("GET", url+"/x", nil)
		require.NoError(t, err)
		assert.True(t, send(t, c, req))
		assert.EqualValues(t, 6, s.arrived.Load(), "five used connections and a new one")
		assert.False(t, send(t, c, req))
	})
}

// TestOnceWithManyClients has clients send equal requests at the same time: as many errors as faults, whoever sees them.
func TestOnceWithManyClients(t *testing.T) {
	const faults = 100
	mk := func() *script {
		return &script{once: new(Once[Kind]), steps: slices.Repeat([]Kind{"", Reset, "", "", Empty, Empty}, faults/3)}
	}
	serving(t, mk, func(t *testing.T, s *script, pool func() *http.Client, url string) {
		var wg sync.WaitGroup
		var errors atomic.Int64
		for range 8 {
			c := pool()
			wg.Go(func() {
				for !s.over() {
					req, err := http.NewRequest("GET", url+"/x", nil)
					if assert.NoError(t, err) && send(t, c, req) {
						errors.Add(1)
					}
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, faults/3*3, errors.Load())
		assert.Zero(t, s.once.n.Load())
	})
}

// request is one as a server sees it.
func request(method, target string, edit func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if edit != nil {
		edit(r)
	}
	return r
}

func TestHold(t *testing.T) {
	get := request("GET", "/x", nil)
	tests := []struct {
		name, reason string
		r            *http.Request
		kind         Kind
		n            int
		want         bool
	}{
		{name: "reset", reason: "the client replays", r: get, kind: Reset, n: 2, want: true},
		{name: "empty", reason: "the client replays", r: get, kind: Empty, n: 2, want: true},
		{name: "new", reason: "a client does not replay what fails on a new connection", r: get, kind: Reset, n: 1},
		{name: "unknown", reason: "the server does not count", r: get, kind: Reset, n: 0},
		{name: "late", reason: "the client has seen a byte", r: get, kind: Truncated, n: 2},
		{name: "garbage", reason: "bytes as well", r: get, kind: Garbage, n: 2},
		{name: "none", reason: "no fault", r: get, n: 2},
		{name: "POST", reason: "not idempotent", r: request("POST", "/x", nil), kind: Reset, n: 2},
		{name: "HTTP/2", reason: "streams that are aborted are not replayed", r: request("GET", "/x", func(r *http.Request) { r.ProtoMajor = 2 }), kind: Reset, n: 2},
		{name: "100 Continue", reason: "that was a first byte", kind: Reset, n: 2, r: request("GET", "/x", func(r *http.Request) {
			r.ContentLength = 3
			r.Header.Set("Expect", "100-continue")
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			var o Once[string]
			require.Equal(t, tt.want, o.Hold(tt.r, tt.kind, "v", tt.n))
			v, ok := o.Take(tt.r, 3)
			require.Equal(t, tt.want, ok)
			if ok {
				assert.Equal(t, "v", v)
			}
		})
	}
}

// TestTake has only a replay take what is held, in the order of holding, until it came over a new connection.
func TestTake(t *testing.T) {
	id := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Client-Request-Id", s) }
	}
	var o Once[int]
	require.True(t, o.Hold(request("GET", "/x?a=1", id("1")), Reset, 1, 2))
	require.True(t, o.Hold(request("GET", "/x?a=1", id("1")), Reset, 2, 2))
	for name, r := range map[string]*http.Request{
		"method": request("HEAD", "/x?a=1", id("1")), "query": request("GET", "/x?a=2", id("1")), "header": request("GET", "/x?a=1", id("2")),
		"no header": request("GET", "/x?a=1", nil), "host": request("GET", "http://other.test/x?a=1", id("1")),
	} {
		_, ok := o.Take(r, 1)
		assert.False(t, ok, name)
	}
	for _, step := range []struct{ n, want int }{{n: 2, want: 1}, {n: 9, want: 1}, {n: 1, want: 1}, {n: 2, want: 2}, {n: 0, want: 2}} {
		v, ok := o.Take(request("GET", "/x?a=1", id("1")), step.n)
		assert.True(t, ok)
		assert.Equal(t, step.want, v)
	}
	_, ok := o.Take(request("GET", "/x?a=1", id("1")), 1)
	assert.False(t, ok)
}

func TestArrived(t *testing.T) {
	r := request("GET", "/x", nil)
	assert.Zero(t, Arrived(r), "nobody counts")
	ctx := ConnContext(t.Context(), (net.Conn)(nil))
	for n := 1; n <= 3; n++ {
		assert.Equal(t, n, Arrived(r.WithContext(ctx)))
	}
	assert.Equal(t, 1, Arrived(r.WithContext(ConnContext(t.Context(), nil))), "another connection")
}
