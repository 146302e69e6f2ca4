package mockserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// Err is what went wrong so far: the violations in the order in which they happened. It joins *[Violation]s; nil: nothing.
func (h *Handler) Err() error {
	h.reports.Lock()
	defer h.reports.Unlock()
	errs := make([]error, 0, len(h.violations)+1)
	for _, v := range h.violations {
		errs = append(errs, v)
	}
	if h.more > 0 {
		errs = append(errs, fmt.Errorf("mockserver: and %s more, or the same again", text.Count(h.more, "violation")))
	}
	return errors.Join(errs...)
}

// Verify says what is wrong when the scenario is over, besides what Err says: replies that were to be used, expectations, and what
// the contract finds in the exchanges as a whole. It joins *[Violation]s; nil: nothing.
func (h *Handler) Verify() error {
	var errs []error
	for _, v := range slices.Concat(h.unused(), h.unmet(), h.broken()) {
		errs = append(errs, v)
	}
	return errors.Join(errs...)
}

// unused lists required replies that were not given, a violation for all of them.
func (h *Handler) unused() []*Violation {
	if h.options.allowUnused {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var lines []string
	for _, st := range h.program.routes {
		if st.Optional || h.program.replaced(st) {
			continue
		}
		where := fmt.Sprintf("  %s (%s)", st.id, st.source)
		places := h.placesOf(st)
		switch {
		case st.Handler != nil || len(st.replies) == 0:
			if st.Handler != nil && h.tallies[st] == nil {
				lines = append(lines, where+": never asked")
			}
		case len(places) == 0:
			if slices.ContainsFunc(st.replies, func(re *reply) bool { return re.need > 0 }) {
				lines = append(lines, where+": never asked"+h.instead(st))
			}
		}
		for _, pl := range places {
			for i, re := range st.replies {
				used := 0
				switch {
				case i < pl.reply || pl.rounds > 0:
					continue // it has had its turn
				case i == pl.reply:
					used = pl.used
				}
				if used < re.need && !(i == pl.reply && pl.reply < len(st.replies) && pl.used > 0 && re.times == 0) {
					lines = append(lines, fmt.Sprintf("%s: reply %d of %d%s, %s: given %d of %s",
						where, i+1, len(st.replies), st.placeName(pl), re.summary(), used, text.Count(re.need, "time")))
				}
			}
		}
	}
	if lines == nil {
		return nil
	}
	const most = 20
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("  and %d more", n))
	}
	return []*Violation{{ErrUnused, "mockserver: the client left replies unused:\n" + strings.Join(lines, "\n") +
		"\n  (where that is right, make the route or the reply optional, or allow unused replies)"}}
}

// placesOf lists the places of a route, by their values.
func (h *Handler) placesOf(st *stub) []*place {
	var out []*place
	for k, pl := range h.places {
		if k.stub == st {
			out = append(out, pl)
		}
	}
	slices.SortFunc(out, func(a, b *place) int { return slices.Compare(a.values, b.values) })
	return out
}

// instead says what came instead of the requests that a route waits for.
func (h *Handler) instead(st *stub) string {
	t := h.tallies[st]
	if t == nil {
		return ""
	}
	if len(t.unissued) > 0 {
		issued := ""
		for _, name := range st.Requires {
			ids := short(strings.Join(sortedKeys(h.issued[name]), ", "))
			issued += fmt.Sprintf("; issued for %s: %s", name, cmp.Or(ids, "none"))
		}
		return fmt.Sprintf(" with an issued id; %s got 404, for: %s%s", text.Count(t.count, "request"), strings.Join(t.unissued, ", "), issued)
	}
	return fmt.Sprintf("; %s turned away", text.Count(t.count, "request"))
}

// placeName names a place by its values: " for op=42".
func (st *stub) placeName(pl *place) string {
	var names []string
	for i, k := range st.per {
		if i < len(pl.values) {
			names = append(names, st.names[k]+"="+short(pl.values[i]))
		}
	}
	if names == nil {
		return ""
	}
	return " for " + strings.Join(names, " ")
}

