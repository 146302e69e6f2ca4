//go:build unix

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/h2non/gock"
	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"
)

// graph is the host that is called where there is no network.
const graph = "https://graph.microsoft.com"

// many is how many stubs there are where one is not enough. It is the last that is asked for.
const many = 1000

var payload = []byte(`{"id":"3ed1595a","status":"completed"}`)

// mocked is one way to answer requests, or to begin and end.
type mocked struct {
	name string
	ops  int // of a round
	// begin makes it ready. op does what is measured, once; end lets go of it.
	begin func(tb testing.TB) (op func() error, end func())
}

// path is the path of the nth stub.
func path(n int) string {
	return fmt.Sprintf("/v1.0/external/connections/contosohr/things%d/3ed1595a", n)
}

// stubs is a scenario of n routes, each with a template of its own.
func stubs(n int) mockserver.Scenario {
	var s mockserver.Scenario
	for i := range n {
		s.Routes = append(s.Routes, mockserver.Route{
			Route:    fmt.Sprintf("GET /external/connections/{connection}/things%d/{thing}", i),
			Replies:  []mockserver.Response{{Body: payload}},
			Optional: true,
		})
	}
	return s
}

// bare answers with the same bytes as the mocks, and does nothing else.
var bare = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(payload)
})

// bareGraph answers with the header fields that Graph sends, too, always the same ones.
var bareGraph = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(payload)))
	h.Set("Request-Id", "afcd1d7b-39a8-40e2-af7e-194d2fdd06a7")
	h.Set("Client-Request-Id", "afcd1d7b-39a8-40e2-af7e-194d2fdd06a7")
	h.Set("Date", "Tue, 24 Nov 2026 15:04:48 GMT")
	_, _ = w.Write(payload)
})

// overHandler is what a RoundTripper over a handler does at least.
type overHandler struct{ http.Handler }

func (o overHandler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	return w.Result(), nil
}

// owner is a test whose cleanups run when it is told.
type owner struct {
	testing.TB
	cleanups []func()
}

func (o *owner) Cleanup(f func()) { o.cleanups = append(o.cleanups, f) }

func (o *owner) end() {
	for _, f := range o.cleanups {
		f()
	}
	o.cleanups = o.cleanups[:0]
}

// asking returns an op that sends a request and holds the answer against the payload.
func asking(tb testing.TB, rt http.RoundTripper, url string) func() error {
	tb.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(tb, err)
	var got bytes.Buffer
	return func() error {
		res, err := rt.RoundTrip(r)
		if err != nil {
			return err
		}
		got.Reset()
		if _, err := got.ReadFrom(res.Body); err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK || !bytes.Equal(got.Bytes(), payload) {
			return fmt.Errorf("%s: %s", res.Status, got.Bytes())
		}
		return nil
	}
}

func nothing() {}

func over(h http.Handler) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) { return asking(tb, overHandler{h}, graph+path(0)), nothing }
}

// ours is the mock without a network, with n stubs, after so many requests.
func ours(n, before int) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		o := &owner{TB: tb}
		op := asking(tb, mockserver.Transport(o, stubs(n)), graph+path(n-1))
		for range before {
			require.NoError(tb, op())
		}
		return op, o.end
	}
}

func bareServer(tb testing.TB) (func() error, func()) {
	srv := httptest.NewServer(bareGraph)
	return asking(tb, srv.Client().Transport, srv.URL+path(0)), srv.Close
}

func oursServer(tb testing.TB) (func() error, func()) {
	o := &owner{TB: tb}
	srv := mockserver.Start(o, stubs(1))
	return asking(tb, srv.Client().Transport, srv.URL+path(0)), o.end
}

func gocks(n int) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		for i := range n {
			gock.New(graph).Get("^" + path(i) + "$").Persist().Reply(http.StatusOK).Body(bytes.NewReader(payload))
		}
		return asking(tb, gock.NewTransport(), graph+path(n-1)), func() { gock.Off() }
	}
}

func httpmocks(n int) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		m := httpmock.NewMockTransport()
		for i := range n {
			m.RegisterResponder(http.MethodGet, graph+path(i), httpmock.NewBytesResponder(http.StatusOK, payload))
		}
		return asking(tb, m, graph+path(n-1)), nothing
	}
}

