package recording_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
)

func ExampleRead() {
	file := strings.NewReader(`GET https://graph.microsoft.com/v1.0/external/connections/c/operations/1 HTTP/1.1

HTTP/1.1 200 OK
Content-Type: application/json

{
  "id": "1",
  "status": "succeeded"
}
`)
	for x, err := range recording.Read(file, "polls.http") {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(x.Method, x.Status, x.Source.File, x.Source.Line)
		body := &x.Response
		line, column, offset, _ := body.Locate(bytes.Index(body.Body, []byte(`"succeeded"`)))
		fmt.Println("status is at", line, column, "offset", offset)
	}
	// Output:
	// GET 200 polls.http 1
	// status is at 8 13 offset 158
}

func ExampleRead_page() {
	page := strings.NewReader(`---
title: "Get operation"
---

<!-- { "blockType": "request", "name": "get_operation" } -->
~~~http
GET /external/connections/{id}/operations/{id}
~~~

<!-- { "blockType": "response", "truncated": true, "@odata.type": "microsoft.graph.connectionOperation" } -->
~~~http
HTTP/1.1 200 OK
Content-type: application/json

{
  "id": "1",
  "status": "inprogress",
}
~~~
`)
	for x, err := range recording.Read(page, "operation-get.md") {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(x.Method, x.URL, x.Status)
		fmt.Println(x.Hint.Name, x.Hint.Type, x.Hint.Truncated)
		fmt.Println(x.Hint.ResponseRepairs)
	}
	// Output:
	// GET /external/connections/{id}/operations/{id} 200
	// get_operation microsoft.graph.connectionOperation true
	// [line 17: trailing comma]
}

func ExampleRead_error() {
	file := strings.NewReader(`{"request":{"url":"/v1.0/me"},"response":{"status":200,"json":{}}}
{"request":{"url":"/v1.0/me"},"respones":{"status":200,"json":{}}}
`)
	for x, err := range recording.Read(file, "me.ndjson") {
		fmt.Println(x.URL, err)
	}
	// Output:
	// /v1.0/me <nil>
	//  recording: me.ndjson:2: unknown member "respones" of the record at column 31; did you mean "response"?
}

func ExampleWriteNDJSON() {
	xs := []recording.Exchange{
		{Method: "GET", URL: "/v1.0/me", Status: 200, Response: recording.Message{Body: []byte(`{"id": "1"}`)}},
		{Method: "GET", URL: "/v1.0/me/photo/$value", Status: 200, Response: recording.Message{Body: []byte("\xff\xd8")}},
	}
	if err := recording.WriteNDJSON(os.Stdout, slices.Values(xs), recording.Provenance("an example")); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"graphcontract":"recording","version":1,"provenance":"an example"}
	// {"request":{"method":"GET","url":"/v1.0/me"},"response":{"status":200,"json":{"id": "1"}}}
	// {"request":{"method":"GET","url":"/v1.0/me/photo/$value"},"response":{"status":200,"base64":"/9g="}}
}

func ExampleWriteHTTP() {
	xs := []recording.Exchange{
		{URL: "https://graph.microsoft.com/v1.0/me", Status: 200, Response: recording.Message{Body: []byte(`{"id": "1"}`)}},
	}
	var b strings.Builder
	if err := recording.WriteHTTP(&b, slices.Values(xs)); err != nil {
		fmt.Println(err)
	}
	fmt.Print(strings.ReplaceAll(b.String(), "\r\n", "\n"))
	// Output:
	// GET https://graph.microsoft.com/v1.0/me HTTP/1.1
	//
	// HTTP/1.1 200 OK
	// Content-Length: 11
	//
	// {"id": "1"}
}
