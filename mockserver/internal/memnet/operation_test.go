package memnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// operation is a long-running operation of Graph: 202, then polls that are to be 150 s apart, done after ten minutes.
func operation() http.Handler {
	mux := http.NewServeMux()
	var begun time.Time
	mux.HandleFunc("PATCH /schema", func(w http.ResponseWriter, _ *http.Request) {
		begun = time.Now()
		w.Header().Set("Location", "http://graph.test/operation")
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("GET /operation", func(w http.ResponseWriter, _ *http.Request) {
		status := "completed"
		if time.Since(begun) < 10*time.Minute {
			status = "inprogress"
			w.Header().Set("Retry-After", "150")
		}
		_, _ = fmt.Fprintf(w, `{"id":"1","status":%q,"error":null}`, status)
	})
	return mux
}

// poll registers a schema and polls as a client should, until the operation is done.
func poll(t testing.TB, c *http.Client) (polls int) {
	req, err := http.NewRequest(http.MethodPatch, "http://graph.test/schema", strings.NewReader(`{"baseType":"microsoft.graph.externalItem"}`))
	require.NoError(t, err)
	res, err := c.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusAccepted, res.StatusCode)
	for {
		polls++
		poll, err := c.Get(res.Header.Get("Location"))
		require.NoError(t, err)
		var doc struct{ Status string }
		require.NoError(t, json.NewDecoder(poll.Body).Decode(&doc))
		_, err = io.Copy(io.Discard, poll.Body)
		require.NoError(t, errors.Join(err, poll.Body.Close()))
		if doc.Status == "completed" {
			return polls
		}
		seconds, err := strconv.Atoi(poll.Header.Get("Retry-After"))
		require.NoError(t, err)
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}

// TestTenMinutes plays a long-running operation through real net/http in virtual time.
func TestTenMinutes(t *testing.T) {
	wall := time.Now()
	synctest.Test(t, func(t *testing.T) {
		c, dials, stop := serve(t, operation())
		defer stop()
		start := time.Now()
		assert.Equal(t, 5, poll(t, c))
		assert.Equal(t, 10*time.Minute, time.Since(start))
		assert.EqualValues(t, 1, dials.Load(), "this transport keeps idle connections for ever")
	})
	t.Logf("ten virtual minutes took %v", time.Since(wall))
}

// BenchmarkTenMinutes is the wall time of all that, with the bubble and the server's start and end.
func BenchmarkTenMinutes(b *testing.B) {
	b.ReportAllocs()
	test := []testing.InternalTest{{Name: "TenMinutes", F: func(t *testing.T) { // a bubble wants a testing.T
		synctest.Test(t, func(t *testing.T) {
			c, _, stop := serve(t, operation())
			defer stop()
			require.Equal(t, 5, poll(t, c))
		})
	}}}
	for b.Loop() {
		require.True(b, testing.RunTests(func(string, string) (bool, error) { return true, nil }, test))
	}
}

// BenchmarkRoundTrip is a request and its response on a warm connection.
func BenchmarkRoundTrip(b *testing.B) {
	c, _, stop := serve(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"1"}`) }))
	defer stop()
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Get("http://graph.test/")
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(b, errors.Join(err, res.Body.Close()))
	}
}
