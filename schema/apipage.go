package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/route"
)

var (
	requestLine     = regexp.MustCompile(`^\s*(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+((?:\{[^}]*\}|[^\s{])+)`)
	statusCode      = regexp.MustCompile("`?\\b([1-5]\\d\\d)\\b[ ,-]*(?:OK|Created|Accepted|No Content|Not Modified|Found|Partial|Reset|Multi|`)")
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
	statuses []int
}

func isAPIPage(doc *docpage.Page) bool {
	if doc.Get("doc_type") == "apiPageType" {
		return true
	}
	for _, b := range doc.Blocks {
		if h, ok := b.(docpage.Heading); ok && strings.EqualFold(h.Text, "HTTP request") {
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
	for section, b := range sections(p.Page) {
		switch b := b.(type) {
		case docpage.Text:
			switch section {
			case "request body":
				if name, _ := l.sentenceType(p, b.Text); name != "" && a.request == "" {
					a.request = name
				}
			case "response", "responses":
				a.statuses = append(a.statuses, statuses(b.Text)...)
				if name, list := l.sentenceType(p, b.Text); name != "" && a.response == "" {
					a.response, a.list = name, list
				}
			}
		case docpage.Fence:
			l.apiFence(&a, section, b)
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
		op.Statuses = slices.Clone(a.statuses)
		if last := op.Route[strings.LastIndexByte(op.Route, '/')+1:]; !strings.HasPrefix(last, "$") {
			op.Response, op.Collection = a.response, a.list // $value and $count are no representation of the type
		}
		if op.Method != "GET" && op.Method != "DELETE" {
			op.Request = a.request
		}
		for _, name := range []string{op.Request, op.Response} {
			if name != "" && !strings.HasPrefix(name, "Edm.") && l.resources[name] == nil {
				l.problem(p.File, op.Line, "page of type %s is not loaded; its bodies are not judged", name)
			}
		}
		l.addOperation(op)
	}
}

// apiFence reads a code block of an API page.
func (l *loader) apiFence(a *apiPage, section string, f docpage.Fence) {
	kind := blockType(f.Annotation)
	switch {
	case section == "http request" && kind != "request" && kind != "response":
		before := len(a.lines)
		for i, line := range strings.Split(f.Text, "\n") {
			if m := requestLine.FindStringSubmatch(line); m != nil {
				a.lines = append(a.lines, Operation{
					Method: m[1], Route: route.Normalize(m[2]), Assumed: truth(f.Annotation["assumed"]),
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
		name := annotatedType(f.Annotation)
		inner, isList := strings.CutPrefix(name, "Collection(")
		name = strings.TrimSuffix(inner, ")")
		if a.response == "" && strings.Contains(name, ".") && !strings.EqualFold(shortName(name), "none") {
			a.response, a.list = name, isList || truth(f.Annotation["isCollection"])
		}
	}
}

// addOperation adds an operation, or merges it into the one that another page documents for the same requests. Where the
// two answer with different types, what is sure is their common base, or nothing.
func (l *loader) addOperation(op Operation) {
	err := l.routes.Add(op.Method, op.Route, len(l.operations))
	if err == nil {
		l.operations = append(l.operations, op)
		return
	}
	i, ok := l.routes.Find(op.Method, op.Route)
	if !ok {
		l.problem(op.Page, op.Line, "%v", err)
		return
	}
	old := &l.operations[i]
	old.Statuses = append(old.Statuses, op.Statuses...)
	slices.Sort(old.Statuses)
	old.Statuses = slices.Compact(old.Statuses)
	old.Assumed = old.Assumed && op.Assumed
	if op.Request != old.Request {
		l.twice(op, *old, "request", l.commonBase(old.Request, op.Request), &old.Request)
	}
	if op.Response != old.Response || op.Collection != old.Collection {
		common := l.commonBase(old.Response, op.Response)
		if op.Collection != old.Collection {
			common = ""
		}
		l.twice(op, *old, "response", common, &old.Response)
	}
}

// twice settles on what is sure of a body that two pages type differently, and says so.
func (l *loader) twice(op, old Operation, what, common string, typ *string) {
	*typ = common
	verdict := "is not judged"
	if common != "" {
		verdict = "is judged as " + common
	}
	l.problem(op.Page, op.Line, "%s %s is also documented by %s:%d, with another type; its %s body %s", op.Method, op.Route, old.Page, old.Line, what, verdict)
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
	if i := failureSentence.FindStringIndex(sentence); i != nil {
		sentence = sentence[:i[0]]
	}
	for _, m := range linkPattern.FindAllStringSubmatchIndex(sentence, -1) {
		if m[4] < 0 {
			continue
		}
		label, target := strings.Trim(sentence[m[2]:m[3]], "`* "), sentence[m[4]:m[5]]
		if !strings.Contains(strings.ToLower(target), "resources/") && l.linkedType(p, target) == "" {
			continue
		}
		if !typeName.MatchString(label) && l.linkedType(p, target) == "" {
			continue
		}
		name, _ = l.typeBehind(p, label, target)
		before, after := strings.ToLower(sentence[:m[0]]), strings.ToLower(sentence[m[1]:])
		before = strings.TrimRight(before, " `*")
		collection = strings.HasSuffix(before, "collection of") || strings.HasSuffix(before, "list of") ||
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
