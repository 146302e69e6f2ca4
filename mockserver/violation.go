package mockserver

import (
	"errors"
	"fmt"

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
	h.journal.redactor.Learn(&recording.Exchange{Method: q.Method, URL: q.URL.String(), Request: recording.Message{Header: q.Header, Body: q.wire}})
	return h.journal.hide(text)
}

// hide replaces in a text what is known to be secret.
func (j *journal) hide(text string) string {
	x := j.redactor.Redact(recording.Exchange{Request: recording.Message{Body: []byte(text)}})
	return string(x.Request.Body)
}
