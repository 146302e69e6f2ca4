package msgraph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiotaauth "github.com/microsoft/kiota-authentication-azure-go"
	nethttp "github.com/microsoft/kiota-http-go"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// authentication is the credential of a client with a secret, as Graph's SDK uses it.
func authentication(t *testing.T, graph *mockserver.Server) *kiotaauth.AzureIdentityAuthenticationProvider {
	credential, err := azidentity.NewClientSecretCredential("contoso", "app", "secret", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: graph.Client()},
	})
	require.NoError(t, err)
	auth, err := kiotaauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential,
		[]string{"https://graph.microsoft.com/.default"}, []string{"graph.microsoft.com"})
	require.NoError(t, err)
	return auth
}

// newAdapter is the request adapter of Graph's Go SDK in all its parts: credential, middlewares and retries. Only the transport below them
// is the mock's. (Given to the adapter itself, the client would be without the middlewares, and so without retries.)
func newAdapter(t *testing.T, graph *mockserver.Server) *nethttp.NetHttpRequestAdapter {
	middlewares, err := nethttp.GetDefaultMiddlewaresWithOptions()
	require.NoError(t, err)
	transport := nethttp.NewCustomTransportWithParentTransport(graph.Client().Transport, middlewares...)
	adapter, err := nethttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(authentication(t, graph), nil, nil, &http.Client{Transport: transport})
	require.NoError(t, err)
	return adapter
}

// send asks for a document as generated clients do.
func send(ctx context.Context, adapter *nethttp.NetHttpRequestAdapter, method abstractions.HttpMethod, url string, body, out any, options ...abstractions.RequestOption) error {
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.UrlTemplate = strings.NewReplacer("%24", "$").Replace(url)
	info.AddRequestOptions(options)
	if body != nil {
		doc, err := json.Marshal(body)
		if err != nil {
			return err
		}
		info.SetStreamContentAndContentType(doc, "application/json")
	}
	got, err := adapter.SendPrimitive(ctx, info, "[]byte", nil)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(got.([]byte), out)
}

// client is the production client of the examples. It knows nothing of a mock.
type client struct {
	adapter *nethttp.NetHttpRequestAdapter
}

// poll asks for the status of an operation.
func (c client) poll(ctx context.Context, url string) (string, error) {
	var got struct{ Status string }
	err := send(ctx, c.adapter, abstractions.GET, url, nil, &got)
	return got.Status, err
}

// wait polls an operation until its end.
func (c client) wait(ctx context.Context, url string) (string, error) {
	for {
		status, err := c.poll(ctx, url)
		if err != nil || status == "completed" || status == "failed" {
			return status, err
		}
		time.Sleep(time.Minute)
	}
}

// register registers a schema and waits for the end of it.
func (c client) register(ctx context.Context) (string, error) {
	schema := map[string]any{"baseType": "microsoft.graph.externalItem", "properties": []any{map[string]any{"name": "title", "type": "String"}}}
	headers := nethttp.NewHeadersInspectionOptions()
	headers.InspectResponseHeaders = true
	if err := send(ctx, c.adapter, abstractions.PATCH, graphURL+"/external/connections/contosohr/schema", schema, nil, headers); err != nil {
		return "", err
	}
	return c.wait(ctx, headers.GetResponseHeaders().Get("Location")[0])
}

// users counts all users and the pages that they come in.
func (c client) users(ctx context.Context) (users, pages int, err error) {
	for url := graphURL + "/users"; url != ""; pages++ {
		var page struct {
			Value []struct{ ID string }
			Next  string `json:"@odata.nextLink"`
		}
		if err := send(ctx, c.adapter, abstractions.GET, url, nil, &page); err != nil {
			return users, pages, err
		}
		users, url = users+len(page.Value), page.Next
	}
	return users, pages, nil
}

const graphURL = "https://graph.microsoft.com/v1.0"

// manyUsers are n users.
func manyUsers(n int) []map[string]any {
	users := make([]map[string]any, n)
	for i := range users {
		users[i] = map[string]any{"id": fmt.Sprintf("00000000-0000-0000-0000-%012d", i)}
	}
	return users
}

