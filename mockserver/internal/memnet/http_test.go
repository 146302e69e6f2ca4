package memnet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve starts a real server and a real client over a network in memory; stop shuts both down.
func serve(t testing.TB, h http.Handler) (client *http.Client, dials *atomic.Int64, stop func()) {
	l := Listen("graph.test:80")
	s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	dials = new(atomic.Int64)
	tr := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return l.DialContext(ctx, network, address)
	}}
	return &http.Client{Transport: tr}, dials, func() {
		tr.CloseIdleConnections()
		assert.NoError(t, s.Shutdown(context.Background()))
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
	}
}

// TestHTTP runs net/http over the network, in a bubble, which fails if a goroutine stays behind.
func TestHTTP(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /whoami", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
		if r.ContentLength >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
		}
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("GET /abort", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("GET /reset", func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		assert.NoError(t, err)
		c.(*Conn).Reset()
	})
	get := func(t *testing.T, c *http.Client, path string) (string, error) {
		res, err := c.Get("http://graph.test" + path)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		return string(b), err
	}
	tests := []struct {
		name, reason string
		test         func(t *testing.T, c *http.Client, dials *atomic.Int64)
	}{
		{name: "keep-alive", reason: "one connection serves requests in turn", test: func(t *testing.T, c *http.Client, dials *atomic.Int64) {
			for range 5 {
				who, err := get(t, c, "/whoami")
				require.NoError(t, err)
				assert.Equal(t, "client.test:1", who)
			}
			assert.EqualValues(t, 1, dials.Load())
		}},
		{name: "big bodies", reason: "both directions are full at once", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			res, err := c.Post("http://graph.test/echo", "text/plain", bytes.NewReader(big))
			require.NoError(t, err)
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(big, got))
			assert.EqualValues(t, len(big), res.ContentLength)
		}},
		{name: "chunks", reason: "bodies of unknown length", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			res, err := c.Post("http://graph.test/echo", "text/plain", bufio.NewReader(bytes.NewReader(big)))
			require.NoError(t, err)
			defer res.Body.Close()
			assert.Equal(t, []string{"chunked"}, res.TransferEncoding)
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(big, got))
		}},
		{name: "many clients", reason: "nothing is mixed up", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			var wg sync.WaitGroup
			for i := range 32 {
				wg.Go(func() {
					want := fmt.Sprint("client ", i)
					res, err := c.Post("http://graph.test/echo", "text/plain", strings.NewReader(want))
					if assert.NoError(t, err) {
						got, err := io.ReadAll(res.Body)
						assert.NoError(t, errors.Join(err, res.Body.Close()))
						assert.Equal(t, want, string(got))
					}
				})
			}
			wg.Wait()
		}},
		{name: "client timeout", reason: "the server hears that the client went away", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			c.Timeout = time.Minute
			start := time.Now()
			_, err := get(t, c, "/slow")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Minute, time.Since(start))
		}},
		{name: "aborted", reason: "a server that gives up", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			_, err := get(t, c, "/abort")
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}},
		{name: "reset", reason: "a connection that dies", test: func(t *testing.T, c *http.Client, _ *atomic.Int64) {
			_, err := get(t, c, "/reset")
			require.ErrorIs(t, err, syscall.ECONNRESET)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			synctest.Test(t, func(t *testing.T) {
				c, dials, stop := serve(t, mux)
				defer stop()
				tt.test(t, c, dials)
			})
		})
	}
}

// TestShutdown waits for the request that is under way, and refuses those after it.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, stop := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Minute)
			w.WriteHeader(http.StatusAccepted)
		}))
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() {
			time.Sleep(time.Second)
			stop()
			_, err := c.Get("http://graph.test/")
			assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		})
		res, err := c.Get("http://graph.test/")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, http.StatusAccepted, res.StatusCode)
	})
}

// TestNoGoroutineStays counts goroutines outside a bubble, where nothing else would notice.
func TestNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		c, _, stop := serve(t, http.NotFoundHandler())
		res, err := c.Get("http://graph.test/")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		stop()
	}
	for i := 0; runtime.NumGoroutine() > before; i++ { // those that were told to end need the processor for it
		if i > 10_000_000 {
			require.LessOrEqual(t, runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
