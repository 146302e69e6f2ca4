package mockserver

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphcontract/graphcontract/contract/recording"
)

// journal is a bounded ring of exchanges. Secrets are hidden when it is read, so that one which shows in a late exchange is
// hidden in the early ones, too.
type journal struct {
	mu       sync.Mutex
	records  []*record       // in the order in which the requests came
	learned  int             // how many of them the redactor has seen
	taught   map[*reply]bool // constant replies whose bodies it has seen
	dropped  int
	bytes    int
	most     int
	mostSize int
	redactor *recording.Redactor
	decided  *atomic.Uint64 // that of the handler
	resets   []uint64       // how many there were at each Reset
}

// record is one exchange with what the verdict has to know of it.
type record struct {
	exchange   recording.Exchange
	url        *url.URL // that of the exchange where it has none, written down when it is read
	deliberate bool     // the response is a deliberate breach or a fault
	size       int
	sequence   uint64 // of the decision
	late       bool   // what it says has been made after the decision, by a function or handler
	until      uint64 // how many decisions there were when it had been made
	constant   *reply // whose body is the response's; nil: it has been made for the request
	learned    bool   // the redactor has seen it
	dropped    bool   // it is no longer in the journal
}

func (j *journal) init(o *options, decided *atomic.Uint64) {
	j.decided, j.taught = decided, map[*reply]bool{}
	j.most, j.mostSize = cmp.Or(o.entries, 10_000), cmp.Or(o.bytes, 16<<20)
	j.redactor = o.redactor
	if j.redactor == nil {
		j.redactor = &recording.Redactor{}
	}
}

// begin writes down a request with its answer.
func (j *journal) begin(q *Request, a *answer) *record {
	e := &record{
		exchange: recording.Exchange{
			Time: q.arrived.time.UTC(), Method: q.Method,
			Request: recording.Message{Header: q.Header, Body: q.wire},
		},
		deliberate: a.deliberate, sequence: q.sequence, until: q.sequence,
	}
	if a.handler != nil || a.reply != nil && a.stub.replies[a.reply.number].Func != nil {
		e.late, e.until = true, j.decided.Load()
	}
	if re := a.reply; re != nil && !e.late && re.hasConstantBody() {
		e.constant = re
	}
	if q.ownsURL {
		e.url = q.URL
	} else {
		e.exchange.URL = q.URL.String() // the client may change it
	}
	if a.handler == nil {
		e.answered(q.Method, a)
	}
	e.size = len(e.exchange.Request.Body) + len(e.exchange.Response.Body)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, e)
	j.bytes += e.size
	j.trim()
	return e
}

// reset begins a new session: what is decided from now on is no part of the lives before.
func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.resets = append(j.resets, j.decided.Load())
}

// session names the session of a record, "" until the first reset.
func (j *journal) session(e *record) string {
	if n, _ := slices.BinarySearch(j.resets, e.sequence); n > 0 { // how many came before it
		return "reset-" + strconv.Itoa(n)
	}
	return ""
}

// complete adds the answer that was not there when the request came.
func (j *journal) complete(e *record, a *answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.answered(e.exchange.Method, a)
	e.until = j.decided.Load()
	if e.learned {
		j.learnFrom(e)
	}
	if e.dropped {
		return
	}
	e.size += len(a.body)
	j.bytes += len(a.body)
	j.trim()
}

// complete writes down the URL.
func (e *record) complete() {
	if e.url != nil {
		e.exchange.URL, e.url = e.url.String(), nil
	}
}

func (e *record) answered(method string, a *answer) {
	if a.silent() {
		return // the client sees no response
	}
	e.exchange.Status = a.status
	e.exchange.Response.Header = a.header
	if a.handler != nil || hasBody(method, a.status) {
		e.exchange.Response.Body = a.body
	}
	switch a.fault {
	case Truncated, StallBody:
		e.exchange.Response.Body = a.body[:len(a.body)/2]
	case HTMLPage: // the page is the fault's own
		e.exchange.Response = recording.Message{Header: http.Header{"Content-Type": {"text/html"}}}
	}
}

