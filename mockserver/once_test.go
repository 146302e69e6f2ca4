package mockserver_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

const clients = 64

// atOnce lets n clients do something, all at the same time, and waits for them.
func atOnce(n int, do func(client int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

// steps has a route with a reply for each client, which counts in a machine, and a machine that a route for each of its states moves on.
func steps() mockserver.Scenario {
	s := mockserver.Scenario{State: map[string]mockserver.Machine{"step": {Initial: "0"}, "given": {Initial: "0"}}}
	var replies []mockserver.Response
	for k := range clients {
		replies = append(replies, mockserver.Response{
			Header: http.Header{"Step": {strconv.Itoa(k)}}, Change: map[string]string{"given": strconv.Itoa(k + 1)},
		})
		s.Routes = append(s.Routes, mockserver.Route{
			ID: fmt.Sprint("machine ", k), Route: "POST /machine", When: is("step", strconv.Itoa(k)), Replies: []mockserver.Response{{
				Header: http.Header{"Step": {strconv.Itoa(k)}}, Change: map[string]string{"step": strconv.Itoa(k + 1)},
			}},
		})
	}
	s.Routes = append(s.Routes, mockserver.Route{ID: "replies", Route: "POST /replies", Replies: replies, Exhausted: mockserver.Fail})
	return s
}

// playSteps lets each client take a step of a path, and fails unless each step was served exactly once, and the machine has come to
// the last one.
func playSteps(t *testing.T, srv *mockserver.Server, rt http.RoundTripper, path, machine string) {
	t.Helper()
	var got [clients]string
	atOnce(clients, func(i int) {
		a, err := try(rt, "POST", srv.URL+path, "")
		if got[i] = a.Header.Get("Step"); err != nil || a.Status != 204 {
			got[i] = fmt.Sprint(err, a)
		}
	})
	served := map[string]int{}
	for _, step := range got {
		served[step]++
	}
	for k := range clients {
		if served[strconv.Itoa(k)] != 1 {
			t.Fatalf("step %d of %s was served %d times: %v", k, path, served[strconv.Itoa(k)], served)
		}
	}
	require.Equal(t, strconv.Itoa(clients), srv.State(machine))
}

// playAllSteps plays the steps of both.
func playAllSteps(t *testing.T, srv *mockserver.Server, rt http.RoundTripper) {
	t.Helper()
	playSteps(t, srv, rt, "/replies", "given")
	playSteps(t, srv, rt, "/machine", "step")
}

// TestOnce is row 31, and what the issue has to show: of 64 clients on one machine each gets a step, and each step is served
// exactly once, a thousand times.
func TestOnce(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	t.Parallel()
	srv := mockserver.Transport(t, steps(), mockserver.Journal(100, 0))
	for range rounds {
		srv.Reset()
		playSteps(t, srv, srv, "/replies", "given")
	}
	for range rounds / 50 { // a request looks at all the routes that its guard has to choose from
		srv.Reset()
		playAllSteps(t, srv, srv)
	}
}

// TestOnceOverLoopback is row 31 over connections.
func TestOnceOverLoopback(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	t.Parallel()
	srv := mockserver.Start(t, steps())
	for range rounds {
		srv.Reset()
		playAllSteps(t, srv, srv.Client().Transport)
	}
}

// TestOnceWhileRoutesAreAdded is row 31: steps are served once also while routes come to the scenario.
func TestOnceWhileRoutesAreAdded(t *testing.T) {
	t.Parallel()
	srv := mockserver.Transport(t, steps())
	added := make(chan struct{})
	go func() {
		defer close(added)
		for i := range 20 {
			srv.Handle(fmt.Sprint("GET /added/", i), http.NotFoundHandler())
		}
	}()
	for range 5 {
		srv.Reset()
		playAllSteps(t, srv, srv)
	}
	<-added
	require.Equal(t, 404, ask(t, srv, "GET", "/added/19", "").Status)
	require.Equal(t, 1, srv.Calls("GET /added/19"))
}

// TestOnePatchWins is row 1: guard and change are one step, so that one of many gets what there is once.
func TestOnePatchWins(t *testing.T) {
	t.Parallel()
	h := handler(t, door())
	for range 10 {
		h.Reset()
		var mu sync.Mutex
		got := map[int]int{}
		atOnce(clients, func(int) {
			a, _ := try(h, "POST", "/doors/1/lock", "")
			mu.Lock()
			defer mu.Unlock()
			got[a.Status]++
		})
		require.Equal(t, map[int]int{204: 1, 501: clients - 1}, got)
	}
}

// TestLimitOfManyClients is row 31: a window lets as many through as it says. Clients that were under way when the first one was
// turned away could not know of its Retry-After, so that nothing is reported.
func TestLimitOfManyClients(t *testing.T) {
	t.Parallel()
	clock := newHand()
	s := mockserver.Scenario{Routes: []mockserver.Route{
		{ID: "limit", Route: "* /**", Priority: 1, Limit: &mockserver.Limit{Requests: 4, Window: time.Minute}},
		{Route: "POST /x", Replies: []mockserver.Response{{}}},
	}}
	for range 5 {
		runFake(t, func(tb *fakeTB) {
			srv := mockserver.Transport(tb, s, mockserver.Clock(clock.Now))
			var mu sync.Mutex
			got := map[int]int{}
			body := &gathering{}
			body.missing.Add(clients)
			atOnce(clients, func(int) {
				req, _ := http.NewRequest("POST", srv.URL+"/x", &gathered{gathering: body})
				res, err := srv.RoundTrip(req)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got[res.StatusCode]++
				}
			})
			require.Equal(t, map[int]int{204: 4, 429: clients - 4}, got)
			require.Empty(t, tb.said())
			atOnce(clients, func(int) {
				_, _ = try(srv, "POST", "/x", "")
				_, _ = try(srv, "POST", "/x", "") // now they know
			})
			require.ErrorIs(t, srv.Err(), mockserver.ErrEarlyRetry)
		})
	}
}

// gathering is where bodies wait for each other.
type gathering struct{ missing sync.WaitGroup }

// gathered is a body of one byte, which comes when all requests have come.
type gathered struct {
	*gathering
	read bool
}

func (g *gathered) Read(b []byte) (int, error) {
	if g.read {
		return 0, io.EOF
	}
	g.read = true
	g.missing.Done()
	g.missing.Wait()
	return copy(b, "x"), nil
}

// TestReadWhilePlaying is row 31: all that can be asked of a server can be asked while it plays.
func TestReadWhilePlaying(t *testing.T) {
	t.Parallel()
	srv := mockserver.Transport(t, door("id"))
	atOnce(clients, func(i int) {
		id := strconv.Itoa(i % 4)
		switch i % 8 {
		case 0:
			srv.Exchanges()
		case 1:
			_ = srv.Err()
		case 2:
			_ = srv.Verify()
		case 3:
			srv.State("door", id)
			_ = srv.SetState("last", "x", id)
		case 4:
			srv.Calls("look")
		default:
			_, _ = try(srv, "GET", "/doors/"+id, "")
		}
	})
	require.Equal(t, 24, srv.Calls("look"))
}

// TestOperationsApart is what the issue has to show: operations that are polled in turn, or at the same time, do not disturb each
// other, on both ways to write their paths.
func TestOperationsApart(t *testing.T) {
	t.Parallel()
	paths := func(connection, operation string) []string {
		return []string{
			"/v1.0/external/connections/" + connection + "/operations/" + operation,
			"/v1.0/external/connections('" + connection + "')/operations('" + operation + "')",
			"/beta/connections/" + connection + "/operations/" + operation,
		}
	}
	operations := [][]string{paths("a", "1"), paths("a", "2"), paths("b", "1"), paths("1", "a")}
	want := []string{"inprogress", "inprogress", "inprogress", "completed", "completed"}
	for _, transport := range []string{"round trip", "loopback"} {
		start := func(t *testing.T) *mockserver.Server {
			if transport == "loopback" {
				return mockserver.Start(t, mockserver.Completes(3))
			}
			return mockserver.Transport(t, mockserver.Completes(3))
		}
		t.Run(transport+", in turn", func(t *testing.T) {
			srv := start(t)
			for i, status := range want {
				for _, op := range operations {
					require.Equal(t, status, statusOf(t, srv.Client(), srv.URL+op[i%len(op)]), op[i%len(op)])
				}
			}
		})
		t.Run(transport+", at the same time", func(t *testing.T) {
			srv := start(t)
			atOnce(len(operations), func(k int) {
				for i, status := range want {
					if got := statusOf(t, srv.Client(), srv.URL+operations[k][i%len(operations[k])]); got != status {
						t.Errorf("poll %d of %s: %s, want %s", i, operations[k][0], got, status)
					}
				}
			})
		})
	}
}
