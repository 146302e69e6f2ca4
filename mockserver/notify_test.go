package mockserver_test

import (
	"cmp"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// receiver is a program's own handler of notifications, which answers with the statuses in turn, and then with 202.
type receiver struct {
	mu       sync.Mutex
	statuses []int
	validate func(w http.ResponseWriter, token string) // nil: as it has to be
	got      []received
}

type received struct {
	url, state string
	at         time.Time
	doc        map[string]any
	value      map[string]any
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if token := req.URL.Query().Get("validationToken"); token != "" {
		if r.validate != nil {
			r.validate(w, token)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, token)
		return
	}
	var doc map[string]any
	if err := json.NewDecoder(req.Body).Decode(&doc); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	value := doc["value"].([]any)[0].(map[string]any)
	state, _ := value["clientState"].(string)
	r.got = append(r.got, received{"https://" + req.Host + req.RequestURI, state, time.Now(), doc, value})
	status := http.StatusAccepted
	if len(r.statuses) > 0 {
		status, r.statuses = r.statuses[0], r.statuses[1:]
	}
	w.WriteHeader(status)
}

// all is what has come so far, as what happened and to what.
func (r *receiver) all() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.got {
		if e, ok := n.value["lifecycleEvent"]; ok {
			all = append(all, e.(string))
			continue
		}
		all = append(all, fmt.Sprint(n.value["changeType"], " ", n.value["resource"]))
	}
	return all
}

// subscription is what a client sends to subscribe for an hour.
func subscription(resource, changes string, more ...string) string {
	m := map[string]any{
		"resource": resource, "changeType": changes, "notificationUrl": "https://app.example/notify?tenant=7", "clientState": "s3cret",
		"expirationDateTime": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	doc, _ := json.Marshal(m)
	return string(doc)
}

// subscribe subscribes and returns the answer.
func subscribe(t *testing.T, srv *mockserver.Server, body string) map[string]any {
	t.Helper()
	res, got := call(t, srv, "POST", "/subscriptions", body)
	require.Equal(t, http.StatusCreated, res.StatusCode, got)
	return got
}

func notifies(app http.Handler, opts ...mockserver.SubscriptionOption) mockserver.Scenario {
	return mockserver.Join(mockserver.EntitySet("/groups", nil), mockserver.EntitySet("/users/{user}/contacts", nil), mockserver.Subscriptions(app, opts...))
}

// bubbled plays a test in a bubble over each kind of transport.
func bubbled(t *testing.T, s func() mockserver.Scenario, play func(*testing.T, *mockserver.Server)) {
	t.Run("transport", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { play(t, mockserver.Transport(t, s())) })
	})
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { play(t, mockserver.Start(t, s(), mockserver.InMemory())) })
	})
}

func TestSubscriptions(t *testing.T) {
	app := &receiver{}
	bubbled(t, func() mockserver.Scenario { return notifies(app) }, func(t *testing.T, srv *mockserver.Server) {
		made := subscribe(t, srv, subscription("/groups", "updated,deleted"))
		require.Equal(t, "s3cret", made["clientState"], "as the page of the operation says")
		one := "/subscriptions/" + made["id"].(string)
		res, got := call(t, srv, "GET", one, "")
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, made, got)
		_, list := call(t, srv, "GET", "/subscriptions", "")
		require.Len(t, list["value"], 1)
		require.Nil(t, list["value"].([]any)[0].(map[string]any)["clientState"], "lists do not tell it")

		later := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
		res, got = call(t, srv, "PATCH", one, `{"expirationDateTime":"`+later+`"}`)
		require.Equal(t, http.StatusOK, res.StatusCode, got)
		require.Equal(t, later, got["expirationDateTime"])
		require.Equal(t, made["notificationUrl"], got["notificationUrl"])
		res, _ = call(t, srv, "PATCH", one, `{"resource":"users"}`)
		require.Equal(t, http.StatusBadRequest, res.StatusCode)

		time.Sleep(90 * time.Minute) // beyond the first expiry
		res, _ = call(t, srv, "GET", one, "")
		require.Equal(t, http.StatusOK, res.StatusCode)
		time.Sleep(30 * time.Minute)
		res, _ = call(t, srv, "GET", one, "")
		require.Equal(t, http.StatusNotFound, res.StatusCode)

		made = subscribe(t, srv, subscription("groups", "updated"))
		one = "/subscriptions/" + made["id"].(string)
		require.NoError(t, srv.Notify(mockserver.Change{Type: mockserver.Updated, Resource: "groups/a"}))
		require.NoError(t, srv.Notified(t.Context()))
		for _, status := range []int{http.StatusNoContent, http.StatusNotFound} {
			res, _ = call(t, srv, "DELETE", one, "")
			require.Equal(t, status, res.StatusCode)
		}
		err := srv.Notify(mockserver.Change{Type: mockserver.Updated, Resource: "groups/a"})
		require.EqualError(t, err, `mockserver: no subscription is for updated "groups/a"; there are: none`)
	})
}

