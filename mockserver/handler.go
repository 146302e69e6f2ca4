package mockserver

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graphcontract/graphcontract/contract"
)

// Handler plays a scenario. It is an [http.Handler] for a server of one's own and, without any network, an
// [http.RoundTripper]; [Start] and [Transport] put it into a test. It is safe for concurrent use: a request is
// matched, and the state moved, in one step.
type Handler struct {
	program *program // replaced as a whole when routes are added
	options options
	journal journal
	done    chan struct{} // closed by Close
	dates   atomic.Pointer[stamped]
	arrived atomic.Uint64 // requests that have come so far, see arrival

	tokenKey [sha256.Size]byte // signs access tokens; by chance, as nothing that is the same in each run depends on it

	mu        sync.Mutex // guards what follows, and that the program is replaced
	resets    uint64
	places    map[placeKey]*place
	windows   map[placeKey]*window
	states    map[string]map[string]string
	locations map[string]*asked                 // by locationKey: when it may first be asked for
	issued    map[string]map[string][]pathValue // ids by parameter, with the parameters of the request that they answered
	tallies   map[*stub]*tally
	order     []string // ids of routes by first request
	crowd     crowd
	decided   atomic.Uint64 // requests that have been decided so far; only added to under mu

	partsMu sync.Mutex
	parts   map[*partOf]part

	reports    sync.Mutex
	violations []*Violation
	seen       map[string]bool
	more       int // violations that were left out
	report     func(*Violation)
	closeOnce  sync.Once
	flights    flights
}

// pathValue is a parameter of a path and its value.
type pathValue struct{ name, value string }

type stamped struct {
	second int64
	date   []string
}

// NewHandler makes a handler from a scenario. The error joins a *[LoadError] for each thing that is wrong with it, such as replies
// that break the contract: the first twenty, and one that says that there are more.
func NewHandler(s Scenario, opts ...Option) (*Handler, error) {
	h := &Handler{done: make(chan struct{})}
	for _, o := range opts {
		o(&h.options)
	}
	h.report = h.options.report
	if h.options.contract == nil {
		h.options.contract = contract.Default()
	}
	if s.places[""] == "" {
		s = placed(s, caller())
	}
	c := &checker{scenario: &s}
	oneOf(c, "requests", "what happens to requests that break the contract", h.options.requests, "", Report, Enforce, Off)
	if c.found != nil {
		return nil, c.found[0]
	}
	_, _ = rand.Read(h.tokenKey[:]) // it never fails
	var err error
	if h.program, err = compile(s, h.options.contract); err != nil {
		return nil, err
	}
	h.journal.init(&h.options, &h.decided)
	h.reset()
	return h, nil
}

// Reset takes the state and the places in the replies back to where they were when the handler was made. The journal and the
// violations stay. Operations begin new lives: what they say from then on need not follow from what they said before.
func (h *Handler) Reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.resets++
	h.reset()
	h.journal.reset()
}

func (h *Handler) wasReset() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.resets > 0
}

func (h *Handler) reset() {
	h.places, h.windows, h.locations = map[placeKey]*place{}, nil, nil
	h.issued, h.order = nil, nil
	h.resetParts()
	h.tallies = map[*stub]*tally{}
	h.states = nil
	h.crowd.most = h.crowd.inFlight
}

// Close ends delays, stalls and [Subscriptions], and waits for the functions and handlers that round trips and notifications still run, by
// one of which it must not be called. Requests from then on get an error. It may be called more than once.
func (h *Handler) Close() {
	h.closeOnce.Do(func() { close(h.done) })
	h.flights.wait()
}

func (h *Handler) isClosed() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// Add adds routes. One that only its order tells apart from those there are is an error, as in a [Scenario]: a Priority makes it win.
// Nothing is added where one is wrong.
func (h *Handler) Add(routes ...Route) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := *h.program.scenario
	s.Routes = slices.Concat(s.Routes, routes)
	p, err := compile(s, h.program.contract)
	if err != nil {
		return err
	}
	old := h.program
	moved := make(map[*stub]*stub, len(old.routes))
	for i, st := range old.routes {
		moved[st] = p.routes[i]
	}
	h.places = rekey(h.places, moved)
	h.windows = rekey(h.windows, moved)
	tallies := make(map[*stub]*tally, len(h.tallies))
	for st, t := range h.tallies {
		tallies[moved[st]] = t
	}
	h.program, h.tallies = p, tallies
	return nil
}

func rekey[V any](m map[placeKey]V, moved map[*stub]*stub) map[placeKey]V {
	out := make(map[placeKey]V, len(m))
	for k, v := range m {
		out[placeKey{moved[k.stub], k.key}] = v
	}
	return out
}

// Handle mounts a handler of the caller's own, for a method and path as in [Route]: "GET /me", "* /users/**". Its requests are
// in the journal, and its responses part of the verdict. On the method and path of a route that there is it wins, by a Priority
// above all others ("* /me" leaves GET to a route "GET /me", which is more specific); the route's own replies may be left unused then.
// What [Expect] asks for by the route's id still counts the route's requests, not the handler's.
func (h *Handler) Handle(pattern string, handler http.Handler) error {
	return h.mount(pattern, handler, caller())
}

func (h *Handler) mount(pattern string, handler http.Handler, at string) error {
	r := Route{Route: pattern, Handler: handler, Optional: true, Source: at}
	err := h.Add(r)
	if err == nil {
		return nil
	}
	h.mu.Lock()
	for _, other := range h.program.scenario.Routes {
		r.Priority = max(r.Priority, other.Priority+1)
	}
	for n := 1; h.program.byID[r.id()] != nil; n++ { // that of the route is taken, or of a handler that the same line has mounted
		r.ID = pattern + " (" + at + ")"
		if n > 1 {
			r.ID += " " + strconv.Itoa(n)
		}
	}
	h.mu.Unlock()
	if h.Add(r) == nil {
		return nil
	}
	return err
}

// Calls is how many requests a route has had, by its id; 0 for an id that there is not.
func (h *Handler) Calls(route string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tallies[h.program.byID[route]]; t != nil {
		return t.count
	}
	return 0
}

// now is the time by the server's clock.
func (h *Handler) now() time.Time {
	if h.options.clock != nil {
		return h.options.clock()
	}
	return time.Now()
}

// date is the time as the Date header has it.
func (h *Handler) date() []string {
	now := h.now()
	if d := h.dates.Load(); d != nil && d.second == now.Unix() {
		return d.date
	}
	d := &stamped{now.Unix(), []string{now.UTC().Format(http.TimeFormat)}}
	h.dates.Store(d)
	return d.date
}
