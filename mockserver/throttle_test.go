package mockserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestRetryAfter sends each form of Retry-After, and asks again too early and in time.
func TestRetryAfter(t *testing.T) {
	const code = "error/serviceNotAvailable"
	header := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	tests := []struct {
		name, reason string
		reply        mockserver.Response
		mode         mockserver.EarlyRetry
		sent         string        // "-": none; "date": one that is so far away
		wait         time.Duration // that has to be waited for; 0: none
	}{
		{name: "seconds", reason: "429 says so", reply: mockserver.Response{Status: 429, Fixture: code, RetryAfter: 10 * time.Second}, sent: "10", wait: 10 * time.Second},
		{name: "rounded", reason: "there are only whole seconds", reply: mockserver.Response{Status: 429, Fixture: code, RetryAfter: 1500 * time.Millisecond}, sent: "2", wait: 2 * time.Second},
		{name: "unavailable", reason: "503 says so", reply: mockserver.Response{Status: 503, Fixture: code, RetryAfter: 10 * time.Second}, sent: "10", wait: 10 * time.Second},
		{name: "gateway", reason: "504 says so", reply: mockserver.Response{Status: 504, Fixture: code, Header: header("10")}, sent: "10", wait: 10 * time.Second},
		{
			name: "date", reason: "it is exact to the second, so that one less is right", reply: mockserver.Response{Status: 503, Fixture: code, RetryAfter: 10 * time.Second, RetryAfterDate: true},
			sent: "date", wait: 9 * time.Second,
		},
		{name: "absent", reason: "nothing is said", reply: mockserver.Response{Status: 429, Fixture: code}, sent: "-"},
		{name: "malformed", reason: "nothing can be read", reply: mockserver.Response{Status: 429, Fixture: code, Header: header("soon")}, sent: "soon"},
		{name: "fraction", reason: "RFC 9110, section 10.2.3 has whole seconds", reply: mockserver.Response{Status: 429, Fixture: code, Header: header("0.9")}, sent: "0.9"},
		{name: "negative", reason: "the same", reply: mockserver.Response{Status: 429, Fixture: code, Header: header("-1")}, sent: "-1"},
		{name: "zero", reason: "it says: at once", reply: mockserver.Response{Status: 429, Fixture: code, Header: header("0")}, sent: "0"},
		{name: "another status", reason: "500 is not enforced", reply: mockserver.Response{Status: 500, Fixture: code, RetryAfter: time.Minute}, sent: "60"},
		{name: "a success", reason: "it is a hint", reply: mockserver.Response{Status: 202, RetryAfter: time.Minute}, sent: "60"},
		{name: "a success, always", reason: "the route says so", mode: mockserver.EnforceAll, reply: mockserver.Response{Status: 202, RetryAfter: time.Minute}, sent: "60", wait: time.Minute},
		{name: "never", reason: "the route says so", mode: mockserver.EnforceNone, reply: mockserver.Response{Status: 429, Fixture: code, RetryAfter: time.Minute}, sent: "60"},
	}
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		t.Run(tt.name, func(t *testing.T) {
			s := mockserver.Reply("GET /users/{id}", tt.reply, mockserver.Response{Body: []byte(`{"displayName":"fine"}`)})
			s.Routes[0].EarlyRetry = tt.mode
			get := func(t testing.TB, srv *mockserver.Server) *http.Response {
				res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/users/1", "")
				return res
			}
			first := func(t testing.TB, srv *mockserver.Server) {
				res := get(t, srv)
				assert.Equal(t, tt.reply.Status, res.StatusCode)
				switch tt.sent {
				case "-":
					assert.NotContains(t, res.Header, "Retry-After")
				case "date":
					at, err := http.ParseTime(res.Header.Get("Retry-After"))
					require.NoError(t, err)
					assert.Equal(t, tt.reply.RetryAfter, time.Until(at))
				default:
					assert.Equal(t, tt.sent, res.Header.Get("Retry-After"))
				}
			}
			inVirtualTime(t, func(t *testing.T, start starter) {
				assert.Empty(t, rehearse(t, func(t testing.TB) {
					srv := start(t, s)
					first(t, srv)
					time.Sleep(tt.wait)
					assert.Equal(t, 200, get(t, srv).StatusCode, "it has waited")
				}))
				reports := rehearse(t, func(t testing.TB) {
					srv := start(t, s)
					first(t, srv)
					early := tt.wait - 1500*time.Millisecond
					if tt.wait == 0 {
						assert.Equal(t, 200, get(t, srv).StatusCode, "nothing has to be waited for")
						return
					}
					time.Sleep(max(0, early))
					for range 2 { // a second one does not move the time
						res := get(t, srv)
						assert.Equal(t, 429, res.StatusCode)
						assert.Equal(t, "2", res.Header.Get("Retry-After"), "what is left, rounded up")
					}
					require.ErrorIs(t, srv.Err(), mockserver.ErrEarlyRetry)
					time.Sleep(2 * time.Second)
					assert.Equal(t, 200, get(t, srv).StatusCode)
				})
				if tt.wait == 0 {
					assert.Empty(t, reports)
				} else {
					require.Len(t, reports, 1, "the same again is not reported again")
					assert.Contains(t, reports[0], "GET /v1.0/users/1 came 1.5s before the Retry-After of its "+strconv.Itoa(tt.reply.Status)+" had passed")
				}
			})
		})
	}
}

