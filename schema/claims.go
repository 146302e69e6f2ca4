package schema

import (
	"fmt"
	"slices"
	"strings"
)

// claim is what one page says of the requests that an operation stands for.
type claim struct {
	Operation
	beta  bool
	pages []string // its page and those included
}

// addOperation adds what a page documents to the operation for the same requests.
func (l *loader) addOperation(op Operation, p *page) {
	c := claim{op, p.beta, append([]string{p.File}, p.includes...)}
	err := l.routes.Add(op.Method, op.Route, len(l.claims))
	if err == nil {
		l.claims = append(l.claims, []claim{c})
		return
	}
	if i, ok := l.routes.Find(op.Method, op.Route); ok {
		l.claims[i] = append(l.claims[i], c)
		return
	}
	l.problem(op.Page, op.Line, "%v", err)
}

// settleOperations makes one operation of the claims about the same requests.
func (l *loader) settleOperations() {
	for _, claims := range l.claims {
		l.operations = append(l.operations, l.settleClaims(l.stable(claims)))
	}
	for i := range l.operations {
		l.inferRequest(&l.operations[i])
	}
}

// inferRequest types the body of a request whose page only lists properties: a PATCH sends members of what it changes, and a
// POST to a collection that answers 201 with one of its items sends that.
func (l *loader) inferRequest(op *Operation) {
	if op.Request != "" || op.Method != "PATCH" && op.Method != "POST" {
		return
	}
	var read Operation // the GET on the same path
	if i, ok := l.routes.Find("GET", op.Route); ok {
		read = l.operations[i]
	}
	isEntity := func(typ string) bool { r := l.resources[typ]; return r != nil && r.IsEntity() }
	switch {
	case op.Method == "PATCH" && isEntity(op.Response) && !op.Collection:
		op.Request = op.Response
	case op.Method == "PATCH" && isEntity(read.Response) && !read.Collection:
		op.Request = read.Response
	case op.Method == "POST" && isEntity(op.Response) && !op.Collection && read.Collection && slices.Contains(op.Statuses, 201):
		if common := l.commonBase(read.Response, op.Response); common == read.Response {
			op.Request = op.Response
		}
	}
}

// stable are the claims of v1.0 where it makes some, for beta describes another service.
func (l *loader) stable(claims []claim) []claim {
	stable := slices.DeleteFunc(slices.Clone(claims), func(c claim) bool { return c.beta })
	if len(stable) == 0 {
		return claims
	}
	for _, c := range claims {
		if c.beta {
			l.problem(c.Page, c.Line, "%s %s is also documented by %s:%d of v1.0, which counts", c.Method, c.Route, stable[0].Page, stable[0].Line)
		}
	}
	return stable
}

// settleClaims makes one operation of claims. It stands where the claim does that its bodies are judged by.
func (l *loader) settleClaims(claims []claim) Operation {
	var requests, responses []body
	for i := range claims {
		c := &claims[i]
		requests = addBody(requests, body{typ: c.Request, claim: c})
		responses = addBody(responses, body{typ: c.Response, collection: c.Collection, claim: c})
	}
	request, response := l.oneBody("request", requests), l.oneBody("response", responses)
	op := claims[0].Operation
	switch {
	case response.typ != "":
		op = response.claim.Operation
	case request.typ != "":
		op = request.claim.Operation
	}
	op.Request, op.Response, op.Collection = request.typ, response.typ, response.collection
	op.Statuses = nil
	for _, c := range claims {
		op.Statuses = append(op.Statuses, c.Statuses...)
		op.Assumed = op.Assumed && c.Assumed
		if op.Permissions == nil {
			op.Permissions = c.Permissions
		}
	}
	slices.Sort(op.Statuses)
	op.Statuses = slices.Compact(op.Statuses)
	return op
}

// body is what a page says a request's or a response's body is.
type body struct {
	typ        string
	collection bool
	claim      *claim
}

// addBody adds what no page has said yet.
func addBody(list []body, b body) []body {
	said := func(o body) bool { return o.typ == b.typ && o.collection == b.collection }
	if b.typ == "" || slices.ContainsFunc(list, said) {
		return list
	}
	return append(list, b)
}

