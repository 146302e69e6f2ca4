package schema

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// update says that golden files are to be written instead of compared.
var update = os.Getenv("GRAPHCONTRACT_UPDATE") != ""

func TestEmbeddedFormIsWhatThePagesYield(t *testing.T) {
	for _, name := range []string{connectionOperation, externalConnectionOperation} {
		r, err := Default().Resource(name)
		require.NoError(t, err)
		got := encode(Default().derive(r, Entity).whole())
		if update {
			require.NoError(t, os.WriteFile(formFile(name), got, 0o644))
			continue
		}
		require.Equal(t, string(encode(embeddedForm(name).root)), string(got))
	}
}

// TestDefault lists what the embedded pages say of requests, and that only the registered schema itself has no page.
func TestDefault(t *testing.T) {
	var lines []string
	for op := range Default().Operations() {
		lines = append(lines, fmt.Sprintf("%s %s %v %s collection=%v assumed=%v", op.Method, op.Route, op.Statuses, op.Response, op.Collection, op.Assumed))
	}
	require.Equal(t, []string{
		"POST /connections/{connection-id}/schema [202]  collection=false assumed=false",
		"GET /connections/{connection-id}/operations/{operation-id} [200] microsoft.graph.connectionOperation collection=false assumed=false",
		"GET /connections/{connection-id}/operations [200] microsoft.graph.connectionOperation collection=true assumed=true",
		"PATCH /connections/{connection-id}/operations/{operation-id} [200] microsoft.graph.connectionOperation collection=false assumed=true",
		"GET /external/connections/{connection-id}/operations/{operation-id} [200] microsoft.graph.externalConnectors.connectionOperation collection=false assumed=false",
		"GET /external/connections/{connection-id}/operations [200] microsoft.graph.externalConnectors.connectionOperation collection=true assumed=true",
		"PATCH /external/connections/{connection-id}/operations/{operation-id} [200] microsoft.graph.externalConnectors.connectionOperation collection=false assumed=true",
		"PATCH /external/connections/{connection-id}/schema [202]  collection=false assumed=false",
	}, lines)
	for _, p := range Default().Problems() {
		require.Regexp(t, `^page of type microsoft\.graph\.(externalConnectors\.)?schema is not loaded`, p.Text)
	}
}
