package mockserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	answerTimeout = 10 * time.Second // for a receiver
	firstBackOff  = 10 * time.Second
)

// notification is what is delivered, until it is accepted.
type notification struct {
	to, what string
	body     []byte
}

// begin has a subscription live until it is over or the handler is closed.
func (s *subscriptions) begin(sub *subscription) {
	h := s.handler
	if !h.flights.begin(h) {
		return
	}
	sub.reauthorized(h.now())
	s.mu.Lock()
	s.live = append(s.live, sub)
	s.mu.Unlock()
	go func() {
		defer h.flights.end()
		defer sub.drop()
		sub.run()
	}()
}

// age does what is due by now of all subscriptions.
func (s *subscriptions) age() {
	now := s.handler.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.live) - 1; i >= 0; i-- { // one that ends leaves the list
		s.live[i].age(now)
	}
}

// age does what is due by now. It is called under mu.
func (sub *subscription) age(now time.Time) {
	switch {
	case sub.over:
	case !now.Before(sub.members.Expires):
		sub.announce(SubscriptionRemoved)
		sub.owner.end(sub)
	case !sub.reauthorize.IsZero() && !now.Before(sub.reauthorize):
		sub.reauthorize = time.Time{}
		sub.announce(ReauthorizationRequired)
	}
}

// wake has the subscription look for what there is to do.
func (sub *subscription) wake() {
	select {
	case sub.news <- struct{}{}:
	default:
	}
}

// run delivers what there is to deliver, in turn, and does what is due meanwhile.
func (sub *subscription) run() {
	for {
		n, due, over := sub.next()
		switch {
		case n != nil:
			if !sub.deliver(n) {
				return
			}
			sub.done()
		case over || !sub.wait(due):
			return
		}
	}
}

// next is the notification that has to be delivered, or else when something will be due by itself.
func (sub *subscription) next() (n *notification, due time.Time, over bool) {
	sub.owner.mu.Lock()
	defer sub.owner.mu.Unlock()
	if sub.isSilenced() {
		return nil, time.Time{}, true
	}
	sub.age(sub.owner.handler.now())
	if len(sub.queue) > 0 {
		return sub.queue[0], time.Time{}, false
	}
	due = sub.members.Expires
	if !sub.reauthorize.IsZero() && sub.reauthorize.Before(due) {
		due = sub.reauthorize
	}
	return nil, due, sub.over
}

// wait waits until a time, or for news; false: nothing must be sent any more.
func (sub *subscription) wait(until time.Time) bool {
	h := sub.owner.handler
	timer := time.NewTimer(until.Sub(h.now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-sub.news:
		return true
	case <-sub.deleted:
	case <-sub.owner.stopped:
	case <-h.done:
	}
	return false
}

// isSilenced says whether nothing must be sent any more.
func (sub *subscription) isSilenced() bool {
	select {
	case <-sub.deleted:
	case <-sub.owner.stopped:
	case <-sub.owner.handler.done:
	default:
		return false
	}
	return true
}

// deliver sends a notification until it is accepted or given up; false: nothing must be sent any more.
func (sub *subscription) deliver(n *notification) bool {
	s, h := sub.owner, sub.owner.handler
	began := h.now()
	pause := firstBackOff
	for attempts := 1; ; attempts++ {
		q, refused := s.attempt(n)
		if q == nil {
			return false
		}
		if refused == "" {
			return true
		}
		again := h.now().Add(pause)
		if again.Sub(began) > s.redeliver {
			s.giveUp(q, n, refused, attempts, fmt.Sprintf("it is given up after %v", s.redeliver))
			return true
		}
		for h.now().Before(again) {
			if !sub.wait(again) {
				if h.isClosed() {
					s.giveUp(q, n, refused, attempts, "the server was closed before it was to be sent again")
				}
				return false
			}
		}
		pause *= 2
	}
}

// giveUp reports a notification that was not accepted.
func (s *subscriptions) giveUp(q *Request, n *notification, refused string, attempts int, why string) {
	times := "once"
	if attempts > 1 {
		times = fmt.Sprintf("%d times", attempts)
	}
	s.handler.violate(q, ErrNotification, "POST %s: the receiver has not accepted the notification: %s\n  sent %s, the last answer is %s; %s\n"+
		"  Graph takes any status of 2xx within %v as accepted; see RedeliverFor", n.to, n.what, times, refused, why, answerTimeout)
}

// attempt sends a notification once, and says why it was not accepted; a request that is nil: the handler is closed.
func (s *subscriptions) attempt(n *notification) (q *Request, refused string) {
	res, err := s.post(context.Background(), n.to, "application/json; charset=utf-8", n.body)
	switch {
	case s.handler.isClosed():
		return nil, ""
	case errors.Is(err, context.DeadlineExceeded):
		return res.request, "none within " + answerTimeout.String()
	case err != nil:
		return res.request, err.Error()
	case res.status < 200 || res.status > 299:
		return res.request, statusLine(res.status)
	}
	return res.request, ""
}

// receipt is how the receiver has answered a request.
type receipt struct {
	*memoryWriter
	request *Request
}

// post has the receiver answer a request in time. The error is [context.DeadlineExceeded], that of ctx, [ErrClosed] or io.EOF.
func (s *subscriptions) post(ctx context.Context, url, contentType string, body []byte) (*receipt, error) {
	h := s.handler
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return &receipt{request: &Request{}}, err
	}
	r.Header.Set("Content-Type", contentType)
	q := newRequest(r, r.Header, arrival{})
	q.handler = h
	incoming(r, q)
	w := &memoryWriter{method: r.Method, header: http.Header{}, stamp: func(int) {}}
	end := aborted
	err = h.apart(ctx, h.done, func() {
		end = h.guarded(q, func() { s.receiver.ServeHTTP(w, r) })
		if w.status == 0 {
			w.WriteHeader(http.StatusOK)
		}
		w.detect()
	}, func() {})
	switch {
	case err != nil:
		return &receipt{request: q}, err // w may still be written to
	case end == aborted:
		return &receipt{request: q}, io.EOF
	case end == panicked:
		return &receipt{&memoryWriter{status: http.StatusInternalServerError}, q}, nil
	}
	return &receipt{w, q}, nil
}

// done takes the notification that was delivered from the queue.
func (sub *subscription) done() {
	sub.owner.mu.Lock()
	defer sub.owner.mu.Unlock()
	sub.queue = sub.queue[1:]
	sub.owner.more(-1)
}

// drop forgets what has not been delivered.
func (sub *subscription) drop() {
	sub.owner.mu.Lock()
	defer sub.owner.mu.Unlock()
	sub.owner.more(-len(sub.queue))
	sub.queue = nil
}

// more counts the notifications that are to be delivered. It is called under mu.
func (s *subscriptions) more(n int) {
	if n == 0 {
		return
	}
	s.pending += n
	switch {
	case s.pending == 0:
		close(s.idle)
		s.idle = nil
	case s.idle == nil:
		s.idle = make(chan struct{})
	}
}

// settled waits until there is no notification to be delivered.
func (s *subscriptions) settled(ctx context.Context) error {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.handler.done:
		}
	}
	if s.handler.isClosed() { // what was not delivered has been forgotten
		return ErrClosed
	}
	return nil
}
