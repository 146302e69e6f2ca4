package mockserver

import "time"

// Expect is what the client must do, judged when the test ends. The zero value asks for nothing; that every reply is used which is
// not optional is asked for in any case.
type Expect struct {
	Routes map[string]Calls // by the id of the route

	// Order has ids of routes whose first requests come in this order. Others may come in between.
	Order []string

	// RetryAfter: no request comes before the time of a Retry-After has passed, whatever the status was, nor a poll of a Location
	// before that of the 201 or 202 that named it.
	RetryAfter bool
	InFlight   int // the most requests at the same time; 0: any number
}

// Calls is how often, how fast and how concurrently a route may be asked. Requests that a Retry-After or a limit turned away
// count, too.
type Calls struct {
	Min      int
	Max      int           // 0: any number
	Never    bool          // not at all
	Interval time.Duration // the least time from one request to the next, of the same place in the replies; a tenth less is let pass, at least 5 ms and at most 100
	InFlight int           // the most at the same time; 0: any number
}
