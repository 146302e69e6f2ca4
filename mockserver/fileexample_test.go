package mockserver_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
)

// Files come from any file system, such as an embed.FS of a test.
func ExampleLoadVariants() {
	files := fstest.MapFS{"import.yaml": {Data: []byte(`
version: 1
operation: {accepts: "PATCH /external/connections/{conn}/schema", polls: 2}
variants:
  failed: {operation.outcome: failed}
  late: {operation.notFound: 1}
`)}}
	scenarios, err := mockserver.LoadVariants(files, "import.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range scenarios {
		fmt.Print(s.Name, ":")
		for _, reply := range s.Routes[1].Replies {
			fmt.Print(" ", reply.Fixture)
		}
		fmt.Println()
	}
	// Output:
	// import: connectionOperation/inprogress connectionOperation/completed
	// import/failed: connectionOperation/inprogress connectionOperation/failed
	// import/late: error/ResourceNotFound connectionOperation/inprogress connectionOperation/completed
}

// One test of a client for all the ends that a file knows, in virtual time. In a test of yours the file lies in testdata, and its file
// system is os.DirFS("testdata").
func ExampleRunVariants() {
	TestImport := func(t *testing.T) {
		files := fstest.MapFS{"import.yaml": {Data: []byte(`
version: 1
operation: {accepts: "PATCH /external/connections/{conn}/schema", polls: 2}
variants:
  failed: {operation.outcome: failed}
  late: {operation.notFound: 1}
`)}}
		mockserver.RunVariants(t, files, "import.yaml", func(t *testing.T, srv *mockserver.Server) {
			client := &poller{client: srv.Client(), pace: time.Second, request: time.Minute, deadline: time.Hour} // the client under test
			url, err := client.Register(t.Context(), srv.URL+"/v1.0/external/connections/contosohr/schema")
			if err != nil {
				t.Fatal(err)
			}
			want := "completed"
			if strings.HasSuffix(t.Name(), "import/failed") {
				want = "failed"
			}
			if status, err := client.Wait(t.Context(), url); status != want || err != nil {
				t.Errorf("it ended %q, %v; want %q", status, err, want)
			}
		}, mockserver.InMemory())
	}
	_ = TestImport
}

// All that is wrong with a file is told at once, with its places.
func ExampleLoad() {
	files := fstest.MapFS{"poll.yaml": {Data: []byte(`version: 1
routes:
- route: GET /external/connections/{conn}/operations/{op}
  repiles:
  - {fixture: connectionOperation/completed}
  limit: {requests: 4, window: 1 second}
`)}}
	_, err := mockserver.Load(files, "poll.yaml")
	fmt.Println(err)
	// Output:
	// mockserver: poll.yaml:4:3: routes[0].repiles: unknown key "repiles" (did you mean "replies"?)
	// mockserver: poll.yaml:6:32: routes[0].limit.window: want a duration such as 10m or a number of seconds, got "1 second"
}

// The schema is for editors, and for programs that write scenarios.
func ExampleFileSchema() {
	var schema struct{ Title string }
	if err := json.Unmarshal(mockserver.FileSchema(), &schema); err != nil {
		panic(err)
	}
	fmt.Println(schema.Title)
	// Output: Scenario of a mock server for Microsoft Graph, version 1
}
