package mockserver_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestEarlyRetry is row 14: which Retry-After has to be waited for, what an early request gets, and that it changes nothing.
func TestEarlyRetry(t *testing.T) {
	clock := newHand()
	date := func(d time.Duration) string { return clock.Now().Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name, reason string
		status       int
		retryAfter   string
		early        mockserver.EarlyRetry
		after        time.Duration
		want         bool // it is too early
	}{
		{"at once", "no time has passed", 429, "10", mockserver.EnforceFailures, 0, true},
		{"too early", "by a millisecond", 429, "10", mockserver.EnforceFailures, 9999 * time.Millisecond, true},
		{"in time", "the time has passed", 429, "10", mockserver.EnforceFailures, 10 * time.Second, false},
		{"503", "counts, too", 503, "10", mockserver.EnforceFailures, time.Second, true},
		{"504", "counts, too", 504, "10", mockserver.EnforceFailures, time.Second, true},
		{"409", "does not count", 409, "10", mockserver.EnforceFailures, time.Second, false},
		{"200", "says when to poll, but need not be waited for", 200, "10", mockserver.EnforceFailures, time.Second, false},
		{"always", "unless the route says so", 200, "10", mockserver.EnforceAll, time.Second, true},
		{"never", "or says that none counts", 429, "10", mockserver.EnforceNone, time.Second, false},
		{"date", "a date is read", 429, date(time.Minute), mockserver.EnforceFailures, 30 * time.Second, true},
		{"date in time", "to the second", 429, date(time.Minute), mockserver.EnforceFailures, time.Minute, false},
		{"past date", "is no time to wait", 429, date(-time.Minute), mockserver.EnforceFailures, 0, false},
		{"leading zero", "digits are a number of seconds (RFC 9110, section 10.2.3)", 429, "010", mockserver.EnforceFailures, 9 * time.Second, true},
		{"leading zero in time", "of as many", 429, "010", mockserver.EnforceFailures, 10 * time.Second, false},
		{"very long", "longer than a number takes", 429, strings.Repeat("9", 30), mockserver.EnforceFailures, time.Hour, true},
		{"malformed", "is none", 429, "soon", mockserver.EnforceFailures, 0, false},
		{"negative", "is none", 429, "-10", mockserver.EnforceFailures, 0, false},
		{"a fraction", "is none", 429, "1.5", mockserver.EnforceFailures, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := newHand()
			s := mockserver.Reply("GET /x/{id}",
				mockserver.Response{Status: c.status, Header: http.Header{"Retry-After": {c.retryAfter}}, JSON: map[string]any{"error": map[string]any{"code": "x", "message": "y"}}},
				says("a"), says("b"))
			s.Routes[0].EarlyRetry = c.early
			h := handler(t, s, mockserver.Clock(clock.Now))
			require.Equal(t, c.status, ask(t, h, "GET", "/x/1", "").Status)
			require.Equal(t, c.status, ask(t, h, "GET", "/x/2", "").Status, "another place has nothing to wait for")
			clock.Add(c.after)
			a := ask(t, h, "GET", "/x/1", "")
			if !c.want {
				assert.Equal(t, "a", a.Body, c.reason)
				assert.NoError(t, h.Err())
				return
			}
			assert.Equal(t, 429, a.Status, c.reason)
			seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
			require.NoError(t, err)
			clock.Add(time.Duration(seconds) * time.Second)
			assert.Equal(t, "a", ask(t, h, "GET", "/x/1", "").Body, "after what was left the next reply comes, and none was lost")
		})
	}
}

// TestEarlyRetryOfManyClients is rows 14 and 31: requests that come together and too early get 429 each. Those that come again are
// reported.
func TestEarlyRetryOfManyClients(t *testing.T) {
	srv := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.Throttled(1, time.Hour))
		const path = "/external/connections/a/operations/1"
		require.Equal(t, 429, ask(t, srv, "GET", path, "").Status)
		atOnce(clients, func(int) {
			for range 2 {
				if a, err := try(srv, "GET", path, ""); err != nil || a.Status != 429 {
					t.Errorf("%v %v", a, err)
				}
			}
		})
	})
	require.NotEmpty(t, srv.said())
	require.Contains(t, srv.said()[0], "before")
}

