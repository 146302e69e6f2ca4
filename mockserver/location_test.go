package mockserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// started is a job that is accepted with a Location and a Retry-After of 10 s, and its polls. Expect counts early requests.
func started(location string) mockserver.Scenario {
	s := mockserver.Scenario{Routes: []mockserver.Route{
		{ID: "start", Route: "POST /jobs", Replies: []mockserver.Response{{
			Status: 202, RetryAfter: 10 * time.Second, Header: http.Header{"Location": {location}},
		}}},
		{ID: "poll", Route: "* /jobs/{job}", Replies: []mockserver.Response{says("fine")}, Optional: true},
		{ID: "else", Route: "GET /other", Replies: []mockserver.Response{says("fine")}, Optional: true},
	}}
	s.Expect.RetryAfter = true
	return s
}

// TestRetryAfterOfLocation polls a Location before and after the Retry-After beside it has passed.
func TestRetryAfterOfLocation(t *testing.T) {
	const early = "1 request of poll"
	for _, tt := range []struct {
		name, reason   string
		location, poll string // what is sent, and what the client asks for
		after          time.Duration
		early          bool
	}{
		{"in time", "it has waited", "/jobs/1", "GET /v1.0/jobs/1", 10 * time.Second, false},
		{"at once", "it has not", "/jobs/1", "GET /v1.0/jobs/1", 0, true},
		{"nearly", "a millisecond is missing", "/jobs/1", "GET /v1.0/jobs/1", 9999 * time.Millisecond, true},
		{"HEAD", "asks for the same", "/jobs/1", "HEAD /v1.0/jobs/1", time.Second, true},
		{"version", "it does not count", "/v1.0/jobs/1", "GET /beta/jobs/1", time.Second, true},
		{"no version", "nor that there is none", "/v1.0/jobs/1", "GET /jobs/1", time.Second, true},
		{"absolute", "as Graph sends it", "https://graph.microsoft.com/v1.0/jobs/1", "GET /v1.0/jobs/1", time.Second, true},
		{"host", "it does not count", "https://graph.example/v1.0/jobs/1", "GET /v1.0/jobs/1", time.Second, true},
		{"relative", "to the request's URL (RFC 9110, section 10.2.2)", "jobs/1", "GET /v1.0/jobs/1", time.Second, true},
		{"escaped", "it is the same path to a route", "/jobs/a%2Db", "GET /v1.0/jobs/a-b", time.Second, true},
		{"key", "and so is this", "/jobs('1')", "GET /v1.0/jobs/1", time.Second, true},
		{"slash in a segment", "is no other segment", "/jobs/a%2Fb", "GET /v1.0/jobs/a%2fb", time.Second, true},
		{"query", "is part of the Location", "/jobs/1?part=2", "GET /v1.0/jobs/1?part=2", time.Second, true},
		{"another query", "is another Location", "/jobs/1?part=2", "GET /v1.0/jobs/1?part=3", time.Second, false},
		{"own query", "asks for a view of it", "/jobs/1", "GET /v1.0/jobs/1?$select=status", time.Second, true},
		{"another job", "has been there before", "/jobs/1", "GET /v1.0/jobs/2", time.Second, false},
		{"case of an id", "it counts", "/jobs/a", "GET /v1.0/jobs/A", time.Second, false},
		{"DELETE", "is no question", "/jobs/1", "DELETE /v1.0/jobs/1", time.Second, false},
		{"another path", "has nothing to do with it", "/jobs/1", "GET /v1.0/other", time.Second, false},
		{"no URL", "leads nowhere", "%", "GET /v1.0/jobs/1", time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, mode := range []mockserver.EarlyRetry{mockserver.EnforceFailures, mockserver.EnforceNone, mockserver.EnforceAll} {
				s := started(tt.location)
				s.Routes[0].EarlyRetry = mode
				clock := newHand()
				enforced := tt.early && mode == mockserver.EnforceAll
				tb := runFake(t, func(tb *fakeTB) {
					srv := mockserver.Transport(tb, s, mockserver.Clock(clock.Now))
					require.Equal(t, 202, ask(t, srv, "POST", "/v1.0/jobs", "").Status)
					clock.Add(tt.after)
					method, target, _ := strings.Cut(tt.poll, " ")
					a := ask(t, srv, method, target, "")
					assert.Equal(t, enforced, a.Status == 429, tt.reason)
					if enforced {
						assert.ErrorIs(t, srv.Err(), mockserver.ErrEarlyRetry)
						assert.Equal(t, fmt.Sprint(int((10*time.Second-tt.after+time.Second-1)/time.Second)), a.Header.Get("Retry-After"), "what is left")
						clock.Add(10*time.Second - tt.after)
						a = ask(t, srv, method, target, "")
					}
					assert.Equal(t, 200, a.Status, "it has been waited for, or is advice")
				})
				said := strings.Join(tb.said(), "\n")
				assert.Equal(t, tt.early, strings.Contains(said, early), "%s: %s", tt.reason, said)
				assert.Equal(t, tt.early, tb.Failed())
				if enforced {
					assert.Contains(t, said, "before the Retry-After of the 202 that has it as its Location had passed (answered with 429)\n  route poll (")
				}
			}
		})
	}
}

