package contract

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/schema"
)

// Explain makes [Contract.Check] say of every exchange what it was judged as and why; see [Report.Explanations]. It
// takes memory for each of them.
func Explain() Option { return func(c *Contract) { c.explain = true } }

// Choice is what something was taken for, "" for nothing, and why.
type Choice struct {
	Is      string `json:"is"`
	Because string `json:"because"`
}

// Explanation says what one exchange was judged as.
type Explanation struct {
	At        schema.Location   `json:"at"`
	Request   string            `json:"request"`   // "GET https://graph.microsoft.com/v1.0/me"
	Operation Choice            `json:"operation"` // "GET /me"; where it is "", only an example's response may have been judged
	Doc       schema.Reference  `json:"doc,omitzero"`
	Bodies    []BodyExplanation `json:"bodies"`
}

// BodyExplanation says what one body was judged as.
type BodyExplanation struct {
	Part  string `json:"part"` // "request.body" or "response.body"
	Type  Choice `json:"type"` // a full name; where it is "", the body was not judged
	Shape Choice `json:"shape"`
	Mode  Choice `json:"mode"`
}

// Explained says what one exchange is judged as, whatever options the contract was made with. A nil exchange
// is judged as nothing.
func (c *Contract) Explained(x *recording.Exchange) Explanation {
	if x == nil {
		return Explanation{}
	}
	own := *c.orDefault()
	own.explain = true
	return *own.judge(x).explanation
}

// begin starts the explanation of an exchange.
func (v *verdict) begin() {
	if !v.contract.explain {
		return
	}
	method := v.x.Method
	if method == "" {
		method = http.MethodGet
	}
	v.explanation = &Explanation{
		At:      schema.Location{File: v.x.Source.File, Record: v.x.Source.Record, Line: v.x.Source.Line, Offset: v.x.Source.Offset},
		Request: strings.TrimSpace(method + " " + v.x.URL), Bodies: []BodyExplanation{},
	}
	if v.x.URL == "" {
		v.explanation.Request = "a response without its request"
	}
}

// because says why the exchange was judged by an operation, or by none.
func (v *verdict) because(is, format string, args ...any) {
	if v.explanation != nil {
		v.explanation.Operation = Choice{is, fmt.Sprintf(format, args...)}
	}
}

// alsoBecause adds to why.
func (v *verdict) alsoBecause(why string) {
	if v.explanation != nil {
		v.explanation.Operation.Because += "; " + why
	}
}

// matched says which operation the exchange matched.
func (v *verdict) matched(otherMethod bool) {
	if v.explanation == nil {
		return
	}
	op := v.operation()
	why := "method and path match what this page documents"
	if otherMethod {
		why = "HEAD is judged like GET, and the path matches"
	}
	if op.Assumed {
		why += "; at most an example documents the operation, so that its findings are warnings"
	}
	v.because(op.Method+" "+op.Route, "%s", why)
	v.explanation.Doc = schema.Reference{Page: op.Page, Line: op.Line}
}

// unmatchedBecause says what the path is documented for, or what is near it.
func (v *verdict) unmatchedBecause(method string) {
	if v.explanation == nil {
		return
	}
	var others []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, ok := v.contract.operations.Match(m, v.target.path); ok {
			others = append(others, m)
		}
	}
	if others != nil {
		v.because("", "the path is documented for %s, not for %s", strings.Join(others, ", "), method)
		return
	}
	if near := v.contract.nearestRoute(method, v.target.path); near != "" {
		v.because("", "no documented path matches; the nearest is %s", near)
		return
	}
	v.because("", "no documented path matches")
}

// nearestRoute is the documented route that has most segments in common with a path from its beginning; of several one
// for the method, and of the nearest length.
func (c *Contract) nearestRoute(method, path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > 0 && (segments[0] == "v1.0" || segments[0] == "beta") {
		segments = segments[1:]
	}
	best, most := "", 0
	for op := range c.catalog.Operations() {
		route := strings.Split(strings.Trim(op.Route, "/"), "/")
		n := 0
		for i, s := range route {
			if i >= len(segments) || !strings.EqualFold(s, segments[i]) && (i == 0 || !strings.HasPrefix(s, "{")) {
				break
			}
			n++
		}
		if n == 0 {
			continue
		}
		score := 1000*n - 10*max(len(route)-len(segments), len(segments)-len(route))
		if strings.EqualFold(op.Method, method) {
			score++
		}
		if score > most {
			best, most = op.Method+" "+op.Route, score
		}
	}
	return best
}

// modeBecause says what a mode does to undocumented members and values. Who chose it is for the caller to know.
var modeBecause = map[schema.Evolution]string{
	schema.Open:   "undocumented members and values are warnings",
	schema.Closed: "undocumented members and values are errors",
}

// body adds what a body was judged as.
func (v *verdict) body(part string, typ, shape Choice) {
	if v.explanation == nil {
		return
	}
	m := v.contract.mode
	mode := Choice{fmt.Sprintf("presence %s, evolution %s", m.Presence, m.Evolution), modeBecause[m.Evolution]}
	if h := v.x.Hint; h != nil && h.Truncated && part == responseBody {
		mode.Because += "; the page says truncated, so that no member is required"
	}
	if _, hasSelect := odata.Selected(v.target.query); part == responseBody && hasSelect {
		mode.Because += "; the request has a $select, so that members it does not name are not required"
	}
	v.explanation.Bodies = append(v.explanation.Bodies, BodyExplanation{part, typ, shape, mode})
}

// notJudged says why a body was not judged.
func (v *verdict) notJudged(part, why string) {
	if v.explanation != nil {
		v.explanation.Bodies = append(v.explanation.Bodies, BodyExplanation{Part: part, Type: Choice{"", why}})
	}
}

// String is one line for each choice.
func (e Explanation) String() string {
	lines := []string{fmt.Sprintf("%s  %s", e.At, e.Request)}
	line := func(label string, c Choice, more string) {
		is := c.Is
		if is == "" {
			is = "none"
		}
		lines = append(lines, fmt.Sprintf("  %s  %s: %s%s", label, is, c.Because, more))
	}
	doc := ""
	if e.Doc.Page != "" {
		doc = " (" + e.Doc.String() + ")"
	}
	line("operation", e.Operation, doc)
	for _, b := range e.Bodies {
		lines = append(lines, "  "+b.Part)
		for _, c := range []struct {
			label string
			Choice
		}{{"type", b.Type}, {"shape", b.Shape}, {"mode", b.Mode}} {
			if c.Because != "" {
				line(fmt.Sprintf("  %-5s", c.label), c.Choice, "")
			}
		}
	}
	return strings.Join(lines, "\n")
}
