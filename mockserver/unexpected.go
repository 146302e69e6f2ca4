package mockserver

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/internal/text"
)

// miss is a route that a request is near to, and what it differs in.
type miss struct {
	stub   *stub
	values []string // of the parameters, nil where the path is another
	fields []demanded
	weight int // of what differs
}

// demanded is one of the things that a route asks for.
type demanded struct {
	name, want, got string // got is "" where it is as wanted
	weight          int
}

// nearestStubs is how many routes a message about an unexpected request names.
const nearestStubs = 3

// unexpected answers a request that no route takes, and reports it.
func (h *Handler) unexpected(q *Request, d *decision, p *program) *answer {
	kind, what := ErrUnexpected, "unexpected "+q.line()
	if d.exhausted != nil {
		kind, what = ErrExhausted, "no reply left for "+q.line()
	}
	what = h.hide(q, what+"   (answered with 501)"+h.explain(q, p))
	h.violate(q, kind, "%s", what)
	a := h.failure(q, http.StatusNotImplemented, "MockUnexpectedRequest", "mockserver: "+what)
	a.deliberate, a.err = true, kind
	return a
}

// explain names the nearest routes and what they differ in.
func (h *Handler) explain(q *Request, p *program) string {
	if q.credentials {
		return explainCredentials(q)
	}
	misses := make([]miss, 0, len(p.routes))
	shown := h.hidden(q)
	for _, st := range p.routes {
		if len(st.replies) == 0 && st.Handler == nil {
			continue // a limit alone answers nothing
		}
		misses = append(misses, missOf(st, q, shown, p))
	}
	h.mu.Lock()
	for i := range misses {
		h.addState(&misses[i], q, p)
	}
	h.mu.Unlock()
	if len(misses) == 0 {
		return "\n  the scenario has no routes that answer"
	}
	slices.SortStableFunc(misses, func(a, b miss) int { return cmp.Compare(a.weight, b.weight) })
	var b strings.Builder
	for i, m := range misses[:min(nearestStubs, len(misses))] {
		label := "also"
		if i == 0 {
			label = "nearest"
		}
		fmt.Fprintf(&b, "\n  %s: %s (%s)", label, m.stub.id, m.stub.source)
		if i > 0 {
			b.WriteString(" differs in " + m.differences())
			continue
		}
		width := 0
		for _, f := range m.fields {
			width = max(width, len(f.name))
		}
		for _, f := range m.fields {
			fmt.Fprintf(&b, "\n    %-*s  %s", width, f.name, f.want)
			if f.got == "" {
				b.WriteString("   ok")
			} else {
				b.WriteString("   MISMATCH: " + strings.TrimSuffix(f.got, ", want "+f.want))
			}
		}
	}
	if more := len(misses) - nearestStubs; more > 0 {
		fmt.Fprintf(&b, "\n  and %s", text.Count(more, "more route"))
	}
	if misses[0].weight >= weightPath {
		fmt.Fprintf(&b, "\n  to answer it, add the route %q", q.Method+" "+route.Normalize(q.URL.EscapedPath()))
	}
	return b.String()
}

func (m *miss) differences() string {
	var out []string
	for _, f := range m.fields {
		if f.got != "" {
			why := f.got
			if f.name == "method" {
				why = f.got + ", want " + f.want
			}
			out = append(out, f.name+" ("+why+")")
		}
	}
	return strings.Join(out, ", ")
}

// The weights of what differs: a wrong state is a nearer miss than a wrong body, and that than a wrong path.
const (
	weightState = 1
	weightField = 4
	weightHost  = 20
	weightPath  = 40 // and more, by the segments that differ
)

// missOf holds a request against a route, but for the state.
func missOf(st *stub, q, shown *Request, p *program) miss {
	best := miss{weight: 1 << 30}
	for i := range st.addresses {
		if m := missOfAddress(st, &st.addresses[i], q, shown, p); m.weight < best.weight {
			best = m
		}
	}
	return best
}

