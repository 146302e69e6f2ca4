package msgraph

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

const operation = "https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/3ed1595a"

// graphScope asks for all that the application has been granted.
var graphScope = policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}

// TestClientSecret runs the credential of a client with a secret over the redirected hosts.
func TestClientSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Completes(1)
		s.Auth = &mockserver.Auth{Require: []string{"ExternalConnection.Read.All"}}
		graph := mockserver.Start(t, s, mockserver.InMemory())
		credential, err := azidentity.NewClientSecretCredential("contoso", "app", "secret", &azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{Transport: graph.Client()},
		})
		require.NoError(t, err)
		for range 2 {
			get(t, graph, credential)
			time.Sleep(75 * time.Minute)
		}
	})
}

// TestManagedIdentity runs the credential of a machine in Azure, which asks 169.254.169.254.
func TestManagedIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockserver.Completes(0)
		s.Auth = &mockserver.Auth{Require: []string{"ExternalConnection.Read.All"}}
		graph := mockserver.Start(t, s, mockserver.InMemory())
		credential, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
			ClientOptions: azcore.ClientOptions{Transport: graph.Client()},
		})
		require.NoError(t, err)
		get(t, graph, credential)
	})
}

// TestCertificate runs the credential of a client with a certificate.
func TestCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		graph := mockserver.Start(t, mockserver.Completes(0), mockserver.InMemory())
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		require.NoError(t, err)
		certificate, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		credential, err := azidentity.NewClientCertificateCredential("contoso", "app", []*x509.Certificate{certificate}, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: graph.Client()}})
		require.NoError(t, err)
		get(t, graph, credential)
	})
}

// get asks for the operation with a token of the credential.
func get(t *testing.T, graph *mockserver.Server, credential azcore.TokenCredential) {
	token, err := credential.GetToken(t.Context(), graphScope)
	require.NoError(t, err)
	require.Equal(t, time.Hour, time.Until(token.ExpiresOn).Round(time.Second))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, operation, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token.Token)
	res, err := graph.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}
