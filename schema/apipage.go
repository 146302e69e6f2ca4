package schema

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/route"
)

var (
	statusCode      = regexp.MustCompile("\\b([1-5]\\d\\d)\\b[ ,-]*(?:OK|Created|Accepted|No Content|Not Modified|Found|Partial|Reset|Multi|`)")
	failureSentence = regexp.MustCompile(`(?i)\b(?:if unsuccessful|if it fails|otherwise|on failure|does not return|doesn't return)\b`)
	statusLine      = regexp.MustCompile(`^\s*HTTP(?:/[\d.]+)?\s+([1-5]\d\d)\b`)
)

// apiPage is what one API page says before it is known which request lines it documents.
type apiPage struct {
	page     *page
	lines    []Operation
	request  string // type names
	response string
	list     bool
	doubt    bool // whether it is a list
	statuses []int

	permissions []Permission
}

func isAPIPage(doc *docpage.Page) bool {
	if doc.Get("doc_type") == "apiPageType" {
		return true
	}
	for _, b := range doc.Blocks {
		if h, ok := b.(docpage.Heading); ok && strings.HasPrefix(strings.ToLower(h.Text), requestSection) {
			return true
		}
	}
	return false
}

// apiPage reads the operations of an API page: the request lines of its "HTTP request" section, the types and
// statuses of the sentences under "Request body" and "Response", and what the examples' annotations add.
func (l *loader) apiPage(p *page) {
	if !isAPIPage(p.Page) {
		return
	}
	a := apiPage{page: p}
	for at := range l.sections(p) {
		switch b := at.block.(type) {
		case docpage.Text:
			switch at.section {
			case "request body":
				if name, _ := l.sentenceType(at.page, b.Text); name != "" && a.request == "" {
					a.request = name
				}
			case "response", "responses":
				a.statuses = append(a.statuses, statuses(b.Text)...)
				if name, list := l.sentenceType(at.page, b.Text); name != "" && a.response == "" {
					a.response, a.list = name, list
				}
			}
		case docpage.Table:
			if strings.HasPrefix(at.section, "permissions") || strings.HasPrefix(at.section, "prerequisites") {
				a.permissions = append(a.permissions, l.permissions(at.page, b)...)
			}
		case docpage.Fence:
			l.apiFence(&a, at.section, b)
		}
	}
	if len(a.lines) == 0 {
		l.problem(p.File, 1, "API page without a request line under \"HTTP request\"")
		return
	}
	if len(a.statuses) == 0 {
		l.problem(p.File, a.lines[0].Line, "no response status is documented; any is accepted")
	}
	slices.Sort(a.statuses)
	a.statuses = slices.Compact(a.statuses)
	seen := map[string]bool{} // a page repeats a request line with other queries
	for _, op := range a.lines {
		if seen[op.Method+" "+op.Route] {
			continue
		}
		seen[op.Method+" "+op.Route] = true
		op.Statuses, op.Permissions = slices.Clone(a.statuses), a.permissions
		if last := op.Route[strings.LastIndexByte(op.Route, '/')+1:]; !strings.HasPrefix(last, "$") {
			op.Response, op.Collection = a.response, a.list // $value and $count are no representation of the type
		}
		if a.doubt {
			switch op.Collection = false; {
			case strings.HasSuffix(op.Route, "}"):
			case namedAfter(op.Route, op.Response):
				op.Collection = true
			default:
				op.Response = ""
			}
		}
		if op.Method != "GET" && op.Method != "DELETE" {
			op.Request = a.request
		}
		for _, name := range []string{op.Request, op.Response} {
			if name != "" && !strings.HasPrefix(name, "Edm.") && !l.types[name] {
				l.problem(p.File, op.Line, "page of type %s is not loaded; its bodies are not judged", name)
			}
		}
		p.operations = append(p.operations, op)
	}
}

