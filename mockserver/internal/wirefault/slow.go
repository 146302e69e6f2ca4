package wirefault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// ErrDone says that a delay ended before its time, because the server did.
var ErrDone = errors.New("wirefault: ended before its time")

// Sleep waits for d. Its error is the cause of ctx's end, or [ErrDone] once done is closed; a nil done never is.
func Sleep(ctx context.Context, done <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-done:
	case <-timer.C:
	}
	return ended(ctx, done) // select is free to choose
}

func ended(ctx context.Context, done <-chan struct{}) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isClosed(done) {
		return ErrDone
	}
	return nil
}

// Dribble sends a body slowly: the head at once, then pieces of about equal size at equal distances, the last of them when
// over has passed. There are at least one and at most as many pieces as bytes. Status and header are those that w was given
// before. The error is that of w, of r's context, which ends when the client goes away, or [ErrDone] once done is closed;
// after one the response is not whole, and the handler should panic with [http.ErrAbortHandler] for the client to see it.
func Dribble(w http.ResponseWriter, r *http.Request, body []byte, chunks int, over time.Duration, done <-chan struct{}) error {
	control := http.NewResponseController(w)
	if err := control.Flush(); err != nil {
		return err
	}
	start := time.Now()
	for _, p := range pieces(body, chunks, over) {
		if err := Sleep(r.Context(), done, time.Until(start.Add(p.at))); err != nil {
			return err
		}
		if _, err := w.Write(p.bytes); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
			return err
		}
		if err := control.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// DribbleReader is the body of a response without a connection that comes as slowly as [Dribble] sends it, counted from
// this call. Reading fails with the cause of ctx's end; with [io.ErrUnexpectedEOF], as over a connection that the server
// closed, once done is closed before the body has come; and after Close, which ends a Read that waits.
func DribbleReader(ctx context.Context, body []byte, chunks int, over time.Duration, done <-chan struct{}) io.ReadCloser {
	return &dribbled{ctx: ctx, done: done, start: time.Now(), left: pieces(body, chunks, over), closed: make(chan struct{})}
}

type dribbled struct {
	ctx    context.Context
	done   <-chan struct{}
	start  time.Time
	left   []piece
	close  sync.Once
	closed chan struct{}
}

func (d *dribbled) Read(p []byte) (int, error) {
	for len(p) > 0 && len(d.left) > 0 {
		if err := d.wait(d.left[0].at); err != nil {
			return 0, err
		}
		n := copy(p, d.left[0].bytes)
		if d.left[0].bytes = d.left[0].bytes[n:]; len(d.left[0].bytes) == 0 {
			d.left = d.left[1:]
		}
		if n > 0 {
			return n, nil
		}
	}
	if isClosed(d.closed) {
		return 0, errClosedBody
	}
	if len(d.left) == 0 {
		return 0, io.EOF
	}
	return 0, nil
}

// wait waits until a piece may come. What has come already is read even if the server ended meanwhile.
func (d *dribbled) wait(at time.Duration) error {
	timer := time.NewTimer(time.Until(d.start.Add(at)))
	defer timer.Stop()
	select {
	case <-d.closed:
	case <-d.ctx.Done():
	case <-d.done:
	case <-timer.C:
	}
	switch err := ended(d.ctx, d.done); {
	case isClosed(d.closed):
		return errClosedBody
	case err == ErrDone && time.Since(d.start) < at:
		return io.ErrUnexpectedEOF
	case err != ErrDone:
		return err
	}
	return nil
}

func (d *dribbled) Close() error {
	d.close.Do(func() { close(d.closed) })
	return nil
}

// isClosed reports whether a channel on which nothing is sent is closed; nil is not.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// piece is a part of a body and when it comes.
type piece struct {
	bytes []byte
	at    time.Duration
}

func pieces(body []byte, n int, over time.Duration) []piece {
	n = max(1, min(n, len(body)))
	over = max(0, over)
	ps := make([]piece, n)
	size, rest := len(body)/n, len(body)%n // the first rest of them are a byte longer
	for i := range ps {
		from := i*size + min(i, rest)
		ps[i] = piece{bytes: body[from : from+size+min(1, max(0, rest-i))], at: over / time.Duration(n) * time.Duration(i+1)}
	}
	ps[n-1].at = over
	return ps
}
