package contract_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

// recorder is a test that notes how it failed.
type recorder struct{ failures []string }

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestVerify(t *testing.T) {
	var r recorder
	require.True(t, contract.Verify(&r, contract.Default(), []recording.Exchange{poll("inprogress"), poll("paused")}))
	require.Empty(t, r.failures, "warnings alone do not fail a test")

	require.False(t, contract.Verify(&r, contract.Default(), nil), "nothing judged is a failure")
	require.False(t, contract.Verify(&r, contract.Default(), []recording.Exchange{exchange("GET", "/v1.0/me", 200, "")}))
	require.False(t, contract.Verify(&r, nil, []recording.Exchange{exchange("GET", external+"/1", 0, "")}), "a request alone is nothing judged")
	require.False(t, contract.Verify(&r, contract.Default(), []recording.Exchange{poll("completed"), poll("inprogress"), exchange("GET", bare+"/1", 200, "[]")}))
	require.Equal(t, []string{
		"contract: nothing was judged: 0 exchanges",
		"contract: nothing was judged: 1 exchange; no documented operation: GET /v1.0/me",
		"contract: nothing was judged: 1 exchange; ignored: (no response to GET /v1.0/external/connections/contosohr/operations/1)",
		"contract: 2 errors\n" +
			"\t#2:1:20: /status: status went from \"completed\" to \"inprogress\" [life/transition]; completed is terminal (resources/externalconnectors-connectionoperation.md:30)\n" +
			"\t#3:1:1: got an array of 0 items, want object (microsoft.graph.connectionOperation) [type]; it is an object with \"error\", \"id\", \"status\" (resources/connectionoperation.md:38)",
	}, r.failures)
}

func TestCheckStopsWithTheStream(t *testing.T) {
	boom := errors.New("boom")
	r, err := contract.Default().Check(t.Context(), func(yield func(recording.Exchange, error) bool) {
		_ = yield(poll("Completed"), nil) && yield(recording.Exchange{}, boom)
	})
	require.ErrorIs(t, err, boom)
	require.Equal(t, 1, r.Judged(), "what was found until then is in the report")
	require.Equal(t, 1, r.Findings.Count(schema.Warning))
}

func ExampleVerify() {
	// In a test, t is the *testing.T and the exchanges come from a recorder or a fake server.
	t := &recorder{}
	contract.Verify(t, contract.Default(), []recording.Exchange{
		{URL: "/v1.0/external/connections/contosohr/operations/1", Status: 200, Response: recording.Message{Body: []byte(`{"id":"1","status":2}`)}},
	})
	fmt.Println(t.failures[0])
	// Output:
	// contract: #1:1:20: /status: got number 2, want string or null (microsoft.graph.externalConnectors.connectionOperationStatus) [type]; the service sends an enumeration's member by name, not by value (resources/externalconnectors-connectionoperation.md:30)
}

// TestConcurrentUse lets 32 goroutines share the default contract; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	xs := []recording.Exchange{poll("completed"), poll("Completed"), exchange("GET", bare+"/1", 404, `{}`), exchange("GET", external, 200, `{"value":[{}]}`)}
	want := fmt.Sprint(check(t, xs...).Findings)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 16 {
				r, err := contract.Default().Check(context.Background(), func(yield func(recording.Exchange, error) bool) {
					for _, x := range xs {
						if !yield(x, nil) {
							return
						}
					}
				})
				if err != nil || fmt.Sprint(r.Findings) != want {
					t.Errorf("got %v, %v", r.Findings, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func ExampleContract_Check() {
	file := strings.NewReader("GET /v1.0/external/connections/c/operations/1 HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{\"id\":\"1\",\"status\":\"completed\"}\n\n" +
		"GET /v1.0/external/connections/c/operations/1 HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{\"id\":\"1\",\"status\":\"inprogress\"}\n")
	report, err := contract.Default().Check(context.Background(), recording.Read(file, "polls.http"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Println(f)
	}
	// Output:
	// polls.http:11:20: /status: status went from "completed" to "inprogress" [life/transition]; completed is terminal (resources/externalconnectors-connectionoperation.md:30)
}

func ExampleNew() {
	// A fake under your own name, judged strictly.
	c, err := contract.New(schema.Default(), schema.Strict, contract.Hosts("fake.test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := recording.Exchange{
		URL: "https://fake.test/v1.0/external/connections/c/operations/1", Status: 200,
		Response: recording.Message{Body: []byte(`{"id":"1"}`)},
	}
	fmt.Println(c.Exchange(&x))
	// Output:
	// 1:1: missing property "status" [required]; the JSON representation shows it; partial presence does not ask for it (resources/externalconnectors-connectionoperation.md:30)
}
