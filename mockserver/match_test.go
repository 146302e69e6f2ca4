package mockserver_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestMatchPath is row 3: methods and path templates.
func TestMatchPath(t *testing.T) {
	for _, c := range []struct {
		reason, route string
		yes, no       []string // "METHOD path"
	}{
		{
			"literal segments, in any case", "GET /External/Things",
			[]string{"GET /external/things", "GET /EXTERNAL/things/", "HEAD /external/things"},
			[]string{"POST /external/things", "GET /external", "GET /external/things/1", "GET /external/thing"},
		},
		{
			"a key as a segment or in parentheses, whatever the template says", "GET /things/{id}/parts('{part}')",
			[]string{"GET /things/a/parts/1", "GET /things('a')/parts('1')", "GET /things(a)/parts/1"},
			[]string{"GET /things/parts/1", "GET /things/$count/parts/1", "GET /things/a/parts/$count", "GET /things/delta/parts/1"},
		},
		{"v1.0, beta and none are the same", "GET /me", []string{"GET /me", "GET /v1.0/me", "GET /beta/me", "GET /V1.0/me"}, []string{"GET /v2.0/me"}},
		{"pinned", "GET /beta/me", []string{"GET /beta/me", "GET /Beta/me"}, []string{"GET /me", "GET /v1.0/me"}},
		{"any method", "* /me", []string{"GET /me", "DELETE /me", "PURGE /me", "OPTIONS /me"}, []string{"GET /you"}},
		{"any segment", "GET /a/*/b", []string{"GET /a/1/b", "GET /a/$count/b"}, []string{"GET /a/b", "GET /a/1/2/b"}},
		{"any rest", "GET /a/**", []string{"GET /a", "GET /a/b", "GET /a/b/c"}, []string{"GET /b/a"}},
		{"an absolute one is for its host", "GET https://graph.microsoft.com/me", []string{"GET /me"}, []string{"GET https://graph.microsoft.us/me"}},
	} {
		h := handler(t, mockserver.Reply(c.route, says("yes")))
		for _, target := range c.yes {
			assert.Equal(t, 200, askLine(t, h, target).Status, "%s: %s takes %s", c.reason, c.route, target)
		}
		for _, target := range c.no {
			assert.Equal(t, 501, askLine(t, h, target).Status, "%s: %s does not take %s", c.reason, c.route, target)
		}
	}
}

// TestMatchHost is row 3: a scenario for one host takes requests to it and to loopback.
func TestMatchHost(t *testing.T) {
	s := mockserver.Reply("GET /me", says("yes"))
	s.Host = "graph.microsoft.com"
	h := handler(t, s)
	for _, target := range []string{"https://graph.microsoft.com/me", "https://GRAPH.microsoft.com/me", "http://127.0.0.1:80/me", "http://localhost/me", "http://[::1]:1/me"} {
		assert.Equal(t, 200, ask(t, h, "GET", target, "").Status, target)
	}
	assert.Equal(t, 501, ask(t, h, "GET", "https://graph.microsoft.us/me", "").Status)
	assert.ErrorContains(t, h.Err(), "host    graph.microsoft.com   MISMATCH: got graph.microsoft.us")
}

func askLine(t *testing.T, h *mockserver.Handler, line string) answer {
	t.Helper()
	for i := range len(line) {
		if line[i] == ' ' {
			return ask(t, h, line[:i], line[i+1:], "")
		}
	}
	t.Fatalf("%q has no method", line)
	return answer{}
}

