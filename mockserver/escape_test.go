package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestLocationIsEscaped holds that a poll finds what Location names, whatever the id and however the path is written.
func TestLocationIsEscaped(t *testing.T) {
	own := mockserver.Register(mockserver.Completed)
	own.Routes[1].Replies = []mockserver.Response{{Status: 202, Template: true, Header: http.Header{"Location": {
		`{{base}}/external/connections/{{pathescape (index . "connection-id")}}/operations/{{newID "operation-id"}}`,
	}}}}
	for name, s := range map[string]mockserver.Scenario{"ready-made": mockserver.Register(mockserver.Completed), "pathescape": own} {
		for _, path := range []string{"c/schema", "c/Schema", "c/schema/", "weird%20id%2F%C3%A9%25/schema"} {
			h := handler(t, s)
			a := ask(t, h, "PATCH", "/v1.0/external/connections/"+path, `{"baseType":"microsoft.graph.externalItem"}`, "Content-Type", "application/json")
			require.Equal(t, 202, a.Status, name+path)
			assert.Equal(t, 200, ask(t, h, "GET", a.Header.Get("Location"), "").Status, name+" "+path+" "+a.Header.Get("Location"))
		}
	}
}

// TestTemplateRootIsChecked holds that a field of $ is checked at the start like one of the dot.
func TestTemplateRootIsChecked(t *testing.T) {
	_, err := mockserver.NewHandler(mockserver.Reply("GET /x/{id}", mockserver.Response{Template: true, JSON: map[string]any{"a": "{{$.nope}}"}}))
	require.ErrorContains(t, err, "there is no .nope")
}