// permissions reads the table of who may ask: a row for each kind of caller, its permissions from least to most
// privileged in one cell, or in two of which the second adds the more privileged ones.
func (l *loader) permissions(p *page, t docpage.Table) []Permission {
	if len(t.Header) < 2 || !strings.Contains(strings.ToLower(t.Header[0]), "permission type") {
		return nil
	}
	mostFirst := strings.Contains(strings.ToLower(strings.Join(t.Header, " ")), "most to least")
	var out []Permission
	for _, row := range t.Rows {
		kind := html.UnescapeString(htmlTag.ReplaceAllString(withoutLinks(row.Cells[0]), ""))
		isPart := strings.HasPrefix(kind, "\u00a0") // indented below the kind above, for a part of the service
		var names []string
		for _, cell := range row.Cells[1:] {
			names = addMembers(names, permissionNames(cell)...)
		}
		if mostFirst {
			slices.Reverse(names)
		}
		switch kind = strings.Trim(kind, "*` \u00a0"); {
		case kind == "":
		case isPart && len(out) > 0:
			of := &out[len(out)-1]
			of.Names = addMembers(of.Names, names...)
		default:
			out = append(out, Permission{Kind: kind, Names: names})
		}
	}
	return out
}

// permissionNames are the permissions in a cell, such as User.Read.All and offline_access; "Not supported." has none.
func permissionNames(cell string) []string {
	var names []string
	for _, word := range strings.FieldsFunc(cell, func(c rune) bool { return strings.ContainsRune(" \t\n,;:()[]*`<>/|&\u00a0", c) }) {
		word = strings.Trim(word, ".")
		if word == "offline_access" || strings.Contains(word, ".") && isTypeName(strings.ReplaceAll(word, "-", "_")) {
			names = append(names, word)
		}
	}
	return names
}

// requestLine cuts a request line into its method and target, which ends with a blank, but for those in {id | name}.
func requestLine(line string) (method, target string, ok bool) {
	method, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch method {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
	default:
		return "", "", false
	}
	target = strings.TrimSpace(rest)
	depth := 0
	for i, c := range target {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case depth <= 0 && (c == ' ' || c == '\t'):
			target = target[:i]
			return method, target, true
		}
	}
	return method, target, target != ""
}

// angled is a parameter as the workbook pages write it: /range(address='<address>').
var angled = regexp.MustCompile(`<([^<>/]+)>`)

// apiFence reads a code block of an API page.
func (l *loader) apiFence(a *apiPage, section string, f docpage.Fence) {
	kind := blockType(f.Annotation)
	switch {
	case section == requestSection && kind != "request" && kind != "response":
		before := len(a.lines)
		for i, line := range strings.Split(f.Text, "\n") {
			method, target, ok := requestLine(line)
			switch {
			case !ok:
			case strings.Contains(target, "/...") || strings.Contains(target, "/…"):
				l.problem(a.page.File, f.Body+i, "%s %s leaves a part of the path out; it is no operation", method, target)
				before-- // this block has been spoken of
			default:
				a.lines = append(a.lines, Operation{
					Method: method, Route: route.Normalize(angled.ReplaceAllString(target, "{$1}")), Assumed: truth(f.Annotation["assumed"]),
					Page: a.page.File, Line: f.Body + i,
				})
			}
		}
		if len(a.lines) == before {
			l.problem(a.page.File, f.Line, "no request line in this block")
		}
	case kind == "response":
		first, _, _ := strings.Cut(strings.TrimLeft(f.Text, "\n \t"), "\n")
		if m := statusLine.FindStringSubmatch(first); m != nil {
			if n, _ := strconv.Atoi(m[1]); n < 400 {
				a.statuses = append(a.statuses, n)
			}
		}
		l.exampleResponse(a, f)
	}
}

