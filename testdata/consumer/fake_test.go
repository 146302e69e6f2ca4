package consumer

import (
	"testing"

	"github.com/graphcontract/graphcontract/schema"
	"github.com/stretchr/testify/require"
)

func TestFakeEndsAsGraphDoes(t *testing.T) {
	require.NoError(t, schema.ConnectionOperation().Validate([]byte(`{"id":"3ed1595a","status":"succeeded"}`)))
}
