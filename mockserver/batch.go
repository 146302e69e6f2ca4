package mockserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/graphhost"
	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/internal/text"
)

// maxBatch is how many requests Graph takes in a batch.
const maxBatch = 20

// batchRequest is one request of a batch (OData JSON 4.01, section 19.1).
type batchRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchResponse is the response to one of them.
type batchResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// isBatch says whether a request is a batch.
func isBatch(q *Request) bool {
	return q.Method == http.MethodPost && text.Lower(route.Normalize(q.URL.EscapedPath())) == "/$batch"
}

// batch answers a batch: each of its requests is answered, and written down, as if it had come alone, one after the other in their
// order. They all came when the batch did, so that none of them knows of the Retry-After of another. A client that sends a batch as Graph
// refuses it gets 400.
func (h *Handler) batch(q *Request) *answer {
	requests, err := readBatch(q)
	if err != nil {
		return h.failure(q, http.StatusBadRequest, "BadRequest", "Invalid batch: "+err.Error()+".")
	}
	h.sender(q)
	h.leave(q) // its requests are in flight for it
	failed := map[string]bool{}
	responses := make([]batchResponse, len(requests))
	for i := range requests {
		r := &requests[i]
		if slices.ContainsFunc(r.DependsOn, func(id string) bool { return failed[id] }) {
			responses[i] = h.batchFailure(q, r.ID, http.StatusFailedDependency, "FailedDependency", "A request that this one depends on has failed.")
		} else {
			responses[i] = h.batched(q, r)
		}
		failed[r.ID] = responses[i].Status >= 400
	}
	body, err := json.Marshal(map[string]any{"responses": responses})
	if err != nil {
		return h.failure(q, http.StatusInternalServerError, "MockReplyFailed", err.Error())
	}
	a := &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: body}
	h.stamp(a, q)
	return a
}

// readBatch reads a batch, or says why Graph would not take it.
func readBatch(q *Request) ([]batchRequest, error) {
	var doc struct {
		Requests []batchRequest `json:"requests"`
	}
	if q.bodyErr != nil {
		return nil, q.bodyErr
	}
	if err := json.Unmarshal(q.Body, &doc); err != nil {
		return nil, fmt.Errorf("the body is no batch: %w", named(err))
	}
	if n := len(doc.Requests); n == 0 || n > maxBatch {
		return nil, fmt.Errorf("it has %s, want 1 to %d", text.Count(n, "request"), maxBatch)
	}
	var ids []string
	for i := range doc.Requests {
		r := &doc.Requests[i]
		switch {
		case r.ID == "":
			return nil, fmt.Errorf("request %d has no id", i+1)
		case slices.Contains(ids, r.ID):
			return nil, fmt.Errorf("the id %q is there twice", r.ID)
		case r.Method == "" || r.URL == "":
			return nil, fmt.Errorf("the request %q has no method or no url", r.ID)
		case len(r.Body) > 0 && !hasContentType(r.Headers):
			return nil, fmt.Errorf("the request %q has a body and no Content-Type in its headers", r.ID)
		}
		for _, id := range r.DependsOn {
			if !slices.Contains(ids, id) {
				return nil, fmt.Errorf("the request %q depends on %q, which is no request before it", r.ID, id)
			}
		}
		ids = append(ids, r.ID)
	}
	return doc.Requests, nil
}

// named is an error of encoding/json that names members, and not our types.
func named(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return err
	case wrong.Field == "":
		return fmt.Errorf("it is a JSON %s, want an object with requests", wrong.Value)
	}
	return fmt.Errorf("%s is a JSON %s", wrong.Field, wrong.Value)
}

func hasContentType(headers map[string]string) bool {
	for name := range headers {
		if strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// batched answers one request of a batch.
func (h *Handler) batched(outer *Request, b *batchRequest) batchResponse {
	r, err := b.request(outer)
	if err != nil {
		return h.batchFailure(outer, b.ID, http.StatusBadRequest, "BadRequest", err.Error())
	}
	res, err := h.roundTrip(r, outer.arrived)
	if err == nil {
		defer res.Body.Close()
		var body []byte
		if body, err = io.ReadAll(res.Body); err == nil {
			return newBatchResponse(b.ID, res, body)
		}
	}
	return h.batchFailure(outer, b.ID, http.StatusBadGateway, "UnknownError", "The request of the batch met a fault: "+err.Error()+".")
}

// request is the request as it would be if it came alone: to the host that was called, with the batch's credentials.
func (b *batchRequest) request(outer *Request) (*http.Request, error) {
	target, err := b.target(outer)
	if err != nil {
		return nil, err
	}
	body, err := b.payload()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(outer.context, strings.ToUpper(b.Method), target, body)
	if err != nil {
		return nil, err
	}
	if text.Lower(route.Normalize(r.URL.EscapedPath())) == "/$batch" {
		return nil, errors.New("a batch has no batches")
	}
	for _, name := range []string{"Authorization", "Client-Request-Id", "User-Agent"} {
		if v := outer.Header[name]; v != nil {
			r.Header[name] = v
		}
	}
	for name, v := range b.Headers {
		r.Header.Set(name, v)
	}
	return r, nil
}

// target is the URL that the request leads to. One that is absolute leads to Graph, or to the host that was called.
func (b *batchRequest) target(outer *Request) (string, error) {
	host := outer.URL.Scheme + "://" + outer.URL.Host
	u, err := url.Parse(b.URL)
	switch {
	case err != nil:
		return "", fmt.Errorf("the url %q cannot be read", b.URL)
	case !u.IsAbs():
		return strings.TrimRight(host+"/"+outer.version, "/") + "/" + strings.TrimPrefix(b.URL, "/"), nil
	case graphhost.Is(u.Hostname()):
		return host + u.RequestURI(), nil
	case u.Host == outer.URL.Host:
		return host + strings.TrimPrefix(u.RequestURI(), outer.prefix), nil
	}
	return "", fmt.Errorf("the url %q leads elsewhere", b.URL)
}

// payload is the body: JSON as it is, and what is in a string, base64, for all other types.
func (b *batchRequest) payload() (io.Reader, error) {
	if len(b.Body) == 0 || bytes.Equal(b.Body, []byte("null")) {
		return http.NoBody, nil
	}
	var packed string
	if json.Unmarshal(b.Body, &packed) == nil {
		raw, err := base64.StdEncoding.DecodeString(packed)
		if err != nil {
			return nil, errors.New("the body is a text that is not base64")
		}
		return bytes.NewReader(raw), nil
	}
	return bytes.NewReader(b.Body), nil
}

func newBatchResponse(id string, res *http.Response, body []byte) batchResponse {
	out := batchResponse{ID: id, Status: res.StatusCode, Headers: map[string]string{}}
	for name := range res.Header {
		if name != "Content-Length" && name != "Date" {
			out.Headers[name] = strings.Join(res.Header[name], ", ")
		}
	}
	switch {
	case len(body) == 0:
	case json.Valid(body):
		out.Body = json.RawMessage(body)
	default:
		out.Body = base64.StdEncoding.EncodeToString(body)
	}
	return out
}

// batchFailure is a response of the server's own.
func (h *Handler) batchFailure(outer *Request, id string, status int, code, message string) batchResponse {
	return batchResponse{
		ID: id, Status: status, Headers: map[string]string{"Content-Type": "application/json"},
		Body: json.RawMessage(h.errorBody(outer, code, message)),
	}
}
