package mockserver

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"strconv"

	"github.com/graphcontract/graphcontract/mockserver/internal/wirefault"
)

// ServeHTTP answers a request as the scenario says. Faults of the connection need a server of HTTP/1.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := arrival{number: h.arrived.Add(1)}
	if r.ProtoMajor < 2 {
		at.conn = r.RemoteAddr
	}
	if h.isClosed() {
		http.Error(w, ErrClosed.Error(), http.StatusServiceUnavailable)
		return
	}
	q := newRequest(r, r.Header, at)
	if q.torn != nil {
		panic(http.ErrAbortHandler) // the client went away before it had sent all: it has asked for nothing
	}
	a, d, end := h.respond(q)
	defer h.finish(q)
	e := h.journal.begin(q, a)
	if end == aborted {
		panic(http.ErrAbortHandler)
	}
	if a.handler != nil {
		h.serveHandler(w, r, q, a, d, e)
		return
	}
	if err := h.wait(r.Context(), q, &a.delay); err != nil {
		q.gone = true
		panic(http.ErrAbortHandler) // the client has gone, or the test has ended
	}
	h.sending(q, a, d)
	if a.delay.Chunks == 0 || a.fault != "" {
		h.leave(q) // a client may see the end of it from here on
	}
	if a.fault != "" {
		if !a.reply.NoReplay {
			wirefault.Once(w, r, wirefault.Kind(a.fault))
		}
		wirefault.Play(w, r, wirefault.Kind(a.fault), a.status, a.header, a.body, h.done)
		return
	}
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	body := a.body
	if !hasBody(q.Method, a.status) {
		if q.Method == http.MethodHead && len(body) > 0 {
			header["Content-Length"] = []string{strconv.Itoa(len(body))}
		}
		h.leave(q)
		w.WriteHeader(a.status)
		return
	}
	if _, own := header["Content-Type"]; !own && len(body) == 0 {
		header["Content-Type"] = nil // none is made up
	}
	if len(body) >= bufferedByServer || a.delay.Chunks > 0 { // else net/http says so itself
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(a.status)
	if a.delay.Chunks > 0 {
		last := &untilLast{ResponseWriter: w, left: len(body), leave: func() { h.leave(q) }}
		if err := wirefault.Dribble(last, r, body, a.delay.Chunks, a.delay.Over, h.done); err != nil {
			panic(http.ErrAbortHandler) // so that half a response does not look whole
		}
		return
	}
	_, _ = w.Write(body) // the client may have gone
}

// bufferedByServer is how much of a body net/http holds back before it decides on the framing, less than its 2048 bytes.
const bufferedByServer = 2000

// hasBody says whether a response to a method has a body (RFC 9110, section 6.4.1).
func hasBody(method string, status int) bool {
	return method != http.MethodHead && status != http.StatusNoContent && status != http.StatusNotModified
}

// untilLast calls leave before the last byte of a body is written.
type untilLast struct {
	http.ResponseWriter
	left  int
	leave func()
}

// Unwrap is for [http.ResponseController].
func (u *untilLast) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// Write counts.
func (u *untilLast) Write(b []byte) (int, error) {
	if u.left -= len(b); u.left <= 0 {
		u.leave()
	}
	return u.ResponseWriter.Write(b)
}

// serveHandler lets the caller's own handler answer, and writes down what it does. The request is in flight until the handler returns,
// hijacks the connection, or writes the last byte of the Content-Length that it has said.
func (h *Handler) serveHandler(w http.ResponseWriter, r *http.Request, q *Request, a *answer, d *decision, e *record) {
	restore(r, q)
	t := &tee{ResponseWriter: w, method: q.Method, left: -1, leave: func() { h.leave(q) }}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	t.stamp = func(status int) {
		h.stamp(&answer{status: status, header: w.Header()}, q)
		if l := w.Header().Get("Location"); l != "" && q.prefix != "" {
			w.Header().Set("Location", within(q, l))
		}
	}
	t.stamp(http.StatusOK)
	q.gone = true // should the handler end its goroutine
	end := h.guarded(q, func() { a.handler.ServeHTTP(t, r) })
	if end == aborted {
		panic(http.ErrAbortHandler) // the journal has no response
	}
	q.gone = false
	began := t.status != 0 || t.hijacked
	if end == panicked && !began {
		f := h.panicked(q)
		clear(w.Header())
		for name, values := range f.header {
			w.Header()[name] = values
		}
		t.WriteHeader(f.status)
		_, _ = t.Write(f.body)
	}
	if end == panicked {
		h.journal.excuse(e)
	}
	if t.status == 0 && !t.hijacked {
		t.WriteHeader(http.StatusOK)
	}
	a.status, a.body, a.header = t.status, t.body.Bytes(), t.sent
	if a.header == nil {
		a.header = w.Header().Clone()
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	h.journal.complete(e, a)
	h.sending(q, a, d)
	if end == panicked && began {
		panic(http.ErrAbortHandler) // so that what it has begun does not look whole
	}
}

// restore makes the request whole again for a handler: its body, and the path's values. The header is the handler's own; the journal
// has what was sent.
func restore(r *http.Request, q *Request) {
	r.Header = q.Header.Clone()
	r.Body = http.NoBody
	if q.wire != nil {
		r.Body = nopCloser{bytes.NewReader(q.wire)}
	}
	for i, name := range q.names {
		r.SetPathValue(name, q.values[i])
	}
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// tee writes down a response up to the journal's bound. Flush, Hijack and the like reach the writer through Unwrap.
type tee struct {
	http.ResponseWriter
	method   string
	status   int
	sent     http.Header
	body     bytes.Buffer
	hijacked bool
	left     int // of what the Content-Length says; below 0 it is not known
	leave    func()
	stamp    func(status int) // adds what the handler has left out
}

// Unwrap is for [http.ResponseController].
func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader notes the status of the final response.
func (t *tee) WriteHeader(status int) {
	t.begin(status)
	t.ResponseWriter.WriteHeader(status)
}

func (t *tee) begin(status int) {
	if t.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	t.stamp(status)
	t.status, t.sent = status, t.Header().Clone()
	if n, err := strconv.Atoi(t.sent.Get("Content-Length")); err == nil {
		t.left = n
	}
	if !hasBody(t.method, status) {
		t.left = 0
	}
}

// Write notes the body.
func (t *tee) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.begin(http.StatusOK)
	}
	if t.left >= 0 {
		if t.left = max(0, t.left-len(b)); t.left == 0 {
			t.leave()
		}
	}
	n, err := t.ResponseWriter.Write(b)
	if room := maxRequest - t.body.Len(); room > 0 {
		t.body.Write(b[:min(n, room)])
	}
	return n, err
}

// Hijack is for [http.ResponseController]: the client may see the end of the response from here on.
func (t *tee) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	t.leave()
	c, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	t.hijacked = err == nil
	return c, rw, err
}

// Flush is for handlers that ask the writer itself.
func (t *tee) Flush() {
	if t.status == 0 {
		t.begin(http.StatusOK)
	}
	if t.left == 0 {
		t.leave()
	}
	if f, ok := t.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
