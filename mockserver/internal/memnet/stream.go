package memnet

import (
	"bytes"
	"net"
	"os"
	"sync"
	"time"
)

// stream is one direction of a connection.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond // anything below; L is &mu
	limit   int
	buf     bytes.Buffer // written and not yet read

	readErr, writeErr error // what the two sides are told: the reader once buf is empty
	reader, writer    deadline
	writing           bool // one Write is under way and may be waiting
}

func newStream(limit int) *stream {
	s := &stream{limit: limit}
	s.changed.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.readErr == net.ErrClosed:
			return 0, s.readErr
		case s.reader.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case s.buf.Len() > 0:
			n, _ := s.buf.Read(p)
			s.changed.Broadcast()
			return n, nil
		case s.readErr != nil:
			return 0, s.readErr
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.writing && s.writable() == nil {
		s.changed.Wait()
	}
	if err := s.writable(); err != nil {
		return 0, err
	}
	s.writing = true
	defer func() { s.writing = false; s.changed.Broadcast() }()
	for {
		if room := s.limit - s.buf.Len(); room > 0 {
			m, _ := s.buf.Write(p[n:min(len(p), n+room)])
			n += m
			s.changed.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		s.changed.Wait()
		if err := s.writable(); err != nil {
			return n, err
		}
	}
}

// writable is why a Write may not go on.
func (s *stream) writable() error {
	switch {
	case s.writeErr != nil:
		return s.writeErr
	case s.writer.passed:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// end says what reader and writer are told from now on. What one side was told first stays, but for its own closing and
// where abort says that this overrules it.
func (s *stream) end(abort bool, reader, writer error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readErr == nil || s.readErr != net.ErrClosed && (reader == net.ErrClosed || abort) {
		s.readErr = reader
	}
	if s.writeErr == nil || s.writeErr != net.ErrClosed && (writer == net.ErrClosed || abort) {
		s.writeErr = writer
	}
	if reader == net.ErrClosed {
		s.buf = bytes.Buffer{}
		s.reader.stop()
	}
	if writer == net.ErrClosed {
		s.writer.stop()
	}
	s.changed.Broadcast()
}

// deadline is until when one side of a stream may wait. It is guarded by the stream's mutex.
type deadline struct {
	passed bool
	timer  *time.Timer
}

func (s *stream) setDeadline(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stop()
	d.passed = false
	switch wait := time.Until(t); {
	case t.IsZero():
	case wait <= 0:
		d.passed = true
		s.changed.Broadcast()
	default:
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if d.timer == timer { // no other deadline was set meanwhile
				d.passed = true
				s.changed.Broadcast()
			}
		})
		d.timer = timer
	}
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