func TestSubscriptionHandshake(t *testing.T) {
	answers := func(status int, contentType string, body func(token string) string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, token string) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body(token))
		}
	}
	same := func(token string) string { return token }
	for name, test := range map[string]struct {
		validate          func(http.ResponseWriter, string)
		resource, changes string
		more              []string
		code, message     string
	}{
		"status": {validate: answers(202, "text/plain", same), code: "ValidationError", message: "HTTP status code is 'Accepted'. Notification endpoint must respond with 200 OK"},
		"token":  {validate: answers(200, "text/plain", func(t string) string { return t + "\n" }), code: "ValidationError", message: "must exactly match validationToken"},
		"type":   {validate: answers(200, "application/json", same), code: "ValidationError", message: "must be text/plain, and is 'application/json'"},
		"late": {validate: func(http.ResponseWriter, string) {
			time.Sleep(10*time.Second + time.Millisecond)
		}, code: "ValidationError", message: "timed out"},
		"http":     {more: []string{"notificationUrl", "http://app.example/"}, code: "InvalidRequest", message: "is no https URL"},
		"change":   {changes: "updated,moved", code: "InvalidRequest", message: "'moved' is none of"},
		"past":     {more: []string{"expirationDateTime", "1999-01-01T00:00:00Z"}, code: "InvalidRequest", message: "in the past"},
		"too long": {more: []string{"expirationDateTime", "2999-01-01T00:00:00Z"}, code: "ExtensionError", message: "can only be 43200 minutes"},
		"option":   {resource: "groups?$top=1", code: "InvalidRequest", message: "$top is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := &receiver{validate: test.validate}
				srv := mockserver.Transport(t, notifies(app))
				body := subscription(cmp.Or(test.resource, "groups"), cmp.Or(test.changes, "updated"), test.more...)
				res, got := call(t, srv, "POST", "/subscriptions", body)
				require.Equal(t, http.StatusBadRequest, res.StatusCode)
				envelope := got["error"].(map[string]any)
				require.Equal(t, test.code, envelope["code"])
				require.Contains(t, envelope["message"], test.message)
				_, list := call(t, srv, "GET", "/subscriptions", "")
				require.Empty(t, list["value"])
			})
		})
	}
}

func TestSubscriptionLifecycleHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tokens []string
		app := &receiver{validate: func(w http.ResponseWriter, token string) {
			tokens = append(tokens, token)
			_, _ = io.WriteString(w, token) // net/http finds out that it is text
		}}
		srv := mockserver.Transport(t, notifies(app))
		subscribe(t, srv, subscription("groups", "updated", "lifecycleNotificationUrl", "https://app.example/notify?tenant=7"))
		require.Len(t, tokens, 2)
		require.NotEqual(t, tokens[0], tokens[1])
		require.Contains(t, tokens[0], " ", "so that handlers that do not decode it are found")
	})
}

