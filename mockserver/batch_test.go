package mockserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
		`{"requests":[]}`:         "Invalid batch: it has 0 requests, want 1 to 20.",
		many:                      "Invalid batch: it has 21 requests, want 1 to 20.",
		`[]`:                      "Invalid batch: the body is no batch: it is a JSON array, want an object with requests.",
		`{"requests":[{"id":1}]}`: "Invalid batch: the body is no batch: requests.id is a JSON number.",
		`{"requests":[{}]}`:       "Invalid batch: request 1 has no id.",
		`{"requests":[{"id":"1","method":"GET"}]}`: `Invalid batch: the request "1" has no method or no url.`,
		`{`: "Invalid batch: the body is no batch: unexpected end of JSON input.",
		``:  "Invalid batch: the body is no batch: unexpected end of JSON input.",
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

// statuses are those of a batch's responses.
func statuses(items []batchItem) (out []int) {
	for _, i := range items {
		out = append(out, i.Status)
	}
	return out
}

// TestBatchOfEntities: a batch creates, reads, changes and deletes, with headers for each request.
func TestBatchOfEntities(t *testing.T) {
	srv := mockserver.Start(t, mockserver.EntitySet("/users", connections(3), mockserver.PageSize(2)))
	_, items := batch(t, srv, `{"requests":[
		{"id":"make","method":"POST","url":"/users","headers":{"content-type":"application/json"},"body":{"id":"adele"}},
		{"id":"read","method":"GET","url":"/users/adele","dependsOn":["make"]},
		{"id":"again","method":"POST","url":"/users","headers":{"Content-Type":"application/json"},"body":{"id":"adele"},"dependsOn":["read"]},
		{"id":"never","method":"DELETE","url":"/users/adele","dependsOn":["read","again"]},
		{"id":"nor","method":"DELETE","url":"/users/adele","dependsOn":["never"]},
		{"id":"stale","method":"PATCH","url":"/users/adele","headers":{"Content-Type":"application/json","If-Match":"W/\"0\""},"body":{"n":1}},
		{"id":"list","method":"GET","url":"/users?$select=id&$orderby=id desc"},
		{"id":"count","method":"GET","url":"/users/$count"},
		{"id":"counted","method":"GET","url":"/users/$count","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"gone","method":"delete","url":"/users('adele')"}
	]}`)
	require.Equal(t, []int{201, 200, 409, 424, 424, 412, 200, 400, 200, 204}, statuses(items))
	for i, id := range []string{"make", "read", "again", "never", "nor", "stale", "list", "count", "counted", "gone"} {
		require.Equal(t, id, items[i].ID)
	}
	require.Equal(t, srv.URL+"/v1.0/users/adele", items[0].Headers["Location"])
	require.Equal(t, `W/"4"`, items[1].Headers["Etag"])
	require.Contains(t, string(items[3].Body), `"code":"FailedDependency"`)
	var page map[string]any
	require.NoError(t, json.Unmarshal(items[6].Body, &page))
	require.Equal(t, []any{map[string]any{"id": "c002", "@odata.etag": `W/"3"`}, map[string]any{"id": "c001", "@odata.etag": `W/"2"`}}, page["value"])
	res, page := call(t, srv, "GET", page["@odata.nextLink"].(string), "")
	require.Equal(t, http.StatusOK, res.StatusCode, page)
	require.Equal(t, "4", string(items[8].Body))
	require.Nil(t, items[9].Body)

	xs := srv.Exchanges()
	require.Equal(t, "POST "+srv.URL+"/v1.0/$batch", xs[0].Method+" "+xs[0].URL, "the batch, and then its requests")
	require.Equal(t, "POST "+srv.URL+"/v1.0/users", xs[1].Method+" "+xs[1].URL)
	require.Len(t, xs, 1+8+1, "those that depend on what failed are not made")
}

// TestBatchThrottled: a request of a batch that is throttled says when to come back. Others of its batch cannot have known; those of the next one can.
func TestBatchThrottled(t *testing.T) {
	poll := `{"id":"ID","method":"GET","url":"/external/connections/contosohr/operations/1"}`
	one := `{"requests":[` + poll + `]}`
	both := `{"requests":[` + strings.Replace(poll, "ID", "1", 1) + `,` + strings.Replace(poll, "ID", "2", 1) + `]}`
	for name, start := range map[string]func(testing.TB, mockserver.Scenario, ...mockserver.Option) *mockserver.Server{
		"loopback": mockserver.Start, "without a network": mockserver.Transport,
	} {
		t.Run(name, func(t *testing.T) {
			tb := runFake(t, func(tb *fakeTB) {
				srv := start(tb, mockserver.Throttled(1, time.Minute), mockserver.AllowUnused())
				_, items := batch(t, srv, both)
				require.Equal(t, []int{429, 429}, statuses(items))
				require.Equal(t, "60", items[0].Headers["Retry-After"])
				require.Empty(t, tb.said())
				_, items = batch(t, srv, one)
				require.Equal(t, []int{429}, statuses(items))
			})
			require.Len(t, tb.said(), 1)
			require.Contains(t, tb.said()[0], "GET /v1.0/external/connections/contosohr/operations/1 came ")
		})
	}
}

