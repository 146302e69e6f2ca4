package mockserver

import (
	"mime"
	"net/http"
	"strings"

	"github.com/graphcontract/graphcontract/schema"
)

// judgeUnknown finds that a body which is said to be JSON is none, also where no page knows the operation.
func (h *Handler) judgeUnknown(q *Request) {
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if kind != "application/json" || q.bodyErr != nil || isUpload(q) {
		return
	}
	if _, ok := h.options.contract.Operation(q.Method, q.URL.String()); ok {
		return
	}
	if _, err := q.value(); err != nil {
		q.findings = append(q.findings, &schema.Finding{
			Severity: schema.Error, Rule: "json/syntax", Part: "request.body", Message: notJSON(q, err), Hint: "the request says that it is application/json",
		})
	}
}

// isUpload says whether the body is a file of the client's, or a part of one: its type is that of the file, which may be any bytes.
func isUpload(q *Request) bool {
	return q.Header.Get("Content-Range") != "" ||
		q.Method == http.MethodPut && (strings.HasSuffix(q.URL.Path, "/content") || strings.HasSuffix(q.URL.Path, "/$value"))
}

// judgeMissing finds that a PATCH has no body although its operation's page names a type for one. POST and PUT are let
// through: the bodies of actions, such as createReply, are optional, which no page says in a way that can be told.
func (h *Handler) judgeMissing(q *Request) {
	if q.Method != http.MethodPatch || q.bodyErr != nil || q.wire != nil || h.options.requests == Off && !h.routesJudge() {
		return
	}
	op, ok := h.options.contract.Operation(q.Method, q.URL.String())
	if !ok || op.Assumed || op.Request == "" {
		return
	}
	q.findings = append(q.findings, &schema.Finding{
		Severity: schema.Error, Rule: "http/empty-body", Part: "request.body", Message: "the request is without a body, want " + op.Request,
		Hint: "PATCH sends the members to change",
		Doc:  schema.Reference{Page: op.Page, Line: op.Line, Text: op.Method + " " + op.Route},
	})
}