func TestNotifications(t *testing.T) {
	var app *receiver
	bubbled(t, func() mockserver.Scenario {
		app = &receiver{}
		return notifies(app)
	}, func(t *testing.T, srv *mockserver.Server) {
		made := subscribe(t, srv, subscription("groups?$filter=displayName ne 'quiet'", "created,updated,deleted"))
		subscribe(t, srv, subscription("/users('adele')/contacts", "created"))
		require.NoError(t, srv.Put("/groups/a", map[string]any{"displayName": "A"}))
		require.NoError(t, srv.Put("/groups/q", map[string]any{"displayName": "quiet"}))
		res, _ := call(t, srv, "PATCH", "/groups/a", `{"displayName":"B"}`)
		require.Equal(t, http.StatusNoContent, res.StatusCode)
		require.NoError(t, srv.Put("/groups/a", map[string]any{"displayName": "C"}))
		res, _ = call(t, srv, "DELETE", "/groups/a", "")
		require.Equal(t, http.StatusNoContent, res.StatusCode)
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		require.NoError(t, srv.Remove("/groups/b"))
		require.NoError(t, srv.Put("/groups/a%2Fb", map[string]any{}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, "a/b", app.got[6].value["resourceData"].(map[string]any)["id"])
		require.Equal(t, []string{"created groups/a", "updated groups/a", "updated groups/a", "deleted groups/a", "created groups/b", "deleted groups/b", "created groups/a%2Fb"}, app.all())

		first := app.got[0]
		require.Equal(t, "https://app.example/notify?tenant=7", first.url)
		require.Equal(t, "s3cret", first.state)
		require.Equal(t, made["id"], first.value["subscriptionId"])
		require.Equal(t, made["expirationDateTime"], first.value["subscriptionExpirationDateTime"])
		require.NotEmpty(t, first.value["tenantId"])
		require.Equal(t, map[string]any{"@odata.id": "groups/a", "@odata.etag": `W/"1"`, "id": "a"}, first.value["resourceData"])
		require.NotContains(t, first.doc, "validationTokens", "only those with resource data have them")

		res, created := call(t, srv, "POST", "/users/adele/contacts", `{"displayName":"M"}`)
		require.Equal(t, http.StatusCreated, res.StatusCode)
		call(t, srv, "POST", "/users/megan/contacts", `{"displayName":"M"}`)
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, []string{"created users/adele/contacts/" + created["id"].(string)}, app.all()[7:])
	})
}

func TestNotificationRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{statuses: []int{500, 429, 200, 202}}
		srv := mockserver.Transport(t, notifies(app))
		subscribe(t, srv, subscription("groups", "created"))
		began := time.Now()
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, []string{"created groups/a", "created groups/a", "created groups/a", "created groups/b"}, app.all())
		require.Equal(t, 30*time.Second, time.Since(began))
		require.Equal(t, app.got[0].doc, app.got[2].doc)
	})
}

func TestNotificationGivenUp(t *testing.T) {
	var found []error
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{statuses: []int{500, 500, 500, 503}}
		h, err := mockserver.NewHandler(notifies(app, mockserver.RedeliverFor(2*time.Minute)), mockserver.OnViolation(func(v *mockserver.Violation) { found = append(found, v) }))
		require.NoError(t, err)
		defer h.Close()
		srv := &mockserver.Server{Handler: h, URL: "https://graph.microsoft.com"}
		subscribeAt(t, h, subscription("groups", "created"))
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Len(t, app.got, 5)
	})
	require.Len(t, found, 1)
	require.ErrorIs(t, found[0], mockserver.ErrNotification)
	require.Equal(t, "mockserver: POST https://app.example/notify?tenant=7: the receiver has not accepted the notification: created groups/a\n"+
		"  sent 4 times, the last answer is 503 Service Unavailable; it is given up after 2m0s\n"+
		"  Graph takes any status of 2xx within 10s as accepted; see RedeliverFor", found[0].Error())
}