// TestPollersOfOneOperation has clients poll one operation that do not know of what the others are told. Each waits as it is told.
func TestPollersOfOneOperation(t *testing.T) {
	pollers := func(t testing.TB, start starter, honest bool) (s *mockserver.Server) {
		srv := start(t, mockserver.Throttled(1, time.Second))
		var polls sync.WaitGroup
		for i := range 4 {
			polls.Go(func() {
				client := srv.Client()
				if tr, ok := client.Transport.(*http.Transport); ok { // connections of its own
					tr = tr.Clone()
					defer tr.CloseIdleConnections()
					client = &http.Client{Transport: tr}
				}
				time.Sleep(time.Duration(i) * 200 * time.Millisecond)
				for {
					res, body := exchange(t, client, "GET", srv.URL+operationPath, "")
					switch {
					case strings.Contains(body, "completed"):
						return
					case res.StatusCode == 429 && honest:
						seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
						assert.NoError(t, err)
						time.Sleep(time.Duration(seconds) * time.Second)
					default:
						time.Sleep(300 * time.Millisecond)
					}
				}
			})
		}
		polls.Wait()
		return srv
	}
	inVirtualTime(t, func(t *testing.T, start starter) {
		assert.NoError(t, pollers(t, start, true).Err())
		assert.NotEmpty(t, rehearse(t, func(t testing.TB) {
			assert.ErrorIs(t, pollers(t, start, false).Err(), mockserver.ErrEarlyRetry)
		}))
	})
}

// TestPollersInTurn has pollers of one operation whose requests never overlap. Each waits for what it is told itself, and their
// goroutines tell who that is.
func TestPollersInTurn(t *testing.T) {
	for name, pace := range map[string]time.Duration{"honest": 10 * time.Second, "in a loop": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reports := rehearse(t, func(t testing.TB) {
					srv := mockserver.Transport(t, mockserver.Throttled(1, 10*time.Second))
					var polls sync.WaitGroup
					for i := range 10 {
						polls.Go(func() {
							time.Sleep(time.Duration(i) * time.Millisecond)
							for {
								if _, body := exchange(t, srv.Client(), "GET", srv.URL+operationPath, ""); strings.Contains(body, "completed") {
									return
								}
								time.Sleep(pace)
							}
						})
					}
					polls.Wait()
				})
				assert.Equal(t, name == "honest", len(reports) == 0, "%q", reports)
			})
		})
	}
}

// second is a server of HTTP/2, as far as a handler sees it: it cannot tell the requests of a connection apart.
type second struct{ http.Handler }

func (s second) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.ProtoMajor, r.RemoteAddr = 2, "127.0.0.1:1"
	return bareTransport(s).RoundTrip(r)
}

// TestPollersOfOneClient has two pollers of one operation share a client, whose connections now the one and now the other uses. Each
// waits for what it is told itself, and is not blamed for what the other was told.
func TestPollersOfOneClient(t *testing.T) {
	running := mockserver.Response{Times: 2, Fixture: "connectionOperation/inprogress", Delay: mockserver.Delay{Fixed: 100 * time.Millisecond}}
	done := mockserver.Response{Fixture: "connectionOperation/completed"}
	throttled := mockserver.Reply(operationRoute, running, mockserver.Response{Status: 429, Fixture: "error/TooManyRequests", RetryAfter: 10 * time.Second}, done)
	limited := mockserver.Reply(operationRoute, running, done)
	limited.Routes[0].Limit = &mockserver.Limit{Requests: 2, Window: 10 * time.Second, RetryAfter: 10 * time.Second}
	poll := func(t testing.TB, client *http.Client, url string, pace time.Duration, honest bool) {
		for {
			res, body := exchange(t, client, "GET", url, "")
			if strings.Contains(body, "completed") {
				return
			}
			wait := pace
			if honest {
				wait = max(wait, retryAfter(res))
			}
			time.Sleep(wait)
		}
	}
	transports := map[string]func(testing.TB, mockserver.Scenario) (*mockserver.Server, *http.Client){
		"transport": func(t testing.TB, s mockserver.Scenario) (*mockserver.Server, *http.Client) {
			srv := mockserver.Transport(t, s)
			return srv, srv.Client()
		},
		"connections": func(t testing.TB, s mockserver.Scenario) (*mockserver.Server, *http.Client) {
			srv := startInMemory(t, s)
			return srv, srv.Client()
		},
		"HTTP/2": func(t testing.TB, s mockserver.Scenario) (*mockserver.Server, *http.Client) {
			srv := startInMemory(t, s)
			return srv, &http.Client{Transport: second{srv}}
		},
	}
	for name, start := range transports {
		for from, s := range map[string]mockserver.Scenario{"reply": throttled, "limit": limited} {
			s.Expect.RetryAfter = true
			for _, tt := range []struct {
				name, reason string
				paces        [2]time.Duration
				honest       bool
			}{
				{"soon", "the other comes on the connection that was told", [2]time.Duration{time.Second, 2 * time.Second}, true},
				{"late", "the other comes for the first time when much time has passed", [2]time.Duration{time.Second, 4 * time.Second}, true},
				{"in a loop", "two pollers do not come so often", [2]time.Duration{300 * time.Millisecond, 300 * time.Millisecond}, false},
			} {
				t.Run(name+"/"+from+"/"+tt.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						reports := rehearse(t, func(t testing.TB) {
							srv, client := start(t, s)
							var polls sync.WaitGroup
							for i, pace := range tt.paces {
								polls.Go(func() {
									time.Sleep(time.Duration(i) * 50 * time.Millisecond) // their first requests overlap
									poll(t, client, srv.URL+operationPath, pace, tt.honest)
								})
							}
							polls.Wait()
						})
						assert.Equal(t, tt.honest, len(reports) == 0, "%s: %q", tt.reason, reports)
					})
				})
			}
		}
	}
}

