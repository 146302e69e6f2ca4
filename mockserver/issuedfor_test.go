package mockserver_test

import (
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestIssuedForAnother has an id that was issued below one connection asked for below another.
func TestIssuedForAnother(t *testing.T) {
	h := handler(t, mockserver.Register(mockserver.Completed))
	location := ask(t, h, "PATCH", "/v1.0/external/connections/a/schema", `{"baseType":"microsoft.graph.externalItem"}`).Header.Get("Location")
	id := path.Base(location)
	other := ask(t, h, "GET", "/v1.0/external/connections/b/operations/"+id, "")
	require.Equal(t, 404, other.Status)
	require.Contains(t, other.Body, `it was issued for connection-id \"a\", not \"b\"`)
	require.Equal(t, 200, ask(t, h, "GET", "/v1.0/external/connections/a/operations/"+id, "").Status)
}
