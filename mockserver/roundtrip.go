package mockserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/graphcontract/graphcontract/mockserver/internal/wirefault"
)

// ErrClosed is the error of requests after the test, or [Handler.Close].
var ErrClosed = errors.New("mockserver: the server is closed")

// RoundTrip answers a request without any network. The response, delays and faults are what a client of net/http sees of
// them; what it does not see are silent repetitions, redirects and decompression, which net/http's own transport does.
func (h *Handler) RoundTrip(r *http.Request) (*http.Response, error) {
	return h.roundTrip(r, arrival{number: h.arrived.Add(1)})
}

func (h *Handler) roundTrip(r *http.Request, at arrival) (*http.Response, error) {
	err := r.Context().Err()
	switch {
	case err == nil && h.isClosed():
		err = ErrClosed
	case err == nil:
		err = unsendable(r)
	}
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	header := r.Header.Clone() // the caller's is not changed, nor kept
	if header == nil {
		header = http.Header{}
	}
	q, err := h.received(r, header, at)
	if err != nil {
		return nil, err
	}
	if q.torn != nil {
		return nil, q.torn // such a request was never sent
	}
	a, d, end, err := h.responded(r.Context(), q)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, io.EOF // a function has ended its goroutine
	}
	defer h.finish(q)
	e := h.journal.begin(q, a)
	if end == aborted {
		return nil, io.EOF
	}
	if a.handler != nil {
		if err := h.runHandler(r, q, a); err != nil {
			q.gone = true
			return nil, err
		}
		if a.deliberate {
			h.journal.excuse(e)
		}
		h.journal.complete(e, a)
	}
	if err := h.wait(r.Context(), q, &a.delay); err != nil {
		q.gone = true
		return nil, h.ended(r.Context(), err)
	}
	h.sending(q, a, d)
	if a.fault != "" {
		play := wirefault.OnceRoundTrip
		if a.reply.NoReplay {
			play = wirefault.RoundTrip
		}
		read := *r
		read.Body = http.NoBody // it has been read and closed
		res, err := play(&read, wirefault.Kind(a.fault), a.status, a.header.Clone(), a.body, h.done)
		if res != nil {
			res.Request = r
		}
		return res, err
	}
	return h.response(r, q, a), nil
}

// received reads a request, for no longer than its context takes where reading may wait. The bodies that http.NewRequest can give
// again are in memory.
func (h *Handler) received(r *http.Request, header http.Header, at arrival) (*Request, error) {
	ctx := r.Context()
	if r.Body == nil || r.Body == http.NoBody || r.GetBody != nil || ctx.Done() == nil {
		return newRequest(r, header, at), nil
	}
	q := &Request{torn: io.ErrUnexpectedEOF} // of a reader that ends its goroutine
	err := h.apart(ctx, nil, func() { q = newRequest(r, header, at) }, func() {})
	if err != nil {
		r.Body.Close() // which ends a Read that waits
		return nil, err
	}
	return q, nil
}

// responded is respond, for no longer than the client's context takes where functions may take long.
func (h *Handler) responded(ctx context.Context, q *Request) (*answer, *decision, ending, error) {
	if ctx.Done() == nil || !h.hasFuncs() {
		a, d, e := h.respond(q)
		return a, d, e, nil
	}
	h.sender(q) // while the goroutine is the client's
	type response struct {
		a *answer
		d *decision
		e ending
	}
	re := &response{}
	err := h.apart(ctx, nil, func() { re.a, re.d, re.e = h.respond(q) }, func() {
		if re.a == nil {
			return
		}
		q.gone = true
		h.journal.begin(q, &answer{handler: http.NotFoundHandler(), deliberate: true}) // without a response
		h.finish(q)
	})
	if err != nil {
		h.leave(q)
		return nil, nil, aborted, err
	}
	return re.a, re.d, re.e, nil
}

func (h *Handler) hasFuncs() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.program.funcs
}

// unsendable says why net/http's transport would not send a request, in its words.
func unsendable(r *http.Request) error {
	switch {
	case r.URL == nil:
		return errors.New("http: nil Request.URL")
	case r.URL.Scheme != "http" && r.URL.Scheme != "https":
		return fmt.Errorf("unsupported protocol scheme %q", r.URL.Scheme)
	case r.URL.Host == "":
		return errors.New("http: no Host in request URL")
	}
	return nil
}

// ended is the error of a delay that did not end by itself.
func (h *Handler) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil && h.isClosed() {
		return ErrClosed
	}
	return err
}

