package mockserver

import (
	"net/http"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/wirefault"
)

// Response is one of the replies of a route: how long it is given, what is sent, how, and what changes with it. The zero value is
// 204 once, or for good as the last one.
type Response struct {
	Times int           // how many requests it answers; 0: one, or, as the last of its route, all that follow
	For   time.Duration // all requests for this long after the first
	Until Guard         // all requests until the state is so

	// Status is 200, or 204 without a body, where it is 0. One of 400 or more without a body, not even an empty one that is not nil,
	// has an error envelope with the code that is usual for it.
	Status int
	// Header is what is sent besides. A Location, and in a JSON body @odata.nextLink and @odata.deltaLink, that begins with "/" or
	// with a host of Graph's gets the scheme and host that the client called, and its version where it has none. A Content-Length or
	// Content-Encoding that is not that of the body is an error, unless a Fault or AllowInvalid says that it is meant.
	Header http.Header

	// Body is sent as it is, and as JSON unless Header says otherwise. The keys of the path are in it where it has {name} in
	// Template alone.
	Body []byte
	JSON any // a value that json.Marshal takes, instead of Body: JSON that is written already is a json.RawMessage, and no []byte

	// Fixture makes the body from a type and a case, such as "connectionOperation/completed": a state of an operation, a
	// name that fixtures.Generator.Lookup knows, or "error/CODE" for an error envelope. Its id is the last parameter
	// of the path. Set changes it, by JSON pointer.
	Fixture string
	Set     map[string]any

	// Template says that the values of Header, and the strings of a JSON body or else the whole body, are templates (package
	// text/template); see the package's documentation for what they know. A name that they do not know fails the test. Of an ETag that
	// is a template: where requests to one place come at the same time, one that it refuses may have used the reply up.
	Template bool

	// Func makes the response from the request; what it returns is judged when it is sent. What is sent is the function's
	// alone: Status, Header, a body, RetryAfter, Delay and Fault beside it are an error.
	Func func(*Request) Response

	RetryAfter     time.Duration // sent in seconds, rounded up; 0: none. A Retry-After of Header, instead, goes as it is
	RetryAfterDate bool          // it is sent as a date

	Delay    Delay
	Fault    Fault // plays a fault of the connection instead of a healthy response
	NoReplay bool  // the fault comes without 100 Continue, so that the client may repeat the request by itself; see [Reset]

	// Issue is the name of a parameter for which a new id is issued. The template function newID does the same.
	Issue  string
	Change map[string]string // the states of machines from then on

	Optional     bool   // it may stay unused
	AllowInvalid string // why it may break the contract; "": it may not
	Source       string // as in [Route]

	key    string // the parameter of the path that the body's id is; "": none
	proven bool   // a test holds it against the embedded contract
}

// Delay is how long a response takes. What is set adds up. Delays end with the client and with the test; random ones depend on the
// server's seed.
type Delay struct {
	Fixed    time.Duration
	Min, Max time.Duration // a random one between both; of a log-normal one Max is the most
	Median   time.Duration // a log-normal one
	Sigma    float64       // of its logarithm; 0: 0.5
	Chunks   int           // the body comes in so many pieces
	Over     time.Duration // which take so long together
}

// Fault is a fault of the connection; "" is none.
type Fault string

// The faults. Go's client silently repeats a GET, HEAD, OPTIONS or TRACE request, and one with an Idempotency-Key, when a
// connection of its pool dies before the first byte of the answer. Before Reset and EmptyReply the server therefore sends
// these requests 100 Continue, which the client discards and after which it does not repeat them: the caller sees each fault
// exactly once, however many requests there are at once. The error of EmptyReply is [io.ErrUnexpectedEOF] then, also
// without a network; it is [io.EOF] for other requests, and with NoReplay. That of Reset is always ECONNRESET.
//
// Two cases are not exact: an Idempotency-Key that the client's header has without a value, which is not sent; and, for Reset,
// a system that throws away what came before a TCP RST and was not read. Linux does not.
const (
	Reset          Fault = Fault(wirefault.Reset)          // the connection is reset (TCP RST) before the first byte
	EmptyReply     Fault = Fault(wirefault.Empty)          // it is closed before the first byte
	Truncated      Fault = Fault(wirefault.Truncated)      // it is closed after half of the body
	WrongLength    Fault = Fault(wirefault.WrongLength)    // Content-Length is larger than the body
	MalformedChunk Fault = Fault(wirefault.MalformedChunk) // the second chunk of the body has no size
	Garbage        Fault = Fault(wirefault.Garbage)        // the answer is no HTTP
	Stall          Fault = Fault(wirefault.Stall)          // nothing comes until the client gives up
	StallBody      Fault = Fault(wirefault.StallBody)      // nothing comes after half of the body
	HTMLPage       Fault = Fault(wirefault.HTML)           // a gateway's error page comes instead, 502 unless Status says otherwise
)

// Faults lists all of them. The slice is the caller's.
func Faults() []Fault {
	kinds := wirefault.Kinds()
	out := make([]Fault, len(kinds))
	for i, k := range kinds {
		out[i] = Fault(k)
	}
	return out
}
