package mockserver

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/schema"
)

// placeKey names a place: of a route, for the values of its parameters.
type placeKey struct {
	stub *stub
	key  string
}

// place is where in its replies a route is, for the parameters that have a place of their own.
type place struct {
	values   []string // of those parameters
	reply    int
	used     int       // how often that reply has been given
	rounds   int       // how often all replies have been given, see Repeat
	since    time.Time // when it was first given
	total    int       // requests
	last     time.Time // the one before
	shortest time.Duration
	wait     wait
}

// wait is a Retry-After that has to be waited for.
type wait struct {
	until   time.Time // zero: none
	sent    time.Time
	arrived uint64 // how many requests had arrived when it was sent
	conn    string
	status  int
	strict  bool // it has to be waited for, else it is only looked at
}

// window counts the requests of a [Limit].
type window struct {
	begin time.Time
	count int
	wait  wait
}

// tally counts the requests of a route.
type tally struct {
	count, inFlight, most int
	unissued              []string
	early                 int // requests before a Retry-After had passed
}

// candidate is a route that a request fits as far as its path, header, query and body go.
type candidate struct {
	stub   *stub
	values []string // of the route's parameters
}

// space is what a request needs room for, in one piece: most have one or two candidates.
type space struct {
	decision   decision
	candidates [2]candidate
	values     [6]string
	counted    [2]*tally
}

// candidates lists the routes that a request fits, in the order in which they are tried. It changes nothing.
func (p *program) candidates(q *Request) []candidate {
	out := q.space.candidates[:0]
	room := q.space.values[:0]
	path := q.URL.EscapedPath()
	only := "" // the method, besides *, that counts
	collect := func(n *group, values []string) bool {
		for i := range n.entries {
			e := &n.entries[i]
			if only != "" && e.method != only || !e.fits(p, q) {
				continue
			}
			begin := len(room)
			for _, k := range e.order {
				room = append(room, values[k])
			}
			c := candidate{stub: e.stub, values: room[begin:len(room):len(room)]}
			if e.refuses(q, c.values) {
				continue
			}
			out = append(out, c)
		}
		return true
	}
	p.index.Each(q.Method, path, collect)
	if q.Method == http.MethodHead {
		only = http.MethodGet
		p.index.Each(http.MethodGet, path, collect) // RFC 9110, section 9.3.2
	}
	if p.priority {
		slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.stub.Priority, a.stub.Priority) })
	}
	return out
}

// fits says whether host and version are the template's.
func (e *entry) fits(p *program, q *Request) bool {
	return p.hostMatches(&e.address, q.URL) && (e.version == "" || strings.EqualFold(e.version, q.version))
}

// refuses says whether a condition refuses the request.
func (e *entry) refuses(q *Request, values []string) bool {
	if e.static {
		return false
	}
	q.names, q.values = e.stub.names, values
	for _, c := range e.conditions {
		if c.refused(q) != "" {
			return true
		}
	}
	return false
}

// decision is what is to be done with a request.
type decision struct {
	candidate
	place     *place
	reply     *reply
	condition int // 304 or 412, instead of the reply
	early     time.Duration
	known     int             // the status of the answer whose Retry-After the client knew of; 0: it knew of none
	window    *windowed       // what the limit that counted it says
	bucket    *window         // the limit's
	limited   bool            // the limit turned it away
	invalid   *schema.Finding // why it is refused
	unissued  string          // the parameter whose value has not been issued
	why       string
	exhausted *stub
}

// windowed is what a limit says of a request that it counted.
type windowed struct {
	limit *Limit
	left  int
	reset time.Duration
	late  time.Duration // for a request that was turned away: the Retry-After
}

// decide chooses the reply, uses it up and moves the state: one step that nothing comes between. q gets the parameters
// and states of the route that answers.
func (h *Handler) decide(q *Request) (d *decision, p *program) {
	d = &q.space.decision
	var all []candidate
	for { // again where routes have been added meanwhile
		h.mu.Lock()
		if p == h.program {
			break
		}
		p = h.program
		h.mu.Unlock()
		all = p.candidates(q) // without the lock: conditions do not depend on the state
	}
	defer h.mu.Unlock()
	now := h.now() // under the lock, so that times have the order of the decisions
	h.decided++
	q.arrived.time, q.sequence = now, h.decided
	h.inFlight++
	h.most = max(h.most, h.inFlight)
	for _, c := range all {
		d.candidate = c
		q.names, q.values = c.stub.names, c.values
		if !h.holds(p, &c.stub.When, q) {
			continue
		}
		if c.stub.Limit != nil && h.limited(d, q, now) {
			h.count(c.stub, q, nil, now)
			return d, p
		}
		if len(c.stub.Replies) == 0 && c.stub.Handler == nil {
			h.count(c.stub, q, nil, now)
			continue // a limit alone lets it through
		}
		if len(q.findings) > 0 && h.mode(c.stub) == Enforce {
			d.invalid = q.findings[0]
			h.count(c.stub, q, nil, now)
			return d, p
		}
		if param, why := h.unissued(c.stub, q); param != "" {
			d.unissued, d.why = param, why
			h.count(c.stub, q, nil, now).turnedAway(q.Param(param))
			return d, p
		}
		pl := h.place(c)
		before := *pl
		t := h.count(c.stub, q, pl, now)
		if w := &pl.wait; now.Before(w.until) {
			if w.knew(q, h.options.direct) {
				t.early++
				d.known = w.status
			}
			if w.strict {
				d.place, d.early = pl, w.until.Sub(now)
				return d, p
			}
		}
		if c.stub.Handler != nil {
			d.place = pl
			return d, p
		}
		re, ok := h.next(p, c.stub, pl, q, now)
		if !ok {
			if c.stub.Exhausted == Next {
				h.uncount(t, q)
				pl.total, pl.last, pl.shortest = before.total, before.last, before.shortest
				continue
			}
			d.exhausted = c.stub
			return d, p
		}
		d.place, d.reply = pl, re
		if etag := re.header.Get("Etag"); etag != "" {
			d.condition = precondition(q, etag)
		}
		if d.condition == http.StatusPreconditionFailed {
			return d, p // it changes nothing
		}
		if pl.used == 0 {
			pl.since = now
		}
		pl.used++
		q.count = pl.total
		h.snapshot(p, q, re)
		for machine, state := range re.Change {
			if key, ok := keyOf(p.scenario.State[machine].Per, q); ok {
				h.setState(machine, key, state)
			}
		}
		return d, p
	}
	d.candidate = candidate{}
	return d, p
}