// subscribeAt subscribes at a handler.
func subscribeAt(t *testing.T, h *mockserver.Handler, body string) {
	t.Helper()
	srv := &http.Client{Transport: h}
	res, err := srv.Post("https://graph.microsoft.com/v1.0/subscriptions", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusCreated, res.StatusCode)
}

// TestNotificationClosed: nothing is sent after the end, and what was refused until then is told.
func TestNotificationClosed(t *testing.T) {
	var found []error
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{statuses: []int{500}}
		h, err := mockserver.NewHandler(notifies(app), mockserver.OnViolation(func(v *mockserver.Violation) { found = append(found, v) }))
		require.NoError(t, err)
		subscribeAt(t, h, subscription("groups", "created"))
		require.NoError(t, h.Put("/groups/a", map[string]any{}))
		synctest.Wait()
		h.Close()
		require.ErrorIs(t, h.Notified(t.Context()), mockserver.ErrClosed)
		require.NoError(t, h.Put("/groups/b", map[string]any{}))
		time.Sleep(24 * time.Hour)
		require.Equal(t, []string{"created groups/a"}, app.all())
	})
	require.Len(t, found, 1)
	require.Contains(t, found[0].Error(), "sent once, the last answer is 500 Internal Server Error; the server was closed before it was to be sent again")
}

// TestNotificationReceivers: what receivers of other kinds do.
func TestNotificationReceivers(t *testing.T) {
	for name, test := range map[string]struct {
		serve http.HandlerFunc
		want  []string
	}{
		"slow":   {func(http.ResponseWriter, *http.Request) { time.Sleep(11 * time.Second) }, []string{"the last answer is none within 10s"}},
		"panics": {func(http.ResponseWriter, *http.Request) { panic("oops") }, []string{"panicked: oops", "the last answer is 500 Internal Server Error"}},
		"aborts": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"the last answer is EOF"}},
	} {
		t.Run(name, func(t *testing.T) {
			var found []error
			synctest.Test(t, func(t *testing.T) {
				handshake := &receiver{}
				app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Has("validationToken") {
						handshake.ServeHTTP(w, r)
						return
					}
					test.serve(w, r)
				})
				h, err := mockserver.NewHandler(notifies(app, mockserver.RedeliverFor(0)), mockserver.OnViolation(func(v *mockserver.Violation) { found = append(found, v) }))
				require.NoError(t, err)
				defer h.Close()
				subscribeAt(t, h, subscription("groups", "created"))
				require.NoError(t, h.Put("/groups/a", map[string]any{}))
				require.NoError(t, h.Notified(t.Context()))
			})
			require.Len(t, found, len(test.want))
			for i, want := range test.want {
				require.ErrorContains(t, found[i], want)
			}
			require.True(t, errors.Is(found[len(found)-1], mockserver.ErrNotification))
		})
	}
}

// TestNotificationUnderWay: a receiver is told when the server is closed, which waits for it and does not blame it.
func TestNotificationUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handshake, ended := &receiver{}, false
		h, err := mockserver.NewHandler(notifies(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("validationToken") {
				handshake.ServeHTTP(w, r)
				return
			}
			<-r.Context().Done()
			ended = true
		})))
		require.NoError(t, err)
		subscribeAt(t, h, subscription("groups", "created"))
		require.NoError(t, h.Put("/groups/a", map[string]any{}))
		synctest.Wait()
		began := time.Now()
		h.Close()
		require.True(t, ended)
		require.Zero(t, time.Since(began))
		require.NoError(t, h.Err())
	})
}

// TestNotificationAsksBack: a receiver may ask the server for what has changed.
func TestNotificationAsksBack(t *testing.T) {
	var srv *mockserver.Server
	handshake, names := &receiver{}, []any{}
	srv = mockserver.Start(t, notifies(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("validationToken") {
			handshake.ServeHTTP(w, r)
			return
		}
		_, group := call(t, srv, "GET", "/groups/a", "")
		names = append(names, group["displayName"])
	})))
	subscribe(t, srv, subscription("groups", "created"))
	require.NoError(t, srv.Put("/groups/a", map[string]any{"displayName": "A"}))
	require.NoError(t, srv.Notified(t.Context()))
	require.Equal(t, []any{"A"}, names)
}

