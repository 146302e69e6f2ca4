package mockserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// This file holds the README's examples of a production client, word for word, and the client: plain net/http, with the URLs that
// it calls in production.

// Production is a client of Microsoft Graph, with a token of its own.
type Production struct {
	client *http.Client
	token  string
}

// NewProduction makes a client that sends its requests by the client given.
func NewProduction(client *http.Client) *Production { return &Production{client: client} }

// The errors that the client tells apart.
var (
	ErrNotFound  = errors.New("not found")
	ErrForbidden = errors.New("forbidden")
	ErrConflict  = errors.New("conflict")
	ErrLater     = errors.New("try again later")
)

// Get gets a document, once more with a new token where the present one is not taken.
func (p *Production) Get(ctx context.Context, path string, v any) error {
	for try := 0; ; try++ {
		status, err := p.get(ctx, path, v)
		if err != nil || status == http.StatusOK {
			return err
		}
		if status != http.StatusUnauthorized || try > 0 {
			return mapped(status)
		}
		if err := p.signIn(ctx); err != nil {
			return err
		}
	}
}

// production is where the client's paths begin.
const production = "https://graph.microsoft.com/v1.0"

func (p *Production) get(ctx context.Context, path string, v any) (status int, err error) {
	status, _, err = p.getURL(ctx, production+path, v)
	return status, err
}

// getURL gets what a URL leads to; wait is what a Retry-After says.
func (p *Production) getURL(ctx context.Context, url string, v any) (status int, wait time.Duration, err error) {
	if p.token == "" {
		if err := p.signIn(ctx); err != nil {
			return 0, 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := p.client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After")) // none is 0
		return res.StatusCode, time.Duration(seconds) * time.Second, nil
	}
	return res.StatusCode, 0, json.NewDecoder(res.Body).Decode(v)
}

// List gets all items of a list: it follows the links of its pages, and waits where it is throttled.
func (p *Production) List(ctx context.Context, path string) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for link := production + path; link != ""; {
		var page page
		switch status, wait, err := p.getURL(ctx, link, &page); {
		case err != nil:
			return nil, err
		case status == http.StatusTooManyRequests:
			time.Sleep(wait)
			continue
		case status != http.StatusOK:
			return nil, mapped(status)
		}
		all, link = append(all, page.Value...), page.Next
	}
	return all, nil
}

// page is a page of a list or of a delta query.
type page struct {
	Value []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
	Delta string            `json:"@odata.deltaLink"`
}

// Mirror mirrors a set of entities by delta queries.
type Mirror struct {
	client      *Production
	begin, link string
	ids         map[string]bool
}

// NewMirror makes a mirror that has nothing yet.
func NewMirror(client *Production, path string) *Mirror {
	return &Mirror{client: client, begin: production + path, link: production + path, ids: map[string]bool{}}
}

// IDs are those of the entities, sorted.
func (m *Mirror) IDs() []string { return slices.Sorted(maps.Keys(m.ids)) }

// Sync takes what has changed; where the link has expired, everything anew.
func (m *Mirror) Sync(ctx context.Context) error {
	for link := m.link; link != ""; {
		var p page
		switch status, _, err := m.client.getURL(ctx, link, &p); {
		case err != nil:
			return err
		case status == http.StatusGone:
			m.ids, link = map[string]bool{}, m.begin
			continue
		case status != http.StatusOK:
			return mapped(status)
		}
		for _, doc := range p.Value {
			var item struct {
				ID      string `json:"id"`
				Removed any    `json:"@removed"`
			}
			if err := json.Unmarshal(doc, &item); err != nil {
				return err
			}
			if m.ids[item.ID] = true; item.Removed != nil {
				delete(m.ids, item.ID)
			}
		}
		if link = p.Next; p.Delta != "" {
			m.link = p.Delta
		}
	}
	return nil
}

// signIn asks for a token.
func (p *Production) signIn(ctx context.Context) error {
	res, err := p.client.PostForm("https://login.microsoftonline.com/contoso/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var got struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(res.Body).Decode(&got)
	p.token = got.Token
	return err
}

func mapped(status int) error {
	switch status {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusConflict:
		return ErrConflict
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ErrLater
	}
	return fmt.Errorf("status %d", status)
}

func TestProductionClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Completes(1)
		s.Auth = &mockserver.Auth{Lifetime: 10 * time.Minute, Require: []string{"ExternalConnection.Read.All"}}
		graph := mockserver.Start(t, s, mockserver.InMemory())
		client := NewProduction(graph.Client()) // calls graph.microsoft.com and login.microsoftonline.com, over TLS
		for _, want := range []string{"inprogress", "completed"} {
			var op Operation
			require.NoError(t, client.Get(t.Context(), "/external/connections/contosohr/operations/3ed1595a", &op))
			require.Equal(t, want, op.Status)
			time.Sleep(time.Hour) // the token expires: 401, and the client has to come by a new one
		}
	})
}

func TestErrorMappings(t *testing.T) {
	want := map[int]error{403: ErrForbidden, 404: ErrNotFound, 409: ErrConflict, 429: ErrLater, 503: ErrLater, 504: ErrLater}
	for e := range mockserver.Errors() {
		t.Run(e.Name, func(t *testing.T) {
			graph := mockserver.Transport(t, e.For("GET /users/{id}"))
			err := NewProduction(graph.Client()).Get(t.Context(), "/users/adele", nil)
			require.Error(t, err, e.Why)
			if want := want[e.Status]; want != nil {
				require.ErrorIs(t, err, want, e.Why)
			}
		})
	}
}

func TestPaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := make([]map[string]any, 250)
		for i := range users {
			users[i] = map[string]any{"id": strconv.Itoa(i), "displayName": "User " + strconv.Itoa(i)}
		}
		graph := mockserver.Transport(t, mockserver.Collection("GET /users", users, mockserver.ThrottleAt(2, 10*time.Second))) // pages of 100
		all, err := NewProduction(graph.Client()).List(t.Context(), "/users")
		require.NoError(t, err)
		require.Len(t, all, 250)
	})
}

func TestDeltaAndExpiry(t *testing.T) {
	graph := mockserver.Transport(t, mockserver.EntitySet("/groups", []map[string]any{{"id": "hr"}, {"id": "it"}}))
	client := NewMirror(NewProduction(graph.Client()), "/groups/delta")
	require.NoError(t, client.Sync(t.Context()))
	require.Equal(t, []string{"hr", "it"}, client.IDs())
	require.NoError(t, graph.Remove("/groups/it"))
	require.NoError(t, graph.Put("/groups/legal", map[string]any{"displayName": "Legal"}))
	require.NoError(t, client.Sync(t.Context()))
	require.Equal(t, []string{"hr", "legal"}, client.IDs())
	graph.ExpireTokens() // 410: the client has to start anew
	require.NoError(t, client.Sync(t.Context()))
	require.Equal(t, []string{"hr", "legal"}, client.IDs())
}

// TestOtherHosts holds what the README says: nothing but Microsoft's hosts leads to the server.
func TestOtherHosts(t *testing.T) {
	graph := mockserver.Start(t, mockserver.Completes(0), mockserver.InMemory(), mockserver.AllowUnused())
	_, err := graph.Client().Get("https://example.com/")
	require.ErrorContains(t, err, "the client calls example.com")
}
