package mockserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
)

// fetchJSON sends a request and decodes the answer.
func fetchJSON(client *http.Client, method, url, body string) (res *http.Response, doc map[string]any) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if res, err = client.Do(req); err != nil {
		panic(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil && err != io.EOF {
		panic(err)
	}
	return res, doc
}

// A list of 250 users in pages of 100, the second of which is throttled. The client follows the links, and waits where it is told to: here
// the server's clock goes on, in a test within testing/synctest time.Sleep takes no time.
func ExampleCollection() {
	t, end := exampleTest()
	defer end()

	users := make([]map[string]any, 250)
	for i := range users {
		users[i] = map[string]any{"id": fmt.Sprint(i + 1)}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := mockserver.Transport(t, mockserver.Collection("GET /users", users, mockserver.PageSize(100), mockserver.ThrottleAt(2, 10*time.Second)),
		mockserver.Clock(func() time.Time { return now }))
	for url := srv.URL + "/v1.0/users?$select=id"; url != ""; {
		res, page := fetchJSON(srv.Client(), "GET", url, "")
		if res.StatusCode == http.StatusTooManyRequests {
			fmt.Println("throttled for", res.Header.Get("Retry-After"), "seconds")
			now = now.Add(10 * time.Second)
			continue
		}
		fmt.Println(len(page["value"].([]any)), "users")
		url, _ = page["@odata.nextLink"].(string)
	}
	// Output:
	// 100 users
	// throttled for 10 seconds
	// 100 users
	// 50 users
}

// Groups are created, changed and deleted, by the client and by others, and a delta query tells what has changed. When its link has expired, the
// client begins anew.
func ExampleEntitySet() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Transport(t, mockserver.EntitySet("/groups", []map[string]any{{"id": "sales"}, {"id": "legal"}}))
	delta := func(url string) (link string) {
		res, page := fetchJSON(srv.Client(), "GET", url, "")
		if res.StatusCode == http.StatusGone {
			fmt.Println("expired, begin at", res.Header.Get("Location"))
			return res.Header.Get("Location")
		}
		for _, item := range page["value"].([]any) {
			item := item.(map[string]any)
			fmt.Println(item["id"], item["displayName"], item["@removed"])
		}
		fmt.Println("--")
		return page["@odata.deltaLink"].(string)
	}
	link := delta(srv.URL + "/v1.0/groups/delta?$select=displayName")

	res, _ := fetchJSON(srv.Client(), "POST", srv.URL+"/v1.0/groups", `{"id":"research","displayName":"Research"}`)
	fetchJSON(srv.Client(), "PATCH", res.Header.Get("Location"), `{"displayName":"Research & Development"}`)
	_ = srv.Put("/groups/sales", map[string]any{"displayName": "Sales"})
	_ = srv.Remove("/groups/legal")
	link = delta(link)

	srv.ExpireTokens()
	delta(delta(link))
	// Output:
	// sales <nil> <nil>
	// legal <nil> <nil>
	// --
	// research Research & Development <nil>
	// sales Sales <nil>
	// legal <nil> map[reason:deleted]
	// --
	// expired, begin at https://graph.microsoft.com/v1.0/groups/delta?$select=displayName
	// sales Sales <nil>
	// research Research & Development <nil>
	// --
}

// A batch is answered by the routes that its requests are for: here a scenario of an operation and a set of users.
func ExampleHandler_batch() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Transport(t, mockserver.Join(mockserver.Completes(0), mockserver.EntitySet("/users", nil)))
	_, batch := fetchJSON(srv.Client(), "POST", srv.URL+"/v1.0/$batch", `{"requests": [
		{"id": "1", "method": "GET", "url": "/external/connections/contosohr/operations/3ed1595a"},
		{"id": "2", "method": "POST", "url": "/users", "headers": {"Content-Type": "application/json"}, "body": {"id": "adele"}},
		{"id": "3", "method": "GET", "url": "/users/adele?$select=id", "dependsOn": ["2"]},
		{"id": "4", "method": "DELETE", "url": "/users/none"},
		{"id": "5", "method": "GET", "url": "/users", "dependsOn": ["4"]}
	]}`)
	for _, r := range batch["responses"].([]any) {
		r := r.(map[string]any)
		fmt.Println(r["id"], r["status"])
	}
	// Output:
	// 1 200
	// 2 201
	// 3 200
	// 4 404
	// 5 424
}
