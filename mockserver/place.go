package mockserver

import (
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
	used     int       // how often that reply has been given
	rounds   int       // how often all replies have been given, see Repeat
	since    time.Time // when it was first given
	total    int       // requests
	last     time.Time // the one before
	shortest time.Duration
	wait     wait
}

// tally counts the requests of a route.
type tally struct {
	count, inFlight, most int
	unissued              []string
	early                 int // requests before a Retry-After had passed
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
	t.inFlight++
	t.most = max(t.most, t.inFlight)
	if q.counted == nil {
		q.counted = q.space.counted[:0]
	}
	q.counted = append(q.counted, t)
	if pl != nil {
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

// uncount takes back what count noted of a request that the next route answers.
func (h *Handler) uncount(t *tally, q *Request) {
	t.count--
	t.inFlight--
	q.counted = q.counted[:len(q.counted)-1]
}

func (t *tally) turnedAway(value string) {
	if len(t.unissued) < 10 && !slices.Contains(t.unissued, value) {
		t.unissued = append(t.unissued, value)
	}
}