// oneBody settles what a body is that several pages describe. Its type is what the path is named after, if one of them is; the
// base type where one page is about a subtype, whose instances say so; or what all types derive from. Where there is no
// such type it is not judged. Whether it is a collection says [loader.leadsToMany]. The pages that say otherwise are Problems.
func (l *loader) oneBody(what string, all []body) body {
	if len(all) < 2 {
		return append(all, body{})[0]
	}
	route := all[0].claim.Route
	list, why := all, ""
	if named := slices.DeleteFunc(slices.Clone(all), func(b body) bool { return !namedAfter(route, b.typ) }); len(named) > 0 && len(named) < len(all) {
		list, why = named, "as the path says, "
	}
	one := list[0]
	for _, b := range list[1:] {
		one.typ = l.commonBase(one.typ, b.typ)
	}
	if one.typ == "" || one.typ == entityType {
		for _, b := range all[1:] {
			l.contradiction(b, all[0], "with another type; its "+what+" body is not judged")
		}
		return body{}
	}
	if slices.ContainsFunc(list, func(b body) bool { return b.collection != one.collection }) {
		one.collection = l.leadsToMany(route)
	}
	// It stands where a page says just that, or at least the type.
	for _, fits := range []func(b body) bool{
		func(b body) bool { return b.typ == one.typ },
		func(b body) bool { return b.typ == one.typ && b.collection == one.collection },
	} {
		if i := slices.IndexFunc(list, fits); i >= 0 {
			one.claim = list[i].claim
		}
	}
	l.contradictions(what, why, one, all)
	return one
}

// contradictions are the Problems of the pages that say something else than what a body is judged as, which a page about a
// subtype does not.
func (l *loader) contradictions(what, why string, one body, all []body) {
	for _, b := range all {
		switch {
		case b.claim == one.claim:
		case l.commonBase(one.typ, b.typ) != one.typ:
			l.contradiction(b, one, fmt.Sprintf("with another type; %sits %s body is judged as %s", why, what, one.typ))
		case b.collection != one.collection && one.collection:
			l.contradiction(b, one, "as a collection; its "+what+" body is judged as one")
		case b.collection != one.collection:
			l.contradiction(b, one, "as a single object; its "+what+" body is judged as one")
		}
	}
}

func (l *loader) contradiction(b, other body, how string) {
	c, o := b.claim, other.claim
	l.problem(c.Page, c.Line, "%s %s is also documented by %s:%d, %s", c.Method, c.Route, o.Page, o.Line, how)
}

// leadsToMany says whether a response is a collection where pages disagree. What a key leads to is a single object, and what
// a key follows somewhere, as in /organization/{id}, a collection. Else the properties called like the end of the path
// decide, if their rows agree: /children leads to what the rows of children are. Without such rows a plural, a name that
// ends in s, is a collection, and any other path leads to a single object.
func (l *loader) leadsToMany(route string) bool {
	last := route[strings.LastIndexByte(route, '/')+1:]
	if strings.HasSuffix(last, "}") {
		return false
	}
	for _, method := range []string{"GET", "PATCH", "PUT", "DELETE"} {
		if _, ok := l.routes.Find(method, route+"/{id}"); ok {
			return true
		}
	}
	many, single := 0, 0
	for _, r := range l.resources {
		switch q := r.property(last); {
		case q == nil || q.noRow:
		case q.Collection:
			many++
		default:
			single++
		}
	}
	if many > 0 && single > 0 || many+single == 0 {
		return strings.HasSuffix(last, "s")
	}
	return many > 0
}

// namedAfter says whether the last segment of a route that is no parameter is a type's name, or its plural.
func namedAfter(route, typ string) bool {
	segments := strings.Split(strings.Trim(route, "/"), "/")
	for len(segments) > 1 && strings.HasPrefix(segments[len(segments)-1], "{") {
		segments = segments[:len(segments)-1]
	}
	last, name := strings.ToLower(segments[len(segments)-1]), strings.ToLower(shortName(typ))
	return typ != "" && (last == name || last == name+"s" || last == strings.TrimSuffix(name, "y")+"ies")
}

// commonBase is the nearest type that both derive from, "" where there is none.
func (l *loader) commonBase(a, b string) string {
	bases := map[string]bool{}
	for a != "" && !bases[a] {
		bases[a] = true
		if r := l.resources[a]; r != nil {
			a = r.Base
		}
	}
	seen := map[string]bool{}
	for b != "" && !seen[b] {
		if bases[b] {
			return b
		}
		seen[b] = true
		if r := l.resources[b]; r != nil {
			b = r.Base
		}
	}
	return ""
}