// TestRetryAfterOfWhichAnswer says nothing about a Location beside other answers, nor without a Retry-After.
func TestRetryAfterOfWhichAnswer(t *testing.T) {
	location := http.Header{"Location": {"/jobs/1"}}
	for _, tt := range []struct {
		name, reason string
		answer       mockserver.Response
		early        bool
	}{
		{"202", "it has been accepted", mockserver.Response{Status: 202, RetryAfter: time.Minute, Header: location}, true},
		{"201", "it has been created", mockserver.Response{Status: 201, RetryAfter: time.Minute, Header: location, Body: []byte("{}")}, true},
		{"303", "the client goes there at once", mockserver.Response{Status: 303, RetryAfter: time.Minute, Header: location}, false},
		{"503", "the request itself has to be repeated", mockserver.Response{Status: 503, RetryAfter: time.Minute, Header: location}, false},
		{"no Retry-After", "nothing is said", mockserver.Response{Status: 202, Header: location}, false},
		{"at once", "0 s have passed", mockserver.Response{Status: 202, Header: http.Header{"Location": {"/jobs/1"}, "Retry-After": {"0"}}}, false},
		{"a function", "says it, too", mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
			return mockserver.Response{Status: 202, RetryAfter: time.Minute, Header: location}
		}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := started("")
			s.Routes[0].Replies = []mockserver.Response{tt.answer}
			h := mockserver.Transport(&rehearsal{TB: t}, s)
			ask(t, h, "POST", "/jobs", "")
			ask(t, h, "GET", "/jobs/1", "")
			assert.Equal(t, tt.early, h.Verify() != nil, tt.reason)
		})
	}
	h := mockserver.Transport(&rehearsal{TB: t}, started("/unused"), mockserver.AllowUnused())
	h.Handle("POST /jobs", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/jobs/1")
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(202)
	}))
	ask(t, h, "POST", "/jobs", "")
	ask(t, h, "GET", "/jobs/1", "")
	assert.ErrorContains(t, h.Verify(), "1 request of poll", "a handler says it, too")
}

// TestRetryAfterOfLocationEnds is how the time of a Location ends: with itself, with a newer answer, with Reset.
func TestRetryAfterOfLocationEnds(t *testing.T) {
	start := func(replies ...mockserver.Response) (*mockserver.Server, *hand) {
		s := started("/jobs/1")
		s.Routes[1].Replies = append(replies, says("fine"))
		clock := newHand()
		srv := mockserver.Transport(&rehearsal{TB: t}, s, mockserver.Clock(clock.Now), mockserver.AllowUnused())
		ask(t, srv, "POST", "/jobs", "")
		return srv, clock
	}
	early := func(srv *mockserver.Server, n string) {
		t.Helper()
		assert.ErrorContains(t, srv.Verify(), "expectation not met: "+n+" of poll (")
	}
	srv, clock := start()
	for range 12 {
		ask(t, srv, "GET", "/jobs/1", "")
		clock.Add(time.Second)
	}
	early(srv, "10 requests")

	srv, clock = start(mockserver.Response{RetryAfter: 2 * time.Second})
	for range 5 {
		ask(t, srv, "GET", "/jobs/1", "")
		clock.Add(2 * time.Second)
	}
	early(srv, "1 request") // then it does as the newer answer says

	srv, _ = start()
	srv.Reset()
	ask(t, srv, "GET", "/jobs/1", "")
	require.NoError(t, srv.Verify())
}

