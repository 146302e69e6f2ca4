package mockserver

import (
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"
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
	return http.Header{"Www-Authenticate": {challenge + `, error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`}}
}

// requestID is the id of a request, made when it is first asked for.
func (h *Handler) requestID(q *Request) string {
	if q.id == "" {
		q.id = h.uuid(q)
	}
	return q.id
}

func (r *Request) clientRequestID(otherwise string) string {
	if sent := r.Header["Client-Request-Id"]; len(sent) > 0 && sent[0] != "" {
		return sent[0]
	}
	return otherwise
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

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
