package mockserver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestFaultsAreSeenOnce has goroutines send through one client, half of whose requests meet a fault.
func TestFaultsAreSeenOnce(t *testing.T) {
	const faults, goroutines = 1000, 16
	run := func(t *testing.T, noReplay bool, start func(t *testing.T, s mockserver.Scenario) *mockserver.Server) {
		replies := slices.Repeat([]mockserver.Response{
			{}, {Fault: mockserver.Reset, NoReplay: noReplay}, {Fault: mockserver.EmptyReply, NoReplay: noReplay}, {},
		}, faults/2)
		srv := start(t, mockserver.Scenario{Routes: []mockserver.Route{{ID: "probe", Route: "GET /probe", Replies: replies}}})
		var sent, resets, empties atomic.Int64
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				for srv.Calls("probe") < len(replies) {
					sent.Add(1)
					res, err := srv.Client().Get(srv.URL + "/v1.0/probe")
					switch {
					case err == nil:
						assert.Equal(t, http.StatusNoContent, res.StatusCode)
						assert.NoError(t, res.Body.Close())
					case errors.Is(err, syscall.ECONNRESET):
						resets.Add(1)
					case errors.Is(err, io.ErrUnexpectedEOF) && !noReplay || errors.Is(err, io.EOF) && noReplay:
						empties.Add(1)
					default:
						assert.NoError(t, err)
					}
				}
			})
		}
		wg.Wait()
		if noReplay {
			assert.Less(t, resets.Load()+empties.Load(), int64(faults), "bare faults get lost: the client does replay here")
			return
		}
		assert.EqualValues(t, faults/2, resets.Load())
		assert.EqualValues(t, faults/2, empties.Load())
		assert.EqualValues(t, sent.Load(), srv.Calls("probe"), "every request arrives once")
	}
	for _, noReplay := range []bool{false, true} {
		for name, start := range map[string]func(*testing.T, mockserver.Scenario) *mockserver.Server{
			"loopback": func(t *testing.T, s mockserver.Scenario) *mockserver.Server {
				return mockserver.Start(t, s, mockserver.SkipVerify())
			},
			"shared": func(t *testing.T, s mockserver.Scenario) *mockserver.Server {
				shared, err := mockserver.Listen(s, mockserver.SkipVerify())
				require.NoError(t, err)
				t.Cleanup(shared.Close)
				return shared.For(t)
			},
		} {
			t.Run(fmt.Sprint(name, " noReplay=", noReplay), func(t *testing.T) { run(t, noReplay, start) })
		}
		t.Run(fmt.Sprint("in memory noReplay=", noReplay), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run(t, noReplay, func(t *testing.T, s mockserver.Scenario) *mockserver.Server {
					return mockserver.Start(t, s, mockserver.SkipVerify(), mockserver.InMemory())
				})
			})
		})
	}
}