// TestRetryAfterOfLocationIsNotOfItsSender lets a client start the next job at once: that of the first is none of its business.
func TestRetryAfterOfLocationIsNotOfItsSender(t *testing.T) {
	s := started("/jobs/1")
	s.Routes[0].EarlyRetry = mockserver.EnforceAll
	s.Routes[1].Replies = []mockserver.Response{{RetryAfter: time.Minute}, {Status: 202, RetryAfter: 2 * time.Second, Header: http.Header{"Location": {"/jobs/2"}}}, says("fine")}
	clock := newHand()
	srv := mockserver.Transport(&rehearsal{TB: t}, s, mockserver.Clock(clock.Now))
	for range 3 {
		require.Equal(t, 202, ask(t, srv, "POST", "/jobs", "").Status)
	}
	require.NoError(t, srv.Verify())
	clock.Add(10 * time.Second)
	for range 3 {
		ask(t, srv, "GET", "/jobs/2", "")
		clock.Add(2 * time.Second)
	}
	require.ErrorContains(t, srv.Verify(), "1 request of poll", "the second one: the third comes as the newer answer says")
}

// TestRetryAfterOfLocationIsTold has a client poll that does not know of the Retry-After: it is not early.
func TestRetryAfterOfLocationIsTold(t *testing.T) {
	for _, after := range []time.Duration{time.Second, 3 * time.Second} {
		clock := newHand()
		srv := mockserver.Transport(&rehearsal{TB: t}, started("/jobs/1"), mockserver.Clock(clock.Now))
		ask(t, srv, "POST", "/jobs", "")
		clock.Add(after)
		atOnce(1, func(int) { ask(t, srv, "GET", "/jobs/1", "") })
		assert.Equal(t, after > 2*time.Second, srv.Verify() != nil, "who else should know of it is told by the time alone")
	}
}

// TestRetryAfterOfManyLocations remembers no more of them than it may.
func TestRetryAfterOfManyLocations(t *testing.T) {
	s := started(`/jobs/{{newID "job"}}`)
	s.Routes[0].Replies[0].Template = true
	s.Routes[1].Requires = []string{"job"}
	clock := newHand()
	srv := mockserver.Transport(&rehearsal{TB: t}, s, mockserver.Clock(clock.Now))
	start := func() string { return ask(t, srv, "POST", "/jobs", "").Header.Get("Location") }
	for range 1000 {
		start()
		clock.Add(time.Millisecond)
	}
	ask(t, srv, "GET", start(), "")
	assert.NoError(t, srv.Verify(), "there is no room for the last one, and those that start many jobs wait for none")
	clock.Add(time.Minute)
	ask(t, srv, "GET", start(), "")
	assert.ErrorContains(t, srv.Verify(), "1 request of poll", "the others have been waited for")
}

// TestRetryAfterOfLocationOfAView has a shared server's view know its own Locations, which begin with its prefix.
func TestRetryAfterOfLocationOfAView(t *testing.T) {
	s := started("/jobs/1")
	shared, err := mockserver.Listen(s)
	require.NoError(t, err)
	defer shared.Close()
	view := shared.For(&rehearsal{TB: t})
	res, _ := exchange(t, view.Client(), "POST", view.URL+"/jobs", "")
	require.Equal(t, view.URL+"/jobs/1", res.Header.Get("Location"))
	exchange(t, view.Client(), "GET", res.Header.Get("Location"), "")
	assert.ErrorContains(t, view.Verify(), "1 request of poll")
}

// TestRetryAfterOfLocationHonoured has a client do as all answers of ten minutes say: nothing is wrong with it, over any transport.
func TestRetryAfterOfLocationHonoured(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		s := tenMinutes()
		s.Expect.RetryAfter = true
		s.Routes[0].EarlyRetry = mockserver.EnforceAll
		assert.Empty(t, rehearse(t, func(t testing.TB) {
			srv := start(t, s)
			schema := `{"baseType":"microsoft.graph.externalItem","properties":[{"name":"title","type":"string"}]}`
			res, body := exchange(t, srv.Client(), "PATCH", srv.URL+"/v1.0/external/connections/contosohr/schema", schema)
			location := res.Header.Get("Location")
			for !strings.Contains(body, "completed") {
				time.Sleep(retryAfter(res))
				res, body = exchange(t, srv.Client(), "GET", location, "")
				require.Equal(t, 200, res.StatusCode)
			}
		}))
	})
}
