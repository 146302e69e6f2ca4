package contract_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
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

// TestOneLifeAResource follows an operation over both of its documented paths and over an update, and keeps those of other
// resources apart.
func TestOneLifeAResource(t *testing.T) {
	regress := `{"id":"1","status":"inprogress"}`
	r := check(t, poll("completed"), exchange("GET", bare+"/1", 200, regress))
	require.Equal(t, []string{"error life/transition response.body /status"}, brief(r.Findings))
	r = check(t, poll("completed"), exchange("PATCH", external+"/1", 200, regress))
	require.Equal(t, []string{"warning life/transition response.body /status"}, brief(r.Findings), "the update is assumed")

	page := func(name string) string {
		return "# " + name + " resource type\n\nNamespace: microsoft.graph\n\n## Properties\n|Property|Type|Description|\n|:---|:---|:---|\n|id|String|The key.|\n" +
			"|status|String|Possible values are: `notStarted`, `running`, `succeeded`, `failed`.|\n\n## JSON representation\n" +
			"<!-- {\"blockType\": \"resource\", \"@odata.type\": \"microsoft.graph." + name + "\", \"keyProperty\": \"id\"} -->\n```json\n{}\n```\n"
	}
	get := func(name string) string {
		return "# Get\n\n## HTTP request\n```http\nGET /" + name + "s/{id}\n```\n\n## Response\nReturns a `200 OK` response code and a [" + name + "](" + name + ".md) object.\n"
	}
	catalog, err := schema.LoadPages(t.Context(), fstest.MapFS{
		"one.md": {Data: []byte(page("one"))}, "two.md": {Data: []byte(page("two"))}, "get1.md": {Data: []byte(get("one"))}, "get2.md": {Data: []byte(get("two"))},
	})
	require.NoError(t, err)
	c, err := contract.New(catalog, schema.Tolerant)
	require.NoError(t, err)
	one := exchange("GET", "/ones/1", 200, `{"id":"1","status":"succeeded"}`)
	two := exchange("GET", "/twos/1", 200, `{"id":"2","status":"running"}`)
	require.True(t, contract.Verify(t, c, []recording.Exchange{one, two}))
	back := exchange("GET", "/ones/1", 200, `{"id":"1","status":"running"}`)
	var failed recorder
	require.False(t, contract.Verify(&failed, c, []recording.Exchange{one, two, back}), "longRunningOperationStatus is another row")
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
