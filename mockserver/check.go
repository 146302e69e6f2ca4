package mockserver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// maxFindings is how much of what is wrong with a scenario is told.
const maxFindings = tree.MaxFaults

// check finds what cannot be right in a scenario, in the scenario's order; nil: nothing. Of more than maxFindings the last says
// so. It looks at the scenario alone: whether bodies obey the contract is another question.
func (s *Scenario) check() []*LoadError {
	_, found := s.checked()
	return found
}

// checked is check, and what it has read of the routes.
func (s *Scenario) checked() ([]routePaths, []*LoadError) {
	c := &checker{scenario: s, survey: s.survey(), ids: map[string]int{}, byShape: map[shapeKey][]int{}}
	c.machines()
	c.routes = make([]routePaths, len(s.Routes))
	for i := range s.Routes {
		c.routes[i] = c.pathsOf(i)
		if c.routes[i].answersAll() {
			c.masters = append(c.masters, i)
		}
	}
	c.reach()
	for i := range s.Routes {
		c.route(i)
		c.ranks(i)
	}
	c.expect()
	c.auth()
	switch {
	case c.cut:
		c.found = append(c.found, moreFindings(c.scenario.places[""], "and more, which were not counted"))
	case c.more > 0:
		c.found = append(c.found, moreFindings(c.scenario.places[""], fmt.Sprintf("and %d more", c.more)))
	}
	return c.routes, c.found
}

// moreFindings stands for findings that are not told.
func moreFindings(at, text string) *LoadError {
	return &LoadError{At: at, Path: "routes", Text: text, Hint: "mend these first"}
}

// full says whether no more findings are told, so that what is dear to find need not be looked for.
func (c *checker) full() bool { return len(c.found) >= maxFindings }

// checker goes once through a scenario and keeps what it finds.
type checker struct {
	scenario *Scenario
	survey   survey
	routes   []routePaths
	ids      map[string]int     // index of the route that has it
	byShape  map[shapeKey][]int // indices of the routes that were looked at, see ranks
	masters  []int              // indices of the routes that answer every request to their paths
	found    []*LoadError
	more     int  // that were found and are not told
	cut      bool // some were not looked for
}

// errorf adds something that was found. What stands in the scenario is part of it, so that control characters are replaced.
func (c *checker) errorf(path, hint, format string, args ...any) {
	if c.full() {
		c.more++
		return
	}
	e := c.scenario.errorAt(path, hint, format, args...)
	e.Path, e.Text = text.Printable(e.Path), text.Printable(e.Text)
	c.found = append(c.found, e)
}

func (c *checker) route(i int) {
	p := &c.routes[i]
	c.id(i)
	for _, e := range p.wrong {
		if c.full() {
			c.more++
			continue
		}
		c.found = append(c.found, e)
	}
	c.match(p)
	c.guard(p, p.at+".when", p.When)
	c.neverHolds(p)
	c.requires(p)
	for j, name := range p.Per {
		c.parameter(p, fmt.Sprintf("%s.per[%d]", p.at, j), name, nil)
	}
	switch {
	case p.Handler != nil && len(p.Replies) > 0:
		c.errorf(p.at+".replies", "leave one of them out", "%s has replies and a handler", p.Route.Route)
	case p.Handler == nil && len(p.Replies) == 0 && p.Limit == nil:
		c.errorf(p.at, "give it replies", "%s answers nothing", p.Route.Route)
	}
	for j := range p.Replies {
		c.reply(p, fmt.Sprintf("%s.replies[%d]", p.at, j), &p.Replies[j])
	}
	oneOf(c, p.at+".exhausted", "what follows the last reply", p.Exhausted, Stick, Fail, Next, Repeat)
	c.limit(p)
	oneOf(c, p.at+".requests", "what happens to requests that break the contract", p.Requests, "", Report, Enforce, Off)
	oneOf(c, p.at+".earlyRetry", "what becomes of an early retry", p.EarlyRetry, EnforceFailures, EnforceAll, EnforceNone)
}

// expectOptions are keys of expect in scenario files that stand beside the ids of routes.
var expectOptions = []string{"order", "retryAfter", "inFlight"}

// id checks that no other route has the id of a route, and that a file can expect it.
func (c *checker) id(i int) {
	p := &c.routes[i]
	if at := p.at + ".id"; slices.Contains(expectOptions, p.ID) && c.scenario.places[at] != "" {
		c.errorf(at, "call it otherwise", "no route of a file can be called %q, which has a meaning in expect", p.ID)
	}
	if other, ok := c.ids[p.id()]; ok {
		path := p.at
		if p.ID != "" {
			path += ".id"
		}
		c.errorf(path, "give it an id of its own", "the id %q is that of another route%s", p.id(), c.placeOf(other))
		return
	}
	c.ids[p.id()] = i
}

