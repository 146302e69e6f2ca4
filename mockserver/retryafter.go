package mockserver

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// wait is a Retry-After that has to be waited for.
type wait struct {
	until   time.Time // zero: none
	sent    time.Time
	arrived uint64 // how many requests had arrived when it was sent
	conn    string
	status  int
	strict  bool // it has to be waited for, else it is only looked at
}

// grace is how long requests on other connections may still come that were sent before the answer with the Retry-After was there:
// the machine may be busy.
const grace = 2 * time.Second

// knew says whether the client knew of a Retry-After when it sent the request.
func (w *wait) knew(q *Request, direct bool) bool {
	switch {
	case w.sent.IsZero(), q.arrived.number <= w.arrived:
		return false // it was under way
	case direct, w.conn != "" && w.conn == q.arrived.conn:
		return true
	}
	return q.arrived.time.Sub(w.sent) > grace
}

// early reports a request that came before its Retry-After had passed, where the client knew of it.
func (h *Handler) early(q *Request, d *decision) {
	if d.known == 0 {
		return
	}
	h.violate(q, ErrEarlyRetry, "%s came %v before the Retry-After of its %d had passed (answered with 429 again)\n  route %s (%s)",
		q.line(), roundUp(d.early), d.known, d.stub.id, d.stub.source)
}

func roundUp(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func seconds(d time.Duration) []string {
	return []string{strconv.Itoa(int(ceilSecond(d) / time.Second))}
}

func ceilSecond(d time.Duration) time.Duration {
	return (d + time.Second - 1) / time.Second * time.Second
}

// sending is called when the answer goes out: its Retry-After counts from now on.
func (h *Handler) sending(q *Request, a *answer, d *decision) {
	value := a.header.Get("Retry-After")
	if value == "" || d.stub == nil || d.place == nil && d.bucket == nil {
		return
	}
	now := h.now()
	until, ok := retryAfter(value, now)
	if !ok {
		return
	}
	strict := false
	switch d.stub.EarlyRetry {
	case EnforceAll:
		strict = true
	case EnforceFailures:
		strict = a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable || a.status == http.StatusGatewayTimeout
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := d.wait(q)
	if d.early > 0 && !w.sent.IsZero() { // what is left of the time is no new time, and has been known for as long
		w.conn = q.arrived.conn
		return
	}
	if d.early > 0 {
		until = w.until
	}
	*w = wait{until: until, sent: now, arrived: h.arrived.Load(), conn: q.arrived.conn, status: a.status, strict: strict}
}

// wait is the Retry-After that the answer sets.
func (d *decision) wait(q *Request) *wait {
	if d.limited {
		return d.bucket.toldTo(q)
	}
	return &d.place.wait
}

// retryAfter reads a Retry-After (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) (until time.Time, ok bool) {
	var seconds int64
	if n, err := fmt.Sscanf(value, "%d", &seconds); n == 1 && err == nil && fmt.Sprint(seconds) == value && seconds >= 0 {
		return now.Add(time.Duration(min(seconds, 1<<31)) * time.Second), true
	}
	if t, err := http.ParseTime(value); err == nil {
		return t.Add(-time.Second), true // a date is exact to the second
	}
	return time.Time{}, false
}
