package mockserver

import (
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/schema"
)

// The ready-made scenarios play the life of a connectionOperation. They take polls of any operation of any connection, each
// operation with a life of its own, under /external/connections and under /connections, and let a client register a schema
// before, or not.

// Completes plays n polls that say inprogress, and completed from then on.
func Completes(n int) Scenario {
	return polled("completes", running(n), completed())
}

// Fails plays n polls that say inprogress, and failed from then on, with an error that has a message, which both documented types of
// error have. FailsWith sends more of it.
func Fails(n int) Scenario {
	return polled("fails", running(n), []Response{poll(`"failed","error":{"message":"The schema could not be registered."}`)})
}

// FailsWith is Fails with the error given, a value that json.Marshal takes; it panics for another.
func FailsWith(n int, err any) Scenario {
	doc, failure := json.Marshal(err)
	if failure != nil {
		panic("mockserver: FailsWith: " + failure.Error())
	}
	end := poll(`"failed","error":` + string(doc))
	end.proven = false
	return polled("fails", running(n), []Response{end})
}

// Stuck plays an operation that never ends: the client has to give up.
func Stuck() Scenario { return polled("stuck", running(1)) }

// NotFoundThenAppears plays n polls that are answered with 404, because the operation is not visible everywhere yet, then inprogress, and
// completed from then on.
func NotFoundThenAppears(n int) Scenario {
	return polled("not-found-then-appears", repeat(n, failing(http.StatusNotFound, "Request_ResourceNotFound")), running(1), completed())
}

// Throttled plays n polls that are answered with 429 and a Retry-After, in seconds and rounded up, then inprogress, and completed from
// then on. A poll that comes too early is answered with 429 again, and fails the test.
func Throttled(n int, retryAfter time.Duration) Scenario {
	r := failing(http.StatusTooManyRequests, "TooManyRequests")
	r.Header = http.Header{"Retry-After": seconds(retryAfter)}
	return polled("throttled", repeat(n, r), running(1), completed())
}

// Flaky plays a poll that says inprogress, one that meets a fault of the connection, then inprogress, and completed from then on.
func Flaky(fault Fault) Scenario {
	r := running(1)[0]
	r.Fault = fault
	return polled("flaky-"+string(fault), running(1), []Response{r}, running(1), completed())
}

// UnknownStatus plays polls with statuses that the client may not know: inprogress, unknownFutureValue, one that no page knows yet,
// and completed from then on. None of them ends the operation.
func UnknownStatus() Scenario {
	unknown := poll(`"validating"`)
	unknown.AllowInvalid = "a status that the pages do not know yet"
	return polled("unknown-status", running(1), []Response{poll(`"unknownFutureValue"`), unknown}, completed())
}

// Regresses plays a status that goes back, as mocks do that count badly: inprogress, unspecified, inprogress, completed; whoever
// polls on finds it inprogress again.
func Regresses() Scenario {
	back, again := poll(`"unspecified"`), poll(`"inprogress"`)
	back.AllowInvalid, again.AllowInvalid = "a status that goes back", "an operation that goes on after its end"
	again.Optional = true
	once := completed()
	once[0].Times = 1
	return polled("regresses", running(1), []Response{back}, running(1), once, []Response{again})
}

// Malformed plays a poll that says inprogress, and from then on a body that is no JSON document, of one of the classes of
// [fixtures.Generator.Malformed]: "empty", "truncated", "html", or one of a class, "truncated=in-string". It panics for a class that there is
// not.
func Malformed(class string) Scenario {
	for f := range fixtures.New(schema.ConnectionOperation()).Malformed() { // made one by one
		name := strings.TrimPrefix(f.Name, "bytes~")
		if of, _, _ := strings.Cut(name, "="); name == class || of == class {
			return polled("malformed-"+class, running(1), []Response{{
				Status: http.StatusOK, Header: http.Header{"Content-Type": {graphJSON}}, Body: f.Body, AllowInvalid: f.Why,
			}})
		}
	}
	panic("mockserver: Malformed: there is no class " + strconv.Quote(class) + "; fixtures.Generator.Malformed lists them")
}

