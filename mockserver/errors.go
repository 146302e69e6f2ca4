package mockserver

import (
	"fmt"
	"iter"
	"net/http"
	"time"
)

// errorRetryAfter is how long ready-made errors have a client wait: as short as a Retry-After can say, for tests in real time.
const errorRetryAfter = time.Second

// Error is a scenario of one route that is answered with an error: an envelope with the code, a message and innerError, and what
// HTTP asks of the status: a challenge of 401, the Allow of 405. Codes that Graph is known to send have its message. [Errors] has errors
// with what Graph sends besides, such as a Retry-After.
func Error(route string, status int, code string) Scenario {
	return always(route, Response{Status: status, Fixture: "error/" + code}, status, code)
}

// always is a scenario of one route that gives one reply for good.
func always(route string, r Response, status int, code string) Scenario {
	return Scenario{Name: fmt.Sprintf("%s: %d %s", route, status, code), Routes: []Route{{
		Route: route, Source: caller(), Replies: []Response{r},
	}}}
}

// GraphError is an error that Graph answers with, and what a client should make of it.
type GraphError struct {
	Name   string // of the case: "404-itemNotFound"
	Why    string // what it tells the client
	Status int
	Code   string // as it is in the envelope

	// Retry says that the documentation has clients send the same request again, later: after the Retry-After, where there is one.
	// What else may help is another request: with a new token (401), of the present version (412), or from the beginning (410).
	Retry bool
}

// Response is the reply, to be one of several of a route. 429 and 503 have a Retry-After of one second, 410 the Location at which to start
// anew.
func (e GraphError) Response() Response {
	r := Response{Status: e.Status, Fixture: "error/" + e.Code}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		r.RetryAfter = errorRetryAfter
	case http.StatusGone:
		return Response{Func: func(q *Request) Response {
			gone := r
			gone.Header = http.Header{"Location": {q.URL.EscapedPath()}} // without the token that has expired
			return gone
		}}
	}
	return r
}

// For is a scenario of one route that is answered with the error, for good.
func (e GraphError) For(route string) Scenario { return always(route, e.Response(), e.Status, e.Code) }

// Errors yields errors that Graph is known to answer with, in the order of their statuses, for a loop over the client under test:
//
//	for e := range mockserver.Errors() {
//		t.Run(e.Name, func(t *testing.T) {
//			graph := mockserver.Transport(t, e.For("GET /users/{id}"))
//			_, err := NewClient(graph.URL, graph.Client()).User(t.Context(), "adele")
//			require.Equal(t, e.Retry, IsTemporary(err), e.Why)
//		})
//	}
//
// Services differ in the codes they have for the same: those of the directory begin with a word and an underscore, those of files with a
// small letter, those of Exchange with Error.
func Errors() iter.Seq[GraphError] {
	all := []GraphError{
		{Status: 400, Code: "BadRequest", Why: "the request is malformed"},
		{Status: 400, Code: "Request_BadRequest", Why: "the directory does not take a value"},
		{Status: 400, Code: "Request_UnsupportedQuery", Why: "the directory does not support a query option, or not without ConsistencyLevel"},
		{Status: 400, Code: "invalidRequest", Why: "the request is malformed, as files word it"},
		{Status: 401, Code: "InvalidAuthenticationToken", Why: "the token is missing, has expired or is none"},
		{Status: 401, Code: "unauthenticated", Why: "the same, as files word it"},
		{Status: 403, Code: "Authorization_RequestDenied", Why: "the token lacks a permission for the directory"},
		{Status: 403, Code: "accessDenied", Why: "the caller has no access to the file"},
		{Status: 403, Code: "ErrorAccessDenied", Why: "the token lacks a permission for the mailbox"},
		{Status: 404, Code: "Request_ResourceNotFound", Why: "the directory has no such object"},
		{Status: 404, Code: "ResourceNotFound", Why: "there is no such resource"},
		{Status: 404, Code: "itemNotFound", Why: "there is no such file"},
		{Status: 404, Code: "ErrorItemNotFound", Why: "the mailbox has no such item"},
		{Status: 405, Code: "MethodNotAllowed", Why: "the resource does not have this method; Allow names those that it has"},
		{Status: 409, Code: "nameAlreadyExists", Why: "another resource has the name"},
		{Status: 409, Code: "Directory_ConcurrencyViolation", Why: "another change of the object is under way", Retry: true},
		{Status: 410, Code: "resyncRequired", Why: "the delta token has expired; Location begins anew"},
		{Status: 410, Code: "syncStateNotFound", Why: "the same, as the directory words it"},
		{Status: 412, Code: "preconditionFailed", Why: "the resource is no longer the version of If-Match"},
		{Status: 412, Code: "resourceModified", Why: "the same, as files word it"},
		{Status: 413, Code: "RequestEntityTooLarge", Why: "the body is larger than the service takes"},
		{Status: 415, Code: "UnsupportedMediaType", Why: "the service does not take this Content-Type or Content-Encoding"},
		{Status: 416, Code: "invalidRange", Why: "the range is not within the file"},
		{Status: 422, Code: "Request_UnprocessableEntity", Why: "the body is well formed and makes no sense"},
		{Status: 423, Code: "resourceLocked", Why: "someone else has locked the resource"},
		{Status: 429, Code: "TooManyRequests", Why: "the client is throttled", Retry: true},
		{Status: 429, Code: "activityLimitReached", Why: "the client is throttled, as files word it", Retry: true},
		{Status: 500, Code: "generalException", Why: "something went wrong; nobody knows whether the request was carried out"},
		{Status: 501, Code: "notSupported", Why: "the service does not support the request"},
		{Status: 502, Code: "UnknownError", Why: "a gateway got no answer that it could read"},
		{Status: 503, Code: "serviceNotAvailable", Why: "the service is overloaded or in maintenance", Retry: true},
		{Status: 503, Code: "ServiceUnavailable", Why: "the same, as a gateway words it", Retry: true},
		{Status: 504, Code: "UnknownError", Why: "a gateway got no answer in time", Retry: true},
		{Status: 507, Code: "quotaLimitReached", Why: "there is no space left"},
	}
	return func(yield func(GraphError) bool) {
		for _, e := range all {
			e.Name = fmt.Sprintf("%d-%s", e.Status, e.Code)
			if !yield(e) {
				return
			}
		}
	}
}
