package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen("graph.test:80")
		assert.Equal(t, "graph.test:80", l.Addr().String())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range 2 { // nobody accepts, then there is no time left
			_, err := l.DialContext(ctx, "tcp", "x")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			var e net.Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Timeout())
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := l.DialContext(t.Context(), "tcp", "x")
				assert.ErrorIs(t, err, syscall.ECONNREFUSED)
			})
		}
		synctest.Wait()
		require.NoError(t, l.Close())
		wg.Wait()
		require.ErrorIs(t, l.Close(), net.ErrClosed)
		_, err := l.Accept()
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = l.DialContext(t.Context(), "tcp", "x")
		opError(t, err, syscall.ECONNREFUSED, "dial")
	})
}

// TestDialWhileClosing has every dial end in one of the two ways there are.
func TestDialWhileClosing(t *testing.T) {
	for range 100 {
		l := Listen("graph.test:80")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				c, err := l.DialContext(t.Context(), "tcp", "x")
				if err != nil {
					assert.ErrorIs(t, err, syscall.ECONNREFUSED)
					return
				}
				_, err = c.Read(make([]byte, 1))
				assert.True(t, err == io.EOF || errors.Is(err, syscall.ECONNRESET), err)
			})
			wg.Go(func() {
				c, err := l.Accept()
				if err == nil {
					err = c.Close()
					assert.NoError(t, err)
				}
			})
		}
		wg.Go(func() { assert.NoError(t, l.Close()) })
		wg.Wait()
	}
}
