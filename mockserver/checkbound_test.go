package mockserver

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCheckBound holds that what is told is bounded, and the time that looking takes.
func TestCheckBound(t *testing.T) {
	var same, apart, bodies Scenario
	for i := range 3000 {
		id := withID(fmt.Sprint(i))
		same.Routes = append(same.Routes, getting("/a", id))
		apart.Routes = append(apart.Routes, getting("/a", id, withQuery("x", Text{Equal: fmt.Sprint(i)})))
	}
	for i := range 30 {
		bodies.Routes = append(bodies.Routes, getting(fmt.Sprintf("/a%d", i), replying(Response{Status: 404, Fixture: "error/"})))
	}
	start := time.Now()
	require.Nil(t, apart.check())
	require.Len(t, same.check(), maxFindings+1)
	require.Less(t, time.Since(start), 5*time.Second) // without bounds it was half a minute
	for name, tt := range map[string]struct {
		scenario Scenario
		last     string
	}{"overlaps": {same, "and more, which were not counted"}, "bodies": {bodies, "and 10 more"}} {
		t.Run(name, func(t *testing.T) {
			_, err := NewHandler(tt.scenario)
			require.ErrorContains(t, err, tt.last)
			require.Len(t, joined(err), maxFindings+1)
		})
	}
}
