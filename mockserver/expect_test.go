package mockserver_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// expecting has routes a to d and expectations.
func expecting(e mockserver.Expect) mockserver.Scenario {
	s := mockserver.Scenario{Expect: e}
	for _, id := range []string{"a", "b", "c", "d"} {
		s.Routes = append(s.Routes, mockserver.Route{
			ID: id, Route: "GET /" + id + "/{id}", Optional: true, Source: "expect.yaml:" + id, Replies: []mockserver.Response{{}},
		})
	}
	return s
}

func calls(id string, c mockserver.Calls) mockserver.Expect {
	return mockserver.Expect{Routes: map[string]mockserver.Calls{id: c}}
}

// TestExpect is rows 13 and 14: counts, order and interval, in virtual time. A step is a path, or a time that passes.
func TestExpect(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		expect       mockserver.Expect
		steps        string
		want         string // what is said; "" for nothing
	}{
		{"nothing", "the zero value asks for nothing", mockserver.Expect{}, "a/1 b/1", ""},
		{"min", "as often", calls("a", mockserver.Calls{Min: 2}), "a/1 a/2", ""},
		{"min, not met", "of all places together", calls("a", mockserver.Calls{Min: 2}), "a/1", "a (expect.yaml:a) was asked 1 time, want at least 2"},
		{"never asked", "counts as no time", calls("a", mockserver.Calls{Min: 1}), "", "a (expect.yaml:a) was asked 0 times, want at least 1"},
		{"max", "as often", calls("a", mockserver.Calls{Max: 2}), "a/1 a/1", ""},
		{"max, not met", "too often", calls("a", mockserver.Calls{Max: 2}), "a/1 a/1 a/2", "a (expect.yaml:a) was asked 3 times, want at most 2"},
		{"never", "it stayed away", calls("a", mockserver.Calls{Never: true}), "b/1", ""},
		{"never, not met", "it came", calls("a", mockserver.Calls{Never: true}), "a/1", "a (expect.yaml:a) was asked 1 time, want never"},
		{"interval", "long enough, of each place", calls("a", mockserver.Calls{Interval: time.Minute}), "a/1 a/2 1m a/1 a/2 1h a/1", ""},
		{
			"interval, not met", "the shortest is said", calls("a", mockserver.Calls{Interval: time.Minute}), "a/1 1m a/1 59s a/1 2m a/1",
			"a (expect.yaml:a) was asked again after 59s for id=1, want 1m0s at least",
		},
		{"order", "others may come between, and again", mockserver.Expect{Order: []string{"a", "c"}}, "b/1 a/1 a/2 c/1 a/1", ""},
		{"order, not met", "the wrong way round", mockserver.Expect{Order: []string{"a", "c"}}, "c/1 a/1", "routes were first asked in the order c, a, want a, c"},
		{"order, one missing", "it has to come", mockserver.Expect{Order: []string{"a", "c"}}, "a/1", "routes were first asked in the order a, want a, c"},
		{"order, none", "none came", mockserver.Expect{Order: []string{"a", "c"}}, "b/1", "routes were first asked in the order (none), want a, c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := runFake(t, func(tb *fakeTB) {
					srv := mockserver.Transport(tb, expecting(c.expect))
					for _, step := range strings.Fields(c.steps) {
						if d, err := time.ParseDuration(step); err == nil {
							time.Sleep(d)
							continue
						}
						require.Equal(t, 204, ask(t, srv, "GET", "/"+step, "").Status)
					}
				})
				if c.want == "" {
					require.Empty(t, tb.said(), c.reason)
					return
				}
				require.Equal(t, []string{"mockserver: expectation not met: " + c.want}, tb.said(), c.reason)
			})
		})
	}
}

// TestExpectInFlight is row 14: how many requests there are at the same time, of all routes and of one.
func TestExpectInFlight(t *testing.T) {
	for _, c := range []struct {
		reason string
		expect mockserver.Expect
		want   []string
	}{
		{"as many", mockserver.Expect{InFlight: 3, Routes: map[string]mockserver.Calls{"a": {InFlight: 2}}}, nil},
		{"too many of all", mockserver.Expect{InFlight: 2}, []string{"there were 3 requests at the same time, want at most 2"}},
		{"too many of one", calls("a", mockserver.Calls{InFlight: 1}), []string{"a (expect.yaml:a) had 2 requests at the same time, want at most 1"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			tb := runFake(t, func(tb *fakeTB) {
				s := expecting(c.expect)
				for i := range s.Routes {
					s.Routes[i].Replies[0].Delay.Fixed = time.Second
				}
				srv := mockserver.Transport(tb, s)
				for range 2 { // one batch after the other
					var wg sync.WaitGroup
					for _, path := range []string{"/a/1", "/a/2", "/b/1"} {
						wg.Go(func() { _, _ = try(srv, "GET", path, "") })
					}
					wg.Wait()
				}
			})
			var want []string
			for _, w := range c.want {
				want = append(want, "mockserver: expectation not met: "+w)
			}
			require.Equal(t, want, tb.said(), c.reason)
		})
	}
}

