package mockserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestFixtureByName has replies of the fixtures that a generator knows by name, beside the states of an operation.
func TestFixtureByName(t *testing.T) {
	for _, c := range []struct{ name, reason, allow, body, err string }{
		{"maximal", "a valid one", "", `"status":`, ""},
		{"status~enum=wrong-case", "a breach has to be meant", "", "", "it breaks the contract, as its name says"},
		{"status~enum=wrong-case", "a breach that is meant", "a client must look at the case", `"status":"Completed"`, ""},
		{"complted", "a misspelt one", "", "", `did you mean "completed"?`},
	} {
		t.Run(c.name+" "+c.allow, func(t *testing.T) {
			reply := mockserver.Response{Fixture: "connectionOperation/" + c.name, AllowInvalid: c.allow}
			h, err := mockserver.NewHandler(mockserver.Reply(operationRoute, reply))
			if c.err != "" {
				require.ErrorContains(t, err, c.err, c.reason)
				return
			}
			require.NoError(t, err, c.reason)
			defer h.Close()
			require.Contains(t, ask(t, h, "GET", operationPath, "").Body, c.body, c.reason)
		})
	}
}
