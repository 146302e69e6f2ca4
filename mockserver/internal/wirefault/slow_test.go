package wirefault

import (
	"context"
	"errors"
	"io"
	"log"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

var errGone = errors.New("gone")

func TestSleep(t *testing.T) {
	tests := []struct {
		name, reason string
		d            time.Duration
		cancel, done time.Duration // when they end, from 0
		want         error
		took         time.Duration
	}{
		{name: "whole", reason: "nothing ends before it", d: time.Hour, cancel: 2 * time.Hour, done: 2 * time.Hour, took: time.Hour},
		{name: "no time", reason: "there is nothing to wait for", cancel: time.Hour, done: time.Hour},
		{name: "below zero", reason: "the same", d: -time.Hour, cancel: time.Hour, done: time.Hour},
		{name: "context", reason: "its cause", d: time.Hour, cancel: time.Minute, done: 2 * time.Hour, want: errGone, took: time.Minute},
		{name: "done", reason: "the server ended", d: time.Hour, cancel: 2 * time.Hour, done: time.Second, want: ErrDone, took: time.Second},
		{name: "context has ended", reason: "even if there is nothing to wait for", cancel: -1, done: time.Hour, want: errGone},
		{name: "done already", reason: "the same", cancel: time.Hour, done: -1, want: ErrDone},
		{name: "both", reason: "the context comes first", d: time.Hour, cancel: -1, done: -1, want: errGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				done := make(chan struct{})
				at := func(d time.Duration, f func()) {
					if d < 0 {
						f()
						return
					}
					time.AfterFunc(d, f)
				}
				at(tt.cancel, func() { cancel(errGone) })
				at(tt.done, func() { close(done) })
				start := time.Now()
				assert.Equal(t, tt.want, Sleep(ctx, done, tt.d))
				assert.Equal(t, tt.took, time.Since(start))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { assert.NoError(t, Sleep(t.Context(), nil, time.Hour)) })
}

// TestPieces has pieces be the body, about equal, and at equal distances until the end.
func TestPieces(t *testing.T) {
	for size := range 12 {
		body := strings.Repeat("x", size)
		for n := -1; n < 14; n++ {
			for _, over := range []time.Duration{0, -1, 10, time.Second, math.MaxInt64} {
				ps := pieces([]byte(body), n, over)
				assert.Len(t, ps, max(1, min(n, size)))
				var got string
				var last time.Duration
				for _, p := range ps {
					assert.InDelta(t, float64(size)/float64(len(ps)), len(p.bytes), 0.999)
					assert.GreaterOrEqual(t, p.at, last)
					last = p.at
					got += string(p.bytes)
				}
				assert.Equal(t, body, got)
				assert.Equal(t, max(0, over), last)
			}
		}
	}
}

// came is when what had come, counted from the request.
type came struct {
	at   time.Duration
	what string
}

// slow is a response of three pieces in a minute.
func slow(length bool, done <-chan struct{}, errs chan<- error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if length {
			w.Header().Set("Content-Length", strconv.Itoa(len("abcdefgh")))
		}
		w.WriteHeader(http.StatusAccepted)
		err := Dribble(w, r, []byte("abcdefgh"), 3, time.Minute, done)
		errs <- err
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// dribbling runs a test with a client of that handler, or of a reader.
func dribbling(t *testing.T, test func(t *testing.T, c *http.Client, done chan struct{}, errs chan error)) {
	for name, length := range map[string]bool{"chunked": false, "length": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				done, errs := make(chan struct{}), make(chan error, 1)
				l := memnet.Listen("graph.test:80")
				s := &http.Server{Handler: slow(length, done, errs), ErrorLog: log.New(io.Discard, "", 0)}
				go func() { assert.ErrorIs(t, s.Serve(l), http.ErrServerClosed) }()
				tr := &http.Transport{DialContext: l.DialContext}
				defer func() {
					tr.CloseIdleConnections()
					assert.NoError(t, s.Shutdown(context.Background()))
				}()
				test(t, &http.Client{Transport: tr}, done, errs)
			})
		})
	}
	t.Run("no connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			done := make(chan struct{})
			test(t, &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				body := DribbleReader(r.Context(), []byte("abcdefgh"), 3, time.Minute, done)
				return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, ContentLength: -1, Body: body, Request: r}, nil
			})}, done, nil)
		})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reads is what comes of a response when, and the error at its end.
