package mockserver

import (
	"cmp"
	"slices"
	"strings"
)

// passesOn says whether a route may leave a request that it matches to the next one.
func (r *Route) passesOn() bool {
	return r.Exhausted == Next || r.Handler == nil && len(r.Replies) == 0
}

// shapeKey is what ranks routes of the same path: where all of it is the same, only their order tells them apart. Of a method
// and * the method comes first, as in internal/route.
type shapeKey struct {
	shape, method        string
	priority, conditions int
}

// maxRivals is against how many earlier routes of the same rank, the last of them, a route is held, so that the thousands of
// routes that may have one path cost no time that anybody sees.
const maxRivals = 100

// ranks holds route i against the others: those before it that may answer the same requests in its place, and those that
// always do.
func (c *checker) ranks(i int) {
	p := &c.routes[i]
	if p.method == "" {
		return
	}
	if c.full() {
		c.cut = true
		return
	}
	var rivals []rival
	for _, t := range p.templates {
		key := shapeKey{t.shape, p.method, p.Priority, p.Match.conditions()}
		earlier := c.byShape[key]
		for _, j := range earlier[max(0, len(earlier)-maxRivals):] {
			if j != i && !slices.ContainsFunc(rivals, func(r rival) bool { return r.route == j }) {
				rivals = c.appendRival(rivals, j, i, t)
			}
		}
		if n := len(earlier); n == 0 || earlier[n-1] != i {
			c.byShape[key] = append(earlier, i)
		}
	}
	slices.SortFunc(rivals, func(a, b rival) int { return cmp.Compare(a.route, b.route) })
	for _, r := range rivals {
		q := &c.routes[r.route]
		c.errorf(p.at, "give one a higher priority or a condition that tells them apart", "%s %s and %s %s%s can answer the same request",
			p.method, r.ours, q.method, r.theirs, c.placeOf(r.route))
	}
	c.neverAsked(i)
	c.limitsNothing(i)
}

// rival is an earlier route that can answer the same requests, and the templates by which it can.
type rival struct {
	route        int
	theirs, ours string
}

// appendRival adds route j, which has a template of the shape of t, a template of route i.
func (c *checker) appendRival(rivals []rival, j, i int, t pathTemplate) []rival {
	if c.routes[i].passesOn() {
		return rivals
	}
	for _, other := range c.routes[j].templates {
		if other.meets(&t) && !c.apart(j, i, other, t) {
			return append(rivals, rival{j, other.text, t.text})
		}
	}
	return rivals
}

// meets says whether two templates of one shape have paths in common.
func (t *pathTemplate) meets(o *pathTemplate) bool {
	return t.shape == o.shape && !excluded(t.host, o.host) && !excluded(t.version, o.version)
}

// excluded says whether two names, of which "" stands for any, cannot both be meant.
func excluded(a, b string) bool { return a != "" && b != "" && a != b }

// neverAsked checks that no route of a higher priority always answers before route i. At the same priority none does: what
// matches all paths of another one and more is less specific.
func (c *checker) neverAsked(i int) {
	p := &c.routes[i]
	if p.templates == nil {
		return
	}
	for _, j := range c.masters {
		q := &c.routes[j]
		if q.Priority > p.Priority && (q.method == "*" || q.method == p.method) && q.covers(p) && (q.Handler == nil || !p.covers(q)) {
			c.errorf(p.at, "give it a higher priority, or the other one a condition", "never asked: %s%s always answers first", q.Route.Route, c.placeOf(j))
			return
		}
	}
}

// limitsNothing checks that a limit without replies comes before one of the routes that it is about, should they all be in the scenario.
func (c *checker) limitsNothing(i int) {
	p := &c.routes[i]
	if p.Limit == nil || len(p.Replies) > 0 || p.Handler != nil || p.templates == nil {
		return
	}
	first := -1 // that answers before it
	for j := range c.routes {
		q := &c.routes[j]
		switch {
		case j == i || q.templates == nil || p.method != "*" && q.method != "*" && p.method != q.method:
		case q.covers(p), q.Priority < p.Priority && p.covers(q):
			return // or may be that
		case q.Priority >= p.Priority && p.covers(q) && first < 0:
			first = j
		}
	}
	if first >= 0 {
		q := &c.routes[first]
		c.errorf(p.at+".limit", "give the limit a higher priority", "it limits nothing: more specific routes answer first, such as %s%s", q.Route.Route, c.placeOf(first))
	}
}

// replaced says whether a handler answers in place of a route, on one of its paths at least: see [Handler.Handle].
func (p *program) replaced(st *stub) bool {
	return p.priority && slices.ContainsFunc(p.routes, func(o *stub) bool {
		return o.Handler != nil && o.Priority > st.Priority && o.answersAll() && o.meets(st)
	})
}

// meets says whether a route has a path of another one, for the same method.
func (s *stub) meets(o *stub) bool {
	return slices.ContainsFunc(s.addresses, func(own address) bool {
		return slices.ContainsFunc(o.addresses, func(a address) bool {
			return (own.method == "*" || own.method == a.method) && own.pathTemplate.meets(&a.pathTemplate)
		})
	})
}

// answersAll says whether a route answers every request to its paths.
func (r *Route) answersAll() bool {
	return !r.passesOn() && r.Match.conditions() == 0 && r.When.always()
}

// covers says whether all paths of o are paths of p, too.
func (p *routePaths) covers(o *routePaths) bool {
	for _, t := range o.templates {
		if !slices.ContainsFunc(p.templates, func(own pathTemplate) bool {
			return (own.host == "" || own.host == t.host) && (own.version == "" || own.version == t.version) &&
				coversShape(own.shape, t.shape, !strings.Contains(t.text, "()"))
		}) {
			return false
		}
	}
	return true
}

// coversShape says whether all paths of shape b are of shape a, too. Of parameters with text around them it knows no more than
// that they are the same. keys: the literal segments of b are no function calls, which no parameter takes.
func coversShape(a, b string, keys bool) bool {
	for a != "" {
		var x, y string
		x, a = cutSegment(a)
		if x == "**" {
			return true
		}
		if b == "" {
			return false
		}
		y, b = cutSegment(b)
		switch {
		case x == y:
		case y == "**":
			return false
		case x == "*" && y != "":
		case x == "{}" && keys && isKey(y):
		default:
			return false
		}
	}
	return b == ""
}

func cutSegment(shape string) (first, rest string) {
	shape = strings.TrimPrefix(shape, "/")
	if i := strings.IndexByte(shape, '/'); i >= 0 {
		return shape[:i], shape[i:]
	}
	return shape, ""
}

// isKey says whether a segment of a shape can be a key, as internal/route does.
func isKey(s string) bool {
	return s != "" && s != "*" && s != "delta" && s[0] != '$' && !strings.HasSuffix(s, ")") && !strings.Contains(s, "{}")
}