// Outcome is how a registered operation ends.
type Outcome string

// The outcomes.
const (
	Completed Outcome = "completed"
	Failed    Outcome = "failed"
	Never     Outcome = "never"
)

// Register plays the registration of a schema: PATCH is answered with 202 and a Location, which leads to the operation; polls of it
// say inprogress twice and then the outcome. Polls of an operation that has not been registered are answered with 404.
func Register(outcome Outcome) Scenario {
	s := polled("register-"+string(outcome), running(2))
	end := &s.Routes[0]
	switch outcome {
	case Completed:
		end.Replies = append(end.Replies, completed()...)
	case Failed:
		end.Replies = Fails(2).Routes[0].Replies
	case Never:
	default:
		panic("mockserver: Register: there is no outcome " + strconv.Quote(string(outcome)))
	}
	end.Requires = []string{operationID}
	s.Routes[1].Optional = false
	return s
}

const operationID = "operation-id"

// polled makes a scenario of polls with the replies, and of a registration that is optional.
func polled(name string, replies ...[]Response) Scenario {
	at := caller()
	return Scenario{Name: name, Routes: []Route{{
		ID:      "poll",
		Route:   "GET /external/connections/{connection-id}/operations/{operation-id}",
		Also:    []string{"/connections/{connection-id}/operations/{operation-id}"},
		Replies: slices.Concat(replies...),
		Source:  at,
	}, {
		ID:       "register",
		Route:    "PATCH /external/connections/{connection-id}/schema",
		Also:     []string{"/connections/{connection-id}/schema"},
		Replies:  []Response{{Func: accepted, Issue: operationID}},
		Optional: true,
		Source:   at,
	}}}
}

// accepted answers a registration with the operation that it begins, beside the schema.
func accepted(q *Request) Response {
	path := strings.TrimRight(q.URL.EscapedPath(), "/")
	path = path[:strings.LastIndexByte(path, '/')+1] + "operations/" // "schema" may be written in another case
	return Response{
		Status: http.StatusAccepted, Template: true,
		Header: http.Header{"Location": {"{{host}}" + path + `{{newID "` + operationID + `"}}`}},
	}
}

func poll(status string) Response {
	return Response{Status: http.StatusOK, Body: []byte(`{"id":"1","status":` + status + `}`), key: operationID, proven: true}
}

func running(n int) []Response { return repeat(n, poll(`"inprogress"`)) }

func completed() []Response { return []Response{poll(`"completed"`)} }

func failing(status int, code string) Response {
	return Response{Status: status, Fixture: "error/" + code, proven: true}
}

// repeat is a response that is given n times; none for no times.
func repeat(n int, r Response) []Response {
	if n <= 0 {
		return nil
	}
	if r.Times = n; n == 1 {
		r.Times = 0
	}
	return []Response{r}
}

// Reply is a scenario of one route with the replies, the last of which is given for good:
//
//	mockserver.Start(t, mockserver.Reply("GET /me", mockserver.Response{Body: me}))
func Reply(route string, replies ...Response) Scenario {
	if len(replies) == 0 {
		replies = []Response{{}}
	}
	return Scenario{Name: route, Routes: []Route{{Route: route, Replies: replies, Source: caller()}}}
}

