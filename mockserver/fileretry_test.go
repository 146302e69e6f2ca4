package mockserver_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestRetryAfterZero: at once is something to say.
func TestRetryAfterZero(t *testing.T) {
	for _, reply := range []string{
		"{status: 429, retryAfter: 0, fixture: error/TooManyRequests}", "{status: 429, retryAfter: {after: 0}, headers: {A: b}, fixture: error/x}",
	} {
		fsys := fstest.MapFS{"s.yaml": {Data: []byte("version: 1\nroutes:\n- route: GET /me\n  reply: " + reply + "\n")}}
		s, err := mockserver.Load(fsys, "s.yaml")
		require.NoError(t, err)
		srv := mockserver.Transport(t, s)
		res, _ := exchange(t, srv.Client(), "GET", srv.URL+"/me", "")
		require.Equal(t, []string{"0"}, res.Header["Retry-After"])
	}
}
