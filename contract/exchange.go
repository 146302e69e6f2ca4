package contract

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/jsonscan"
	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/schema"
)

// Exchange judges one exchange on its own and returns its findings, sorted. One that matches no operation or goes
// to another host has none.
func (c *Contract) Exchange(x *recording.Exchange) schema.Findings {
	if x == nil {
		return nil
	}
	v := c.orDefault().judge(x)
	if v.outcome != judged {
		return nil
	}
	v.findings.Sort()
	return v.findings
}

// outcome is what became of an exchange.
type outcome uint8

const (
	judged     outcome = iota
	unmatched          // Graph's host, and no operation
	unanswered         // nothing to judge: there is no response
	foreign            // another host, or no request to go by
)

// verdict collects what one exchange shows.
type verdict struct {
	contract *Contract
	x        *recording.Exchange
	target   target
	match    route.Match[schema.Operation]
	outcome  outcome
	findings schema.Findings
	poll     *poll // what it shows of an operation's life, nil for nothing

	explanation *Explanation // nil where nobody asked
}

func (c *Contract) judge(x *recording.Exchange) *verdict {
	v := &verdict{contract: c, x: x, outcome: foreign}
	v.begin()
	if !v.find() {
		return v
	}
	v.outcome = judged
	asked := v.request()
	v.response()
	if x.Status == 0 && !asked {
		v.outcome = unanswered
	}
	return v
}

// find looks for the operation that the exchange is one of. The example of a page that is typed by its annotation needs none.
func (v *verdict) find() bool {
	c, x := v.contract, v.x
	hinted, typed := v.hinted()
	typed = typed && x.Status != 0
	byHint := func() bool {
		if typed {
			v.match = route.Match[schema.Operation]{}
			v.match.Value = schema.Operation{Method: x.Method, Response: hinted.Is, Page: x.Source.File, Line: x.Source.Line}
			v.alsoBecause("the example's annotation gives the response's type all the same")
		}
		return typed
	}
	var err error
	v.target, err = parseTarget(x.URL)
	switch {
	case x.URL == "":
		v.because("", "there is no request to go by")
		return byHint()
	case err != nil:
		v.because("", "the URL cannot be read: %v", err)
		return byHint()
	case !c.isGraph(v.target.host):
		v.because("", "%s is no host of Graph's; --host adds one", v.target.host)
		return byHint()
	}
	method := x.Method
	if method == "" {
		method = http.MethodGet
	}
	v.outcome = unmatched
	var ok, head bool
	if v.match, ok = c.operations.Match(method, v.target.path); !ok && strings.EqualFold(method, http.MethodHead) {
		head = true
		v.match, ok = c.operations.Match(http.MethodGet, v.target.path) // RFC 9110, section 9.3.2
	}
	if !ok {
		v.unmatchedBecause(method)
		return byHint()
	}
	v.matched(head)
	if typed {
		v.match.Value.Response = hinted.Is
	}
	return true
}

const (
	requestBody  = "request.body"
	responseBody = "response.body"
)

func (v *verdict) operation() *schema.Operation { return &v.match.Value }

// request judges the request's body, and says whether there was one to judge.
func (v *verdict) request() bool {
	op := v.operation()
	switch {
	case len(v.x.Request.Body) == 0:
		return false
	case op.Request == "", strings.HasPrefix(op.Request, "Edm."):
		v.notJudged(requestBody, "the operation's page names no resource for it")
		return false
	case !isJSON(v.x.Request.Header):
		v.notJudged(requestBody, "its content type is not JSON")
		return false
	}
	shape, why := schema.Create, op.Method+" sends a new resource"
	if op.Method == http.MethodPatch {
		shape, why = schema.Update, "PATCH sends the members to change"
	}
	s, err := v.contract.catalog.Schema(op.Request, v.contract.mode, shape)
	if err != nil {
		v.notJudged(requestBody, "the page of "+op.Request+" is not loaded")
		return v.openRequest() // one of the catalog's problems
	}
	v.body(requestBody, Choice{op.Request, "the operation's page names it, or the path's responses are of it"}, Choice{shape.String(), why})
	if body, moved, ok := v.decode("request", &v.x.Request, assumedSeverity(v.operation())); ok {
		fs := v.soften("request", body, s.Findings(body))
		v.lower(fs)
		v.addBody(requestBody, &v.x.Request, moved, fs)
		if isExample(v.x) {
			v.repaired(requestBody, v.x.Hint.RequestRepairs)
		}
	}
	return true
}

