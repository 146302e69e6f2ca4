package mockserver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// A SubscriptionOption changes how [Subscriptions] are kept.
type SubscriptionOption func(*subscriptions)

// MaxExpiration is how far in the future a subscription may expire; without it that is 43200 minutes, the most that Graph has for any resource.
func MaxExpiration(d time.Duration) SubscriptionOption {
	return func(s *subscriptions) { s.longest = d }
}

// RedeliverFor is for how long a notification that was not accepted is sent again; without it that is four hours, as Graph documents. 0: it is not.
func RedeliverFor(d time.Duration) SubscriptionOption {
	return func(s *subscriptions) { s.redeliver = d }
}

// Subscriptions is a scenario of change notifications: clients make, read, renew, reauthorize and delete subscriptions at /subscriptions, and
// receiver, which is the program's own, gets the notifications. They are handed to it and go over no network, whatever the host of a
// notificationUrl, which has to be https.
//
//	users := mockserver.EntitySet("/users", nil)
//	srv := mockserver.Start(t, mockserver.Join(users, mockserver.Subscriptions(app)))
//	require.NoError(t, client.Subscribe(ctx))             // POST /subscriptions, to the resource users
//	require.NoError(t, srv.Put("/users/adele", newUser())) // app gets a POST to the subscription's notificationUrl
//	require.NoError(t, srv.Notified(ctx))                 // and has answered it
//
// Before a subscription is made, its notificationUrl and its lifecycleNotificationUrl, where it has one, are validated: receiver gets a POST
// with a validationToken in the query, and has to answer within ten seconds, with 200 and the token as text/plain. Else the client gets 400.
//
// Subscriptions are told of each POST, PATCH and DELETE that changes an [EntitySet], of [Handler.Put] and [Handler.Remove], and by
// [Handler.Notify]; each subscription in the order of the changes. It is told of what its resource names and of what is directly below, where its changeType has the
// change and the $filter of its resource takes it. The notifications of one with includeResourceData have the resource, encrypted for its certificate,
// and a validation token (RFC 7519), whose key is where the login host's OpenID configuration says.
//
// receiver has to answer with a status of 2xx within ten seconds. Else the notification is sent again after ten seconds, and then after twice as long
// each time, while later ones wait; when that has gone on for too long, or the server is closed before, it is a violation, [ErrNotification].
//
// By the server's clock, a lifecycleNotificationUrl gets reauthorizationRequired when an hour of the subscription's time is left, or a quarter where that is
// less, and subscriptionRemoved when it has expired; [Handler.NotifyLifecycle] sends them, and missed, at any time. With a [Clock] of one's
// own that happens when the server is next asked, or told, something about subscriptions.
//
// Notifications are not in the journal. Nothing is sent after the server is closed. All routes may stay unused.
func Subscriptions(receiver http.Handler, opts ...SubscriptionOption) Scenario {
	if receiver == nil {
		panic("mockserver: Subscriptions needs a receiver")
	}
	of := &partOf{make: func(h *Handler) part {
		s := &subscriptions{handler: h, receiver: receiver, longest: 43_200 * time.Minute, redeliver: 4 * time.Hour, stopped: make(chan struct{})}
		for _, o := range opts {
			o(s)
		}
		return s
	}}
	at := caller()
	route := func(name, route string) Route {
		return Route{Route: route, Per: []string{}, Replies: []Response{of.reply(name)}, Optional: true, Source: at, part: of}
	}
	const one = "/subscriptions/{subscription-id}"
	return Scenario{Name: "/subscriptions", Routes: []Route{
		route("create", "POST /subscriptions"), route("list", "GET /subscriptions"),
		route("get", "GET "+one), route("renew", "PATCH "+one), route("delete", "DELETE "+one),
		route("reauthorize", "POST "+one+"/reauthorize"),
	}}
}

