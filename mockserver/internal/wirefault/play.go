package wirefault

import (
	"fmt"
	"io"
	"net"
	"net/http"
)

// maxDrain is how much of a request's body is read before a fault. Closing a TCP connection whose bytes were not read
// resets it, which would turn every fault into that one.
const maxDrain = 64 << 20

// Play answers r with the fault instead of the response that status, header and body are; status 0 means 200, and others are
// from 200 to 999. It is called by a handler that has not written to w, and that returns after it. Header and body stay the
// caller's and are not changed.
//
// Play reads the rest of the request's body first, 64 MiB of it at most, and returns when the fault is done: for stalls when
// r's context ends, which it does as well when the client goes away, or when done is closed; a nil done never is. The
// connection is closed then.
//
// Connections are hijacked; one that cannot be reset, being neither TCP nor memory nor TLS over these, is closed. Where
// hijacking is not possible, over HTTP/2 above all, Play panics with [http.ErrAbortHandler] at the end of what can be sent,
// which has the server abort the stream. A kind that is none is answered with status 500.
func Play(w http.ResponseWriter, r *http.Request, k Kind, status int, header http.Header, body []byte, done <-chan struct{}) {
	// The first byte of a body that the client holds back asks for a response, 100 Continue (RFC 9110 §10.1.1).
	if r.Body != nil && (!k.early() || r.Header.Get("Expect") == "") { // a request made by hand may have none
		_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
	}
	switch k {
	case Reset:
		end(w, func(c net.Conn) { reset(c) })
	case Empty:
		end(w, nil)
	case Garbage:
		end(w, func(c net.Conn) { _, _ = io.WriteString(c, garbage) })
	case Stall:
		wait(r, done)
		end(w, nil)
	case HTML:
		write(w, r, broken(k, status, header, body))
	case Truncated, WrongLength, StallBody, MalformedChunk:
		re := broken(k, status, header, body)
		write(w, r, re)
		_ = http.NewResponseController(w).Flush()           // an error shows when the connection is ended
		if k == StallBody && hasBody(r.Method, re.status) { // else the next request on the connection would wait, and not this one
			wait(r, done)
		}
		end(w, func(c net.Conn) {
			if k == MalformedChunk && hasBody(r.Method, re.status) {
				_, _ = io.WriteString(c, badChunk)
			}
		})
	default:
		http.Error(w, fmt.Sprintf("wirefault: unknown fault %q", k), http.StatusInternalServerError)
	}
}

// write sends what there is of a response. It need not be all that its Content-Length says.
func write(w http.ResponseWriter, r *http.Request, re reply) {
	for name, values := range re.header {
		w.Header()[name] = values
	}
	w.WriteHeader(re.status)
	if hasBody(r.Method, re.status) {
		_, _ = w.Write(re.body) // a client that has gone needs no fault
	}
}

// wait ends with the client, the request's context, or done.
func wait(r *http.Request, done <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-done:
	}
}

// end takes the connection from the server, has last say the last words, and closes it.
func end(w http.ResponseWriter, last func(net.Conn)) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if last != nil {
		last(c)
	}
	_ = c.Close() // it may have been closed by its peer, or be reset
}

// reset resets a connection, below TLS if need be. One that cannot be reset is left as it is.
func reset(c net.Conn) {
	for {
		switch conn := c.(type) {
		case interface{ Reset() }: // memnet.Conn
			conn.Reset()
			return
		case interface{ SetLinger(int) error }: // net.TCPConn: closing it sends RST
			_ = conn.SetLinger(0)
			_ = c.Close()
			return
		case interface{ NetConn() net.Conn }: // tls.Conn, whose own Close would send an alert
			c = conn.NetConn()
		default:
			return
		}
	}
}
