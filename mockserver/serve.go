package mockserver

import (
	"bytes"
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
		http.Error(w, "mockserver: the server is closed", http.StatusServiceUnavailable)
		return
	}
	q := newRequest(r, r.Header, at)
	if q.torn != nil {
		panic(http.ErrAbortHandler) // the client went away before it had sent all: it has asked for nothing
	}
	a, d := h.respond(q)
	defer h.finish(q)
	e := h.journal.begin(q, a)
	if a.handler != nil {
		h.serveHandler(w, r, q, a, d, e)
		return
	}
	if err := h.wait(r.Context(), &a.delay); err != nil {
		q.gone = true
		panic(http.ErrAbortHandler) // the client has gone, or the test has ended
	}
	h.sending(q, a, d)
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
		if err := wirefault.Dribble(w, r, body, a.delay.Chunks, a.delay.Over, h.done); err != nil {
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

// serveHandler lets the caller's own handler answer, and writes down what it does.
func (h *Handler) serveHandler(w http.ResponseWriter, r *http.Request, q *Request, a *answer, d *decision, e *record) {
	restore(r, q)
	rec := &tee{ResponseWriter: w}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	defer func() {
		a.status, a.body = rec.status, rec.body.Bytes()
		a.header = rec.sent
		if a.header == nil {
			a.header = w.Header().Clone()
		}
		if a.status == 0 {
			a.status = http.StatusOK
		}
		h.journal.complete(e, a)
		h.sending(q, a, d)
	}()
	a.handler.ServeHTTP(rec, r)
}

// restore makes the request whole again for a handler: its body, and the path's values.
func restore(r *http.Request, q *Request) {
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
	status int
	sent   http.Header
	body   bytes.Buffer
}

// Unwrap is for [http.ResponseController].
func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader notes the status of the final response.
func (t *tee) WriteHeader(status int) {
	if t.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		t.status, t.sent = status, t.Header().Clone()
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write notes the body.
func (t *tee) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status, t.sent = http.StatusOK, t.Header().Clone()
	}
	n, err := t.ResponseWriter.Write(b)
	if room := maxRequest - t.body.Len(); room > 0 {
		t.body.Write(b[:min(n, room)])
	}
	return n, err
}

// Flush is for handlers that ask the writer itself.
func (t *tee) Flush() {
	if f, ok := t.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