// subscriptions is the part that keeps subscriptions and delivers their notifications.
type subscriptions struct {
	handler   *Handler
	receiver  http.Handler
	longest   time.Duration
	redeliver time.Duration
	stopped   chan struct{} // closed by Reset

	mu      sync.Mutex
	live    []*subscription // in the order in which they were made
	pending int             // notifications of all subscriptions that are neither accepted nor given up
	idle    chan struct{}   // closed when there are none; nil: there are none
}

// subscription is one of them. Its fields are guarded by the mutex of its owner, but for the channels.
type subscription struct {
	owner   *subscriptions
	members subscriptionMembers
	terms   *terms
	tenant  string

	reauthorize time.Time // when that is asked for; zero: it has been
	over        bool      // it has expired, or has been removed
	queue       []*notification
	count       int           // notifications so far
	news        chan struct{} // there is something to do before the time is over
	deleted     chan struct{} // closed when nothing must be sent any more
}

// subscriptionMembers are the members of a subscription, as Graph's documentation has them.
type subscriptionMembers struct {
	ID              string    `json:"id"`
	Resource        string    `json:"resource"`
	ChangeType      string    `json:"changeType"`
	NotificationURL string    `json:"notificationUrl"`
	LifecycleURL    string    `json:"lifecycleNotificationUrl,omitempty"`
	Expires         time.Time `json:"expirationDateTime"`
	ClientState     *string   `json:"clientState"`
	ApplicationID   string    `json:"applicationId"`
	CreatorID       string    `json:"creatorId"`
	TLSVersion      string    `json:"latestSupportedTlsVersion"`
	WithData        bool      `json:"includeResourceData,omitempty"`
	Certificate     string    `json:"encryptionCertificate,omitempty"`
	CertificateID   string    `json:"encryptionCertificateId,omitempty"`
}

// terms are what a subscription's members mean.
type terms struct {
	changes    []string
	resource   []string // its segments
	filter     *query.Filter
	selection  query.Selection
	encryption *encryption // nil: notifications have no resource data
}

func (s *subscriptions) answer(q *Request, name string) Response {
	s.age()
	if name == "create" {
		return s.create(q)
	}
	if name == "list" {
		return s.list(q)
	}
	sub := s.find(q.Param("subscription-id"))
	if sub == nil {
		return noSubscription(q)
	}
	switch name {
	case "get":
		return sub.shown(q, http.StatusOK)
	case "renew":
		return s.renew(q, sub)
	case "reauthorize":
		sub.reauthorized(q.handler.now())
		return Response{Status: http.StatusNoContent}
	default:
		s.remove(sub)
		return Response{Status: http.StatusNoContent}
	}
}

func noSubscription(q *Request) Response {
	return refusal(http.StatusNotFound, "ResourceNotFound", "The subscription '"+q.Param("subscription-id")+"' does not exist.")
}

func (s *subscriptions) find(id string) *subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.live, func(sub *subscription) bool { return sub.members.ID == id })
	if i < 0 {
		return nil
	}
	return s.live[i]
}

func (s *subscriptions) create(q *Request) Response {
	sub := &subscription{owner: s, news: make(chan struct{}, 1), deleted: make(chan struct{})}
	m := &sub.members
	if err := json.Unmarshal(q.Body, m); err != nil {
		return *refused("BadRequest", "The body cannot be read: "+err.Error()+".")
	}
	m.ID, m.TLSVersion = q.handler.uuid(q), cmp.Or(m.TLSVersion, "v1_2")
	m.ApplicationID, sub.tenant = q.handler.identity(q)
	m.CreatorID = idFrom("creator of " + m.ApplicationID)
	var bad *Response
	if sub.terms, bad = s.read(m); bad != nil {
		return *bad
	}
	for _, endpoint := range []string{m.NotificationURL, m.LifecycleURL} {
		if endpoint == "" {
			continue
		}
		if bad = s.validate(q, endpoint); bad != nil {
			return *bad
		}
	}
	answer := sub.shown(q, http.StatusCreated)
	s.begin(sub)
	return answer
}