// exampleResponse takes the response's type from an example's annotation where no sentence names one. Where a sentence
// says that it is a collection, or that it is none, and the example's annotation and body agree on the contrary, neither is sure.
func (l *loader) exampleResponse(a *apiPage, f docpage.Fence) {
	name := annotatedType(f.Annotation)
	inner, isList := strings.CutPrefix(name, "Collection(")
	name = strings.TrimSuffix(inner, ")")
	if !strings.Contains(name, ".") || strings.EqualFold(shortName(name), "none") {
		return
	}
	isList = isList || truth(f.Annotation["isCollection"])
	if a.response == "" {
		a.response, a.list = name, isList
		return
	}
	hasBody, hasValue := strings.Contains(f.Text, "\n{"), strings.Contains(f.Text, `"value"`)
	if !strings.EqualFold(a.response, name) || isList == a.list || isList != hasValue || !hasBody {
		return
	}
	a.doubt = true
	what := "one " + name
	if isList {
		what = "a collection of " + name
	}
	l.problem(a.page.File, f.Line, "the example is %s, which the response's sentence does not say; only a path named after the type tells", what)
}

// claim is what one page says of the requests that an operation stands for.
type claim struct {
	Operation
	beta  bool
	pages []string // its page and those included
}

// addOperation adds what a page documents to the operation for the same requests.
func (l *loader) addOperation(op Operation, p *page) {
	c := claim{op, p.beta, append([]string{p.File}, p.includes...)}
	if l.routes.Add(op.Method, op.Route, len(l.claims)) == nil {
		l.claims = append(l.claims, []claim{c})
		return
	}
	if i, ok := l.routes.Find(op.Method, op.Route); ok {
		l.claims[i] = append(l.claims[i], c)
		return
	}
	l.problem(op.Page, op.Line, "%v", l.routes.Add(op.Method, op.Route, 0))
}

// settleOperations makes one operation of the claims about the same requests. Where both versions of the documentation
// have some, v1.0's count.
func (l *loader) settleOperations() {
	for _, claims := range l.claims {
		if stable := slices.DeleteFunc(slices.Clone(claims), func(c claim) bool { return c.beta }); len(stable) > 0 {
			l.overridden(stable[0].Operation, claims)
			claims = stable
		}
		op := claims[0].Operation
		var requests, responses []body
		op.Statuses = nil
		for _, c := range claims {
			op.Statuses = append(op.Statuses, c.Statuses...)
			op.Assumed = op.Assumed && c.Assumed
			if op.Permissions == nil {
				op.Permissions = c.Permissions
			}
			requests = addBody(requests, body{typ: c.Request, page: c.Page, line: c.Line})
			responses = addBody(responses, body{typ: c.Response, collection: c.Collection, page: c.Page, line: c.Line})
		}
		slices.Sort(op.Statuses)
		op.Statuses = slices.Compact(op.Statuses)
		request, response := l.oneBody(op, "request", requests), l.oneBody(op, "response", responses)
		op.Request, op.Response, op.Collection = request.typ, response.typ, response.collection
		if response.page != "" {
			op.Page, op.Line = response.page, response.line
		}
		l.operations = append(l.operations, op)
	}
}

// overridden lists the claims of beta that differ from v1.0's.
func (l *loader) overridden(op Operation, claims []claim) {
	for _, c := range claims {
		if c.beta && (c.Request != op.Request || c.Response != op.Response || c.Collection != op.Collection) {
			l.problem(c.Page, c.Line, "%s %s is also documented by %s:%d of v1.0, with other bodies; that one counts", c.Method, c.Route, op.Page, op.Line)
		}
	}
}

// body is what a page says a request's or a response's body is.
type body struct {
	typ        string
	collection bool
	page       string
	line       int
}

// addBody adds what no page has said yet.
func addBody(list []body, b body) []body {
	said := func(o body) bool { return o.typ == b.typ && o.collection == b.collection }
	if b.typ == "" || slices.ContainsFunc(list, said) {
		return list
	}
	return append(list, b)
}

