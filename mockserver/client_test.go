package mockserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestClientStaysWithTheServer has a client that forgot the server's address told so, and not call Graph.
func TestClientStaysWithTheServer(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Completes(0), mockserver.AllowUnused())
	require.NoError(t, err)
	defer shared.Close()
	for name, srv := range map[string]*mockserver.Server{
		"loopback": mockserver.Start(t, mockserver.Completes(0), mockserver.AllowUnused()),
		"memory":   startInMemory(t, mockserver.Completes(0), mockserver.AllowUnused()),
		"view":     shared.For(t),
	} {
		t.Run(name, func(t *testing.T) {
			clone := &http.Client{Transport: srv.Client().Transport.(*http.Transport).Clone()}
			for _, client := range []*http.Client{srv.Client(), clone} {
				for url, host := range map[string]string{
					"https://graph.microsoft.com/v1.0/me":    "graph.microsoft.com",
					"http://graph.microsoft.com/v1.0/me":     "graph.microsoft.com",
					"https://login.invalid:8443/x":           "login.invalid:8443",
					"http://127.0.0.1:1/v1.0/me":             "127.0.0.1:1",
					"https://graph.microsoft.us/v1.0/groups": "graph.microsoft.us",
				} {
					_, err := client.Get(url)
					require.ErrorContains(t, err, "mockserver: the client calls "+host+", and this server is "+srv.URL+
						": give the client under test srv.URL, or use mockserver.Transport, which answers to any host")
				}
				require.Equal(t, "completed", statusOf(t, client, srv.URL+operationPath))
			}
			clone.CloseIdleConnections()
			if name == "loopback" {
				require.Equal(t, "completed", statusOf(t, srv.Client(), strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)+operationPath))
			}
		})
	}
}