// TestBatchWaits: delays add up, and a Retry-After that has been waited for is none any more.
func TestBatchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"id":"1"}`), Delay: mockserver.Delay{Fixed: 3 * time.Second}})
		srv := mockserver.Start(t, mockserver.Join(slow, mockserver.Throttled(1, 10*time.Second)), mockserver.InMemory(), mockserver.AllowUnused())
		const body = `{"requests":[{"id":"1","method":"GET","url":"/me"},{"id":"2","method":"GET","url":"/me"},
			{"id":"3","method":"GET","url":"/external/connections/contosohr/operations/1"}]}`
		begin := time.Now()
		_, items := batch(t, srv, body)
		require.Equal(t, []int{200, 200, 429}, statuses(items))
		require.Equal(t, 6*time.Second, time.Since(begin))
		time.Sleep(10 * time.Second)
		_, items = batch(t, srv, body)
		require.Equal(t, []int{200, 200, 200}, statuses(items))
	})
}

// TestBatchFaults: a fault of a request's connection is that request's alone.
func TestBatchFaults(t *testing.T) {
	fault := func(path string, f mockserver.Fault) mockserver.Scenario {
		return mockserver.Reply("GET "+path, mockserver.Response{Body: []byte(`{"id":"1"}`), Fault: f})
	}
	srv := mockserver.Start(t, mockserver.Join(fault("/reset", mockserver.Reset), fault("/cut", mockserver.Truncated), fault("/page", mockserver.HTMLPage),
		fault("/me", "")))
	_, items := batch(t, srv, `{"requests":[{"id":"1","method":"GET","url":"/reset"},{"id":"2","method":"GET","url":"/cut"},
		{"id":"3","method":"GET","url":"/page"},{"id":"4","method":"GET","url":"/me"}]}`)
	require.Equal(t, []int{502, 502, 502, 200}, statuses(items))
	require.Contains(t, string(items[0].Body), "The request of the batch met a fault: ")
	var page []byte // base64, as all that is no JSON
	require.NoError(t, json.Unmarshal(items[2].Body, &page))
	require.Contains(t, string(page), "<html")
}

// TestBatchBodies: what is no JSON is sent, and comes back, as base64.
func TestBatchBodies(t *testing.T) {
	srv := mockserver.Start(t, mockserver.Reply("PUT /photo", mockserver.Response{Func: func(q *mockserver.Request) mockserver.Response {
		return mockserver.Response{Body: q.Body, Header: http.Header{"Content-Type": {q.Header.Get("Content-Type")}}}
	}}))
	_, items := batch(t, srv, `{"requests":[{"id":"1","method":"PUT","url":"/photo","headers":{"Content-Type":"image/jpeg"},"body":"/9j/4A=="},
		{"id":"2","method":"PUT","url":"/photo","headers":{"Content-Type":"image/jpeg"},"body":"no base64"}]}`)
	require.Equal(t, []int{200, 400}, statuses(items))
	require.Equal(t, `"/9j/4A=="`, string(items[0].Body))
	require.Equal(t, "image/jpeg", items[0].Headers["Content-Type"])
	require.Contains(t, string(items[1].Body), "the body is a text that is not base64")
}

// TestBatchReports: what is wrong with a request of a batch is said once, as if it had come alone; so is what has become of it.
func TestBatchReports(t *testing.T) {
	var mu sync.Mutex
	var served []string
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.EntitySet("/books", nil), mockserver.Contract(books(t)), mockserver.OnServed(func(s mockserver.Served) {
			mu.Lock()
			defer mu.Unlock()
			served = append(served, fmt.Sprint(s.Method, " ", s.URL[len("https://graph.microsoft.com/v1.0"):], " ", s.Status, " ", s.Err))
		}))
		_, items := batch(t, srv, `{"requests":[
			{"id":"1","method":"GET","url":"/films/1"},
			{"id":"2","method":"GET","url":"/films/1"},
			{"id":"3","method":"PATCH","url":"/books/1","headers":{"Content-Type":"application/json"},"body":{"title":7}},
			{"id":"4","method":"POST","url":"/$batch","headers":{"Content-Type":"application/json"},"body":{"requests":[]}}
		]}`)
		require.Equal(t, []int{501, 501, 404, 400}, statuses(items))
		require.Contains(t, string(items[3].Body), "a batch has no batches")
	})
	require.Equal(t, []string{
		"GET /films/1 501 unexpected request", "GET /films/1 501 unexpected request", "PATCH /books/1 404 <nil>", "POST /$batch 200 <nil>",
	}, served)
	require.Len(t, tb.said(), 2)
	require.Contains(t, tb.said()[0], "mockserver: unexpected GET /v1.0/films/1   (answered with 501)\n  nearest: ")
	require.Contains(t, tb.said()[1], "mockserver: PATCH /v1.0/books/1 breaks the contract:\n")
}

// TestBatchURLs: the requests of a batch reach the view that the batch was sent to, whatever form their URLs have.
func TestBatchURLs(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.EntitySet("/x", connections(1)))
	require.NoError(t, err)
	defer shared.Close()
	other, srv := shared.For(t), shared.For(t)
	require.NoError(t, other.Remove("/x/c000"))
	_, items := batch(t, srv, `{"requests":[
		{"id":"1","method":"GET","url":"x/c000"},{"id":"2","method":"GET","url":"/x/c000?$select=id"},
		{"id":"3","method":"GET","url":"`+srv.URL+`/beta/x/c000"},{"id":"4","method":"GET","url":"https://graph.microsoft.com/v1.0/x/c000"},
		{"id":"5","method":"GET","url":"https://example.com/x"},{"id":"6","method":"GET","url":"%zz"}
	]}`)
	require.Equal(t, []int{200, 200, 200, 200, 400, 400}, statuses(items))
	for i, context := range []string{"v1.0/$metadata#x/$entity", "v1.0/$metadata#x(id)/$entity", "beta/$metadata#x/$entity", "v1.0/$metadata#x/$entity"} {
		require.Contains(t, string(items[i].Body), srv.URL+"/"+context)
	}
	require.Contains(t, string(items[4].Body), `the url \"https://example.com/x\" leads elsewhere`)
	require.Contains(t, string(items[5].Body), `the url \"%zz\" cannot be read`)
}

