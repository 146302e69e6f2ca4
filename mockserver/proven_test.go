package mockserver

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/schema"
)

// TestProven holds the replies against the contract that the ready-made scenarios leave unjudged, because it is done here: at both
// paths of operations, whose pages document different types, and by the strict contract, too.
func TestProven(t *testing.T) {
	strict, err := contract.New(schema.Default(), schema.Strict)
	require.NoError(t, err)
	types := map[string]bool{}
	replies := 0
	for op := range Operations() {
		t.Run(op.Name, func(t *testing.T) {
			for i := range 2 {
				s := op.Scenario
				s.Routes = slices.Clone(s.Routes)
				for j := range s.Routes {
					r := &s.Routes[j]
					require.Len(t, r.Also, 1)
					if i == 1 { // the template that is judged is the first
						method, _, _ := strings.Cut(r.Route, " ")
						r.Route, r.Also = method+" "+r.Also[0], nil
					}
					r.Replies = slices.Clone(r.Replies)
					for k := range r.Replies {
						replies++
						r.Replies[k].proven = false
					}
				}
				for _, c := range []*contract.Contract{contract.Default(), strict} {
					h, err := NewHandler(s, Contract(c))
					if c == strict && i == 1 && op.Name == "unknown-status" {
						require.ErrorContains(t, err, `got string "unknownFutureValue"`, "which the older page does not have")
						continue
					}
					require.NoError(t, err)
					for _, st := range h.program.routes {
						method, path, _ := strings.Cut(st.Route.Route, " ")
						o, ok := c.Operation(method, sampleURL(path))
						if st.id == "poll" {
							require.True(t, ok, "the contract knows %s", st.Route.Route)
							types[o.Response] = true
						}
						for _, re := range st.replies {
							assert.True(t, re.judged || re.Func != nil || re.content.code != "", "reply %d of %s", re.number, st.id)
						}
					}
				}
			}
		})
	}
	assert.Greater(t, replies, 100)
	assert.Contains(t, types, "microsoft.graph.connectionOperation")
	assert.Contains(t, types, "microsoft.graph.externalConnectors.connectionOperation")
}