// FuzzSubscribe states the law of subscriptions: whatever the body, one is made, and listed, or the client is told that it is wrong.
func FuzzSubscribe(f *testing.F) {
	f.Add(`{"resource":"groups","changeType":"updated","notificationUrl":"https://a.b/c?d=e","expirationDateTime":"2026-01-03T00:00:00Z"}`)
	f.Add(`{"resource":"groups?$filter=a eq 'b'&$select=c","changeType":"updated, deleted","notificationUrl":"https://a.b","expirationDateTime":"2026-01-03T00:00:00+02:00","clientState":null}`)
	f.Add(`{"resource":"/","changeType":"","notificationUrl":"https://%zz/","includeResourceData":true,"encryptionCertificate":"AAAA","encryptionCertificateId":"x"}`)
	f.Add(`{"resource":7}`)
	f.Fuzz(func(t *testing.T, body string) {
		srv := mockserver.Transport(t, notifies(&receiver{}), mockserver.Clock(newHand().Now), mockserver.Requests(mockserver.Off))
		res, _ := call(t, srv, "POST", "/subscriptions", body)
		_, list := call(t, srv, "GET", "/subscriptions", "")
		switch res.StatusCode {
		case http.StatusCreated:
			require.Len(t, list["value"], 1)
		default:
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
			require.Empty(t, list["value"])
		}
	})
}

func TestLifecycle(t *testing.T) {
	var app *receiver
	const lifecycle = "https://app.example/lifecycle"
	bubbled(t, func() mockserver.Scenario {
		app = &receiver{}
		return notifies(app)
	}, func(t *testing.T, srv *mockserver.Server) {
		made := subscribe(t, srv, subscription("groups", "created", "lifecycleNotificationUrl", lifecycle))
		began := time.Now()
		time.Sleep(46 * time.Minute)
		require.Equal(t, []string{"reauthorizationRequired"}, app.all())
		require.Equal(t, 45*time.Minute, app.got[0].at.Sub(began))
		require.Equal(t, lifecycle, app.got[0].url)
		require.Equal(t, "s3cret", app.got[0].state)
		res, _ := call(t, srv, "POST", "/subscriptions/"+made["id"].(string)+"/reauthorize", "")
		require.Equal(t, http.StatusNoContent, res.StatusCode)
		require.NoError(t, srv.NotifyLifecycle(mockserver.Missed, "/groups"))
		time.Sleep(time.Hour)
		require.Equal(t, []string{"reauthorizationRequired", "missed", "reauthorizationRequired", "subscriptionRemoved"}, app.all())
		require.Equal(t, time.Hour, app.got[3].at.Sub(began))

		subscribe(t, srv, subscription("groups", "created", "lifecycleNotificationUrl", lifecycle))
		require.NoError(t, srv.NotifyLifecycle(mockserver.SubscriptionRemoved, "groups"))
		require.Error(t, srv.Notify(mockserver.Change{Type: mockserver.Created, Resource: "groups/a"}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, []string{"subscriptionRemoved"}, app.all()[4:])
	})
}

// TestSubscriptionMoves: a new notificationUrl is validated, and takes the notifications from then on.
func TestSubscriptionMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, wrong := &receiver{}, false
		app.validate = func(w http.ResponseWriter, token string) {
			if wrong {
				token = "?"
			}
			_, _ = io.WriteString(w, token)
		}
		srv := mockserver.Transport(t, notifies(app))
		one := "/subscriptions/" + subscribe(t, srv, subscription("groups", "created"))["id"].(string)
		wrong = true
		res, _ := call(t, srv, "PATCH", one, `{"notificationUrl":"https://app.example/moved"}`)
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		require.NoError(t, srv.Notified(t.Context()))
		wrong = false
		res, _ = call(t, srv, "PATCH", one, `{"notificationUrl":"https://app.example/moved"}`)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, "https://app.example/notify?tenant=7", app.got[0].url)
		require.Equal(t, "https://app.example/moved", app.got[1].url)
	})
}

