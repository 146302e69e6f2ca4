package mockserver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestErrors holds that every error comes as it says over each transport, with what its status asks for, and breaks nothing of the contract.
func TestErrors(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		seen := map[string]bool{}
		for e := range mockserver.Errors() {
			require.False(t, seen[e.Name], "%s comes twice", e.Name)
			seen[e.Name] = true
			require.NotEmpty(t, e.Why, e.Name)
			srv := start(t, mockserver.Join(e.For("GET /users/{id}"), mockserver.Reply("DELETE /users/{id}", mockserver.Response{})), mockserver.AllowUnused(), mockserver.Strict())
			a := ask(t, srv, "GET", "/v1.0/users/adele?$select=id", "")
			require.Equal(t, e.Status, a.Status, e.Name)
			require.Regexp(t, "^application/json;", a.Header.Get("Content-Type"), e.Name)
			requireEnvelope(t, []byte(a.Body))
			var envelope struct {
				Error struct{ Code, Message string }
			}
			require.NoError(t, json.Unmarshal([]byte(a.Body), &envelope))
			require.Equal(t, e.Code, envelope.Error.Code, e.Name)
			require.NotContains(t, envelope.Error.Message, e.Code, "%s has no message of its own", e.Name)
			for name, statuses := range map[string][]int{
				"Retry-After": {429, 503}, "Www-Authenticate": {401}, "Allow": {405}, "Location": {410},
			} {
				wanted := false
				for _, status := range statuses {
					wanted = wanted || e.Status == status
				}
				require.Equal(t, wanted, a.Header.Get(name) != "", "%s: %s: %q", e.Name, name, a.Header.Get(name))
			}
			require.NotContains(t, a.Header.Get("Location"), "$select")
			require.NoError(t, srv.Err(), e.Name)
		}
	})
	for range mockserver.Errors() {
		break // a loop may end early
	}
}

// TestErrorsEnd holds that an error may be one of several replies: a client that tries again finds the next one.
func TestErrorsEnd(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, start starter) {
		for e := range mockserver.Errors() {
			if !e.Retry {
				continue
			}
			srv := start(t, mockserver.Reply("GET /users/{id}", e.Response(), says("here")))
			a := ask(t, srv, "GET", "/v1.0/users/adele", "")
			seconds, _ := strconv.Atoi(a.Header.Get("Retry-After"))
			time.Sleep(time.Duration(seconds) * time.Second)
			require.Equal(t, "here", ask(t, srv, "GET", "/v1.0/users/adele", "").Body, e.Name)
		}
	})
}

// The errors of a client under test, and the table of what it makes of Graph's.
var (
	errNoUser    = errors.New("there is no such user")
	errForbidden = errors.New("not allowed")
	errLater     = errors.New("try again later")
)

// mappedUser is the client under test.
func mappedUser(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusNotFound:
		return errNoUser
	case http.StatusForbidden:
		return errForbidden
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return errLater
	}
	return fmt.Errorf("status %d", res.StatusCode)
}

func ExampleErrors() {
	t, end := exampleTest()
	defer end()

	for e := range mockserver.Errors() {
		graph := mockserver.Transport(t, e.For("GET /users/{id}"))
		err := mappedUser(graph.Client(), "https://graph.microsoft.com/v1.0/users/adele")
		if errors.Is(err, errLater) != e.Retry {
			fmt.Printf("%s: %s: the client says %q\n", e.Name, e.Why, err)
		}
	}
	// Output: 409-Directory_ConcurrencyViolation: another change of the object is under way: the client says "status 409"
}
