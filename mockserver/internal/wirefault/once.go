package wirefault

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// Once has a fault seen exactly once by a client of net/http, on a connection that served requests before too.
//
// When such a connection dies before the first byte of a response, [net/http.Transport] sends a request that is idempotent
// again by itself, over the next idle connection of its pool, and so on until one works or one is new (RFC 9110 §9.2.2
// allows it; shouldRetryRequest in transport.go does it). Its caller sees only what becomes of the last. So a fault
// that strikes on a used connection is held, strikes the replays as well, and is over when it strikes on a new one:
//
//	n := wirefault.Arrived(r)
//	step, replay := once.Take(r, n)
//	if !replay {
//		step = … // the next of the script
//		once.Hold(r, step.fault, step, n)
//	}
//	wirefault.Play(w, r, step.fault, …)
//
// A replay equals its request in method, URL and every header; it is known by them. Of clients that send equal requests at
// the same time another than the first may be struck, but there are as many errors as faults, within the limits below.
//
// V is whatever a server wants to know of the fault again. The zero value is ready to use; the methods are safe for
// concurrent use. A Once must not be copied.
//
// A server cannot know all. A client that does not replay (another than net/http's, or one whose context ends just then)
// sees the fault again at its next equal request. A request is not known to be replayed if its Idempotency-Key is in the
// header without a value, which net/http does not send, nor if its body is of unknown length; and is taken to be replayed if
// its body has a length but no GetBody, which http.NewRequest sets. A connection that was dialled for a request that
// another connection then served is new to the server but not to the client, which hides a fault that strikes there; that
// takes requests at the same time through one client. A server that must be exact then has no used connections:
// [net/http.Server.SetKeepAlivesEnabled] with false needs no Once, and costs a connection for every request.
type Once[V any] struct {
	mu   sync.Mutex
	held map[string][]V // by what a replay is known by; oldest first
	n    atomic.Int64   // how many are held, for the usual case that none is
}

// Hold remembers v of a fault that is about to be played for r, which is the n-th request of its connection by [Arrived], and
// reports whether it did: if the fault strikes before the first byte of a response (reset, empty), the connection served a
// request before, and net/http's client would replay r. It must be called before [Play], with the header that arrived.
func (o *Once[V]) Hold(r *http.Request, k Kind, v V, n int) bool {
	if !k.early() || n <= 1 || !replayable(r) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = map[string][]V{}
	}
	id := identity(r)
	o.held[id] = append(o.held[id], v)
	o.n.Add(1)
	return true
}

// Take returns what Hold was given for the request that r is the client's replay of, if it is one. It is called at the start of every request, r being the n-th
// of its connection by [Arrived]. The fault stays held if that connection, too, served a request before, as the client then
// replays once more. Its fault must be played, and not be given to Hold.
func (o *Once[V]) Take(r *http.Request, n int) (v V, ok bool) {
	if o.n.Load() == 0 {
		return v, false
	}
	id := identity(r)
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.held[id]
	if len(queue) == 0 {
		return v, false
	}
	if n <= 1 {
		o.n.Add(-1)
		if o.held[id] = queue[1:]; len(queue) == 1 {
			delete(o.held, id)
		}
	}
	return queue[0], true
}

// replayable reports whether net/http's client would send r again, as far as a server can tell: http.Request.isReplayable.
func replayable(r *http.Request) bool {
	if r.ProtoMajor != 1 {
		return false // a stream that is aborted was not refused (RFC 9113 §8.7)
	}
	if r.ContentLength < 0 || r.ContentLength > 0 && r.Header.Get("Expect") != "" {
		return false // a body that cannot be had again; 100 Continue was a first byte
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	_, key := r.Header["Idempotency-Key"]
	_, xKey := r.Header["X-Idempotency-Key"]
	return key || xKey
}

// identity is what a replay has in common with its request, and as good as no other request has.
func identity(r *http.Request) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.Host + " " + r.RequestURI + "\n")
	_ = r.Header.Write(&b) // sorted; a Builder does not fail
	return b.String()
}

// arrivals is the key of a connection's counter of requests in its context.
type arrivals struct{}

// ConnContext is for [net/http.Server.ConnContext]: it has [Arrived] count the requests of each connection.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, arrivals{}, new(atomic.Int64))
}

// Arrived counts the request, and returns the how-manieth of its connection it is, from 1; or 0 where the server does not
// have [ConnContext]. A handler calls it once for every request, whatever becomes of it. It is safe for concurrent use.
func Arrived(r *http.Request) int {
	n, _ := r.Context().Value(arrivals{}).(*atomic.Int64)
	if n == nil {
		return 0
	}
	return int(n.Add(1))
}