// TestSubscriptionExpiresMeanwhile: one that expires while its new notificationUrl is validated is not renewed.
func TestSubscriptionExpiresMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pause time.Duration
		app := &receiver{validate: func(w http.ResponseWriter, token string) {
			time.Sleep(pause)
			_, _ = io.WriteString(w, token)
		}}
		srv := mockserver.Transport(t, notifies(app))
		one := "/subscriptions/" + subscribe(t, srv, subscription("groups", "created"))["id"].(string)
		time.Sleep(time.Hour - time.Second)
		pause = 2 * time.Second
		later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		res, _ := call(t, srv, "PATCH", one, `{"notificationUrl":"https://app.example/moved","expirationDateTime":"`+later+`"}`)
		require.Equal(t, http.StatusNotFound, res.StatusCode)
	})
}

// TestNotificationType: the type of what has changed is the one that the page of its operation says.
func TestNotificationType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		srv := mockserver.Transport(t, notifies(app))
		subscribe(t, srv, subscription("external/connections/contosohr/operations", "updated"))
		require.NoError(t, srv.Notify(mockserver.Change{Type: mockserver.Updated, Resource: "/v1.0/external/connections('contosohr')/operations/7"}))
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, map[string]any{
			"@odata.type": "#Microsoft.Graph.ExternalConnectors.ConnectionOperation", "@odata.id": "external/connections/contosohr/operations/7", "id": "7",
		}, app.got[0].value["resourceData"])
	})
}

func TestNotifyErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		srv := mockserver.Transport(t, notifies(app))
		require.EqualError(t, srv.Notify(mockserver.Change{Type: "moved", Resource: "groups/a"}),
			`mockserver: "moved" is none of the changes created, updated and deleted`)
		subscribe(t, srv, subscription("groups", "created"))
		require.EqualError(t, srv.Notify(mockserver.Change{Type: mockserver.Deleted, Resource: "groups/a"}),
			`mockserver: no subscription is for deleted "groups/a"; there are: "groups" (created)`)
		require.Error(t, srv.Notify(mockserver.Change{Type: mockserver.Created, Resource: "groups/a/members/b"}), "it is not directly below")
		require.ErrorContains(t, srv.Notify(mockserver.Change{Type: mockserver.Created, Resource: "groups/a", Data: map[string]any{"c": make(chan int)}}), `the data of "groups/a"`)
		require.EqualError(t, srv.NotifyLifecycle("died", "groups"),
			`mockserver: "died" is none of the lifecycle events missed, reauthorizationRequired and subscriptionRemoved`)
		require.EqualError(t, srv.NotifyLifecycle(mockserver.Missed, "groups"),
			`mockserver: no subscription to "groups" has a lifecycleNotificationUrl; there are: "groups" (created)`)
		require.Empty(t, app.all())
	})
}

// TestNotificationsClock: with a clock of one's own the next question finds what is due.
func TestNotificationsClock(t *testing.T) {
	clock := newHand()
	app := &receiver{}
	srv := mockserver.Transport(t, notifies(app), mockserver.Clock(clock.Now))
	subscribe(t, srv, subscription("groups", "created", "lifecycleNotificationUrl", "https://app.example/lifecycle",
		"expirationDateTime", clock.Now().Add(time.Hour).Format(time.RFC3339)))
	require.NoError(t, srv.Notified(t.Context()))
	require.Empty(t, app.all())
	clock.Add(50 * time.Minute)
	require.NoError(t, srv.Notified(t.Context()))
	require.Equal(t, []string{"reauthorizationRequired"}, app.all())
	clock.Add(50 * time.Minute)
	require.NoError(t, srv.Notified(t.Context()))
	require.Equal(t, []string{"reauthorizationRequired", "subscriptionRemoved"}, app.all())
}