// TestClient plays what a client meets, and prints what it makes of it.
func TestClient(t *testing.T) {
	poll := func(ctx context.Context, c client) (string, error) { return c.poll(ctx, operation) }
	for _, c := range []struct {
		name     string
		scenario mockserver.Scenario
		does     func(context.Context, client) (string, error)
		want     string
	}{
		{"gets an operation", mockserver.Completes(0), poll, "completed after 0s, 1 call"},
		{"follows pages, one of which is throttled", mockserver.Collection("GET /users", manyUsers(250), mockserver.PageSize(100), mockserver.ThrottleAt(2, 10*time.Second)), func(ctx context.Context, c client) (string, error) {
			users, pages, err := c.users(ctx)
			return fmt.Sprintf("%d users in %d pages", users, pages), err
		}, "250 users in 3 pages after 10s, 4 calls"},
		{"registers a schema", mockserver.Register(mockserver.Completed), func(ctx context.Context, c client) (string, error) { return c.register(ctx) }, "completed after 2m0s, 4 calls"},
		{"registers a schema in vain", mockserver.Register(mockserver.Failed), func(ctx context.Context, c client) (string, error) { return c.register(ctx) }, "failed after 2m0s, 4 calls"},
		{"is throttled thrice", mockserver.Throttled(3, 10*time.Second), func(ctx context.Context, c client) (string, error) { return c.wait(ctx, operation) }, "completed after 1m30s, 5 calls"},
		{"asks for what is not there", mockserver.Error(operationRoute, 404, "ResourceNotFound"), poll, "status 404 after 0s, 1 call"},
		{"has a token that expires", mockserver.Completes(1), func(ctx context.Context, c client) (string, error) {
			if status, err := c.poll(ctx, operation); err != nil {
				return status, err
			}
			time.Sleep(75 * time.Minute)
			return c.poll(ctx, operation)
		}, "completed after 1h15m0s, 2 calls"},
		{"has a token that is revoked", mockserver.Reply(
			operationRoute,
			mockserver.Response{Status: 401, Fixture: "error/InvalidAuthenticationToken", Header: mockserver.Claims(`{"access_token":{"nbf":{"essential":true}}}`)},
			mockserver.Response{Fixture: "connectionOperation/completed"},
		), poll, "completed after 0s, 2 calls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				c.scenario.Auth = &mockserver.Auth{Lifetime: time.Hour}
				graph := mockserver.Start(t, c.scenario, mockserver.InMemory())
				got, err := c.does(t.Context(), client{newAdapter(t, graph)})
				got = fmt.Sprintf("%s after %v, %s", seen(t, got, err), time.Since(begin).Round(time.Second), calls(graph))
				t.Logf("a client that %s: %s", c.name, got)
				require.Equal(t, c.want, got)
			})
		})
	}
}

const operationRoute = "GET /external/connections/{connection-id}/operations/{operation-id}"

// seen is what a client got, or the status of its error.
func seen(t *testing.T, got string, err error) string {
	if err == nil {
		return got
	}
	var failure *abstractions.ApiError
	require.ErrorAs(t, err, &failure)
	return fmt.Sprintf("status %d", failure.ResponseStatusCode)
}

// calls counts the calls of Graph: those for tokens are none.
func calls(graph *mockserver.Server) string {
	n := 0
	for _, x := range graph.Exchanges() {
		if strings.HasPrefix(x.URL, graphURL) {
			n++
		}
	}
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

// TestClientStraightInTheAdapter shows what is lost with a client that is given to the adapter as it is: there are no middlewares, and so no
// second call.
func TestClientStraightInTheAdapter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Throttled(1, 10*time.Second)
		s.Auth = &mockserver.Auth{}
		graph := mockserver.Start(t, s, mockserver.InMemory(), mockserver.AllowUnused())
		adapter, err := nethttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(authentication(t, graph), nil, nil, graph.Client())
		require.NoError(t, err)
		got, err := client{adapter}.poll(t.Context(), operation)
		require.Equal(t, "status 429, 1 call", seen(t, got, err)+", "+calls(graph))
	})
}

// TestErrors holds what the SDK makes of each error: it tries three times more what it may, and hands over the status.
func TestErrors(t *testing.T) {
	for e := range mockserver.Errors() {
		t.Run(e.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := e.For(operationRoute)
				s.Auth = &mockserver.Auth{}
				graph := mockserver.Start(t, s, mockserver.InMemory())
				got, err := client{newAdapter(t, graph)}.poll(t.Context(), operation)
				want := "1 call"
				if e.Retry && e.Status != http.StatusConflict { // which the SDK leaves to its caller
					want = "4 calls"
				}
				require.Equal(t, fmt.Sprintf("status %d, %s", e.Status, want), seen(t, got, err)+", "+calls(graph))
			})
		})
	}
}
