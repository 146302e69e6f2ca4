package wirefault

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

// script is a server that plays its steps in turn, "" being a good response, with or without Once.
type script struct {
	mu      sync.Mutex
	steps   []Kind
	once    bool
	warming sync.WaitGroup // as many as there are connections to be warmed
	arrived atomic.Int64   // requests, replays included
	conns   atomic.Int64
	hold    chan struct{} // how long a request for /hold lasts
}

// count is for ConnContext.
func (s *script) count(ctx context.Context, _ net.Conn) context.Context {
	s.conns.Add(1)
	return context.WithValue(ctx, served{}, new(atomic.Int64))
}

// served is the key of a connection's counter of requests.
type served struct{}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Served", strconv.FormatInt(r.Context().Value(served{}).(*atomic.Int64).Add(1), 10))
	switch r.URL.Path {
	case "/warm":
		s.warming.Done()
		s.warming.Wait()
		return
	case "/hold":
		<-s.hold
		return
	}
	s.arrived.Add(1)
	k := Kind("")
	s.mu.Lock()
	if len(s.steps) > 0 {
		k, s.steps = s.steps[0], s.steps[1:]
	}
	s.mu.Unlock()
	if k == "" {
		return
	}
	if s.once {
		Once(w, r, k)
	}
	Play(w, r, k, 200, nil, []byte(document), nil)
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

// send sends one request, and returns the class of the error that the client sees.
func send(t *testing.T, c *http.Client, req *http.Request) string {
	res, err := c.Do(req)
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		assert.NoError(t, err)
		assert.NoError(t, res.Body.Close())
		return ""
	}
	return class(err)
}

// serving runs a test with a server over loopback, TLS and memory; pool is a fresh client each time.
func serving(t *testing.T, mk func() *script, test func(t *testing.T, s *script, pool func() *http.Client, url string)) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "loopback", true: "TLS"}[secure], func(t *testing.T) {
			s := mk()
			srv := httptest.NewUnstartedServer(s)
			srv.Config.ConnContext = s.count
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			if secure {
				srv.StartTLS()
			} else {
				srv.Start()
			}
			defer srv.Close()
			test(t, s, func() *http.Client {
				tr := srv.Client().Transport.(*http.Transport).Clone()
				tr.MaxIdleConnsPerHost = 100
				t.Cleanup(tr.CloseIdleConnections)
				return &http.Client{Transport: tr}
			}, srv.URL)
		})
	}
	t.Run("memory", func(t *testing.T) { inMemory(t, mk, test) })
}

// inMemory runs a test with a server in memory, in a bubble.
func inMemory(t *testing.T, mk func() *script, test func(t *testing.T, s *script, pool func() *http.Client, url string)) {
	synctest.Test(t, func(t *testing.T) {
		s, l := mk(), memnet.Listen("graph.test:80")
		srv := &http.Server{Handler: s, ConnContext: s.count, ErrorLog: log.New(io.Discard, "", 0)}
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
}
