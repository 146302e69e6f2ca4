package wirefault

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

const document = `{"id":"1.neu.0278337E599FC8DBF5607ED12CF463E4","status":"inprogress","error":null}`

// fault answers every request, as a handler and as a round tripper.
type fault struct {
	kind    Kind
	status  int
	body    string
	started chan struct{} // gets one when a request is there
	ended   chan struct{} // gets one when it is answered
	done    chan struct{}
}

func (f *fault) header() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Retry-After": {"7"}, "Content-Length": {"9999"}}
}

func (f *fault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.started <- struct{}{}
	defer func() { f.ended <- struct{}{} }()
	Play(w, r, f.kind, f.status, f.header(), []byte(f.body), f.done)
}

func (f *fault) RoundTrip(r *http.Request) (*http.Response, error) {
	f.started <- struct{}{}
	defer func() { f.ended <- struct{}{} }()
	return RoundTrip(r, f.kind, f.status, f.header(), []byte(f.body), f.done)
}

// sight is what a test does with a fault that it can reach.
type sight func(t *testing.T, f *fault, rt http.RoundTripper, url string)

// ways are the ways from a client to a fault.
var ways = []struct {
	name string
	run  func(t *testing.T, f fault, see sight)
}{
	{name: "loopback", run: func(t *testing.T, f fault, see sight) {
		f.open()
		s := httptest.NewServer(&f)
		defer s.Close()
		see(t, &f, s.Client().Transport, s.URL)
	}},
	{name: "TLS", run: func(t *testing.T, f fault, see sight) {
		f.open()
		s := httptest.NewTLSServer(&f)
		defer s.Close()
		see(t, &f, s.Client().Transport, s.URL)
	}},
	{name: "memory", run: func(t *testing.T, f fault, see sight) {
		synctest.Test(t, func(t *testing.T) {
			f.open()
			l := memnet.Listen("graph.test:80")
			s := &http.Server{Handler: &f, ErrorLog: log.New(io.Discard, "", 0)}
			go func() { assert.ErrorIs(t, s.Serve(l), http.ErrServerClosed) }()
			tr := &http.Transport{DialContext: l.DialContext}
			defer func() {
				tr.CloseIdleConnections()
				assert.NoError(t, s.Shutdown(context.Background()))
			}()
			see(t, &f, tr, "http://graph.test")
		})
	}},
	{name: "no connection", run: func(t *testing.T, f fault, see sight) {
		synctest.Test(t, func(t *testing.T) {
			f.open()
			see(t, &f, &f, "http://graph.test")
		})
	}},
}

func (f *fault) open() {
	f.started, f.ended, f.done = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
}

// class is what a client can tell of an error.
func class(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, syscall.ECONNRESET), errors.As(err, &errno) && errno == 10054: // WSAECONNRESET
		return "ECONNRESET"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "io.ErrUnexpectedEOF"
	case errors.Is(err, io.EOF):
		return "io.EOF"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return "malformed HTTP response"
	case strings.Contains(err.Error(), "invalid byte in chunk length"):
		return "invalid byte in chunk length"
	}
	return err.Error()
}

// TestSeen is the table of the package's documentation, over every way.
func TestSeen(t *testing.T) {
	half := document[:len(document)/2]
	html := "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	type test struct {
		name, reason string
		kind         Kind
		method       string
		sent         string // body of the request
		status       int
		body         string
		end          string // what ends a stall: the client, or done
		do, read     string // classes of errors
		got          string
		length       int64
	}
	var all []test
	for _, tt := range []test{
		{kind: Reset, do: "ECONNRESET"},
		{kind: Empty, do: "io.EOF"},
		{kind: Truncated, read: "io.ErrUnexpectedEOF", got: half, length: int64(len(document))},
		{kind: WrongLength, read: "io.ErrUnexpectedEOF", got: document, length: int64(len(document)) + missing},
		{kind: MalformedChunk, read: "invalid byte in chunk length", got: half, length: -1},
		{kind: Garbage, do: "malformed HTTP response"},
		{kind: Stall, end: "client", do: "canceled"},
		{kind: Stall, end: "done", do: "io.EOF"},
		{kind: StallBody, end: "client", read: "canceled", got: half, length: int64(len(document))},
		{kind: StallBody, end: "done", read: "io.ErrUnexpectedEOF", got: half, length: int64(len(document))},
		{kind: HTML, got: html, length: int64(len(html)), status: 200},
	} {
		tt.name, tt.reason, tt.method, tt.body = "GET", "as documented", http.MethodGet, document
		all = append(all, tt)
		tt.name, tt.reason, tt.method, tt.sent = "POST", "a request whose body nobody read", http.MethodPost, strings.Repeat("x", 1<<20)
		all = append(all, tt)
		if tt.end == "" || tt.kind == Stall {
			tt.name, tt.reason, tt.method, tt.sent, tt.got, tt.read = "HEAD", "there is no body to break", http.MethodHead, "", "", ""
			all = append(all, tt)
		}
		if tt.read == "io.ErrUnexpectedEOF" || tt.name == "HEAD" && tt.kind == Truncated {
			tt.name, tt.reason, tt.method, tt.body, tt.got, tt.read = "empty body", "there is always something missing", http.MethodGet, "", "", "io.ErrUnexpectedEOF"
			tt.length = map[Kind]int64{Truncated: 1, StallBody: 1, WrongLength: missing}[tt.kind]
			all = append(all, tt)
		}
	}
	for _, tt := range all {
		for _, way := range ways {
			t.Run(strings.Trim(string(tt.kind)+" "+tt.end, " ")+"/"+tt.name+"/"+way.name, func(t *testing.T) {
				require.NotEmpty(t, tt.reason)
				way.run(t, fault{kind: tt.kind, status: tt.status, body: tt.body}, func(t *testing.T, f *fault, rt http.RoundTripper, url string) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					finish := map[string]func(){"": func() {}, "client": cancel, "done": func() { close(f.done) }}[tt.end]
					go func() {
						<-f.started
						if tt.kind == Stall {
							finish()
						}
					}()
					req, err := http.NewRequestWithContext(ctx, tt.method, url, strings.NewReader(tt.sent))
					require.NoError(t, err)
					res, err := (&http.Client{Transport: rt}).Do(req)
					require.Equal(t, tt.do, class(err), "%v", err)
					if err == nil {
						got := make([]byte, len(tt.got))
						_, err := io.ReadFull(res.Body, got)
						require.NoError(t, err, "what is sent arrives")
						if tt.kind == StallBody {
							finish()
						}
						_, err = res.Body.Read(make([]byte, 1))
						if err == io.EOF {
							err = nil
						}
						assert.Equal(t, tt.read, class(err), "%v", err)
						assert.Equal(t, tt.got, string(got))
						assert.Equal(t, tt.length, res.ContentLength)
						assert.Equal(t, "7", res.Header.Get("Retry-After"), "what does not describe the body stays")
						if tt.kind == HTML {
							assert.Equal(t, 502, res.StatusCode)
							assert.Equal(t, "text/html", res.Header.Get("Content-Type"))
						} else {
							assert.Equal(t, 200, res.StatusCode)
							assert.Equal(t, "application/json", res.Header.Get("Content-Type"))
						}
						require.NoError(t, res.Body.Close())
						_, err = res.Body.Read(make([]byte, 1))
						if res.ContentLength != 0 && tt.method != http.MethodHead {
							assert.EqualError(t, err, "http: read on closed response body")
						}
					}
					<-f.ended
				})
			})
		}
	}
}
