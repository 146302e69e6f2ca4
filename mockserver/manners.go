package mockserver

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stamp adds the headers that every answer of Graph has: request-id, the client-request-id that was sent, and Date.
func (h *Handler) stamp(a *answer, q *Request) {
	id := h.requestID(q)
	values := []string{id, q.clientRequestID(id)} // one piece for both
	set := func(name string, values []string) {
		if _, ok := a.header[name]; !ok {
			a.header[name] = values
		}
	}
	set("Request-Id", values[:1:1])
	set("Client-Request-Id", values[1:])
	set("Date", h.date())
	if a.status == http.StatusUnauthorized {
		set("Www-Authenticate", []string{challenge})
	}
}

// challenge is what a 401 says of how to come by a token (RFC 6750, section 3).
const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`

// Claims returns a Www-Authenticate header with a claims challenge (continuous access evaluation), for a Response with Status 401:
// a client that understands it asks for a token with these claims and tries once more. claims is the JSON of the claims request.
func Claims(claims string) http.Header {
	return http.Header{"Www-Authenticate": {challenge + `, error="insufficient_claims", claims="` + base64URL(claims) + `"`}}
}

// requestID is the id of a request, made when it is first asked for.
func (h *Handler) requestID(q *Request) string {
	if q.id == "" {
		q.id = h.uuid()
	}
	return q.id
}

func (r *Request) clientRequestID(otherwise string) string {
	if sent := r.Header["Client-Request-Id"]; len(sent) > 0 && sent[0] != "" {
		return sent[0]
	}
	return otherwise
}

// messages are what errors say that nobody gave a text, by code.
var messages = map[string]string{
	"InvalidAuthenticationToken":      "Access token has expired or is not yet valid.",
	"Authorization_RequestDenied":     "Insufficient privileges to complete the operation.",
	"Request_ResourceNotFound":        "Resource does not exist or one of its queried reference-property objects are not present.",
	"ResourceNotFound":                "The resource could not be found.",
	"Request_BadRequest":              "The request is malformed or has a value that is not valid.",
	"BadRequest":                      "The request is malformed or has a value that is not valid.",
	"TooManyRequests":                 "Too many requests.",
	"activityLimitReached":            "Too many requests; the client has been throttled.",
	"serviceNotAvailable":             "The service is temporarily not available.",
	"ServiceUnavailable":              "The service is temporarily not available.",
	"UnknownError":                    "An unknown error has occurred.",
	"generalException":                "An unspecified error has occurred.",
	"nameAlreadyExists":               "The specified name already exists.",
	"NameAlreadyExists":               "The specified name already exists.",
	"preconditionFailed":              "The ETag does not match the resource.",
	"resyncRequired":                  "The delta token is no longer valid; start anew.",
	"syncStateNotFound":               "The sync state generation is not found; start anew.",
	"MethodNotAllowed":                "The method is not allowed for this resource.",
	"UnsupportedQuery":                "The query is not supported.",
	"Directory_ConcurrencyViolation":  "A conflicting change was made to the resource.",
	"Request_UnsupportedQuery":        "The query is not supported.",
	"Authentication_ExpiredToken":     "Your access token has expired. Please renew it before submitting the request.",
	"Request_MultipleObjectsWithSame": "Another object with the same value of the property already exists.",
}

// envelope makes an error envelope (OData JSON 4.01, section 21.1) as Graph has it: with a message that is never empty, which
// its Go client relies on, and with the ids and the time in innerError.
func (c *content) envelope(ctx *rendering) ([]byte, error) {
	message := messages[c.code]
	if message == "" {
		message = "The request failed with the code " + c.code + "."
	}
	body := ctx.handler.errorBody(ctx.request, c.code, message)
	if c.set == nil {
		return body, nil
	}
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, err
	}
	for _, pointer := range sortedKeys(c.set) {
		v := c.set[pointer]
		if t := c.texts[pointer]; t != nil {
			text, err := t.execute(ctx)
			if err != nil {
				return nil, err
			}
			v = text
		}
		if err := setAt(doc, pointer, v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(doc)
}

// setAt sets a member of an object, which the objects on the way to it are made for.
func setAt(doc map[string]any, pointer string, v any) error {
	tokens := strings.Split(pointer, "/")
	if len(tokens) < 2 || tokens[0] != "" {
		return fmt.Errorf("%q is no JSON pointer to a member", pointer)
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~").Replace
	for _, t := range tokens[1 : len(tokens)-1] {
		next, ok := doc[unescape(t)].(map[string]any)
		if !ok {
			next = map[string]any{}
			doc[unescape(t)] = next
		}
		doc = next
	}
	doc[unescape(tokens[len(tokens)-1])] = v
	return nil
}

// errorBody is an error envelope.
func (h *Handler) errorBody(q *Request, code, message string) []byte {
	id := h.requestID(q)
	b := append(make([]byte, 0, 320), `{"error":{"code":`...)
	b = appendString(b, code)
	b = append(b, `,"message":`...)
	b = appendString(b, message)
	b = append(b, `,"innerError":{"date":"`...)
	b = h.now().UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
	b = append(b, `","request-id":"`...)
	b = append(b, id...)
	b = append(b, `","client-request-id":`...)
	b = appendString(b, q.clientRequestID(id))
	return append(b, "}}}"...)
}

// failure is an answer of the server's own.
func (h *Handler) failure(q *Request, status int, code, message string) *answer {
	a := &answer{status: status, header: http.Header{"Content-Type": {graphJSON}}, body: h.errorBody(q, code, message)}
	h.stamp(a, q)
	return a
}

// notIssued answers a request for something that no reply has issued.
func (h *Handler) notIssued(q *Request, param, why string) *answer {
	return h.failure(q, http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf("There is no %s %q: %s.", param, q.Param(param), why))
}

// precondition evaluates a request's conditions on an ETag (RFC 9110, section 13): 304 or 412, 0 where they hold.
func precondition(q *Request, etag string) int {
	if match := q.Header.Values("If-Match"); len(match) > 0 && !etagIn(match, etag) {
		return http.StatusPreconditionFailed
	}
	if none := q.Header.Values("If-None-Match"); len(none) > 0 && etagIn(none, etag) {
		if q.Method == http.MethodGet || q.Method == http.MethodHead {
			return http.StatusNotModified
		}
		return http.StatusPreconditionFailed
	}
	return 0
}

// etagIn says whether a list of entity tags has one. Graph's tags are weak (W/"…") and compared as if they were strong.
func etagIn(lists []string, etag string) bool {
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}

// allowed lists the methods that the routes take at a path, for the Allow header (RFC 9110, section 10.2.1).
func (p *program) allowed(path string) []string {
	methods := p.index.Methods(path)
	if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) {
		methods = append(methods, http.MethodHead)
	}
	if len(methods) > 0 && !slices.Contains(methods, http.MethodOptions) {
		methods = append(methods, http.MethodOptions)
	}
	slices.Sort(methods)
	return methods
}

// retryAfter reads a Retry-After (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) (until time.Time, ok bool) {
	var seconds int64
	if n, err := fmt.Sscanf(value, "%d", &seconds); n == 1 && err == nil && fmt.Sprint(seconds) == value && seconds >= 0 {
		return now.Add(time.Duration(min(seconds, 1<<31)) * time.Second), true
	}
	if t, err := http.ParseTime(value); err == nil {
		return t.Add(-time.Second), true // a date is exact to the second
	}
	return time.Time{}, false
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
