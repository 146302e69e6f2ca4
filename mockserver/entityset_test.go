package mockserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/graphcontract/graphcontract/schema"
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

// books is a strict contract whose pages document books, which have members that the service sets.
func books(t testing.TB) *contract.Contract {
	t.Helper()
	page := func(title, request, response string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("# " + title + "\n\n## HTTP request\n``` http\n" + request + "\n```\n\n## Request body\n" +
			"In the request body, supply a JSON representation of a [book](book.md) object.\n\n## Response\nIf successful, this method returns " + response + " object.\n")}
	}
	catalog, err := schema.LoadPages(t.Context(), fstest.MapFS{
		"book.md": {Data: []byte("# book resource type\n\nNamespace: microsoft.graph\n\n## Properties\n|Property|Type|Description|\n|:---|:---|:---|\n" +
			"|id|String|The key.|\n|title|String|The title.|\n|isbn|String|The number. Read-only.|\n|createdDateTime|DateTimeOffset|When. Read-only.|\n" +
			"|lastModifiedDateTime|DateTimeOffset|When. Read-only.|\n\n## JSON representation\n" +
			`<!-- {"blockType": "resource", "@odata.type": "microsoft.graph.book", "keyProperty": "id"} -->` + "\n``` json\n" +
			`{"id": "String", "title": "String", "isbn": "String", "createdDateTime": "String (timestamp)", "lastModifiedDateTime": "String (timestamp)"}` + "\n```\n")},
		"book-post.md":   page("Create book", "POST /books", "`201 Created` and a [book](book.md)"),
		"book-update.md": page("Update book", "PATCH /books/{id}", "`200 OK` and a [book](book.md)"),
	})
	require.NoError(t, err)
	c, err := contract.New(catalog, schema.Strict)
	require.NoError(t, err)
	return c
}

// TestServerSetMembers: what the page calls read-only is the service's.
func TestServerSetMembers(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := mockserver.Transport(t, mockserver.EntitySet("/books", nil), mockserver.Contract(books(t)), mockserver.Requests(mockserver.Off),
		mockserver.Clock(func() time.Time { return now }))
	res, made := call(t, srv, "POST", "/books", `{"title":"Ulysses","isbn":"mine","createdDateTime":"1999-01-01T00:00:00Z","@odata.type":"#microsoft.graph.book"}`)
	require.Equal(t, http.StatusCreated, res.StatusCode)
	require.Equal(t, "https://graph.microsoft.com/v1.0/$metadata#books/$entity", made["@odata.context"])
	require.Equal(t, "2026-01-02T03:04:05Z", made["createdDateTime"])
	require.Equal(t, "2026-01-02T03:04:05Z", made["lastModifiedDateTime"])
	require.Regexp(t, "^[0-9a-f-]{36}$", made["id"])
	require.NotEqual(t, "mine", made["isbn"])
	require.NotEmpty(t, made["isbn"], "the contract asks for it")

	_, other := call(t, srv, "POST", "/books", `{"id":"b2","title":"Dubliners"}`)
	require.Equal(t, "b2", other["id"], "the key may be given")
	require.NotEqual(t, made["isbn"], other["isbn"])

	now = now.Add(time.Hour)
	res, changed := call(t, srv, "PATCH", "/books/b2", `{"title":"Dubliners!","isbn":"mine","id":"b2"}`)
	require.Equal(t, http.StatusOK, res.StatusCode, "the page says so")
	require.Equal(t, "Dubliners!", changed["title"])
	require.Equal(t, other["isbn"], changed["isbn"])
	require.Equal(t, other["createdDateTime"], changed["createdDateTime"])
	require.Equal(t, "2026-01-02T04:04:05Z", changed["lastModifiedDateTime"])
	require.Equal(t, "https://graph.microsoft.com/v1.0/$metadata#books/$entity", changed["@odata.context"])

	for body, want := range map[string]string{
		`{"id":"b3"}`: "The key of a resource cannot be changed.", `{"id":null}`: "The key of a resource cannot be changed.",
		`[]`: "The body is no object.", `{`: "The body cannot be read: it is no JSON",
	} {
		a := ask(t, srv, "PATCH", "/books/b2", body, "Content-Type", "application/json")
		require.Equal(t, http.StatusBadRequest, a.Status)
		require.Contains(t, a.Body, want)
	}
}

