package mockserver

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wait is a Retry-After that has to be waited for.
type wait struct {
	until   time.Time // zero: none
	sent    time.Time
	arrived uint64   // how many requests had arrived when it was sent
	told    []string // who has been told, see sender; a few of them
	soon    int      // requests of others that came early, within the grace
	late    int      // those that came after it
	status  int
	strict  bool // it has to be waited for, else it is only looked at
}

// grace is how long requests of others may still come that were sent before the answer with the Retry-After was there, or by who does
// not know of it: the machine may be busy.
const grace = 2 * time.Second

// maxSenders is how many senders a wait remembers.
const maxSenders = 1000

// sender is who sent a request, as far as can be told: its connection, or, without a network, its goroutine. "": unknown.
func (h *Handler) sender(q *Request) string {
	if h.options.direct && q.arrived.conn == "" {
		q.arrived.conn = goroutine()
	}
	return q.arrived.conn
}

// goroutine names the one that runs.
func goroutine() string {
	var b [64]byte
	name, _, _ := bytes.Cut(b[:runtime.Stack(b[:], false)], []byte(" ["))
	return string(name) // "goroutine 42"
}

// knew says whether who sent the request knew of a Retry-After. Where requests for the same were under way at the same time, several
// ask for it, who may share connections: none of them is known by its own then, nor by the time that has passed.
func (h *Handler) knew(a *asked, q *Request) bool {
	w, several := &a.wait, a.crowd.most > 1
	switch {
	case w.sent.IsZero(), q.arrived.number <= w.arrived:
		return false // it was under way
	case (h.options.direct || !several) && slices.Contains(w.told, h.sender(q)):
		return true
	}
	if q.arrived.time.Sub(w.sent) <= grace {
		w.soon++
		return w.soon >= hotLoop && !h.options.direct
	}
	w.late++
	return !several || w.late >= lateFor*a.crowd.most
}

// hotLoop is how many early requests within the grace give away a client that asks in a loop, on connections of their own as it leaves
// bodies unread: so many pollers of one thing do not begin in two seconds. Without a network the goroutine tells, and bodies that are
// unread change nothing.
const hotLoop = 128

// lateFor is how many late requests give pollers away that share connections, for each that was under way with the others.
const lateFor = 4

// tell notes that the sender of a request has been told.
func (h *Handler) tell(w *wait, q *Request) {
	if who := h.sender(q); who != "" && len(w.told) < maxSenders && !slices.Contains(w.told, who) {
		w.told = append(w.told, who)
	}
}

// tooEarly notes a request that comes before a Retry-After has passed, and says whether it is turned away. a is who knew.
func (h *Handler) tooEarly(d *decision, w *wait, a *asked, t *tally, q *Request, now time.Time) bool {
	d.known = 0
	if !now.Before(w.until) {
		return false
	}
	if h.knew(a, q) {
		d.known = a.wait.status
		if !d.counted {
			d.counted = true
			t.early++
		}
	}
	if w.strict {
		d.early = w.until.Sub(now)
	}
	return w.strict
}

// early reports a request that came before its Retry-After had passed, where the client knew of it.
func (h *Handler) early(q *Request, d *decision) {
	if d.known == 0 {
		return
	}
	of := fmt.Sprintf("its %d had passed (answered with 429 again)", d.known)
	if d.located {
		of = fmt.Sprintf("the %d that has it as its Location had passed (answered with 429)", d.known)
	}
	h.violate(q, ErrEarlyRetry, "%s came %v before the Retry-After of %s\n  route %s (%s)",
		q.line(), rounded(d.early), of, d.stub.id, d.stub.source)
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

func seconds(d time.Duration) []string {
	return []string{strconv.Itoa(int(ceilSecond(d) / time.Second))}
}

func ceilSecond(d time.Duration) time.Duration {
	return (d + time.Second - 1) / time.Second * time.Second
}

// sending is called when the answer goes out: its Retry-After counts from now on.
func (h *Handler) sending(q *Request, a *answer, d *decision) {
	value := a.header.Get("Retry-After")
	w := d.wait()
	if value == "" || w == nil {
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
	if d.early > 0 && now.Before(w.until) { // what is left of the time is no new time, and has been known for as long
		h.tell(w, q)
		return
	}
	if d.early > 0 {
		until = q.arrived.time.Add(d.early)
	}
	said := wait{until: until, sent: now, arrived: h.arrived.Load(), status: a.status, strict: strict}
	h.tell(&said, q)
	if key, old := h.location(q, now); old != nil {
		delete(h.locations, key) // the newer answer counts
	}
	if location := locationOf(q, a); location != "" {
		h.locate(location, said)
		said = wait{} // the same request may come again at any time
	}
	*w = said
	if d.asked == nil && d.stub.several { // requests for something else are no retries of this one
		d.place.kinds = map[string]*asked{kindOf(q): {wait: said}}
	}
}

// wait is the one that a Retry-After of the answer sets; nil: none.
func (d *decision) wait() *wait {
	switch {
	case d.asked != nil:
		return &d.asked.wait
	case d.stub != nil && d.place != nil:
		return &d.place.wait
	}
	return nil
}

// retryAfter reads a Retry-After (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) (until time.Time, ok bool) {
	if isDigits(value) {
		seconds, _ := strconv.ParseUint(value, 10, 31) // the most there is where it is more
		return now.Add(time.Duration(seconds) * time.Second), true
	}
	if t, err := http.ParseTime(value); err == nil {
		return t.Add(-time.Second), true // a date is exact to the second
	}
	return time.Time{}, false
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
