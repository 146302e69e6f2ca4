package mockserver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// left is a way in which a test may end.
type left struct {
	name     string
	inFlight bool // the test ends while a request is under way
	route    mockserver.Route
}

func ways() []left {
	body := []byte(strings.Repeat("x", 100))
	reply := func(change func(*mockserver.Response)) []mockserver.Response {
		r := mockserver.Response{Body: body}
		change(&r)
		return []mockserver.Response{r}
	}
	all := []left{
		{"idle", false, mockserver.Route{Replies: reply(func(*mockserver.Response) {})}},
		{"delay", true, mockserver.Route{Replies: reply(func(r *mockserver.Response) { r.Delay.Fixed = time.Hour })}},
		{"dribble", true, mockserver.Route{Replies: reply(func(r *mockserver.Response) { r.Delay = mockserver.Delay{Chunks: 10, Over: time.Hour} })}},
		{"handler", true, mockserver.Route{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}},
		{"handler that has begun", true, mockserver.Route{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(body)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})}},
	}
	for _, f := range mockserver.Faults() {
		stalls := f == mockserver.Stall || f == mockserver.StallBody
		all = append(all, left{string(f), stalls, mockserver.Route{Replies: reply(func(r *mockserver.Response) { r.Fault = f })}})
	}
	return all
}

// play lets a client meet what the way is about, and ends the test.
func (l left) play(t *testing.T, start func(testing.TB, mockserver.Scenario) (*mockserver.Server, http.RoundTripper)) {
	arrived := make(chan struct{}, 10)
	l.route.ID, l.route.Route, l.route.Optional = "way", "GET /x", true // the test may end before the request is counted
	l.route.Match.Func = func(*mockserver.Request) error {
		arrived <- struct{}{}
		return nil
	}
	var client sync.WaitGroup
	tb := runFake(t, func(tb *fakeTB) {
		srv, rt := start(tb, mockserver.Scenario{Routes: []mockserver.Route{l.route}})
		client.Go(func() { _, _ = try(rt, "GET", srv.URL+"/x", "") })
		<-arrived
		if !l.inFlight {
			client.Wait()
		}
	})
	client.Wait() // whatever it was waiting for
	require.Empty(t, tb.said())
}

// TestNothingIsLeft is row 17: when a test has ended there is no goroutine and no connection of its server left, whatever was going
// on.
func TestNothingIsLeft(t *testing.T) {
	for _, l := range ways() {
		t.Run(l.name, func(t *testing.T) {
			before := goroutines()
			dialer := &counting{}
			l.play(t, func(tb testing.TB, s mockserver.Scenario) (*mockserver.Server, http.RoundTripper) {
				// The client has a transport of its own: that its connections end is up to the server.
				return mockserver.Start(tb, s), &http.Transport{DialContext: dialer.dial}
			})
			dialer.open.Wait()
			require.NotZero(t, dialer.opened)
			requireGone(t, before)
		})
	}
}

// TestNothingIsLeftInMemory is row 17 for servers in memory and without a network: a bubble of synctest does not end while a
// goroutine is left in it.
func TestNothingIsLeftInMemory(t *testing.T) {
	for _, l := range ways() {
		t.Run(l.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l.play(t, func(tb testing.TB, s mockserver.Scenario) (*mockserver.Server, http.RoundTripper) {
					srv := mockserver.Start(tb, s, mockserver.InMemory())
					return srv, srv.Client().Transport
				})
			})
			if l.route.Handler != nil {
				return // its request has no end but the client's
			}
			synctest.Test(t, func(t *testing.T) {
				l.play(t, func(tb testing.TB, s mockserver.Scenario) (*mockserver.Server, http.RoundTripper) {
					srv := mockserver.Transport(tb, s)
					return srv, srv
				})
			})
		})
	}
}

// TestNothingIsLeftOfViews is row 17 for a server that tests share.
func TestNothingIsLeftOfViews(t *testing.T) {
	before := goroutines()
	dialer := &counting{}
	shared, err := mockserver.Listen(mockserver.Flaky(mockserver.Stall))
	require.NoError(t, err)
	for range 2 {
		tb := runFake(t, func(tb *fakeTB) {
			view := shared.For(tb, mockserver.AllowUnused())
			rt := &http.Transport{DialContext: dialer.dial}
			for range 2 {
				req, err := http.NewRequest("GET", view.URL+"/external/connections/a/operations/1", nil)
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				go func() { // until the stalled request has come
					for view.Calls("poll") < 2 {
						runtime.Gosched()
					}
					cancel()
				}()
				if res, err := rt.RoundTrip(req.WithContext(ctx)); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			}
		})
		require.Empty(t, tb.said())
	}
	shared.Close()
	dialer.open.Wait()
	requireGone(t, before)
}

// counting counts the connections that are open.
type counting struct {
	opened int
	open   sync.WaitGroup
}

func (c *counting) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.opened++
	c.open.Add(1)
	return &counted{Conn: conn, closed: sync.OnceFunc(c.open.Done)}, nil
}

type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error {
	defer c.closed()
	return c.Conn.Close()
}

// goroutines are those of servers and clients, with their stacks by their header without the state: "goroutine 12".
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	out := map[string]string{}
	for _, stack := range strings.Split(string(buf), "\n\n") {
		header, _, _ := strings.Cut(stack, " [")
		if strings.Contains(stack, "net/http.") || strings.Contains(stack, "graphcontract/mockserver.") || strings.Contains(stack, "/internal/") && strings.Contains(stack, "graphcontract/mockserver/") {
			out[header] = stack
		}
	}
	return out
}

// requireGone waits, without sleeping, until the goroutines that were not there before have ended.
func requireGone(t *testing.T, before map[string]string) {
	t.Helper()
	var more []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		more = nil
		for id, stack := range goroutines() {
			if _, ok := before[id]; !ok {
				more = append(more, stack)
			}
		}
		if more == nil {
			return
		}
	}
	require.Empty(t, strings.Join(more, "\n\n"), "goroutines are left")
}
