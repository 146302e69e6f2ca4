package mockserver_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// rich has a bit of all that routes can have, but for what takes time or breaks the connection.
func rich() mockserver.Scenario {
	text := func(s string) mockserver.Response {
		return with(s, func(r *mockserver.Response) { r.Template = true })
	}
	s := mockserver.Scenario{
		Vars:  map[string]string{"tenant": "contoso"},
		State: map[string]mockserver.Machine{"door": {States: []string{"closed", "open"}, Per: []string{"id"}}, "last": {}},
		Routes: []mockserver.Route{
			{ID: "limit", Route: "* /limited/**", Priority: 1, Limit: &mockserver.Limit{Requests: 1, Window: time.Minute, Key: []string{"app"}}},
			{ID: "limited", Route: "* /limited/**", Replies: []mockserver.Response{{}}},
			{
				ID: "list", Route: "GET /things", Replies: []mockserver.Response{{JSON: map[string]any{"value": []any{}, "@odata.nextLink": "/things?$skiptoken=1"}}},
				Match: mockserver.Match{Query: map[string]mockserver.Text{"$select": {Equal: "id,name"}, "$filter": {Absent: true}}},
			},
			{ID: "create", Route: "POST /v1.0/things", Match: mockserver.Match{
				Header: map[string]mockserver.Text{"Prefer": {Not: &mockserver.Text{Contains: "minimal"}}}, JSON: map[string]any{"name": "lamp"},
			}, Replies: []mockserver.Response{{Status: 201, Issue: "id", Header: http.Header{"Location": {"/things/1"}}}}},
			{ID: "equal", Route: "POST /beta/things", Match: mockserver.Match{JSONEqual: map[string]any{"name": "lamp", "n": []int{1}}}, Replies: []mockserver.Response{text(`{{json "/name"}} {{.tenant}}`)}},
			{ID: "at", Route: "PUT /things/{id}", Match: mockserver.Match{At: map[string]any{"/a~1b/0": nil}}, Replies: []mockserver.Response{says("a")}, Exhausted: mockserver.Fail},
			{ID: "valid", Route: "PATCH /things/{id}", Match: mockserver.Match{Schema: "microsoft.graph.publicError"}, Requires: []string{"id"}, Replies: []mockserver.Response{{}}},
			{ID: "form", Route: "POST /token", Match: mockserver.Match{Body: &mockserver.Text{Regexp: `(?i)grant_type=\w+`}}, Replies: []mockserver.Response{{Status: 401, Fixture: "error/InvalidAuthenticationToken"}}},
			{ID: "tagged", Route: "* /tagged/{id}", Replies: []mockserver.Response{with("x", func(r *mockserver.Response) { r.Header.Set("ETag", `W/"1"`) })}},
			{ID: "open", Route: "POST /doors/{id}/open", When: is("door", "closed"), Replies: []mockserver.Response{{Change: map[string]string{"door": "open", "last": "opened"}}}},
			{ID: "look", Route: "GET /doors/{id}", Replies: []mockserver.Response{text(`{{state "door"}} {{state "last"}} {{base}} {{path "id"}} {{query "$top"}} {{header "X"}} {{count}} {{uuid}}`)}},
			{ID: "name", Route: "POST /names/{id}", Replies: []mockserver.Response{{Template: true, JSON: map[string]any{"id": "{{.id}}", "name": `{{json "/name"}}`}}}},
			{ID: "slow", Route: "GET /throttled", Replies: []mockserver.Response{{Status: 429, RetryAfter: time.Minute, Fixture: "error/TooManyRequests"}}},
			{ID: "func", Route: "GET /func/*", Match: mockserver.Match{Func: func(q *mockserver.Request) error {
				if q.Query("x") == "" {
					return errors.New("no x")
				}
				return nil
			}}, Replies: []mockserver.Response{{Func: func(q *mockserver.Request) mockserver.Response { return says(q.Query("x")) }}}},
		},
	}
	return mockserver.Join(s, mockserver.Register(mockserver.Failed))
}