// trim drops the oldest while there is too much. What they show is still known to be secret.
func (j *journal) trim() {
	n := 0
	for len(j.records)-n > 1 && (len(j.records)-n > j.most || j.bytes > j.mostSize) {
		e := j.records[n]
		if !e.learned {
			j.learnFrom(e)
		}
		e.dropped = true
		j.bytes -= e.size
		j.records[n] = nil
		n++
	}
	j.records = j.records[n:]
	j.learned = max(0, j.learned-n)
	j.dropped += n
}

// learn shows the redactor what it has not seen yet.
func (j *journal) learn() {
	j.mu.Lock()
	defer j.mu.Unlock() // whoever comes second finds it learned
	for ; j.learned < len(j.records); j.learned++ {
		j.learnFrom(j.records[j.learned])
	}
}

// learnFrom shows the redactor an exchange. Of the body of a constant reply once is enough.
func (j *journal) learnFrom(e *record) {
	e.complete()
	e.learned = true
	x := e.exchange
	if e.constant != nil && len(x.Response.Body) > 0 {
		if j.taught[e.constant] {
			x.Response.Body = nil
		} else {
			j.taught[e.constant] = true
		}
	}
	j.redactor.Learn(&x)
}

// hide replaces in a text what is known to be secret, from any exchange so far.
func (j *journal) hide(text string) string {
	j.learn()
	x := j.redactor.Redact(recording.Exchange{Request: recording.Message{Body: []byte(text)}})
	return string(x.Request.Body)
}

// excuse leaves a response out of the verdict: what is wrong with it has been reported.
func (j *journal) excuse(e *record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.deliberate = true
}

// snapshot copies the exchanges.
func (j *journal) snapshot() (records []record, dropped int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	records = make([]record, len(j.records))
	for i, e := range j.records {
		records[i] = *e
		records[i].complete()
		records[i].exchange.Session = j.session(e)
	}
	slices.SortStableFunc(records, func(a, b record) int { return cmp.Compare(a.sequence, b.sequence) })
	return records, j.dropped
}

// Exchanges are the requests so far with their answers, in the order in which they came, without secrets: see
// [recording.Redactor]. The oldest are missing where there were more than the journal keeps, see [Journal]. After a [Handler.Reset] they
// are of another session, "reset-1" and so on. They belong to the caller, but for their bodies and headers, which must not be changed.
func (h *Handler) Exchanges() []recording.Exchange {
	records, _ := h.journal.snapshot()
	xs := make([]recording.Exchange, len(records))
	for i := range records {
		xs[i] = records[i].exchange
	}
	return h.journal.redactor.All(xs)
}

// verdict is what the contract says of the exchanges as a whole, without deliberate breaches. Requests and constant replies have
// been judged when they came; what is left are the lives of operations and the replies of the caller's own handlers.
func (h *Handler) verdict() []recording.Exchange {
	records, _ := h.journal.snapshot()
	records = slices.DeleteFunc(records, func(e record) bool { return e.deliberate || e.exchange.Status == 0 })
	xs := make([]recording.Exchange, len(records))
	for i := range records {
		xs[i] = records[i].exchange
		xs[i].Request.Body = nil
	}
	for _, i := range unordered(records) {
		xs[i].Session = fmt.Sprintf("unordered-%d", i) // one of its own, so that it follows nothing
	}
	return xs
}

// unordered lists the records whose answers functions and handlers have made while another answer about the same resource was: which
// of them came first, nobody knows, so that they show nothing of the order of a life. Resources are told apart by the last part of
// their paths alone. The records are in the order of their decisions.
func unordered(records []record) []int {
	byKey := map[string][]int{}
	for i := range records {
		key := lastKey(records[i].exchange.URL)
		byKey[key] = append(byKey[key], i)
	}
	var out []int
	for _, same := range byKey {
		var until uint64 // of those before
		for k, i := range same {
			e := &records[i]
			next := k+1 < len(same) && records[same[k+1]].sequence <= e.until
			if e.late && (next || until >= e.sequence) {
				out = append(out, i)
			}
			until = max(until, e.until)
		}
	}
	slices.Sort(out)
	return out
}

// lastKey is the last segment of a URL's path, or the key in its parentheses: operations/1 and operations('1') are the same.
func lastKey(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	last := path.Base(u.Path)
	if before, ok := strings.CutSuffix(last, "')"); ok {
		if i := strings.Index(before, "('"); i >= 0 {
			return before[i+2:]
		}
	}
	return last
}
