package contract_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
)

func check(t *testing.T, xs ...recording.Exchange) *contract.Report {
	t.Helper()
	r, err := contract.Default().Check(context.Background(), func(yield func(recording.Exchange, error) bool) {
		for _, x := range xs {
			if !yield(x, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	return r
}

func TestLife(t *testing.T) {
	failed := exchange("GET", external+"/1", 200, `{"id":"1","status":"failed","error":{"message":"x"}}`)
	body := func(b string) recording.Exchange { return exchange("GET", external+"/1", 200, b) }
	at := func(x recording.Exchange, second int) recording.Exchange {
		x.Time = time.Unix(int64(second), 0)
		return x
	}
	in := func(session string, x recording.Exchange) recording.Exchange {
		x.Session = session
		return x
	}
	tests := []struct {
		name, reason string
		xs           []recording.Exchange
		want         []string
	}{
		{"completes", "the documented way", []recording.Exchange{poll("unspecified"), poll("inprogress"), poll("inprogress"), poll("completed"), poll("completed")}, nil},
		{"fails", "the documented way", []recording.Exchange{poll("inprogress"), failed, failed}, nil},
		{"starts anywhere", "a recording may begin late", []recording.Exchange{poll("completed")}, nil},
		{"from unspecified", "unspecified → any", []recording.Exchange{poll("unspecified"), failed}, nil},
		{"back to unspecified", "inprogress → inprogress, completed, failed", []recording.Exchange{poll("inprogress"), poll("unspecified")}, []string{"error life/transition response.body /status"}},
		{"regresses", "completed is terminal", []recording.Exchange{poll("completed"), poll("inprogress"), poll("completed")}, []string{"error life/transition response.body /status"}},
		{"failed after completed", "each terminal state is sticky", []recording.Exchange{poll("completed"), failed}, []string{"error life/transition response.body /status"}},
		{"unknown in between", "unknown members are non-terminal warnings", []recording.Exchange{poll("inprogress"), poll("paused"), poll("completed")}, []string{"warning enum response.body /status"}},
		{"unknown after terminal", "sticky means sticky", []recording.Exchange{poll("completed"), poll("paused")}, []string{"warning enum response.body /status", "error life/transition response.body /status"}},
		{
			"gaps", "404, 304, 429 and 5xx between are gaps",
			[]recording.Exchange{
				exchange("GET", external+"/1", 404, ""), poll("inprogress"), exchange("GET", external+"/1", 304, ""),
				exchange("GET", external+"/1", 429, `{"error":{"code":"a","message":"b"}}`), exchange("GET", external+"/1", 503, ""), poll("completed"),
			},
			nil,
		},
		{"two operations", "a life is per operation id", []recording.Exchange{
			poll("completed"), exchange("GET", external+"/2", 200, `{"id":"2","status":"inprogress"}`), poll("completed"),
		}, nil},
		{"two hosts", "and per host", []recording.Exchange{
			poll("completed"), exchange("GET", "http://127.0.0.1:1/external/connections/contosohr/operations/1", 200, `{"id":"1","status":"inprogress"}`),
		}, nil},
		{"two sessions", "and per session", []recording.Exchange{in("a", poll("completed")), in("b", poll("inprogress"))}, nil},
		{"one operation by two paths", "the version and the form of the key do not count", []recording.Exchange{
			poll("completed"), exchange("GET", "https://graph.microsoft.com/beta/external/connections('contosohr')/operations('1')", 200, `{"id":"1","status":"inprogress"}`),
		}, []string{"error life/transition response.body /status"}},
		{"time order", "times count before the order in the file", []recording.Exchange{at(poll("completed"), 2), at(poll("inprogress"), 1)}, nil},
		{"record order", "without all times the file's order counts", []recording.Exchange{at(poll("completed"), 2), poll("inprogress")}, []string{"error life/transition response.body /status"}},
		{"id changes", "the id never changes", []recording.Exchange{poll("inprogress"), body(`{"id":"2","status":"inprogress"}`), body(`{"id":"2","status":"completed"}`)}, []string{"error life/id response.body /id"}},
		{"id changes after a poll without", "the first id that was seen counts", []recording.Exchange{
			exchange("GET", external+"/1?$select=status", 200, `{"status":"inprogress"}`), body(`{"id":"a","status":"inprogress"}`), body(`{"id":"b","status":"inprogress"}`),
		}, []string{"error life/id response.body /id"}},
		{"null status", "status is non-null", []recording.Exchange{body(`{"id":"1","status":null}`)}, []string{"error life/status response.body /status"}},
		{"missing status", "status is present", []recording.Exchange{body(`{"id":"1"}`)}, []string{"error life/status response.body /status"}},
		{"status not selected", "what was not asked for may be absent", []recording.Exchange{exchange("GET", external+"/1?$select=id", 200, `{"id":"1"}`)}, nil},
		{"wrong-typed status", "one finding per fault", []recording.Exchange{body(`{"id":"1","status":7}`), poll("completed")}, []string{"error type response.body /status"}},
		{"failed without error", "failed wants an error", []recording.Exchange{poll("failed")}, []string{"warning life/error-missing response.body /status"}},
		{"failed with null error", "null is none", []recording.Exchange{body(`{"id":"1","status":"failed","error":null}`)}, []string{"warning life/error-missing response.body /status"}},
		{"error while in progress", "other states want none", []recording.Exchange{body(`{"id":"1","status":"inprogress","error":{"message":"x"}}`)}, []string{"warning life/error-unexpected response.body /error"}},
		{"null error while in progress", "null is none", []recording.Exchange{body(`{"id":"1","status":"inprogress","error":null}`)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.ElementsMatch(t, tt.want, brief(check(t, tt.xs...).Findings), tt.reason)
		})
	}
}

// TestOneLifeARoute keeps operations apart that differ in their route only.
func TestOneLifeARoute(t *testing.T) {
	r := check(t, poll("completed"), exchange("GET", "https://graph.microsoft.com/v1.0/connections/contosohr/operations/1", 200, `{"id":"2","status":"inprogress"}`))
	require.Empty(t, r.Findings)
}

// TestTransitions holds every pair of states against the policy.
func TestTransitions(t *testing.T) {
	states := []string{"unspecified", "inprogress", "completed", "failed"}
	legal := map[string]string{
		"unspecified": "unspecified inprogress completed failed", "inprogress": "inprogress completed failed",
		"completed": "completed", "failed": "failed",
	}
	for _, from := range states {
		for _, to := range states {
			t.Run(from+" to "+to, func(t *testing.T) {
				r := check(t, poll(from), poll(to))
				bad := slices.ContainsFunc(brief(r.Findings), func(s string) bool { return strings.Contains(s, "life/transition") })
				require.Equal(t, !slices.Contains(strings.Fields(legal[from]), to), bad)
			})
		}
	}
}

func TestLifeShowsBothRecords(t *testing.T) {
	r := check(t, poll("completed"), poll("completed"), poll("inprogress"))
	require.Len(t, r.Findings, 1)
	f := r.Findings[0]
	require.Equal(t, 3, f.At.Record)
	require.Equal(t, []int{2}, []int{f.Related[0].Record})
	require.Equal(t, `status went from "completed" to "inprogress"`, f.Message)
	require.Equal(t, "completed is terminal", f.Hint)
}

// TestDeterministic holds a report with every kind of finding against 500 more.
func TestDeterministic(t *testing.T) {
	xs := []recording.Exchange{
		poll("completed"), poll("inprogress"), exchange("GET", external+"/1", 200, `{"id":"9","status":2,"b":1,"a":1}`),
		exchange("GET", external+"/2", 200, `{"id":"2","status":"failed"}`), exchange("GET", external+"/2", 200, `{"id":"3","status":"inprogress"}`),
		exchange("GET", "/v1.0/me", 200, ``), exchange("GET", "/v1.0/you", 200, ``),
	}
	want := fmt.Sprintf("%+v", check(t, xs...))
	for range 500 {
		require.Equal(t, want, fmt.Sprintf("%+v", check(t, xs...)))
	}
}
