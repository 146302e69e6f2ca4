package mockserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/graphcontract/graphcontract/internal/nearest"
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
	method, path, ok := cutMethod(p.Route.Route)
	tidy := method + " " + path
	switch meant := misspeltMethod(method); {
	case !ok:
		wrong(p.at+".route", routeHint(p.Route.Route), "%q is no method and path", p.Route.Route)
		return p
	case p.Route.Route != tidy:
		wrong(p.at+".route", fmt.Sprintf("write %q", tidy), "%q has white space that does not belong there", p.Route.Route)
		return p
	case method != "*" && !isToken(method):
		wrong(p.at+".route", "* stands for any", "%q is no method", method)
	case meant != "":
		wrong(p.at+".route", fmt.Sprintf("did you mean %q?", meant), "%q is no method", method)
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
		case !sameNames(t.names, p.names):
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

// sameNames says whether two lists have the same names, in whatever order.
func sameNames(a, b []string) bool {
	return slices.Equal(a, b) || slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// cutMethod parts the method of a route from its path, without the white space around both.
func cutMethod(text string) (method, path string, ok bool) {
	text = strings.TrimSpace(text)
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return "", "", false
	}
	return text[:i], strings.TrimSpace(text[i:]), true
}

// routeHint says how a route is written, for a text that is no method and path.
func routeHint(text string) string {
	switch path := strings.TrimSpace(text); {
	case path == "/":
		return `"* /**" is every request, and "GET /" those for the root alone`
	case looksLikeRegexp(path):
		return regexpHint
	case strings.HasPrefix(path, "/"):
		return fmt.Sprintf("a method comes first: %q, or * for any", "GET "+path)
	}
	return `write it like "GET /external/connections/{id}"`
}

// misspeltMethod is the method that a misspelt one was meant to be, "" where it may be one of its own: MERGE, PROPFIND and others are.
// A misspelt one keeps the first letter, and has at most one more: SET is no GET, BATCH no PATCH, and HEADERS no HEAD.
func misspeltMethod(method string) string {
	method = strings.ToUpper(method)
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
	if slices.Contains(known, method) {
		return ""
	}
	near := nearest.Names(method, known, 1)
	if near == nil || near[0][0] != method[0] || len(method) > len(near[0])+1 {
		return ""
	}
	return near[0]
}

// readTemplate reads a template, or says what is wrong with it and how to mend it.
func readTemplate(text string) (t pathTemplate, problem, hint string) {
	host, absolute := "", false
	if scheme, rest, ok := strings.Cut(text, "://"); ok && isScheme(scheme) {
		absolute = true
		host, _, _ = strings.Cut(rest, "/")
	}
	switch {
	case strings.TrimSpace(text) != text:
		return t, fmt.Sprintf("the path %q has white space around it", text), fmt.Sprintf("write %q", strings.TrimSpace(text))
	case looksLikeRegexp(text):
		return t, fmt.Sprintf("the path %q is a regular expression", text), regexpHint
	case !absolute && !strings.HasPrefix(text, "/"):
		return t, fmt.Sprintf("the path %q does not begin with a slash", text), "it begins with one, or with a scheme and host"
	case absolute && host == "":
		return t, fmt.Sprintf("%q has no host", text), ""
	}
	outside := outsideBraces(text)
	if strings.ContainsAny(outside, "?#") {
		return t, fmt.Sprintf("the path %q has a query or fragment", text), "conditions on the query belong to match.query"
	}
	for segment := range strings.SplitSeq(outside, "/") {
		if hint := foreignSegment(segment); hint != "" {
			return t, fmt.Sprintf("%q in %q takes nothing but this text", segment, text), hint
		}
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
		if hint := foreignName(name); hint != "" {
			return t, fmt.Sprintf("{%s} in %q takes one segment", name, text), hint
		}
	}
	return pathTemplate{
		text: text, shape: parsed.Shape(), host: strings.ToLower(host), version: route.Version(text), names: names, parsed: parsed,
	}, "", ""
}

// outsideBraces is a template without its parameters.
func outsideBraces(text string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, text, _ = strings.Cut(rest, "}")
	}
}

// regexpMarks are in regular expressions, and in no path that anybody asks for.
var regexpMarks = []string{"=~", "^", `\d`, `\w`, "[^", "[0-9", "[a-z", "[A-Z", ".*", "(.+)", "(?"}

const regexpHint = "{name} takes a segment, * one without a name, ** at the end the rest"

// looksLikeRegexp says whether a path was meant to be a regular expression, as some routers and mocks take them.
func looksLikeRegexp(path string) bool {
	outside := outsideBraces(path)
	return slices.ContainsFunc(regexpMarks, func(mark string) bool { return strings.Contains(outside, mark) })
}

// foreignSegment says how a parameter is written here that other routers write as a segment like :id, <id> or *path, "" for others.
func foreignSegment(segment string) string {
	name, isRest := strings.CutPrefix(segment, "*")
	switch {
	case isRest && isName(name):
		return "** at the end takes the rest of the path"
	case strings.HasPrefix(segment, ":") && isName(segment[1:]):
		return fmt.Sprintf("a parameter is written {%s}", segment[1:])
	case strings.HasPrefix(segment, "<") && strings.HasSuffix(segment, ">") && isName(segment[1:len(segment)-1]):
		return fmt.Sprintf("a parameter is written {%s}", segment[1:len(segment)-1])
	}
	return ""
}

// foreignName says how that is written here which other routers write into the braces of a parameter, "" for a mere name.
func foreignName(name string) string {
	switch bare, _, isPattern := strings.Cut(name, ":"); {
	case name == "$":
		return "leave it out: a path is not the paths below it"
	case strings.HasSuffix(name, "..."), strings.HasPrefix(name, "*"):
		return "** at the end takes the rest of the path"
	case isPattern && isName(bare):
		return fmt.Sprintf("a parameter has no pattern: {%s}", bare)
	}
	return ""
}

// isName says whether s can be the name of a parameter in other routers.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// isToken says whether s can be a method or the name of a header field (RFC 9110, section 5.6.2).
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
