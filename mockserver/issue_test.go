package mockserver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIssuedTwice holds that an id that has been issued is not issued again, should chance want it.
func TestIssuedTwice(t *testing.T) {
	issued := func(taken ...string) string {
		h, err := NewHandler(Reply("GET /things/{id}", Response{Status: http.StatusAccepted, Issue: "op"}), SkipVerify())
		require.NoError(t, err)
		h.issued = map[string]map[string][]pathValue{"op": {}}
		for _, id := range taken {
			h.issued["op"][id] = nil
		}
		res, err := (&http.Client{Transport: h}).Get("https://graph.microsoft.com/v1.0/things/1")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		for id := range h.issued["op"] {
			if len(taken) == 0 || id != taken[0] {
				return id
			}
		}
		return ""
	}
	first := issued()
	require.NotEmpty(t, first)
	require.NotEmpty(t, issued(first))
}
