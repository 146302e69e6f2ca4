package mockserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/graphcontract/graphcontract/mockserver"
)

// The benchmarks stand beside a bare handler that answers with the same bytes: a RoundTripper around it, and a server on loopback.

var payload = []byte(`{"id":"3ed1595a","status":"completed"}`)

// bare is what somebody writes who needs one answer.
var bare = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(payload)
})

// bareTransport is the least that a RoundTripper over a handler does: net/http/httptest's recorder makes the response.
type bareTransport struct{ http.Handler }

func (b bareTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result(), nil
}

// quiet is a test that has no cleanups of its own.
type quiet struct {
	testing.TB
	cleanups []func()
}

func (q *quiet) Cleanup(f func()) { q.cleanups = append(q.cleanups, f) }

func (q *quiet) end() {
	for _, f := range q.cleanups {
		f()
	}
	q.cleanups = nil
}

func scenario(stubs int) mockserver.Scenario {
	s := mockserver.Scenario{}
	for i := range stubs {
		s.Routes = append(s.Routes, mockserver.Route{
			Route:    fmt.Sprintf("GET /external/connections/{connection}/things%d/{thing}", i),
			Replies:  []mockserver.Response{{Body: payload}},
			Optional: true,
		})
	}
	return s
}

func get(b *testing.B, c *http.Client, url string) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

const thing = "/v1.0/external/connections/contosohr/things%d/3ed1595a"

func BenchmarkRoundTrip(b *testing.B) {
	url := "https://graph.microsoft.com" + fmt.Sprintf(thing, 0)
	b.Run("bare", func(b *testing.B) { get(b, &http.Client{Transport: bareTransport{bare}}, url) })
	b.Run("mock", func(b *testing.B) { get(b, &http.Client{Transport: mockserver.Transport(b, scenario(1))}, url) })
	b.Run("mock, 1000 stubs", func(b *testing.B) {
		get(b, &http.Client{Transport: mockserver.Transport(b, scenario(1000))}, "https://graph.microsoft.com"+fmt.Sprintf(thing, 999))
	})
}

func BenchmarkLoopback(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		srv := httptest.NewServer(bare)
		defer srv.Close()
		get(b, srv.Client(), srv.URL+fmt.Sprintf(thing, 0))
	})
	b.Run("mock", func(b *testing.B) {
		srv := mockserver.Start(b, scenario(1))
		get(b, srv.Client(), srv.URL+fmt.Sprintf(thing, 0))
	})
}

func BenchmarkStartClose(b *testing.B) {
	for _, s := range []mockserver.Scenario{mockserver.Completes(3), scenario(1)} {
		b.Run("transport/"+s.Name, func(b *testing.B) {
			b.ReportAllocs()
			q := &quiet{TB: b}
			for b.Loop() {
				mockserver.Transport(q, s, mockserver.AllowUnused())
				q.end()
			}
		})
		b.Run("in memory/"+s.Name, func(b *testing.B) {
			q := &quiet{TB: b}
			for b.Loop() {
				mockserver.Start(q, s, mockserver.AllowUnused(), mockserver.InMemory())
				q.end()
			}
		})
		b.Run("loopback/"+s.Name, func(b *testing.B) {
			q := &quiet{TB: b}
			for b.Loop() {
				mockserver.Start(q, s, mockserver.AllowUnused())
				q.end()
			}
		})
	}
}

// BenchmarkJournal has a journal with room for all, and one that is full, which drops an exchange for each that comes.
func BenchmarkJournal(b *testing.B) {
	page := map[string]any{"value": []any{}}
	for i := range 100 {
		page["value"] = append(page["value"].([]any), map[string]any{"id": fmt.Sprintf("%08x-3ed1-595a", i), "displayName": "Some name that a page has", "webUrl": "https://contoso.example/things/1"})
	}
	for name, reply := range map[string]mockserver.Response{"small": {Body: payload}, "page": {JSON: page, AllowInvalid: "no things"}} {
		for room, exchanges := range map[string]int{"room": 1 << 40, "full": 100} {
			b.Run(name+"/"+room, func(b *testing.B) {
				q := &quiet{TB: b}
				defer q.end()
				srv := mockserver.Transport(q, mockserver.Reply("GET /x/{id}", reply), mockserver.Journal(exchanges, 1<<60))
				get(b, srv.Client(), srv.URL+"/x/1")
			})
		}
	}
}
