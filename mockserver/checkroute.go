package mockserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/route"
)

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
