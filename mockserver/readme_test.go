package mockserver_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// This file holds the README's examples, word for word, so that they compile and pass. TestREADME of the command compares.

// Client is the client under test of the README.
type Client struct {
	url    string
	poller *poller
}

// Operation is what it makes of a poll.
type Operation struct{ Status string }

func NewClient(url string, client *http.Client) *Client {
	return &Client{url + "/v1.0/external/connections/", &poller{client: client, pace: 5 * time.Second, request: 30 * time.Second, deadline: 30 * time.Minute}}
}

// Register registers a schema and returns the operation's URL.
func (c *Client) Register(ctx context.Context, connection string) (string, error) {
	return c.poller.Register(ctx, c.url+connection+"/schema")
}

// Wait polls an operation of a connection until its end.
func (c *Client) Wait(ctx context.Context, connection, operation string) (Operation, error) {
	return c.WaitFor(ctx, c.url+connection+"/operations/"+operation)
}

// WaitFor polls an operation, given its URL.
func (c *Client) WaitFor(ctx context.Context, url string) (Operation, error) {
	status, err := c.poller.Wait(ctx, url)
	return Operation{status}, err
}

func TestWaitReportsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // polls for minutes, in no time
		graph := mockserver.Transport(t, mockserver.Fails(2)) // inprogress, inprogress, then failed for good
		client := NewClient(graph.URL, graph.Client())
		op, err := client.Wait(t.Context(), "contosohr", "3ed1595a")
		require.NoError(t, err)
		require.Equal(t, "failed", op.Status)
	})
}

func TestWaitWhateverHappens(t *testing.T) {
	for op := range mockserver.Operations() {
		t.Run(op.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				graph := mockserver.Transport(t, op.Scenario)
				client, url := NewClient(graph.URL, graph.Client()), graph.URL+"/v1.0/external/connections/contosohr/operations/3ed1595a"
				if op.Register {
					var err error
					url, err = client.Register(t.Context(), "contosohr")
					require.NoError(t, err)
				}
				got, err := client.WaitFor(t.Context(), url)
				require.Equal(t, op.Status == "", err != nil, "%s: %v", op.Why, err)
				require.Equal(t, op.Status, got.Status, op.Why)
			})
		})
	}
}

func TestRegistration(t *testing.T) {
	mockserver.RunVariants(t, os.DirFS("../testdata/scenarios"), "registration.yaml", func(t *testing.T, srv *mockserver.Server) {
		client := NewClient(srv.URL, srv.Client())
		url, err := client.Register(t.Context(), "contosohr")
		require.NoError(t, err)
		op, err := client.WaitFor(t.Context(), url)
		require.NoError(t, err)
		require.Contains(t, []string{"completed", "failed"}, op.Status)
	}, mockserver.InMemory())
}
