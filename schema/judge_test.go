package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// brief is a finding without its texts: "error enum /status 1:25".
func brief(fs Findings) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s %s %d:%d", f.Severity, f.Rule, f.Pointer, f.At.Line, f.At.Column))
	}
	return out
}

// judged are documents and what the strict and the tolerant schema of connectionOperation find. The reasons are the
// sentences of the policy they follow.
var judged = []struct {
	name, doc, reason string
	strict            []string
	tolerant          []string
}{
	{
		name: "documented failure", doc: `{"id":"3","status":"failed","error":{"message":"Server error"}}`,
		reason: "Microsoft's documented body passes in every mode",
	},
	{
		name: "wrong case", doc: `{"id":"3","status":"Completed"}`, reason: "unknown member: error when closed, warning when open",
		strict: []string{"error enum /status 1:20"}, tolerant: []string{"warning enum /status 1:20"},
	},
	{
		name: "trailing blank", doc: `{"id":"3","status":"completed "}`, reason: "unknown member",
		strict: []string{"error enum /status 1:20"}, tolerant: []string{"warning enum /status 1:20"},
	},
	{
		name: "number", doc: `{"id":"3","status":2}`, reason: "a wrong-typed enum value is one type finding",
		strict: []string{"error type /status 1:20"}, tolerant: []string{"error type /status 1:20"},
	},
	{
		name: "empty member", doc: `{"id":"3","status":""}`, reason: "unknown member",
		strict: []string{"error enum /status 1:20"}, tolerant: []string{"warning enum /status 1:20"},
	},
	{
		name: "joined members", doc: `{"id":"3","status":"inprogress,failed"}`, reason: "known members joined by commas: warning",
		strict: []string{"warning enum /status 1:20"}, tolerant: []string{"warning enum /status 1:20"},
	},
	{
		name: "null status", doc: `{"id":"3","status":null}`, reason: "null is allowed for everything but the key, collections, not nullable",
	},
	{
		name: "missing key", doc: `{"status":"completed"}`, reason: "the key is required, one finding at the parent",
		strict: []string{"error required  1:1"}, tolerant: []string{"error required  1:1"},
	},
	{
		name: "empty key", doc: `{"id":"","status":"completed"}`, reason: "at least one character",
		strict: []string{"error minLength /id 1:7"}, tolerant: []string{"error minLength /id 1:7"},
	},
	{
		name: "null key", doc: `{"id":null,"status":"completed"}`, reason: "the key is not null",
		strict: []string{"error type /id 1:7"}, tolerant: []string{"error type /id 1:7"},
	},
	{
		name: "missing status", doc: `{"id":"3"}`, reason: "full presence requires what the JSON representation shows",
		strict: []string{"error required  1:1"},
	},
	{
		name: "both missing", doc: `{}`, reason: "one per missing name, by property",
		strict: []string{"error required  1:1", "error required  1:1"}, tolerant: []string{"error required  1:1"},
	},
	{
		name: "array", doc: `[]`, reason: "one type finding",
		strict: []string{"error type  1:1"}, tolerant: []string{"error type  1:1"},
	},
	{
		name: "undeclared", doc: `{"id":"3","status":"failed","progress":7}`, reason: "at the member; warning when open",
		strict: []string{"error additionalProperties /progress 1:29"}, tolerant: []string{"warning additionalProperties /progress 1:29"},
	},
	{
		name: "escaped pointer", doc: `{"id":"3","status":"failed","é/~% b":7}`, reason: "pointers are RFC 6901",
		strict: []string{"error additionalProperties /é~1~0% b 1:29"}, tolerant: []string{"warning additionalProperties /é~1~0% b 1:29"},
	},
	{
		name: "error is text", doc: `{"id":"3","status":"failed","error":"boom"}`, reason: "nullable leaves one finding per fault",
		strict: []string{"error type /error 1:37"}, tolerant: []string{"error type /error 1:37"},
	},
	{
		name: "inside error", doc: `{"id":"3","status":"failed","error":{"message":7,"details":null,"code":"x"}}`, reason: "each fault once; a collection is never null",
		strict:   []string{"error type /error/message 1:48", "error type /error/details 1:60", "error additionalProperties /error/code 1:65"},
		tolerant: []string{"error type /error/message 1:48", "error type /error/details 1:60", "warning additionalProperties /error/code 1:65"},
	},
	{
		name: "control information", doc: `{"@odata.context":"x","@odata.etag":"y","id":"3","status":"failed","status@odata.type":"#String","@microsoft.graph.x":1}`,
		reason: "any member with @ in its name is allowed",
	},
	{
		name: "typed control information", doc: `{"@odata.count":"1","@odata.id":1,"id":"3","status":"failed"}`, reason: "the known ones are typed",
		strict:   []string{"error type /@odata.count 1:17", "error type /@odata.id 1:33"},
		tolerant: []string{"error type /@odata.count 1:17", "error type /@odata.id 1:33"},
	},
	{
		name: "type without #", doc: `{"@odata.type":"microsoft.graph.connectionOperation","id":"3","status":"failed"}`, reason: "a missing # is a warning",
		strict: []string{"warning odata/type-hash /@odata.type 1:16"}, tolerant: []string{"warning odata/type-hash /@odata.type 1:16"},
	},
	{
		name: "type not derived", doc: `{"@odata.type":"#microsoft.graph.entity","id":"3","status":"failed"}`, reason: "error when closed, warning when open",
		strict: []string{"error odata/type /@odata.type 1:16"}, tolerant: []string{"warning odata/type /@odata.type 1:16"},
	},
	{
		name: "line and column", doc: "{\n  \"id\": \"3\",\n  \"é\": 1,\r\n\t\"status\": \"Failed\"\n}", reason: "columns are code points",
		strict:   []string{"error additionalProperties /é 3:3", "error enum /status 4:12"},
		tolerant: []string{"warning additionalProperties /é 3:3", "warning enum /status 4:12"},
	},
	{name: "duplicate key", doc: `{"id":"3","status":"failed","\u0069d":"4"}`, reason: "json findings stand alone", strict: []string{"error json/duplicate-key /id 1:29"}},
	{name: "second document", doc: `{"id":"3","status":"failed"} {"id":"4"}`, reason: "trailing data", strict: []string{"error json/trailing-data  1:30"}},
	{name: "bom", doc: "\ufeff" + `{"id":"3","status":"failed"}`, reason: "byte order mark", strict: []string{"error json/bom  1:1"}},
	{name: "bad utf-8", doc: `{"id":"` + "\xff" + `","status":"failed"}`, reason: "bad UTF-8", strict: []string{"error json/utf8 /id 1:8"}},
	{name: "lone surrogate", doc: `{"id":"\ud800","status":"failed"}`, reason: "lone surrogate", strict: []string{"error json/surrogate /id 1:8"}},
	{name: "cut", doc: `{"id":"3","status":"fai`, reason: "cut document", strict: []string{"error json/truncated /status 1:24"}},
	{name: "huge exponent", doc: `{"id":"3","status":1e1000000000}`, reason: "exponent beyond ±400", strict: []string{"error json/number-exponent /status 1:20"}},
	{name: "nested", doc: strings.Repeat("[", 100_000), reason: "depth > 128, reported once", strict: []string{"error json/depth " + strings.Repeat("/0", 128) + " 1:129"}},
	{name: "digits", doc: `{"id":` + strings.Repeat("7", 1<<20) + `}`, reason: "a literal over 1,024 bytes", strict: []string{"error json/number-length /id 1:7"}},
	{name: "empty", doc: " \n", reason: "empty", strict: []string{"error json/empty  1:1"}},
}

