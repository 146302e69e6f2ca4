package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/mockserver"
)

// stage is where one scenario after the other is played: each time that its files change, it begins anew.
type stage struct {
	source *playedScenario
	log    *serveLog
	files  *watch

	requests sync.WaitGroup // in flight, those too whose connections a fault has taken from net/http's server

	redactor recording.Redactor // one for all performances, so that a secret has one name

	mu      sync.Mutex // guards that current is replaced, or closed for good
	closed  bool
	current atomic.Pointer[performance]
	before  summary              // of the performances that have ended
	kept    []recording.Exchange // of these, each with a session of its own
	number  int                  // of those that have ended
}

// performance is a scenario that is played, from its beginning.
type performance struct {
	*mockserver.Handler
	scenario             mockserver.Scenario
	requests, unexpected atomic.Int64
}

// ServeHTTP answers as the scenario says that is played now.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	defer s.requests.Done()
	s.current.Load().ServeHTTP(w, r)
}

// open begins the scenario. Where it cannot be played the one before goes on; the error joins all that is wrong.
func (s *stage) open() error {
	s.files = &watch{files: map[string]sighting{}}
	p := &performance{}
	var err error
	if p.scenario, err = s.source.load(s.files); err != nil {
		return err
	}
	p.Handler, err = mockserver.NewHandler(p.scenario, mockserver.OnViolation(s.log.violation), mockserver.Redact(&s.redactor),
		mockserver.OnServed(func(r mockserver.Served) {
			p.requests.Add(1)
			if r.Err != nil {
				p.unexpected.Add(1)
			}
			s.log.request(r)
		}))
	if err != nil {
		if len(s.source.names) == 1 { // of several the places are those of routes
			name := s.source.names[0]
			_, base := split(name)
			err = placedError(err, base, name)
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.current.Swap(p); old != nil {
		old.Close()
		s.before = s.before.plus(old.summary())
		s.kept = s.exchanges(old)
		s.number++
	}
	if s.closed {
		p.Close()
	}
	return nil
}

// refresh begins the scenario anew where its files have changed.
func (s *stage) refresh() {
	if !s.files.changed() {
		return
	}
	s.files.settle()
	if err := s.open(); err != nil {
		s.log.broken(err)
		return
	}
	s.log.note("the scenario has changed and begins anew")
}

// close ends delays and stalls.
func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.current.Load().Close()
}

// settle waits until no request is in flight, after the server has stopped, but not longer than ctx.
func (s *stage) settle(ctx context.Context) {
	settled := make(chan struct{})
	go func() {
		s.requests.Wait()
		close(settled)
	}()
	select {
	case <-settled:
	case <-ctx.Done():
	}
}

// summary is what a performance has been so far.
func (p *performance) summary() summary {
	return summary{Requests: int(p.requests.Load()), Unexpected: int(p.unexpected.Load()), Violations: len(flatten(p.Err()))}
}

// plus adds what came later.
func (s summary) plus(o summary) summary {
	s.Requests += o.Requests
	s.Unexpected += o.Unexpected
	s.Violations += o.Violations
	return s
}

// exchanges are those of the performances that have ended, and of one more.
func (s *stage) exchanges(p *performance) []recording.Exchange {
	xs := p.Exchanges()
	if s.number > 0 {
		for i := range xs {
			xs[i].Session = fmt.Sprint(s.number + 1)
		}
	}
	return append(s.kept, xs...)
}

// sum tells what is left at the end, and says whether nothing was wrong.
func (s *stage) sum() bool {
	p := s.current.Load()
	sum := s.before.plus(p.summary())
	for _, err := range flatten(p.Verify()) {
		var v *mockserver.Violation
		switch {
		case !errors.As(err, &v):
			continue
		case errors.Is(err, mockserver.ErrUnused):
			sum.Unused = true
		default:
			sum.Violations++
		}
		s.log.violation(v)
	}
	s.log.summary(sum)
	return sum.Violations == 0 && !sum.Unused
}

// openRecord opens the file for the exchanges, so that it is known now whether there can be one.
func (s *serving) openRecord() (*os.File, error) {
	if s.record == "" {
		return nil, nil
	}
	f, err := os.OpenFile(s.record, os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, os.ErrPermission) { // a pipe that is only for writing
		f, err = os.OpenFile(s.record, os.O_WRONLY|os.O_CREATE, 0o666)
	}
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		begin := make([]byte, len(recordingLine))
		if _, err := f.ReadAt(begin, 0); err != nil || string(begin) != recordingLine {
			f.Close()
			return nil, fmt.Errorf("--record: %s is there and is no recording; it stays as it is", s.record)
		}
	}
	return f, nil
}

// recordingLine begins the recordings that serve writes.
const recordingLine = `{"graphcontract":"recording"`

// record writes the exchanges in the place of what the file had.
func (s *stage) record(f *os.File) error {
	if f == nil {
		return nil
	}
	p := s.current.Load()
	xs := s.exchanges(p)
	if left := s.before.plus(p.summary()).Requests - len(xs); left > 0 {
		s.log.note(fmt.Sprintf("the recording is without %d requests, of which there were too many", left))
	}
	if err := f.Truncate(0); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		if info, statErr := f.Stat(); statErr != nil || info.Mode().IsRegular() { // a pipe cannot be, and need not
			return err
		}
	}
	err := recording.WriteNDJSON(io.Writer(f), slices.Values(xs), recording.Provenance("graphcontract serve, "+p.scenario.Name))
	return errors.Join(err, f.Close())
}
