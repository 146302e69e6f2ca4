package mockserver

import (
	"time"

	"github.com/graphcontract/graphcontract/contract/recording"
)

// Served is a request and what became of it, see [OnServed].
type Served struct {
	Time     time.Time     // when it came
	Duration time.Duration // until its answer was sent, or its client went away
	Method   string
	URL      string // absolute, without secrets
	Route    string // the id of the route that answered; "": none did
	Reply    int    // which of its replies that was, from 1; 0: none, but an answer of the server's own
	Status   int    // 0: the client saw none
	Fault    Fault  // that was played; "": none
	Err      error  // [ErrUnexpected] or [ErrExhausted] where nothing answers such a request, else nil
}

// OnServed calls f for each request when it has been served, before the handler returns. f is called concurrently.
func OnServed(f func(Served)) Option { return func(o *options) { o.served = f } }

// served tells the hook of a request.
func (h *Handler) served(q *Request) {
	a := q.answer
	h.journal.learn() // of this exchange and of those before
	s := Served{
		Time: q.arrived.time, Duration: h.now().Sub(q.arrived.time),
		Method: q.Method, URL: h.journal.redactor.Redact(recording.Exchange{Method: q.Method, URL: q.URL.String()}).URL,
		Status: a.status, Fault: a.fault, Err: a.err,
	}
	if a.stub != nil {
		s.Route = a.stub.id
	}
	if a.reply != nil {
		s.Reply = a.reply.number + 1
	}
	if q.gone || a.silent() {
		s.Status = 0
	}
	h.options.served(s)
}

// silent says whether the client sees no response.
func (a *answer) silent() bool {
	switch a.fault {
	case Reset, EmptyReply, Garbage, Stall:
		return true
	}
	return false
}
