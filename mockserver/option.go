package mockserver

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
)

// Option changes how a scenario is played. Without any, the server is strict: unexpected requests and replies that nobody asked
// for fail the test, and requests, replies and lives are held against [contract.Default].
type Option func(*options)

type options struct {
	contract    *contract.Contract
	requests    RequestMode
	allowUnused bool
	skipVerify  bool
	strict      bool
	inMemory    bool
	direct      bool // a RoundTripper, whose requests begin when the client sends them
	seed        uint64
	clock       func() time.Time
	entries     int
	bytes       int
	redactor    *recording.Redactor
	report      func(*Violation)
	served      func(Served)
}

// Contract sets what requests and replies are held against; nil is [contract.Default].
func Contract(c *contract.Contract) Option { return func(o *options) { o.contract = c } }

// Requests says what happens to requests that break the contract; without it they are a [Report]. Where m is
// none of the modes the server does not start.
func Requests(m RequestMode) Option { return func(o *options) { o.requests = m } }

// AllowUnused lets the client leave replies unused that are not optional.
func AllowUnused() Option { return func(o *options) { o.allowUnused = true } }

// SkipVerify leaves out the verdict on all exchanges when the test ends. Replies are judged all the same.
func SkipVerify() Option { return func(o *options) { o.skipVerify = true } }

// Strict also reports request bodies whose Content-Encoding is not what their bytes are. The server reads them all the same, because
// Graph's own Go client mislabels bodies when it retries (kiota-http-go, issue 183).
func Strict() Option { return func(o *options) { o.strict = true } }

// InMemory makes the server of [Start] listen in memory instead of on loopback. With [Server.Client] it works within
// testing/synctest, whose clock then is the server's.
func InMemory() Option { return func(o *options) { o.inMemory = true } }

// Seed sets the seed of random delays and of ids; without it, it is 0. With equal seeds the first, second, … request of a place in the
// replies of a route gets equal ids and delays, whatever is asked of other places meanwhile. Which of several requests of one place is
// the first, their order of arrival decides, as it does for those that no reply is for. After [Handler.Reset] ids are new ones.
func Seed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Clock sets the clock that windows, dates and Retry-After go by. Delays take real time. now is called concurrently.
func Clock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// Journal sets how many exchanges, and how many bytes of their bodies, the journal keeps; the oldest go first. Without it, and
// for 0, that is 10,000 and 16 MiB.
func Journal(exchanges, bytes int) Option {
	return func(o *options) { o.entries, o.bytes = exchanges, bytes }
}

// Redact sets what hides secrets in the journal; without it, it is a [recording.Redactor] as it is.
func Redact(r *recording.Redactor) Option { return func(o *options) { o.redactor = r } }

// OnViolation calls f for each violation when it happens. f is called by one goroutine at a time. The server of a test
// reports to the test instead. f must not call the handler.
func OnViolation(f func(*Violation)) Option { return func(o *options) { o.report = f } }

// caller is the place of the call from outside of this package that led here, "directory/file:line".
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, ownPackage) || strings.HasSuffix(f.File, "_test.go") {
			return shortFile(f.File) + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return ""
		}
	}
}

const ownPackage = "github.com/graphcontract/graphcontract/mockserver."