// TestExpectRetryAfter is row 14: that a Retry-After was honoured whatever the status was, also where nothing enforces it.
func TestExpectRetryAfter(t *testing.T) {
	for _, wait := range []time.Duration{9 * time.Second, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			tb := runFake(t, func(tb *fakeTB) {
				s := expecting(mockserver.Expect{RetryAfter: true})
				s.Routes[0].Replies[0] = mockserver.Response{Status: 202, RetryAfter: 9500 * time.Millisecond}
				srv := mockserver.Transport(tb, s)
				require.Equal(t, []string{"10"}, ask(t, srv, "GET", "/a/1", "").Header["Retry-After"], "it is rounded up")
				time.Sleep(wait)
				require.Equal(t, 202, ask(t, srv, "GET", "/a/1", "").Status, "it is not enforced")
			})
			if wait == 10*time.Second {
				require.Empty(t, tb.said())
				return
			}
			require.Equal(t, []string{"mockserver: expectation not met: 1 request of a (expect.yaml:a) came before a Retry-After had passed"}, tb.said())
		})
	}
}

// TestIntervalOfPassedOnRequests is rows 2 and 14: a request that the next route answers is none of the first one's.
func TestIntervalOfPassedOnRequests(t *testing.T) {
	clock := newHand()
	s := mockserver.Scenario{
		Expect: calls("first", mockserver.Calls{Max: 2, Interval: time.Minute}),
		Routes: []mockserver.Route{
			{ID: "then", Route: "GET /x", Replies: []mockserver.Response{says("b")}},
			{ID: "first", Route: "GET /x", Replies: []mockserver.Response{{Body: says("a").Body, Times: 2, AllowInvalid: "text"}}, Exhausted: mockserver.Next},
		},
	}
	h := handler(t, s, mockserver.Clock(clock.Now))
	for i, want := range []string{"a", "a", "b"} {
		require.Equal(t, want, ask(t, h, "GET", "/x", "").Body)
		if i == 0 {
			clock.Add(time.Minute)
		}
	}
	require.NoError(t, h.Verify())
	require.Equal(t, 2, h.Calls("first"))
}

// TestLimitWindow is row 22 as far as the scenario has it: a window, its headers and what is left of it.
func TestLimitWindow(t *testing.T) {
	clock := newHand()
	h := handler(t, mockserver.Scenario{Routes: []mockserver.Route{
		{ID: "limit", Route: "* /x/{id}", Priority: 1, Limit: &mockserver.Limit{Requests: 5, Window: time.Minute, Key: []string{"id", "app"}}},
		{Route: "GET /x/{id}", Replies: []mockserver.Response{{}}},
	}}, mockserver.Clock(clock.Now))
	get := func(id, app string) answer { return ask(t, h, "GET", "/x/"+id, "", "Authorization", app) }
	for i, want := range []string{"", "", "", "1", "0"} {
		a := get("1", "one")
		require.Equal(t, 204, a.Status)
		require.Equal(t, want, a.Header.Get("RateLimit-Remaining"), "request %d", i+1)
	}
	clock.Add(30 * time.Second)
	a := get("1", "one")
	require.Equal(t, 429, a.Status)
	require.Equal(t, "30", a.Header.Get("Retry-After"), "what is left of the window")
	require.Equal(t, "5", a.Header.Get("RateLimit-Limit"))
	require.Equal(t, "30", a.Header.Get("RateLimit-Reset"))
	require.Equal(t, 204, get("2", "one").Status, "another id has a window of its own")
	require.Equal(t, 204, get("1", "two").Status, "and so has another app")
	clock.Add(30 * time.Second)
	require.Equal(t, 204, get("1", "one").Status)
	require.NoError(t, h.Err())
}
