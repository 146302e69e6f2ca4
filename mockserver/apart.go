package mockserver

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ending is how code of the test's own ended.
type ending int

const (
	returned ending = iota
	aborted         // with http.ErrAbortHandler, or with runtime.Goexit, of which t.FailNow makes use
	panicked        // it has been reported
)

// guarded runs code of the test's own, and reports it where it panics.
func (h *Handler) guarded(q *Request, f func()) (e ending) {
	e = aborted
	defer func() {
		if e == returned {
			return
		}
		switch v := recover(); v {
		case nil: // runtime.Goexit, which goes on
			h.leave(q)
		case http.ErrAbortHandler:
		default:
			e = panicked
			st, of := q.space.decision.stub, ""
			if st == nil {
				st = q.trying
			}
			if st != nil {
				of = "\n  route " + st.id + " (" + st.source + ")"
			}
			h.violate(q, ErrPanic, "%s: the scenario's own code panicked: %v   (answered with 500)%s\n  at %s", q.line(), v, of, panicPlace())
		}
	}()
	f()
	return returned
}

// panicPlace is where the panic that is being recovered began, with its callers.
func panicPlace() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var places []string
	for more := true; more && len(places) < 3; {
		var f runtime.Frame
		f, more = frames.Next()
		own := strings.HasPrefix(f.Function, ownPackage) && !strings.HasSuffix(f.File, "_test.go")
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
		case own || strings.HasPrefix(f.Function, "net/http.HandlerFunc."):
			more = more && len(places) == 0
		default:
			places = append(places, shortFile(f.File)+":"+strconv.Itoa(f.Line))
		}
	}
	return strings.Join(places, ", called at ")
}

// arrive counts a request that panicked before it was decided.
func (h *Handler) arrive(q *Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q.sequence == 0 {
		q.arrived.time, q.sequence = h.now(), h.decided.Add(1)
		if !q.credentials {
			h.crowd.enter()
		}
	}
}

// flights are the goroutines that run code of the test's own for round trips.
type flights struct {
	mu   sync.Mutex
	none sync.Cond
	n    int
}

// begin adds one, unless the handler is closed.
func (f *flights) begin(h *Handler) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h.isClosed() {
		return false
	}
	f.n++
	return true
}

func (f *flights) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.none.L != nil {
		f.none.Broadcast()
	}
}

// wait waits until there are none, after the handler has been closed.
func (f *flights) wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.none.L = &f.mu
	for f.n > 0 {
		f.none.Wait()
	}
}

// apart runs f in a goroutine of its own and waits for it, but no longer than for ctx, whose error it returns, and for done. Then f goes
// on, and late is called after it; Close waits for both.
func (h *Handler) apart(ctx context.Context, done <-chan struct{}, f, late func()) error {
	if !h.flights.begin(h) {
		return ErrClosed
	}
	var over atomic.Bool
	finished := make(chan struct{})
	go func() {
		defer h.flights.end()
		defer func() { // also after runtime.Goexit
			if over.CompareAndSwap(false, true) {
				close(finished)
			} else {
				late()
			}
		}()
		f()
	}()
	var err error
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-done:
		err = ErrClosed
	}
	if !over.CompareAndSwap(false, true) {
		<-finished
		return nil
	}
	return err
}
