package mockserver_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestIntervalHasSlack lets a client pass whose timer was a little early.
func TestIntervalHasSlack(t *testing.T) {
	for _, c := range []struct {
		want, gap time.Duration
		ok        bool
	}{
		{time.Second, 900 * time.Millisecond, true},
		{time.Second, 899 * time.Millisecond, false},
		{20 * time.Millisecond, 15 * time.Millisecond, true},
		{20 * time.Millisecond, 14 * time.Millisecond, false},
	} {
		clock := newHand()
		s := mockserver.Completes(1)
		s.Expect.Routes = map[string]mockserver.Calls{"poll": {Interval: c.want}}
		h := handler(t, s, mockserver.Clock(clock.Now))
		ask(t, h, "GET", operationPath, "")
		clock.Add(c.gap)
		ask(t, h, "GET", operationPath, "")
		if c.ok {
			assert.NoError(t, h.Verify(), "%v of %v", c.gap, c.want)
		} else {
			assert.ErrorIs(t, h.Verify(), mockserver.ErrExpectation, "%v of %v", c.gap, c.want)
		}
	}
}