// TestRetryAfterIsPerPlace does not keep a client from asking for something else.
func TestRetryAfterIsPerPlace(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Throttled(1, time.Minute))
		path := func(op int) string {
			return srv.URL + "/v1.0/external/connections/contosohr/operations/" + strconv.Itoa(op)
		}
		for _, want := range []int{429, 200, 200} {
			for op := range 3 {
				res, _ := exchange(t, srv.Client(), "GET", path(op), "")
				assert.Equal(t, want, res.StatusCode)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestRetryAfterIsExpected counts requests before a Retry-After where it is not enforced.
func TestRetryAfterIsExpected(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		for _, wait := range []time.Duration{time.Second, time.Minute} {
			s := mockserver.Reply("GET /me", mockserver.Response{Status: 202, RetryAfter: time.Minute}, mockserver.Response{Status: 200})
			s.Expect.RetryAfter = true
			reports := rehearse(t, func(t testing.TB) {
				srv := start(t, s)
				exchange(t, srv.Client(), "GET", srv.URL+"/me", "")
				time.Sleep(wait)
				res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/me", "")
				assert.Equal(t, 200, res.StatusCode)
			})
			if wait < time.Minute {
				require.Len(t, reports, 1)
				assert.Contains(t, reports[0], "1 request of GET /me")
			} else {
				assert.Empty(t, reports)
			}
		}
	})
}

// together sends a request by each of n clients, which have connections of their own, at the same time.
func together(t testing.TB, srv *mockserver.Server, n int, url string) (statuses []int) {
	statuses = make([]int, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			client := srv.Client()
			if tr, ok := client.Transport.(*http.Transport); ok {
				tr = tr.Clone()
				defer tr.CloseIdleConnections()
				client = &http.Client{Transport: tr}
				_, _, err := fetch(context.Background(), client, srv.URL+"/warm")
				assert.NoError(t, err)
			}
			ready.Done()
			ready.Wait()
			status, _, err := fetch(context.Background(), client, url)
			assert.NoError(t, err)
			statuses[i] = status
		})
	}
	done.Wait()
	return statuses
}

