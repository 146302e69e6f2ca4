package mockserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/contract"
)

// reply is a [Response] made ready.
type reply struct {
	*Response
	source     string
	number     int // within its route
	times      int // requests that it answers; 0: it does not count them
	need       int // how often it must be used
	status     int
	header     http.Header // canonical
	location   string      // one that begins with "/", which is no part of header
	headers    map[string][]*textTemplate
	content    content
	deliberate string // why it may break the contract
	judged     bool   // it has been judged when it was loaded
}

// answer is what is sent for one request.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	stub    *stub  // nil: no route's
	reply   *reply // nil: one of the server's own
	place   *place // in the route's replies, or nil
	fault   Fault
	handler http.Handler
	err     error // why nothing answers such a request
	delay   Delay

	deliberate bool // it is no part of the verdict at the end
	unjudged   bool // neither is the request, which was enforced
}

const graphJSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// reply makes one of a route's replies ready and judges it where it is constant.
func (p *program) reply(st *stub, def *Response, n int, at string) (*reply, error) {
	re, err := p.prepare(st, def, at)
	if err != nil {
		return nil, err
	}
	re.number = n
	last := n == len(st.Replies)-1
	re.times = def.Times
	if re.times == 0 && def.For == 0 && def.Until.always() && (!last || st.Exhausted != Stick) {
		re.times = 1
	}
	re.need = max(1, re.times)
	if def.Optional {
		re.need = 0
	}
	if re.Func != nil || re.content.pieces != nil && !re.content.keyOnly || re.headers != nil || def.proven && p.contract == contract.Default() {
		return re, nil
	}
	re.judged = true
	if isCredentials(st.addresses[0].host) {
		return re, nil // its pages are not Graph's
	}
	if slices.ContainsFunc(st.addresses, func(a address) bool { return strings.Contains(a.text, "*") }) || st.addresses[0].method == "*" {
		re.judged = false // each request may be for another operation
	}
	if re.deliberate != "" || re.Fault != "" {
		return re, nil
	}
	for _, f := range p.judge(st.addresses[0].method, sampleURL(st.addresses[0].text), re.status, re.header, re.content.sample) {
		return nil, p.scenario.errorAt(at, "if it is meant to, say why in allowInvalid", "the reply breaks the contract: %w", f)
	}
	return re, nil
}

// prepare makes a response ready, without its place among others.
func (p *program) prepare(st *stub, def *Response, at string) (*reply, error) {
	re := &reply{Response: def, source: def.Source, status: def.Status, header: make(http.Header, len(def.Header)+2), deliberate: def.AllowInvalid}
	if re.source == "" {
		re.source = st.source
	}
	if re.deliberate == "" {
		re.deliberate = st.AllowInvalid
	}
	if def.Func != nil {
		return re, nil
	}
	var err error
	if re.content, err = p.content(st, def); err != nil {
		return nil, p.scenario.errorAt(at, "", "%w", err)
	}
	if re.status == 0 {
		re.status = http.StatusOK
		if re.content.isEmpty() {
			re.status = http.StatusNoContent
		}
	}
	if !re.content.isEmpty() {
		re.header["Content-Type"] = []string{graphJSON}
	}
	for name, values := range def.Header {
		name = http.CanonicalHeaderKey(name)
		switch {
		case def.Template && slices.ContainsFunc(values, isTemplate):
			if re.headers == nil {
				re.headers = map[string][]*textTemplate{}
			}
			for _, v := range values {
				t, err := parseTemplate(v)
				if err != nil {
					return nil, p.scenario.errorAt(at+".headers."+name, "", "%w", err)
				}
				re.headers[name] = append(re.headers[name], t)
			}
		case name == "Location" && len(values) == 1 && isGraphs(values[0]):
			re.location = values[0]
		default:
			re.header[name] = slices.Clone(values)
		}
	}
	if def.RetryAfter > 0 && !def.RetryAfterDate {
		re.header["Retry-After"] = seconds(def.RetryAfter)
	}
	return re, nil
}

// hasConstantBody says whether each request gets the same bytes, as the same type of content.
func (re *reply) hasConstantBody() bool {
	return re.content.pieces == nil && re.content.code == "" && re.headers == nil
}

var sampleSegments = strings.NewReplacer("/**", "/sample", "/*", "/sample")

// sampleURL is a path that a template matches.
func sampleURL(template string) string {
	var b strings.Builder
	for rest := template; ; {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			return sampleSegments.Replace(b.String())
		}
		b.WriteString("1")
		_, rest, _ = strings.Cut(after, "}")
	}
}

