package contract

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// Report is the verdict on recordings.
type Report struct {
	Findings   schema.Findings `json:"findings"`   // sorted
	Recordings []Recording     `json:"recordings"` // in the order they were read
	Unmatched  []Request       `json:"unmatched"`  // Graph's traffic that matches no documented operation
	Ignored    []Request       `json:"ignored"`    // traffic of other hosts, by host; in parentheses what is half an exchange

	// Explanations are those of all exchanges, in the order they were read, where the contract was made with [Explain].
	Explanations []Explanation `json:"explanations,omitempty"`
}

// Recording counts what one file holds.
type Recording struct {
	File      string `json:"file"`
	Exchanges int    `json:"exchanges"`
	Judged    int    `json:"judged"`
}

// Request is a kind of request that was not judged, and how often it was seen.
type Request struct {
	Request string `json:"request"` // "GET /v1.0/me", or a host
	Count   int    `json:"count"`
}

// Judged is how many exchanges were judged.
func (r *Report) Judged() int {
	n := 0
	for _, rec := range r.Recordings {
		n += rec.Judged
	}
	return n
}

// Check judges a stream of exchanges: each on its own, and the lives of operations across those of one file and
// session. It holds one exchange at a time, and of a life's polls those that show a change. It fails where the stream does, or ctx
// ends; what was found until then is in the report.
func (c *Contract) Check(ctx context.Context, xs iter.Seq2[recording.Exchange, error]) (*Report, error) {
	k := checker{contract: c.orDefault(), report: &Report{}, unmatched: map[string]int{}, ignored: map[string]int{}}
	defer k.finish()
	for x, err := range xs {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return k.report, err
		}
		k.exchange(&x)
	}
	return k.report, nil
}

type checker struct {
	contract           *Contract
	report             *Report
	sessions           map[string]lives // of the current file, by session
	unmatched, ignored map[string]int
}

func (k *checker) exchange(x *recording.Exchange) {
	n := len(k.report.Recordings)
	if n == 0 || k.report.Recordings[n-1].File != x.Source.File {
		k.closeFile()
		k.report.Recordings = append(k.report.Recordings, Recording{File: x.Source.File})
		n++
	}
	rec := &k.report.Recordings[n-1]
	rec.Exchanges++
	if x.Source.Record == 0 {
		x.Source.Record = rec.Exchanges
	}
	v := k.contract.judge(x)
	if v.explanation != nil {
		k.report.Explanations = append(k.report.Explanations, *v.explanation)
	}
	switch v.outcome {
	case unmatched:
		k.unmatched[requestName(v)]++
	case unanswered:
		k.ignored["(no response to "+requestName(v)+")"]++
	case foreign:
		k.ignored[hostName(v)]++
	case judged:
		rec.Judged++
		k.report.Findings = append(k.report.Findings, v.findings...)
	}
	if v.poll != nil {
		if k.sessions[x.Session] == nil {
			k.sessions[x.Session] = lives{}
		}
		k.sessions[x.Session].add(v.poll)
	}
}

func requestName(v *verdict) string {
	method := v.x.Method
	if method == "" {
		method = "GET"
	}
	return method + " " + v.target.path
}

func hostName(v *verdict) string {
	switch {
	case v.target.host != "":
		return v.target.host
	case v.x.URL == "":
		return "(a response without its request)"
	}
	return "(not a URL: " + v.x.URL + ")"
}

// closeFile judges the lives of the file that ends.
func (k *checker) closeFile() {
	for _, name := range slices.Sorted(maps.Keys(k.sessions)) {
		k.report.Findings = append(k.report.Findings, k.sessions[name].findings()...)
	}
	k.sessions = map[string]lives{}
}

func (k *checker) finish() {
	k.closeFile()
	k.report.Findings.Sort()
	k.report.Unmatched, k.report.Ignored = counted(k.unmatched), counted(k.ignored)
}

// counted lists the most frequent first, then by name.
func counted(m map[string]int) []Request {
	out := make([]Request, 0, len(m))
	for name, n := range m {
		out = append(out, Request{name, n})
	}
	slices.SortFunc(out, func(a, b Request) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Request, b.Request))
	})
	return out
}

// TestingT is the part of [testing.TB] that [Verify] needs; testify's interfaces meet it, too.
type TestingT interface {
	Errorf(format string, args ...any)
}

// Verify fails the test, once and with every finding, where the exchanges break the contract or none of them could be
// judged. Warnings alone do not fail it. It returns whether the test may go on to rely on them.
func Verify(t TestingT, c *Contract, xs []recording.Exchange) bool {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	report, err := c.Check(context.Background(), sequence(xs))
	switch {
	case err != nil:
		t.Errorf("contract: %v", err)
	case report.Judged() == 0:
		t.Errorf("contract: nothing was judged: %s%s", text.Count(len(xs), "exchange"), report.Unjudged())
	case report.Findings.Err() != nil:
		t.Errorf("contract: %v", report.Findings)
	default:
		return true
	}
	return false
}

func sequence(xs []recording.Exchange) iter.Seq2[recording.Exchange, error] {
	return func(yield func(recording.Exchange, error) bool) {
		for _, x := range xs {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// maxNamed is how many kinds of requests a text names.
const maxNamed = 10

// Unjudged names what was not judged, "" where everything was: "; no documented operation: GET /v1.0/me (2)".
func (r *Report) Unjudged() string {
	var b strings.Builder
	for _, part := range []struct {
		what     string
		requests []Request
	}{{"no documented operation", r.Unmatched}, {"ignored", r.Ignored}} {
		var named []string
		for _, q := range part.requests[:min(maxNamed, len(part.requests))] {
			named = append(named, q.String())
		}
		if more := len(part.requests) - maxNamed; more > 0 {
			named = append(named, fmt.Sprintf("and %d more", more))
		}
		if named != nil {
			b.WriteString("; " + part.what + ": " + strings.Join(named, ", "))
		}
	}
	return b.String()
}

// String is the request, with its count where it was seen more than once.
func (q Request) String() string {
	if q.Count == 1 {
		return q.Request
	}
	return fmt.Sprintf("%s (%d times)", q.Request, q.Count)
}
