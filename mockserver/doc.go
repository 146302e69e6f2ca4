// Package mockserver plays scenarios of Microsoft Graph to a client under test, over HTTP or without any network:
//
//	func TestWait(t *testing.T) {
//		srv := mockserver.Start(t, mockserver.Fails(2)) // inprogress, inprogress, then failed
//		client := NewClient(srv.URL, srv.Client()) // yours, the one under test
//		op, err := client.Wait(t.Context(), "contosohr", "3ed1595a")
//		require.NoError(t, err)
//		require.Equal(t, "failed", op.Status)
//	}
//
// The test fails by itself for a request that nothing answers, which gets 501 and names the nearest routes; for replies that the client
// leaves unused, at its end; for requests and replies that break the contract (package contract); for a request that comes before
// the time of a Retry-After has passed; and for what a scenario's [Expect] asks for and did not come. What is
// meant to be so says it: [AllowUnused] or Optional, [Response.AllowInvalid], [Requests], [Route.EarlyRetry].
//
// Bodies are held against the types that the contract knows: without pages of your own ([Contract]) those are a connectionOperation, what
// is around it, and error envelopes. Of other requests that say they are JSON only that is judged, but for uploads of files.
//
// # Scenarios
//
// [Completes], [Fails], [Stuck], [NotFoundThenAppears], [Throttled], [Flaky], [UnknownStatus], [Regresses], [Malformed] and [Register] are
// ready-made; [Operations] has all of them, with what a correct client makes of each. [Reply] and [Error] make one of a route. Others
// are a [Scenario] in Go, or a file with its variants ([Load], [RunVariants]); [Join] makes one of several. [Server.Handle] mounts a
// handler that a test has already beside a scenario.
//
// A route answers with its replies in turn, each once unless it says for how many requests, how long or until when, the last one for
// good. Each combination of the path's parameters has a place of its own in them, so that operations that are polled in turn do not
// disturb each other. A [Machine] is state that routes share: replies change it, and routes and replies ask for it with a [Guard]. Which
// route answers, which reply it gives and what that changes is decided in one step: of 64 clients that ask at the same time exactly one
// gets a reply that is given once.
//
// Nothing is left to chance: ids and random delays follow from the [Seed], and are the same in each run of a test without one.
//
// # Lists, entities and batches
//
// [Collection] is a list with pages, [EntitySet] a set of entities that clients and tests ([Handler.Put], [Handler.Remove]) change, with delta queries.
// Requests that make up a link of their own are reported ([ErrPaging]).
//
// POST /$batch is answered in every scenario that has no route for it: each of its requests, 20 at the most, is decided, judged and written down as if it had
// come alone, with the batch's Authorization, one after the other; delays add up. One that depends on one that failed gets 424, and one that
// meets a fault of the connection 502. What is no JSON is base64.
//
// [Subscriptions] has a handler of the program's own told of changes, those of an [EntitySet] among them, without any network.
//
// # Transports
//
//   - [Start] listens on loopback.
//   - [Start] with [InMemory] runs net/http's server and client over connections in memory, also within testing/synctest.
//   - [Transport] is an [http.RoundTripper] without any network. Within testing/synctest ten minutes of polling take no time.
//   - [NewHandler] is an [http.Handler] for a server of one's own.
//   - [Listen] is one server for several tests, each of which gets a view of its own.
//
// # Production clients
//
// [Server.Client] leads the hosts of Microsoft Graph, of Microsoft Entra ID and of managed identities to the server, over TLS, and refuses all
// others, so that a client under test calls what it calls in production. Any credential gets a token; [Auth] says what requests need one for.
// [Errors] has Graph's errors for a table of what the client makes of them. A client that is given to the request adapter of Graph's Go SDK as it is
// bypasses the SDK's middlewares, and with them its retries: they go on top of the server's transport, see examples/msgraph.
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
//	json "/name"      the value at a JSON pointer (RFC 6901) in the request's body
//	state "machine"   the state of a machine when the request was matched
//	newID "name"      a new id for a parameter, which [Route.Requires] then takes
//	uuid              a UUID, by the server's [Seed]
//	now               the time, RFC 3339 in UTC; now "1h" in an hour
//	count             how many requests this place has answered, with this one
//
// A name that there is not is an error when the server starts. What only a request shows, such as a pointer into its body that leads
// nowhere, or a name that the template makes itself, fails the test when the reply is made.
//
// # Deviations from Graph
//
// A request without a route gets 501 and not 404, which a client may take for "not yet". innerError.date ends in Z, without which Graph's Go
// client reads it in the local zone. Entity tags are compared as if they were strong. A route with {id} does not take system segments
// such as $count, nor delta.
package mockserver
