package mockserver_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// fakeTB is a test that writes down what is reported to it. What it does not say itself is that of the test around it.
type fakeTB struct {
	testing.TB

	mu       sync.Mutex
	errors   []string // Errorf and Fatalf
	logs     []string
	late     []string // reported after its end
	cleanups []func()
	ended    bool
	skipped  bool
}

// runFake runs a test, to the end of its cleanups.
func runFake(t testing.TB, test func(tb *fakeTB)) *fakeTB {
	t.Helper()
	tb := &fakeTB{TB: t}
	done := make(chan struct{})
	go func() { // Fatalf ends the goroutine
		defer close(done)
		defer tb.end()
		test(tb)
	}()
	<-done
	return tb
}

func (tb *fakeTB) end() {
	for len(tb.cleanups) > 0 {
		last := tb.cleanups[len(tb.cleanups)-1]
		tb.cleanups = tb.cleanups[:len(tb.cleanups)-1]
		last()
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.ended = true
}

func (tb *fakeTB) note(to *[]string, format string, args []any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if tb.ended {
		to = &tb.late
	}
	*to = append(*to, fmt.Sprintf(format, args...))
}

func (tb *fakeTB) Helper()                           {}
func (tb *fakeTB) Name() string                      { return "TestOfAUser" }
func (tb *fakeTB) Skipped() bool                     { return tb.skipped }
func (tb *fakeTB) Cleanup(f func())                  { tb.cleanups = append(tb.cleanups, f) }
func (tb *fakeTB) Logf(format string, args ...any)   { tb.note(&tb.logs, format, args) }
func (tb *fakeTB) Errorf(format string, args ...any) { tb.note(&tb.errors, format, args) }

func (tb *fakeTB) Fatalf(format string, args ...any) {
	tb.note(&tb.errors, format, args)
	runtime.Goexit()
}

func (tb *fakeTB) Failed() bool { return len(tb.said()) > 0 }

// said is what was reported so far.
func (tb *fakeTB) said() []string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return slices.Clone(tb.errors)
}

// TestFakeTB holds the fake against what a test does.
func TestFakeTB(t *testing.T) {
	var order []string
	tb := runFake(t, func(tb *fakeTB) {
		tb.Cleanup(func() { order = append(order, "first made") })
		tb.Cleanup(func() { order = append(order, "last made"); tb.Logf("in a cleanup") })
		require.False(t, tb.Failed())
		tb.Fatalf("no %s", "more")
		order = append(order, "after Fatalf")
	})
	require.Equal(t, []string{"last made", "first made"}, order)
	require.Equal(t, []string{"no more"}, tb.said())
	require.Equal(t, []string{"in a cleanup"}, tb.logs)
	tb.Errorf("after the end")
	require.Equal(t, []string{"after the end"}, tb.late)
}

// answer is what a client got.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// graph is the host that ask calls where a target is a path alone.
const graph = "https://graph.microsoft.com"

// ask sends a request and reads the answer. header has names and values in turn.
func ask(t testing.TB, rt http.RoundTripper, method, target, body string, header ...string) answer {
	t.Helper()
	a, err := try(rt, method, target, body, header...)
	require.NoError(t, err)
	return a
}

// try is ask for requests that may fail.
func try(rt http.RoundTripper, method, target, body string, header ...string) (a answer, err error) {
	if strings.HasPrefix(target, "/") {
		target = graph + target
	}
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, target, r)
	if err != nil {
		return a, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

// says is a reply with a text for a body.
func says(text string) mockserver.Response {
	return mockserver.Response{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(text)}
}

// handler makes the handler of a scenario that is right.
func handler(t testing.TB, s mockserver.Scenario, opts ...mockserver.Option) *mockserver.Handler {
	t.Helper()
	h, err := mockserver.NewHandler(s, opts...)
	require.NoError(t, err)
	t.Cleanup(h.Close)
	return h
}

// hand is a clock that is moved by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func newHand() *hand { return &hand{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *hand) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *hand) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
