package wirefault

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	const faults = 99
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
		assert.EqualValues(t, faults, errors.Load())
		assert.Zero(t, s.once.n.Load())
	})
}

// TestOnceDoesNotKnow has the one replay that a server cannot foresee hide a fault.
func TestOnceDoesNotKnow(t *testing.T) {
	mk := func() *script { return &script{once: new(Once[Kind]), steps: []Kind{Reset}} }
	serving(t, mk, func(t *testing.T, s *script, pool func() *http.Client, url string) {
		c := pool()
		s.warm(t, c, url, 1)
		req, err := http.NewRequest("POST", url+"/x", nil)
		require.NoError(t, err)
		req.Header["Idempotency-Key"] = nil // net/http replays it and does not send this
		assert.False(t, send(t, c, req))
		assert.EqualValues(t, 2, s.arrived.Load())
	})
}

// TestKeepAlivesOff shows the other way: without used connections there is nothing to replay, whoever sends at the same time.
func TestKeepAlivesOff(t *testing.T) {
	const faults = 99
	s := &script{steps: slices.Repeat([]Kind{"", Reset, "", "", Empty, Empty}, faults/3)}
	srv := httptest.NewUnstartedServer(s)
	srv.Config.SetKeepAlivesEnabled(false)
	srv.Start()
	defer srv.Close()
	var wg sync.WaitGroup
	var errors atomic.Int64
	for range 8 {
		wg.Go(func() {
			for !s.over() {
				req, err := http.NewRequest("GET", srv.URL+"/x", nil)
				if assert.NoError(t, err) && send(t, srv.Client(), req) {
					errors.Add(1)
				}
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, faults, errors.Load())
}
