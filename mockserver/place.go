package mockserver

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// placeKey names a place: of a route, for the values of its parameters.
type placeKey struct {
	stub *stub
	key  string
}

// place is where in its replies a route is, for the parameters that have a place of their own.
type place struct {
	values   []string // of those parameters
	stream   uint64   // of its random numbers, see Handler.random
	reply    int
	used     int           // how often that reply has been given
	since    time.Time     // when it was first given; zero: not yet
	rounds   int           // how often all replies have been given, see Repeat
	total    int           // requests
	last     time.Time     // when the last of them came
	shortest time.Duration // from one of them to the next
	asked
	kinds map[string]*asked // by method and path, see stub.several
}

// kind is what is known of requests like this one, among those of a place that are for several things.
func (pl *place) kind(q *Request) *asked {
	key := kindOf(q)
	a := pl.kinds[key]
	if a == nil {
		a = &asked{}
		if pl.kinds == nil {
			pl.kinds = map[string]*asked{}
		}
		if len(pl.kinds) < maxAsked {
			pl.kinds[key] = a
		}
	}
	a.crowd.most = max(a.crowd.most, pl.crowd.most)
	return a
}

// kindOf is the same for requests that ask for the same.
func kindOf(q *Request) string {
	method := q.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return method + " " + locationKey(q.URL.EscapedPath(), "")
}

// asked is what is known of requests for the same thing.
type asked struct {
	wait  wait
	crowd crowd
}

// tally counts the requests of a route.
type tally struct {
	crowd
	count    int
	unissued []string
	early    int // requests before a Retry-After had passed
}

// crowd is how many requests of a kind are under way, and how many have been at the same time at the most.
type crowd struct{ inFlight, most int }

func (c *crowd) enter() {
	c.inFlight++
	c.most = max(c.most, c.inFlight)
}

// enter makes a request one of a crowd, until it leaves.
func (r *Request) enter(c *crowd) {
	if r.crowds == nil {
		r.crowds = r.space.crowds[:0]
	}
	r.crowds = append(r.crowds, c)
	c.enter()
}

// leave has a request leave its crowds but the first n.
func (r *Request) leave(n int) {
	for _, c := range r.crowds[n:] {
		c.inFlight--
	}
	r.crowds = r.crowds[:n]
}

// place is the place of a candidate's values, made when they are first seen.
func (h *Handler) place(c candidate) *place {
	values := c.stub.placeValues(c.values)
	key := joinKey(values)
	k := placeKey{c.stub, key}
	pl := h.places[k]
	if pl == nil {
		pl = &place{values: slices.Clone(values), stream: h.streamOf(c.stub.id, key)} // the request's are not kept
		h.places[k] = pl
	}
	return pl
}

// placeValues are those of a route's parameters that have places of their own.
func (st *stub) placeValues(values []string) []string {
	if len(st.per) == len(values) {
		return values
	}
	own := make([]string, len(st.per))
	for i, k := range st.per {
		own[i] = values[k]
	}
	return own
}

// joinKey makes one text of values that no other values make.
func joinKey(values []string) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return values[0]
	}
	key := strings.Join(values, "\x00\x00")
	if strings.Count(key, "\x00") == 2*(len(values)-1) {
		return key
	}
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = strings.ReplaceAll(v, "\x00", "\x00\x01")
	}
	return strings.Join(escaped, "\x00\x00")
}

// next is the reply whose turn it is at a place, false where there is none left.
func (h *Handler) next(p *program, st *stub, pl *place, q *Request, now time.Time) (*reply, bool) {
	for range 2 * len(st.replies) { // around once at most
		if pl.reply == len(st.replies) {
			if st.Exhausted != Repeat {
				return nil, false
			}
			pl.reply = 0
			pl.rounds++
		}
		re := st.replies[pl.reply]
		over := re.times > 0 && pl.used >= re.times ||
			re.For > 0 && pl.used > 0 && now.Sub(pl.since) >= re.For ||
			!re.Until.always() && h.holds(p, &re.Until, q)
		if !over || pl.reply == len(st.replies)-1 && st.Exhausted == Stick {
			return re, true
		}
		pl.reply, pl.used, pl.since = pl.reply+1, 0, time.Time{}
	}
	return nil, false
}

// tally is that of a route, made when it is first asked.
func (h *Handler) tally(st *stub) *tally {
	t := h.tallies[st]
	if t == nil {
		t = &tally{}
		h.tallies[st] = t
		h.order = append(h.order, st.id)
	}
	return t
}

// count notes a request of a route.
func (h *Handler) count(st *stub, q *Request, pl *place, now time.Time) *tally {
	t := h.tally(st)
	t.count++
	q.enter(&t.crowd)
	if pl != nil {
		q.enter(&pl.crowd)
		if pl.total > 0 {
			if gap := now.Sub(pl.last); pl.total == 1 || gap < pl.shortest {
				pl.shortest = gap
			}
		}
		pl.total++
		pl.last = now
	}
	return t
}

// uncount takes back what count noted of a request that the next route answers, which had been one of n crowds before.
func (t *tally) uncount(q *Request, n int) {
	t.count--
	q.leave(n)
}

func (t *tally) turnedAway(value string) {
	if len(t.unissued) < 10 && !slices.Contains(t.unissued, value) {
		t.unissued = append(t.unissued, value)
	}
}
