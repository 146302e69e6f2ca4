package mockserver

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// window counts the requests of a [Limit].
type window struct {
	begin time.Time
	count int
	until time.Time         // the last of the times that requests have been told to wait for; zero: none have
	asked map[string]*asked // by method and URL: other requests are no retries of those that have been turned away
}

// maxAsked is how many kinds of request a window remembers.
const maxAsked = 10_000

// like is what is known of requests like this one.
func (w *window) like(q *Request) *asked {
	key := q.Method + " " + q.URL.RequestURI()
	a := w.asked[key]
	if a == nil {
		a = &asked{}
		if w.asked == nil {
			w.asked = map[string]*asked{}
		}
		if len(w.asked) < maxAsked {
			w.asked[key] = a
		}
	}
	return a
}

// windowed is what a limit says of a request that it counted.
type windowed struct {
	limit *Limit
	left  int
	reset time.Duration
	late  time.Duration // for a request that was turned away: the Retry-After
}

// limited says whether a request is turned away: while those before it are waited for, unless the route does without, and when its
// window is full.
func (h *Handler) limited(d *decision, q *Request, now time.Time) bool {
	st, l := d.stub, d.stub.Limit
	w := h.window(d, q, now)
	a := w.like(q)
	q.enter(&a.crowd)
	if now.Before(w.until) {
		h.tooEarly(d, &a.wait, a, h.tally(st), q, now)
		if st.EarlyRetry != EnforceNone {
			left := w.until.Sub(now)
			d.window = &windowed{limit: l, reset: left, late: left}
			d.limited, d.asked, d.early = true, a, left
			return true
		}
	}
	if now.Sub(w.begin) >= l.Window {
		w.begin, w.count = now, 0
	}
	w.count++
	d.window = &windowed{limit: l, left: max(0, l.Requests-w.count), reset: w.begin.Add(l.Window).Sub(now)}
	if w.count <= l.Requests {
		return false
	}
	d.limited, d.asked = true, a
	d.window.late = cmp.Or(l.RetryAfter, d.window.reset)
	if !now.Before(w.until) && len(w.asked) >= maxAsked {
		w.asked = nil // nobody waits any more
	}
	if until := now.Add(ceilSecond(d.window.late)); until.After(w.until) {
		w.until = until
	}
	return true
}

// window is the window that counts a request, made when the first one comes.
func (h *Handler) window(d *decision, q *Request, now time.Time) *window {
	st := d.stub
	key := make([]string, 0, len(st.windows)+1)
	for _, i := range st.windows {
		key = append(key, d.values[i])
	}
	if st.perApp {
		key = append(key, q.Header.Get("Authorization"))
	}
	if h.windows == nil {
		h.windows = map[placeKey]*window{}
	}
	k := placeKey{st, joinKey(key)}
	w := h.windows[k]
	if w == nil {
		w = &window{begin: now}
		h.windows[k] = w
	}
	return w
}

// decorate writes what a limit says into the headers.
func (w *windowed) decorate(header http.Header) {
	if w == nil || w.left*5 > w.limit.Requests {
		return
	}
	header["Ratelimit-Limit"] = []string{strconv.Itoa(w.limit.Requests)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(w.left)}
	header["Ratelimit-Reset"] = seconds(w.reset)
}