// TestMatchQuery is row 3: query options, as OData reads them.
func TestMatchQuery(t *testing.T) {
	not := func(c mockserver.Text) *mockserver.Text { return &c }
	type conditions = map[string]mockserver.Text
	for _, c := range []struct {
		name, reason string
		query        conditions
		yes, no      []string
	}{
		{
			"select", "order does not count, nor case, nor the dollar sign",
			conditions{"$select": {Equal: "id,status"}},
			[]string{"$select=id,status", "$select=status,id", "select=Status, id", "%24select=id%2Cstatus"},
			[]string{"", "$select=id", "$select=id,status,error", "$Selects=id,status"},
		},
		{
			"filter", "white space does not count, nor the order of and",
			conditions{"filter": {Equal: "a eq 'x  y' and b gt 1"}},
			[]string{"$filter=a%20eq%20'x%20%20y'%20and%20b%20gt%201", "$filter=b+gt++1+and+a+eq+'x++y'"},
			[]string{"$filter=a+eq+'x+y'+and+b+gt+1", "$filter=a+eq+'x++y'+or+b+gt+1"},
		},
		{"top", "by value", conditions{"$top": {Equal: "10"}}, []string{"$top=10", "top=010"}, []string{"$top=100"}},
		{"plain option", "other names as they are", conditions{"ticket": {Equal: "A"}}, []string{"ticket=A", "a=1&ticket=A"}, []string{"ticket=a", "Ticket=A", "$ticket=A"}},
		{"one of several values", "one must hold", conditions{"x": {Equal: "2"}}, []string{"x=1&x=2"}, []string{"x=1&x=3"}},
		{"present", "the zero value asks for the option", conditions{"$count": {}}, []string{"$count", "count=false"}, []string{""}},
		{"absent", "the option must not be there", conditions{"$skip": {Absent: true}}, []string{"", "$skiptoken=1"}, []string{"$skip=0", "skip="}},
		{"not", "absent is not equal either", conditions{"x": {Not: not(mockserver.Text{Equal: "1"})}}, []string{"", "x=2"}, []string{"x=1", "x=2&x=1"}},
		{"there, but not", "both", conditions{"x": {Regexp: ".", Not: not(mockserver.Text{Contains: "1"})}}, []string{"x=2"}, []string{"", "x=1", "x=21"}},
		{"any of", "one of them", conditions{"x": {AnyOf: []mockserver.Text{{Equal: "1"}, {Absent: true}}}}, []string{"", "x=1"}, []string{"x=2"}},
		{"contains and regexp", "all that is set", conditions{"x": {Contains: "b", Regexp: "^a"}}, []string{"x=ab"}, []string{"x=a", "x=b", "x=ba"}},
		{"two options", "all must hold", conditions{"x": {Equal: "1"}, "y": {Equal: "2"}}, []string{"y=2&x=1"}, []string{"x=1", "y=2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mockserver.Reply("GET /x", says("yes"))
			s.Routes[0].Match.Query = c.query
			h := handler(t, s)
			for _, query := range c.yes {
				assert.Equal(t, 200, ask(t, h, "GET", "/x?"+query, "").Status, "%s: ?%s", c.reason, query)
			}
			for _, query := range c.no {
				assert.Equal(t, 501, ask(t, h, "GET", "/x?"+query, "").Status, "%s: not ?%s", c.reason, query)
			}
		})
	}
}

// TestMatchHeader is row 3: header fields.
func TestMatchHeader(t *testing.T) {
	s := mockserver.Reply("GET /x", says("yes"))
	s.Routes[0].Match.Header = map[string]mockserver.Text{
		"prefer":        {Equal: "respond-async"}, // in any case
		"Authorization": {Regexp: "^Bearer "},
		"X-Debug":       {Absent: true},
	}
	h := handler(t, s)
	good := []string{"Prefer", "odata.maxpagesize=2", "Prefer", "respond-async", "authorization", "Bearer 1"}
	assert.Equal(t, 200, ask(t, h, "GET", "/x", "", good...).Status, "one of several values, names in any case")
	assert.Equal(t, 501, ask(t, h, "GET", "/x", "", append(good, "X-Debug", "")...).Status, "absent")
	assert.Equal(t, 501, ask(t, h, "GET", "/x", "", good[:4]...).Status, "one is missing")
	assert.Equal(t, 501, ask(t, h, "GET", "/x", "", "Prefer", "Respond-async", "Authorization", "Bearer 1").Status, "values have a case")
}

// TestMatchBody is row 3: JSON, equal, in part and at pointers, types and text.
func TestMatchBody(t *testing.T) {
	type m = mockserver.Match
	text := func(c mockserver.Text) m { return m{Body: &c} }
	for _, c := range []struct {
		name, reason string
		match        m
		yes, no      []string
		why          string // it gives for the first that it does not take
	}{
		{
			"subset", "other members do not count, at any depth; arrays have the same length",
			m{JSON: map[string]any{"a": map[string]any{"b": 1}, "list": []any{map[string]any{"n": "x"}}}},
			[]string{`{"a":{"b":1.0,"c":2},"list":[{"n":"x","m":0}],"d":3}`},
			[]string{`{"a":{"b":2},"list":[{"n":"x"}]}`, `{"a":{"b":1},"list":[]}`, `{"a":{"b":1},"list":[{"n":"x"},{}]}`, `[]`, `{`, ``},
			"/a/b: got 2, want 1",
		},
		{
			"equal", "order and spelling do not count, more members do",
			m{JSONEqual: map[string]any{"a": 1, "b": []int{1, 2}}},
			[]string{`{"b":[1,2e0],"a":1}`, ` { "a" : 1.0, "b" : [ 1, 2 ] } `},
			[]string{`{"a":1,"b":[1,2],"c":0}`, `{"a":1,"b":[2,1]}`, `{"a":"1","b":[1,2]}`},
			"/c: got 0, want absent",
		},
		{"numbers", "of any size are compared exactly", m{JSONEqual: uint64(9007199254740993)}, []string{"9007199254740993"}, []string{"9007199254740992"}, "9007199254740993   MISMATCH: got 9007199254740992"},
		{"null", "is a value", m{JSON: map[string]any{"a": nil}}, []string{`{"a":null}`}, []string{`{}`, `{"a":0}`}, "/a: got absent, want null"},
		{
			"pointer", "values at pointers, with their escapes",
			m{At: map[string]any{"/a~1b/0": "x", "/c": true}},
			[]string{`{"a/b":["x"],"c":true}`},
			[]string{`{"a/b":["y"],"c":true}`, `{"c":true}`, `{"a/b":[],"c":true}`},
			`body at /a~1b/0  "x"   MISMATCH: /a~1b/0: got "y"`,
		},
		{"text", "as it is", text(mockserver.Text{Contains: "grant_type=client_credentials"}), []string{"a=1&grant_type=client_credentials"}, []string{"a=1", ""}, "contains grant_type=client_credentials   MISMATCH: got a=1"},
		{"no body", "absent", text(mockserver.Text{Absent: true}), []string{""}, []string{"{}"}, "absent   MISMATCH: got {}"},
		{
			"schema", "a valid new resource of a type",
			m{Schema: "microsoft.graph.publicError"},
			[]string{`{"code":"x","message":"y"}`},
			[]string{`{"code":1,"message":"y"}`, `{"code":`, ``},
			"/code",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mockserver.Reply("POST /x", says("yes"))
			s.Routes[0].Match = c.match
			h := handler(t, s)
			for _, body := range c.yes {
				assert.Equal(t, 200, ask(t, h, "POST", "/x", body).Status, "%s: %s: %v", c.reason, body, h.Err())
				assert.Equal(t, 200, ask(t, h, "POST", "/x", packed(body)).Status, "%s, packed: %s", c.reason, body)
			}
			require.NoError(t, h.Err())
			for i, body := range c.no {
				a := ask(t, h, "POST", "/x", body)
				assert.Equal(t, 501, a.Status, "%s: not %s", c.reason, body)
				if i == 0 {
					assert.ErrorContains(t, h.Err(), c.why)
				}
			}
		})
	}
}