// openRequest judges a body whose type is not known, for an open object: its bytes, and that it is an object. It says whether it could.
func (v *verdict) openRequest() bool {
	op := v.operation()
	s, err := v.contract.catalog.Schema("", v.contract.mode, schema.ErrorEnvelope) // any object: what it says of members does not count
	if err != nil {
		return false
	}
	body, moved, ok := v.decode("request", &v.x.Request, assumedSeverity(op))
	if !ok {
		return true
	}
	fs := slices.DeleteFunc(s.Findings(body), func(f *schema.Finding) bool {
		return !strings.HasPrefix(f.Rule, "json/") && (f.Rule != "type" || f.Pointer != "")
	})
	for _, f := range fs {
		if f.Rule == "type" {
			f.Message = strings.ReplaceAll(f.Message, s.Name(), op.Request)
			f.Hint, f.Doc = "", schema.Reference{Page: op.Page, Line: op.Line, Text: op.Method + " " + op.Route}
			f.Fingerprint = schema.Fingerprint(f.Rule, op.Request, "", "")
		}
	}
	v.lower(fs)
	v.addBody(requestBody, &v.x.Request, moved, fs)
	if isExample(v.x) {
		v.repaired(requestBody, v.x.Hint.RequestRepairs)
	}
	return true
}

// response judges status, content type and body.
func (v *verdict) response() {
	op, status := v.operation(), v.x.Status
	switch {
	case status == 0:
		return // the connection was lost, or the recorder did not see the answer
	case status >= 400:
		v.errorResponse()
		return
	case status == http.StatusNotModified:
	case len(op.Statuses) > 0 && !slices.Contains(op.Statuses, status):
		v.add(&schema.Finding{
			Severity: schema.Warning, Rule: "http/status", Part: "response.status",
			Message: fmt.Sprintf("got status %d, want %s", status, statusList(op.Statuses)),
			Hint:    "304, 4xx and 5xx need no documentation",
		})
	}
	switch {
	case status/100 != 2, strings.EqualFold(v.x.Method, http.MethodHead):
		return
	case status == http.StatusNoContent:
		if len(v.x.Response.Body) > 0 {
			v.notJudged(responseBody, "a 204 has none")
			v.add(&schema.Finding{
				Severity: schema.Warning, Rule: "http/unexpected-body", Part: responseBody, Message: "got status 204 with a body, want none",
				Hint: "clients do not read it (RFC 9110, section 15.3.5)",
			})
		}
		return
	case op.Response == "", strings.HasPrefix(op.Response, "Edm."): // Edm.Stream is no JSON
		if len(v.x.Response.Body) > 0 {
			v.notJudged(responseBody, "the operation's page names no resource for it")
		}
		return
	}
	if len(v.x.Response.Body) == 0 {
		if status == http.StatusOK || status == http.StatusCreated {
			severity := assumedSeverity(op)
			if isExample(v.x) {
				severity = schema.Info // the page leaves it out
			}
			v.add(&schema.Finding{
				Severity: severity, Rule: "http/empty-body", Part: responseBody,
				Message: fmt.Sprintf("got status %d without a body, want %s", status, op.Response),
				Hint:    "a Graph client returns nothing, and no error",
			})
		}
		return
	}
	if body, moved, ok := v.jsonBody(assumedSeverity(op)); ok {
		v.resource(body, moved)
	}
}

func statusList(statuses []int) string {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = fmt.Sprint(s)
	}
	return strings.Join(names, " or ")
}

func assumedSeverity(op *schema.Operation) schema.Severity {
	if op.Assumed {
		return schema.Warning
	}
	return schema.Error
}

