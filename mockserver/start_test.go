package mockserver_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// statusOf polls an operation once.
func statusOf(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	res, err := client.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	var op struct{ ID, Status string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&op))
	return op.Status
}

// TestStart polls the same scenario over each transport.
func TestStart(t *testing.T) {
	poll := func(t *testing.T, srv *mockserver.Server) {
		t.Helper()
		url := srv.URL + "/v1.0/external/connections/contosohr/operations/3ed1595a"
		for _, want := range []string{"inprogress", "inprogress", "completed", "completed"} {
			require.Equal(t, want, statusOf(t, srv.Client(), url))
		}
		require.Len(t, srv.Exchanges(), 4)
	}
	t.Run("loopback", func(t *testing.T) { poll(t, mockserver.Start(t, mockserver.Completes(2))) })
	t.Run("in memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { poll(t, mockserver.Start(t, mockserver.Completes(2), mockserver.InMemory())) })
	})
	t.Run("round trip", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { poll(t, mockserver.Transport(t, mockserver.Completes(2))) })
	})
	t.Run("shared", func(t *testing.T) {
		shared, err := mockserver.Listen(mockserver.Completes(2))
		require.NoError(t, err)
		defer shared.Close()
		for range 2 {
			t.Run("view", func(t *testing.T) { poll(t, shared.For(t)) })
		}
	})
}
