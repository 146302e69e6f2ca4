package mockserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// templated is a scenario whose one route answers with a template, as text.
func templated(text string) mockserver.Scenario {
	s := mockserver.Reply("* /things/{id}/parts/{part-id}", with(text, func(r *mockserver.Response) { r.Template = true }))
	s.Vars = map[string]string{"tenant": "contoso", "id": "not this one"}
	s.State = map[string]mockserver.Machine{"light": {Initial: "green"}}
	s.Routes[0].When = is("light", "green")
	return s
}

// TestTemplateFunctions is row 6: what templates know.
func TestTemplateFunctions(t *testing.T) {
	clock := newHand()
	for _, c := range []struct{ reason, template, want string }{
		{"parameters of the path", "{{.id}}", "a b"},
		{"by name, where it is none of Go", `{{path "part-id"}}`, "7"},
		{"variables", "{{.tenant}}", "contoso"},
		{"what the client called", "{{base}}", "https://graph.microsoft.com/v1.0"},
		{"without the version", "{{host}}", "https://graph.microsoft.com"},
		{"a query option, with its dollar sign", `{{query "$top"}}`, "5"},
		{"or without", `{{query "top"}}`, "5"},
		{"one that is not there", `<{{query "skip"}}>`, "<>"},
		{"a header", `{{header "prefer"}}`, "respond-async"},
		{"a text of the body", `{{json "/name"}}`, `Ada "the" Countess`},
		{"another value of the body", `{{json "/tags"}}`, `["x",1]`},
		{"a state, as it was", `{{state "light"}}`, "green"},
		{"the time", "{{now}}", "2026-01-02T03:04:05Z"},
		{"an hour later", `{{now "1h"}}`, "2026-01-02T04:04:05Z"},
		{"the requests of this place", "{{count}}", "1"},
		{"the usual functions", `{{if eq .id "a b"}}{{printf "%q" .id}}{{else}}no{{end}}`, `"a b"`},
		{"an id that is asked for twice is one", `{{eq (newID "op") (newID "op")}}`, "true"},
		{"UUIDs are two", "{{eq uuid uuid}}", "false"},
	} {
		h := handler(t, templated(c.template), mockserver.Clock(clock.Now))
		a := ask(t, h, "POST", "/v1.0/things/a%20b/parts('7')?$top=5", `{"name":"Ada \"the\" Countess","tags":["x",1]}`, "Prefer", "respond-async")
		assert.Equal(t, c.want, a.Body, "%s: %s", c.reason, c.template)
		assert.NoError(t, h.Err(), c.reason)
	}
}

// TestTemplateIDs is row 6: ids depend on the seed alone.
func TestTemplateIDs(t *testing.T) {
	ids := func(seed uint64) (out []string) {
		h := handler(t, templated(`{{uuid}} {{newID "op"}}`), mockserver.Seed(seed))
		for range 2 {
			out = append(out, strings.Fields(ask(t, h, "GET", "/things/1/parts/1", "").Body)...)
		}
		return out
	}
	first := ids(1)
	require.Equal(t, first, ids(1))
	require.NotEqual(t, first, ids(2))
	seen := map[string]bool{}
	for _, id := range first {
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		require.False(t, seen[id])
		seen[id] = true
	}
}

