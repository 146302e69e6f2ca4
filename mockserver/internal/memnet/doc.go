// Package memnet is a network in memory, for the net/http servers and clients of one process.
//
//	l := memnet.Listen("graph.test:80")
//	go server.Serve(l)
//	client := &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}
//
// A connection behaves like TCP over loopback as far as net/http can tell: each direction buffers, a writer waits when its
// buffer is full, deadlines end calls that wait, one direction may be closed alone, and a connection may be reset. Errors
// are [net.OpError]s around what TCP has: [net.ErrClosed], [os.ErrDeadlineExceeded], ECONNREFUSED, ECONNRESET and EPIPE.
//
// It is safe inside a bubble of testing/synctest: goroutines wait only on channels, on a [sync.Cond] and on timers, so that
// a bubble whose goroutines all wait for the network moves its clock on. Make the listener inside the bubble that uses it.
//
// Known deviations from TCP: closing never resets, so that what was written before stays readable, even if the closing side
// had not read all; a peer that closed is noticed by the first write after it, not by a later one; a reset is reported by
// every call after it, and never overtakes what was written before it.
package memnet
