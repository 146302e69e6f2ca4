package wirefault

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
)

// RoundTrip is the fault as [net/http.Transport] would show it to a client over a new HTTP/1 connection to a server that
// plays it: a response whose body fails, or an error. The table of the package says which. Like any round tripper's, the
// request's body is read and closed, and the response's body must be closed.
//
// Stalls end with the error of r's context, or as if the server had closed the connection when done is closed; a nil done
// never is. Header and body stay the caller's and are not changed. A kind that is none is an error.
func RoundTrip(r *http.Request, k Kind, status int, header http.Header, body []byte, done <-chan struct{}) (*http.Response, error) {
	if r.Body != nil {
		_, err := io.Copy(io.Discard, r.Body)
		_ = r.Body.Close() // as net/http does
		if err != nil {
			return nil, err
		}
	}
	ctx := r.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	switch k {
	case Reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Addr: host(r.URL.Host), Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case Empty:
		return nil, io.EOF
	case Garbage:
		_, err := http.ReadResponse(bufio.NewReader(bytes.NewReader([]byte(garbage))), r)
		return nil, fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", err)
	case Stall:
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-done:
			return nil, io.EOF
		}
	case Truncated, WrongLength, MalformedChunk, StallBody, HTML:
		return read(r, k, broken(k, status, header, body), done)
	}
	return nil, fmt.Errorf("wirefault: unknown fault %q", k)
}

// read has net/http read the bytes that a server would have sent, so that its errors are net/http's.
func read(r *http.Request, k Kind, re reply, done <-chan struct{}) (*http.Response, error) {
	var sent bytes.Buffer
	_, _ = fmt.Fprintf(&sent, "HTTP/1.1 %03d %s\r\n", re.status, http.StatusText(re.status)) // a Buffer does not fail
	_ = re.header.Write(&sent)
	if re.length < 0 && hasBody(r.Method, re.status) {
		sent.WriteString("Transfer-Encoding: chunked\r\n")
	}
	sent.WriteString("\r\n")
	if hasBody(r.Method, re.status) {
		if re.length >= 0 {
			sent.Write(re.body)
		} else {
			if len(re.body) > 0 {
				_, _ = fmt.Fprintf(&sent, "%x\r\n%s\r\n", len(re.body), re.body)
			}
			sent.WriteString(badChunk)
		}
	}
	b := &brokenBody{ctx: r.Context(), closed: make(chan struct{})}
	rest := io.Reader(bytes.NewReader(nil)) // the server closes the connection
	if k == StallBody {
		rest = &silence{ctx: b.ctx, closed: b.closed, done: done}
	}
	res, err := http.ReadResponse(bufio.NewReader(io.MultiReader(&sent, rest)), r)
	if err != nil {
		return nil, fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", err)
	}
	if res.Body != http.NoBody {
		b.Reader, res.Body = res.Body, b
	}
	return res, nil
}

// errClosedBody is what net/http's transport says, which does not export it.
var errClosedBody = errors.New("http: read on closed response body")

// brokenBody is a body that can be closed while it is read, and that the request's context ends.
type brokenBody struct {
	io.Reader
	ctx    context.Context
	close  sync.Once
	closed chan struct{}
}

func (b *brokenBody) Read(p []byte) (int, error) {
	switch {
	case isClosed(b.closed):
		return 0, errClosedBody
	case b.ctx.Err() != nil:
		return 0, context.Cause(b.ctx)
	}
	return b.Reader.Read(p)
}

func (b *brokenBody) Close() error {
	b.close.Do(func() { close(b.closed) })
	return nil
}

// silence is a connection on which nothing comes any more.
type silence struct {
	ctx          context.Context
	closed, done <-chan struct{}
}

func (s *silence) Read([]byte) (int, error) {
	select {
	case <-s.closed:
		return 0, errClosedBody
	case <-s.ctx.Done():
		return 0, context.Cause(s.ctx)
	case <-s.done:
		return 0, io.EOF
	}
}

// host is the address of a server that was never dialled.
type host string

func (host) Network() string  { return "tcp" }
func (h host) String() string { return string(h) }