func TestFindings(t *testing.T) {
	for _, tt := range judged {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.strict) > 0 && strings.Contains(tt.strict[0], "json/") {
				tt.tolerant = tt.strict // bytes are judged alike in every mode
			}
			require.Equal(t, tt.strict, brief(ConnectionOperation().Findings([]byte(tt.doc))), tt.reason)
			require.Equal(t, tt.tolerant, brief(ConnectionOperation().With(Tolerant).Findings([]byte(tt.doc))), tt.reason)
		})
	}
}

// TestSameFindings holds every case's findings, texts included, against 500 more runs and 32 goroutines at once.
func TestSameFindings(t *testing.T) {
	s := ConnectionOperation()
	want := make([]string, len(judged))
	for i, tt := range judged {
		want[i] = fmt.Sprintf("%+v", jsonOf(t, s.Findings([]byte(tt.doc))))
	}
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for run := range 500/32 + 1 {
				for i, tt := range judged {
					if len(tt.doc) > 1000 && run > 0 {
						continue
					}
					if got := fmt.Sprintf("%+v", jsonOf(t, s.Findings([]byte(tt.doc)))); got != want[i] {
						t.Errorf("goroutine %d, %s: %s, want %s", g, tt.name, got, want[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return string(bytes.TrimSpace(marshal(v)))
}

func TestDocumentedBodyPassesInEveryMode(t *testing.T) {
	body := []byte(`{"id":"3ed1595a-4bae-43c2-acda-ef973e581323","status":"failed","error":{"message":"Server error, something went wrong"}}`)
	for _, name := range []string{connectionOperation, externalConnectionOperation} {
		for _, p := range []Presence{Full, Partial} {
			for _, e := range []Evolution{Closed, Open} {
				s, err := Default().Schema(name, Mode{Presence: p, Evolution: e}, Entity)
				require.NoError(t, err)
				require.Empty(t, s.Findings(body))
				require.Error(t, s.As(ErrorEnvelope).Validate(body), "its error has no code")
			}
		}
	}
	envelope := ConnectionOperation().As(ErrorEnvelope)
	require.Empty(t, envelope.Findings([]byte(`{"error":{"code":"itemNotFound","message":"gone","innerError":{"request-id":"1","date":"x"}}}`)))
	require.Equal(t, []string{"error required  1:1"}, brief(envelope.Findings([]byte(`{}`))))
	require.Equal(t, []string{"error type /error 1:10"}, brief(envelope.Findings([]byte(`{"error":"invalid_grant"}`))))
}

// TestOnePageAlone loads the connectionOperation page without those it refers to.
func TestOnePageAlone(t *testing.T) {
	src, err := fs.ReadFile(Pages(), "resources/connectionoperation.md")
	require.NoError(t, err)
	c, err := LoadPages(context.Background(), fstest.MapFS{"connectionoperation.md": {Data: src}})
	require.NoError(t, err)
	var texts []string
	for _, p := range c.Problems() {
		texts = append(texts, fmt.Sprintf("%s:%d: %s", p.Page, p.Line, p.Text))
	}
	require.Equal(t, []string{
		"connectionoperation.md:29: error: page of type microsoft.graph.errorDetail is not loaded",
		"connectionoperation.md:38: page of base type microsoft.graph.entity is not loaded",
	}, texts)
	s, err := c.Schema("connectionOperation", Strict, Entity)
	require.NoError(t, err)
	require.Empty(t, s.Findings([]byte(`{"id":"1","status":"failed","error":{"whatever":1}}`)))
	require.Equal(t, []string{"error enum /status 1:20", "error additionalProperties /x 1:32"}, brief(s.Findings([]byte(`{"id":"1","status":"succeeded","x":1}`))))
}

func TestErrorsAs(t *testing.T) {
	require.NoError(t, ConnectionOperation().Validate([]byte(`{"@odata.type":"microsoft.graph.connectionOperation","id":"1","status":null}`)), "nil when there are only warnings")
	err := ConnectionOperation().Validate([]byte(`{"id":"1","status":"succeeded","x":1}`))
	var fs Findings
	require.ErrorAs(t, err, &fs)
	require.Len(t, fs, 2)
	var f *Finding
	require.True(t, errors.As(err, &f))
	require.Equal(t, "1:20: /status: got string \"succeeded\", want one of \"unspecified\", \"inprogress\", \"completed\", \"failed\" [enum]; \"succeeded\" is a member of longRunningOperationStatus, not of this list (resources/connectionoperation.md:31)", f.Error())
}