// Join makes one scenario of several: all their routes, in this order, with their machines, variables and expectations. Of machines,
// variables and expectations with the same name, of hosts, and of Auth where it is not nil, the last one counts; of the bounds on requests
// in flight the largest.
//
// Routes stay as they are. Where two have the same id, or nothing but their order tells apart which of them answers a request, the
// server does not start: two ready-made scenarios of operations have the same routes. Give one of each pair an ID of its own, and a
// Priority or a condition.
func Join(scenarios ...Scenario) Scenario {
	out := Scenario{Vars: map[string]string{}, State: map[string]Machine{}, Expect: Expect{Routes: map[string]Calls{}}}
	var names []string
	for i := range scenarios {
		s := &scenarios[i]
		names = append(names, s.Name)
		for name, v := range s.Vars {
			out.Vars[name] = v
		}
		for name, m := range s.State {
			out.State[name] = m
		}
		for id, c := range s.Expect.Routes {
			out.Expect.Routes[id] = c
		}
		for j, r := range s.Routes {
			if r.Source == "" {
				r.Source = s.placeOf("routes[" + strconv.Itoa(j) + "]")
			}
			out.Routes = append(out.Routes, r)
		}
		if s.Host != "" {
			out.Host = s.Host
		}
		if s.Auth != nil {
			out.Auth = s.Auth
		}
		out.Expect.Order = append(out.Expect.Order, s.Expect.Order...)
		out.Expect.RetryAfter = out.Expect.RetryAfter || s.Expect.RetryAfter
		out.Expect.InFlight = max(out.Expect.InFlight, s.Expect.InFlight)
	}
	out.Name = strings.Join(names, ", ")
	return out
}

// Operation is a ready-made scenario with what a correct client makes of it.
type Operation struct {
	Name     string
	Why      string // what is awkward about it
	Scenario Scenario
	Status   string // the status that the client ends with; "" where it ends with an error
	Register bool   // the client has to register a schema, and to poll what Location says
}

// Operations yields the ready-made scenarios by name, for a loop over the client under test:
//
//	for op := range mockserver.Operations() {
//		t.Run(op.Name, func(t *testing.T) {
//			synctest.Test(t, func(t *testing.T) {
//				client := NewClient(&http.Client{Transport: mockserver.Transport(t, op.Scenario)})
//				status, err := client.Wait(t.Context(), "contosohr", "3ed1595a")
//				…
//
// A client must have a timeout for a request (for stalls) and one for all of it (for what never ends), and try again after
// what passes: 404 on the first polls, 429, 503, and faults of the connection.
func Operations() iter.Seq[Operation] {
	ends := func(name, why, status string, s Scenario) Operation {
		return Operation{Name: name, Why: why, Scenario: s, Status: status}
	}
	registers := func(name, why, status string, o Outcome) Operation {
		return Operation{Name: name, Why: why, Scenario: Register(o), Status: status, Register: true}
	}
	return func(yield func(Operation) bool) {
		all := []Operation{
			ends("completes", "it takes a while", "completed", Completes(3)),
			ends("completes-at-once", "the first poll finds it done", "completed", Completes(0)),
			ends("fails", "it ends, and not well", "failed", Fails(2)),
			ends("stuck", "it never ends", "", Stuck()),
			ends("not-found-then-appears", "404 says that it is not visible yet", "completed", NotFoundThenAppears(2)),
			ends("throttled", "429 says when to come back", "completed", Throttled(3, 10*time.Second)),
			ends("unknown-status", "a status that is not known ends nothing", "completed", UnknownStatus()),
			ends("regresses", "another status than inprogress does not mean the end", "completed", Regresses()),
		}
		for _, f := range Faults() {
			all = append(all, ends("flaky-"+string(f), "a fault of the connection says nothing about the operation", "completed", Flaky(f)))
		}
		for _, class := range []string{"empty", "truncated", "dialect", "html"} {
			all = append(all, ends("malformed-"+class, "what cannot be read is no status", "", Malformed(class)))
		}
		all = append(all,
			registers("register-completed", "Location names the operation", "completed", Completed),
			registers("register-failed", "202 is no success yet", "failed", Failed),
			registers("register-never", "it never ends", "", Never),
		)
		for _, op := range all {
			if !yield(op) {
				return
			}
		}
	}
}
