package mockserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (c *checker) reply(p *routePaths, at string, r *Response) {
	c.notNegativeNumber(at+".times", r.Times)
	c.notNegative(at+".for", "the time", r.For)
	c.guard(p, at+".until", r.Until)
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		c.errorf(at+".status", "from 200 to 599", "%d is no status of a final response", r.Status)
	}
	c.body(at, r)
	c.notNegative(at+".retryAfter", "the time", r.RetryAfter)
	if r.RetryAfterDate && r.RetryAfter == 0 {
		c.errorf(at+".retryAfterDate", "set retryAfter", "there is no Retry-After that could be sent as a date")
	}
	c.delay(at+".delay", r.Delay)
	if r.Fault != "" {
		oneOf(c, at+".fault", "the fault", r.Fault, Faults()...)
	}
	c.change(p, at+".change", r.Change)
}

// body checks that a reply has one body, and may have it.
func (c *checker) body(at string, r *Response) {
	var bodies []string
	for _, b := range []struct {
		name string
		set  bool
	}{{"body", r.Body != nil}, {"json", r.JSON != nil}, {"fixture", r.Fixture != ""}, {"func", r.Func != nil}} {
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
	if r.JSON != nil {
		c.marshal(at+".json", r.JSON)
	}
	if len(r.Set) > 0 && r.Fixture == "" {
		c.errorf(at+".set", "write it into the body, or name a fixture", "there is no fixture that set could change")
	}
	c.values(at+".set", r.Set)
	if r.Fault != "" && r.Func != nil {
		c.errorf(at+".fault", "return the fault from the function", "a fault and a function exclude each other")
	}
}

func (c *checker) delay(at string, d Delay) {
	c.notNegative(at+".fixed", "the time", d.Fixed)
	c.notNegative(at+".min", "the time", d.Min)
	c.notNegative(at+".max", "the time", d.Max)
	c.notNegative(at+".median", "the time", d.Median)
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
	c.notNegative(at+".over", "the time", d.Over)
	switch {
	case d.Chunks > 0 && d.Over == 0:
		c.errorf(at+".chunks", "set over", "%d chunks need a time over which they come", d.Chunks)
	case d.Over > 0 && d.Chunks == 0:
		c.errorf(at+".over", "set chunks", "there are no chunks that could come over %s", d.Over)
	}
}

// values checks values at JSON pointers.
func (c *checker) values(at string, values map[string]any) {
	for _, pointer := range slices.Sorted(maps.Keys(values)) {
		path := at + "." + pointer
		if _, err := splitPointer(pointer); err != nil {
			c.errorf(path, "RFC 6901", "%q is no JSON pointer: %w", pointer, err)
		}
		c.marshal(path, values[pointer])
	}
}

// marshal encodes a value, and says why it cannot be encoded.
func (c *checker) marshal(path string, v any) {
	if _, err := json.Marshal(v); err != nil {
		c.errorf(path, "it has to be a value that json.Marshal takes", "%w", err)
	}
}

// splitPointer cuts a JSON pointer into its tokens (RFC 6901, sections 3 and 4).
func splitPointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, fmt.Errorf("it begins with no slash")
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, t := range tokens {
		for rest := t; ; {
			_, after, ok := strings.Cut(rest, "~")
			if !ok {
				break
			}
			if after == "" || after[0] != '0' && after[0] != '1' {
				return nil, fmt.Errorf("after ~ comes 0 or 1")
			}
			rest = after[1:]
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, nil
}
