package mockserver_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestOrderOfWhatIsMadeLate has functions and handlers answer in another order than they were asked in: the verdict takes no
// operation's life for one that went back, unless one was over before the other began.
func TestOrderOfWhatIsMadeLate(t *testing.T) {
	doc := func(status string) string { return fmt.Sprintf(`{"id":"1","status":%q}`, status) }
	for how, mount := range map[string]func(starter, testing.TB, func() string) *mockserver.Server{
		"function": func(start starter, t testing.TB, next func() string) *mockserver.Server {
			return start(t, mockserver.Reply(operationRoute, mockserver.Response{Func: func(*mockserver.Request) mockserver.Response {
				return mockserver.Response{Body: []byte(next())}
			}}))
		},
		"handler": func(start starter, t testing.TB, next func() string) *mockserver.Server {
			srv := start(t, mockserver.Scenario{})
			srv.Handle(operationRoute, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, next())
			}))
			return srv
		},
	} {
		t.Run(how, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, start starter) {
				for _, overlap := range []bool{true, false} {
					reports := rehearse(t, func(t testing.TB) {
						var mu sync.Mutex
						asked := 0
						srv := mount(start, t, func() string {
							mu.Lock()
							asked++
							n := asked
							mu.Unlock()
							if n == 1 {
								if overlap {
									time.Sleep(2 * time.Second)
								}
								return doc("completed")
							}
							return doc("inprogress")
						})
						var polls sync.WaitGroup
						for range 2 {
							polls.Go(func() { exchange(t, srv.Client(), "GET", srv.URL+operationPath, "") })
							time.Sleep(time.Second)
						}
						polls.Wait()
					})
					if overlap {
						assert.Empty(t, reports)
					} else {
						require.Len(t, reports, 1)
						assert.Contains(t, reports[0], "completed")
					}
				}
			})
		})
	}
}

// TestResetBeginsNewLives has an operation go on after its end, because the scenario begins again.
func TestResetBeginsNewLives(t *testing.T) {
	h := handler(t, mockserver.Completes(1), mockserver.AllowUnused())
	var sessions []string
	for range 3 {
		for range 2 {
			ask(t, h, "GET", operationPath, "")
		}
		h.Reset()
	}
	for _, x := range h.Exchanges() {
		sessions = append(sessions, x.Session)
	}
	assert.Equal(t, []string{"", "", "reset-1", "reset-1", "reset-2", "reset-2"}, sessions)
	assert.NoError(t, h.Verify())
}
