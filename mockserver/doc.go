// Package mockserver plays scenarios of Microsoft Graph to a client under test, over HTTP or without any network:
//
//	func TestWait(t *testing.T) {
//		srv := mockserver.Start(t, mockserver.Fails(2)) // inprogress, inprogress, then failed
//		client := NewClient(srv.URL, srv.Client())
//		op, err := client.Wait(t.Context(), "contosohr", "3ed1595a")
//		require.NoError(t, err)
//		require.Equal(t, "failed", op.Status)
//	}
//
// The test fails by itself for a request that nothing answers, which gets 501 and names the nearest routes; for replies that the client
// leaves unused, at its end; for requests and replies that break the contract (package contract), and for a request that comes before
// the time of a Retry-After has passed. What is meant to break the contract says so: [Response.AllowInvalid].
//
// # Scenarios
//
// [Completes], [Fails], [Stuck], [NotFoundThenAppears], [Throttled], [Flaky], [UnknownStatus], [Regresses], [Malformed] and [Register] are
// ready-made; [Operations] has all of them, with what a correct client makes of each. [Reply] and [Error] make one of a route. Others
// are a [Scenario] in Go, or a file ([Load]); [Join] makes one of several.
//
// A route answers with its replies in turn, the last one for good. Each combination of the path's parameters has a place of its own
// in them, so that operations that are polled in turn do not disturb each other. Which route answers, which reply it gives and what
// that changes is decided in one step: of 64 clients that ask at the same time exactly one gets a reply that is given once.
//
// # Transports
//
//   - [Start] listens on loopback.
//   - [Start] with [InMemory] runs net/http's server and client over connections in memory, also within testing/synctest.
//   - [Transport] is an [http.RoundTripper] without any network. Within testing/synctest ten minutes of polling take no time.
//   - [NewHandler] is an [http.Handler] for a server of one's own.
//   - [Listen] is one server for several tests, each of which gets a view of its own.
//
// # Templates
//
// Where [Response.Template] is set, header values, and the strings of a JSON body or else the whole body, are templates of package
// text/template. They name the path's parameters and the scenario's Vars ({{.conn}}), and know beside the usual functions:
//
//	base              scheme, host and version that the client called, as in https://graph.microsoft.com/v1.0
//	host              scheme and host
//	path "name"       a parameter, for names that are none of Go: {{path "operation-id"}}
//	pathescape .conn  a value as a segment of a path, for Location: {{base}}/external/connections/{{pathescape .conn}}
//	query "$top"      a query option
//	header "Prefer"   a header field
//	json "/pointer"   the value at a JSON pointer in the request's body
//	state "machine"   the state of a machine when the request was matched
//	newID "name"      a new id for a parameter, which [Route.Requires] then takes
//	uuid              a random UUID, by the server's seed
//	now               the time, RFC 3339 in UTC; now "1h" in an hour
//	count             how many requests this place has answered, with this one
//
// A name that there is not is an error when the server starts; one that the template makes itself fails the test when it is asked for.
//
// # Deviations from Graph
//
// A request without a route gets 501 and not 404, which a client takes for "not yet". innerError.date ends in Z, without which Graph's Go
// client reads it in the local zone. Entity tags are compared as if they were strong. A route with {id} does not take system segments
// such as $count, nor delta.
package mockserver
