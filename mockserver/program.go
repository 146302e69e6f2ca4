package mockserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/internal/route"
)

// program is a scenario made ready to be played. It is immutable.
type program struct {
	scenario *Scenario
	contract *contract.Contract
	routes   []*stub
	byID     map[string]*stub
	index    route.Index[*group]
	priority bool     // some route has one
	funcs    bool     // some route or reply has a function
	machines []string // by name
}

// group holds the routes of one method and shape of path, in the order in which they are tried.
type group struct{ entries []entry }

// entry is a route under one of its addresses.
type entry struct {
	*stub
	address
}

// address is a method and one of a route's path templates.
type address struct {
	pathTemplate
	method string
	order  []int // where the route's parameters are among this template's
}

// stub is a route made ready.
type stub struct {
	*Route
	id         string
	source     string
	number     int
	names      []string // of the parameters
	addresses  []address
	per        []int // which parameters have places of their own
	conditions []condition
	replies    []*reply
	windows    []int // which parameters have windows of their own
	perApp     bool
	static     bool // no condition but method and path
	several    bool // a place is for several methods or paths
}

// compile makes a scenario ready. The error joins all that is wrong with it.
func compile(s Scenario, c *contract.Contract) (*program, error) {
	var errs []error
	paths, wrong := s.checked()
	for _, e := range wrong {
		errs = append(errs, e)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	s = s.clone()
	p := &program{scenario: &s, contract: c, byID: make(map[string]*stub, len(s.Routes)), machines: sortedKeys(s.State)}
	p.routes = make([]*stub, 0, len(s.Routes))
	more := 0
	for i := range s.Routes {
		st, err := p.stub(i, &paths[i])
		if err != nil {
			for _, e := range joined(err) {
				if len(errs) < maxFindings {
					errs = append(errs, e)
				} else {
					more++
				}
			}
			continue
		}
		p.routes = append(p.routes, st)
		p.byID[st.id] = st
	}
	if more > 0 {
		errs = append(errs, moreFindings(s.places[""], fmt.Sprintf("and %d more", more)))
	}
	return p, errors.Join(errs...)
}

// joined are the errors that an error joins, or it alone.
func joined(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// stub makes a route ready and adds it.
func (p *program) stub(i int, paths *routePaths) (*stub, error) {
	r := &p.scenario.Routes[i]
	at := fmt.Sprintf("routes[%d]", i)
	st := &stub{Route: r, id: r.id(), source: r.Source, number: i, names: paths.names, addresses: paths.addresses()}
	if st.source == "" {
		st.source = p.scenario.placeOf(at)
	}
	p.priority = p.priority || r.Priority != 0
	p.funcs = p.funcs || r.Match.Func != nil || slices.ContainsFunc(r.Replies, func(re Response) bool { return re.Func != nil })
	st.tellApart()
	var err error
	if st.conditions, err = p.conditions(r, at); err != nil {
		return nil, err
	}
	st.static = len(st.conditions) == 0
	st.replies = make([]*reply, len(r.Replies))
	var errs []error
	for j := range r.Replies {
		if st.replies[j], err = p.reply(st, &r.Replies[j], j, fmt.Sprintf("%s.replies[%d]", at, j)); err != nil {
			errs = append(errs, err)
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	p.add(st)
	return st, nil
}

// addresses are the method with each of the path templates.
func (p *routePaths) addresses() []address {
	out := make([]address, 0, len(p.templates))
	for _, t := range p.templates {
		a := address{pathTemplate: t, method: p.method, order: make([]int, 0, len(p.names))}
		for _, name := range p.names {
			a.order = append(a.order, slices.Index(t.names, name))
		}
		out = append(out, a)
	}
	return out
}

// tellApart finds the parameters whose values have places, and windows of the limit, of their own.
func (st *stub) tellApart() {
	for j, name := range st.names {
		if st.Per == nil || slices.Contains(st.Per, name) {
			st.per = append(st.per, j)
		}
		if st.Limit != nil && slices.Contains(st.Limit.Key, name) {
			st.windows = append(st.windows, j)
		}
	}
	st.several = len(st.per) < len(st.names) || slices.ContainsFunc(st.addresses, func(a address) bool {
		return a.method == "*" || strings.Contains(a.text, "*")
	})
	st.perApp = st.Limit != nil && slices.Contains(st.Limit.Key, "app")
}

// add puts a route into the index under all its addresses.
func (p *program) add(st *stub) {
	for _, a := range st.addresses {
		n, isNew := p.index.Slot(a.method, a.parsed)
		if isNew {
			*n = &group{}
		}
		k := slices.IndexFunc((*n).entries, func(o entry) bool { return !before(o.stub, st) })
		if k < 0 {
			k = len((*n).entries)
		}
		(*n).entries = slices.Insert((*n).entries, k, entry{st, a})
	}
}

// before says whether a is tried before b, whose paths have the same shape: by priority, then by the number of conditions, then
// the newest first.
func before(a, b *stub) bool {
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	if n, m := a.Match.conditions(), b.Match.conditions(); n != m {
		return n > m
	}
	return a.number > b.number
}

// hostMatches says whether a request's host is one that the template, or else the scenario, is for. The hosts that give tokens have to
// be named: a route for all of Graph is not for them.
func (p *program) hostMatches(t *address, q *Request) bool {
	want, u := t.host, q.URL
	if want == "" {
		want = p.scenario.Host
	}
	if want == "" {
		return !q.credentials
	}
	return strings.EqualFold(u.Host, want) || strings.EqualFold(u.Hostname(), want) || (t.host == "" && isLoopback(u.Hostname()))
}

// sortedKeys lists the keys of a map. Of one without any, which most are, it costs nothing.
func sortedKeys[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}
