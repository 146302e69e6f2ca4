package mockserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestWildcardRepliesAreJudged holds that a constant reply of a wildcard route is held against the operation of the request.
func TestWildcardRepliesAreJudged(t *testing.T) {
	h := handler(t, mockserver.Reply("GET /**", mockserver.Response{JSON: map[string]any{"id": 5, "status": "bogus"}}))
	ask(t, h, "GET", "/v1.0/external/connections/c/operations/1", "")
	require.ErrorIs(t, h.Err(), mockserver.ErrInvalid)
}
