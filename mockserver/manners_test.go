package mockserver_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/graphcontract/graphcontract/schema"
)

// exchange sends a request and reads all of the response. header has names and values in turn.
func exchange(t testing.TB, client *http.Client, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body == "" {
		req.Body = http.NoBody
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(b)
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

const (
	operationRoute = "GET /external/connections/{connection-id}/operations/{operation-id}"
	operationPath  = "/v1.0/external/connections/contosohr/operations/3ed1595a"
)

// TestError has an error of each status that Graph's clients branch on.
func TestError(t *testing.T) {
	strict, err := contract.New(schema.Default(), schema.Strict)
	require.NoError(t, err)
	tests := []struct {
		status int
		code   string
		reason string
		header map[string]string // regular expressions
	}{
		{400, "Request_BadRequest", "the request is wrong", nil},
		{401, "InvalidAuthenticationToken", "RFC 9110, section 15.5.2: it says how to come by a token", map[string]string{"Www-Authenticate": `^Bearer realm=""`}},
		{403, "Authorization_RequestDenied", "a permission is missing", nil},
		{404, "Request_ResourceNotFound", "not there, or not yet", nil},
		{405, "MethodNotAllowed", "RFC 9110, section 15.5.6: it says what is allowed", map[string]string{"Allow": `^OPTIONS$`}},
		{409, "NameAlreadyExists", "a conflict", nil},
		{410, "resyncRequired", "a delta token that has expired", nil},
		{412, "preconditionFailed", "somebody else was faster", nil},
		{429, "TooManyRequests", "throttled, without a Retry-After", map[string]string{"Retry-After": ""}},
		{500, "generalException", "the service has failed", nil},
		{503, "ServiceUnavailable", "the service is not there", nil},
		{504, "UnknownError", "what is behind the service is not there", nil},
		{418, "weDoNotKnow", "a code that has no message of its own", nil},
		{404, `a "quoted" code é`, "any text is a code", nil},
	}
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		t.Run(fmt.Sprintf("%d %s", tt.status, tt.code), func(t *testing.T) {
			overEach(t, func(t *testing.T, start starter) {
				srv := start(t, mockserver.Error(operationRoute, tt.status, tt.code))
				for _, sent := range []string{"", "7f3a-from-the-client"} {
					var header []string
					if sent != "" {
						header = []string{"client-request-id", sent}
					}
					res, body := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "", header...)
					assert.Equal(t, tt.status, res.StatusCode)
					assert.Regexp(t, "^application/json;", res.Header.Get("Content-Type"))
					for name, want := range tt.header {
						if want == "" {
							assert.NotContains(t, res.Header, name)
							continue
						}
						assert.Contains(t, res.Header, name)
						assert.Regexp(t, want, res.Header.Get(name))
					}
					var doc map[string]map[string]any
					require.NoError(t, json.Unmarshal([]byte(body), &doc))
					require.Len(t, doc, 1)
					assert.Equal(t, tt.code, doc["error"]["code"])
					assert.NotEmpty(t, doc["error"]["message"])
					inner, _ := doc["error"]["innerError"].(map[string]any)
					assert.Regexp(t, uuid, inner["request-id"])
					assert.Equal(t, inner["request-id"], res.Header.Get("request-id"))
					want := sent
					if sent == "" {
						want = res.Header.Get("request-id")
					}
					assert.Equal(t, want, inner["client-request-id"])
					assert.Equal(t, want, res.Header.Get("client-request-id"))
					assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`, inner["date"], "without Z Graph's Go client reads local time")
					date, err := time.Parse(time.RFC3339, fmt.Sprint(inner["date"]))
					require.NoError(t, err)
					assert.WithinDuration(t, time.Now(), date, 5*time.Second)
					for _, c := range []*contract.Contract{contract.Default(), strict} {
						assert.Empty(t, c.Exchange(&recording.Exchange{
							Method: "GET", URL: srv.URL + operationPath, Status: res.StatusCode,
							Response: recording.Message{Header: res.Header, Body: []byte(body)},
						}))
					}
				}
			})
		})
	}
}

// TestErrorHasGraphsMessage shows that a code that Graph sends has a message of its own.
func TestErrorHasGraphsMessage(t *testing.T) {
	const code = "Request_MultipleObjectsWithSameKeyValue"
	srv := mockserver.Transport(t, mockserver.Error("GET /me", 409, code))
	_, body := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	require.Contains(t, body, `"code":"`+code+`","message":"Another object with the same value of the property already exists."`)
}

// TestErrorIsChanged sets members of an envelope.
func TestErrorIsChanged(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Reply("GET /me", mockserver.Response{
		Status: 403, Fixture: "error/accessDenied",
		Set: map[string]any{"/error/message": "No.", "/error/innerError/code": "inner", "/error/details": []any{map[string]any{"code": "a", "message": "b"}}},
	}))
	_, body := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	var doc struct {
		Error struct {
			Code, Message string
			Details       []struct{ Code, Message string }
			InnerError    map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &doc))
	assert.Equal(t, "accessDenied", doc.Error.Code)
	assert.Equal(t, "No.", doc.Error.Message)
	assert.Len(t, doc.Error.Details, 1)
	assert.Equal(t, "inner", doc.Error.InnerError["code"])
	assert.Regexp(t, uuid, doc.Error.InnerError["request-id"], "what is not set stays")
}

// TestMethodNotAllowed says in Allow what the other routes of the path take.
func TestMethodNotAllowed(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		s := mockserver.Join(
			mockserver.Error("DELETE /users/{id}", 405, "MethodNotAllowed"),
			mockserver.Reply("GET /users/{id}"), mockserver.Reply("PATCH /users/{id}"))
		srv := start(t, s, mockserver.AllowUnused())
		res, _ := exchange(t, srv.Client(), "DELETE", srv.URL+"/v1.0/users/1", "")
		assert.Equal(t, "GET, HEAD, OPTIONS, PATCH", res.Header.Get("Allow"))
	})
}

// TestRequestIDs are unique, and follow from the seed.
func TestRequestIDs(t *testing.T) {
	ids := func(seed uint64) (ids []string) {
		srv := mockserver.Transport(t, mockserver.Completes(50), mockserver.Seed(seed))
		for range 100 {
			res, _ := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
			require.Regexp(t, uuid, res.Header.Get("request-id"))
			ids = append(ids, res.Header.Get("request-id"))
		}
		return ids
	}
	one, other := ids(1), ids(2)
	seen := map[string]bool{}
	for _, id := range append(one, other...) {
		assert.False(t, seen[id], "%s comes twice", id)
		seen[id] = true
	}
	assert.Equal(t, one, ids(1))
}

// TestClaims has a challenge that a client with continuous access evaluation answers.
func TestClaims(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	srv := mockserver.Transport(t, mockserver.Reply("GET /me",
		mockserver.Response{Status: 401, Fixture: "error/InvalidAuthenticationToken", Header: mockserver.Claims(claims)},
		mockserver.Response{Status: 200}))
	res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	header := res.Header.Get("WWW-Authenticate")
	assert.Regexp(t, `^Bearer .*, error="insufficient_claims", claims="[A-Za-z0-9+/=]+"$`, header)
	assert.Len(t, res.Header.Values("WWW-Authenticate"), 1)
	encoded := header[strings.Index(header, `claims="`)+len(`claims="`) : len(header)-1]
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	assert.Equal(t, claims, string(decoded))
	res, _ = exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	assert.Equal(t, 200, res.StatusCode)
}

// TestPreconditions has RFC 9110, section 13.2.2, as far as entity tags go.
func TestPreconditions(t *testing.T) {
	tests := []struct {
		name, reason string
		method       string
		header       []string
		want         int
	}{
		{"none", "there is no condition", "PATCH", nil, 200},
		{"if-match", "the same", "PATCH", []string{"If-Match", `W/"1"`}, 200},
		{"if-match strong", "tags are compared as if they were strong", "PATCH", []string{"If-Match", `"1"`}, 200},
		{"if-match list", "one of them", "PATCH", []string{"If-Match", `"0", "1"`}, 200},
		{"if-match twice", "fields are one list", "PATCH", []string{"If-Match", `"0"`, "If-Match", `"1"`}, 200},
		{"if-match any", "there is a resource", "PATCH", []string{"If-Match", `*`}, 200},
		{"if-match other", "it has changed", "PATCH", []string{"If-Match", `W/"0"`}, 412},
		{"if-match of GET", "it holds for every method", "GET", []string{"If-Match", `"0"`}, 412},
		{"if-none-match", "it has not changed", "GET", []string{"If-None-Match", `W/"1"`}, 304},
		{"if-none-match of HEAD", "as for GET", "HEAD", []string{"If-None-Match", `W/"1"`}, 304},
		{"if-none-match other", "it has changed", "GET", []string{"If-None-Match", `W/"0"`}, 200},
		{"if-none-match any", "there is a resource already", "PATCH", []string{"If-None-Match", `*`}, 412},
		{"both", "If-Match comes first", "GET", []string{"If-Match", `"0"`, "If-None-Match", `"1"`}, 412},
	}
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		t.Run(tt.name, func(t *testing.T) {
			overEach(t, func(t *testing.T, start starter) {
				tag := http.Header{"ETag": {`W/"1"`}}
				srv := start(t, mockserver.Join(
					mockserver.Reply("GET /users/{id}", mockserver.Response{Body: []byte(`{"id":"1"}`), Header: tag}),
					mockserver.Reply("PATCH /users/{id}", mockserver.Response{Status: 200, Body: []byte(`{"id":"first"}`), Header: tag}, mockserver.Response{Body: []byte(`{}`)}),
				), mockserver.AllowUnused(), mockserver.Requests(mockserver.Off))
				res, body := exchange(t, srv.Client(), tt.method, srv.URL+"/v1.0/users/1", "", tt.header...)
				assert.Equal(t, tt.want, res.StatusCode)
				switch tt.want {
				case 412:
					assert.Contains(t, body, `"preconditionFailed"`)
					if tt.method == "PATCH" {
						_, body = exchange(t, srv.Client(), "PATCH", srv.URL+"/v1.0/users/1", "", "If-Match", `W/"1"`)
						assert.Contains(t, body, "first", "what was refused has used nothing up")
					}
				case 304:
					assert.Empty(t, body)
					assert.Equal(t, `W/"1"`, res.Header.Get("ETag"), "RFC 9110, section 15.4.5")
					assert.Empty(t, res.Header.Get("Content-Type"))
				}
			})
		})
	}
}

// TestHead is GET without a body.
func TestHead(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Completes(1))
		head, body := exchange(t, srv.Client(), "HEAD", srv.URL+operationPath, "")
		assert.Equal(t, 200, head.StatusCode)
		assert.Empty(t, body)
		get, body := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
		assert.Contains(t, body, `"completed"`, "HEAD has used a reply up")
		assert.EqualValues(t, len(body)+1, head.ContentLength, "inprogress is longer than completed")
		assert.Equal(t, get.Header.Get("Content-Type"), head.Header.Get("Content-Type"))
		assert.NotEqual(t, get.Header.Get("request-id"), head.Header.Get("request-id"))
	})
}

// TestOptions says what a path takes, and uses nothing up.
func TestOptions(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Completes(0))
		for path, want := range map[string]string{
			operationPath:                                    "GET, HEAD, OPTIONS",
			"/beta/connections/contosohr/schema":             "OPTIONS, PATCH",
			"/v1.0/external/connections/contosohr/schema/":   "OPTIONS, PATCH",
			"/v1.0/External/Connections('contosohr')/schema": "OPTIONS, PATCH",
		} {
			res, body := exchange(t, srv.Client(), "OPTIONS", srv.URL+path, "")
			assert.Equal(t, 204, res.StatusCode, path)
			assert.Empty(t, body)
			assert.Equal(t, want, res.Header.Get("Allow"), path)
		}
		assert.Zero(t, srv.Calls("poll"))
		_, body := exchange(t, srv.Client(), "GET", srv.URL+operationPath, "")
		assert.Contains(t, body, "completed")
	})
}

// TestClock has dates, and the time of a Retry-After, go by the clock of the test.
func TestClock(t *testing.T) {
	now := time.Date(2031, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))
	srv := mockserver.Start(t, mockserver.Reply("GET /me",
		mockserver.Response{Status: 503, Fixture: "error/serviceNotAvailable", RetryAfter: time.Minute, RetryAfterDate: true},
		mockserver.Response{Body: []byte(`{"at":"{{now}}"}`), Template: true},
	), mockserver.Clock(func() time.Time { return now }))
	res, body := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	assert.Equal(t, "Mon, 03 Feb 2031 03:05:06 GMT", res.Header.Get("Date"))
	assert.Contains(t, body, `"date":"2031-02-03T03:05:06Z"`)
	assert.Equal(t, "Mon, 03 Feb 2031 03:06:07 GMT", res.Header.Get("Retry-After"), "rounded up")
	now = now.Add(61 * time.Second)
	res, body = exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/me", "")
	assert.Equal(t, 200, res.StatusCode)
	assert.JSONEq(t, `{"at":"2031-02-03T03:06:07Z"}`, body)
}
