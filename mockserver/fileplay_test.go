package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestOperationPlays plays operations of files, for today's type and the one before, and holds what five polls get.
func TestOperationPlays(t *testing.T) {
	for _, path := range []string{"/external/connections/{connection-id}", "/connections/{conn}"} {
		t.Run(strings.Split(path, "/")[1], func(t *testing.T) {
			want := map[string]string{
				"import":         "inprogress inprogress completed completed completed",
				"import/failed":  "inprogress inprogress failed failed failed",
				"import/late":    "404 inprogress inprogress completed completed",
				"import/evolved": "inprogress inprogress unknownFutureValue completed completed",
				"import/stuck":   "inprogress inprogress inprogress inprogress inprogress",
				"import/at-once": "completed completed completed completed completed",
				"import/no-time": "completed completed completed completed completed",
			}
			files := fstest.MapFS{"import.yaml": {Data: []byte(`
version: 1
operation: {accepts: "PATCH ` + path + `/schema", polls: 2}
variants:
  failed: {operation.outcome: failed, operation.error: {message: The schema is not valid.}}
  late: {operation.notFound: 1}
  evolved: {operation.outcome: unknownFutureValue}
  stuck: {operation.outcome: never}
  at-once: {operation.polls: 0}
  no-time: {operation.polls: null, operation.for: 0s}
`)}}
			mockserver.RunVariants(t, files, "import.yaml", func(t *testing.T, srv *mockserver.Server) {
				const body = `{"baseType": "microsoft.graph.externalItem", "properties": [{"name": "title", "type": "string"}]}`
				url := srv.URL + "/v1.0" + strings.NewReplacer("{conn}", "contosohr", "{connection-id}", "contosohr").Replace(path) + "/schema"
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, url, strings.NewReader(body))
				require.NoError(t, err)
				request.Header.Set("Content-Type", "application/json")
				accepted, err := srv.Client().Do(request)
				require.NoError(t, err)
				require.NoError(t, accepted.Body.Close())
				require.Equal(t, http.StatusAccepted, accepted.StatusCode)

				var got []string
				for range 5 {
					response, err := srv.Client().Get(accepted.Header.Get("Location"))
					require.NoError(t, err)
					var operation struct{ ID, Status string }
					require.NoError(t, json.NewDecoder(response.Body).Decode(&operation))
					require.NoError(t, response.Body.Close())
					if response.StatusCode != http.StatusOK {
						got = append(got, response.Status[:3])
						continue
					}
					require.True(t, strings.HasSuffix(accepted.Header.Get("Location"), "/"+operation.ID))
					got = append(got, operation.Status)
				}
				_, name, _ := strings.Cut(strings.TrimPrefix(t.Name(), "TestOperationPlays/"), "/")
				require.Equal(t, want[name], strings.Join(got, " "))
			})
		})
	}
}
