package mockserver

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

// respond makes the answer to a request: everything but sending it. Where a function of the scenario aborts there is none to be sent.
func (h *Handler) respond(q *Request) (a *answer, d *decision, e ending) {
	q.handler = h
	if h.options.strict && q.label != "" && !h.takesStream(q) {
		h.violate(q, ErrLabel, "%s: %s", q.line(), q.label)
	}
	h.judgeRequest(q)
	e = h.guarded(q, func() {
		var p *program
		d, p = h.decide(q)
		a = h.answer(q, d, p)
	})
	if e != returned {
		h.arrive(q)
		d = &q.space.decision
		if e == panicked {
			a = h.panicked(q)
		} else {
			a = &answer{handler: http.NotFoundHandler(), header: http.Header{}, deliberate: true} // the journal waits for its response
			q.gone = true
		}
		a.stub, a.place = d.stub, d.place
	}
	q.answer = a
	return a, d, e
}

// panicked is the answer to a request that the scenario's own code panicked at.
func (h *Handler) panicked(q *Request) *answer {
	a := h.failure(q, http.StatusInternalServerError, "MockPanicked", "mockserver: the scenario's own code panicked; the test says where")
	a.deliberate = true
	return a
}

// takesStream says whether a request without a Content-Type is an upload of whatever bytes there are.
func (h *Handler) takesStream(q *Request) bool {
	if q.Header.Get("Content-Type") != "" || q.Header.Get("Content-Encoding") != "" {
		return false
	}
	op, ok := h.options.contract.Operation(q.Method, q.URL.String())
	return ok && op.Request == "Edm.Stream" || q.Method == http.MethodPut && strings.HasSuffix(q.URL.Path, "/content")
}

// judgeRequest finds what the request's body breaks.
func (h *Handler) judgeRequest(q *Request) {
	if q.Body == nil || h.options.requests == Off && !h.routesJudge() {
		h.judgeMissing(q)
		return
	}
	x := recording.Exchange{Method: q.Method, URL: q.URL.String(), Request: recording.Message{Header: q.Header, Body: q.Body}}
	if q.label != "" || q.Header.Get("Content-Encoding") != "" {
		x.Request.Header = q.Header.Clone()
		x.Request.Header.Del("Content-Encoding") // the body is unpacked
	}
	for _, f := range h.options.contract.Exchange(&x) {
		if f.Severity == schema.Error {
			q.findings = append(q.findings, f)
		}
	}
	if q.findings == nil {
		h.judgeUnknown(q)
	}
}

// routesJudge says whether a route has requests judged although the server does not.
func (h *Handler) routesJudge() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.program.routes, func(st *stub) bool { return st.Requests != "" && st.Requests != Off })
}

// mode says what happens to requests of a route that break the contract.
func (h *Handler) mode(st *stub) RequestMode {
	return cmp.Or(st.Requests, h.options.requests, Report)
}

func (h *Handler) answer(q *Request, d *decision, p *program) *answer {
	var a *answer
	switch {
	case d.stub == nil && q.Method == http.MethodOptions && len(p.allowed(q.URL.EscapedPath())) > 0:
		a = h.allow(q, p)
	case d.stub == nil && q.credentials:
		if a = h.credentials(q, p.scenario.Auth); a == nil {
			a = h.unexpected(q, d, p)
		}
	case d.stub == nil && isBatch(q):
		a = h.batch(q)
	case d.stub == nil || d.exhausted != nil:
		a = h.unexpected(q, d, p)
	case d.denied != nil:
		a = h.refuseAccess(q, d.denied)
	case d.limited:
		a = h.failure(q, http.StatusTooManyRequests, "TooManyRequests", messages["TooManyRequests"])
		a.header["Retry-After"] = seconds(d.window.late)
		if d.early > 0 {
			h.early(q, d)
		}
	case d.invalid != nil:
		a = h.failure(q, http.StatusBadRequest, "Request_BadRequest", strings.TrimPrefix(d.invalid.Pointer+": "+d.invalid.Message, ": "))
		a.unjudged = true
	case d.unissued != "":
		a = h.notIssued(q, d.unissued, d.why)
	case d.early > 0:
		a = h.failure(q, http.StatusTooManyRequests, "TooManyRequests", "The Retry-After of the answer before has not passed yet.")
		a.header["Retry-After"] = seconds(d.early)
		h.early(q, d)
	case d.condition == http.StatusPreconditionFailed:
		a = h.failure(q, d.condition, "preconditionFailed", messages["preconditionFailed"])
	case d.condition == http.StatusNotModified:
		a = &answer{status: d.condition, header: http.Header{"Etag": d.reply.header["Etag"]}}
		h.stamp(a, q)
	case d.stub.Handler != nil:
		a = &answer{handler: d.stub.Handler, header: http.Header{}, deliberate: d.stub.AllowInvalid != ""}
	default:
		var err error
		if a, err = h.render(p, d.reply, q, d.stub, d.place); err != nil {
			h.violate(q, ErrInvalid, "%s: the reply to %s cannot be made: %v", d.reply.source, q.line(), err)
			a = h.failure(q, http.StatusInternalServerError, "MockReplyFailed", err.Error())
			a.deliberate = true
		}
	}
	a.stub, a.place = d.stub, d.place
	if d.window != nil {
		d.window.decorate(a.header)
	}
	if a.status == http.StatusMethodNotAllowed && a.header["Allow"] == nil { // RFC 9110, section 15.5.6
		a.header["Allow"] = []string{strings.Join(slices.DeleteFunc(p.allowed(q.URL.EscapedPath()), func(method string) bool {
			return method == q.Method || method == http.MethodHead && q.Method == http.MethodGet
		}), ", ")}
	}
	if d.stub != nil && d.invalid == nil && len(q.findings) > 0 && h.mode(d.stub) == Report {
		for _, f := range q.findings {
			h.violate(q, ErrInvalid, "%s breaks the contract:\n  %v", q.line(), f)
		}
	}
	return a
}

// allow answers OPTIONS where a route has the path and no method OPTIONS.
func (h *Handler) allow(q *Request, p *program) *answer {
	a := &answer{status: http.StatusNoContent, header: http.Header{"Allow": {strings.Join(p.allowed(q.URL.EscapedPath()), ", ")}}}
	h.stamp(a, q)
	return a
}

// finish ends what respond began.
func (h *Handler) finish(q *Request) {
	if h.options.served != nil {
		h.served(q)
	}
	h.leave(q)
}

// leave has a request be in flight no more, once. It comes before the last byte of the answer can reach the client, whose next request
// is not at the same time then.
func (h *Handler) leave(q *Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if q.left || q.sequence == 0 {
		return
	}
	q.left = true
	if !q.credentials {
		h.crowd.inFlight--
	}
	q.leave(0)
}
