package mockserver

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
)

// What a client, or a scenario, did wrong. The errors of [Handler.Err] wrap them.
var (
	ErrUnexpected  = errors.New("unexpected request")             // no route matches
	ErrExhausted   = errors.New("replies exhausted")              // all replies of the route have been given
	ErrEarlyRetry  = errors.New("request before its Retry-After") // see [EarlyRetry]
	ErrInvalid     = errors.New("breaks the contract")            // a request, a reply, or the life of an operation
	ErrLabel       = errors.New("body is not what its header says")
	ErrUnused      = errors.New("required reply not used")
	ErrExpectation = errors.New("expectation not met")
	ErrPanic       = errors.New("function panicked") // a function or a handler of the scenario; its request is answered with 500

	ErrNotification = errors.New("notification not accepted") // by the receiver of [Subscriptions]
)

// Violation is one thing that went wrong.
type Violation struct {
	Err  error  // one of the errors above
	Text string // what happened, in one line or more
}

// Error is the text.
func (v *Violation) Error() string { return v.Text }

// Unwrap is the kind of violation.
func (v *Violation) Unwrap() error { return v.Err }

// maxViolations is how many different violations a handler keeps.
const maxViolations = 100

// violate records a violation by a request and reports it at once; of equal ones only the first. What is secret is hidden in it.
func (h *Handler) violate(q *Request, kind error, format string, args ...any) {
	v := &Violation{kind, h.hide(q, "mockserver: "+fmt.Sprintf(format, args...))}
	h.reports.Lock()
	defer h.reports.Unlock()
	if h.seen == nil {
		h.seen = map[string]bool{}
	}
	if h.seen[v.Text] || len(h.violations) >= maxViolations {
		h.more++
		return
	}
	h.seen[v.Text] = true
	h.violations = append(h.violations, v)
	if h.report != nil {
		h.report(v)
	}
}

// hide replaces what is secret in a text about a request.
func (h *Handler) hide(q *Request, text string) string {
	r := h.journal.redactor
	r.Learn(&recording.Exchange{Method: q.Method, URL: q.URL.String(), Request: recording.Message{Header: q.Header, Body: q.wire}})
	hidden := h.journal.hide(text)
	if line := h.journal.hide(q.line()); len(line) > len(short(line)) { // a secret that is cut is not known as one
		hidden = strings.ReplaceAll(hidden, line, short(line))
	}
	return hidden
}

// hidden is the request without its secrets, for texts that show a part of it.
func (h *Handler) hidden(q *Request) *Request {
	r := h.journal.redactor
	body := q.wire
	if q.bodyErr == nil {
		body = q.Body
	}
	sent := recording.Exchange{Method: q.Method, URL: q.URL.String(), Request: recording.Message{Header: q.Header.Clone(), Body: body}}
	if q.bodyErr == nil && sent.Request.Header != nil {
		sent.Request.Header.Del("Content-Encoding") // it is unpacked
	}
	x := r.Redact(sent)
	out := &Request{
		Method: q.Method, URL: q.URL, Header: x.Request.Header, Body: x.Request.Body, version: q.version, bodyErr: q.bodyErr,
		wire: x.Request.Body,
	}
	if u, err := url.Parse(x.URL); err == nil {
		out.URL = u
	}
	return out
}
