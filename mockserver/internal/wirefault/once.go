package wirefault

import (
	"io"
	"net/http"
)

// Once has a fault that strikes before the first byte of a response be seen exactly once by a client of net/http, whichever
// connection it strikes on and whatever else the client does meanwhile. It is called before [Play], with the same fault.
//
// When a connection dies before the first byte, and the client has had it idle in its pool, [net/http.Transport] sends an
// idempotent request again by itself, and its caller sees only what becomes of the last (RFC 9110 §9.2.2 allows it;
// shouldRetryRequest in transport.go does it). A server cannot tell such connections: one that was dialled for a
// request that another connection then served, or that was canceled, is idle in the pool before its first request. So
// there is a first byte: 100 Continue, which clients that did not ask for it discard (RFC 9110 §15.2.1). Requests that
// net/http would not send again do not get it, nor do those over HTTP/1.0, which has no such responses, and HTTP/2, where an
// aborted stream was not refused (RFC 9113 §8.7).
//
// The client's error for Reset is ECONNRESET as ever; for Empty it is [io.ErrUnexpectedEOF] and not [io.EOF], as part of a
// response has come. [net/http/httptrace.ClientTrace] shows the 100.
//
// Two limits. A request whose Idempotency-Key is in the client's header without a value is sent again although net/http does
// not send that name, so that no server knows. And the reset must not overtake the 100: it does not on Linux, whose receiver
// reads what came before; a system that throws that away, or a network that loses it, can bring the fault before the first
// byte again.
func Once(w http.ResponseWriter, r *http.Request, k Kind) {
	if k.early() && r.ProtoMajor == 1 && r.ProtoMinor >= 1 && repeatable(r) {
		w.WriteHeader(http.StatusContinue) // is sent at once
	}
}

// OnceRoundTrip is [RoundTrip] of a fault that a server plays after [Once].
func OnceRoundTrip(r *http.Request, k Kind, status int, header http.Header, body []byte, done <-chan struct{}) (*http.Response, error) {
	res, err := RoundTrip(r, k, status, header, body, done)
	if k == Empty && err == io.EOF && repeatable(r) {
		err = io.ErrUnexpectedEOF
	}
	return res, err
}

// repeatable reports whether net/http's client may send r again: http.Request.isReplayable, as far as a server can tell. Its
// other condition, that there be no body or one that can be had again, cannot be told, and need not.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	_, key := r.Header["Idempotency-Key"]
	_, xKey := r.Header["X-Idempotency-Key"]
	return key || xKey
}
