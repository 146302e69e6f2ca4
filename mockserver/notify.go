package mockserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/route"
)

// ChangeType is a kind of change that a subscription asks for.
type ChangeType string

// The kinds of changes.
const (
	Created ChangeType = "created"
	Updated ChangeType = "updated"
	Deleted ChangeType = "deleted"
)

func (c ChangeType) known() bool { return c == Created || c == Updated || c == Deleted }

// Change is a change of a resource, for [Handler.Notify].
type Change struct {
	Type     ChangeType
	Resource string         // the path of what has changed: "/users/adele"
	Data     map[string]any // its members, which a $filter looks at, and which subscriptions with includeResourceData get; may be nil
}

// LifecycleEvent is what a subscription's lifecycleNotificationUrl is told.
type LifecycleEvent string

// The events in a subscription's life.
const (
	Missed                  LifecycleEvent = "missed"
	ReauthorizationRequired LifecycleEvent = "reauthorizationRequired"
	SubscriptionRemoved     LifecycleEvent = "subscriptionRemoved"
)

// Notify tells the [Subscriptions] to a resource that it has changed. It does not wait for the notifications, see [Handler.Notified]. It is an error
// where no subscription asks for such a change.
func (h *Handler) Notify(c Change) error {
	if !c.Type.known() {
		return fmt.Errorf("mockserver: %q is none of the changes created, updated and deleted", c.Type)
	}
	if c.Data != nil {
		list, err := objects([]any{c.Data})
		if err != nil {
			return fmt.Errorf("mockserver: the data of %q: %w", c.Resource, err)
		}
		c.Data = list[0]
	}
	if h.changed(c) > 0 {
		return nil
	}
	return fmt.Errorf("mockserver: no subscription is for %s %q; there are: %s", c.Type, c.Resource, h.subscribed())
}

// NotifyLifecycle tells the [Subscriptions] whose resource is the given one of an event in their lives; SubscriptionRemoved also ends them. It
// is an error where no such subscription has a lifecycleNotificationUrl.
func (h *Handler) NotifyLifecycle(e LifecycleEvent, resource string) error {
	if e != Missed && e != ReauthorizationRequired && e != SubscriptionRemoved {
		return fmt.Errorf("mockserver: %q is none of the lifecycle events missed, reauthorizationRequired and subscriptionRemoved", e)
	}
	segments, told := route.Segments(route.Normalize(resource)), 0
	for _, s := range h.subscriptions() {
		told += s.lifecycle(e, segments)
	}
	if told > 0 {
		return nil
	}
	return fmt.Errorf("mockserver: no subscription to %q has a lifecycleNotificationUrl; there are: %s", resource, h.subscribed())
}

