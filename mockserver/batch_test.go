package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// batchItem is a response of a batch.
type batchItem struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
}

func batch(t *testing.T, srv *mockserver.Server, body string) (*http.Response, []batchItem) {
	res, err := srv.Client().Post(srv.URL+"/v1.0/$batch", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer res.Body.Close()
	var doc struct{ Responses []batchItem }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&doc))
	return res, doc.Responses
}

func TestBatch(t *testing.T) {
	srv := mockserver.Start(t, mockserver.Join(mockserver.Completes(1), mockserver.Error("GET /me", 404, "ResourceNotFound"),
		mockserver.Reply("POST /echo", mockserver.Response{Func: func(q *mockserver.Request) mockserver.Response {
			return mockserver.Response{Status: 201, Body: q.Body}
		}})))
	const poll = `"method":"GET","url":"/external/connections/contosohr/operations/1"`
	res, items := batch(t, srv, `{"requests":[
		{"id":"1",`+poll+`},
		{"id":"2",`+strings.Replace(poll, "/external", "https://graph.microsoft.com/v1.0/external", 1)+`,"dependsOn":["1"]},
		{"id":"3","method":"GET","url":"me"},
		{"id":"4",`+poll+`,"dependsOn":["3"]},
		{"id":"5","method":"POST","url":"/echo","headers":{"Content-Type":"application/json"},"body":{"a":[1]}},
		{"id":"6","method":"GET","url":"https://example.com/me"}
	]}`)
	require.Equal(t, http.StatusOK, res.StatusCode)
	var got []int
	for _, i := range items {
		got = append(got, i.Status)
	}
	require.Equal(t, []int{200, 200, 404, 424, 201, 400}, got)
	require.JSONEq(t, `{"id":"1","status":"inprogress"}`, string(items[0].Body))
	require.JSONEq(t, `{"id":"1","status":"completed"}`, string(items[1].Body))
	require.JSONEq(t, `{"a":[1]}`, string(items[4].Body))
	require.Len(t, srv.Exchanges(), 5, "the batch and what it has asked")
}

func TestBatchRefused(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Completes(0), mockserver.AllowUnused())
	many := `{"requests":[` + strings.Repeat(`{"id":"1","method":"GET","url":"/me"},`, 20) + `{"id":"2","method":"GET","url":"/me"}]}`
	for body, want := range map[string]string{
		`{"requests":[]}`: "Invalid batch: it has 0 requests, want 1 to 20.",
		many:              "Invalid batch: it has 21 requests, want 1 to 20.",
		`[]`:              "Invalid batch: the body is no batch: it is a JSON array, want an object with requests.",
		`{"requests":[{"id":"1","method":"GET","url":"/a"},{"id":"1","method":"GET","url":"/b"}]}`: `Invalid batch: the id "1" is there twice.`,
		`{"requests":[{"id":"1","method":"GET","url":"/a","dependsOn":["2"]}]}`:                    `Invalid batch: the request "1" depends on "2", which is no request before it.`,
		`{"requests":[{"id":"1","method":"POST","url":"/a","body":{}}]}`:                           `Invalid batch: the request "1" has a body and no Content-Type in its headers.`,
	} {
		res, err := srv.Client().Post(srv.URL+"/v1.0/$batch", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		var envelope struct{ Error struct{ Message string } }
		require.NoError(t, json.NewDecoder(res.Body).Decode(&envelope))
		require.NoError(t, res.Body.Close())
		require.Equal(t, 400, res.StatusCode)
		require.Equal(t, want, envelope.Error.Message)
	}
}
