package recording

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WriteHTTP writes the exchanges as HTTP/1.1 messages with comments for session and time. [Read] gives them back,
// with header names in canonical form, times in UTC and GET for an empty method, except for header fields without a
// value, for hints, which are not written, and for Content-Length: a body that is not chunked is written with its
// real length, whatever the header says of it.
//
// Each exchange is one call of w.Write. What the format has no form for is an error that gives the exchange's
// number, from 1: what [WriteNDJSON] refuses too, except text that is not UTF-8; a method, URL, header field or
// session that would not come back as it is; a path as URL together with a Host header; a body where HTTP allows
// none (a response to HEAD, 1xx, 204, 304); a response 1xx except 101, which reading skips; a transfer coding other
// than chunked; a response without request after a request without response.
func WriteHTTP(w io.Writer, xs iter.Seq[Exchange], opts ...WriteOption) error {
	return write(w, &httpFormat{limit: MaxMessage, first: true}, xs, opts)
}

type httpFormat struct {
	limit   int
	first   bool
	session string
	waiting bool // the exchange before has no response
}

func (*httpFormat) begin(buf []byte, o writeOptions) ([]byte, error) {
	if o.provenance == "" {
		return buf, nil
	}
	ends := func(r rune) bool { return r == '\n' || r == '\r' }
	for line := range strings.FieldsFuncSeq(o.provenance, ends) {
		buf = append(buf, "# provenance: "+line+"\r\n"...)
	}
	return buf, nil
}

func (f *httpFormat) exchange(buf []byte, x *Exchange) ([]byte, error) {
	switch {
	case !isFieldValue(x.Session):
		return buf, fmt.Errorf("session %s has control characters or white space around it", quote(x.Session))
	case x.Session != f.session:
		buf = append(buf, strings.TrimRight("### session: "+x.Session, " ")+"\r\n"...)
	case !f.first:
		buf = append(buf, "###\r\n"...)
	}
	if !x.Time.IsZero() {
		buf = append(buf, "# time: "+x.Time.UTC().Format(time.RFC3339Nano)+"\r\n"...)
	}
	var err error
	if x.URL != "" {
		if buf, err = f.request(buf, x); err != nil {
			return buf, err
		}
	} else if f.waiting {
		return buf, errors.New("a response without request would pass for the response to the request before it")
	}
	if x.Status != 0 {
		if buf, err = f.response(buf, x); err != nil {
			return buf, err
		}
	}
	f.first, f.session, f.waiting = false, x.Session, x.Status == 0
	return buf, nil
}

func (f *httpFormat) request(buf []byte, x *Exchange) ([]byte, error) {
	method := cmp.Or(x.Method, http.MethodGet)
	h := canonical(x.Request.Header)
	switch {
	case !isToken(method) || method[0] == '#':
		return buf, fmt.Errorf("method %s cannot stand in a request line", quote(method))
	case !isTarget(x.URL):
		return buf, fmt.Errorf("URL %s has white space or control characters", quote(x.URL))
	case x.URL[0] == '/' && h.Get("Host") != "":
		return buf, errors.New("a path with a Host header would be read as an absolute URL; make the URL absolute")
	}
	return f.message(buf, method+" "+x.URL+" HTTP/1.1", h, x.Request.Body, true)
}

func (f *httpFormat) response(buf []byte, x *Exchange) ([]byte, error) {
	allowed := hasBody(x.Method, x.Status)
	switch {
	case interim(x.Status):
		return buf, fmt.Errorf("%d is an interim response, which is not recorded", x.Status)
	case !allowed && len(x.Response.Body) > 0:
		return buf, fmt.Errorf("a response with status %d to %s cannot have a body", x.Status, cmp.Or(x.Method, http.MethodGet))
	}
	start := fmt.Sprintf("HTTP/1.1 %d %s", x.Status, http.StatusText(x.Status))
	return f.message(buf, start, canonical(x.Response.Header), x.Response.Body, allowed)
}

// message appends a message whose header has canonical names. The framing of a message that cannot have a
// body is not looked at: a response to HEAD has the Content-Length that GET would have.
func (f *httpFormat) message(buf []byte, start string, h http.Header, body []byte, allowed bool) ([]byte, error) {
	from := len(buf)
	chunked, length := false, ""
	if allowed {
		var err error
		if chunked, err = isChunked(h); err != nil {
			return buf, err
		}
		n, err := contentLength(h)
		has := len(h["Content-Length"]) > 0
		if !chunked && (err != nil || n != int64(len(body))) && (has || len(body) > 0) {
			length = strconv.Itoa(len(body))
		}
	}
	buf = append(buf, start+"\r\n"...)
	const contentLengthName = "Content-Length"
	if length != "" && len(h[contentLengthName]) == 0 {
		buf = append(buf, contentLengthName+": "+length+"\r\n"...)
	}
	for _, name := range fieldNames(h) {
		if !isToken(name) {
			return buf, fmt.Errorf("header name %s is not a token", quote(name))
		}
		values := h[name]
		if name == contentLengthName && length != "" {
			values = []string{length}
		}
		for _, value := range values {
			if !isFieldValue(value) {
				return buf, fmt.Errorf("value %s of header %s has control characters or white space around it", quote(value), name)
			}
			buf = append(buf, name+": "+value+"\r\n"...)
		}
	}
	buf = append(buf, "\r\n"...)
	if head := len(buf) - from; head > maxHead {
		return buf, fmt.Errorf("header longer than %s", size(maxHead))
	}
	if len(buf)-from+len(body) > f.limit {
		return buf, fmt.Errorf("message longer than %s", size(int64(f.limit)))
	}
	switch {
	case chunked:
		if len(body) > 0 {
			buf = fmt.Appendf(buf, "%x\r\n", len(body))
			buf = append(append(buf, body...), "\r\n"...)
		}
		buf = append(buf, "0\r\n\r\n"...)
	default:
		buf = append(buf, body...)
	}
	if len(buf)-from > f.limit { // the framing of chunks
		return buf, fmt.Errorf("message longer than %s", size(int64(f.limit)))
	}
	if len(body) > 0 && !chunked {
		buf = append(buf, "\r\n"...) // for people; Content-Length says where the body ends
	}
	return buf, nil
}