// TestSubscriptionsReset: after a Reset there are no subscriptions, and nothing is sent for those that there were.
func TestSubscriptionsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{statuses: []int{503}}
		srv := mockserver.Transport(t, notifies(app))
		subscribe(t, srv, subscription("groups", "created", "lifecycleNotificationUrl", "https://app.example/lifecycle"))
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		synctest.Wait()
		srv.Reset()
		time.Sleep(24 * time.Hour)
		require.Equal(t, []string{"created groups/a"}, app.all())
		_, list := call(t, srv, "GET", "/subscriptions", "")
		require.Empty(t, list["value"])
	})
}

// TestSubscriptionDeletedWhileSending: a subscription that its client deletes gets nothing any more.
func TestSubscriptionDeletedWhileSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{statuses: []int{503}}
		srv := mockserver.Transport(t, notifies(app))
		made := subscribe(t, srv, subscription("groups", "created"))
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		synctest.Wait()
		res, _ := call(t, srv, "DELETE", "/subscriptions/"+made["id"].(string), "")
		require.Equal(t, http.StatusNoContent, res.StatusCode)
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, []string{"created groups/a"}, app.all())
	})
}

// TestSubscriptionDeletedUnderWay: what waits behind a notification that is under way is not sent for a subscription that is gone.
func TestSubscriptionDeletedUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		srv := mockserver.Transport(t, notifies(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !r.URL.Query().Has("validationToken") {
				time.Sleep(time.Second)
			}
			app.ServeHTTP(w, r)
		})))
		made := subscribe(t, srv, subscription("groups", "created"))
		require.NoError(t, srv.Put("/groups/a", map[string]any{}))
		require.NoError(t, srv.Put("/groups/b", map[string]any{}))
		synctest.Wait()
		call(t, srv, "DELETE", "/subscriptions/"+made["id"].(string), "")
		require.NoError(t, srv.Notified(t.Context()))
		require.Equal(t, []string{"created groups/a"}, app.all())
	})
}

// TestSubscriptionRenewalReauthorizes: who renews a subscription is asked for it later.
func TestSubscriptionRenewalReauthorizes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		srv := mockserver.Transport(t, notifies(app))
		made := subscribe(t, srv, subscription("groups", "created", "lifecycleNotificationUrl", "https://app.example/lifecycle"))
		later := time.Now().Add(8 * time.Hour)
		res, _ := call(t, srv, "PATCH", "/subscriptions/"+made["id"].(string), `{"expirationDateTime":"`+later.UTC().Format(time.RFC3339)+`"}`)
		require.Equal(t, http.StatusOK, res.StatusCode)
		time.Sleep(7*time.Hour + time.Second)
		require.Equal(t, []string{"reauthorizationRequired"}, app.all())
		require.Equal(t, time.Hour, later.Sub(app.got[0].at))
	})
}

