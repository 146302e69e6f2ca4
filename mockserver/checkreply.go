package mockserver

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

func (c *checker) reply(p *routePaths, at string, r *Response) {
	c.notNegativeNumber(at+".times", r.Times)
	c.notNegativeTime(at+".for", r.For)
	c.guard(p, at+".until", r.Until)
	if r.Func != nil {
		c.besideFunc(at, r)
	} else {
		c.sent(at, r)
		c.message(p, at, r)
		c.templates(p, at, r)
	}
	c.change(p, at+".change", r.Change)
}

// besideFunc checks that a reply with a function says nothing of what is sent: the function alone makes the response.
func (c *checker) besideFunc(at string, r *Response) {
	for _, field := range [...]struct {
		name string
		set  bool
	}{
		{"status", r.Status != 0},
		{"headers", len(r.Header) > 0},
		{"body", r.Body != nil},
		{"json", r.JSON != nil},
		{"fixture", r.Fixture != ""},
		{"set", len(r.Set) > 0},
		{"template", r.Template},
		{"retryAfter", r.RetryAfter != 0},
		{"retryAfterDate", r.RetryAfterDate},
		{"delay", r.Delay != Delay{}},
		{"fault", r.Fault != ""},
		{"noReplay", r.NoReplay},
	} {
		if field.set {
			c.errorf(at+"."+field.name, "let the function return it", "%s beside func has no effect", field.name)
		}
	}
}

// sent checks what a reply says of the response.
func (c *checker) sent(at string, r *Response) {
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		c.errorf(at+".status", "from 200 to 599", "%d is no status of a final response", r.Status)
	}
	c.body(at, r)
	if _, isError := errorCode(r.Fixture); isError && r.Status == 0 && r.Fault == "" {
		c.errorf(at+".fixture", "give the reply a status of 400 or more", "an error would be sent with status 200")
	}
	c.notNegativeTime(at+".retryAfter", r.RetryAfter)
	if r.RetryAfterDate && r.RetryAfter == 0 {
		c.errorf(at+".retryAfterDate", "set retryAfter", "there is no Retry-After that could be sent as a date")
	}
	c.delay(at+".delay", r.Delay)
	if r.Fault != "" {
		oneOf(c, at+".fault", "the fault", r.Fault, Faults()...)
		c.bodyFault(at+".fault", r)
	}
}

// body checks that a reply has one body, and may have it.
func (c *checker) body(at string, r *Response) {
	bodies := make([]string, 0, 3)
	for _, b := range [...]struct {
		name string
		set  bool
	}{{"body", r.Body != nil}, {"json", r.JSON != nil}, {"fixture", r.Fixture != ""}} {
		if b.set {
			bodies = append(bodies, b.name)
		}
	}
	if len(bodies) > 1 {
		c.errorf(at+"."+bodies[1], "leave all but one out", "the reply has several bodies: %s", strings.Join(bodies, ", "))
	}
	if status := r.Status; (status == http.StatusNoContent || status == http.StatusNotModified) &&
		(len(r.Body) > 0 || r.JSON != nil || r.Fixture != "") {
		c.errorf(at+".status", "RFC 9110, section 6.4.1", "a response with status %d has no body", status)
	}
	if r.JSON != nil && c.marshal(at+".json", r.JSON) {
		c.noBase64(at+".json", r.JSON)
	}
	if len(r.Set) > 0 && r.Fixture == "" {
		c.errorf(at+".set", "write it into the body, or name a fixture", "there is no fixture that set could change")
	}
	c.pointers(at+".set", r.Set)
	for _, pointer := range sortedKeys(r.Set) {
		c.marshal(at+".set."+pointer, r.Set[pointer])
	}
}

// bodyFault checks that a fault of the body has a body to happen to: without one the response would be healthy.
func (c *checker) bodyFault(at string, r *Response) {
	switch r.Fault {
	case Truncated, WrongLength, MalformedChunk, StallBody:
		if len(r.Body) == 0 && r.JSON == nil && r.Fixture == "" {
			c.errorf(at, "give the reply a body, or use reset or empty, which need none", "%s needs a body", r.Fault)
		}
	}
}

func (c *checker) delay(at string, d Delay) {
	if d == (Delay{}) {
		return
	}
	c.notNegativeTime(at+".fixed", d.Fixed)
	c.notNegativeTime(at+".min", d.Min)
	c.notNegativeTime(at+".max", d.Max)
	c.notNegativeTime(at+".median", d.Median)
	if d.Min > d.Max && (d.Median == 0 || d.Max != 0) {
		c.errorf(at+".min", "", "a delay of at least %s is more than at most %s", d.Min, d.Max)
	}
	switch {
	case !(d.Sigma >= 0): // also where it is no number
		c.errorf(at+".sigma", "", "%v is no standard deviation", d.Sigma)
	case d.Sigma > 0 && d.Median == 0:
		c.errorf(at+".sigma", "set median", "a standard deviation without a median says nothing")
	}
	c.notNegativeNumber(at+".chunks", d.Chunks)
	c.notNegativeTime(at+".over", d.Over)
	switch {
	case d.Chunks > 0 && d.Over == 0:
		c.errorf(at+".chunks", "set over", "%d chunks need a time over which they come", d.Chunks)
	case d.Over > 0 && d.Chunks == 0:
		c.errorf(at+".over", "set chunks", "there are no chunks that could come over %s", d.Over)
	}
}

// pointers checks the JSON pointers of values.
func (c *checker) pointers(at string, values map[string]any) {
	for _, pointer := range sortedKeys(values) {
		if _, _, err := jsonmatch.At(pointer, nil); err != nil {
			c.errorf(at+"."+pointer, "RFC 6901", "%s", strings.TrimPrefix(err.Error(), "jsonmatch: "))
		}
	}
}

// noBase64 checks that a body is not given as bytes, of which json.Marshal makes a string in base64.
func (c *checker) noBase64(path string, v any) {
	if _, isBytes := v.([]byte); isBytes {
		c.errorf(path, "if the bytes are JSON, say so by json.RawMessage", "json.Marshal makes a string in base64 of a []byte")
	}
}

// marshal checks that a value has a JSON text.
func (c *checker) marshal(path string, v any) bool {
	_, err := json.Marshal(v)
	if err != nil {
		c.errorf(path, "it has to be a value that json.Marshal takes", "%w", err)
	}
	return err == nil
}
