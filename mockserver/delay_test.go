package mockserver_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// delays sends n requests that are answered with the delay, and measures each.
func delays(t *testing.T, start starter, d mockserver.Delay, n int, opts ...mockserver.Option) []time.Duration {
	srv := start(t, mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"id":"1"}`), Delay: d}), opts...)
	var took []time.Duration
	for range n {
		begin := time.Now()
		_, body, err := fetch(t.Context(), srv.Client(), srv.URL+"/me")
		require.NoError(t, err)
		require.Equal(t, `{"id":"1"}`, body)
		took = append(took, time.Since(begin))
	}
	return took
}

// TestDelay measures delays by the bubble's clock.
func TestDelay(t *testing.T) {
	tests := []struct {
		name, reason string
		delay        mockserver.Delay
		from, to     time.Duration
		differ       bool // from one request to the next
	}{
		{name: "none", reason: "the zero value"},
		{name: "fixed", reason: "exactly", delay: mockserver.Delay{Fixed: 3 * time.Second}, from: 3 * time.Second, to: 3 * time.Second},
		{
			name: "uniform", reason: "between both", delay: mockserver.Delay{Min: time.Second, Max: 2 * time.Second},
			from: time.Second, to: 2 * time.Second, differ: true,
		},
		{name: "up to", reason: "Min is 0", delay: mockserver.Delay{Max: time.Second}, to: time.Second, differ: true},
		{name: "of one value", reason: "Min is Max", delay: mockserver.Delay{Min: time.Second, Max: time.Second}, from: time.Second, to: time.Second},
		{
			name: "fixed and uniform", reason: "they add up", delay: mockserver.Delay{Fixed: time.Minute, Min: time.Second, Max: 2 * time.Second},
			from: 61 * time.Second, to: 62 * time.Second, differ: true,
		},
		{
			name: "log-normal", reason: "at most Max", delay: mockserver.Delay{Median: time.Second, Sigma: 2, Max: 3 * time.Second},
			to: 3 * time.Second, differ: true,
		},
		{
			name: "log-normal that is always too long", reason: "drawing has an end", delay: mockserver.Delay{Median: time.Hour, Sigma: 0.001, Max: time.Second},
			from: time.Second, to: time.Second,
		},
		{
			name: "fixed and log-normal", reason: "they add up", delay: mockserver.Delay{Fixed: time.Minute, Median: time.Second, Max: 2 * time.Second},
			from: time.Minute, to: 62 * time.Second, differ: true,
		},
		{
			name: "dribble", reason: "the last piece comes when it is over", delay: mockserver.Delay{Chunks: 4, Over: 8 * time.Second},
			from: 8 * time.Second, to: 8 * time.Second,
		},
		{
			name: "more chunks than bytes", reason: "a piece has one byte at least", delay: mockserver.Delay{Chunks: 1000, Over: time.Second},
			from: time.Second, to: time.Second,
		},
		{
			name: "fixed and dribble", reason: "they add up", delay: mockserver.Delay{Fixed: time.Minute, Chunks: 2, Over: 8 * time.Second},
			from: 68 * time.Second, to: 68 * time.Second,
		},
	}
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		t.Run(tt.name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, start starter) {
				took := delays(t, start, tt.delay, 20)
				for _, d := range took {
					assert.GreaterOrEqual(t, d, tt.from)
					assert.LessOrEqual(t, d, tt.to)
				}
				assert.Equal(t, tt.differ, slices.Min(took) != slices.Max(took), took)
			})
		})
	}
}

// TestDelayIsLogNormal looks at the distribution: half of the delays are shorter than the median, and by how much follows from Sigma.
func TestDelayIsLogNormal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		took := delays(t, mockserver.Transport, mockserver.Delay{Median: time.Second, Sigma: 0.5}, n)
		slices.Sort(took)
		assert.InDelta(t, 1, took[n/2].Seconds(), 0.1)
		assert.InDelta(t, 0.607, took[n*16/100].Seconds(), 0.1, "a standard deviation below, exp(-0.5)")
		assert.InDelta(t, 1.65, took[n*84/100].Seconds(), 0.2, "a standard deviation above, exp(0.5)")
	})
}

// TestDelayFollowsSeed holds that equal seeds give equal delays, over whatever transport.
func TestDelayFollowsSeed(t *testing.T) {
	for name, d := range map[string]mockserver.Delay{
		"uniform": {Min: time.Second, Max: time.Minute}, "log-normal": {Median: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[uint64][]time.Duration{}
			for _, seed := range []uint64{0, 1, 2} {
				inVirtualTime(t, func(t *testing.T, start starter) {
					took := delays(t, start, d, 10, mockserver.Seed(seed))
					if got[seed] == nil {
						got[seed] = took
					}
					assert.Equal(t, got[seed], took)
				})
			}
			assert.NotEqual(t, got[0], got[1])
			assert.NotEqual(t, got[1], got[2])
		})
	}
}

// TestDribble looks at when the pieces of a body come.
func TestDribble(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Reply("GET /me", mockserver.Response{
			Body: []byte("0123456789"), Header: http.Header{"Content-Type": {"text/plain"}}, Delay: mockserver.Delay{Chunks: 4, Over: 8 * time.Second},
		}))
		begin := time.Now()
		res, err := srv.Client().Get(srv.URL + "/me")
		require.NoError(t, err)
		defer res.Body.Close()
		assert.Zero(t, time.Since(begin), "the head comes at once")
		assert.EqualValues(t, 10, res.ContentLength)
		for _, want := range []struct {
			text string
			at   time.Duration
		}{{"012", 2 * time.Second}, {"345", 4 * time.Second}, {"67", 6 * time.Second}, {"89", 8 * time.Second}} {
			b := make([]byte, 100)
			n, err := res.Body.Read(b)
			if err != io.EOF {
				require.NoError(t, err)
			}
			assert.Equal(t, want.text, string(b[:n]))
			assert.Equal(t, want.at, time.Since(begin))
		}
	})
}

// TestDelayEnds has delays end with the client, and with the test.
func TestDelayEnds(t *testing.T) {
	for name, d := range map[string]mockserver.Delay{"fixed": {Fixed: time.Hour}, "dribble": {Chunks: 2, Over: time.Hour}} {
		slow := mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"id":"1"}`), Delay: d})
		t.Run(name+"/with the client", func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, start starter) {
				s := slow
				s.Expect.InFlight = 1 // a delay that went on would be in flight still
				srv := start(t, s)
				for range 3 {
					begin := time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_, _, err := fetch(ctx, srv.Client(), srv.URL+"/me")
					cancel()
					assert.Equal(t, "deadline", classOf(err))
					assert.Equal(t, time.Second, time.Since(begin))
					synctest.Wait() // for the server to have heard of it
				}
			})
		})
		t.Run(name+"/with the test", func(t *testing.T) {
			overEach(t, func(t *testing.T, start starter) {
				begin, done := time.Now(), make(chan error, 1)
				reports := rehearse(t, func(t testing.TB) {
					srv := start(t, slow)
					go func() {
						_, _, err := fetch(context.Background(), srv.Client(), srv.URL+"/me")
						done <- err
					}()
					for srv.Calls("GET /me") == 0 {
						runtime.Gosched()
					}
				})
				assert.Empty(t, reports)
				assert.Error(t, <-done, "half a response is none")
				assert.Less(t, time.Since(begin), time.Minute)
			})
		})
	}
}
