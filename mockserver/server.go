package mockserver

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

// memoryHost is the host of servers in memory. The contract judges it, as all that is said to be local (RFC 6761, section 6.3).
const memoryHost = "graph.localhost"

// graphURL is what clients of [Transport] call.
const graphURL = "https://graph.microsoft.com"

// Server is a scenario that is played for a test. It is closed and verified when the test ends.
type Server struct {
	*Handler

	// URL is what the client under test has to call, without a slash at its end: "http://127.0.0.1:54321".
	URL string

	client      *http.Client
	http        *httptest.Server
	memory      *memnet.Listener
	redirection *redirection // nil: for [Transport]
	test        *testReport
}

// Start starts a server on loopback for a test. It fails the test when something is wrong with the scenario. When the test ends,
// the server is closed, and the test fails for what the client, or the scenario, did wrong: requests that were not expected, and
// all that [Handler.Verify] finds.
func Start(t testing.TB, s Scenario, opts ...Option) *Server {
	t.Helper()
	srv := newServer(t, s, caller(), opts)
	srv.listen()
	return srv
}

// Transport is a server without any network for a test: an [http.RoundTripper] that also works within testing/synctest, where
// minutes of polling take no time.
//
//	client := &http.Client{Transport: mockserver.Transport(t, mockserver.Completes(3))}
//
// It answers requests to any host. Its URL is Graph's own.
func Transport(t testing.TB, s Scenario, opts ...Option) *Server {
	t.Helper()
	srv := newServer(t, s, caller(), slices.Concat(opts, []Option{func(o *options) { o.direct = true }}))
	srv.URL = graphURL
	srv.client = &http.Client{Transport: srv}
	return srv
}

func newServer(t testing.TB, s Scenario, at string, opts []Option) *Server {
	t.Helper()
	report := &testReport{t: t}
	h, err := NewHandler(placed(s, at), append(slices.Clone(opts), OnViolation(report.violation))...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	srv := &Server{Handler: h, test: report}
	t.Cleanup(srv.end)
	return srv
}

// placed is the scenario, with at as the place of what has none.
func placed(s Scenario, at string) Scenario {
	if s.places[""] == "" {
		places := make(map[string]string, len(s.places)+1)
		for path, place := range s.places {
			places[path] = place
		}
		places[""] = at
		s.places = places
	}
	return s
}

// listen starts the HTTP server.
func (s *Server) listen() {
	srv := &httptest.Server{Config: &http.Server{
		Handler: s.Handler, ErrorLog: log.New(io.Discard, "", 0),
	}}
	if s.options.inMemory {
		s.memory = memnet.Listen(memoryHost + ":80")
		srv.Listener = s.memory
		srv.Start()
		s.URL = "http://" + memoryHost
		s.redirect(s.memory.Addr(), s.memory.DialContext)
	} else {
		srv.Listener = loopback()
		srv.Start()
		s.URL = srv.URL
		s.redirect(srv.Listener.Addr(), new(net.Dialer).DialContext)
	}
	s.http = srv
}

func loopback() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		if l, err = net.Listen("tcp6", "[::1]:0"); err != nil {
			panic(fmt.Sprintf("mockserver: no port on loopback: %v", err))
		}
	}
	return l
}

// Client is a client whose requests reach the server, and nothing else. Production code may go on calling https://graph.microsoft.com:
// connections for the hosts of Microsoft Graph and of Microsoft Entra ID, of all clouds, come to the server over TLS, HTTP/2 or
// HTTP/1.1 (in memory HTTP/1.1 alone), and those for the instance metadata service, 169.254.169.254, without; so do those for srv.URL. A request to another host is
// an error that names it, before a name is looked up or a connection made.
//
// Its Transport is an *[http.Transport], which may be cloned, but for a server that [Transport] made, which is the transport itself.
func (s *Server) Client() *http.Client { return s.client }

// Transport is the transport of [Server.Client], for clients with middlewares of their own above it.
func (s *Server) Transport() http.RoundTripper { return s.client.Transport }

