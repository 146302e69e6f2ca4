package contract_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

// TestDocumentationExamples judges the same exchange as traffic and as an example of a page.
func TestDocumentationExamples(t *testing.T) {
	const typ = "microsoft.graph.externalConnectors.connectionOperation"
	for _, tt := range []struct {
		name, reason  string
		url           string // of an operation by default
		status        int
		body          string
		hint          recording.Hint
		traffic, page []string
	}{
		{
			name: "placeholder", reason: "a word in place of a value is no fault of a page, and one of a service",
			body: `{"id":"1","status":"status-value"}`, hint: recording.Hint{Type: typ},
			traffic: []string{"warning enum /status"}, page: []string{"info enum /status"},
		},
		{
			name: "type in place of a value", reason: "an object with nothing but its type is a placeholder, too",
			body: `{"id":"1","status":{"@odata.type":"microsoft.graph.x"}}`, hint: recording.Hint{Type: typ},
			traffic: []string{"error type /status"}, page: []string{"info type /status"},
		},
		{
			name: "truncated", reason: "the page says that members are left out", body: `{"status":"completed"}`,
			hint: recording.Hint{Type: typ, Truncated: true}, traffic: []string{"error required "},
		},
		{
			name: "not truncated", reason: "the page does not say so", body: `{"status":"completed"}`,
			hint: recording.Hint{Type: typ}, traffic: []string{"error required "}, page: []string{"error required "},
		},
		{
			name: "in a value", reason: "some pages show the resource as the value of an object; a service does not", body: `{"value":{"id":"1","status":7}}`,
			hint: recording.Hint{}, traffic: []string{"error required ", "error life/status /status", "warning additionalProperties /value"},
			page: []string{"info docs/value-envelope /value", "error type /value/status"},
		},
		{
			name: "collection", reason: "isCollection counts, whatever the operation's sentence says", body: `{"value":[{"id":"1","status":7}]}`,
			hint:    recording.Hint{Type: typ, Collection: true},
			traffic: []string{"error required ", "error life/status /status", "warning additionalProperties /value"}, page: []string{"error type /value/0/status"},
		},
		{
			name: "type without #", reason: "pages leave the # out", body: `{"@odata.type":"` + typ + `","id":"1","status":"completed"}`,
			hint: recording.Hint{}, traffic: []string{"warning odata/type-hash /@odata.type"},
		},
		{
			name: "typed by its annotation", reason: "an example needs no operation where the page says its type", url: "https://graph.microsoft.com/v1.0/nowhere",
			body: `{"id":"1","status":7}`, hint: recording.Hint{Type: typ}, page: []string{"error type /status"},
		},
		{
			name: "expected error", reason: "expectError and a status of 400 want an envelope", status: 400, body: `{"message":"no"}`,
			hint: recording.Hint{ExpectError: true}, traffic: []string{"warning http/error-shape "}, page: []string{"error http/error-shape "},
		},
		{
			name: "expected error without its status", reason: "a body that is an envelope has the status of one",
			url: "https://graph.microsoft.com/v1.0/nowhere", body: `{"error":{"code":"x","message":"y"}}`,
			hint: recording.Hint{Type: "microsoft.graph.entity", ExpectError: true, Truncated: true}, page: []string{"warning docs/expect-error "},
		},
		{
			name: "expected error of a type that has one", reason: "the resource's own error is none", body: `{"id":"1","status":"failed","error":{"message":"no"}}`,
			hint: recording.Hint{Type: "microsoft.graph.connectionOperation", ExpectError: true}, page: nil,
		},
		{
			name: "repaired", reason: "what was no JSON on the page is said", body: `{"id":"1","status":"completed"}`,
			hint: recording.Hint{ResponseRepairs: []string{"line 7: trailing comma"}}, page: []string{"info docs/repaired "},
		},
		{
			name: "polls of a page", reason: "two examples on a page are no life of one operation; their findings are their own",
			body: `{"id":"1","status":"failed"}`, hint: recording.Hint{Type: typ}, traffic: []string{"warning life/error-missing /status"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := recording.Exchange{
				URL: tt.url, Status: tt.status,
				Response: recording.Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(tt.body)},
			}
			if x.URL == "" {
				x.URL = "https://graph.microsoft.com/v1.0/external/connections/c/operations/1"
			}
			if x.Status == 0 {
				x.Status = 200
			}
			require.Equal(t, tt.traffic, short(contract.Default().Exchange(&x)), "as traffic: %s", tt.reason)
			x.Hint = &tt.hint
			require.Equal(t, tt.page, short(contract.Default().Exchange(&x)), "as an example: %s", tt.reason)
			require.NotEmpty(t, contract.Default().Explained(&x).Operation.Because)
		})
	}
}

func short(fs schema.Findings) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Pointer))
	}
	return out
}