func httpmockRegexps(n int) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		m := httpmock.NewMockTransport()
		for i := range n {
			re := regexp.MustCompile(fmt.Sprintf(`^https://graph\.microsoft\.com/v1\.0/external/connections/[^/]+/things%d/[^/]+$`, i))
			m.RegisterRegexpResponder(http.MethodGet, re, httpmock.NewBytesResponder(http.StatusOK, payload))
		}
		return asking(tb, m, graph+path(n-1)), nothing
	}
}

// vcrs replays a cassette of n exchanges, which is in dir.
func vcrs(dir string, n int) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		name := filepath.Join(dir, fmt.Sprint(n))
		rec, err := recorder.New(name, recorder.WithMode(recorder.ModeReplayOnly),
			recorder.WithReplayableInteractions(true), recorder.WithSkipRequestLatency(true))
		require.NoError(tb, err)
		return asking(tb, rec, graph+path(n-1)), func() { require.NoError(tb, rec.Stop()) }
	}
}

// record makes a cassette of n exchanges with the bare handler.
func record(tb testing.TB, dir string, n int) {
	rec, err := recorder.New(filepath.Join(dir, fmt.Sprint(n)),
		recorder.WithMode(recorder.ModeRecordOnly), recorder.WithRealTransport(overHandler{bare}))
	require.NoError(tb, err)
	for i := range n {
		require.NoError(tb, asking(tb, rec, graph+path(i))())
	}
	require.NoError(tb, rec.Stop())
}

// starting begins and ends a server, which has no requests.
func starting(start func(testing.TB, mockserver.Scenario, ...mockserver.Option) *mockserver.Server, s mockserver.Scenario) func(testing.TB) (func() error, func()) {
	return func(tb testing.TB) (func() error, func()) {
		o := &owner{TB: tb}
		return func() error {
			start(o, s, mockserver.AllowUnused())
			o.end()
			return nil
		}, nothing
	}
}

func loading(testing.TB) (func() error, func()) {
	s := stubs(many)
	return func() error {
		_, err := mockserver.NewHandler(s)
		return err
	}, nothing
}

// The mocks beside what they are measured against.
var (
	goals = []struct {
		mocked
		against int     // the index of what it is a multiple of, or itself
		ratio   float64 // the goal as a multiple of that
		micros  float64 // the goal in µs of CPU time
	}{
		{mocked{"RoundTripper over a bare handler", 8000, over(bareGraph)}, 0, 0, 0},
		{mocked{"the same with Content-Type alone", 8000, over(bare)}, 0, 0, 0},
		{mocked{"Transport", 8000, ours(1, 0)}, 0, 2, 0},
		{mocked{"Transport, 1,000 stubs", 8000, ours(many, 0)}, 2, 1.2, 0},
		{mocked{"Transport, its journal full", 8000, ours(1, 10_000)}, 2, 0, 0},
		{mocked{"httptest.NewServer of a bare handler", 1500, bareServer}, 5, 0, 0},
		{mocked{"Start", 1500, oursServer}, 5, 1.15, 0},
		{mocked{"Transport and end, a route", 1000, starting(mockserver.Transport, stubs(1))}, 7, 0, 50},
		{mocked{"Transport and end, Completes(3)", 1000, starting(mockserver.Transport, mockserver.Completes(3))}, 8, 0, 50},
		{mocked{"Start and end, a route", 300, starting(mockserver.Start, stubs(1))}, 9, 0, 150},
		{mocked{"Start and end, Completes(3)", 300, starting(mockserver.Start, mockserver.Completes(3))}, 10, 0, 150},
		{mocked{"NewHandler, 1,000 stubs", 10, loading}, 11, 0, 20_000},
	}
	others = func(dir string) [][2]mocked { // with one stub and with many
		return [][2]mocked{
			{{"mockserver.Transport", 4000, ours(1, 0)}, {"", 4000, ours(many, 0)}},
			{{"httpmock, exact", 4000, httpmocks(1)}, {"", 4000, httpmocks(many)}},
			{{"httpmock, regular expressions", 4000, httpmockRegexps(1)}, {"", 200, httpmockRegexps(many)}},
			{{"gock", 1000, gocks(1)}, {"", 3, gocks(many)}},
			{{"go-vcr, a replay", 1000, vcrs(dir, 1)}, {"", 5, vcrs(dir, many)}},
		}
	}
)

