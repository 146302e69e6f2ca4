package life

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCycles(t *testing.T) {
	for i := range cycles {
		c := &cycles[i]
		t.Run(c.Name, func(t *testing.T) {
			var names []string
			for _, s := range c.States {
				names = append(names, s.Name)
			}
			require.Equal(t, c, Of(names))
			require.Equal(t, c, Of(append(names, "unknownFutureValue")), "an enumeration may list more")
			require.Nil(t, Of(names[1:]), "and not less")
			require.True(t, c.State(c.Failed).Terminal())
			require.False(t, c.State(c.Running()).Terminal())
			require.True(t, c.State(c.Running()).May(c.Failed))
			require.Nil(t, c.State("unknownFutureValue"))
			for _, s := range c.States {
				require.True(t, s.May(s.Name), "a state may stay")
				for _, next := range s.Next {
					require.NotNil(t, c.State(next), "%s leads to a state of the cycle", s.Name)
				}
				require.Equal(t, s.Terminal(), len(s.Next) == 0)
			}
		})
	}
	require.Nil(t, Of(nil))
	require.Contains(t, States(), "notStarted")
}
