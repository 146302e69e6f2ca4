package contract_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

const (
	external = "https://graph.microsoft.com/v1.0/external/connections/contosohr/operations"
	bare     = "https://graph.microsoft.com/beta/connections/contosohr/operations"
)

func exchange(method, url string, status int, body string) recording.Exchange {
	h := http.Header{}
	if body != "" {
		h.Set("Content-Type", "application/json")
	}
	return recording.Exchange{Method: method, URL: url, Status: status, Response: recording.Message{Header: h, Body: []byte(body)}}
}

func poll(status string) recording.Exchange {
	return exchange("GET", external+"/1", 200, fmt.Sprintf(`{"id":"1","status":%q}`, status))
}

// brief is a finding without its texts and place.
func brief(fs schema.Findings) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s %s %s", f.Severity, f.Rule, f.Part, f.Pointer))
	}
	return out
}

// TestOpenRequest names the type that the request has.
func TestOpenRequest(t *testing.T) {
	x := exchange("PATCH", "/v1.0/external/connections/c/schema", 202, "")
	x.Request.Body = []byte(" [1]")
	fs := contract.Default().Exchange(&x)
	require.Len(t, fs, 1)
	require.EqualError(t, fs[0], "1:2: got an array of 1 item, want object (microsoft.graph.externalConnectors.schema) [type] "+
		"(api/externalconnectors-externalconnection-patch-schema.md:33)")
}