// redirect has the client's connections come to the server at an address.
func (s *Server) redirect(address net.Addr, dial dialer) {
	s.redirection = &redirection{handler: s.Handler, url: s.URL, address: address.String(), dial: dial, memory: s.memory != nil}
	s.client = s.redirection.client()
}

// Handle mounts a handler of the test's own, see [Handler.Handle]. It fails the test where the pattern is wrong.
func (s *Server) Handle(pattern string, handler http.Handler) {
	s.test.t.Helper()
	if err := s.Handler.mount(pattern, handler, caller()); err != nil {
		s.test.t.Fatalf("%v", err)
	}
}

// close stops the server: no request is accepted any more, delays end, connections are closed.
func (s *Server) close() {
	if s.memory != nil {
		s.memory.Close()
	}
	s.Handler.Close()
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	if s.redirection != nil {
		s.redirection.close()
	}
	if s.http != nil {
		s.http.CloseClientConnections()
		s.http.Close()
	}
}

// end closes the server when its test ends, and reports what is wrong.
func (s *Server) end() {
	t := s.test.t
	t.Helper()
	s.close()
	s.test.end(s.Handler)
}

// testReport reports violations to a test, for as long as it runs.
type testReport struct {
	mu    sync.Mutex
	t     testing.TB
	ended bool
}

func (r *testReport) violation(v *Violation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended { // else the test would panic
		r.t.Errorf("%s", v.Text)
	}
}

// end verifies and writes down the journal of a test that failed.
func (r *testReport) end(h *Handler) {
	t := r.t
	t.Helper()
	failed := t.Failed()
	all := h.broken()
	if !t.Skipped() {
		all = slices.Concat(h.unmet(), all)
	}
	for _, v := range all {
		t.Errorf("%s", v.Text)
	}
	if !failed && !t.Skipped() { // what failed or was skipped before has left replies unused that it is not about
		for _, v := range h.unused() {
			t.Errorf("%s", v.Text)
		}
	}
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	if !t.Failed() {
		return
	}
	xs := h.Exchanges()
	if len(xs) > 0 {
		t.Logf("mockserver: %s", traffic(xs))
	}
	if file, err := saveJournal(t, xs); err != nil {
		t.Logf("mockserver: the journal could not be saved: %v", err)
	} else if file != "" {
		t.Logf("mockserver: the journal is in %s", file)
	}
}

// traffic lists the last exchanges, a line each.
func traffic(xs []recording.Exchange) string {
	const most = 20
	var b strings.Builder
	fmt.Fprintf(&b, "%s of the client", text.Count(len(xs), "request"))
	if n := len(xs) - most; n > 0 {
		fmt.Fprintf(&b, ", the last %d", most)
		xs = xs[n:]
	}
	b.WriteString(":")
	for _, x := range xs {
		status := "no response"
		if x.Status != 0 {
			status = strconv.Itoa(x.Status)
		}
		fmt.Fprintf(&b, "\n  %s %s: %s", x.Method, short(x.URL), status)
	}
	return b.String()
}

// artifactsVariable is the environment variable that names a directory for the journals of failed tests.
const artifactsVariable = "GRAPHCONTRACT_ARTIFACTS"

// saveJournal writes the journal to the test's artifacts, where go test keeps them (go test -artifacts, Go 1.26), or into the directory
// that the environment names. Without either it returns "".
func saveJournal(t testing.TB, xs []recording.Exchange) (string, error) {
	dir := os.Getenv(artifactsVariable)
	if keeper, ok := t.(interface{ ArtifactDir() string }); ok && dir == "" {
		if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
			dir = keeper.ArtifactDir()
		}
	}
	if dir == "" || len(xs) == 0 {
		return "", nil
	}
	f, err := os.CreateTemp(dir, "mockserver-*.ndjson")
	if err != nil {
		return "", err
	}
	err = recording.WriteNDJSON(f, slices.Values(xs), recording.Provenance("mockserver, "+t.Name()))
	return f.Name(), errors.Join(err, f.Close())
}

// shortFile is a source file as messages name it: the end of its path.
func shortFile(file string) string {
	return strings.TrimPrefix(filepath.Base(filepath.Dir(file))+"/", "./") + filepath.Base(file)
}