// TestNotificationsConcurrently: many writers over loopback; nothing is lost.
func TestNotificationsConcurrently(t *testing.T) {
	app := &receiver{}
	srv := mockserver.Start(t, notifies(app))
	subscribe(t, srv, subscription("groups", "created,updated"))
	const writers, changes = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range changes {
				if err := srv.Put(fmt.Sprintf("/groups/%d", w), map[string]any{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, srv.Notified(t.Context()))
	require.Len(t, app.all(), writers*changes)
}

// TestNotificationWithData checks what is signed and encrypted as Graph's documentation tells receivers to.
func TestNotificationWithData(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		srv := mockserver.Transport(t, notifies(app))
		body := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(subscription("groups?$select=displayName", "created")), &body))
		body["includeResourceData"] = true
		refused, err := json.Marshal(body)
		require.NoError(t, err)
		res, _ := call(t, srv, "POST", "/subscriptions", string(refused))
		require.Equal(t, http.StatusBadRequest, res.StatusCode, "without a certificate")
		body["encryptionCertificate"], body["encryptionCertificateId"] = base64.StdEncoding.EncodeToString(der), "mine"
		doc, err := json.Marshal(body)
		require.NoError(t, err)
		made := subscribe(t, srv, string(doc))
		require.Equal(t, "mine", made["encryptionCertificateId"])
		require.NotContains(t, made, "encryptionCertificate")

		require.NoError(t, srv.Put("/groups/a", map[string]any{"displayName": "A", "mail": "a@contoso.com"}))
		require.NoError(t, srv.Notified(t.Context()))
		n := app.got[0]
		content := n.value["encryptedContent"].(map[string]any)
		require.Equal(t, "mine", content["encryptionCertificateId"])
		require.Equal(t, fmt.Sprintf("%X", sha1.Sum(der)), content["encryptionCertificateThumbprint"])
		require.JSONEq(t, `{"@odata.etag":"W/\"1\"","displayName":"A"}`, decrypted(t, key, content), "what $select has")

		tokens := n.doc["validationTokens"].([]any)
		require.Len(t, tokens, 1)
		claims := verified(t, srv.Client(), tokens[0].(string))
		require.Equal(t, made["applicationId"], claims["aud"])
		require.Equal(t, "0bf30f3b-4a52-48df-9a82-234910c4a086", claims["appid"], "Graph's own, as the documentation says")
		require.Equal(t, n.value["tenantId"], claims["tid"])
		require.Equal(t, fmt.Sprintf("https://sts.windows.net/%s/", claims["tid"]), claims["iss"])
		require.Greater(t, claims["exp"], float64(time.Now().Unix()))
	})
}

// decrypted is the resource in a notification.
func decrypted(t *testing.T, key *rsa.PrivateKey, content map[string]any) string {
	t.Helper()
	bytesOf := func(name string) []byte {
		b, err := base64.StdEncoding.DecodeString(content[name].(string))
		require.NoError(t, err)
		return b
	}
	symmetric, err := rsa.DecryptOAEP(sha1.New(), nil, key, bytesOf("dataKey"), nil)
	require.NoError(t, err)
	data := bytesOf("data")
	mac := hmac.New(sha256.New, symmetric)
	mac.Write(data)
	require.Equal(t, mac.Sum(nil), bytesOf("dataSignature"))
	block, err := aes.NewCipher(symmetric)
	require.NoError(t, err)
	cipher.NewCBCDecrypter(block, symmetric[:16]).CryptBlocks(data, data)
	return string(data[:len(data)-int(data[len(data)-1])])
}

// verified are the claims of a token that a key of the login host has signed.
func verified(t *testing.T, client *http.Client, token string) (claims map[string]any) {
	t.Helper()
	get := func(url string, v any) {
		res, err := client.Get(url)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.NoError(t, json.NewDecoder(res.Body).Decode(v))
	}
	var configuration struct {
		Keys string `json:"jwks_uri"`
	}
	get("https://login.microsoftonline.com/common/.well-known/openid-configuration", &configuration)
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	get(configuration.Keys, &set)
	require.Len(t, set.Keys, 1)
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		require.NoError(t, err)
		return b
	}
	var header struct{ Alg, Kid string }
	require.NoError(t, json.Unmarshal(decode(parts[0]), &header))
	require.Equal(t, "RS256", header.Alg)
	require.Equal(t, set.Keys[0].Kid, header.Kid)
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(decode(set.Keys[0].N)), E: int(new(big.Int).SetBytes(decode(set.Keys[0].E)).Int64())}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	require.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], decode(parts[2])))
	require.NoError(t, json.Unmarshal(decode(parts[1]), &claims))
	return claims
}

// TestSubscriptionIdentity: a subscription is its application's and tenant's, as far as the token says.
func TestSubscriptionIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &receiver{}
		s := notifies(app)
		s.Auth = &mockserver.Auth{}
		srv := mockserver.Transport(t, s)
		token, _ := token(t, srv.Client())
		res, made := call(t, srv, "POST", "/subscriptions", subscription("groups", "created"), "Authorization", "Bearer "+token)
		require.Equal(t, http.StatusCreated, res.StatusCode)
		require.Equal(t, "app", made["applicationId"])
	})
}
