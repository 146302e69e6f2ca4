package mockserver_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/graphcontract/graphcontract/schema"
)

// strictContract is the strict contract of the real pages where GRAPHCONTRACT_CORPUS names the corpus, else of the pages that the module has.
func strictContract(t *testing.T) (c *contract.Contract, real bool) {
	catalog := schema.Default()
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir != "" {
		z, err := zip.OpenReader(filepath.Join(dir, "graph-docs-v1.0.zip"))
		require.NoError(t, err)
		t.Cleanup(func() { z.Close() })
		catalog, err = schema.LoadPages(t.Context(), z)
		require.NoError(t, err)
	}
	c, err := contract.New(catalog, schema.Strict)
	require.NoError(t, err)
	return c, dir != ""
}

// TestAnswersPassCheck holds all answers of collections, entity sets, delta queries and batches against the strict contract: what a user
// records here passes check.
func TestAnswersPassCheck(t *testing.T) {
	c, real := strictContract(t)
	for _, path := range []string{
		"/external/connections/{connection-id}/operations", "/users", "/groups", "/applications", "/groups/{group-id}/members", "/me/messages", "/devices",
	} {
		t.Run(path, func(t *testing.T) {
			template := path
			path := strings.NewReplacer("{connection-id}", "contosohr", "{group-id}", "g1").Replace(path)
			op, ok := c.Operation("GET", "https://graph.microsoft.com/v1.0"+path+"/1")
			if !ok {
				op, ok = c.Operation("GET", "https://graph.microsoft.com/v1.0"+path)
			}
			if !ok && !real {
				t.Skip("GRAPHCONTRACT_CORPUS does not name the corpus of real pages, which has " + path)
			}
			require.True(t, ok)
			entities, err := c.Catalog().Schema(op.Response, schema.Strict, schema.Entity)
			require.NoError(t, err)
			items := fixtures.New(entities, fixtures.Seed(1)).Many(7)

			list := mockserver.Transport(t, mockserver.Collection("GET "+template, items, mockserver.PageSize(3)), mockserver.Contract(c))
			askEverything(t, list, path)
			requireChecked(t, c, list)

			srv := mockserver.Transport(t, mockserver.EntitySet(template, items, mockserver.PageSize(3)), mockserver.Contract(c))
			listed := askEverything(t, srv, path)
			require.Len(t, listed, 7)
			changeEverything(t, srv, path, listed[0])
			require.NotZero(t, requireChecked(t, c, srv))
		})
	}
}

// askEverything lists, in all ways, and returns the items.
func askEverything(t *testing.T, srv *mockserver.Server, path string) []map[string]any {
	const eventual = "ConsistencyLevel"
	items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0"+path)
	require.Equal(t, 3, pages)
	for _, q := range []string{"?$top=2", "?$count=true", "?$select=id", "?$orderby=id%20desc", "?$filter=id%20eq%20'none'"} {
		listAll(t, srv.Client(), srv.URL+"/v1.0"+path+q, eventual, "eventual")
	}
	res, _ := call(t, srv, "GET", path+"?$expand=x", "")
	require.Equal(t, 400, res.StatusCode)
	res, err := srv.Client().Get(srv.URL + "/v1.0" + path + "/$count")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	srvBatch(t, srv, path, path+"/$count", path+"?$top=1")
	return items
}

// srvBatch asks for paths in a batch.
func srvBatch(t *testing.T, srv *mockserver.Server, paths ...string) {
	var requests []string
	for i, path := range paths {
		requests = append(requests, fmt.Sprintf(`{"id":"%d","method":"GET","url":%q}`, i, path))
	}
	res, items := batch(t, srv, `{"requests":[`+strings.Join(requests, ",")+`]}`)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Len(t, items, len(paths))
}

// changeEverything reads, creates, changes and deletes, and asks for deltas between.
func changeEverything(t *testing.T, srv *mockserver.Server, path string, item map[string]any) {
	status := func(want int, method, path, body string, header ...string) map[string]any {
		t.Helper()
		res, got := call(t, srv, method, path, body, header...)
		require.Equal(t, want, res.StatusCode, "%s %s: %v", method, path, got)
		return got
	}
	one := path + "/" + item["id"].(string)
	_, link := deltaOf(t, srv, path+"/delta")
	status(200, "GET", one, "")
	status(200, "GET", one+"?$select=id", "")
	status(304, "GET", one, "", "If-None-Match", item["@odata.etag"].(string))
	status(404, "GET", path+"/none", "")
	made := status(201, "POST", path, `{}`)
	status(412, "PATCH", one, `{}`, "If-Match", `W/"0"`)
	for _, prefer := range []string{"return=representation", "return=minimal", ""} {
		res, got := call(t, srv, "PATCH", one, `{}`, "Prefer", prefer)
		require.Less(t, res.StatusCode, 300, got)
	}
	status(204, "DELETE", path+"/"+made["id"].(string), "")
	require.NoError(t, srv.Put(path+"/put", item))
	ids, link := deltaOf(t, srv, link)
	require.Equal(t, []string{item["id"].(string), "put"}, ids)
	require.NoError(t, srv.Remove(path+"/put"))
	ids, link = deltaOf(t, srv, link)
	require.Equal(t, []string{"-put"}, ids)
	deltaOf(t, srv, path+"/delta?$select=id")
	srv.ExpireTokens()
	res, _ := call(t, srv, "GET", link, "")
	require.Equal(t, http.StatusGone, res.StatusCode)
	srvBatch(t, srv, one, path+"/delta", path+"/none")
}

// requireChecked holds the journal against a contract, and returns how much of it was judged.
func requireChecked(t *testing.T, c *contract.Contract, srv *mockserver.Server) int {
	xs := srv.Exchanges()
	report, err := c.Check(t.Context(), func(yield func(recording.Exchange, error) bool) {
		for _, x := range xs {
			if !yield(x, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	doc, err := json.MarshalIndent(report.Findings, "", " ")
	require.NoError(t, err)
	require.Empty(t, report.Findings, string(doc))
	t.Logf("%d exchanges, %d judged", len(xs), report.Judged())
	return report.Judged()
}