// TestTemplateNames is row 6: a name that there is not is an error when the server starts, wherever it stands.
func TestTemplateNames(t *testing.T) {
	for _, c := range []struct{ reason, template, want string }{
		{"a value", "{{.idd}}", `there is no .idd (did you mean ".id"?)`},
		{"in a condition", "{{if .nope}}x{{end}}", "there is no .nope"},
		{"in a branch", "{{if .id}}{{else}}{{.nope}}{{end}}", "there is no .nope"},
		{"as an argument", `{{printf "%s" .nope}}`, "there is no .nope"},
		{"in parentheses", `{{len (printf "%s" .nope)}}`, "there is no .nope"},
		{"with", "{{with .nope}}{{.}}{{end}}", "there is no .nope"},
		{"range", "{{range .nope}}{{.}}{{end}}", "there is no .nope"},
		{"by index", `{{index . "nope"}}`, "there is no .nope"},
		{"below with", `{{with .id}}{{.}}{{$.nope}}{{end}}`, "there is no .nope"},
		{"below range, by index", `{{range .id}}{{index $ "nope"}}{{end}}`, "there is no .nope"},
		{"for a template of its own", `{{define "a"}}{{.}}{{end}}{{template "a" .nope}}`, "there is no .nope"},
		{"a member of what is in parentheses", `{{(print .nope).x}}`, "there is no .nope"},
		{"a parameter", `{{path "part"}}`, `"part" is no parameter of * /things/{id}/parts/{part-id} (did you mean "part-id"?)`},
		{"a variable is no parameter", `{{path "tenant"}}`, `"tenant" is no parameter`},
		{"a machine", `{{state "ligth"}}`, `machine "ligth" is not declared (did you mean "light"?)`},
		{"a machine, as an argument below range", "{{range .id}}{{if eq (state `nope`) .}}x{{end}}{{end}}", `machine "nope" is not declared`},
		{"a machine, in a template of its own", `{{define "a"}}{{state .}}{{state "nope"}}{{end}}{{template "a" .id}}`, `machine "nope" is not declared`},
		{"a function", "{{nope}}", `function "nope" not defined`},
		{"a function, misspelt", `{{newid "op"}}`, `did you mean "newID"?`},
		{"a function that is a parameter", "{{id}}", "write {{.id}}"},
		{"a parameter with a hyphen", "{{.part-id}}", `write {{index . "part-id"}}`},
		{"no argument", "{{if .id}}{{query}}{{end}}", "query takes one argument, and is given 0"},
		{"an argument too many", `{{"x" | header "y"}}`, "header takes one argument, and is given 2"},
		{"an argument where there is none", `{{base "/x"}}`, "base takes no argument, and is given 1"},
		{"no pointer", `{{json "nope"}}`, `json: pointer "nope"`},
		{"no time", `{{now "tomorrow"}}`, `now: invalid duration "tomorrow"`},
		{"syntax", "{{.id", "unclosed action"},
	} {
		_, err := mockserver.NewHandler(templated(c.template))
		assert.ErrorContains(t, err, c.want, "%s: %s", c.reason, c.template)
		s := templated("")
		s.Routes[0].Replies[0].Body = nil
		s.Routes[0].Replies[0].Header = http.Header{"X": {c.template}}
		_, err = mockserver.NewHandler(s)
		assert.ErrorContains(t, err, c.want, "in a header: %s", c.template)
	}
}

// TestTemplateFails is row 6: what only shows when a reply is made fails the test, and the client gets 500.
func TestTemplateFails(t *testing.T) {
	for _, c := range []struct{ reason, template, want string }{
		{"no such parameter, by what is no constant", `{{path (print "no" "pe")}}`, `the path has no parameter "nope"`},
		{"nothing there in the body", `{{json "/nope"}}`, "the request's body has nothing at /nope"},
		{"no pointer, by what is no constant", `{{json (print "no" "pe")}}`, "nope"},
		{"no time, by what is no constant", `{{now (print "tomor" "row")}}`, `invalid duration "tomorrow"`},
		{"no machine, by what is no constant", `{{"nope" | state}}`, `machine "nope"`},
	} {
		h := handler(t, templated(c.template))
		a := ask(t, h, "POST", "/things/1/parts/1", `{}`)
		assert.Equal(t, 500, a.Status, c.reason)
		assert.Contains(t, a.Body, "MockReplyFailed", c.reason)
		assert.ErrorIs(t, h.Err(), mockserver.ErrInvalid, c.reason)
		assert.ErrorContains(t, h.Err(), c.want, c.reason)
	}
}

// TestTemplateEscapes is row 6: values that are meant to break a body stay values, and none is a template itself.
func TestTemplateEscapes(t *testing.T) {
	for _, hostile := range []string{
		`","admin":true,"x":"`, `\`, `\"`, "line\nend", "\x00\x1f", `</script>`, "{{.tenant}}", `{{"`, "\u2028", "\xff", "日本", `\u0041`,
	} {
		s := mockserver.Reply("POST /things/{id}", mockserver.Response{Template: true, JSON: map[string]any{
			"path": "<{{.id}}>", "query": `{{query "q"}}`, "header": `{{header "X-H"}}`, "body": `{{json "/v"}}`, "list": []any{`{{.id}}`},
		}})
		h := handler(t, s)
		sent, err := json.Marshal(map[string]string{"v": hostile})
		require.NoError(t, err)
		var escaped strings.Builder
		for i := range len(hostile) {
			escaped.WriteString("%" + string("0123456789ABCDEF"[hostile[i]>>4]) + string("0123456789ABCDEF"[hostile[i]&15]))
		}
		req := httptest.NewRequest("POST", "http://localhost/things/"+escaped.String()+"?q="+escaped.String(), strings.NewReader(string(sent)))
		req.Header["X-H"] = []string{hostile}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		want := strings.ToValidUTF8(hostile, "\ufffd")
		var got map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got), "%q makes %s", hostile, w.Body)
		require.Equal(t, map[string]any{"path": "<" + want + ">", "query": want, "header": want, "body": want, "list": []any{want}}, got)
		require.NoError(t, h.Err())
	}
}

// TestTemplateOff is row 6: without Template braces are text.
func TestTemplateOff(t *testing.T) {
	h := handler(t, mockserver.Reply("GET /x", says("{{.nope}}")))
	require.Equal(t, "{{.nope}}", ask(t, h, "GET", "/x", "").Body)
}