func (h *Handler) response(r *http.Request, q *Request, a *answer) *http.Response {
	res := &http.Response{
		Status: statusLine(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header.Clone(), Body: http.NoBody, Request: r,
	}
	if a.body != nil {
		if hasBody(q.Method, a.status) {
			res.ContentLength = int64(len(a.body))
			if a.delay.Chunks > 0 {
				res.Body = wirefault.DribbleReader(r.Context(), a.body, a.delay.Chunks, a.delay.Over, h.done)
			} else {
				b := &body{}
				b.Reset(a.body)
				res.Body = b
			}
		} else if q.Method == http.MethodHead {
			res.ContentLength = int64(len(a.body))
		}
	}
	if q.Method == http.MethodHead && a.body == nil {
		res.ContentLength = -1 // unless the handler said it
		if n, err := strconv.ParseInt(res.Header.Get("Content-Length"), 10, 64); err == nil {
			res.ContentLength = n
		}
	} else {
		res.Header["Content-Length"] = []string{strconv.FormatInt(res.ContentLength, 10)}
	}
	if !hasBody(q.Method, a.status) && q.Method != http.MethodHead {
		delete(res.Header, "Content-Length")
	}
	return res
}

func statusLine(status int) string {
	if status == http.StatusOK {
		return "200 OK" // most are
	}
	return strconv.Itoa(status) + " " + http.StatusText(status)
}

// errClosedBody is what net/http's transport says, which does not export it.
var errClosedBody = errors.New("http: read on closed response body")

// body is a response's body, which ends when it is closed, as net/http's do.
type body struct {
	bytes.Reader
	closed bool
}

// Read reads, until the body is closed.
func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errClosedBody
	}
	return b.Reader.Read(p)
}

// WriteTo is Read for io.Copy.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if b.closed {
		return 0, errClosedBody
	}
	return b.Reader.WriteTo(w)
}

// Close ends reading.
func (b *body) Close() error {
	b.closed = true
	return nil
}

// runHandler lets the caller's own handler answer into memory. Its error is the client's context's, [ErrClosed], or what an aborted
// connection is to a client.
func (h *Handler) runHandler(sent *http.Request, q *Request, a *answer) error {
	ctx, cancel := context.WithCancel(sent.Context())
	defer cancel()
	r := sent.WithContext(ctx)
	incoming(r, q)
	h.requestID(q) // made before two goroutines ask for it
	w := &memoryWriter{method: q.Method, header: http.Header{}}
	for name, values := range a.header {
		w.header[name] = values
	}
	w.stamp = func(status int) { h.stamp(&answer{status: status, header: w.header}, q) }
	w.stamp(http.StatusOK)
	end := aborted
	err := h.apart(ctx, h.done, func() {
		end = h.guarded(q, func() { a.handler.ServeHTTP(w, r) })
		if end == returned && w.status == 0 {
			w.WriteHeader(http.StatusOK)
		}
	}, func() {})
	if err == nil && sent.Context().Err() != nil {
		err = context.Cause(sent.Context()) // the handler may have ended because of it
	}
	switch {
	case err != nil:
		return err
	case end != returned && w.sending:
		return io.ErrUnexpectedEOF
	case end == aborted:
		return io.EOF
	case end == panicked:
		f := h.panicked(q)
		a.status, a.header, a.body, a.deliberate = f.status, f.header, f.body, true
		return nil
	}
	w.detect()
	a.status, a.header, a.body = w.status, w.sent, w.body.Bytes()
	if w.body.Len() == 0 {
		a.body = nil
	}
	return nil
}

// incoming makes a request as it was sent one that a handler gets.
func incoming(r *http.Request, q *Request) {
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	restore(r, q)
	r.Method, r.RequestURI, r.RemoteAddr = q.Method, r.URL.RequestURI(), "127.0.0.1:1"
	r.Response, r.GetBody, r.TLS = nil, nil, nil
	if r.URL.Scheme == "https" {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
}

// memoryWriter is the writer of a response without a network.
type memoryWriter struct {
	method       string
	header, sent http.Header
	status       int
	body         bytes.Buffer
	sending      bool             // a server would have sent some of it
	stamp        func(status int) // adds what the handler has left out
}

// detect finds the Content-Type that the handler has left out, as net/http does.
func (w *memoryWriter) detect() {
	if _, ok := w.sent["Content-Type"]; !ok && w.body.Len() > 0 && w.sent["Content-Encoding"] == nil {
		w.sent["Content-Type"] = []string{http.DetectContentType(w.body.Bytes())}
	}
}

// Header is the header that is going to be sent.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader fixes status and header; informational ones are skipped.
func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		if w.stamp(status); !hasBody(http.MethodGet, status) {
			w.header = w.header.Clone()
			w.header.Del("Content-Length") // as net/http does
		}
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write adds to the body, where there may be one.
func (w *memoryWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !hasBody(http.MethodGet, w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	n, err := w.body.Write(b)
	w.sending = w.sending || w.body.Len() > 4<<10+2<<10 // net/http holds so much back
	return n, err
}

// Flush changes nothing, as the response is whole when the handler returns, but what a client sees of one that is aborted.
func (w *memoryWriter) Flush() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.sending = true
}
