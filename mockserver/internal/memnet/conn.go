package memnet

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is one end of a connection in memory. Its methods are safe for concurrent use, and Close and Reset end calls that
// wait. One Write is never torn by another.
type Conn struct {
	in, out       *stream // what the peer writes, and what it reads
	local, remote addr
	closed        atomic.Bool
}

var _ net.Conn = (*Conn)(nil)

// pair connects two ends, each direction holding limit bytes.
func pair(a, b addr, limit int) (*Conn, *Conn) {
	there, back := newStream(limit), newStream(limit)
	return &Conn{in: back, out: there, local: a, remote: b}, &Conn{in: there, out: back, local: b, remote: a}
}

// Read waits for bytes of the peer. Its error is [io.EOF] after the last byte of a peer that closed, or a [net.OpError]
// around [os.ErrDeadlineExceeded], ECONNRESET or [net.ErrClosed].
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.err("read", err)
}

// Write waits until all of p is in the buffer that the peer reads. Its error is a [net.OpError] around EPIPE where the peer
// closed or CloseWrite was called, [os.ErrDeadlineExceeded], ECONNRESET or [net.ErrClosed]; n bytes were written before it.
func (c *Conn) Write(p []byte) (n int, err error) {
	n, err = c.out.write(p)
	return n, c.err("write", err)
}

// Close closes both directions. The peer reads what was written before, then [io.EOF]; its writes fail with EPIPE. The
// error is [net.ErrClosed] if the connection was closed or reset before.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return c.err("close", net.ErrClosed)
	}
	c.in.end(true, net.ErrClosed, syscall.EPIPE)
	c.out.end(false, io.EOF, net.ErrClosed)
	return nil
}

// CloseWrite closes one direction: the peer reads what was written before, then [io.EOF], and may still write. The error
// is [net.ErrClosed] if the connection was closed or reset before.
func (c *Conn) CloseWrite() error {
	if c.closed.Load() {
		return c.err("close", net.ErrClosed)
	}
	c.out.end(false, io.EOF, syscall.EPIPE)
	return nil
}

// Reset closes the connection as a TCP RST does (RFC 9293 §3.5.2, what Close does after SetLinger(0)): the peer's Read and
// Write fail with a [net.OpError] around ECONNRESET, Read only once it has what was written before, as on Linux. What
// the peer wrote and was not read is thrown away. It does nothing to a connection that was closed or reset before.
func (c *Conn) Reset() {
	if c.closed.Swap(true) {
		return
	}
	c.in.end(true, net.ErrClosed, syscall.ECONNRESET)
	c.out.end(true, syscall.ECONNRESET, net.ErrClosed)
}

// LocalAddr is the listener's address, or a name made for the client.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the peer's LocalAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline ends the Reads that wait and those to come with [os.ErrDeadlineExceeded] at t; the zero time takes the
// deadline away. The error is [net.ErrClosed] if the connection was closed or reset before.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(c.in, &c.in.reader, t) }

// SetWriteDeadline is SetReadDeadline for Writes.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(c.out, &c.out.writer, t) }

func (c *Conn) setDeadline(s *stream, d *deadline, t time.Time) error {
	if c.closed.Load() {
		return c.err("set", net.ErrClosed)
	}
	s.setDeadline(d, t)
	return nil
}

// err dresses an error as package net does. EOF is bare, as callers compare it.
func (c *Conn) err(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
