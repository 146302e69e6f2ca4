package wirefault

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

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
