package mockserver_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestSetIsNotChanged holds that an error fixture leaves the values of Set as they are, however many requests there are.
func TestSetIsNotChanged(t *testing.T) {
	details := map[string]any{"a": "x"}
	h := handler(t, mockserver.Reply("GET /a", mockserver.Response{
		Status: http.StatusNotFound, Fixture: "error/ResourceNotFound", Template: true, AllowInvalid: "details that are none",
		Set: map[string]any{"/error/details": details, "/error/details/path": "{{uuid}}"},
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				a, err := try(h, "GET", "/v1.0/a", "")
				assert.NoError(t, err)
				assert.Contains(t, a.Body, `"path":"`)
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[string]any{"a": "x"}, details)
}