// summary says in a few words what a reply is.
func (re *reply) summary() string {
	switch {
	case re.Func != nil:
		return "a function"
	case re.Fault != "":
		return "fault " + string(re.Fault)
	case re.Fixture != "":
		return fmt.Sprintf("%d %s", re.status, re.Fixture)
	case len(re.content.sample) > 0:
		const most = 60
		body := string(re.content.sample)
		if len(body) > most {
			body = strings.ToValidUTF8(body[:most], "") + "…"
		}
		return fmt.Sprintf("%d %s", re.status, text.Printable(body))
	}
	return fmt.Sprint(re.status)
}

// unmet lists the expectations that do not hold, a violation each.
func (h *Handler) unmet() []*Violation {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := &h.program.scenario.Expect
	var out []*Violation
	add := func(format string, args ...any) {
		out = append(out, &Violation{ErrExpectation, "mockserver: expectation not met: " + fmt.Sprintf(format, args...)})
	}
	for _, id := range sortedKeys(e.Routes) {
		c, st := e.Routes[id], h.program.byID[id]
		t := cmp.Or(h.tallies[st], &tally{})
		where := fmt.Sprintf("%s (%s)", id, st.source)
		switch {
		case c.Never && t.count > 0:
			add("%s was asked %s, want never", where, text.Count(t.count, "time"))
		case t.count < c.Min:
			add("%s was asked %s, want at least %d", where, text.Count(t.count, "time"), c.Min)
		case c.Max > 0 && t.count > c.Max:
			add("%s was asked %s, want at most %d", where, text.Count(t.count, "time"), c.Max)
		}
		if c.InFlight > 0 && t.most > c.InFlight {
			add("%s had %s at the same time, want at most %d", where, text.Count(t.most, "request"), c.InFlight)
		}
		for _, pl := range h.placesOf(st) {
			if c.Interval > 0 && pl.total > 1 && pl.shortest < c.Interval-slack(c.Interval) {
				add("%s was asked again after %v%s, want %v at least", where, rounded(pl.shortest), st.placeName(pl), c.Interval)
			}
		}
	}
	if e.InFlight > 0 && h.crowd.most > e.InFlight {
		add("there were %s at the same time, want at most %d", text.Count(h.crowd.most, "request"), e.InFlight)
	}
	if len(e.Order) > 0 {
		var got []string
		for _, id := range h.order {
			if slices.Contains(e.Order, id) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, e.Order) {
			add("routes were first asked in the order %s, want %s", cmp.Or(strings.Join(got, ", "), "(none)"), strings.Join(e.Order, ", "))
		}
	}
	if e.RetryAfter {
		for _, st := range h.program.routes {
			if t := h.tallies[st]; t != nil && t.early > 0 {
				add("%s of %s (%s) came before a Retry-After had passed", text.Count(t.early, "request"), st.id, st.source)
			}
		}
	}
	return out
}

// slack is how much shorter an interval may be: neither timers nor the machine are exact.
func slack(interval time.Duration) time.Duration {
	return min(max(interval/10, 5*time.Millisecond), 100*time.Millisecond)
}

// broken is what the contract says of all exchanges. Secrets are hidden before anything is said of them.
func (h *Handler) broken() []*Violation {
	xs := h.verdict()
	if h.options.skipVerify || len(xs) == 0 {
		return nil
	}
	err := h.check(xs)
	if err == nil {
		return nil
	}
	for i := range xs {
		h.journal.redactor.Learn(&xs[i])
	}
	what := fmt.Sprintf("mockserver: the exchanges break the contract: %v", err)
	if _, dropped := h.journal.snapshot(); dropped > 0 {
		what += fmt.Sprintf("\n  (the journal has lost the first %s, which have not been judged)", text.Count(dropped, "exchange"))
	}
	return []*Violation{{ErrInvalid, h.journal.hide(what)}}
}

func (h *Handler) check(xs []recording.Exchange) error {
	report, err := h.options.contract.Check(context.Background(), sequence(xs))
	if err != nil {
		return err
	}
	return errorsOf(report.Findings)
}

// errorsOf leaves out the warnings.
func errorsOf(fs schema.Findings) error {
	return slices.DeleteFunc(fs, func(f *schema.Finding) bool { return f.Severity != schema.Error }).Err()
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
