package mockserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// message checks that the header of a reply does not contradict what is sent with it: the client would see half of a message, or none.
// Where that is meant, a fault or AllowInvalid says so.
func (c *checker) message(p *routePaths, at string, r *Response) {
	for _, name := range sortedKeys(r.Header) {
		canonical := http.CanonicalHeaderKey(name)
		if canonical == "Retry-After" && r.RetryAfter > 0 {
			c.errorf(at+".retryAfter", "leave one of them out", "headers have a Retry-After, too")
		}
		if p.method == http.MethodHead || !hasBody("", r.Status) || r.Fault != "" || r.AllowInvalid != "" || p.AllowInvalid != "" {
			continue
		}
		for _, value := range r.Header[name] {
			if r.Template && isTemplate(value) {
				continue
			}
			switch canonical {
			case "Content-Length":
				c.contentLength(p, at+".headers."+name, value, r)
			case "Content-Encoding":
				c.contentEncoding(at+".headers."+name, value, r)
			case "Transfer-Encoding": // of these two the server makes what is right
				if value != "" && value != "chunked" && value != "identity" {
					c.errorf(at+".headers."+name, "leave it out, the server chooses it", "no client reads a body with Transfer-Encoding %q", value)
				}
			}
		}
	}
}

// contentLength checks a Content-Length that the server would send as it is. One that is no number it leaves out.
func (c *checker) contentLength(p *routePaths, path, value string, r *Response) {
	said, err := strconv.Atoi(value)
	length, known := r.length()
	if err != nil || !known || said == length || length == 0 && p.method == "*" { // which may be for HEAD
		return
	}
	c.errorf(path, "leave it out, the server counts", "the Content-Length is %d, and the length of the body %d", said, length)
}

// length is how many bytes the body has; not ok where each request may have another one.
func (r *Response) length() (n int, ok bool) {
	body := r.Body
	switch {
	case r.Fixture != "" || r.key != "" || r.hasEnvelope():
		return 0, false
	case r.JSON != nil:
		encoded, err := json.Marshal(r.JSON)
		if err != nil {
			return 0, false
		}
		body = encoded
	}
	if r.Template && bytes.Contains(body, []byte("{{")) || bytes.Contains(body, []byte("Link")) { // links get the server's address
		return 0, false
	}
	return len(body), true
}

// hasEnvelope says whether the server makes an error envelope for the reply.
func (r *Response) hasEnvelope() bool {
	return r.Body == nil && r.JSON == nil && r.Fixture == "" && r.Status >= 400
}

// contentEncoding checks that a body that is said to be packed is no plain text. Only that of gzip can be told for sure.
func (c *checker) contentEncoding(path, value string, r *Response) {
	isGzip := strings.EqualFold(value, "gzip") || strings.EqualFold(value, "x-gzip")
	packed := len(r.Body) > 0 && !isJSONText(r.Body) && (!isGzip || bytes.HasPrefix(r.Body, []byte("\x1f\x8b")))
	empty := len(r.Body) == 0 && r.JSON == nil && r.Fixture == "" && !r.hasEnvelope()
	if value == "" || strings.EqualFold(value, "identity") || packed || empty {
		return
	}
	c.errorf(path, "leave it out, or give the packed bytes as the body", "the body is not packed, as Content-Encoding %q says", value)
}
