package mockserver_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// rehearsal is a test that may fail without failing the one it is part of.
type rehearsal struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (r *rehearsal) Helper() {}

func (r *rehearsal) Logf(string, ...any) {}

func (r *rehearsal) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *rehearsal) Failed() bool { return len(r.reports()) > 0 }

func (r *rehearsal) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

// reports are the errors so far.
func (r *rehearsal) reports() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.errors)
}

// end is the end of the test.
func (r *rehearsal) end() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
	r.cleanups = nil
}

// rehearse runs f as a test of its own and returns what it reported.
func rehearse(t *testing.T, f func(testing.TB)) []string {
	r := &rehearsal{TB: t}
	defer r.end()
	f(r)
	r.end()
	return r.reports()
}

// starter is [mockserver.Start] or [mockserver.Transport].
type starter func(testing.TB, mockserver.Scenario, ...mockserver.Option) *mockserver.Server

func startInMemory(t testing.TB, s mockserver.Scenario, opts ...mockserver.Option) *mockserver.Server {
	return mockserver.Start(t, s, append(opts, mockserver.InMemory())...)
}

// inVirtualTime runs a test with each transport that works in a bubble.
func inVirtualTime(t *testing.T, test func(*testing.T, starter)) {
	t.Helper()
	for name, start := range map[string]starter{"transport": mockserver.Transport, "in memory": startInMemory} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, start) })
		})
	}
}

// overEach runs a test with each transport.
func overEach(t *testing.T, test func(*testing.T, starter)) {
	t.Helper()
	inVirtualTime(t, test)
	t.Run("loopback", func(t *testing.T) { test(t, mockserver.Start) })
}

// waiter is a client under test.
type waiter interface {
	Register(ctx context.Context, url string) (location string, err error)
	Wait(ctx context.Context, url string) (status string, err error)
}

// patience is how long the test waits for a client that does not end by itself.
const patience = time.Hour

// outcome is how a client got on with a scenario.
type outcome struct {
	status  string // "" for an error
	err     error
	took    time.Duration
	reports []string // of the test that it was in
}

// play has a client live through a ready-made scenario, in a test of its own.
func play(t *testing.T, start starter, op mockserver.Operation, client func(*http.Client) waiter) (out outcome) {
	out.reports = rehearse(t, func(t testing.TB) {
		srv := start(t, op.Scenario)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		begin := time.Now()
		defer func() { out.took = time.Since(begin) }()
		c, connection := client(srv.Client()), srv.URL+"/v1.0/external/connections/contosohr"
		location := connection + "/operations/3ed1595a"
		if op.Register {
			if location, out.err = c.Register(ctx, connection+"/schema"); out.err != nil {
				return
			}
		}
		out.status, out.err = c.Wait(ctx, location)
	})
	return out
}

// passes says whether a test would pass that asks for the outcome of the operation.
func (o *outcome) passes(op mockserver.Operation) bool {
	return o.status == op.Status && (o.err == nil) == (op.Status != "") && o.took < patience && len(o.reports) == 0
}

func (o *outcome) String() string {
	switch {
	case o.took >= patience:
		return "never ends"
	case o.err != nil:
		return "error: " + classOf(o.err)
	}
	return o.status
}

// verdict says in a few words why a test with the outcome fails.
func (o *outcome) verdict(op mockserver.Operation) string {
	switch {
	case o.passes(op):
		return "passes"
	case o.status != op.Status || (o.err == nil) != (op.Status != "") || o.took >= patience:
		return "wrong end"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(o.reports[0], "mockserver: "), "\n")
	return strings.TrimSuffix(first, ":")
}

// rightly says of scenarios why a naive client may pass with them.
var rightly = map[string]string{
	"completes":          "nothing is awkward about it",
	"completes-at-once":  "nothing is awkward about it",
	"register-completed": "nothing is awkward about it",
	"flaky-wrong-length": "it stops reading at the end of the document, which was whole",
}

