package mockserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
)

// exampleTest stands for the *testing.T of a test, so that the examples can be run.
func exampleTest() (t *exampleTB, end func()) {
	t = &exampleTB{}
	return t, func() {
		for i := len(t.cleanups) - 1; i >= 0; i-- {
			t.cleanups[i]()
		}
	}
}

// exampleTB prints what a test would report.
type exampleTB struct {
	testing.TB
	failed   bool
	cleanups []func()
}

func (t *exampleTB) Skipped() bool            { return false }
func (t *exampleTB) Helper()                  {}
func (t *exampleTB) Name() string             { return "TestExample" }
func (t *exampleTB) Logf(string, ...any)      {}
func (t *exampleTB) Failed() bool             { return t.failed }
func (t *exampleTB) Cleanup(f func())         { t.cleanups = append(t.cleanups, f) }
func (t *exampleTB) Context() context.Context { return context.Background() }
func (t *exampleTB) Errorf(format string, args ...any) {
	t.failed = true
	fmt.Printf(format+"\n", args...)
}
func (t *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// printResponse sends a request and prints the response in a line.
func printResponse(client *http.Client, method, url string) {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		panic(err)
	}
	res, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", string(body))))
	if err != nil {
		fmt.Println(err)
	}
}

// A server on loopback plays an operation to the client under test. In a test t is its *testing.T, and there is nothing to close.
func ExampleStart() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Start(t, mockserver.Fails(1))
	for range 2 {
		printResponse(srv.Client(), "GET", srv.URL+"/v1.0/external/connections/contosohr/operations/3ed1595a")
	}
	// Output:
	// 200 {"id":"3ed1595a","status":"inprogress"}
	// 200 {"id":"3ed1595a","status":"failed","error":{"message":"The schema could not be registered."}}
}

// What the client does wrong fails the test: an unexpected request at once, and replies that it left unused at its end.
func ExampleStart_failure() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Transport(t, mockserver.Scenario{Routes: []mockserver.Route{{
		Route:   "GET /me/messages",
		Replies: []mockserver.Response{{JSON: map[string]any{"value": []any{}}}},
		Source:  "inbox_test.go:12", // where the route is written; without it, where Start is called
	}}})
	res, err := srv.Client().Get("https://graph.microsoft.com/v1.0/me/mesages")
	if err != nil {
		panic(err)
	}
	res.Body.Close()
	fmt.Println(res.StatusCode)
	// Output:
	// mockserver: unexpected GET /v1.0/me/mesages   (answered with 501)
	//   nearest: GET /me/messages (inbox_test.go:12)
	//     method  GET   ok
	//     path    /me/messages   MISMATCH: got "mesages", want "messages"
	//   to answer it, add the route "GET /me/mesages"
	// 501
}

// Within testing/synctest ten minutes take no time.
func ExampleTransport() {
	TestWait := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := mockserver.Transport(t, mockserver.Throttled(2, 5*time.Minute))
			begin := time.Now()
			client := &poller{client: srv.Client(), pace: time.Second, request: time.Minute, deadline: time.Hour} // the client under test
			status, err := client.Wait(t.Context(), "https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/3ed1595a")
			if err != nil || status != "completed" {
				t.Fatal(status, err)
			}
			if waited := time.Since(begin); waited < 10*time.Minute {
				t.Errorf("it waited %v", waited)
			}
		})
	}
	_ = TestWait
}

// A client is right when it ends as each of the ready-made scenarios says.
func ExampleOperations() {
	TestOperations := func(t *testing.T) {
		for op := range mockserver.Operations() {
			t.Run(op.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := mockserver.Transport(t, op.Scenario)
					client := &poller{client: srv.Client(), pace: 10 * time.Second, request: time.Minute, deadline: time.Hour} // the client under test
					url := srv.URL + "/v1.0/external/connections/contosohr/operations/3ed1595a"
					if op.Register {
						var err error
						if url, err = client.Register(t.Context(), srv.URL+"/v1.0/external/connections/contosohr/schema"); err != nil {
							t.Fatal(err)
						}
					}
					status, err := client.Wait(t.Context(), url)
					if status != op.Status || (err == nil) != (op.Status != "") {
						t.Errorf("%s: got %q, %v; want %q", op.Why, status, err, op.Status)
					}
				})
			})
		}
	}
	_ = TestOperations
}