// packed is a body in gzip; none stays none.
func packed(body string) string {
	if body == "" {
		return ""
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(body))
	_ = z.Close()
	return b.String()
}

// TestGzip is row 3: bodies are unpacked by what their bytes are, whatever the header says; Strict reports the label.
func TestGzip(t *testing.T) {
	const body = `{"a":1}`
	for _, c := range []struct {
		reason, label, body, said string
	}{
		{"as it should be", "gzip", packed(body), ""},
		{"in any case", "GZIP", packed(body), ""},
		{"without a label", "", packed(body), "mockserver: POST /x: the body is gzip, but the request has no Content-Encoding"},
		{"with another label", "identity", packed(body), `mockserver: POST /x: the body is gzip, but Content-Encoding is "identity"`},
		{"labelled and plain", "gzip", body, "mockserver: POST /x: Content-Encoding is gzip, but the body is not"},
		{"plain", "", body, ""},
	} {
		for _, strict := range []bool{false, true} {
			s := mockserver.Reply("POST /x", says("yes"))
			s.Routes[0].Match.JSONEqual = map[string]int{"a": 1}
			var opts []mockserver.Option
			if strict {
				opts = append(opts, mockserver.Strict())
			}
			h := handler(t, s, opts...)
			header := []string{"Content-Encoding", c.label}
			if c.label == "" {
				header = nil
			}
			assert.Equal(t, 200, ask(t, h, "POST", "/x", c.body, header...).Status, c.reason)
			if !strict || c.said == "" {
				assert.NoError(t, h.Err(), c.reason)
				continue
			}
			assert.ErrorIs(t, h.Err(), mockserver.ErrLabel, c.reason)
			assert.EqualError(t, h.Err(), c.said, c.reason)
		}
	}
	h := handler(t, mockserver.Reply("POST /x", mockserver.Response{}))
	ask(t, h, "POST", "/x", packed(body)[:20])
	require.NoError(t, h.Err(), "what cannot be unpacked has no condition that it breaks here")
}

// TestMatchFunc is row 3: a function takes a request, or says why not.
func TestMatchFunc(t *testing.T) {
	s := mockserver.Reply("POST /x/{id}", says("yes"))
	s.Routes[0].Match.Func = func(q *mockserver.Request) error {
		var body struct{ ID string }
		if err := q.Decode(&body); err != nil {
			return err
		}
		if body.ID != q.Param("id") {
			return errors.New("the body is that of " + body.ID)
		}
		return nil
	}
	var h *mockserver.Handler
	ofID := s.Routes[0].Match.Func
	s.Routes[0].Match.Func = func(q *mockserver.Request) error {
		h.State("any") // it may ask the server
		return ofID(q)
	}
	h = handler(t, s)
	assert.Equal(t, 200, ask(t, h, "POST", "/x/1", `{"id":"1"}`).Status)
	a := ask(t, h, "POST", "/x/1", `{"id":"2"}`)
	assert.Equal(t, 501, a.Status)
	assert.Contains(t, a.Body, "the body is that of 2", "the answer has the reason, too")
	assert.ErrorContains(t, h.Err(), "the body is that of 2")
}