// TestEarlyRetryOfSeveral has one place for requests for several things: all of them are turned away, and those are blamed that come
// again for what has been told to wait.
func TestEarlyRetryOfSeveral(t *testing.T) {
	throttled := []mockserver.Response{{Status: 429, RetryAfter: 10 * time.Second}, {Body: []byte("{}")}}
	for _, tt := range []struct {
		name, reason, first, then string
		route                     mockserver.Route
		early                     bool
	}{
		{"rest", "another path is another thing", "GET /users/a", "GET /users/b", mockserver.Route{Route: "GET /users/**"}, false},
		{"same of the rest", "it has been told", "GET /users/a", "GET /users/a", mockserver.Route{Route: "GET /users/**"}, true},
		{"in another version", "it is the same", "GET /v1.0/users/a", "GET /beta/users('a')", mockserver.Route{Route: "GET /users/**"}, true},
		{"wildcard", "as for the rest", "GET /users/a", "GET /users/b", mockserver.Route{Route: "GET /users/*"}, false},
		{"one place", "for all users", "GET /users/a", "GET /users/b", mockserver.Route{Route: "GET /users/{id}", Per: []string{}}, false},
		{"same of one place", "it has been told", "GET /users/a", "GET /users/a", mockserver.Route{Route: "GET /users/{id}", Per: []string{}}, true},
		{"any method", "another one is no retry", "GET /users/a", "DELETE /users/a", mockserver.Route{Route: "* /users/{id}"}, false},
		{"HEAD", "asks for the same", "GET /users/a", "HEAD /users/a", mockserver.Route{Route: "* /users/{id}"}, true},
		{"query", "is a view of the same", "GET /users/a", "GET /users/a?$select=id", mockserver.Route{Route: "* /users/{id}"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.route.Replies = throttled
			clock := newHand()
			h := mockserver.Transport(&rehearsal{TB: t}, mockserver.Scenario{Routes: []mockserver.Route{tt.route}}, mockserver.Clock(clock.Now))
			do := func(request string) int {
				method, target, _ := strings.Cut(request, " ")
				return ask(t, h, method, target, "").Status
			}
			require.Equal(t, 429, do(tt.first))
			require.Equal(t, 429, do(tt.then), "all of the place has to wait")
			if !tt.early {
				require.NoError(t, h.Err(), tt.reason)
				require.Equal(t, 429, do(tt.then), "now it has been told, too")
			}
			require.ErrorIs(t, h.Err(), mockserver.ErrEarlyRetry, tt.reason)
			require.ErrorContains(t, h.Err(), "before the Retry-After of its 429 had passed")
			clock.Add(10 * time.Second)
			require.Equal(t, 200, do(tt.then))
		})
	}
}