// TestRequestsUnderWayAreNotEarly has clients ask for the same at the same time: the one that comes second does not know of the
// Retry-After that the first got, and is not reported.
func TestRequestsUnderWayAreNotEarly(t *testing.T) {
	const rounds = 100
	warmth := mockserver.Reply("GET /warm")
	warmth.Routes[0].Optional = true
	t.Run("a reply", func(t *testing.T) {
		s := mockserver.Join(warmth, mockserver.Reply("GET /users/{id}",
			mockserver.Response{Status: 429, Fixture: "error/TooManyRequests", RetryAfter: time.Hour}, mockserver.Response{Status: 200, Optional: true}))
		for name, start := range map[string]starter{"loopback": mockserver.Start, "in memory": startInMemory} {
			t.Run(name, func(t *testing.T) {
				srv := start(t, s)
				for round := range rounds {
					statuses := together(t, srv, 2, fmt.Sprintf("%s/v1.0/users/%d", srv.URL, round))
					assert.Contains(t, statuses, 429)
				}
				assert.NoError(t, srv.Err())
			})
		}
	})
	t.Run("a limit", func(t *testing.T) {
		s := mockserver.Join(warmth, mockserver.Reply("GET /users/{id}", mockserver.Response{Status: 200}))
		s.Routes[1].Limit = &mockserver.Limit{Requests: 1, Window: time.Hour, Key: []string{"id"}}
		for name, start := range map[string]starter{"loopback": mockserver.Start, "in memory": startInMemory} {
			t.Run(name, func(t *testing.T) {
				srv := start(t, s)
				for round := range rounds {
					statuses := together(t, srv, 4, fmt.Sprintf("%s/v1.0/users/%d", srv.URL, round))
					assert.ElementsMatch(t, []int{200, 429, 429, 429}, statuses)
				}
				assert.NoError(t, srv.Err())
			})
		}
	})
}

// TestLimit counts requests in windows.
func TestLimit(t *testing.T) {
	limited := func(l mockserver.Limit) mockserver.Scenario {
		s := mockserver.Reply("GET /users/{id}", mockserver.Response{Status: 200})
		s.Routes[0].Limit = &l
		return s
	}
	get := func(t testing.TB, srv *mockserver.Server, id string, header ...string) *http.Response {
		res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/users/"+id, "", header...)
		return res
	}
	t.Run("window", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, start starter) {
			srv := start(t, limited(mockserver.Limit{Requests: 3, Window: 10 * time.Second}))
			for window := range 3 {
				for i := range 3 {
					assert.Equal(t, 200, get(t, srv, strconv.Itoa(i)).StatusCode, "window %d, request %d", window, i)
					time.Sleep(time.Second)
				}
				res := get(t, srv, "3")
				assert.Equal(t, 429, res.StatusCode)
				assert.Equal(t, "7", res.Header.Get("Retry-After"), "what is left of the window")
				time.Sleep(7 * time.Second)
			}
			assert.NoError(t, srv.Err())
		})
	})
	t.Run("early", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, start starter) {
			reports := rehearse(t, func(t testing.TB) {
				srv := start(t, limited(mockserver.Limit{Requests: 1, Window: time.Second, RetryAfter: 10 * time.Second}))
				assert.Equal(t, 200, get(t, srv, "1").StatusCode)
				res := get(t, srv, "1")
				assert.Equal(t, 429, res.StatusCode)
				assert.Equal(t, "10", res.Header.Get("Retry-After"), "longer than the window")
				time.Sleep(4 * time.Second)
				res = get(t, srv, "1")
				assert.Equal(t, 429, res.StatusCode)
				assert.Equal(t, "6", res.Header.Get("Retry-After"), "what is left of it")
				time.Sleep(6 * time.Second)
				assert.Equal(t, 200, get(t, srv, "1").StatusCode)
			})
			require.Len(t, reports, 1)
			assert.Contains(t, reports[0], "GET /v1.0/users/1 came 6s before the Retry-After of its 429 had passed")
		})
	})
	t.Run("keys", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, start starter) {
			srv := start(t, limited(mockserver.Limit{Requests: 1, Window: time.Minute, Key: []string{"id", "app"}}))
			for _, app := range []string{"Bearer a", "Bearer b"} {
				for _, id := range []string{"1", "2"} {
					assert.Equal(t, 200, get(t, srv, id, "Authorization", app).StatusCode)
					assert.Equal(t, 429, get(t, srv, id, "Authorization", app).StatusCode)
				}
			}
			time.Sleep(time.Minute)
			assert.Equal(t, 200, get(t, srv, "1", "Authorization", "Bearer a").StatusCode)
		})
	})
	t.Run("headers", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, start starter) {
			srv := start(t, limited(mockserver.Limit{Requests: 20, Window: time.Minute}))
			for i := 1; i <= 21; i++ {
				res := get(t, srv, "1")
				limit, left, reset := res.Header.Get("RateLimit-Limit"), res.Header.Get("RateLimit-Remaining"), res.Header.Get("RateLimit-Reset")
				if i < 16 { // four fifths
					assert.Empty(t, limit+left+reset, "request %d", i)
				} else {
					assert.Equal(t, []string{"20", strconv.Itoa(max(0, 20-i)), strconv.Itoa(60 - i + 1)}, []string{limit, left, reset}, "request %d", i)
				}
				assert.Equal(t, i == 21, res.StatusCode == 429, "request %d", i)
				time.Sleep(time.Second)
			}
		})
	})
	t.Run("before other routes", func(t *testing.T) {
		inVirtualTime(t, func(t *testing.T, start starter) {
			s := mockserver.Completes(5)
			s.Routes = append(s.Routes, mockserver.Route{
				Route: "* /external/**", Priority: 1, Limit: &mockserver.Limit{Requests: 2, Window: time.Minute},
			})
			reports := rehearse(t, func(t testing.TB) {
				srv := start(t, s)
				var got []string
				for range 4 {
					res, body := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
					got = append(got, strconv.Itoa(res.StatusCode))
					assert.Equal(t, res.StatusCode == 200, strings.Contains(body, "inprogress"))
				}
				assert.Equal(t, []string{"200", "200", "429", "429"}, got)
				assert.Equal(t, 2, srv.Calls("poll"), "what was turned away is no poll")
				time.Sleep(time.Minute)
				res, _ := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
				assert.Equal(t, 200, res.StatusCode)
			})
			require.NotEmpty(t, reports)
			assert.Contains(t, reports[0], "* /external/**", "the fourth came before the Retry-After of the third")
		})
	})
}