// FuzzServe states the laws of the package: whatever a client sends, it gets an answer, without a panic and over both transports
// the same; what is an error has an envelope with a message; the journal has exactly the requests; and 501 is what nothing answers,
// which is reported, and nothing else.
func FuzzServe(f *testing.F) {
	for _, seed := range []struct{ method, path, query, header, body string }{
		{"GET", "/v1.0/things", "$select=name,id", "", ""},
		{"GET", "/things", "$select=id&$filter=a%20eq%20'b", "", ""},
		{"POST", "/v1.0/things", "", "Prefer: return=minimal", `{"name":"lamp"}`},
		{"POST", "/V1.0/Things/", "", "Content-Encoding: gzip", packed(`{"name":"lamp","size":1}`)},
		{"POST", "/v1.0/things", "", "Content-Encoding: gzip", packed(`{"name":"lamp"}`)[:15]},
		{"POST", "/beta/things", "", "", `{"n":[1e0],"name":"lamp"}`},
		{"PUT", "/things('1')", "", "", `{"a/b":[null]}`},
		{"PATCH", "/things/1", "", "", `{"code":"a","message":"b"}`},
		{"POST", "/token", "", "", "Grant_Type=password"},
		{"GET", "/tagged/1", "", "If-None-Match: \"1\"", ""},
		{"DELETE", "/tagged/1", "", "If-Match: *\nIf-None-Match: \"1\"", ""},
		{"POST", "/doors('front')/open", "", "", ""},
		{"GET", "/doors/a\x00b", "$top=1", "X: y", ""},
		{"POST", "/names/\"},{\"", "", "", `{"name":"\u0000\"<"}`},
		{"POST", "/names/1", "", "", `{}`},
		{"GET", "/throttled", "", "", ""},
		{"GET", "/func/1", "x=%ff", "", ""},
		{"HEAD", "/things", "$select=id,name", "", ""},
		{"OPTIONS", "/things", "", "", ""},
		{"OPTIONS", "*", "", "", ""},
		{"PATCH", "/external/connections/a/schema", "", "Client-Request-Id: \xff", "{}"},
		{"GET", "/external/connections('a')/operations('1')", "", "", ""},
		{"get", "", "", "", ""},
		{"GET", "//..//things/%2F", "&&=;", ":", "\x1f\x8b"},
		{"CONNECT", "/limited/x", "", "Authorization: Bearer x", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.header, []byte(seed.body))
	}
	scenario, clock := rich(), newHand()
	f.Fuzz(func(t *testing.T, method, path, query, header string, body []byte) {
		h := http.Header{}
		for line := range strings.Lines(header) {
			if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":"); ok {
				h.Add(name, strings.TrimSpace(value))
			}
		}
		request := func() *http.Request {
			r := &http.Request{
				Method: method, URL: &url.URL{Scheme: "https", Host: "graph.microsoft.com", Path: path, RawQuery: query},
				Host: "graph.microsoft.com", Header: h.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			}
			if len(body) > 0 {
				r.Body = io.NopCloser(strings.NewReader(string(body)))
			}
			return r
		}
		var statuses [2][2]int
		for i := range statuses {
			unexpected := 0
			played, err := mockserver.NewHandler(scenario, mockserver.Clock(clock.Now), mockserver.OnViolation(func(v *mockserver.Violation) {
				if errors.Is(v, mockserver.ErrUnexpected) || errors.Is(v, mockserver.ErrExhausted) {
					unexpected++
				}
			}))
			require.NoError(t, err)
			for k := range statuses[i] {
				seen := unexpected
				var status int
				var text []byte
				if i == 0 {
					w := httptest.NewRecorder()
					played.ServeHTTP(w, request())
					status, text = w.Code, w.Body.Bytes()
				} else {
					res, err := played.RoundTrip(request())
					require.NoError(t, err)
					status = res.StatusCode
					text, err = io.ReadAll(res.Body)
					require.NoError(t, err)
				}
				statuses[i][k] = status
				require.True(t, status >= 200 && status <= 599, "status %d", status)
				if status >= 400 && method != http.MethodHead {
					requireEnvelope(t, text)
				}
				if k == 0 || status != statuses[i][0] { // the same violation is not reported twice
					require.Equal(t, status == http.StatusNotImplemented, unexpected > seen, "status %d, and %d unexpected requests", status, unexpected-seen)
				}
				xs := played.Exchanges()
				require.Len(t, xs, k+1, "the journal")
				require.Equal(t, status, xs[k].Status)
				if method != "" {
					require.Equal(t, method, xs[k].Method)
				}
			}
		}
		require.Equal(t, statuses[0], statuses[1], "the transports agree")
	})
}

// requireEnvelope requires an error envelope with code and message.
func requireEnvelope(t *testing.T, text []byte) {
	t.Helper()
	var envelope struct {
		Error struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal(text, &envelope), "%s", text)
	require.NotEmpty(t, envelope.Error.Code)
	require.NotEmpty(t, envelope.Error.Message)
}