// One route, whose last reply is given for good.
func ExampleReply() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Start(t, mockserver.Reply("GET /users/{id}",
		mockserver.Response{Status: http.StatusNotFound, Body: []byte(`{"error":{"code":"Request_ResourceNotFound","message":"not yet"}}`)},
		mockserver.Response{Template: true, JSON: map[string]any{"id": "{{.id}}", "mail": "{{.id}}@contoso.com"}},
	))
	for range 2 {
		printResponse(srv.Client(), "GET", srv.URL+"/v1.0/users/adele")
	}
	// Output:
	// 404 {"error":{"code":"Request_ResourceNotFound","message":"not yet"}}
	// 200 {"id":"adele","mail":"adele@contoso.com"}
}

// One route that answers with an error, as Graph words it.
func ExampleError() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Transport(t, mockserver.Error("GET /me", http.StatusUnauthorized, "InvalidAuthenticationToken"))
	res, err := srv.Client().Get("https://graph.microsoft.com/v1.0/me")
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	var body struct {
		Error struct{ Code, Message string }
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		panic(err)
	}
	challenge, _, _ := strings.Cut(res.Header.Get("WWW-Authenticate"), " ")
	fmt.Println(res.StatusCode, challenge, body.Error.Code, "-", body.Error.Message)
	// Output: 401 Bearer InvalidAuthenticationToken - Access token has expired or is not yet valid.
}

// Handlers that a test has already go on beside a scenario.
func ExampleServer_Handle() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Start(t, mockserver.Completes(0))
	srv.Handle("GET /users/{id}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":%q}`, r.PathValue("id"))
	}))
	printResponse(srv.Client(), "GET", srv.URL+"/v1.0/users/adele")
	printResponse(srv.Client(), "GET", srv.URL+"/v1.0/external/connections/contosohr/operations/3ed1595a")
	for _, x := range srv.Exchanges() {
		fmt.Println(x.Method, strings.TrimPrefix(x.URL, srv.URL), x.Status)
	}
	// Output:
	// 200 {"id":"adele"}
	// 200 {"id":"3ed1595a","status":"completed"}
	// GET /v1.0/users/adele 200
	// GET /v1.0/external/connections/contosohr/operations/3ed1595a 200
}

// A machine for each connection: it is there from when it is created until it is deleted.
func ExampleScenario() {
	t, end := exampleTest()
	defer end()

	is := func(state string) mockserver.Guard {
		return mockserver.Guard{Is: map[string]string{"connection": state}}
	}
	to := func(state string) map[string]string { return map[string]string{"connection": state} }
	srv := mockserver.Start(t, mockserver.Scenario{
		State: map[string]mockserver.Machine{"connection": {States: []string{"absent", "ready"}, Per: []string{"id"}}},
		Routes: []mockserver.Route{{
			Route: "GET /external/connections/{id}", When: is("ready"),
			Replies: []mockserver.Response{{Template: true, JSON: map[string]any{"id": "{{.id}}", "state": "{{state \"connection\"}}"}}},
		}, {
			Route: "DELETE /external/connections/{id}", When: is("ready"),
			Replies: []mockserver.Response{{Status: http.StatusNoContent, Change: to("absent")}},
		}, {
			ID: "create", Route: "PUT /external/connections/{id}", When: is("absent"),
			Replies: []mockserver.Response{{Status: http.StatusCreated, Change: to("ready")}},
		}, {
			ID: "absent", Route: "GET /external/connections/{id}", When: is("absent"),
			Replies: []mockserver.Response{{Status: http.StatusNotFound, Fixture: "error/ItemNotFound"}},
		}},
		Expect: mockserver.Expect{Order: []string{"create", "absent"}},
	})
	for _, step := range []string{"PUT hr", "GET hr", "DELETE hr", "GET hr", "GET it"} {
		method, id, _ := strings.Cut(step, " ")
		req, err := http.NewRequest(method, srv.URL+"/v1.0/external/connections/"+id, nil)
		if err != nil {
			panic(err)
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
		fmt.Println(step, res.StatusCode, srv.State("connection", id))
	}
	// Output:
	// PUT hr 201 ready
	// GET hr 200 ready
	// DELETE hr 204 absent
	// GET hr 404 absent
	// GET it 404 absent
}

// What the client has to do, and not only what it gets.
func ExampleExpect() {
	t, end := exampleTest()
	defer end()

	s := mockserver.Stuck()
	s.Routes[0].Source = "wait_test.go:7"
	s.Expect = mockserver.Expect{Routes: map[string]mockserver.Calls{"poll": {Min: 2, Max: 3}}}
	srv := mockserver.Start(t, s)
	for range 4 {
		res, err := srv.Client().Get(srv.URL + "/v1.0/external/connections/contosohr/operations/3ed1595a")
		if err != nil {
			panic(err)
		}
		res.Body.Close()
	}
	// Output:
	// mockserver: expectation not met: poll (wait_test.go:7) was asked 4 times, want at most 3
}