// resource judges the body of a successful response.
func (v *verdict) resource(body []byte, moved bool) {
	op := v.operation()
	typ := v.contract.versionOf(op, body)
	if hinted, ok := v.hinted(); ok {
		typ = hinted
	} else if h := v.x.Hint; h != nil && h.Type != "" && h.Type != typ.Is {
		typ.Because += "; the example's annotation says " + h.Type + ", which no loaded page defines"
	}
	shape, why, wrapped := schema.Entity, "the operation returns one", false
	if op.Route == "" {
		why = "nothing says that it is a collection"
	}
	if op.Collection {
		shape, why = schema.Collection, "the operation returns a collection"
		if last := op.Route[strings.LastIndexByte(op.Route, '/')+1:]; strings.EqualFold(strings.TrimSuffix(last, "()"), "delta") {
			shape, why = schema.Delta, "the operation is a delta function"
		}
	}
	if isExample(v.x) {
		shape, why, wrapped = v.exampleShape(typ.Is, body, shape, why)
		v.expectsError(typ.Is, body)
	}
	s, err := v.contract.catalog.Schema(typ.Is, v.contract.mode, shape)
	if err != nil {
		v.notJudged(responseBody, "the page of "+typ.Is+" is not loaded")
		return
	}
	v.body(responseBody, typ, Choice{shape.String(), why})
	var fs schema.Findings
	if wrapped {
		fs = v.unwrap(s, body)
	} else {
		fs = s.Findings(body)
	}
	fs = slices.DeleteFunc(fs, func(f *schema.Finding) bool {
		return f.Rule == "required" && f.Property != "value" && !v.selects(f.Property)
	})
	fs = v.soften("response", body, fs)
	v.lower(fs)
	v.addBody(responseBody, &v.x.Response, moved, fs)
	switch {
	case isExample(v.x):
		v.repaired(responseBody, v.x.Hint.ResponseRepairs)
	case shape == schema.Entity && (op.Method == http.MethodGet || op.Method == http.MethodPatch):
		v.observe(typ.Is, body, moved, fs)
	}
}

// lower makes warnings of what rests on an assumed operation. The bytes rest on nothing but JSON.
func (v *verdict) lower(fs schema.Findings) {
	if !v.operation().Assumed {
		return
	}
	for _, f := range fs {
		if f.Severity == schema.Error && !strings.HasPrefix(f.Rule, "json/") {
			f.Severity = schema.Warning
			f.Hint = strings.TrimPrefix(f.Hint+"; the operation is assumed", "; ")
		}
	}
}

// errorResponse judges the body of a status of 400 or more. One of the shape of an error envelope is judged as that. A
// gateway in between answers with HTML, an object of its own or nothing, which is worth a warning and no error.
func (v *verdict) errorResponse() {
	if len(v.x.Response.Body) == 0 || strings.EqualFold(v.x.Method, http.MethodHead) {
		return
	}
	body, moved, ok := v.jsonBody(schema.Warning)
	if !ok {
		return
	}
	if isWellFormed(body) && !isEnvelope(body) {
		severity := schema.Warning
		if isExample(v.x) && v.x.Hint.ExpectError {
			severity = schema.Error
		}
		v.notJudged(responseBody, "it has no object called error")
		v.add(&schema.Finding{
			Severity: severity, Rule: "http/error-shape", Part: responseBody,
			Message: fmt.Sprintf("got status %d without an object called error, want an error envelope", v.x.Status),
			Hint:    "a Graph client finds no code and no message in it",
		})
		return
	}
	if s, err := v.contract.catalog.Schema("", v.contract.mode, schema.ErrorEnvelope); err == nil {
		v.body(responseBody, Choice{s.Name(), "every failure has it"}, Choice{schema.ErrorEnvelope.String(), fmt.Sprintf("the status is %d, and the body has an object called error", v.x.Status)})
		v.addBody(responseBody, &v.x.Response, moved, v.soften("response", body, s.Findings(body)))
	}
}

func isWellFormed(body []byte) bool { return len(jsonscan.Scan(body)) == 0 }

// isEnvelope says whether a well-formed body has the shape of an error envelope: an object with an object called error.
func isEnvelope(body []byte) bool {
	var top map[string]json.RawMessage
	return json.Unmarshal(body, &top) == nil && len(top["error"]) > 0 && top["error"][0] == '{'
}

// jsonBody returns the decoded body of the response where it is JSON. One that is not said to be JSON is a finding, and
// judged all the same where it begins like JSON.
func (v *verdict) jsonBody(severity schema.Severity) (body []byte, moved, ok bool) {
	body, moved, ok = v.decode("response", &v.x.Response, severity)
	if !ok {
		return nil, false, false
	}
	said, like := isJSON(v.x.Response.Header), beginsLikeJSON(body)
	if said && (like || v.x.Status < 400) {
		return body, moved, true // what is wrong with its bytes is for the judge to say
	}
	got := strconv.Quote(v.x.Response.Header.Get("Content-Type"))
	if said {
		got = "a body that is no JSON"
	}
	v.add(&schema.Finding{
		Severity: severity, Rule: "http/content-type", Part: "response.header.Content-Type",
		Message: fmt.Sprintf("got %s, want application/json", got),
		Hint:    "a client that trusts the header does not decode the body",
	})
	return body, moved, like
}