// renew changes what may be changed of a subscription: when it expires, where its notifications go, and the certificate.
func (s *subscriptions) renew(q *Request, sub *subscription) Response {
	s.mu.Lock()
	old := sub.members
	s.mu.Unlock()
	m := old
	if err := json.Unmarshal(q.Body, &m); err != nil {
		return *refused("BadRequest", "The body cannot be read: "+err.Error()+".")
	}
	if m.Resource != old.Resource || m.ChangeType != old.ChangeType || m.LifecycleURL != old.LifecycleURL || m.WithData != old.WithData ||
		deref(m.ClientState) != deref(old.ClientState) {
		return *refused("InvalidRequest", "Only expirationDateTime, notificationUrl and the encryption certificate of a subscription can be changed.")
	}
	m.ID, m.ApplicationID, m.CreatorID = old.ID, old.ApplicationID, old.CreatorID
	terms, bad := s.read(&m)
	if bad == nil && m.NotificationURL != old.NotificationURL {
		bad = s.validate(q, m.NotificationURL)
	}
	if bad != nil {
		return *bad
	}
	s.mu.Lock()
	over := sub.over // since the handshake began
	if !over {
		sub.members, sub.terms = m, terms
	}
	s.mu.Unlock()
	if over {
		return noSubscription(q)
	}
	sub.reauthorized(q.handler.now())
	return sub.shown(q, http.StatusOK)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// read finds what the members of a subscription mean, or what is wrong with them.
func (s *subscriptions) read(m *subscriptionMembers) (*terms, *Response) {
	t := &terms{resource: route.Segments(route.Normalize(m.Resource))}
	invalid := func(format string, args ...any) (*terms, *Response) {
		return nil, refused("InvalidRequest", fmt.Sprintf(format, args...))
	}
	for c := range strings.SplitSeq(m.ChangeType, ",") {
		c = strings.TrimSpace(c)
		if !ChangeType(c).known() {
			return invalid("changeType '%s' is none of created, updated and deleted.", c)
		}
		t.changes = append(t.changes, c)
	}
	left := m.Expires.Sub(s.handler.now())
	switch {
	case len(t.resource) == 0:
		return invalid("resource is missing.")
	case len(deref(m.ClientState)) > 128:
		return invalid("clientState is longer than 128 characters.")
	case m.Expires.IsZero():
		return invalid("expirationDateTime is missing.")
	case left <= 0:
		return invalid("expirationDateTime is in the past.")
	case left > s.longest:
		return nil, refused("ExtensionError", fmt.Sprintf("Subscription expiration can only be %d minutes in the future.", s.longest/time.Minute))
	case !isSecure(m.NotificationURL):
		return invalid("notificationUrl '%s' is no https URL.", m.NotificationURL)
	case m.LifecycleURL != "" && !isSecure(m.LifecycleURL):
		return invalid("lifecycleNotificationUrl '%s' is no https URL.", m.LifecycleURL)
	}
	var err error
	if t.filter, t.selection, err = resourceQuery(m.Resource); err != nil {
		return invalid("resource: %v.", err)
	}
	if m.WithData {
		if t.encryption, err = newEncryption(m.Certificate, m.CertificateID); err != nil {
			return invalid("%v.", err)
		}
	}
	return t, nil
}

func isSecure(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && strings.EqualFold(u.Scheme, "https") && u.Host != ""
}

// resourceQuery reads the options that a subscription's resource may have.
func resourceQuery(resource string) (f *query.Filter, sel query.Selection, err error) {
	_, raw, _ := strings.Cut(resource, "?")
	options, err := url.ParseQuery(raw)
	if err != nil {
		return nil, nil, err
	}
	for name, values := range options {
		switch strings.ToLower(name) {
		case "$filter":
			f, err = query.ParseFilter(values[0])
		case "$select":
			sel, err = query.ParseSelection(values[0])
		default:
			err = errors.New("the query option " + name + " is not supported")
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return f, sel, nil
}

// validate makes the handshake with an endpoint, and says in Graph's words why it failed.
func (s *subscriptions) validate(q *Request, endpoint string) *Response {
	token := "Validation: Testing client application reachability for subscription Request-Id: " + q.handler.uuid(q)
	separator := "?"
	if strings.Contains(endpoint, "?") {
		separator = "&"
	}
	res, err := s.post(q.context, endpoint+separator+"validationToken="+url.QueryEscape(token), "text/plain; charset=utf-8", nil)
	failed := func(why string) *Response { return refused("ValidationError", "Subscription validation request "+why) }
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return failed("timed out.")
	case err != nil:
		return failed("failed. Notification endpoint has not responded: " + err.Error() + ".")
	case res.status != http.StatusOK:
		return failed(fmt.Sprintf("failed. HTTP status code is '%s'. Notification endpoint must respond with 200 OK to validation request.",
			strings.ReplaceAll(http.StatusText(res.status), " ", "")))
	case res.body.String() != token:
		return failed("failed. Response must exactly match validationToken query parameter.")
	case !strings.HasPrefix(strings.ToLower(res.sent.Get("Content-Type")), "text/plain"):
		return failed(fmt.Sprintf("failed. The content type of the response must be text/plain, and is '%s'.", res.sent.Get("Content-Type")))
	}
	return nil
}

// list has all subscriptions, without their clientState.
func (s *subscriptions) list(q *Request) Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	value := make([]subscriptionMembers, len(s.live))
	for i, sub := range s.live {
		value[i] = sub.members
		value[i].ClientState, value[i].Certificate = nil, ""
	}
	return Response{JSON: map[string]any{"@odata.context": q.Base() + "/$metadata#subscriptions", "value": value}}
}

// shown is an answer with the subscription.
func (sub *subscription) shown(q *Request, status int) Response {
	sub.owner.mu.Lock()
	m := sub.members
	sub.owner.mu.Unlock()
	m.Certificate = ""
	return Response{Status: status, JSON: struct {
		Context string `json:"@odata.context"`
		subscriptionMembers
	}{q.Base() + "/$metadata#subscriptions/$entity", m}}
}

// reauthorized plans when the client is asked to do so again.
func (sub *subscription) reauthorized(now time.Time) {
	sub.owner.mu.Lock()
	defer sub.owner.mu.Unlock()
	sub.reauthorize = sub.members.Expires.Add(-min(time.Hour, sub.members.Expires.Sub(now)/4))
	sub.wake()
}

// remove ends a subscription at the client's wish: it gets nothing any more.
func (s *subscriptions) remove(sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !sub.over {
		close(sub.deleted)
		s.end(sub)
	}
}

// end takes a subscription out of those that there are. It is called under mu.
func (s *subscriptions) end(sub *subscription) {
	sub.over = true
	s.live = slices.DeleteFunc(s.live, func(other *subscription) bool { return other == sub })
	sub.wake()
}

// stop has nothing sent any more: there is another part after a Reset.
func (s *subscriptions) stop() { close(s.stopped) }

// Who subscribes without a token, and to whose data.
const (
	defaultApplication = "24d3b144-21ae-4080-943f-7067b395b913"
	defaultTenant      = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
)

var guid = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// identity is the application that sends a request, and its tenant's id.
func (h *Handler) identity(q *Request) (application, tenant string) {
	application, tenant = defaultApplication, defaultTenant
	_, sent, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	if t, err := h.readToken(strings.TrimSpace(sent)); err == nil {
		application = t.App
		if guid.MatchString(t.Tenant) { // else it is the tenant's domain
			tenant = t.Tenant
		}
	}
	return application, tenant
}

// idFrom is a UUID that follows from a text (RFC 9562, section 5.8).
func idFrom(text string) string {
	b := sha256.Sum256([]byte(text))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
