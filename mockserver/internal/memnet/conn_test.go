package memnet

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// past is a deadline that has passed, in a bubble too.
var past = time.Unix(1, 0)

// connected returns two ends made by a listener whose connections hold limit bytes each way.
func connected(t *testing.T, limit int) (client, server *Conn) {
	l := Listen("graph.test:80")
	l.Buffer = limit
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		assert.NoError(t, err)
		accepted <- c
	}()
	c, err := l.DialContext(t.Context(), "tcp", "anything")
	require.NoError(t, err)
	s := <-accepted
	require.NoError(t, l.Close())
	return c.(*Conn), s.(*Conn)
}

// TestConn holds both ends of a connection to what golang.org/x/net/nettest asks of every net.Conn, and to TCP's errors.
func TestConn(t *testing.T) {
	tests := []struct {
		name, reason string
		limit        int
		test         func(t *testing.T, a, b *Conn)
	}{
		{name: "big transfers", reason: "what is written arrives, in order, through a buffer that is smaller", limit: 1000, test: bigTransfers},
		{name: "ping-pong", reason: "either direction wakes the other", test: pingPong},
		{name: "racy reads", reason: "many readers, and deadlines that change", limit: 64, test: racyReads},
		{name: "racy writes", reason: "many writers, and deadlines that change", limit: 64, test: racyWrites},
		{name: "whole writes", reason: "one write is not torn by another", limit: 3, test: wholeWrites},
		{name: "concurrent methods", reason: "nothing races", limit: 16, test: concurrentMethods},
		{name: "past deadlines", reason: "a deadline that has passed wins over data, and can be taken away", test: pastDeadlines},
		{name: "deadlines while waiting", reason: "a call that waits ends at its deadline", limit: 8, test: deadlinesWhileWaiting},
		{name: "deadlines that move", reason: "only the last one set counts", limit: 8, test: movedDeadlines},
		{name: "close unblocks", reason: "no goroutine stays behind", limit: 8, test: closeUnblocks},
		{name: "close of the peer", reason: "what was written is read, then EOF", test: peerCloses},
		{name: "half close", reason: "the other direction goes on", test: halfClose},
		{name: "reset", reason: "the peer reads what came before it", test: reset},
		{name: "reset unblocks", reason: "waiting calls hear of it", limit: 8, test: resetUnblocks},
		{name: "full buffer", reason: "a writer waits, and only then", limit: 8, test: fullBuffer},
		{name: "nothing", reason: "empty reads and writes do not wait", test: nothing},
		{name: "addresses", reason: "logs and SplitHostPort want them", test: addresses},
	}
	for _, tt := range tests {
		for _, side := range []string{"client", "server"} {
			t.Run(tt.name+"/"+side, func(t *testing.T) {
				require.NotEmpty(t, tt.reason)
				synctest.Test(t, func(t *testing.T) {
					a, b := connected(t, tt.limit)
					if side == "server" {
						a, b = b, a
					}
					tt.test(t, a, b)
					_ = a.Close()
					_ = b.Close()
				})
			})
		}
	}
}

func opError(t *testing.T, err, want error, op string) {
	t.Helper()
	var e *net.OpError
	if !assert.ErrorAs(t, err, &e) {
		return
	}
	assert.ErrorIs(t, err, want)
	assert.Equal(t, op, e.Op)
	assert.Equal(t, want == os.ErrDeadlineExceeded, e.Timeout())
}

func bigTransfers(t *testing.T, a, b *Conn) {
	sent := make([]byte, 1<<20)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(sent)
	go func() {
		n, err := io.Copy(a, bytes.NewReader(sent))
		assert.NoError(t, err)
		assert.EqualValues(t, len(sent), n)
		assert.NoError(t, a.CloseWrite())
	}()
	go func() { // and all of it back again
		_, err := io.Copy(b, b)
		assert.NoError(t, err)
		assert.NoError(t, b.CloseWrite())
	}()
	got, err := io.ReadAll(a)
	require.NoError(t, err)
	assert.Equal(t, sha256.Sum256(sent), sha256.Sum256(got))
}