func reads(res *http.Response, start time.Time) (cs []came, err error) {
	for {
		p := make([]byte, 100)
		n, err := res.Body.Read(p)
		if n > 0 {
			cs = append(cs, came{time.Since(start), string(p[:n])})
		}
		if err != nil {
			return cs, err
		}
	}
}

// same has the handler's error be what it should, where there is a handler.
func same(t *testing.T, errs chan error, want error) {
	if errs != nil {
		assert.ErrorIs(t, <-errs, want)
	}
}

func TestDribble(t *testing.T) {
	get := func(t *testing.T, ctx context.Context, c *http.Client) (*http.Response, time.Time) {
		start := time.Now()
		req, err := http.NewRequestWithContext(ctx, "GET", "http://graph.test/", nil)
		require.NoError(t, err)
		res, err := c.Do(req)
		require.NoError(t, err)
		assert.Zero(t, time.Since(start), "the head comes at once")
		assert.Equal(t, http.StatusAccepted, res.StatusCode)
		return res, start
	}
	t.Run("whole", func(t *testing.T) {
		dribbling(t, func(t *testing.T, c *http.Client, _ chan struct{}, errs chan error) {
			res, start := get(t, t.Context(), c)
			got, err := reads(res, start)
			assert.Equal(t, io.EOF, err)
			assert.Equal(t, []came{{20 * time.Second, "abc"}, {40 * time.Second, "def"}, {time.Minute, "gh"}}, got)
			same(t, errs, nil)
			require.NoError(t, res.Body.Close())
		})
	})
	t.Run("the client goes away", func(t *testing.T) {
		dribbling(t, func(t *testing.T, c *http.Client, _ chan struct{}, errs chan error) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
			defer cancel()
			res, start := get(t, ctx, c)
			got, err := reads(res, start)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Len(t, got, 2)
			same(t, errs, context.Canceled)
			assert.Equal(t, 50*time.Second, time.Since(start))
			require.NoError(t, res.Body.Close())
		})
	})
	t.Run("the client has enough", func(t *testing.T) {
		dribbling(t, func(t *testing.T, c *http.Client, _ chan struct{}, errs chan error) {
			res, start := get(t, t.Context(), c)
			var wg sync.WaitGroup
			wg.Go(func() {
				_, err := reads(res, start)
				assert.Error(t, err)
				assert.NotEqual(t, io.EOF, err)
			})
			time.Sleep(30 * time.Second)
			require.NoError(t, res.Body.Close())
			wg.Wait()
			same(t, errs, context.Canceled)
			assert.Equal(t, 30*time.Second, time.Since(start))
		})
	})
	t.Run("the server ends", func(t *testing.T) {
		dribbling(t, func(t *testing.T, c *http.Client, done chan struct{}, errs chan error) {
			res, start := get(t, t.Context(), c)
			time.AfterFunc(30*time.Second, func() { close(done) })
			got, err := reads(res, start)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, []came{{20 * time.Second, "abc"}}, got)
			same(t, errs, ErrDone)
			assert.Equal(t, 30*time.Second, time.Since(start))
			require.NoError(t, res.Body.Close())
		})
	})
}

// TestDribbleReader reads as no connection would.
func TestDribbleReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, body := range []string{"", "a", "abc"} {
			start := time.Now()
			r := DribbleReader(t.Context(), []byte(body), 2, time.Minute, nil)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.Equal(t, body, string(got))
			assert.Equal(t, time.Minute, time.Since(start), "an empty body takes its time as well")
			n, err := r.Read(nil)
			assert.Zero(t, n)
			assert.Equal(t, io.EOF, err)
			require.NoError(t, r.Close())
			require.NoError(t, r.Close())
			_, err = r.Read(make([]byte, 1))
			require.EqualError(t, err, "http: read on closed response body")
		}
		r := DribbleReader(t.Context(), []byte("abcdef"), 2, time.Minute, nil)
		time.Sleep(time.Hour)
		start := time.Now()
		got := ""
		for range 6 {
			p := make([]byte, 1)
			n, err := r.Read(p)
			require.NoError(t, err)
			got += string(p[:n])
		}
		assert.Equal(t, "abcdef", got)
		assert.Zero(t, time.Since(start), "what has come waits for its reader")
	})
}