// TestLimitCountsEarlyRequests has clients that wait, and that do not, for the Retry-After of a limit, where it is enforced and where it
// is not.
func TestLimitCountsEarlyRequests(t *testing.T) {
	every := func(n int, gap time.Duration) []time.Duration { return slices.Repeat([]time.Duration{gap}, n) }
	for _, tt := range []struct {
		name, reason string
		mode         mockserver.EarlyRetry
		gaps         []time.Duration // before the second request and so on
		want         string
		early        int
		reported     bool
	}{
		{"waits", "as it is told", mockserver.EnforceFailures, []time.Duration{time.Second, 5 * time.Second}, "200 429 200", 0, false},
		{"early", "none passes before the 5 s are over, and the next window begins then", mockserver.EnforceFailures, every(7, time.Second), "200 429 429 429 429 429 200 429", 4, true},
		{"never, waits", "it is quiet", mockserver.EnforceNone, []time.Duration{time.Second, 5 * time.Second}, "200 429 200", 0, false},
		{"never, early", "each window of 2 s has room for one", mockserver.EnforceNone, every(7, time.Second), "200 429 200 429 200 429 200 429", 6, false},
		{"never, in one window", "it is full", mockserver.EnforceNone, every(3, 100*time.Millisecond), "200 429 429 429", 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, expected := range []bool{true, false} {
				s := mockserver.Reply("GET /users/{id}", mockserver.Response{Status: 200})
				s.Routes[0].Limit = &mockserver.Limit{Requests: 1, Window: 2 * time.Second, RetryAfter: 5 * time.Second}
				s.Routes[0].EarlyRetry = tt.mode
				s.Expect.RetryAfter = expected
				clock := newHand()
				tb := runFake(t, func(tb *fakeTB) {
					srv := mockserver.Transport(tb, s, mockserver.Clock(clock.Now))
					got := strconv.Itoa(ask(t, srv, "GET", "/users/1", "").Status)
					for _, gap := range tt.gaps {
						clock.Add(gap)
						got += " " + strconv.Itoa(ask(t, srv, "GET", "/users/1", "").Status)
					}
					assert.Equal(t, tt.want, got, tt.reason)
					assert.Equal(t, tt.reported, errors.Is(srv.Err(), mockserver.ErrEarlyRetry))
				})
				said := strings.Join(tb.said(), "\n")
				count := fmt.Sprintf("%d requests of GET /users/{id} (", tt.early)
				assert.Equal(t, expected && tt.early > 0, strings.Contains(said, count), said)
				assert.Equal(t, tt.reported || expected && tt.early > 0, tb.Failed(), said)
			}
		})
	}
}

