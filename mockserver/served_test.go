package mockserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestOnServed looks at what is told of each request, over both transports.
func TestOnServed(t *testing.T) {
	const poll = "/v1.0/external/connections/contosohr/operations/1"
	for name, do := range map[string]func(*mockserver.Handler, *http.Request){
		"server":     func(h *mockserver.Handler, r *http.Request) { h.ServeHTTP(httptest.NewRecorder(), r) },
		"round trip": func(h *mockserver.Handler, r *http.Request) { _, _ = h.RoundTrip(r) },
	} {
		t.Run(name, func(t *testing.T) {
			var served []mockserver.Served
			h, err := mockserver.NewHandler(mockserver.Completes(1), mockserver.OnServed(func(s mockserver.Served) {
				require.False(t, s.Time.IsZero())
				s.Time, s.Duration = time.Time{}, 0
				served = append(served, s)
			}))
			require.NoError(t, err)
			for _, path := range []string{poll, poll, "/v1.0/me?access_token=0123456789abcdef"} {
				do(h, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:1"+path, nil))
			}
			require.Equal(t, []mockserver.Served{
				{Method: "GET", URL: "http://127.0.0.1:1" + poll, Route: "poll", Reply: 1, Status: 200},
				{Method: "GET", URL: "http://127.0.0.1:1" + poll, Route: "poll", Reply: 2, Status: 200},
				{Method: "GET", URL: "http://127.0.0.1:1/v1.0/me?access_token=REDACTED-1", Status: 501, Err: mockserver.ErrUnexpected},
			}, served)
		})
	}
}

// TestServedHidesSecrets has the path of a request show what its own header, or an answer before, says to be secret.
func TestServedHidesSecrets(t *testing.T) {
	var urls []string
	srv := mockserver.Transport(t, mockserver.Join(
		mockserver.Reply("POST /token", mockserver.Response{Status: 200, Body: []byte(`{"access_token":"from-an-answer-77"}`)}),
		mockserver.Reply("GET /x/{id}", mockserver.Response{}),
	), mockserver.OnServed(func(s mockserver.Served) { urls = append(urls, s.URL) }))
	exchange(t, srv.Client(), "GET", srv.URL+"/x/from-a-header-77", "", "Authorization", "Bearer from-a-header-77")
	exchange(t, srv.Client(), "POST", srv.URL+"/token", "")
	exchange(t, srv.Client(), "GET", srv.URL+"/x/from-an-answer-77", "")
	require.Len(t, urls, 3)
	require.NotContains(t, strings.Join(urls, " "), "-77")
}
