package mockserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/mockserver"
)

// A program's own handler of notifications is told of what happens to an entity set.
func ExampleSubscriptions() {
	webhook := func(w http.ResponseWriter, r *http.Request) { // the program's own
		if token := r.FormValue("validationToken"); token != "" {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, token)
			return
		}
		var sent struct {
			Value []struct{ ChangeType, Resource, ClientState string }
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, n := range sent.Value {
			fmt.Println(n.ChangeType, n.Resource, n.ClientState)
		}
		w.WriteHeader(http.StatusAccepted)
	}

	t, end := exampleTest()
	defer end()

	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	srv := mockserver.Start(t, mockserver.Join(mockserver.EntitySet("/users", nil), mockserver.Subscriptions(http.HandlerFunc(webhook))),
		mockserver.Clock(func() time.Time { return noon }))
	res, err := srv.Client().Post("https://graph.microsoft.com/v1.0/subscriptions", "application/json", strings.NewReader(`{
		"resource": "users", "changeType": "created,deleted", "clientState": "s3cret",
		"notificationUrl": "https://app.example/webhook", "expirationDateTime": "2026-01-02T13:00:00Z"
	}`))
	if err != nil {
		panic(err)
	}
	res.Body.Close()
	fmt.Println(res.Status)

	for _, err := range []error{
		srv.Put("/users/adele", map[string]any{"displayName": "Adele Vance"}), srv.Remove("/users/adele"), srv.Notified(t.Context()),
	} {
		if err != nil {
			panic(err)
		}
	}
	// Output:
	// 201 Created
	// created users/adele s3cret
	// deleted users/adele s3cret
}