func (m *miss) add(name, want, got string, weight int) {
	m.fields = append(m.fields, demanded{name, want, got, weight})
	if got != "" {
		m.weight += weight
	}
}

func missOfAddress(st *stub, t *address, q, shown *Request, p *program) miss {
	m := miss{stub: st}
	got := ""
	if t.method != "*" && t.method != q.Method && !(t.method == http.MethodGet && q.Method == http.MethodHead) {
		got = "got " + q.Method
	}
	m.add("method", t.method, got, weightField+2)
	values, distance, why := comparePath(t.text, q.URL.EscapedPath())
	m.add("path", t.text, why, weightPath+distance)
	if t.version != "" && !strings.EqualFold(t.version, q.version) {
		got := "none"
		if q.version != "" {
			got = "got " + q.version
		}
		m.add("version", t.version, got+", want "+t.version, weightField)
	}
	if !p.hostMatches(t, q) {
		want := cmp.Or(t.host, p.scenario.Host)
		m.add("host", want, "got "+q.URL.Host+", want "+want, weightHost)
	}
	q.names, q.values = st.names, make([]string, len(st.names))
	for i, k := range t.order {
		if k < len(values) {
			q.values[i] = values[k]
		}
	}
	for _, c := range st.conditions {
		if c.name != "function" || why == "" { // a function may rely on the path
			m.add(c.name, c.want, c.shown(q, shown), weightField)
		}
	}
	if why == "" {
		m.values = q.values
	}
	return m
}

// shown says why a request is refused, in a text that has no part of its secrets: they are hidden before they are cut.
func (c *condition) shown(q, hidden *Request) string {
	why := c.refused(q)
	if why == "" || c.name == "function" {
		return why
	}
	hidden.names, hidden.values = q.names, q.values
	refused := c.refused
	if c.masked != nil {
		refused = c.masked
	}
	if why = refused(hidden); why != "" {
		return why
	}
	return "got another value (hidden), want " + c.want
}

// addState adds what a route asks of the state, where the request's path is the route's.
func (h *Handler) addState(m *miss, q *Request, p *program) {
	st := m.stub
	if m.values == nil {
		return
	}
	q.names, q.values = st.names, m.values
	if !st.When.always() {
		got := ""
		if !h.holds(p, &st.When, q) {
			got = h.stateText(p, q)
		}
		m.add("state", st.When.String(), got, weightState)
	}
	if pl := h.places[placeKey{st, joinKey(st.placeValues(q.values))}]; pl != nil && pl.reply >= len(st.replies) && len(st.replies) > 0 {
		m.add("replies", fmt.Sprintf("%d, each given", len(st.replies)), "none is left"+st.placeName(pl), weightState)
	}
}

// comparePath says how far a path is from a template: in how many segments, and which.
func comparePath(template, path string) (values []string, distance int, why string) {
	var x route.Index[bool]
	if x.Add(http.MethodGet, template, true) == nil {
		found := false
		x.Each(http.MethodGet, path, func(_ bool, params []string) bool {
			values, found = slices.Clone(params), true
			return false
		})
		if found {
			return values, 0, ""
		}
	}
	want := strings.Split(strings.Trim(route.Normalize(template), "/"), "/")
	got := strings.Split(strings.Trim(route.Normalize(path), "/"), "/")
	first := ""
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			distance += 2
			first = cmp.Or(first, fmt.Sprintf("it has %q more", got[i]))
		case i >= len(got):
			distance += 2
			first = cmp.Or(first, fmt.Sprintf("%q is missing", want[i]))
		case strings.HasPrefix(want[i], "{") && !strings.HasPrefix(got[i], "$"), strings.EqualFold(want[i], got[i]):
		default:
			distance += 3
			first = cmp.Or(first, fmt.Sprintf("got %q, want %q", got[i], want[i]))
		}
	}
	return nil, min(distance, 50), cmp.Or(first, "it is another")
}