func beginsLikeJSON(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// decode removes a body's content coding. A coding that is not known here leaves the body unjudged, which is a warning.
func (v *verdict) decode(message string, m *recording.Message, severity schema.Severity) (body []byte, moved, ok bool) {
	body, moved, err := decoded(m)
	if err == nil {
		return body, moved, true
	}
	f := &schema.Finding{
		Severity: severity, Rule: "http/content-encoding", Part: message + ".header.Content-Encoding", Message: err.Error(),
		Hint: "the body is not what the header says",
	}
	if errors.Is(err, errCoding) {
		f.Severity, f.Hint = schema.Warning, "gzip and deflate are; the body is not judged"
	}
	v.add(f)
	return nil, false, false
}

// isJSON says whether a header announces JSON, or announces nothing.
func isJSON(h http.Header) bool {
	value, _, _ := strings.Cut(h.Get("Content-Type"), ",") // a proxy may have merged two fields
	if value == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(value)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		t, _, _ = strings.Cut(strings.ToLower(value), ";")
	}
	t = strings.TrimSpace(t)
	return t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json")
}

// maxDecoded is how large a body may become when its content coding is removed.
const maxDecoded = 64 << 20

var errCoding = errors.New("this content coding cannot be removed")

// decoded removes a body's content coding (RFC 9110, section 8.4). moved says that offsets in the result are none in
// the recording. A body that begins like JSON or HTML is taken as it stands: recorders decode it and keep the header.
func decoded(m *recording.Message) (body []byte, moved bool, err error) {
	var codings []string
	for c := range strings.SplitSeq(strings.ToLower(strings.Join(m.Header.Values("Content-Encoding"), ",")), ",") {
		if c = strings.TrimPrefix(strings.TrimSpace(c), "x-"); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	if len(codings) == 0 || beginsLikeJSON(m.Body) || bytes.HasPrefix(m.Body, []byte("<")) {
		return m.Body, false, nil
	}
	coding := strings.Join(codings, ", ")
	var r io.Reader
	switch {
	case coding == "gzip" && bytes.HasPrefix(m.Body, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(bytes.NewReader(m.Body))
	case coding == "deflate" && len(m.Body) > 1 && m.Body[0]&0x0f == 8 && (int(m.Body[0])<<8|int(m.Body[1]))%31 == 0:
		r, err = zlib.NewReader(bytes.NewReader(m.Body))
	case coding == "deflate": // many servers leave the zlib frame out
		r = flate.NewReader(bytes.NewReader(m.Body))
	case coding == "gzip":
		return m.Body, false, nil // no gzip, whatever the header says
	default:
		return nil, false, fmt.Errorf("%s: %w", coding, errCoding)
	}
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(r, maxDecoded+1))
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", coding, err)
	}
	if len(body) > maxDecoded {
		return nil, false, fmt.Errorf("%s: more than %d bytes", coding, maxDecoded)
	}
	return body, true, nil
}

// add places a finding about the exchange as a whole, which the operation's request line asks for.
func (v *verdict) add(f *schema.Finding) {
	op := v.operation()
	f.At = schema.Location{
		File: v.x.Source.File, Record: v.x.Source.Record, Line: v.x.Source.Line, Offset: v.x.Source.Offset,
	}
	f.Doc = schema.Reference{Page: op.Page, Line: op.Line, Text: op.Method + " " + op.Route}
	f.Fingerprint = schema.Fingerprint(f.Rule, op.Method+" "+op.Route, f.Part, "")
	v.findings = append(v.findings, f)
}

// addBody adds findings about a body, whose places become places in the recording.
func (v *verdict) addBody(part string, m *recording.Message, moved bool, fs schema.Findings) {
	for _, f := range fs {
		f.Part = part
		f.At = v.place(m, moved, f.At)
		for i := range f.Related {
			f.Related[i] = v.place(m, moved, f.Related[i])
		}
		v.findings = append(v.findings, f)
	}
}

// place turns a place in a body into one in the recording. Where the recording does not hold the body's bytes, it is
// where the exchange begins; without a recording it stays one in the body.
func (v *verdict) place(m *recording.Message, moved bool, at schema.Location) schema.Location {
	src := v.x.Source
	at.File, at.Record = src.File, src.Record
	if src.File == "" {
		return at
	}
	offset := int(at.Offset)
	if moved {
		offset = 0
	}
	if line, column, fileOffset, ok := m.Locate(offset); ok || line > 0 {
		at.Line, at.Column, at.Offset = line, column, fileOffset
		return at
	}
	at.Line, at.Column, at.Offset = src.Line, 0, src.Offset
	return at
}
