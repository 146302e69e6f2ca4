// Package wirefault plays faults of an HTTP connection: from a server's handler with [Play], and as a client would see them
// without any connection with [RoundTrip]. [Sleep], [Dribble] and [DribbleReader] make responses slow instead.
//
// What a Go client sees, from [net/http.Client.Do] or when it reads the body, over HTTP/1:
//
//	reset            Do: ECONNRESET
//	empty            Do: io.EOF
//	truncated        body: io.ErrUnexpectedEOF, after half of it
//	wrong-length     body: io.ErrUnexpectedEOF, after all of it
//	malformed-chunk  body: "invalid byte in chunk length", after half of it
//	garbage          Do: "malformed HTTP response"
//	stall            Do: the context's error; io.EOF when the server ends it
//	stall-body       body: the context's error; io.ErrUnexpectedEOF when the server ends it
//	html             no error: a status of 400 or more and a page of HTML
//
// A reset and an empty reply strike before the first byte of the response, where net/http's client may send the request
// again by itself and show its caller no error. [Once] prevents that; the error of an empty reply is then
// [io.ErrUnexpectedEOF].
//
// Known deviations: responses to HEAD and of statuses without a body (1xx, 204, 304) have no body to break, so that faults of
// the body only close the connection after them. Over HTTP/2 a connection serves many requests, so that only the stream is
// aborted (RFC 9113 §5.4.2) and errors are those of HTTP/2 streams.
package wirefault

// Kind is a fault. Its zero value is none; [Kinds] lists them all.
type Kind string

// The faults.
const (
	Reset          Kind = "reset"           // the connection is reset (RFC 9293 §3.5.2) before the first byte of a response
	Empty          Kind = "empty"           // the connection is closed before the first byte of a response
	Truncated      Kind = "truncated"       // the connection is closed after half of the body, whose Content-Length is right (RFC 9112 §8)
	WrongLength    Kind = "wrong-length"    // the Content-Length is larger than the body (RFC 9112 §6.3), after which the connection is closed
	MalformedChunk Kind = "malformed-chunk" // the second chunk's size is no number (RFC 9112 §7.1)
	Garbage        Kind = "garbage"         // bytes that are no HTTP, then the connection is closed
	Stall          Kind = "stall"           // nothing is sent, and the connection stays
	StallBody      Kind = "stall-body"      // nothing is sent after half of the body, and the connection stays
	HTML           Kind = "html"            // a gateway's page of HTML instead of the response, on a healthy connection
)

// Kinds lists every fault, in the order above. The slice is the caller's.
func Kinds() []Kind {
	return []Kind{Reset, Empty, Truncated, WrongLength, MalformedChunk, Garbage, Stall, StallBody, HTML}
}

// early reports whether the fault strikes before the first byte of a response, and at once.
func (k Kind) early() bool { return k == Reset || k == Empty }