// TestLimitUnderConcurrency lets exactly as many requests through as it says.
func TestLimitUnderConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Reply("GET /me", mockserver.Response{Status: 200})
		s.Routes[0].Limit = &mockserver.Limit{Requests: 16, Window: time.Minute}
		srv := mockserver.Transport(&rehearsal{TB: t}, s)
		count := map[int]int{}
		for _, status := range together(t, srv, 64, srv.URL+"/v1.0/me") {
			count[status]++
		}
		assert.Equal(t, map[int]int{200: 16, 429: 48}, count)
	})
}

// TestEarlyOnNewConnections has a client that opens a connection for each request come again too early all the time.
func TestEarlyOnNewConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reports := rehearse(t, func(t testing.TB) {
			srv := startInMemory(t, mockserver.Throttled(1, time.Minute), mockserver.AllowUnused())
			srv.Client().Transport.(*http.Transport).DisableKeepAlives = true
			for range 20 {
				res, _ := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
				assert.Equal(t, 429, res.StatusCode)
				time.Sleep(150 * time.Millisecond)
			}
		})
		require.NotEmpty(t, reports, "it did not come while the first answer was under way")
		assert.Contains(t, reports[0], "before the Retry-After of its 429 had passed")
	})
}

// TestOtherRequestsAreNoRetries has a pool of workers go on with other requests after one of them has been turned away by a limit:
// they are turned away, too, and not reported, until one of them comes again.
func TestOtherRequestsAreNoRetries(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		reports := rehearse(t, func(t testing.TB) {
			s := mockserver.Reply("GET /users/{id}", mockserver.Response{Status: 200})
			s.Routes[0].Limit = &mockserver.Limit{Requests: 2, Window: time.Minute}
			srv := start(t, s)
			for i := range 6 {
				res, _ := exchange(t, srv.Client(), "GET", fmt.Sprintf("%s/users/%d", srv.URL, i), "")
				assert.Equal(t, i >= 2, res.StatusCode == 429)
			}
			assert.NoError(t, srv.Err())
			exchange(t, srv.Client(), "GET", srv.URL+"/users/3", "")
		})
		require.Len(t, reports, 1)
		assert.Contains(t, reports[0], "GET /users/3 came")
	})
}

// TestHotLoopIsEarly has a client ask in a loop on loopback and leave the bodies unread, so that each request has a connection of its own.
func TestHotLoopIsEarly(t *testing.T) {
	reports := rehearse(t, func(t testing.TB) {
		srv := mockserver.Start(t, mockserver.Throttled(1, 10*time.Second), mockserver.AllowUnused())
		for range 200 {
			res, err := srv.Client().Get(srv.URL + operationPath)
			require.NoError(t, err)
			res.Body.Close()
		}
	})
	require.NotEmpty(t, reports)
	assert.Contains(t, reports[0], "before the Retry-After of its 429 had passed")
}

// TestPollersThatBeginTogether has many clients ask for one thing on connections of their own, so fast that no two requests are under way
// at the same time, and then wait as they are told.
func TestPollersThatBeginTogether(t *testing.T) {
	var passed atomic.Int64
	begin := time.Now()
	clock := func() time.Time { return begin.Add(time.Duration(passed.Load())) }
	srv := mockserver.Start(t, mockserver.Reply("GET /users/{id}", mockserver.Response{Status: 429, RetryAfter: time.Second}, mockserver.Response{}), mockserver.Clock(clock))
	pollers := make([]*http.Client, 64)
	for i := range pollers {
		pollers[i] = &http.Client{Transport: srv.Client().Transport.(*http.Transport).Clone()}
		defer pollers[i].CloseIdleConnections()
	}
	for _, want := range []int{429, 204} {
		for _, p := range pollers {
			res, _ := exchange(t, p, "GET", srv.URL+"/users/1", "")
			require.Equal(t, want, res.StatusCode)
		}
		passed.Add(int64(time.Second))
	}
}
