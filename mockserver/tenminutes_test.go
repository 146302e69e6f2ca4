package mockserver_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// tenMinutes is a registration whose operation takes ten minutes, and that wants to be polled every 150 s.
func tenMinutes() mockserver.Scenario {
	return mockserver.Scenario{Routes: []mockserver.Route{{
		ID:    "register",
		Route: "PATCH /external/connections/{conn}/schema",
		Replies: []mockserver.Response{{
			Status: http.StatusAccepted, Template: true, RetryAfter: 150 * time.Second,
			Header: http.Header{"Location": {`/external/connections/{{.conn}}/operations/{{newID "op"}}`}},
		}},
	}, {
		ID:         "poll",
		Route:      "GET /external/connections/{conn}/operations/{op}",
		Requires:   []string{"op"},
		EarlyRetry: mockserver.EnforceAll,
		Replies: []mockserver.Response{
			{For: 10 * time.Minute, Fixture: "connectionOperation/inprogress", RetryAfter: 150 * time.Second},
			{Fixture: "connectionOperation/completed"},
		},
	}}}
}

// live registers a schema, and polls as the server says, until the operation has ended.
func live(t testing.TB, srv *mockserver.Server) (polls int) {
	send := func(method, url, body string) (*http.Response, string) {
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		res, err := srv.Client().Do(req)
		require.NoError(t, err)
		doc, err := io.ReadAll(res.Body)
		require.NoError(t, errors.Join(err, res.Body.Close()))
		return res, string(doc)
	}
	accepted, _ := send(http.MethodPatch, srv.URL+"/v1.0/external/connections/contosohr/schema",
		`{"baseType":"microsoft.graph.externalItem","properties":[{"name":"title","type":"string"}]}`)
	require.Equal(t, http.StatusAccepted, accepted.StatusCode)
	require.Equal(t, "150", accepted.Header.Get("Retry-After"))
	for {
		polls++
		res, doc := send(http.MethodGet, accepted.Header.Get("Location"), "")
		require.Equal(t, http.StatusOK, res.StatusCode, doc)
		if !strings.Contains(doc, `"inprogress"`) {
			require.Contains(t, doc, `"completed"`)
			return polls
		}
		time.Sleep(retryAfter(res))
	}
}

// TestTenMinutes plays ten minutes of a registration in virtual time.
func TestTenMinutes(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		reports := rehearse(t, func(t testing.TB) {
			srv := start(t, tenMinutes())
			begin := time.Now()
			assert.Equal(t, 5, live(t, srv), "at 0, 150, 300, 450 and 600 s")
			assert.Equal(t, 10*time.Minute, time.Since(begin))
		})
		assert.Empty(t, reports, "no poll came before its Retry-After had passed")
	})
}

// TestTenMinutesTakeNoTime measures the wall time until a try is fast enough: the machine may be busy, and no try is fast by chance.
func TestTenMinutesTakeNoTime(t *testing.T) {
	for name, start := range map[string]starter{"transport": mockserver.Transport, "in memory": startInMemory} {
		t.Run(name, func(t *testing.T) {
			fastest := time.Hour
			for try := 0; try < 100 && fastest >= 50*time.Millisecond; try++ {
				begin := time.Now() // outside of the bubble
				synctest.Test(t, func(t *testing.T) { assert.Equal(t, 5, live(t, start(t, tenMinutes()))) })
				fastest = min(fastest, time.Since(begin))
			}
			t.Logf("ten virtual minutes took %v", fastest)
			assert.Less(t, fastest, 50*time.Millisecond)
		})
	}
}

// BenchmarkTenMinutes is the wall time of ten virtual minutes, with the start and the end of the server.
func BenchmarkTenMinutes(b *testing.B) {
	for _, bm := range []struct {
		name  string
		start starter
	}{{"transport", mockserver.Transport}, {"in memory", startInMemory}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			test := []testing.InternalTest{{Name: b.Name(), F: func(t *testing.T) { // a bubble wants a testing.T
				synctest.Test(t, func(t *testing.T) { require.Equal(t, 5, live(t, bm.start(t, tenMinutes()))) })
			}}}
			for b.Loop() {
				require.True(b, testing.RunTests(func(string, string) (bool, error) { return true, nil }, test))
			}
		})
	}
}
