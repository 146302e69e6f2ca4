package mockserver

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/schema"
)

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
	crowds     [2]*crowd
}

// candidates lists the routes that a request fits, in the order in which they are tried. It changes nothing.
func (p *program) candidates(q *Request) []candidate {
	out := q.space.candidates[:0]
	room := q.space.values[:0]
	path := q.URL.EscapedPath()
	collect := func(n *group, values []string) bool {
		for i := range n.entries {
			e := &n.entries[i]
			if !e.fits(p, q) {
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
	if q.Method == http.MethodHead {
		p.index.EachHead(path, collect)
	} else {
		p.index.Each(q.Method, path, collect)
	}
	if p.priority {
		slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.stub.Priority, a.stub.Priority) })
	}
	return out
}

// fits says whether host and version are the template's.
func (e *entry) fits(p *program, q *Request) bool {
	return p.hostMatches(&e.address, q) && (e.version == "" || strings.EqualFold(e.version, q.version))
}

// refuses says whether a condition refuses the request.
func (e *entry) refuses(q *Request, values []string) bool {
	if e.static {
		return false
	}
	q.names, q.values, q.trying = e.stub.names, values, e.stub
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
	condition int     // 304 or 412, instead of the reply
	denied    *denied // the request has no right to it
	early     time.Duration
	known     int             // the status of the answer whose Retry-After it came before, where the client knew of it; or 0
	counted   bool            // it has been counted as early
	limited   bool            // a limit turned it away
	window    *windowed       // what the limit that counted it says
	asked     *asked          // what it is turned away from, where that is not all of a place
	located   bool            // that is a Location
	invalid   *schema.Finding // why it is refused
	unissued  string          // the parameter whose value has not been issued
	why       string
	exhausted *stub
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
	q.arrived.time, q.sequence = now, h.decided.Add(1)
	if !q.credentials {
		h.crowd.enter()
	}
	for _, c := range all {
		d.candidate = c
		q.names, q.values = c.stub.names, c.values
		if !h.holds(p, &c.stub.When, q) {
			continue
		}
		if d.denied = h.deny(p.scenario.Auth, q, now); d.denied != nil { // before a reply is used up
			h.count(c.stub, q, nil, now)
			return d, p
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
		before, crowds := *pl, len(q.crowds)
		t := h.count(c.stub, q, pl, now)
		q.count = pl.total
		known := &pl.asked
		if c.stub.several && now.Before(pl.wait.until) {
			known = pl.kind(q)
		}
		if h.tooEarly(d, &pl.wait, known, t, q, now) {
			if d.place = pl; c.stub.several {
				d.asked = known
			}
			return d, p
		}
		if _, a := h.location(q, now); a != nil && h.tooEarly(d, &a.wait, a, t, q, now) {
			d.place, d.asked, d.located = pl, a, true
			return d, p
		}
		if c.stub.Handler != nil {
			d.place = pl
			return d, p
		}
		re, ok := h.next(p, c.stub, pl, q, now)
		switch {
		case ok:
			d.place, d.reply = pl, re
			h.give(d, p, q, now)
			return d, p
		case c.stub.Exhausted != Next:
			d.exhausted = c.stub
			return d, p
		}
		t.uncount(q, crowds)
		pl.total, pl.last, pl.shortest = before.total, before.last, before.shortest
	}
	d.candidate = candidate{}
	return d, p
}

// give uses the reply that was decided up and moves the state, unless the request's conditions on its ETag do not hold.
func (h *Handler) give(d *decision, p *program, q *Request, now time.Time) {
	pl, re := d.place, d.reply
	d.condition = re.precondition(q, re.status, re.header.Get("Etag"))
	if d.condition == http.StatusPreconditionFailed {
		return
	}
	if pl.used == 0 {
		pl.since = now
	}
	pl.used++
	h.snapshot(p, q, re)
	if !re.changesLate(q) {
		h.move(p, q, re.Change)
	}
}
