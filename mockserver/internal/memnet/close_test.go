package memnet

import (
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

func closeUnblocks(t *testing.T, a, b *Conn) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, err := a.Read(make([]byte, 1))
			opError(t, err, net.ErrClosed, "read")
		})
		wg.Go(func() {
			_, err := a.Write(make([]byte, 9))
			opError(t, err, net.ErrClosed, "write")
		})
	}
	synctest.Wait()
	require.NoError(t, a.SetDeadline(time.Now().Add(time.Hour)))
	require.NoError(t, a.Close())
	wg.Wait()
	opError(t, a.Close(), net.ErrClosed, "close")
	opError(t, a.CloseWrite(), net.ErrClosed, "close")
	opError(t, a.SetDeadline(past), net.ErrClosed, "set")
	a.Reset() // does nothing any more
	_, err := b.Write([]byte("x"))
	opError(t, err, syscall.EPIPE, "write")
}

func peerCloses(t *testing.T, a, b *Conn) {
	_, err := a.Write([]byte("last words"))
	require.NoError(t, err)
	_, err = b.Write([]byte("not read"))
	require.NoError(t, err)
	require.NoError(t, a.Close())
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	assert.Equal(t, "last words", string(got))
	_, err = b.Read(make([]byte, 1))
	assert.Equal(t, io.EOF, err, "for ever, and bare")
	_, err = b.Write([]byte("x"))
	opError(t, err, syscall.EPIPE, "write")
	require.NoError(t, b.Close())
	_, err = b.Read(make([]byte, 1))
	opError(t, err, net.ErrClosed, "read")
}

func halfClose(t *testing.T, a, b *Conn) {
	_, err := a.Write([]byte("question"))
	require.NoError(t, err)
	require.NoError(t, a.CloseWrite())
	_, err = a.Write([]byte("x"))
	opError(t, err, syscall.EPIPE, "write")
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	assert.Equal(t, "question", string(got))
	_, err = b.Write([]byte("answer"))
	require.NoError(t, err)
	require.NoError(t, b.CloseWrite())
	got, err = io.ReadAll(a)
	require.NoError(t, err)
	assert.Equal(t, "answer", string(got))
}

func reset(t *testing.T, a, b *Conn) {
	_, err := a.Write([]byte("last words"))
	require.NoError(t, err)
	_, err = b.Write([]byte("never read"))
	require.NoError(t, err)
	a.Reset()
	got, err := io.ReadAll(b)
	opError(t, err, syscall.ECONNRESET, "read")
	assert.Equal(t, "last words", string(got))
	for range 2 {
		_, err := b.Read(make([]byte, 1))
		opError(t, err, syscall.ECONNRESET, "read")
		_, err = b.Write([]byte("x"))
		opError(t, err, syscall.ECONNRESET, "write")
		_, err = a.Read(make([]byte, 1))
		opError(t, err, net.ErrClosed, "read")
		_, err = a.Write([]byte("x"))
		opError(t, err, net.ErrClosed, "write")
	}
	opError(t, a.Close(), net.ErrClosed, "close")
	require.NoError(t, b.Close(), "the peer still has to")
	_, err = b.Read(make([]byte, 1))
	opError(t, err, net.ErrClosed, "read")
}

func resetUnblocks(t *testing.T, a, b *Conn) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.Read(make([]byte, 1))
		opError(t, err, syscall.ECONNRESET, "read")
	})
	wg.Go(func() {
		_, err := b.Write(make([]byte, 9))
		opError(t, err, syscall.ECONNRESET, "write")
	})
	synctest.Wait()
	a.Reset()
	wg.Wait()
}