// Notified waits until the receiver of [Subscriptions] has accepted all notifications so far, or they have been given up. The error is that of ctx, or
// [ErrClosed].
func (h *Handler) Notified(ctx context.Context) error {
	for _, s := range h.subscriptions() {
		if err := s.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}

// subscriptions are the parts that keep subscriptions, as of now.
func (h *Handler) subscriptions() []*subscriptions {
	h.partsMu.Lock()
	var all []*subscriptions
	for _, p := range h.parts {
		if s, ok := p.(*subscriptions); ok {
			all = append(all, s)
		}
	}
	h.partsMu.Unlock()
	for _, s := range all {
		s.age()
	}
	return all
}

// subscribed lists what there are subscriptions to.
func (h *Handler) subscribed() string {
	var all []string
	for _, s := range h.subscriptions() {
		s.mu.Lock()
		for _, sub := range s.live {
			all = append(all, fmt.Sprintf("%q (%s)", sub.members.Resource, sub.members.ChangeType))
		}
		s.mu.Unlock()
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, ", ")
}

// changed tells subscriptions of a change, and returns how many are told.
func (h *Handler) changed(c Change) (told int) {
	path := route.Segments(route.Normalize(c.Resource))
	for _, s := range h.subscriptions() {
		s.mu.Lock()
		for _, sub := range s.live {
			if sub.wants(c, path) {
				sub.enqueue(c, path)
				told++
			}
		}
		s.mu.Unlock()
	}
	return told
}

// wants says whether a subscription is for a change of a path.
func (sub *subscription) wants(c Change, path []string) bool {
	t := sub.terms
	n := len(t.resource)
	if !slices.Contains(t.changes, string(c.Type)) || len(path) < n || len(path) > n+1 || !slices.EqualFunc(t.resource, path[:n], strings.EqualFold) {
		return false
	}
	if t.filter == nil || c.Type == Deleted {
		return true
	}
	ok, err := t.filter.Match(c.Data)
	return ok && err == nil
}

// changeNotification is a notification as Graph sends it.
type changeNotification struct {
	ID             string            `json:"id,omitempty"`
	SubscriptionID string            `json:"subscriptionId"`
	Expires        time.Time         `json:"subscriptionExpirationDateTime"`
	ClientState    *string           `json:"clientState,omitempty"`
	TenantID       string            `json:"tenantId"`
	ChangeType     ChangeType        `json:"changeType,omitempty"`
	LifecycleEvent LifecycleEvent    `json:"lifecycleEvent,omitempty"`
	Resource       string            `json:"resource,omitempty"`
	ResourceData   map[string]any    `json:"resourceData,omitempty"`
	Content        *encryptedContent `json:"encryptedContent,omitempty"`
}

// blank is a notification of a subscription without what it tells.
func (sub *subscription) blank() *changeNotification {
	m := &sub.members
	return &changeNotification{SubscriptionID: m.ID, Expires: m.Expires, ClientState: m.ClientState, TenantID: sub.tenant}
}

// enqueue has a change delivered.
func (sub *subscription) enqueue(c Change, path []string) {
	resource := escaped(path)
	n := sub.blank()
	sub.count++
	n.ID = idFrom(fmt.Sprintf("notification %d of %s", sub.count, sub.members.ID))
	n.ChangeType, n.Resource = c.Type, resource
	n.ResourceData = map[string]any{"@odata.id": resource, "id": path[len(path)-1]}
	if typ := sub.owner.handler.odataType(resource); typ != "" {
		n.ResourceData["@odata.type"] = typ
	}
	if etag, ok := c.Data["@odata.etag"]; ok {
		n.ResourceData["@odata.etag"] = etag
	}
	var tokens []string
	if e := sub.terms.encryption; e != nil {
		tokens = []string{sub.owner.handler.validationToken(sub, n.ID)}
		if c.Data != nil {
			n.Content = e.encrypt(sub.terms.selection.Of(c.Data))
		}
	}
	sub.send(sub.members.NotificationURL, string(c.Type)+" "+resource, n, tokens)
}

// escaped is a path of its segments.
func escaped(segments []string) string {
	all := make([]string, len(segments))
	for i, s := range segments {
		all[i] = url.PathEscape(s)
	}
	return strings.Join(all, "/")
}

// odataType is the type of what a path leads to as notifications have it, such as #Microsoft.Graph.User; "": it is not known.
func (h *Handler) odataType(path string) string {
	op, ok := h.options.contract.Operation(http.MethodGet, graphURL+"/v1.0/"+path)
	if !ok || op.Response == "" {
		return ""
	}
	names := strings.Split(op.Response, ".")
	for i, name := range names {
		names[i] = strings.ToUpper(name[:1]) + name[1:]
	}
	return "#" + strings.Join(names, ".")
}

// lifecycle tells subscriptions to a resource of an event.
func (s *subscriptions) lifecycle(e LifecycleEvent, resource []string) (told int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range slices.Clone(s.live) {
		if sub.members.LifecycleURL == "" || !slices.EqualFunc(sub.terms.resource, resource, strings.EqualFold) {
			continue
		}
		told++
		sub.announce(e)
		if e == SubscriptionRemoved {
			s.end(sub)
		}
	}
	return told
}

// announce has a lifecycle event delivered, where somebody wants to know.
func (sub *subscription) announce(e LifecycleEvent) {
	if sub.members.LifecycleURL == "" {
		return
	}
	n := sub.blank()
	n.LifecycleEvent = e
	sub.send(sub.members.LifecycleURL, string(e)+" of the subscription to "+sub.members.Resource, n, nil)
}

// send adds a notification to those that are to be delivered.
func (sub *subscription) send(to, what string, n *changeNotification, tokens []string) {
	body, err := json.Marshal(struct {
		Value  []*changeNotification `json:"value"`
		Tokens []string              `json:"validationTokens,omitempty"`
	}{[]*changeNotification{n}, tokens})
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // it is text
	}
	sub.queue = append(sub.queue, &notification{to: to, what: what, body: body})
	sub.owner.more(1)
	sub.wake()
}
