package mockserver

import (
	"net/http"
	"time"
)

// Scenario is what a server plays: the routes it knows with the replies they give, the state they share, and what the
// client has to do. It is data: a server takes a copy of all but functions and handlers when it starts, so that one value may be played
// by many servers, and changed when they have started. The zero value knows no route, so that every request is unexpected.
type Scenario struct {
	Name   string
	Host   string             // the only host, besides loopback, that requests may be for, such as "graph.microsoft.com"; "": any
	Vars   map[string]string  // for templates: {{.conn}}, unless the path has a parameter of that name
	State  map[string]Machine // by name, for [Guard] and [Response.Change]
	Routes []Route
	Expect Expect
	Auth   *Auth // nil: requests need no token

	places  map[string]string // of a scenario that was read: "file:line:column" by path, see errorAt; "" is the file
	written map[string]string // of a scenario that was read: what the file calls a path, where that is something else
}

// Route is a kind of request and the replies to it.
//
// Of several routes that match a request the one with the highest Priority answers, then the one with the more specific path,
// then the one with more conditions, then the newest, which is the last. Routes that only their order tells apart are an
// error when the server starts.
type Route struct {
	ID string // in messages and expectations, unique in the scenario; "": the text of Route

	// Route is a method, or * for any, and a path template: "GET /external/connections/{conn}/operations/{op}". {name} is one
	// segment or a key in parentheses, * one segment of any kind, ** at the end the rest of the path. A version in front
	// (/v1.0, /beta) pins the route to it. With a scheme and host in front it is for requests to that host alone.
	Route string
	Also  []string // further path templates of the same route, which have the same parameters

	Match    Match
	When     Guard    // the state in which it matches
	Requires []string // parameters whose value a reply must have issued, see [Response.Issue]; another value gets a 404
	Priority int      // higher ones win; 0 is the usual one

	// Per names the parameters whose values each have their own place in Replies, so that operations that are polled in turn
	// do not disturb each other. nil: all of the path; empty, but not nil: none, there is one place for all.
	Per       []string
	Replies   []Response // in the order in which they are given; none: a route with a Limit lets requests through
	Exhausted Exhausted
	Limit     *Limit
	Handler   http.Handler // answers instead of Replies; its requests have path values ([http.Request.PathValue])

	// Requests says what happens to requests that break the contract; "": what the server's option [Requests] says.
	Requests RequestMode

	// EarlyRetry says what becomes of a request that comes before the time of a Retry-After has passed.
	EarlyRetry EarlyRetry

	Optional     bool   // it may stay unused
	AllowInvalid string // why its replies may break the contract; "": they may not
	Source       string // where it is written, "file:line", for messages; "": where the server was started

	part *partOf // whose route it is; nil: none's
}

// Exhausted says what happens to requests after the last reply of a route.
type Exhausted string

// What follows the last reply.
const (
	Stick  Exhausted = ""       // it is given for good
	Fail   Exhausted = "fail"   // the request is unexpected
	Next   Exhausted = "next"   // the next matching route answers
	Repeat Exhausted = "repeat" // the first one again
)

// RequestMode says what happens to requests whose body breaks the contract.
type RequestMode string

// What happens to such requests.
const (
	Report  RequestMode = "report"  // they are answered, and the test fails
	Enforce RequestMode = "enforce" // they are answered with 400 and the first finding, as Graph would, and the test goes on
	Off     RequestMode = "off"     // nothing
)

// EarlyRetry says which replies with a Retry-After have to be waited for. That of a 201 or 202 with a Location is about the Location,
// and not about the same request once more: it says when GET and HEAD may first ask for it. That is advice, which only [Expect] holds
// the client to unless the route that sends it has [EnforceAll].
//
// A request that comes too early gets 429 with what is left of the time, and the test fails, where the client can have known: the
// request came on the connection on which the client had been told before; or, through [Transport], in the same goroutine; or else more
// than two seconds after it had been told first, or, over a network, within these as the 128th such request. Of a [Limit] a request has been
// told where one with the same method and URL has; of a place that requests with several methods or paths share, as those of a wildcard
// do, where one with the same method and path has.
//
// Several pollers of one operation are not blamed for what the others were told. Where they share connections they are told from a single
// one by requests for the same that were under way at the same time. From then on the connection does not count, and after the two
// seconds the number of such requests does: four for each that were under way together.
type EarlyRetry string

// Which Retry-After counts. One that is neither a number of seconds nor a date (RFC 9110, section 10.2.3) never does.
const (
	EnforceFailures EarlyRetry = ""       // that of 429, 503 and 504
	EnforceAll      EarlyRetry = "always" // that of every status, such as 202 and 200 while an operation goes on
	EnforceNone     EarlyRetry = "never"  // none: what comes early is answered, or counted by a limit, like all else; see also [Expect]
)

// Limit throttles: within each window a number of requests, the others get 429 with a Retry-After. From four fifths of the
// number on, replies carry RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset, as Graph's do.
//
// Windows are fixed. One begins with the first request after the one before it is over, and then counts from nothing; it does not slide
// along. What a client is told is exact so: when the time of RateLimit-Reset has passed there is room for all of Requests, and a
// test can say which request is turned away. Around the end of a window twice as many requests may pass as in one.
//
// Until the Retry-After has passed every request of the window's key is turned away, and none is counted. With [EnforceNone] all are
// counted as they come: one that comes early passes where a window has room by then, and else gets another 429.
type Limit struct {
	Requests   int
	Window     time.Duration
	Key        []string      // parameters of the path, or "app" for the Authorization header, whose values are counted apart
	RetryAfter time.Duration // 0: what is left of the window
}
