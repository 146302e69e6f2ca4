package mockserver_test

import (
	"crypto/tls"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestRedirection has clients call Microsoft's hosts, and reach the server over TLS; all other hosts are refused, and told.
func TestRedirection(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Completes(0), mockserver.AllowUnused())
	require.NoError(t, err)
	defer shared.Close()
	servers := map[string]func(*testing.T) *mockserver.Server{
		"loopback": func(t *testing.T) *mockserver.Server { return mockserver.Start(t, mockserver.Completes(0)) },
		"view":     func(t *testing.T) *mockserver.Server { return shared.For(t) },
		"memory": func(t *testing.T) *mockserver.Server {
			return mockserver.Start(t, mockserver.Completes(0), mockserver.InMemory())
		},
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			run := func(t *testing.T) {
				srv := start(t)
				version := 2
				if name == "memory" {
					version = 1
				}
				redirects(t, srv, srv.Client(), version)
				plain := srv.Client().Transport.(*http.Transport).Clone()
				plain.ForceAttemptHTTP2, plain.TLSNextProto = false, map[string]func(string, *tls.Conn) http.RoundTripper{}
				plain.TLSClientConfig.NextProtos = nil
				redirects(t, srv, &http.Client{Transport: plain}, 1)
				plain.CloseIdleConnections()
				require.Equal(t, "completed", statusOf(t, srv.Client(), srv.URL+operationPath))
			}
			if name == "memory" {
				synctest.Test(t, run)
				return
			}
			run(t)
		})
	}
}

// redirects calls Microsoft's hosts, and others.
func redirects(t *testing.T, srv *mockserver.Server, client *http.Client, version int) {
	for _, host := range []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"} {
		res, err := client.Get("https://" + host + "/v1.0/external/connections/contosohr/operations/1")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, version, res.ProtoMajor)
		last := srv.Exchanges()[len(srv.Exchanges())-1]
		require.Equal(t, "https://"+host+"/v1.0/external/connections/contosohr/operations/1", last.URL)
	}
	for url, host := range map[string]string{
		"http://graph.microsoft.com/v1.0/me": "graph.microsoft.com",
		"https://login.invalid:8443/x":       "login.invalid:8443",
		"http://127.0.0.1:1/v1.0/me":         "127.0.0.1:1",
		"https://example.com/":               "example.com",
		"https://graph.microsoft.com.evil/":  "graph.microsoft.com.evil",
	} {
		_, err := client.Get(url)
		require.ErrorContains(t, err, "mockserver: the client calls "+host+", and this server is "+srv.URL)
	}
}