// TestMockRatios prints what mocks cost in CPU time, as Markdown. They take turns as in [TestRatios], and it fails on no figure,
// but where one does not answer what it should.
func TestMockRatios(t *testing.T) {
	rounds := 7
	if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	record(t, dir, 1)
	record(t, dir, many)
	var ways []mocked
	for _, g := range goals {
		ways = append(ways, g.mocked)
	}
	for _, o := range others(dir) {
		ways = append(ways, o[0], o[1])
	}
	costs := make([][]cost, len(ways)) // by way, then round
	for range rounds {
		for i, w := range ways {
			costs[i] = append(costs[i], measureMock(t, w))
		}
	}
	micros := func(way, round int) float64 { return costs[way][round].seconds * 1e6 / float64(ways[way].ops) }
	half := func(way, against int) (µs, ratio float64) {
		return median(rounds, func(n int) float64 { return micros(way, n) }),
			median(rounds, func(n int) float64 { return micros(way, n) / micros(against, n) })
	}

	var table strings.Builder
	fmt.Fprintf(&table, "CPU time, medians of %d rounds\n\n", rounds)
	table.WriteString("| mockserver | µs | goal | ratio | goal | objects |\n|:---|---:|---:|---:|---:|---:|\n")
	for i, g := range goals {
		µs, ratio := half(i, g.against)
		objects := float64(costs[i][rounds-1].objects) / float64(g.ops)
		multiple := ""
		if g.against != i {
			multiple = fmt.Sprintf("%.2f", ratio)
		}
		fmt.Fprintf(&table, "| %s | %.1f | %s | %s | %s | %.0f |\n", g.name, µs, atMost(g.micros), multiple, atMost(g.ratio), objects)
	}
	table.WriteString("\n| RoundTrip | µs, 1 stub | µs, 1,000 stubs | ratio, 1 stub | ratio, 1,000 stubs |\n|:---|---:|---:|---:|---:|\n")
	first := len(goals)
	for i := first; i < len(ways); i += 2 {
		one, ratioOne := half(i, first)
		all, ratioAll := half(i+1, first+1)
		fmt.Fprintf(&table, "| %s | %.1f | %.1f | %.1f | %.1f |\n", ways[i].name, one, all, ratioOne, ratioAll)
	}
	t.Log(table.String())
}

func atMost(goal float64) string {
	if goal == 0 {
		return ""
	}
	return fmt.Sprintf("≤ %v", goal)
}

// measureMock is the cost of a round.
func measureMock(tb testing.TB, w mocked) cost {
	tb.Helper()
	op, end := w.begin(tb)
	defer end()
	for range min(w.ops, 20) { // what a first use makes is made
		require.NoError(tb, op(), w.name)
	}
	var before, after runtime.MemStats
	runtime.GC() // nobody pays for the garbage of the one before
	runtime.ReadMemStats(&before)
	start := cpuTime(tb)
	for range w.ops {
		if err := op(); err != nil {
			tb.Fatal(w.name, err)
		}
	}
	used := cpuTime(tb) - start
	runtime.ReadMemStats(&after)
	return cost{used.Seconds(), after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs}
}

// cpuTime is the time that the process has had of all processors.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkMocks(b *testing.B) {
	run := func(w mocked) {
		b.Run(w.name, func(b *testing.B) {
			op, end := w.begin(b)
			defer end()
			b.ReportAllocs()
			for b.Loop() {
				if err := op(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, g := range goals {
		run(g.mocked)
	}
	dir := b.TempDir()
	record(b, dir, 1)
	record(b, dir, many)
	for _, o := range others(dir) {
		for i, stubs := range []string{"1 stub", "1,000 stubs"} {
			w := o[i]
			w.name = o[0].name + ", " + stubs
			run(w)
		}
	}
}
