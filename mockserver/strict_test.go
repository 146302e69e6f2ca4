package mockserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestUnexpectedFailsAtOnce is row 18: the test fails when the request comes, once for each.
func TestUnexpectedFailsAtOnce(t *testing.T) {
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.Reply("GET /x", says("x")))
		ask(t, srv, "GET", "/x", "")
		require.Empty(t, tb.said())
		a := ask(t, srv, "GET", "/y", "")
		require.Equal(t, 501, a.Status)
		require.Len(t, tb.said(), 1, "before the test ends")
		require.Contains(t, tb.said()[0], "unexpected GET /y")
		ask(t, srv, "GET", "/y", "")
		require.Len(t, tb.said(), 1, "the same again is not said again")
		ask(t, srv, "GET", "/z", "")
		require.Len(t, tb.said(), 2)
		require.ErrorIs(t, srv.Err(), mockserver.ErrUnexpected)
	})
	require.Len(t, tb.said(), 2)
	require.Empty(t, tb.late)
}

// TestUnused is row 18: required replies that were not given fail the test at its end.
func TestUnused(t *testing.T) {
	optional := with("b", func(r *mockserver.Response) { r.Optional = true })
	for _, c := range []struct {
		name, reason string
		change       func(*mockserver.Route)
		asked        int
		opts         []mockserver.Option
		want         string // part of what is said; "" for nothing
	}{
		{"never asked", "the route was to be used", func(*mockserver.Route) {}, 0, nil, "GET /x (x.yaml:1): never asked"},
		{"left", "the second reply was to be used", func(*mockserver.Route) {}, 1, nil, "GET /x (x.yaml:1): reply 2 of 2, 200 b: given 0 of 1 time"},
		{"all used", "nothing is said", func(*mockserver.Route) {}, 2, nil, ""},
		{"more", "nor of those that came after", func(*mockserver.Route) {}, 5, nil, ""},
		{"times", "it was to be used more often", func(r *mockserver.Route) { r.Replies[1].Times = 3 }, 2, nil, "reply 2 of 2, 200 b: given 1 of 3 times"},
		{"optional reply", "it may stay unused", func(r *mockserver.Route) { r.Replies[1] = optional }, 1, nil, ""},
		{"optional replies", "all of them", func(r *mockserver.Route) { r.Replies = []mockserver.Response{optional} }, 0, nil, ""},
		{"optional route", "it may stay unused", func(r *mockserver.Route) { r.Optional = true }, 0, nil, ""},
		{"allowed", "the server does not ask for it", func(*mockserver.Route) {}, 0, []mockserver.Option{mockserver.AllowUnused()}, ""},
		{"handler", "is asked once at least", func(r *mockserver.Route) { r.Replies, r.Handler = nil, http.NotFoundHandler() }, 0, nil, "never asked"},
		{"handler that was asked", "nothing is said", func(r *mockserver.Route) { r.Replies, r.Handler = nil, http.NotFoundHandler() }, 1, nil, ""},
		{"for", "one request is enough", func(r *mockserver.Route) { r.Replies[0].For = 1 << 40; r.Replies[1].Optional = true }, 1, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := runFake(t, func(tb *fakeTB) {
				s := mockserver.Reply("GET /x", says("a"), says("b"))
				s.Routes[0].Source = "x.yaml:1"
				c.change(&s.Routes[0])
				srv := mockserver.Transport(tb, s, c.opts...)
				for range c.asked {
					ask(t, srv, "GET", "/x", "")
				}
				require.Empty(t, tb.said(), "not before the end")
			})
			if c.want == "" {
				require.Empty(t, tb.said(), c.reason)
				return
			}
			require.Len(t, tb.said(), 1)
			assert.Contains(t, tb.said()[0], c.want, c.reason)
		})
	}
}

// TestUnusedOfAFailedTest is row 18: of a test that has failed the replies that it did not come to are not said.
func TestUnusedOfAFailedTest(t *testing.T) {
	tb := runFake(t, func(tb *fakeTB) {
		mockserver.Transport(tb, mockserver.Reply("GET /x", says("a")))
		tb.Fatalf("the client failed")
	})
	require.Equal(t, []string{"the client failed"}, tb.said())
}

// TestNothingAfterTheEnd is row 18: requests after the test find a closed server, and report nothing.
func TestNothingAfterTheEnd(t *testing.T) {
	for _, start := range []func(testing.TB, mockserver.Scenario, ...mockserver.Option) *mockserver.Server{mockserver.Transport, mockserver.Start} {
		var srv *mockserver.Server
		tb := runFake(t, func(tb *fakeTB) { srv = start(tb, mockserver.Reply("GET /x", says("a")), mockserver.AllowUnused()) })
		_, err := try(srv, "GET", "/y", "")
		require.ErrorIs(t, err, mockserver.ErrClosed)
		if srv.URL != graph {
			_, err = try(srv.Client().Transport, "GET", srv.URL+"/y", "")
			require.Error(t, err)
		}
		require.Empty(t, tb.said())
		require.Empty(t, tb.late)
	}
}

// TestNothingAfterTheEndFromAHandler is row 18: what a handler that outlives its test runs into is dropped.
func TestNothingAfterTheEndFromAHandler(t *testing.T) {
	entered, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	tb := runFake(t, func(tb *fakeTB) {
		s := mockserver.Reply("GET /x", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			close(entered)
			<-leave
			return mockserver.Response{Fixture: "nope"} // a violation
		}})
		srv := mockserver.Transport(tb, s)
		go func() {
			defer close(left)
			_, _ = try(srv, "GET", "/x", "")
		}()
		<-entered
	})
	close(leave)
	<-left
	require.Empty(t, tb.said())
	require.Empty(t, tb.late, "Errorf after the end of a test panics")
}

// TestStartFails is row 18: a scenario that is wrong ends the test.
func TestStartFails(t *testing.T) {
	after := false
	tb := runFake(t, func(tb *fakeTB) {
		mockserver.Start(tb, mockserver.Scenario{Routes: []mockserver.Route{{Route: "GET x"}}})
		after = true
	})
	require.False(t, after)
	require.Len(t, tb.said(), 1)
	require.True(t, strings.HasPrefix(tb.said()[0], "mockserver: mockserver/strict_test.go:"), tb.said()[0])
	tb = runFake(t, func(tb *fakeTB) {
		mockserver.Transport(tb, mockserver.Scenario{}).Handle("nonsense", http.NotFoundHandler())
	})
	require.Len(t, tb.said(), 1)
	require.Contains(t, tb.said()[0], `"nonsense" is no method and path`)
}

// TestSkipped is row 18: of a test that was skipped neither unused replies nor expectations that it did not come to are said.
func TestSkipped(t *testing.T) {
	s := mockserver.Reply("GET /x", says("a"), says("b"))
	s.Expect.Routes = map[string]mockserver.Calls{"GET /x": {Min: 2}}
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, s)
		ask(t, srv, "GET", "/x", "")
		tb.skipped = true
	})
	require.Empty(t, tb.said())
}
