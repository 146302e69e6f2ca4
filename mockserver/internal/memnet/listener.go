package memnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// defaultBuffer is how much one direction of a connection holds, unless the listener says otherwise.
const defaultBuffer = 64 << 10

// Listener accepts the connections that its DialContext makes, whatever address is dialled. It is made by [Listen]; its
// methods are safe for concurrent use.
type Listener struct {
	// Buffer is how many bytes each direction of a connection holds; 0 or less means 64 KiB. It must not be changed
	// once the listener is dialled.
	Buffer int

	addr    addr
	conns   chan *Conn // unbuffered: what was dialled was accepted
	closed  chan struct{}
	close   sync.Once
	dialled atomic.Int64
}

var _ net.Listener = (*Listener)(nil)

// Listen makes a listener. The address is only a name, such as "graph.test:80": what a server sees as its own and a client
// as the remote address. Two listeners of one name do not know each other.
func Listen(address string) *Listener {
	return &Listener{addr: addr(address), conns: make(chan *Conn), closed: make(chan struct{})}
}

// Accept waits for the next connection. After Close its error is [net.ErrClosed].
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		if !l.isClosed() {
			return c, nil
		}
		c.Reset() // the select was free to choose
	case <-l.closed:
	}
	return nil, l.err("accept", net.ErrClosed)
}

// Close ends Accept and DialContext calls that wait, and those to come. Connections that were accepted stay. Its error is
// [net.ErrClosed] if the listener was closed before.
func (l *Listener) Close() error {
	err := l.err("close", net.ErrClosed)
	l.close.Do(func() { close(l.closed); err = nil })
	return err
}

// Addr is the address given to [Listen].
func (l *Listener) Addr() net.Addr { return l.addr }

// DialContext connects to the listener, and is what [net/http.Transport.DialContext] wants; network and address are
// ignored. It waits until the connection is accepted. Its errors are [net.OpError]s around ECONNREFUSED once the listener
// is closed, or the context's error. The connection is a [*Conn].
func (l *Listener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, l.err("dial", err)
	}
	if l.isClosed() {
		return nil, l.err("dial", syscall.ECONNREFUSED)
	}
	limit := l.Buffer
	if limit <= 0 {
		limit = defaultBuffer
	}
	client, server := pair(addr(fmt.Sprintf("client.test:%d", l.dialled.Add(1))), l.addr, limit)
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, l.err("dial", syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, l.err("dial", ctx.Err())
	}
}

func (l *Listener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

func (l *Listener) err(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}

// addr is a name on the network in memory.
type addr string

func (addr) Network() string  { return "memory" }
func (a addr) String() string { return string(a) }
