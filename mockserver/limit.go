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
	wait  wait
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
	if now.Before(w.wait.until) {
		d.window = &windowed{limit: l, reset: w.wait.until.Sub(now), late: w.wait.until.Sub(now)}
		d.limited, d.early = true, w.wait.until.Sub(now)
		if w.wait.knew(q, h.options.direct) {
			d.known = w.wait.status
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
	w.wait = wait{until: now.Add(ceilSecond(d.window.late))} // nobody knows of it yet
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
