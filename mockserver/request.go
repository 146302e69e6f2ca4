package mockserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
	"github.com/graphcontract/graphcontract/schema"
)

// maxRequest is the largest request body that is read, packed or unpacked.
const maxRequest = 64 << 20

// Request is a request as functions of a scenario see it. It is theirs for as long as they run; its fields must not be changed.
type Request struct {
	Method string
	URL    *url.URL // absolute, as the client called
	Header http.Header
	Body   []byte // unpacked where its bytes are gzip, whatever the header says; nil without one

	handler       *Handler          // that answers it
	credentials   bool              // it is for a host that gives tokens
	context       context.Context   // of the client
	ownsURL       bool              // the URL is no one else's
	names, values []string          // of the parameters of the path that matched
	states        map[string]string // of the machines that the path can name
	vars          map[string]string

	sequence uint64            // in the order of decisions
	id       string            // request-id
	issued   map[string]string // ids, by parameter
	drawn    uint64            // random numbers so far
	count    int               // of the requests of its place, with this one
	crowds   []*crowd          // those that it is one of
	prefix   string            // of the paths of a view of a shared server
	version  string            // "v1.0", "beta" or ""
	wire     []byte            // the body as it was sent
	bodyErr  error             // why it is too large or could not be unpacked
	torn     error             // why the body did not come whole
	label    string            // what is wrong with the label of its coding, or ""
	decoded  any
	jsonErr  error
	isParsed bool
	arrived  arrival
	trying   *stub // whose conditions are looked at
	left     bool  // it is no longer in flight
	answer   *answer
	gone     bool            // the client went away before it was sent
	findings schema.Findings // errors of the body
	space    space
}

// arrival is when and how a request came.
type arrival struct {
	time   time.Time // of the decision
	number uint64    // in the order in which they came
	conn   string    // its connection, which tells what was sent after an answer from what only came after it; "": unknown
}

// Param is the value of a parameter of the path, "" where there is none of that name.
func (r *Request) Param(name string) string {
	if i := slices.Index(r.names, name); i >= 0 {
		return r.values[i]
	}
	return ""
}

// Query is the value of a query option, "" where there is none. System query options may be named with or without the
// dollar sign.
func (r *Request) Query(option string) string {
	if v := odata.Values(r.URL.RawQuery, odata.Option(option)); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Decode decodes the body into v, as json.Unmarshal does.
func (r *Request) Decode(v any) error { return json.Unmarshal(r.Body, v) }

// State is the state that a machine was in when the request was matched, "" where the path does not have the parameters that
// tell which one is meant.
func (r *Request) State(machine string) string { return r.states[machine] }

// Base is the scheme, host and version that the client called: "https://graph.microsoft.com/v1.0".
func (r *Request) Base() string {
	if r.version == "" {
		return r.Host()
	}
	return r.Host() + "/" + r.version
}

// Host is the scheme and host that the client called.
func (r *Request) Host() string { return r.URL.Scheme + "://" + r.URL.Host + r.prefix }

// value is the decoded body; numbers are json.Number.
func (r *Request) value() (any, error) {
	if !r.isParsed {
		r.isParsed = true
		if r.jsonErr = r.bodyErr; r.jsonErr == nil {
			r.decoded, r.jsonErr = jsonmatch.Decode(r.Body)
		}
	}
	return r.decoded, r.jsonErr
}

// newRequest reads a request and its body, which it closes. The header becomes the journal's.
func newRequest(r *http.Request, header http.Header, at arrival) *Request {
	u := r.URL
	if u.Scheme == "" || u.Host == "" || (r.Host != "" && u.Host != r.Host) {
		c := *u
		c.Scheme, c.Host = "http", r.Host
		if r.TLS != nil || (u.Scheme == "https" && r.URL.Host != "") {
			c.Scheme = "https"
		}
		u = &c
	}
	q := &Request{Method: r.Method, URL: u, context: r.Context(), ownsURL: u != r.URL, Header: header, version: versionOf(u.Path), arrived: at}
	q.credentials = isCredentials(u.Hostname())
	q.prefix, _ = r.Context().Value(prefixKey{}).(string)
	if q.Method == "" {
		q.Method = http.MethodGet
	}
	if r.Body != nil && r.Body != http.NoBody {
		q.read(r.Body)
	}
	return q
}

func versionOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.EqualFold(first, "v1.0") || strings.EqualFold(first, "beta") {
		return first
	}
	return ""
}

// isText says whether the body is said to be text, or not said to be anything else: bytes of gzip are then packed text, and not a
// file that is uploaded as it is.
func (r *Request) isText() bool {
	kind, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	kind = strings.TrimSpace(kind)
	for _, text := range []string{"json", "xml", "text/", "application/x-www-form-urlencoded", "multipart/"} {
		if strings.Contains(kind, text) && !strings.Contains(kind, "openxml") {
			return true
		}
	}
	return kind == ""
}

func (r *Request) read(body io.ReadCloser) {
	defer body.Close()
	r.wire, r.torn = io.ReadAll(io.LimitReader(body, maxRequest+1))
	if r.torn != nil {
		return
	}
	if len(r.wire) > maxRequest {
		r.bodyErr = fmt.Errorf("the body has more than %d bytes", maxRequest)
	}
	r.Body = r.wire
	if len(r.wire) == 0 {
		r.wire, r.Body = nil, nil
	}
	isGzip := bytes.HasPrefix(r.wire, []byte{0x1f, 0x8b})
	said := strings.EqualFold(strings.TrimSpace(r.Header.Get("Content-Encoding")), "gzip")
	switch {
	case isGzip && !said && r.isText():
		r.label = "the body is gzip, but the request has no Content-Encoding"
		if label := r.Header.Get("Content-Encoding"); label != "" {
			r.label = fmt.Sprintf("the body is gzip, but Content-Encoding is %q", label)
		}
	case said && !isGzip && len(r.wire) > 0:
		r.label = "Content-Encoding is gzip, but the body is not"
	}
	if !isGzip || r.bodyErr != nil {
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(r.wire))
	if err == nil {
		r.Body, err = io.ReadAll(io.LimitReader(z, maxRequest+1))
	}
	if err == nil && len(r.Body) > maxRequest {
		err = fmt.Errorf("it has more than %d bytes", maxRequest)
	}
	if err != nil {
		r.bodyErr = fmt.Errorf("gzip: %w", err)
	}
}
