package mockserver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/internal/route"
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
	for i := range s.Routes {
		c.route(i)
		c.ranks(i)
	}
	c.expect()
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

// routePaths is a route with what its texts say. Templates that are wrong are not among them.
type routePaths struct {
	*Route
	at        string // "routes[2]"
	method    string // in upper case, or *
	templates []pathTemplate
	names     []string // of the parameters
	wrong     []*LoadError
	bodies    []demand    // see demands; nil: not made yet
	states    alternation // of When
	known     bool        // states is all of it
}

type pathTemplate struct {
	text, shape, host, version string
	names                      []string
	parsed                     route.Template
}

// pathsOf reads the templates of a route. What is wrong with them is found then and there, and kept for its turn.
func (c *checker) pathsOf(i int) routePaths {
	p := routePaths{Route: &c.scenario.Routes[i], at: fmt.Sprintf("routes[%d]", i)}
	p.states, p.known = p.When.alternatives(false, 0)
	wrong := func(path, hint, format string, args ...any) {
		p.wrong = append(p.wrong, c.scenario.errorAt(path, hint, format, args...))
	}
	method, path, ok := strings.Cut(p.Route.Route, " ")
	switch {
	case !ok || method == "":
		wrong(p.at+".route", `write it like "GET /external/connections/{id}"`, "%q is no method and path", p.Route.Route)
		return p
	case method != "*" && !isToken(method):
		wrong(p.at+".route", "* stands for any", "%q is no method", method)
	default:
		p.method = strings.ToUpper(method)
	}
	first, problem, hint := readTemplate(path)
	if problem != "" {
		wrong(p.at+".route", hint, "%s", problem)
		return p
	}
	p.templates, p.names = []pathTemplate{first}, first.names
	for j, text := range p.Also {
		path := fmt.Sprintf("%s.also[%d]", p.at, j)
		t, problem, hint := readTemplate(text)
		if method, _, ok := strings.Cut(text, " "); ok && problem != "" && isToken(method) {
			hint = "the method is that of the route"
		}
		switch {
		case problem != "":
			wrong(path, hint, "%s", problem)
		case !slices.Equal(slices.Sorted(slices.Values(t.names)), slices.Sorted(slices.Values(p.names))):
			wrong(path, "all templates of a route have the same", "the parameters of %q are %s, and those of %q are %s",
				text, listOf(t.names), first.text, listOf(p.names))
		case slices.ContainsFunc(p.templates, func(o pathTemplate) bool {
			return o.shape == t.shape && o.host == t.host && o.version == t.version
		}):
			wrong(path, "leave it out", "the path %q is that of another template of the route", text)
		default:
			p.templates = append(p.templates, t)
		}
	}
	return p
}

// readTemplate reads a template, or says what is wrong with it and how to mend it.
func readTemplate(text string) (t pathTemplate, problem, hint string) {
	host, absolute := "", false
	if scheme, rest, ok := strings.Cut(text, "://"); ok && isScheme(scheme) {
		absolute = true
		host, _, _ = strings.Cut(rest, "/")
	}
	switch {
	case strings.HasPrefix(text, " "):
		return t, fmt.Sprintf("the path %q begins with a blank", text), "one blank stands between method and path"
	case !absolute && !strings.HasPrefix(text, "/"):
		return t, fmt.Sprintf("the path %q does not begin with a slash", text), "it begins with one, or with a scheme and host"
	case absolute && host == "":
		return t, fmt.Sprintf("%q has no host", text), ""
	}
	outside := text
	if i := strings.IndexByte(text, '{'); i >= 0 {
		outside = text[:i]
		for _, piece := range strings.Split(text[i:], "{") {
			if _, after, ok := strings.Cut(piece, "}"); ok {
				outside += after
			}
		}
	}
	if strings.ContainsAny(outside, "?#") {
		return t, fmt.Sprintf("the path %q has a query or fragment", text), "conditions on the query belong to match.query"
	}
	parsed, err := route.Parse(text)
	names := parsed.Names()
	if err != nil {
		return t, strings.TrimPrefix(err.Error(), "route: "), ""
	}
	for i, name := range names {
		switch {
		case strings.TrimSpace(name) == "":
			return t, fmt.Sprintf("a parameter of %q has no name", text), "* takes a segment without naming it"
		case slices.Contains(names[:i], name):
			return t, fmt.Sprintf("the parameter %q is in %q twice", name, text), ""
		}
	}
	return pathTemplate{
		text: text, shape: parsed.Shape(), host: strings.ToLower(host), version: route.Version(text), names: names, parsed: parsed,
	}, "", ""
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

// id checks that no other route has the id of a route.
func (c *checker) id(i int) {
	p := &c.routes[i]
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
		if !slices.Contains(p.names, name) || c.survey.anything || c.survey.issued[name] {
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

// isToken says whether s can be a method (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

// isScheme says whether s is a scheme (RFC 3986, section 3.1).
func isScheme(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')
	})
}