// TestReadOnlyIgnored: a client that sends what it has read breaks nothing: a service ignores it (OData Protocol 4.01, section 11.4.3).
func TestReadOnlyIgnored(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/books", nil), mockserver.Contract(books(t)))
	_, made := call(t, srv, "POST", "/books", `{"id":"b1","title":"Ulysses","isbn":"mine"}`)
	doc, err := json.Marshal(made)
	require.NoError(t, err)
	res, changed := call(t, srv, "PATCH", "/books/b1", string(doc))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, made["isbn"], changed["isbn"])
}

// TestConditions: what a client has seen, or must not have, is held against what there is (RFC 9110, section 13).
func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		method, header, value string // ETAG is the entity's
		want                  int
	}{
		{"GET", "If-None-Match", "ETAG", 304},
		{"HEAD", "If-None-Match", "ETAG", 304},
		{"GET", "If-None-Match", `W/"0"`, 200},
		{"GET", "If-Match", `W/"0"`, 412},
		{"GET", "If-Match", "ETAG", 200},
		{"PATCH", "If-Match", "ETAG", 204},
		{"PATCH", "If-Match", `W/"0", ETAG`, 204},
		{"PATCH", "If-Match", "*", 204},
		{"PATCH", "If-Match", `W/"0"`, 412},
		{"PATCH", "If-None-Match", "ETAG", 412},
		{"PATCH", "If-None-Match", `W/"0"`, 204},
		{"DELETE", "If-Match", `W/"0"`, 412},
		{"DELETE", "If-None-Match", "*", 412},
		{"DELETE", "If-Match", "ETAG", 204},
	} {
		srv := mockserver.Transport(t, mockserver.EntitySet("/x", connections(1)))
		_, before := call(t, srv, "GET", "/x/c000", "")
		etag := before["@odata.etag"].(string)
		body := ""
		if tt.method == "PATCH" {
			body = `{"name":"other"}`
		}
		res, _ := call(t, srv, tt.method, "/x/c000", body, tt.header, strings.ReplaceAll(tt.value, "ETAG", etag))
		require.Equal(t, tt.want, res.StatusCode, tt)
		res, after := call(t, srv, "GET", "/x/c000", "")
		switch {
		case tt.want == 204 && tt.method == "DELETE":
			require.Equal(t, http.StatusNotFound, res.StatusCode)
		case tt.want == 204:
			require.NotEqual(t, etag, after["@odata.etag"])
			require.Equal(t, "other", after["name"])
		default:
			require.Equal(t, before, after, "what is refused changes nothing")
		}
	}
}

