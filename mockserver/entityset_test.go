package mockserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// call sends a request and decodes what comes.
func call(t *testing.T, srv *mockserver.Server, method, url, body string, header ...string) (*http.Response, map[string]any) {
	t.Helper()
	if strings.HasPrefix(url, "/") {
		url = srv.URL + "/v1.0" + url
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := srv.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	doc, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var got map[string]any
	if len(doc) > 0 {
		require.NoError(t, json.Unmarshal(doc, &got), string(doc))
	}
	return res, got
}

func TestEntitySet(t *testing.T) {
	srv := mockserver.Start(t, mockserver.EntitySet("/external/connections", nil))
	res, made := call(t, srv, "POST", "/external/connections", `{"id":"contosohr","name":"Contoso HR","description":"d"}`)
	require.Equal(t, http.StatusCreated, res.StatusCode)
	require.Equal(t, "contosohr", made["id"])
	require.Equal(t, srv.URL+"/v1.0/external/connections/contosohr", res.Header.Get("Location"))

	res, _ = call(t, srv, "POST", "/external/connections", `{"id":"contosohr","name":"Contoso HR","description":"d"}`)
	require.Equal(t, http.StatusConflict, res.StatusCode)

	res, got := call(t, srv, "GET", res.Request.URL.String()+"/contosohr", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	etag := got["@odata.etag"].(string)
	require.Equal(t, etag, res.Header.Get("Etag"))

	res, _ = call(t, srv, "PATCH", "/external/connections/contosohr", `{"name":"Contoso"}`, "If-Match", etag)
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	res, _ = call(t, srv, "PATCH", "/external/connections/contosohr", `{"name":"Fabrikam"}`, "If-Match", etag)
	require.Equal(t, http.StatusPreconditionFailed, res.StatusCode)
	res, got = call(t, srv, "PATCH", "/external/connections/contosohr", `{"description":null}`, "Prefer", "return=representation")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "Contoso", got["name"])
	require.Nil(t, got["description"])

	res, _ = call(t, srv, "DELETE", "/external/connections/contosohr", "")
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		body := ""
		if method == "PATCH" {
			body = `{"name":"x"}`
		}
		res, _ = call(t, srv, method, "/external/connections/contosohr", body)
		require.Equal(t, http.StatusNotFound, res.StatusCode, method)
	}
}

// delta follows a delta query to its end.
func deltaOf(t *testing.T, srv *mockserver.Server, url string) (ids []string, link string) {
	for url != "" {
		res, page := call(t, srv, "GET", url, "")
		require.Equal(t, http.StatusOK, res.StatusCode, page)
		for _, item := range page["value"].([]any) {
			item := item.(map[string]any)
			id := item["id"].(string)
			if item["@removed"] != nil {
				id = "-" + id
			}
			ids = append(ids, id)
		}
		url, _ = page["@odata.nextLink"].(string)
		link, _ = page["@odata.deltaLink"].(string)
	}
	return ids, link
}

func TestDelta(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/groups", connections(5), mockserver.PageSize(2)))
	ids, link := deltaOf(t, srv, "/groups/delta?$select=name")
	require.Equal(t, []string{"c000", "c001", "c002", "c003", "c004"}, ids)
	ids, link = deltaOf(t, srv, link)
	require.Empty(t, ids)

	require.NoError(t, srv.Put("/groups/new", map[string]any{"displayName": "new"}))
	require.NoError(t, srv.Remove("/groups/c003"))
	require.NoError(t, srv.Put("/groups/gone", map[string]any{}))
	require.NoError(t, srv.Remove("/groups/gone"))
	res, _ := call(t, srv, "PATCH", "/groups/c000", `{"displayName":"x"}`)
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	ids, link = deltaOf(t, srv, link)
	require.Equal(t, []string{"new", "c000", "-c003"}, ids)

	srv.ExpireTokens()
	res, _ = call(t, srv, "GET", link, "")
	require.Equal(t, http.StatusGone, res.StatusCode)
	ids, _ = deltaOf(t, srv, res.Header.Get("Location"))
	require.Equal(t, []string{"c000", "c001", "c002", "c004", "new"}, ids)
}
