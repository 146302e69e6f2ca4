package mockserver_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// fetch reads all of a response. The error is that of the request or of its body.
func fetch(ctx context.Context, client *http.Client, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// warm leaves n used connections in the client's pool.
func warm(t *testing.T, srv *mockserver.Server, n int) {
	if tr, ok := srv.Client().Transport.(*http.Transport); ok {
		tr.MaxIdleConnsPerHost = 100
	}
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			_, _, err := fetch(t.Context(), srv.Client(), srv.URL+"/warm")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
}

// TestFaultIsSeenOnce counts what a client sees of faults that strike before the first byte, where net/http repeats requests by
// itself on connections that it used before.
func TestFaultIsSeenOnce(t *testing.T) {
	for _, fault := range []mockserver.Fault{mockserver.Reset, mockserver.EmptyReply} {
		for _, used := range []int{0, 1, 8} {
			t.Run(fmt.Sprintf("%s/%d warm", fault, used), func(t *testing.T) {
				overEach(t, func(t *testing.T, start starter) {
					const rounds = 3
					var gate sync.WaitGroup // as many connections as requests
					gate.Add(used)
					fine := []byte(`{"displayName":"fine"}`)
					s := mockserver.Join(
						mockserver.Reply("GET /users/{id}", mockserver.Response{Fault: fault}, mockserver.Response{Body: fine, Times: 1},
							mockserver.Response{Fault: fault}, mockserver.Response{Body: fine, Times: 1},
							mockserver.Response{Fault: fault}, mockserver.Response{Body: fine}),
						mockserver.Scenario{Routes: []mockserver.Route{{
							Route: "GET /warm", Optional: true, Per: []string{},
							Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { gate.Done(); gate.Wait() }),
						}}},
					)
					srv := start(t, s)
					warm(t, srv, used)
					for round := range rounds {
						_, _, err := fetch(t.Context(), srv.Client(), srv.URL+"/v1.0/users/1")
						want := map[mockserver.Fault]string{mockserver.Reset: "ECONNRESET", mockserver.EmptyReply: "unexpected EOF"}[fault]
						assert.Equal(t, want, classOf(err), "round %d", round)
						status, body, err := fetch(t.Context(), srv.Client(), srv.URL+"/v1.0/users/1")
						assert.Equal(t, 200, status)
						assert.JSONEq(t, string(fine), body)
						assert.NoError(t, err)
					}
					assert.Equal(t, 2*rounds, srv.Calls("GET /users/{id}"), "repetitions are no requests of their own")
				})
			})
		}
	}
}

// TestNoReplay plays bare faults, which net/http's client hides by repeating the request.
func TestNoReplay(t *testing.T) {
	for name, start := range map[string]starter{"loopback": mockserver.Start, "in memory": startInMemory} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, mockserver.Reply("GET /me",
				mockserver.Response{}, mockserver.Response{Fault: mockserver.Reset, NoReplay: true}, mockserver.Response{Status: 200}))
			for _, want := range []int{204, 200} {
				status, _, err := fetch(t.Context(), srv.Client(), srv.URL+"/me")
				require.NoError(t, err, "net/http repeats it")
				assert.Equal(t, want, status)
			}
			assert.Equal(t, 3, srv.Calls("GET /me"))
		})
	}
}

// TestFaultsOfConcurrentPollers has pollers of different operations meet faults at the same time, through one client.
func TestFaultsOfConcurrentPollers(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		const pollers = 8
		for _, fault := range []mockserver.Fault{
			mockserver.Reset, mockserver.EmptyReply, mockserver.Truncated, mockserver.WrongLength, mockserver.MalformedChunk, mockserver.Garbage, mockserver.HTMLPage,
		} {
			srv := start(t, mockserver.Flaky(fault))
			var wg sync.WaitGroup
			for i := range pollers {
				wg.Go(func() {
					p := &poller{client: srv.Client(), pace: time.Microsecond, request: 10 * time.Second, deadline: 30 * time.Second}
					status, err := p.Wait(t.Context(), fmt.Sprintf("%s/v1.0/external/connections/contosohr/operations/%d", srv.URL, i))
					assert.NoError(t, err)
					assert.Equal(t, "completed", status)
					assert.Equal(t, 4, p.polls, "poll %d, %s: one of them meets the fault", i, fault)
				})
			}
			wg.Wait()
			assert.Equal(t, 4*pollers, srv.Calls("poll"))
		}
	})
}