// place is the place of a candidate's values, made when they are first seen.
func (h *Handler) place(c candidate) *place {
	var values []string
	key := ""
	switch len(c.stub.per) {
	case 0:
	case len(c.values):
		values = c.values
		key = joinKey(values)
	default:
		for _, i := range c.stub.per {
			values = append(values, c.values[i])
		}
		key = joinKey(values)
	}
	k := placeKey{c.stub, key}
	pl := h.places[k]
	if pl == nil {
		pl = &place{values: slices.Clone(values)} // the request's are not kept
		h.places[k] = pl
	}
	return pl
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

// count notes a request of a route.
func (h *Handler) count(st *stub, q *Request, pl *place, now time.Time) *tally {
	t := h.tallies[st]
	if t == nil {
		t = &tally{}
		h.tallies[st] = t
		h.order = append(h.order, st.id)
	}
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

// grace is how long requests on other connections may still come that were sent before the answer with the Retry-After was there:
// the machine may be busy.
const grace = 250 * time.Millisecond

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

func ceilSecond(d time.Duration) time.Duration {
	return (d + time.Second - 1) / time.Second * time.Second
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

// unissued names the first parameter whose value no reply has issued, and says why; "" for none. A value has been issued to a
// request whose parameters of the same names had the same values.
func (h *Handler) unissued(st *stub, q *Request) (param, why string) {
	for _, name := range st.Requires {
		ids := h.issued[name]
		params, ok := ids[q.Param(name)]
		if !ok {
			if len(ids) == 0 {
				return name, "none has been issued"
			}
			known := make([]string, 0, len(ids))
			for id := range ids {
				known = append(known, id)
			}
			slices.Sort(known)
			return name, "issued: " + short(strings.Join(known, ", "))
		}
		for _, p := range params {
			if p.name != name && slices.Contains(q.names, p.name) && q.Param(p.name) != p.value {
				return name, fmt.Sprintf("it was issued for %s %q, not %q", p.name, p.value, q.Param(p.name))
			}
		}
	}
	return "", ""
}

// issue makes a new id for a parameter.
func (h *Handler) issue(q *Request, param string) string {
	if id, ok := q.issued[param]; ok {
		return id // the same in header and body
	}
	id := h.uuid()
	params := make([]pathValue, len(q.names))
	for i, name := range q.names {
		params[i] = pathValue{name, q.values[i]}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.issued == nil {
		h.issued = map[string]map[string][]pathValue{}
	}
	if h.issued[param] == nil {
		h.issued[param] = map[string][]pathValue{}
	}
	h.issued[param][id] = params
	if q.issued == nil {
		q.issued = map[string]string{}
	}
	q.issued[param] = id
	return id
}

// holds says whether a guard's condition is met, for the machines that the request's path names.
func (h *Handler) holds(p *program, g *Guard, q *Request) bool {
	if g.always() {
		return true
	}
	for machine, state := range g.Is {
		key, ok := keyOf(p.scenario.State[machine].Per, q)
		if !ok || h.stateAt(machine, key) != state {
			return false
		}
	}
	for i := range g.All {
		if !h.holds(p, &g.All[i], q) {
			return false
		}
	}
	if g.Any != nil && !slices.ContainsFunc(g.Any, func(o Guard) bool { return h.holds(p, &o, q) }) {
		return false
	}
	return g.Not == nil || !h.holds(p, g.Not, q)
}

// keyOf is the key of the machine that a request's path names.
func keyOf(per []string, q *Request) (string, bool) {
	if len(per) == 0 {
		return "", true
	}
	values := make([]string, len(per))
	for i, name := range per {
		k := slices.Index(q.names, name)
		if k < 0 {
			return "", false
		}
		values[i] = q.values[k]
	}
	return joinKey(values), true
}

// snapshot keeps the states for what is rendered after the lock has gone.
func (h *Handler) snapshot(p *program, q *Request, re *reply) {
	q.vars = p.scenario.Vars
	if len(p.machines) == 0 || re.Func == nil && !re.Template {
		return
	}
	q.states = make(map[string]string, len(p.machines))
	for _, machine := range p.machines {
		if key, ok := keyOf(p.scenario.State[machine].Per, q); ok {
			q.states[machine] = h.stateAt(machine, key)
		}
	}
}
