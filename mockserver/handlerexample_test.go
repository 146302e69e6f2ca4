package mockserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
)

// A handler is for a server of one's own. What goes wrong is an error then, and not the end of a test.
func ExampleNewHandler() {
	h, err := mockserver.NewHandler(mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"displayName":"Adele"}`)}))
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	defer h.Close()
	if res, err := http.Get(srv.URL + "/v1.0/me"); err == nil {
		res.Body.Close()
		fmt.Println(res.Status)
	}
	fmt.Println(len(h.Exchanges()), h.Err(), h.Verify())
	// Output:
	// 200 OK
	// 1 <nil> <nil>
}

// One server, several tests, each with a view of its own.
func ExampleListen() {
	shared, err := mockserver.Listen(mockserver.Completes(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer shared.Close() // in TestMain
	_ = func(t *testing.T) {
		srv := shared.For(t) // polls of other tests are not seen here
		_ = srv.URL          // for the client under test
	}
	fmt.Println(err)
	// Output: <nil>
}

// Start with InMemory is net/http as it is, server and client, over connections in memory: hours pass in no time.
func ExampleInMemory() {
	_ = func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := mockserver.Start(t, mockserver.Throttled(3, 10*time.Minute), mockserver.InMemory())
			_ = srv.Client() // for the client under test
		})
	}
}

// Join plays scenarios beside each other: what the client does first, and what it does then.
func ExampleJoin() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Start(t, mockserver.Join(
		mockserver.Reply("GET /me", mockserver.Response{Body: []byte(`{"displayName":"Adele"}`)}),
		mockserver.Completes(1),
	))
	for _, path := range []string{"/me", "/external/connections/contosohr/operations/1", "/external/connections/contosohr/operations/1"} {
		printResponse(srv.Client(), "GET", srv.URL+"/v1.0"+path)
	}
	// Output:
	// 200 {"displayName":"Adele"}
	// 200 {"id":"1","status":"inprogress"}
	// 200 {"id":"1","status":"completed"}
}

// Of scenarios with the same routes each gives them ids of its own, and one a priority or a condition.
func ExampleJoin_sameRoutes() {
	hr, all := mockserver.Fails(0), mockserver.Completes(0)
	for i := range hr.Routes {
		r := &hr.Routes[i]
		r.ID, r.Priority = "hr "+r.ID, 1
		r.Route = strings.Replace(r.Route, "{connection-id}", "contosohr", 1)
		r.Also = nil
	}
	h, err := mockserver.NewHandler(mockserver.Join(hr, all))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Close()
	client := &http.Client{Transport: h}
	for _, connection := range []string{"contosohr", "contosoit"} {
		printResponse(client, "GET", "https://graph.microsoft.com/v1.0/external/connections/"+connection+"/operations/1")
	}
	// Output:
	// 200 {"id":"1","status":"failed","error":{"message":"The schema could not be registered."}}
	// 200 {"id":"1","status":"completed"}
}

// Requests beyond a limit get 429 with a Retry-After, here counted by the token of the client.
func ExampleLimit() {
	limit := mockserver.Scenario{Routes: []mockserver.Route{{
		Route: "* /**", Priority: 1, Limit: &mockserver.Limit{Requests: 2, Window: time.Minute, Key: []string{"app"}},
	}}}
	h, err := mockserver.NewHandler(mockserver.Join(mockserver.Reply("GET /me", mockserver.Response{}), limit))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Close()
	client := &http.Client{Transport: h}
	for range 3 {
		if res, err := client.Get("https://graph.microsoft.com/v1.0/me"); err == nil {
			fmt.Printf("%d, remaining: %q\n", res.StatusCode, res.Header.Get("RateLimit-Remaining"))
		}
	}
	// Output:
	// 204, remaining: ""
	// 204, remaining: "0"
	// 429, remaining: "0"
}