// TestFaultsLookAlike has each fault over each transport: a client can branch on the same.
func TestFaultsLookAlike(t *testing.T) {
	const doc = `{"id":"12345"}`
	tests := []struct {
		fault  mockserver.Fault
		reason string
		err    string
		status int    // 0: there is no response
		body   string // what was read of it
	}{
		{mockserver.Reset, "nothing came", "ECONNRESET", 0, ""},
		{mockserver.EmptyReply, "nothing came", "unexpected EOF", 0, ""},
		{mockserver.Truncated, "half of it came", "unexpected EOF", 200, doc[:7]},
		{mockserver.WrongLength, "more was promised than came", "unexpected EOF", 200, doc},
		{mockserver.MalformedChunk, "half of it came", "bad chunk", 200, doc[:7]},
		{mockserver.Garbage, "what came is no HTTP", "no HTTP", 0, ""},
		{mockserver.Stall, "nothing came until the client gave up", "deadline", 0, ""},
		{mockserver.StallBody, "half of it came until the client gave up", "deadline", 200, doc[:7]},
		{mockserver.HTMLPage, "the connection is healthy", "none", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n" +
			"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"},
	}
	var all []mockserver.Fault
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		all = append(all, tt.fault)
		t.Run(string(tt.fault), func(t *testing.T) {
			overEach(t, func(t *testing.T, start starter) {
				srv := start(t, mockserver.Reply("GET /me", mockserver.Response{Body: []byte(doc), Fault: tt.fault}))
				limit := 10 * time.Second
				if tt.err == "deadline" {
					limit = 200 * time.Millisecond
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				status, body, err := fetch(ctx, srv.Client(), srv.URL+"/me")
				assert.Equal(t, tt.err, classOf(err), "%s: %v", tt.reason, err)
				assert.Equal(t, tt.status, status)
				assert.Equal(t, tt.body, body)
			})
		})
	}
	assert.Equal(t, mockserver.Faults(), all, "every fault has a case")
}

// TestStallsEnd has what never comes end with the client's context, and with the test.
func TestStallsEnd(t *testing.T) {
	for _, fault := range []mockserver.Fault{mockserver.Stall, mockserver.StallBody} {
		t.Run(string(fault), func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, start starter) {
				begin := time.Now()
				srv := start(t, mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"id":"1"}`), Fault: fault}))
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
				defer cancel()
				_, _, err := fetch(ctx, srv.Client(), srv.URL+"/me")
				assert.Equal(t, "deadline", classOf(err))
				assert.Equal(t, 7*time.Second, time.Since(begin))
			})
			overEach(t, func(t *testing.T, start starter) {
				done := make(chan error, 1)
				reports := rehearse(t, func(t testing.TB) {
					srv := start(t, mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"id":"1"}`), Fault: fault}))
					go func() {
						_, _, err := fetch(context.Background(), srv.Client(), srv.URL+"/me")
						done <- err
					}()
					for srv.Calls("GET /me") == 0 {
						runtime.Gosched()
					}
				})
				assert.Empty(t, reports)
				assert.Error(t, <-done, "the client does not hang when the test is over")
			})
		})
	}
}

// TestBodyFaultsOfHEAD plays faults of a body that there is not: none of them hits the next request on the connection instead.
func TestBodyFaultsOfHEAD(t *testing.T) {
	for _, fault := range []mockserver.Fault{mockserver.Truncated, mockserver.WrongLength, mockserver.MalformedChunk, mockserver.StallBody} {
		overEach(t, func(t *testing.T, start starter) {
			srv := start(t, mockserver.Reply("GET /x", mockserver.Response{Body: []byte(`{"a":1}`), Fault: fault}, mockserver.Response{Body: []byte(`{"b":2}`)}), mockserver.SkipVerify())
			client := *srv.Client()
			client.Timeout = 10 * time.Second
			res, _ := exchange(t, &client, "HEAD", srv.URL+"/x", "")
			assert.Equal(t, 200, res.StatusCode, fault)
			_, body := exchange(t, &client, "GET", srv.URL+"/x", "")
			assert.Equal(t, `{"b":2}`, body, fault)
		})
	}
}