// TestBatchInFlight: a batch and the request that it makes are one request at a time.
func TestBatchInFlight(t *testing.T) {
	s := mockserver.EntitySet("/x", connections(1))
	s.Expect.InFlight = 1
	srv := mockserver.Start(t, s)
	_, items := batch(t, srv, `{"requests":[{"id":"1","method":"GET","url":"/x"},{"id":"2","method":"GET","url":"/x"}]}`)
	require.Equal(t, []int{200, 200}, statuses(items))
}

// TestBatchTokens: a batch's token is that of its requests, unless they have their own.
func TestBatchTokens(t *testing.T) {
	s := mockserver.EntitySet("/x", nil)
	s.Auth = &mockserver.Auth{}
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, s)
		_, items := batch(t, srv, `{"requests":[{"id":"1","method":"GET","url":"/x"},{"id":"2","method":"GET","url":"/x","headers":{"Authorization":"Bearer mine"}}]}`)
		require.Equal(t, []int{401, 401}, statuses(items))
		require.Contains(t, items[1].Headers["Www-Authenticate"], "claims=")
	})
	require.Len(t, tb.said(), 1, "the first had none")
}

// FuzzBatch states the laws of batches: reading is total, and what is read has a response for each request, in its order.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"requests":[{"id":"1","method":"GET","url":"/x"},{"id":"2","method":"POST","url":"x","headers":{"Content-Type":"application/json"},"body":{"id":"a"},"dependsOn":["1"]}]}`))
	f.Add([]byte(`{"requests":[{"id":"1","method":"PATCH","url":"https://graph.microsoft.com/beta/x('a')","headers":{"content-type":"a\nb","If-Match":"*"},"body":"e30="}]}`))
	f.Add([]byte(`{"requests":[{"id":"é","method":"G T","url":"//x?$top=1#%zz"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := mockserver.NewHandler(mockserver.EntitySet("/x", connections(1)))
		require.NoError(t, err)
		a := ask(t, h, "POST", "/v1.0/$batch", string(body), "Content-Type", "application/json")
		if a.Status != http.StatusOK {
			require.Equal(t, http.StatusBadRequest, a.Status)
			return
		}
		var sent struct{ Requests []struct{ ID string } }
		var got struct{ Responses []batchItem }
		require.NoError(t, json.Unmarshal(body, &sent))
		require.NoError(t, json.Unmarshal([]byte(a.Body), &got))
		require.Len(t, got.Responses, len(sent.Requests))
		for i, r := range got.Responses {
			require.Equal(t, sent.Requests[i].ID, r.ID)
			require.True(t, r.Status >= 200 && r.Status <= 599, r.Status)
		}
	})
}
