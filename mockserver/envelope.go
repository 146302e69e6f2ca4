package mockserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// messages are what errors say that nobody gave a text, by code.
var messages = map[string]string{
	"InvalidAuthenticationToken":              "Access token has expired or is not yet valid.",
	"Authorization_RequestDenied":             "Insufficient privileges to complete the operation.",
	"Request_ResourceNotFound":                "Resource does not exist or one of its queried reference-property objects are not present.",
	"ResourceNotFound":                        "The resource could not be found.",
	"Request_BadRequest":                      "The request is malformed or has a value that is not valid.",
	"BadRequest":                              "The request is malformed or has a value that is not valid.",
	"TooManyRequests":                         "Too many requests.",
	"activityLimitReached":                    "Too many requests; the client has been throttled.",
	"serviceNotAvailable":                     "The service is temporarily not available.",
	"ServiceUnavailable":                      "The service is temporarily not available.",
	"UnknownError":                            "An unknown error has occurred.",
	"generalException":                        "An unspecified error has occurred.",
	"nameAlreadyExists":                       "The specified name already exists.",
	"NameAlreadyExists":                       "The specified name already exists.",
	"preconditionFailed":                      "The ETag does not match the resource.",
	"resyncRequired":                          "The delta token is no longer valid; start anew.",
	"syncStateNotFound":                       "The sync state generation is not found; start anew.",
	"MethodNotAllowed":                        "The method is not allowed for this resource.",
	"UnsupportedQuery":                        "The query is not supported.",
	"Directory_ConcurrencyViolation":          "A conflicting change was made to the resource.",
	"Request_UnsupportedQuery":                "The query is not supported.",
	"Authentication_ExpiredToken":             "Your access token has expired. Please renew it before submitting the request.",
	"invalidRequest":                          "The request is malformed or incorrect.",
	"unauthenticated":                         "The caller is not authenticated.",
	"accessDenied":                            "The caller does not have permission to perform the action.",
	"ErrorAccessDenied":                       "Access is denied. Check credentials and try again.",
	"itemNotFound":                            "The resource could not be found.",
	"ErrorItemNotFound":                       "The specified object was not found in the store.",
	"resourceModified":                        "The resource being updated has changed since the caller last read it.",
	"RequestEntityTooLarge":                   "The request is larger than the service takes.",
	"UnsupportedMediaType":                    "The content type of the request is not supported.",
	"invalidRange":                            "The specified byte range is invalid or unavailable.",
	"Request_UnprocessableEntity":             "The request makes no sense to the service.",
	"resourceLocked":                          "The resource is locked.",
	"notSupported":                            "The request is not supported by the system.",
	"quotaLimitReached":                       "The user has reached their quota limit.",
	"Request_MultipleObjectsWithSameKeyValue": "Another object with the same value of the property already exists.",
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
	return c.changed(body, ctx)
}

// changed is an envelope with what Set says. Without a rendering templates stay as they are.
func (c *content) changed(body []byte, ctx *rendering) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, err
	}
	for _, pointer := range sortedKeys(c.set) {
		v := copyJSON(c.set[pointer]) // another pointer may lead into it
		if t := c.texts[pointer]; t != nil && ctx != nil {
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

// codes are those of statuses that come without a body.
var codes = map[int]string{
	http.StatusBadRequest: "Request_BadRequest", http.StatusUnauthorized: "InvalidAuthenticationToken", http.StatusForbidden: "Authorization_RequestDenied",
	http.StatusNotFound: "Request_ResourceNotFound", http.StatusMethodNotAllowed: "MethodNotAllowed", http.StatusConflict: "nameAlreadyExists",
	http.StatusGone: "resyncRequired", http.StatusPreconditionFailed: "preconditionFailed", http.StatusTooManyRequests: "TooManyRequests",
	http.StatusInternalServerError: "generalException", http.StatusServiceUnavailable: "serviceNotAvailable",
}

// codeOf is the code of an error that is only a status.
func codeOf(status int) string {
	if code := codes[status]; code != "" {
		return code
	}
	return cmp.Or(strings.ReplaceAll(http.StatusText(status), " ", ""), "UnknownError")
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

// copyJSON copies a decoded value, so that what is set in the copy is not in the original.
func copyJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = copyJSON(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = copyJSON(item)
		}
		return out
	}
	return v
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
	if strings.HasPrefix(code, "Mock") { // it says what the server knows
		message = h.hide(q, message)
	}
	a := &answer{status: status, header: http.Header{"Content-Type": {graphJSON}}, body: h.errorBody(q, code, message)}
	h.stamp(a, q)
	return a
}

// notIssued answers a request for something that no reply has issued.
func (h *Handler) notIssued(q *Request, param, why string) *answer {
	return h.failure(q, http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf("There is no %s %q: %s.", param, q.Param(param), why))
}