func pingPong(t *testing.T, a, b *Conn) {
	var wg sync.WaitGroup
	player := func(c *Conn) {
		buf := make([]byte, 8)
		for {
			_, err := io.ReadFull(c, buf)
			if !assert.NoError(t, err) {
				return
			}
			n := binary.LittleEndian.Uint64(buf) + 1
			binary.LittleEndian.PutUint64(buf, n)
			_, err = c.Write(buf)
			if !assert.NoError(t, err) || n >= 999 {
				return
			}
		}
	}
	_, err := a.Write(make([]byte, 8))
	require.NoError(t, err)
	wg.Go(func() { player(a) })
	wg.Go(func() { player(b) })
	wg.Wait()
}

func racyReads(t *testing.T, a, b *Conn) {
	go func() { _, _ = io.Copy(b, rand.NewChaCha8([32]byte{2})) }()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			buf := make([]byte, 100)
			for range 10 {
				if _, err := a.Read(buf); err != nil {
					assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
				}
				assert.NoError(t, a.SetReadDeadline(time.Now().Add(time.Millisecond)))
			}
		})
	}
	wg.Wait()
	require.NoError(t, a.Close()) // ends the copy
}

func racyWrites(t *testing.T, a, b *Conn) {
	go func() { _, _ = io.Copy(io.Discard, b) }()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 10 {
				if _, err := a.Write(make([]byte, 100)); err != nil {
					assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
				}
				assert.NoError(t, a.SetWriteDeadline(time.Now().Add(time.Millisecond)))
			}
		})
	}
	wg.Wait()
}

func wholeWrites(t *testing.T, a, b *Conn) {
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			_, err := a.Write(bytes.Repeat([]byte{'0' + byte(i)}, 10))
			assert.NoError(t, err)
		})
	}
	got := make([]byte, 100)
	_, err := io.ReadFull(b, got)
	require.NoError(t, err)
	wg.Wait()
	for piece := range 10 {
		assert.Equal(t, bytes.Repeat(got[10*piece:10*piece+1], 10), got[10*piece:10*piece+10])
	}
}

func concurrentMethods(t *testing.T, a, b *Conn) {
	go func() { _, _ = io.Copy(b, b) }()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { _, _ = a.Read(make([]byte, 100)) })
		wg.Go(func() { _, _ = a.Write(make([]byte, 10)) })
		wg.Go(func() { assert.NoError(t, a.SetDeadline(time.Now().Add(10*time.Millisecond))) })
		wg.Go(func() { assert.NoError(t, a.SetReadDeadline(time.Now().Add(10*time.Millisecond))) })
		wg.Go(func() { assert.NoError(t, a.SetWriteDeadline(time.Now().Add(10*time.Millisecond))) })
		wg.Go(func() { _, _ = a.LocalAddr(), b.RemoteAddr() })
	}
	wg.Wait()
}

func fullBuffer(t *testing.T, a, b *Conn) {
	n, err := a.Write(make([]byte, 8))
	require.NoError(t, err, "it fits")
	require.Equal(t, 8, n)
	wrote := false
	go func() {
		_, err := a.Write([]byte("x"))
		assert.NoError(t, err)
		wrote = true
	}()
	synctest.Wait()
	require.False(t, wrote)
	_, err = b.Read(make([]byte, 1))
	require.NoError(t, err)
	synctest.Wait()
	require.True(t, wrote)
}

func nothing(t *testing.T, a, _ *Conn) {
	n, err := a.Read(nil)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = a.Write(nil)
	require.NoError(t, err)
	require.Zero(t, n)
}

func addresses(t *testing.T, a, b *Conn) {
	assert.Equal(t, a.LocalAddr(), b.RemoteAddr())
	assert.Equal(t, b.LocalAddr(), a.RemoteAddr())
	assert.NotEqual(t, a.LocalAddr(), b.LocalAddr())
	for _, c := range []*Conn{a, b} {
		_, _, err := net.SplitHostPort(c.LocalAddr().String())
		require.NoError(t, err)
	}
}