// oneBody settles what a body is that several pages describe. What the path is named after counts before all else: /me/messages has
// messages, whatever the page about extensions answers with. Of the others counts what all types derive from, where a
// page is about a subtype that type itself. Whether it is one or a collection is told by the path, where pages differ: one
// that ends with a key leads to one, one that ends with a plural to a collection, and of another it is not known.
func (l *loader) oneBody(op Operation, what string, all []body) body {
	if len(all) == 0 {
		return body{}
	}
	list, why := all, ""
	if named := slices.DeleteFunc(slices.Clone(all), func(b body) bool { return !namedAfter(op.Route, b.typ) }); len(named) > 0 {
		list = named
		if len(named) < len(all) {
			why = ", as the path says"
		}
	}
	one, known := list[0], true
	for _, b := range list[1:] {
		if one.collection != b.collection {
			why = ", as the path says"
			one.collection = strings.HasSuffix(op.Route, "s")
			known = one.collection || strings.HasSuffix(op.Route, "}")
		}
		switch common := l.commonBase(one.typ, b.typ); {
		case common == "" || common == entityType:
			known = false
		case common == b.typ && common != one.typ:
			one.typ, one.page, one.line = b.typ, b.page, b.line
		default:
			one.typ = common
		}
		if !known {
			why = ""
			one = body{page: list[0].page, line: list[0].line}
			break
		}
	}
	l.otherBodies(op, what, why, one, all)
	return one
}

// otherBodies lists what pages say of a body and does not count.
func (l *loader) otherBodies(op Operation, what, why string, one body, all []body) {
	verdict := "is not judged"
	if one.typ != "" {
		verdict = "is judged as " + one.typ
		if one.collection {
			verdict = "is judged as a collection of " + one.typ
		}
	}
	for _, b := range all {
		same := b.page == one.page && b.line == one.line
		isSubtype := one.typ != "" && b.collection == one.collection && l.commonBase(one.typ, b.typ) == one.typ && b.typ != one.typ
		if same || isSubtype || b.typ == one.typ && b.collection == one.collection {
			continue
		}
		l.problem(b.page, b.line, "%s %s is also documented by %s:%d, with another body; its %s body %s%s", op.Method, op.Route, one.page, one.line, what, verdict, why)
	}
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

func statuses(sentence string) []int {
	first := strings.IndexAny(sentence, "12345")
	if first < 0 {
		return nil
	}
	sentence = sentence[max(first-1, 0):]
	var out []int
	for _, m := range statusCode.FindAllStringSubmatch(sentence, -1) {
		n, _ := strconv.Atoi(m[1])
		out = append(out, n)
	}
	return out
}

// sentenceType is the type behind a sentence's first link to a resource page, and whether the sentence speaks of a
// collection of it.
func (l *loader) sentenceType(p *page, sentence string) (name string, collection bool) {
	if strings.IndexByte(sentence, '[') < 0 {
		return "", false
	}
	if holds(sentence, "unsuccessful", "it fails", "otherwise", "on failure", "not return", "n't return") {
		if i := failureSentence.FindStringIndex(sentence); i != nil {
			sentence = sentence[:i[0]]
		}
	}
	for _, link := range allLinks(sentence) {
		label, target := p.follow(link)
		if target == "" {
			continue
		}
		if !strings.Contains(strings.ToLower(target), "resources/") && l.linkedType(p, target) == "" {
			continue
		}
		if !isTypeName(label) && l.linkedType(p, target) == "" {
			continue
		}
		name = l.typeBehind(p, label, target)
		before, after := strings.ToLower(sentence[:link.start]), strings.ToLower(sentence[link.end:])
		before = strings.TrimRight(before, " `*")
		collection = strings.HasSuffix(before, "collection of") || strings.HasSuffix(before, "list of") || strings.HasSuffix(before, "array of") ||
			strings.HasSuffix(before, "composed of") ||
			strings.HasPrefix(strings.TrimLeft(after, " `*"), "collection") || strings.HasPrefix(after, " objects")
		return name, collection
	}
	return "", false
}

// linkedType is the type the linked page defines, "" where it is not loaded or defines none.
func (l *loader) linkedType(p *page, target string) string {
	if q := l.link(p, target); q != nil && q != p && len(q.types) > 0 {
		return q.types[0]
	}
	return ""
}