// id is what messages and expectations call a route.
func (r *Route) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.Route
}

// placeOf is where another route is written, for the end of a phrase.
func (c *checker) placeOf(i int) string {
	if at := c.scenario.placeOf(c.routes[i].at); at != "" && at != c.scenario.places[""] {
		return " (" + at + ")"
	}
	return " (" + c.routes[i].at + ")"
}

// parameter checks that name is a parameter of the route's path, or else one of the others.
func (c *checker) parameter(p *routePaths, path, name string, others []string) {
	if p.templates == nil || slices.Contains(p.names, name) || slices.Contains(others, name) {
		return
	}
	c.errorf(path, parameterHint(name, slices.Concat(p.names, others)), "%q is no parameter of %s", name, p.Route.Route)
}

func parameterHint(name string, known []string) string {
	if len(known) == 0 {
		return "its path has none"
	}
	return didYouMean(name, known, "its parameters are")
}

// requires checks that what has to be issued can be.
func (c *checker) requires(p *routePaths) {
	for j, name := range p.Requires {
		path := fmt.Sprintf("%s.requires[%d]", p.at, j)
		c.parameter(p, path, name, nil)
		if !slices.Contains(p.names, name) || c.survey.anything || c.survey.issuesAny || c.survey.issued[name] {
			continue
		}
		hint := fmt.Sprintf("a reply issues it by issue, or by {{newID %q}} in a template", name)
		if len(c.survey.issued) > 0 {
			hint = didYouMean(name, sortedKeys(c.survey.issued), "issued are")
		}
		c.errorf(path, hint, "no reply issues %q, so that every request gets a 404", name)
	}
}

func (c *checker) limit(p *routePaths) {
	l := p.Limit
	if l == nil {
		return
	}
	at := p.at + ".limit"
	if l.Requests < 1 {
		c.errorf(at+".requests", "1 is the least", "the limit lets %d requests through", l.Requests)
	}
	if l.Window <= 0 {
		c.errorf(at+".window", "such as 1s", "the window of the limit is %s", l.Window)
	}
	for j, name := range l.Key {
		c.parameter(p, fmt.Sprintf("%s.key[%d]", at, j), name, []string{"app"})
	}
	c.notNegativeTime(at+".retryAfter", l.RetryAfter)
}

func (c *checker) expect() {
	ids := sortedKeys(c.ids)
	known := func(path, id string) {
		if _, ok := c.ids[id]; !ok {
			c.errorf(path, didYouMean(id, ids, "the routes are"), "no route has the id %q", id)
		}
	}
	e := &c.scenario.Expect
	for _, id := range sortedKeys(e.Routes) {
		at, calls := "expect."+id, e.Routes[id]
		known(at, id)
		c.notNegativeNumber(at+".min", calls.Min)
		c.notNegativeNumber(at+".max", calls.Max)
		if calls.Max > 0 && calls.Min > calls.Max {
			c.errorf(at+".min", "", "at least %d calls are more than at most %d", calls.Min, calls.Max)
		}
		if calls.Never && (calls.Min > 0 || calls.Max > 0) {
			c.errorf(at+".never", "leave min and max out", "calls that never come have a number")
		}
		c.notNegativeTime(at+".interval", calls.Interval)
		c.notNegativeNumber(at+".inFlight", calls.InFlight)
	}
	for j, id := range e.Order {
		known(fmt.Sprintf("expect.order[%d]", j), id)
	}
	c.notNegativeNumber("expect.inFlight", e.InFlight)
}

func (c *checker) notNegativeNumber(path string, n int) {
	if n < 0 {
		c.errorf(path, "", "the number %d is negative", n)
	}
}

func (c *checker) notNegativeTime(path string, d time.Duration) {
	if d < 0 {
		c.errorf(path, "", "the time %s is negative", d)
	}
}

// oneOf checks that a word is one of those that are known, of which "" may be one.
func oneOf[S ~string](c *checker, path, what string, word S, known ...S) {
	if slices.Contains(known, word) {
		return
	}
	var names []string
	for _, k := range known {
		if k != "" {
			names = append(names, string(k))
		}
	}
	c.errorf(path, didYouMean(string(word), names, "there are"), "%s cannot be %q", what, string(word))
}

// didYouMean is a hint for a name that is not one of those that are known.
func didYouMean(name string, known []string, lead string) string {
	if near := nearest.Names(name, known, 1); near != nil {
		return fmt.Sprintf("did you mean %q?", near[0])
	}
	if len(known) == 0 {
		return ""
	}
	const most = 8
	if n := len(known) - most; n > 0 {
		return fmt.Sprintf("%s %s and %d more", lead, listOf(known[:most]), n)
	}
	return lead + " " + listOf(known)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	return strings.Join(quoted, ", ")
}
