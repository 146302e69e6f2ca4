package mockserver_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/graphcontract/graphcontract/mockserver"
)

// A request that breaks the contract gets 400, as from Graph, instead of failing the test: the client has to cope with it.
func ExampleRequests() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Start(t, mockserver.Register(mockserver.Completed), mockserver.Requests(mockserver.Enforce), mockserver.AllowUnused())
	for _, schema := range []string{`["externalItem"]`, `{"baseType":"microsoft.graph.externalItem"}`} {
		req, err := http.NewRequest("PATCH", srv.URL+"/v1.0/external/connections/contosohr/schema", strings.NewReader(schema))
		if err != nil {
			panic(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := srv.Client().Do(req)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
		fmt.Println(schema, res.StatusCode)
	}
	// Output:
	// ["externalItem"] 400
	// {"baseType":"microsoft.graph.externalItem"} 202
}

// A log of what the server did, a line for each request. Its function is called concurrently where requests are.
func ExampleOnServed() {
	h, err := mockserver.NewHandler(mockserver.Flaky(mockserver.Reset), mockserver.OnServed(func(s mockserver.Served) {
		if s.Err != nil {
			fmt.Println(s.Method, s.URL, s.Err)
			return
		}
		fmt.Printf("%s %s %d by reply %d of %s, fault %q\n", s.Method, s.URL, s.Status, s.Reply, s.Route, s.Fault)
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Close()
	client := &http.Client{Transport: h}
	for _, path := range []string{"/operations/1", "/operations/1", "/opreations/1"} {
		if res, err := client.Get("https://graph.microsoft.com/v1.0/external/connections/contosohr" + path); err == nil {
			res.Body.Close()
		}
	}
	// Output:
	// GET https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/1 200 by reply 1 of poll, fault ""
	// GET https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/1 0 by reply 2 of poll, fault "reset"
	// GET https://graph.microsoft.com/v1.0/external/connections/contosohr/opreations/1 unexpected request
}

// A client that understands claims challenges asks for another token, with these claims, and tries again.
func ExampleClaims() {
	t, end := exampleTest()
	defer end()

	srv := mockserver.Transport(t, mockserver.Reply("GET /me",
		mockserver.Response{
			Status: http.StatusUnauthorized, Fixture: "error/InvalidAuthenticationToken",
			Header: mockserver.Claims(`{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`),
		},
		mockserver.Response{Body: []byte(`{"displayName":"Adele"}`)},
	))
	token := func(claims string) string { return "a token" + claims } // the client's
	claims := ""
	for range 2 {
		req, err := http.NewRequest("GET", "https://graph.microsoft.com/v1.0/me", nil)
		if err != nil {
			panic(err)
		}
		req.Header.Set("Authorization", "Bearer "+token(claims))
		res, err := srv.Client().Do(req)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
		_, challenge, _ := strings.Cut(res.Header.Get("WWW-Authenticate"), `claims="`)
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(challenge, `"`))
		if err != nil {
			panic(err)
		}
		claims = string(decoded)
		fmt.Println(res.StatusCode, claims)
	}
	// Output:
	// 401 {"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}
	// 200
}
