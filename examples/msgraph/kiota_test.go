package msgraph

import (
	"context"
	"encoding/json"
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

// newAdapter is the request adapter of Graph's Go SDK in all its parts: credential, middlewares and retries. Only the transport below them
// is the mock's. (Given to the adapter itself, the client would be without the middlewares, and so without retries.)
func newAdapter(t *testing.T, graph *mockserver.Server) *nethttp.NetHttpRequestAdapter {
	credential, err := azidentity.NewClientSecretCredential("contoso", "app", "secret", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: graph.Client()},
	})
	require.NoError(t, err)
	auth, err := kiotaauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential,
		[]string{"https://graph.microsoft.com/.default"}, []string{"graph.microsoft.com"})
	require.NoError(t, err)
	middlewares, err := nethttp.GetDefaultMiddlewaresWithOptions()
	require.NoError(t, err)
	transport := nethttp.NewCustomTransportWithParentTransport(graph.Client().Transport, middlewares...)
	adapter, err := nethttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(auth, nil, nil, &http.Client{Transport: transport})
	require.NoError(t, err)
	return adapter
}

// send asks for a document as generated clients do.
func send(ctx context.Context, adapter *nethttp.NetHttpRequestAdapter, method abstractions.HttpMethod, url string, body any, out any) error {
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.UrlTemplate = strings.NewReplacer("%24", "$").Replace(url)
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

func TestThrottledThrice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := mockserver.Throttled(3, 10*time.Second)
		s.Auth = &mockserver.Auth{}
		graph := mockserver.Start(t, s, mockserver.InMemory())
		adapter := newAdapter(t, graph)
		var got struct{ Status string }
		require.NoError(t, send(t.Context(), adapter, abstractions.GET, operation, nil, &got))
		require.Equal(t, "inprogress", got.Status)
		require.Equal(t, 30*time.Second, time.Since(begin).Round(time.Second))
		require.NoError(t, send(t.Context(), adapter, abstractions.GET, operation, nil, &got))
		require.Equal(t, "completed", got.Status)
	})
}