// TestHeadOfEntities: HEAD is GET without the body (RFC 9110, section 9.3.2).
func TestHeadOfEntities(t *testing.T) {
	srv := mockserver.Start(t, mockserver.EntitySet("/x", connections(1)))
	res, body := call(t, srv, "HEAD", "/x/c000", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotEmpty(t, res.Header.Get("Etag"))
	require.Nil(t, body)
	for path, want := range map[string]int{"/x": 200, "/x/none": 404, "/x/$count": 200} {
		res, _ := call(t, srv, "HEAD", path, "")
		require.Equal(t, want, res.StatusCode, path)
	}
}

// TestKeys: a key may have any characters, and stand as a segment or in parentheses.
func TestKeys(t *testing.T) {
	for _, key := range []string{"a/b", "a b", "100%", "é", "O'Neil", "adele@contoso.com", "a?b#c", "(x)", "..", "a+b", "~"} {
		srv := mockserver.Start(t, mockserver.EntitySet("/x", nil))
		doc, err := json.Marshal(map[string]any{"id": key, "name": "n"})
		require.NoError(t, err)
		res, made := call(t, srv, "POST", "/x", string(doc))
		require.Equal(t, http.StatusCreated, res.StatusCode, key)
		require.Equal(t, key, made["id"])
		parentheses := srv.URL + "/v1.0/x('" + url.PathEscape(strings.ReplaceAll(key, "'", "''")) + "')"
		for _, at := range []string{res.Header.Get("Location"), parentheses} {
			res, got := call(t, srv, "GET", at+"?$select=id", "")
			require.Equal(t, http.StatusOK, res.StatusCode, at)
			require.Equal(t, key, got["id"])
			require.Equal(t, srv.URL+"/v1.0/$metadata#x(id)/$entity", got["@odata.context"], at)
			require.NotContains(t, got, "name")
		}
		require.NoError(t, srv.Put("/x/"+url.PathEscape(key), map[string]any{"name": "put"}))
		_, got := call(t, srv, "GET", parentheses, "")
		require.Equal(t, "put", got["name"])
		require.NoError(t, srv.Remove("/v1.0/x('"+url.PathEscape(strings.ReplaceAll(key, "'", "''"))+"')"))
		res, _ = call(t, srv, "DELETE", parentheses, "")
		require.Equal(t, http.StatusNotFound, res.StatusCode)
	}
}

// TestKeysMade: items without an id get one that no other has.
func TestKeysMade(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/x", []map[string]any{{"n": 1}, {"id": "2"}, {"n": 3}, {"id": nil}}))
	items, _ := listAll(t, srv.Client(), srv.URL+"/v1.0/x")
	var ids []string
	for _, i := range items {
		ids = append(ids, i["id"].(string))
	}
	require.Equal(t, []string{"1", "2", "3", "4"}, ids)
}

// TestNestedSets: each parent has a set of its own, with links of its own.
func TestNestedSets(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Join(
		mockserver.EntitySet("/groups", connections(2)), mockserver.EntitySet("/groups/{group-id}/members", connections(3), mockserver.PageSize(2))))
	res, made := call(t, srv, "POST", "/groups/a/members", `{"id":"new"}`)
	require.Equal(t, http.StatusCreated, res.StatusCode, made)
	require.Equal(t, "https://graph.microsoft.com/v1.0/groups/a/members/new", res.Header.Get("Location"))
	require.NoError(t, srv.Remove("/groups/b/members/c000"))
	for group, want := range map[string]int{"a": 4, "b": 2, "c": 3} {
		ids, _ := deltaOf(t, srv, "/groups/"+group+"/members/delta")
		require.Len(t, ids, want, group)
	}
	ids, _ := deltaOf(t, srv, "/groups('a')/members/delta")
	require.Len(t, ids, 4, "it is the same group")
	res, _ = call(t, srv, "GET", "/groups/c000", "")
	require.Equal(t, http.StatusOK, res.StatusCode)

	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.EntitySet("/groups/{group-id}/members", connections(3), mockserver.PageSize(2)))
		_, page := call(t, srv, "GET", "/groups/a/members", "")
		res, _ := call(t, srv, "GET", strings.Replace(page["@odata.nextLink"].(string), "/a/", "/b/", 1), "")
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
	})
	require.Len(t, tb.said(), 1, "one group's link leads nowhere in another")
}

// TestThrottledSets: the Retry-After of one parent's list is not another's.
func TestThrottledSets(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/groups/{group-id}/members", connections(3), mockserver.ThrottleAt(1, time.Hour)))
	for _, group := range []string{"a", "b"} {
		require.Contains(t, refusedWith(t, srv, "/groups/"+group+"/members"), "429 ")
	}
	require.NoError(t, srv.Err())
}

// TestSetsGoOn: Add leaves what has been stored, Reset takes it back.
func TestSetsGoOn(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/x", connections(1)))
	call(t, srv, "POST", "/x", `{"id":"new"}`)
	_, link := deltaOf(t, srv, "/x/delta")
	require.NoError(t, srv.Add(mockserver.Route{Route: "GET /y", Replies: []mockserver.Response{{}}, Optional: true}))
	require.NoError(t, srv.Put("/x/put", map[string]any{}))
	ids, _ := deltaOf(t, srv, link)
	require.Equal(t, []string{"put"}, ids)
	require.Len(t, must(listAll(t, srv.Client(), srv.URL+"/v1.0/x")), 3)

	srv.Reset()
	require.Len(t, must(listAll(t, srv.Client(), srv.URL+"/v1.0/x")), 1)
}

// TestLinksBeforeReset: a link from before leads nowhere, which the report says.
func TestLinksBeforeReset(t *testing.T) {
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.EntitySet("/x", connections(1)))
		_, link := deltaOf(t, srv, "/x/delta")
		srv.Reset()
		require.Equal(t, "400 BadRequest: The token is not valid.", refusedWith(t, srv, link))
	})
	require.Len(t, tb.said(), 1)
	require.Contains(t, tb.said()[0], "no answer since the last Reset has this link")
}

func must(items []map[string]any, _ int) []map[string]any { return items }