// render makes the answer to one request.
func (h *Handler) render(p *program, re *reply, q *Request, st *stub, pl *place) (*answer, error) {
	planned := re
	if re.Func != nil {
		fresh, err := p.made(re, q, st)
		if err != nil {
			return nil, err
		}
		re = fresh
	}
	a := &answer{status: re.status, stub: st, reply: re, place: pl, fault: re.Fault, delay: re.Delay, deliberate: re.deliberate != "" || re.Fault != ""}
	if re.Fault == HTMLPage && a.status < 400 {
		a.status = http.StatusBadGateway
	}
	a.header = maps.Clone(re.header)
	ctx := &rendering{handler: h, request: q}
	if re.Issue != "" {
		ctx.newID(re.Issue)
	}
	var err error
	if a.body, err = re.content.render(ctx); err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(re.headers) { // in an order, which random numbers depend on
		templates := re.headers[name]
		values := make([]string, len(templates))
		for i, t := range templates {
			if values[i], err = t.execute(ctx); err != nil {
				return nil, err
			}
		}
		a.header[name] = values
	}
	if re.location != "" {
		a.header["Location"] = []string{absolute(q, re.location)}
	} else if l := a.header.Get("Location"); isGraphs(l) {
		a.header["Location"] = []string{absolute(q, l)}
	}
	if re.RetryAfter > 0 && re.RetryAfterDate {
		a.header["Retry-After"] = []string{h.now().Add(re.RetryAfter + time.Second - 1).Truncate(time.Second).UTC().Format(http.TimeFormat)}
	}
	if re.headers["Etag"] != nil || re != planned { // a constant ETag has been looked at
		switch condition := re.precondition(q, a.status, a.header.Get("Etag")); condition {
		case http.StatusPreconditionFailed:
			h.giveBack(planned, st, pl)
			return h.failure(q, condition, "preconditionFailed", messages["preconditionFailed"]), nil
		case http.StatusNotModified:
			a.status, a.body, a.header = condition, nil, http.Header{"Etag": a.header["Etag"]}
		}
	}
	if re != planned || re.changesLate(q) {
		h.change(p, q, re.Change)
	}
	h.stamp(a, q)
	if a.status == http.StatusNotModified && re.status != a.status {
		return a, nil
	}
	if !re.judged && !re.proven && !a.deliberate && !q.credentials {
		for _, f := range p.judge(q.Method, q.URL.String(), a.status, a.header, a.body) {
			h.violate(q, ErrInvalid, "%s: the reply to %s breaks the contract:\n  %v", re.source, q.line(), f)
		}
	}
	return a, nil
}

// made calls the function of a reply, and makes ready what it returns. It is checked as the replies of a scenario are.
func (p *program) made(re *reply, q *Request, st *stub) (*reply, error) {
	def := re.Func(q)
	if def.Func != nil {
		return nil, errors.New("the function returned a response that has a function")
	}
	def.AllowInvalid = cmp.Or(def.AllowInvalid, re.deliberate)
	c := &checker{scenario: p.scenario, survey: survey{anything: true}}
	templates := make([]pathTemplate, len(st.addresses))
	for i := range st.addresses {
		templates[i] = st.addresses[i].pathTemplate
	}
	c.reply(&routePaths{Route: st.Route, at: st.id, method: q.Method, templates: templates, names: st.names}, "func", &def)
	var wrong []error
	for _, e := range c.found {
		e.At = "" // the function's place is not known
		wrong = append(wrong, e)
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	def.Issue = cmp.Or(def.Issue, re.Issue)
	fresh, err := p.prepare(st, &def, st.id)
	if err != nil {
		return nil, err
	}
	fresh.number, fresh.source = re.number, re.source
	return fresh, nil
}

// changesLate says whether the state moves when the answer has been made: its ETag, which is a template, may refuse the request.
func (re *reply) changesLate(q *Request) bool {
	return re.headers["Etag"] != nil && (len(q.Header.Values("If-Match")) > 0 || len(q.Header.Values("If-None-Match")) > 0)
}

// giveBack lets a reply be given again that was refused when it had been made.
func (h *Handler) giveBack(re *reply, st *stub, pl *place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if pl != nil && pl.used > 0 && pl.reply < len(st.replies) && st.replies[pl.reply] == re {
		pl.used--
	}
}

// line is the request's method and path, as messages name it.
func (r *Request) line() string {
	s := r.Method + " " + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		s += "?" + r.URL.RawQuery
	}
	return s // cut when its secrets have been hidden, see Handler.hide
}

// short cuts what is too long for a message.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func asJSON(v any) (any, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var out any
	err = d.Decode(&out)
	return out, err
}

func jsonText(v any) string {
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return short(string(doc))
}
