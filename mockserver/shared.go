package mockserver

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Shared is one listening server for several tests, in parallel, too: each gets a view of its own, see [Shared.For]. It is for where
// a server for each test is not possible, such as a program that is started once and told one address; a server for each
// test costs little more.
type Shared struct {
	// URL is where the server listens. Clients call a view's URL.
	URL string

	scenario Scenario
	options  []Option
	http     *httptest.Server

	mu    sync.Mutex
	views map[string]*view
	count int
}

// view is one test's part of a shared server.
type view struct {
	*Handler
	ctx      context.Context // ends with the test
	requests sync.WaitGroup  // only added to under Shared.mu, while it is one of the views
}

// Listen starts a server on loopback that several tests share. The error is that of [NewHandler].
func Listen(s Scenario, opts ...Option) (*Shared, error) {
	h, err := NewHandler(placed(s, caller()), opts...)
	if err != nil {
		return nil, err
	}
	sh := &Shared{scenario: *h.program.scenario, options: slices.Clone(opts), views: map[string]*view{}}
	sh.http = &httptest.Server{Listener: loopback(), Config: &http.Server{
		Handler: http.HandlerFunc(sh.serve), ErrorLog: log.New(io.Discard, "", 0),
	}}
	sh.http.Start()
	sh.URL = sh.http.URL
	return sh, nil
}

// viewPrefix begins the first segment of the paths of a view.
const viewPrefix = "/view-"

// For is a view of the server for one test: a [Server] with its own places, state and journal, whose URL leads to it alone.
// It is verified when the test ends.
func (s *Shared) For(t testing.TB, opts ...Option) *Server {
	t.Helper()
	srv := newServer(t, s.scenario, caller(), slices.Concat(s.options, opts))
	ctx, cancel := context.WithCancel(context.Background())
	v := &view{Handler: srv.Handler, ctx: ctx}
	s.mu.Lock()
	s.count++
	prefix := viewPrefix + strconv.Itoa(s.count)
	s.views[prefix] = v
	s.mu.Unlock()
	t.Cleanup(func() { // before the view is verified
		s.mu.Lock()
		delete(s.views, prefix)
		s.mu.Unlock()
		cancel()
		v.requests.Wait() // whose functions and handlers may use the test
	})
	srv.URL = s.URL + prefix
	srv.redirect(s.http.Listener.Addr(), new(net.Dialer).DialContext)
	return srv
}

// Close stops the server. Views that are still open answer no more.
func (s *Shared) Close() {
	s.mu.Lock()
	for _, v := range s.views {
		v.Close()
	}
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
}

type prefixKey struct{}

// serve hands a request to the view that it is for.
func (s *Shared) serve(w http.ResponseWriter, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	prefix := "/" + first
	s.mu.Lock()
	v := s.views[prefix]
	if v != nil {
		v.requests.Add(1)
	}
	s.mu.Unlock()
	if v == nil {
		http.Error(w, "mockserver: no test has a view here; clients call the URL of Shared.For", http.StatusNotImplemented)
		return
	}
	defer v.requests.Done()
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), prefixKey{}, prefix))
	defer cancel()
	ended := make(chan struct{})
	stop := context.AfterFunc(v.ctx, func() { // the test has ended, and what waits for the client does, too
		defer close(ended)
		cancel()
		c := http.NewResponseController(w)
		_, _ = c.SetReadDeadline(time.Unix(1, 0)), c.SetWriteDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-ended
			panic(http.ErrAbortHandler) // the connection, which has these deadlines, is closed
		}
	}()
	r = r.WithContext(ctx)
	u := *r.URL
	u.Path, u.RawPath = strings.TrimPrefix(u.Path, prefix), strings.TrimPrefix(u.RawPath, prefix)
	r.URL = &u
	v.ServeHTTP(w, r)
}
