package mockserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

// judge returns what a response has that a reply may not have unless it says why: errors to the contract; values that no page lists,
// which the contract only warns of, as a service may be ahead of its pages and a mock may not; and of a status of 400 or more another
// body than an error envelope with a message, which Graph's Go client relies on. Without an operation on a page the envelope is
// judged all the same.
func (p *program) judge(method, url string, status int, header http.Header, body []byte) schema.Findings {
	if method == "*" {
		method = http.MethodGet
	}
	x := recording.Exchange{Method: method, URL: url, Status: status, Response: recording.Message{Header: header, Body: body}}
	var fs schema.Findings
	isObject := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
	if _, ok := p.contract.Operation(method, url); ok {
		fs = p.contract.Exchange(&x)
	} else if status >= 400 && isObject {
		if s, err := p.contract.Catalog().Schema("", p.contract.Mode(), schema.ErrorEnvelope); err == nil {
			fs = s.Findings(body)
		}
	}
	fs = slices.DeleteFunc(fs, func(f *schema.Finding) bool {
		unlisted := f.Rule == "enum" && !strings.HasPrefix(f.Message, `got string "unknownFutureValue"`) // which every list may have
		return f.Severity != schema.Error && !unlisted
	})
	if status >= 400 && isObject && len(fs) == 0 && !hasMessage(body) {
		fs = append(fs, &schema.Finding{
			Severity: schema.Error, Rule: "http/error-shape", Part: "response.body", Pointer: "/error/message",
			Message: "an error without a message", Hint: `want {"error":{"code":…,"message":…}}; Graph's Go client fails without the message`,
		})
	}
	return fs
}

// hasMessage says whether an error envelope has a message that is not empty.
func hasMessage(body []byte) bool {
	var envelope struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	return json.Unmarshal(body, &envelope) == nil && envelope.Error.Message != ""
}