func TestExchange(t *testing.T) {
	strict, err := contract.New(schema.Default(), schema.Strict)
	require.NoError(t, err)
	with := func(x recording.Exchange, name, value string) recording.Exchange {
		x.Response.Header.Set(name, value)
		return x
	}
	request := func(method, url string, status int, body string) recording.Exchange {
		x := exchange(method, url, status, "")
		x.Request = recording.Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
		return x
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err = z.Write([]byte(`{"id":"1","status":7}`))
	require.NoError(t, err)
	require.NoError(t, z.Close())

	tests := []struct {
		name     string
		x        recording.Exchange
		reason   string
		tolerant []string
		strict   []string // as tolerant where nil
	}{
		{
			name: "documented failure", x: exchange("GET", bare+"/3", 200, `{"id":"3","status":"failed","error":{"message":"x"}}`),
			reason: "200 with a property called error is the resource, not an error envelope",
		},
		{
			name: "error envelope", x: exchange("GET", bare+"/3", 404, `{"error":{"code":"itemNotFound","message":"x"}}`),
			reason: "404 has an error envelope",
		},
		{
			name: "resource at 404", x: exchange("GET", bare+"/3", 404, `{"id":"3","status":"failed","error":{"message":"x"}}`),
			reason: "a status of 400 or more has an envelope, whose error has a code",
			tolerant: []string{
				"warning additionalProperties response.body /id", "warning additionalProperties response.body /status",
				"error required response.body /error",
			},
			strict: []string{
				"error additionalProperties response.body /id", "error additionalProperties response.body /status",
				"error required response.body /error",
			},
		},
		{
			name: "error.code on external", x: exchange("GET", external+"/3", 200, `{"id":"3","status":"failed","error":{"code":"c","message":"x"}}`),
			reason: "a path with /external/ is today's type, whose error is a publicError",
		},
		{
			name: "error.code on bare", x: exchange("GET", bare+"/3", 200, `{"id":"3","status":"failed","error":{"code":"c","message":"x"}}`),
			reason:   "a bare /connections/ is the older type, whose errorDetail has no code",
			tolerant: []string{"warning additionalProperties response.body /error/code"},
			strict:   []string{"error additionalProperties response.body /error/code"},
		},
		{
			name:   "type decides",
			x:      exchange("GET", bare+"/3", 200, `{"@odata.type":"#microsoft.graph.externalConnectors.connectionOperation","id":"3","status":"failed","error":{"code":"c"}}`),
			reason: "a body's @odata.type decides before the path",
		},
		{
			name:   "context decides",
			x:      exchange("GET", bare+"/3", 200, `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#external/connections('c')/operations/$entity","id":"3","status":"failed","error":{"code":"c"}}`),
			reason: "a body's @odata.context decides before the path",
		},
		{
			name:   "context of a type decides",
			x:      exchange("GET", external+"/3", 200, `{"@odata.context":"x/$metadata#microsoft.graph.connectionOperation","id":"3","status":"failed","error":{"errorCode":"c"}}`),
			reason: "its fragment may be a type name",
		},
		{
			name:   "context of a collection decides",
			x:      exchange("GET", bare, 200, `{"@odata.context":"x/$metadata#external/connections('c')/operations(id,status)","value":[{"id":"3","status":"unknownFutureValue","error":{"code":"c"}}]}`),
			reason: "or the path of an entity set, with the selected members",
		},
		{
			name: "keys in parentheses", x: exchange("GET", "/external/connections('contosohr')/operations('3')", 200, `{"id":"3","status":3}`),
			reason: "key as segment or ('id'), with or without a version", tolerant: []string{"error type response.body /status"},
		},
		{
			name: "assumed operation", x: exchange("GET", external, 200, `{"value":[{"status":"failed"}]}`),
			reason:   "findings that rest on what is assumed are warnings",
			tolerant: []string{"warning required response.body /value/0"},
		},
		{
			name: "assumed operation's bytes", x: exchange("GET", external, 200, `{"value":[{"id":"1","status":"failed"}`),
			reason: "bytes are no matter of assumptions", tolerant: []string{"error json/truncated response.body /value"},
		},
		{
			name: "undocumented status", x: exchange("GET", external+"/3", 206, `{"id":"3","status":"failed","error":{}}`),
			reason: "another status than the documented is a warning", tolerant: []string{"warning http/status response.status "},
		},
		{name: "not modified", x: exchange("GET", external+"/3", 304, ""), reason: "304 is always fine"},
		{name: "accepted", x: exchange("PATCH", "/v1.0/external/connections/c/schema", 202, ""), reason: "202 is documented, without a body"},
		{
			name: "type without a page", x: request("PATCH", "/v1.0/external/connections/c/schema", 202, `{"baseType":1,"x":[]}`),
			reason: "a type whose page is not loaded is an open object",
		},
		{
			name: "no object for a type without a page", x: request("PATCH", "/v1.0/external/connections/c/schema", 202, `[]`),
			reason: "but an object", tolerant: []string{"error type request.body "},
		},
		{
			name: "no JSON for a type without a page", x: request("PATCH", "/v1.0/external/connections/c/schema", 202, `{"baseType":`),
			reason: "of JSON", tolerant: []string{"error json/truncated request.body /baseType"},
		},
		{
			name: "text for a type without a page", x: recording.Exchange{
				Method: "PATCH", URL: "https://graph.microsoft.com/v1.0/external/connections/c/schema", Status: 202,
				Request: recording.Message{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("text")},
			},
			reason: "unless it is said to be something else",
		},
		{name: "server error", x: exchange("GET", external+"/3", 503, ""), reason: "5xx is always fine, and so is its empty body"},
		{
			name: "gateway's HTML", x: with(exchange("GET", external+"/3", 502, "<html>"), "Content-Type", "text/html; charset=utf-8"),
			reason: "honest traffic has it", tolerant: []string{"warning http/content-type response.header.Content-Type "},
		},
		{
			name: "login page", x: with(exchange("GET", external+"/3", 200, "<html>"), "Content-Type", "text/html"),
			reason: "a success is JSON", tolerant: []string{"error http/content-type response.header.Content-Type "},
		},
		{
			name: "metadata parameter", x: with(poll("inprogress"), "Content-Type", "application/json;odata.metadata=minimal;charset=utf-8"),
			reason: "parameters do not count",
		},
		{name: "no body", x: exchange("GET", external+"/3", 200, ""), reason: "a body is documented", tolerant: []string{"error http/empty-body response.body "}},
		{name: "lost connection", x: exchange("GET", external+"/3", 0, ""), reason: "nothing was answered"},
		{
			name: "selected", x: exchange("GET", external+"/3?$select=status", 200, `{"status":"inprogress"}`),
			reason: "what was not selected may be absent",
		},
		{
			name: "selected and absent", x: exchange("GET", external+"/3?$select=id", 200, `{}`),
			reason: "what was selected may not", tolerant: []string{"error required response.body "},
		},
		{
			name: "gzip", x: with(exchange("GET", external+"/3", 200, zipped.String()), "Content-Encoding", "gzip"),
			reason: "a content coding is removed", tolerant: []string{"error type response.body /status"},
		},
		{
			name: "gzip label on plain body", x: with(exchange("GET", external+"/3", 200, `{"id":"1","status":"failed","error":{}}`), "Content-Encoding", "gzip"),
			reason: "recorders decode bodies and keep the header",
		},
		{
			name: "cut gzip", x: with(exchange("GET", external+"/3", 200, zipped.String()[:20]), "Content-Encoding", "gzip"),
			reason: "a coding that begins and is broken is an error", tolerant: []string{"error http/content-encoding response.header.Content-Encoding "},
		},
		{
			name: "update of the key", x: request("PATCH", external+"/3", 204, `{"id":"4","status":"banana","x":1}`),
			reason:   "a service ignores the key in an update; the documentation lists unknownFutureValue",
			tolerant: []string{"warning additionalProperties request.body /x", "warning enum request.body /status", "warning http/status response.status ", "warning odata/read-only request.body /id"},
			strict:   []string{"warning additionalProperties request.body /x", "warning enum request.body /status", "warning http/status response.status ", "warning odata/read-only request.body /id"},
		},
		{
			name: "broken gateway", x: exchange("GET", external+"/3", 401, `{"statusCode":401,"message":"Access denied"}`),
			reason: "an envelope is recognised by status and shape; a gateway's object is worth a warning", tolerant: []string{"warning http/error-shape response.body "},
		},
		{
			name: "error of another kind", x: exchange("GET", external+"/3", 429, `{"error":"throttled"}`),
			reason: "an envelope's error is an object", tolerant: []string{"warning http/error-shape response.body "},
		},
		{
			name: "error code of another type", x: exchange("GET", external+"/3", 429, `{"error":{"code":429,"message":"x"}}`),
			reason: "what has the shape is judged", tolerant: []string{"error type response.body /error/code"},
		},
		{
			name: "cut gzip at a gateway", x: with(exchange("GET", external+"/3", 503, zipped.String()[:20]), "Content-Encoding", "gzip"),
			reason: "at 400 or more it is worth a warning", tolerant: []string{"warning http/content-encoding response.header.Content-Encoding "},
		},
		{
			name: "decoded HTML with its coding's label", x: with(with(exchange("GET", external+"/3", 503, "<html>"), "Content-Encoding", "deflate"), "Content-Type", "text/html"),
			reason: "recorders decode bodies and keep the header", tolerant: []string{"warning http/content-type response.header.Content-Type "},
		},
		{
			name: "two codings", x: with(exchange("GET", external+"/3", 200, zipped.String()), "Content-Encoding", "identity, gzip"),
			reason: "identity is none", tolerant: []string{"error type response.body /status"},
		},
		{
			name: "merged content types", x: with(poll("inprogress"), "Content-Type", "application/json, application/json"), reason: "a proxy may merge fields",
		},
		{
			name: "assumed list as text", x: with(exchange("GET", external, 200, `{"value":[]}`), "Content-Type", "text/plain"),
			reason: "what rests on an assumed operation is a warning", tolerant: []string{"warning http/content-type response.header.Content-Type "},
		},
		{
			name: "null", x: exchange("GET", external+"/3", 200, `null`), reason: "one finding per fault", tolerant: []string{"error type response.body "},
		},
		{
			name: "HTML without a type", x: exchange("GET", external+"/3", 502, `<html>`),
			reason: "honest traffic has it", tolerant: []string{"warning http/content-type response.header.Content-Type "},
		},
		{
			name: "sniffed text", x: with(exchange("GET", external+"/3", 200, `{"id":"1","status":"failed","status":"x"}`), "Content-Type", "text/plain; charset=utf-8"),
			reason: "a body that is JSON all the same is judged", tolerant: []string{"error http/content-type response.header.Content-Type ", "error json/duplicate-key response.body /status"},
		},
		{
			name: "brotli", x: with(exchange("GET", external+"/3", 200, "\x0b\x02\x80"), "Content-Encoding", "br"),
			reason: "a coding that is not known here leaves the body unjudged", tolerant: []string{"warning http/content-encoding response.header.Content-Encoding "},
		},
		{
			name: "raw deflate", x: with(exchange("GET", external+"/3", 200, deflated(t, `{"id":"1","status":7}`)), "Content-Encoding", "deflate"),
			reason: "many servers leave the zlib frame out", tolerant: []string{"error type response.body /status"},
		},
		{name: "count", x: with(exchange("GET", external+"/$count", 200, "3"), "Content-Type", "text/plain"), reason: "a system segment is no key"},
		{name: "delta", x: exchange("GET", external+"/delta()", 200, `{"value":[]}`), reason: "a function call is no key"},
		{name: "head of a poll", x: exchange("HEAD", external+"/3", 200, ""), reason: "HEAD is GET without its body"},
		{name: "other host", x: exchange("GET", "https://login.microsoftonline.com/external/connections/c/operations/1", 200, `[]`), reason: "other hosts are ignored"},
		{name: "unknown operation", x: exchange("GET", "https://graph.microsoft.com/v1.0/me", 200, `[]`), reason: "Graph's traffic without an operation is no finding"},
		{name: "loopback", x: exchange("GET", "http://[::1]:8080/v1.0/external/connections/c/operations/1", 200, `[]`), reason: "a fake lives on loopback", tolerant: []string{"error type response.body "}},
		{name: "bad URL", x: exchange("GET", "http://[::1", 200, `[]`), reason: "nothing to go by"},
		{name: "no URL", x: exchange("", "", 200, `[]`), reason: "a response alone"},
		{name: "zero", reason: "the zero value is no exchange"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.strict
			if want == nil {
				want = tt.tolerant
			}
			require.ElementsMatch(t, tt.tolerant, brief(contract.Default().Exchange(&tt.x)), "tolerant: "+tt.reason)
			require.ElementsMatch(t, want, brief(strict.Exchange(&tt.x)), "strict: "+tt.reason)
		})
	}
}

func deflated(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write([]byte(s))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestHosts(t *testing.T) {
	x := exchange("GET", "https://Fake.internal:8443/external/connections/c/operations/1", 200, `[]`)
	require.Empty(t, contract.Default().Exchange(&x))
	c, err := contract.New(schema.Default(), schema.Tolerant, contract.Hosts("fake.internal"))
	require.NoError(t, err)
	require.NotEmpty(t, c.Exchange(&x))
}