// TestOperations plays each ready-made scenario to a correct client, whose test has to pass, and to a naive one, whose test must
// not: testdata/ready.golden is what both make of it. GRAPHCONTRACT_UPDATE=1 writes it anew.
func TestOperations(t *testing.T) {
	rows := map[string][]string{}
	inVirtualTime(t, func(t *testing.T, start starter) {
		var table strings.Builder
		format := "%-22s | %-58s | %-20s | %5s | %5s | %-21s | %s\n"
		fmt.Fprintf(&table, format, "scenario", "why", "correct client", "polls", "time", "naive client", "whose test")
		fmt.Fprintln(&table, strings.Repeat("-", 190))
		for op := range mockserver.Operations() {
			correct := &poller{pace: 5 * time.Second, request: 30 * time.Second, deadline: 10 * time.Minute}
			good := play(t, start, op, func(c *http.Client) waiter { correct.client = c; return correct })
			assert.True(t, good.passes(op), "%s: a correct client ends with %v; %q", op.Name, &good, good.reports)

			bad := play(t, start, op, func(c *http.Client) waiter { return &naive{client: c} })
			verdict := bad.verdict(op)
			if reason := rightly[op.Name]; reason != "" {
				assert.True(t, bad.passes(op), "%s: a naive client ends with %v; %q", op.Name, &bad, bad.reports)
				verdict += ": " + reason
			} else {
				assert.False(t, bad.passes(op), "%s: a naive client must not pass", op.Name)
				verdict = "fails: " + verdict
			}
			fmt.Fprintf(&table, format, op.Name, op.Why, good.String(), fmt.Sprint(correct.polls), good.took.Truncate(time.Second), bad.String(), verdict)
		}
		rows[table.String()] = append(rows[table.String()], t.Name())
	})
	require.Len(t, rows, 1, "both transports show the same")
	for got := range rows {
		const file = "testdata/ready.golden"
		if os.Getenv("GRAPHCONTRACT_UPDATE") != "" {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), got)
	}
}

// TestOperationsOnLoopback is TestOperations in real time, for what needs none.
func TestOperationsOnLoopback(t *testing.T) {
	waits := map[string]string{
		"stuck":            "until the client gives up",
		"throttled":        "for the Retry-After",
		"flaky-stall":      "until the client gives up the request",
		"flaky-stall-body": "until the client gives up the request",
		"register-never":   "until the client gives up",
	}
	for op := range mockserver.Operations() {
		if waits[op.Name] != "" {
			continue
		}
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			got := play(t, mockserver.Start, op, func(c *http.Client) waiter {
				return &poller{client: c, pace: time.Microsecond, request: 10 * time.Second, deadline: 30 * time.Second}
			})
			assert.True(t, got.passes(op), "%v; %q", &got, got.reports)
		})
	}
}

// TestOperationsAreDistinct holds what loops over them rely on.
func TestOperationsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for op := range mockserver.Operations() {
		assert.False(t, seen[op.Name], "%s comes twice", op.Name)
		seen[op.Name] = true
		assert.NotEmpty(t, op.Why, op.Name)
		assert.Contains(t, []string{"completed", "failed", ""}, op.Status, op.Name)
	}
	for name := range rightly {
		assert.True(t, seen[name], "there is no %s", name)
	}
	for range mockserver.Operations() {
		break // a loop may end early
	}
}

// TestFailsWith sends the error that it is given.
func TestFailsWith(t *testing.T) {
	h := handler(t, mockserver.FailsWith(0, map[string]any{"code": "c", "message": "No."}))
	require.JSONEq(t, `{"id":"3ed1595a","status":"failed","error":{"code":"c","message":"No."}}`, ask(t, h, "GET", operationPath, "").Body)
	_, err := mockserver.NewHandler(mockserver.FailsWith(0, "a text"))
	require.ErrorContains(t, err, `/error: got string "a text"`, "it is judged as other replies are")
}

// TestReadyMadePanics shows that a misuse of the test's author is said at once.
func TestReadyMadePanics(t *testing.T) {
	require.PanicsWithValue(t, "mockserver: FailsWith: json: unsupported type: chan int", func() { mockserver.FailsWith(0, make(chan int)) })
	require.PanicsWithValue(t, `mockserver: Malformed: there is no class "torn"; fixtures.Generator.Malformed lists them`, func() { mockserver.Malformed("torn") })
	require.PanicsWithValue(t, `mockserver: Register: there is no outcome "done"`, func() { mockserver.Register("done") })
}
