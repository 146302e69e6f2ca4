package mockserver

import (
	"bytes"
	"context"
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
	at := arrival{number: h.arrived.Add(1)}
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
	q := newRequest(r, header, at)
	if q.torn != nil {
		return nil, q.torn // such a request was never sent
	}
	a, d := h.respond(q)
	defer h.finish(q)
	e := h.journal.begin(q, a)
	if a.handler != nil {
		h.runHandler(r, q, a)
		h.journal.complete(e, a)
	}
	if err := h.wait(r.Context(), &a.delay); err != nil {
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
	if q.Method != http.MethodHead || a.body != nil {
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

// body is a response's body, which ends when it is closed, as net/http's do.
type body struct {
	bytes.Reader
	closed bool
}

// Read reads, until the body is closed.
func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errors.New("http: read on closed response body")
	}
	return b.Reader.Read(p)
}

// WriteTo is Read for io.Copy.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if b.closed {
		return 0, errors.New("http: read on closed response body")
	}
	return b.Reader.WriteTo(w)
}

// Close ends reading.
func (b *body) Close() error {
	b.closed = true
	return nil
}

// runHandler lets the caller's own handler answer into memory.
func (h *Handler) runHandler(sent *http.Request, q *Request, a *answer) {
	r := new(http.Request)
	*r = *sent
	r.Header = q.Header
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	restore(r, q)
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), memoryHost
	w := &memoryWriter{header: http.Header{}}
	for name, values := range a.header {
		w.header[name] = values
	}
	a.handler.ServeHTTP(w, r)
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	a.status, a.header, a.body = w.status, w.sent, w.body.Bytes()
	if w.body.Len() == 0 {
		a.body = nil
	} else if _, ok := a.header["Content-Type"]; !ok {
		a.header["Content-Type"] = []string{http.DetectContentType(a.body)}
	}
	h.stamp(a, q)
}

// memoryWriter is the writer of a response without a network.
type memoryWriter struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

// Header is the header that is going to be sent.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader fixes status and header; informational ones are skipped.
func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write adds to the body.
func (w *memoryWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.body.Write(b)
}

// Flush does nothing: the response is whole when the handler returns.
func (w *memoryWriter) Flush() {}
