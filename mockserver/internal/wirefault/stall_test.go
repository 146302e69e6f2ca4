package wirefault

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

// TestStallsInVirtualTime ends stalls that clients are waiting for.
func TestStallsInVirtualTime(t *testing.T) {
	tests := []struct {
		name, reason string
		kind         Kind
		set          func(t *testing.T, c *http.Client, f *fault) context.Context // has the stall end after ten minutes
		is           error
	}{
		{name: "deadline", reason: "the context's error", kind: Stall, is: context.DeadlineExceeded, set: func(t *testing.T, _ *http.Client, _ *fault) context.Context {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
			t.Cleanup(cancel)
			return ctx
		}},
		{name: "deadline of the body", reason: "the context's error", kind: StallBody, is: context.DeadlineExceeded, set: func(t *testing.T, _ *http.Client, _ *fault) context.Context {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
			t.Cleanup(cancel)
			return ctx
		}},
		{name: "cause", reason: "a context may say why", kind: Stall, is: errGone, set: func(t *testing.T, _ *http.Client, _ *fault) context.Context {
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(10*time.Minute, func() { cancel(errGone) })
			return ctx
		}},
		{name: "cause of the body", reason: "a context may say why", kind: StallBody, is: errGone, set: func(t *testing.T, _ *http.Client, _ *fault) context.Context {
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(10*time.Minute, func() { cancel(errGone) })
			return ctx
		}},
		{name: "client timeout", reason: "net/http's own", kind: Stall, is: context.DeadlineExceeded, set: func(_ *testing.T, c *http.Client, _ *fault) context.Context {
			c.Timeout = 10 * time.Minute
			return context.Background()
		}},
		{name: "client timeout of the body", reason: "net/http's own", kind: StallBody, is: context.DeadlineExceeded, set: func(_ *testing.T, c *http.Client, _ *fault) context.Context {
			c.Timeout = 10 * time.Minute
			return context.Background()
		}},
		{name: "done", reason: "the connection is closed", kind: Stall, is: io.EOF, set: func(_ *testing.T, _ *http.Client, f *fault) context.Context {
			time.AfterFunc(10*time.Minute, func() { close(f.done) })
			return context.Background()
		}},
		{name: "done with the body", reason: "the connection is closed", kind: StallBody, is: io.ErrUnexpectedEOF, set: func(_ *testing.T, _ *http.Client, f *fault) context.Context {
			time.AfterFunc(10*time.Minute, func() { close(f.done) })
			return context.Background()
		}},
	}
	for _, tt := range tests {
		for _, way := range ways {
			if way.name == "loopback" || way.name == "TLS" {
				continue // their time is not virtual
			}
			t.Run(tt.name+"/"+way.name, func(t *testing.T) {
				require.NotEmpty(t, tt.reason)
				way.run(t, fault{kind: tt.kind, body: document}, func(t *testing.T, f *fault, rt http.RoundTripper, url string) {
					c := &http.Client{Transport: rt}
					start := time.Now()
					req, err := http.NewRequestWithContext(tt.set(t, c, f), "GET", url, nil)
					require.NoError(t, err)
					res, err := c.Do(req)
					if tt.kind == StallBody {
						require.NoError(t, err)
						_, err = io.ReadAll(res.Body)
						assert.NoError(t, res.Body.Close())
					}
					require.ErrorIs(t, err, tt.is)
					var timeout net.Error
					assert.Equal(t, tt.is == context.DeadlineExceeded, errors.As(err, &timeout) && timeout.Timeout())
					assert.Equal(t, 10*time.Minute, time.Since(start))
					<-f.ended
				})
			})
		}
	}
}

// TestCloseEndsStall closes a body that another goroutine reads.
func TestCloseEndsStall(t *testing.T) {
	for _, way := range ways[2:] {
		t.Run(way.name, func(t *testing.T) {
			way.run(t, fault{kind: StallBody, body: document}, func(t *testing.T, f *fault, rt http.RoundTripper, url string) {
				res, err := (&http.Client{Transport: rt}).Get(url)
				require.NoError(t, err)
				var wg sync.WaitGroup
				wg.Go(func() {
					_, err := io.ReadAll(res.Body)
					assert.Error(t, err)
				})
				synctest.Wait()
				require.NoError(t, res.Body.Close())
				wg.Wait()
				<-f.ended
			})
		})
	}
}

// TestResetBelowTLS resets a connection in memory that TLS is spoken over, and leaves one that it does not know.
func TestResetBelowTLS(t *testing.T) {
	l := memnet.Listen("graph.test:443")
	go func() {
		c, err := l.Accept()
		if assert.NoError(t, err) {
			reset(tls.Server(c, &tls.Config{}))
		}
	}()
	c, err := l.DialContext(t.Context(), "tcp", "graph.test:443")
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	assert.Equal(t, "ECONNRESET", class(err))
	a, b := net.Pipe()
	reset(a)
	require.NoError(t, a.Close(), "it was not closed")
	require.NoError(t, b.Close())
}

// TestResetText is what net/http's clients print.
func TestResetText(t *testing.T) {
	_, err := RoundTrip(httptest.NewRequest("GET", "http://graph.test/", nil), Reset, 0, nil, nil, nil)
	require.EqualError(t, err, "read tcp graph.test: read: "+syscall.ECONNRESET.Error())
}
