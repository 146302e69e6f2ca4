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
	examples []docpage.Fence
	statuses []int

	permissions []Permission
}

func isAPIPage(doc *docpage.Page) bool {
	if doc.Get("doc_type") == "apiPageType" {
		return true
	}
	for _, b := range doc.Blocks {
		if h, ok := b.(docpage.Heading); ok && isRequestHeading(h.Text) {
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
				if name, list := l.sentenceType(at.page, b.Text); name != "" && a.request == "" {
					if a.request = name; list {
						a.request = "Edm.Untyped" // no shape is an array of them
					}
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
	documented := len(a.lines)
	a.exampleRoutes()
	if documented == 0 {
		l.problem(p.File, 1, "API page without a request line under \"HTTP request\"")
	}
	if len(a.lines) == 0 {
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
		a.complete(&op)
		for _, name := range []string{op.Request, op.Response} {
			if name != "" && !strings.HasPrefix(name, "Edm.") && !l.types[name] {
				l.problem(p.File, op.Line, "page of type %s is not loaded; its bodies are not judged", name)
			}
		}
		p.operations = append(p.operations, op)
	}
}

// complete adds to one of a page's request lines what the page says of all of them.
func (a *apiPage) complete(op *Operation) {
	op.Statuses, op.Permissions = slices.Clone(a.statuses), a.permissions
	if op.Method != "GET" && op.Method != "DELETE" {
		op.Request = a.request
	}
	if last := op.Route[strings.LastIndexByte(op.Route, '/')+1:]; strings.HasPrefix(last, "$") {
		return // $value and $count are no representation of the type
	}
	op.Response, op.Collection = a.response, a.list
	if !a.doubt {
		return
	}
	switch op.Collection = false; {
	case strings.HasSuffix(op.Route, "}"):
	case namedAfter(op.Route, op.Response):
		op.Collection = true
	default:
		op.Response = ""
	}
}

// permissions reads the table of who may ask: a row for each kind of caller, its permissions from least to most
// privileged in one cell, or in two of which the second adds the more privileged ones; or the other way round, where the
// heading says so. A row set in from a kind is one of its cases, whose permissions are that kind's, too.
func (l *loader) permissions(p *page, t docpage.Table) []Permission {
	if len(t.Header) < 2 || !holds(plainText(t.Header[0]), "permission type") {
		return nil
	}
	var out []Permission
	for _, row := range t.Rows {
		kind := plainText(row.Cells[0])
		if kind == "" {
			continue
		}
		if !isSetIn(row.Cells[0]) || len(out) == 0 {
			out = append(out, Permission{Kind: kind})
		}
		q := &out[len(out)-1]
		for _, cell := range row.Cells[1:] {
			q.Names = addMembers(q.Names, permissionNames(cell)...)
		}
	}
	if holds(t.Header[1], "most to least") {
		for _, q := range out {
			slices.Reverse(q.Names)
		}
	}
	return out
}

// isSetIn says whether a cell begins with spaces that HTML keeps.
func isSetIn(cell string) bool { return strings.HasPrefix(html.UnescapeString(cell), "\u00a0") }

// plainText is a cell's text without links, marks and HTML.
func plainText(cell string) string {
	s := htmlTag.ReplaceAllString(withoutLinks(cell), " ")
	s = strings.ReplaceAll(strings.ReplaceAll(html.UnescapeString(s), "*", ""), "`", "")
	return strings.Join(strings.Fields(s), " ")
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

// exampleRoutes adds the paths of example requests that none of the page's routes has: the whole one of which the page
// documents the end, as in /me/drive/items/{id}/workbook/tables, or another way to the same.
func (a *apiPage) exampleRoutes() {
	documented := slices.Clip(a.lines)
	var own route.Index[bool] // made where plain segments do not tell
	indexed := false
	for _, f := range a.examples {
		line, _, _ := strings.Cut(strings.TrimLeft(f.Text, "\n "), "\n")
		method, target, ok := requestLine(line)
		sameMethod := func(op Operation) bool { return op.Method == method }
		if !ok || len(documented) > 0 && !slices.ContainsFunc(documented, sameMethod) { // a request that leads up to the page's own
			continue
		}
		path := examplePath(target)
		if path == "" || slices.ContainsFunc(documented, func(op Operation) bool { return sameMethod(op) && fitsPlainly(op.Route, path) }) {
			continue
		}
		if !indexed {
			indexed = true
			for _, op := range documented {
				_ = own.Add(op.Method, op.Route, true) // what cannot be added is said where the operation is
			}
		}
		if _, known := own.Match(method, path); known {
			continue
		}
		op := Operation{Method: method, Route: templated(path), Assumed: true, Page: a.page.File, Line: f.Body}
		if own.Add(op.Method, op.Route, true) == nil {
			a.lines = append(a.lines, op)
		}
	}
}

// fitsPlainly says whether a path has the segments of a route, where those are names and whole parameters.
func fitsPlainly(route, path string) bool {
	for route != "" && path != "" {
		var r, p string
		r, route, _ = strings.Cut(strings.TrimPrefix(route, "/"), "/")
		p, path, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if isParameter := strings.HasPrefix(r, "{") && strings.HasSuffix(r, "}"); p == "" || !isParameter && !strings.EqualFold(r, p) {
			return false
		}
	}
	return route == path
}

// examplePath is the path of a request's target below the version, "" where the target is of another service.
func examplePath(target string) string {
	if rest, ok := strings.CutPrefix(target, "https://graph.microsoft.com"); ok {
		target = rest
	}
	if !strings.HasPrefix(target, "/") {
		return ""
	}
	target, _, _ = strings.Cut(target, "?")
	for _, version := range []string{"/v1.0/", "/beta/", "/{version}/"} {
		if rest, ok := strings.CutPrefix(target, version); ok {
			target = "/" + rest
		}
	}
	if strings.ContainsAny(target, " <>:") || strings.Contains(target, "...") {
		return ""
	}
	return target
}

// templated is a path with a parameter for each segment that is a key rather than a name.
func templated(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch {
		case s == "", strings.HasPrefix(s, "{"), strings.HasSuffix(s, ")"), strings.HasPrefix(s, "$"):
		case !isTypeName(s) || strings.ContainsAny(s, "0123456789"):
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// apiFence reads a code block of an API page.
func (l *loader) apiFence(a *apiPage, section string, f docpage.Fence) {
	kind := blockType(f.Annotation)
	switch {
	case section == requestSection && kind != "response":
		l.requestLines(a, f)
	case kind == "request":
		a.examples = append(a.examples, f)
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

// exampleList is a member that an example shows as an array.
type exampleList struct {
	typ, member string
	line        int
}

// arrays notes which members of a type an example shows as arrays. A page that gives such a member another type contradicts it.
func (p *page) arrays(typ string, f docpage.Fence) {
	start := strings.Index(f.Text, "\n{")
	if start < 0 {
		return
	}
	brackets := strings.Count(f.Text[start:], "[")
	if strings.Contains(f.Text, `"value"`) {
		brackets-- // of the collection itself
	}
	if brackets <= 0 {
		return
	}
	v, err := docpage.ParseJSON(f.Text[start+1:])
	m, ok := v.(map[string]any)
	if err != nil || !ok {
		return
	}
	if item, ok := first(m["value"]).(map[string]any); ok {
		m = item
	}
	for _, name := range sortedKeys(m) {
		if _, isArray := m[name].([]any); isArray && name != "value" && !strings.Contains(name, "@") {
			p.exampleLists = append(p.exampleLists, exampleList{typ, name, f.Line})
		}
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
	a.page.arrays(name, f)
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

// requestLines reads the operations of a code block. A route that leaves something out, /folders/{id}/.../messages, stands
// for many, which no template can say.
func (l *loader) requestLines(a *apiPage, f docpage.Fence) {
	found := false
	for i, line := range strings.Split(f.Text, "\n") {
		method, target, ok := requestLine(line)
		if !ok {
			continue
		}
		found = true
		template := route.Normalize(angled.ReplaceAllString(target, "{$1}"))
		if strings.Contains(template, "...") || strings.Contains(template, "…") {
			l.problem(a.page.File, f.Body+i, "%s %s stands for many routes; it is not read", method, template)
			continue
		}
		a.lines = append(a.lines, Operation{
			Method: method, Route: template, Assumed: truth(f.Annotation["assumed"]), Page: a.page.File, Line: f.Body + i,
		})
	}
	if !found {
		l.problem(a.page.File, f.Line, "no request line in this block")
	}
}

// angled is a parameter of a route in angle brackets.
var angled = regexp.MustCompile(`<([^<>/{}]+)>`)

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