// TestSetsOfViews: each view of a shared server has sets of its own, and links that lead to it.
func TestSetsOfViews(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.EntitySet("/x", connections(3), mockserver.PageSize(2)))
	require.NoError(t, err)
	defer shared.Close()
	a, b := shared.For(t), shared.For(t)
	res, _ := call(t, a, "POST", "/x", `{"id":"new"}`)
	require.Equal(t, a.URL+"/v1.0/x/new", res.Header.Get("Location"))
	require.NoError(t, b.Remove("/x/c000"))
	for srv, want := range map[*mockserver.Server]int{a: 4, b: 2} {
		items, _ := listAll(t, srv.Client(), srv.URL+"/v1.0/x")
		require.Len(t, items, want)
		ids, link := deltaOf(t, srv, "/x/delta")
		require.Len(t, ids, want)
		require.True(t, strings.HasPrefix(link, srv.URL+"/v1.0/x/delta?$deltatoken="), link)
		srv.ExpireTokens()
		res, _ := call(t, srv, "GET", link, "")
		require.Equal(t, srv.URL+"/v1.0/x/delta", res.Header.Get("Location"))
	}
	_, link := deltaOf(t, a, "/x/delta")
	b.ExpireTokens()
	ids, _ := deltaOf(t, a, link)
	require.Empty(t, ids, "the other's have expired")
}

// TestPutRemove: an author is told what is wrong.
func TestPutRemove(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Join(mockserver.EntitySet("/x", nil), mockserver.Reply("GET /me", mockserver.Response{})), mockserver.AllowUnused())
	require.EqualError(t, srv.Put("/y/1", map[string]any{}), "mockserver: /y/1 is no entity of an entity set")
	require.EqualError(t, srv.Put("/x", map[string]any{}), "mockserver: /x is no entity of an entity set")
	require.EqualError(t, srv.Put("/me", map[string]any{}), "mockserver: /me is no entity of an entity set")
	require.EqualError(t, srv.Put("/x/1", "text"), `mockserver: /x/1: the entity is no object: "text"`)
	require.EqualError(t, srv.Remove("/x/1"), "mockserver: /x/1: there is no such entity")
	require.NoError(t, srv.Put("/x/1", struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}{"7", "n"}))
	_, got := call(t, srv, "GET", "/x/1", "")
	require.Equal(t, "1", got["id"], "the path's key counts")
	require.NoError(t, srv.Put("/x/1", map[string]any{"other": 1}))
	_, got = call(t, srv, "GET", "/x/1", "")
	require.NotContains(t, got, "name", "it is replaced")
}

// TestDeltaQueries: what a delta query asks holds for what it tells later.
func TestDeltaQueries(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/x", connections(4), mockserver.PageSize(3)))
	_, page := call(t, srv, "GET", escaped("/x/delta?$filter=state eq 'ready'&$select=name&$top=1"), "")
	require.Equal(t, "https://graph.microsoft.com/v1.0/$metadata#x(name,id)/$delta", page["@odata.context"])
	require.Equal(t, []any{map[string]any{"id": "c000", "name": "Connection 4", "@odata.etag": `W/"1"`}}, page["value"])
	ids, link := deltaOf(t, srv, page["@odata.nextLink"].(string))
	require.Equal(t, []string{"c002"}, ids)

	require.NoError(t, srv.Put("/x/c000", map[string]any{"state": "draft"}))
	require.NoError(t, srv.Put("/x/c001", map[string]any{"state": "ready"}))
	require.NoError(t, srv.Put("/x/new", map[string]any{"state": "draft"}))
	ids, link = deltaOf(t, srv, link)
	require.Equal(t, []string{"-c000", "c001"}, ids, "the first is no longer ready, the new one never was")

	srv.ExpireTokens()
	res, _ := call(t, srv, "GET", link, "")
	require.Equal(t, http.StatusGone, res.StatusCode)
	ids, _ = deltaOf(t, srv, res.Header.Get("Location"))
	require.Equal(t, []string{"c001", "c002"}, ids, "Location asks the same anew")

	ids, link = deltaOf(t, srv, "/x/delta?$deltatoken=latest")
	require.Empty(t, ids)
	require.NoError(t, srv.Remove("/x/c003"))
	ids, _ = deltaOf(t, srv, link)
	require.Equal(t, []string{"-c003"}, ids)
}

// TestExpireTokens: what expires are the links of delta queries, those to their further pages, too, and no others.
func TestExpireTokens(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/x", connections(4), mockserver.PageSize(3)))
	_, list := call(t, srv, "GET", "/x", "")
	_, delta := call(t, srv, "GET", "/x/delta", "")
	srv.ExpireTokens()
	for _, tt := range []struct {
		link any
		want int
	}{{list["@odata.nextLink"], 200}, {delta["@odata.nextLink"], 410}} {
		res, _ := call(t, srv, "GET", tt.link.(string), "")
		require.Equal(t, tt.want, res.StatusCode)
	}
	require.NoError(t, srv.Err(), "a link that has expired is no invention")
}
