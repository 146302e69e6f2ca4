package mockserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

func (p *Production) get(ctx context.Context, path string, v any) (status int, err error) {
	if p.token == "" {
		if err := p.signIn(ctx); err != nil {
			return 0, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://graph.microsoft.com/v1.0"+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.NewDecoder(res.Body).Decode(v)
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

// TestOtherHosts holds what the README says: nothing but Microsoft's hosts leads to the server.
func TestOtherHosts(t *testing.T) {
	graph := mockserver.Start(t, mockserver.Completes(0), mockserver.InMemory(), mockserver.AllowUnused())
	_, err := graph.Client().Get("https://example.com/")
	require.ErrorContains(t, err, "the client calls example.com")
}
