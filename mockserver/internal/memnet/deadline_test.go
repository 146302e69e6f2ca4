package memnet

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pastDeadlines(t *testing.T, a, b *Conn) {
	_, err := b.Write([]byte("x"))
	require.NoError(t, err)
	require.NoError(t, a.SetDeadline(past))
	for range 2 {
		n, err := a.Read(make([]byte, 1))
		assert.Zero(t, n)
		opError(t, err, os.ErrDeadlineExceeded, "read")
		n, err = a.Write([]byte("x"))
		assert.Zero(t, n)
		opError(t, err, os.ErrDeadlineExceeded, "write")
	}
	require.NoError(t, a.SetDeadline(time.Time{}))
	n, err := a.Read(make([]byte, 1))
	require.NoError(t, err)
	assert.Equal(t, 1, n, "what the peer wrote is still there")
	_, err = a.Write([]byte("x"))
	require.NoError(t, err)
}

func deadlinesWhileWaiting(t *testing.T, a, b *Conn) {
	start := time.Now()
	require.NoError(t, a.SetReadDeadline(start.Add(time.Minute)))
	require.NoError(t, a.SetWriteDeadline(start.Add(3*time.Minute)))
	_, err := a.Read(make([]byte, 1))
	opError(t, err, os.ErrDeadlineExceeded, "read")
	assert.Equal(t, time.Minute, time.Since(start))
	n, err := a.Write(make([]byte, 20))
	assert.Equal(t, 8, n, "what fits was written")
	opError(t, err, os.ErrDeadlineExceeded, "write")
	assert.Equal(t, 3*time.Minute, time.Since(start))
	require.NoError(t, b.SetReadDeadline(past))
	_, err = b.Read(make([]byte, 1))
	opError(t, err, os.ErrDeadlineExceeded, "read")
}

func movedDeadlines(t *testing.T, a, _ *Conn) {
	start := time.Now()
	require.NoError(t, a.SetReadDeadline(start.Add(time.Minute)))
	go func() {
		time.Sleep(time.Second)
		assert.NoError(t, a.SetReadDeadline(start.Add(time.Hour)))
	}()
	_, err := a.Read(make([]byte, 1))
	opError(t, err, os.ErrDeadlineExceeded, "read")
	assert.Equal(t, time.Hour, time.Since(start), "a later one")
	require.NoError(t, a.SetReadDeadline(time.Time{}))
	go func() {
		time.Sleep(time.Second)
		assert.NoError(t, a.SetReadDeadline(past))
	}()
	_, err = a.Read(make([]byte, 1))
	opError(t, err, os.ErrDeadlineExceeded, "read")
	assert.Equal(t, time.Hour+time.Second, time.Since(start), "one that has passed already")
}
