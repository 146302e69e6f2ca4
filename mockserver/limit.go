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
	until time.Time        // requests are turned away; zero: they are not
	told  map[string]*wait // which requests have been, by method and URL: the others are no retries
}

// maxTold is how many requests a window remembers.
const maxTold = 10_000

// toldTo is what a request that has been turned away has been told.
func (w *window) toldTo(q *Request) *wait {
	key := q.Method + " " + q.URL.RequestURI()
	t := w.told[key]
	if t == nil {
		t = &wait{until: w.until}
		if w.told == nil {
			w.told = map[string]*wait{}
		}
		if len(w.told) < maxTold {
			w.told[key] = t
		}
	}
	return t
}

// windowed is what a limit says of a request that it counted.
type windowed struct {
	limit *Limit
	left  int
	reset time.Duration
	late  time.Duration // for a request that was turned away: the Retry-After
}

// limited counts a request in its window and says whether it is turned away.
func (h *Handler) limited(d *decision, q *Request, now time.Time) bool {
	st := d.stub
	l := st.Limit
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
	d.bucket = w
	if now.Before(w.until) {
		left := w.until.Sub(now)
		d.window = &windowed{limit: l, reset: left, late: left}
		d.limited, d.early = true, left
		if t := w.toldTo(q); h.knew(t, q) {
			d.known = t.status
		}
		return true
	}
	if now.Sub(w.begin) >= l.Window {
		w.begin, w.count = now, 0
	}
	w.count++
	d.window = &windowed{limit: l, left: max(0, l.Requests-w.count), reset: w.begin.Add(l.Window).Sub(now)}
	if w.count <= l.Requests {
		return false
	}
	d.limited = true
	d.window.late = cmp.Or(l.RetryAfter, d.window.reset)
	w.until, w.told = now.Add(ceilSecond(d.window.late)), nil // nobody knows of it yet
	return true
}

// decorate writes what a limit says into the headers.
func (w *windowed) decorate(header http.Header) {
	if w == nil || w.left*5 > w.limit.Requests {
		return
	}
	header["Ratelimit-Limit"] = []string{strconv.Itoa(w.limit.Requests)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(w.left)}
	header["Ratelimit-Reset"] = []string{strconv.Itoa(int(ceilSecond(w.reset) / time.Second))}
}
