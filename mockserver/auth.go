package mockserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/graphhost"
)

// ErrToken is a request without an access token to a scenario that asks for one.
var ErrToken = errors.New("request without a token")

// Auth is what requests must have to be answered: an access token that the server gave, and that has not expired. The endpoints that give
// tokens answer in every scenario: those of Microsoft Entra ID for the grant of client credentials, with a secret, a certificate or
// an assertion of another authority, and that of managed identities; every client and every secret will do. A [Route] that names their host
// answers instead; routes without a host are not for them. Requests for tokens use up no replies, and no expectation counts them.
//
// A request without a token gets 401 and is reported, since a correct client does not send it. One with a token that has expired, or that is none
// of the server's, gets 401 with a claims challenge, one whose token lacks a permission 403; that is not reported. The zero value asks for a token of
// an hour.
type Auth struct {
	// Lifetime is how long a token is valid by the server's clock; 0: an hour.
	Lifetime time.Duration
	// Require has permissions that tokens must have, such as ExternalConnection.ReadWrite.All, which are their roles or scopes.
	Require []string
	// Grant has the permissions that tokens are given; nil: those of Require.
	Grant []string
}

func (a *Auth) lifetime() time.Duration {
	if a == nil {
		return time.Hour
	}
	return cmp.Or(a.Lifetime, time.Hour)
}

// permissions are what tokens are given.
func (a *Auth) permissions() []string {
	switch {
	case a == nil:
		return nil
	case a.Grant != nil:
		return a.Grant
	}
	return a.Require
}

// denied is why a request is not answered that is not entitled to it: an answer without its ids.
type denied struct {
	status        int
	code, message string
	header        http.Header
	report        bool // the client made a mistake
}

// deny says why a request is denied; nil: it is not.
func (h *Handler) deny(a *Auth, q *Request, now time.Time) *denied {
	if a == nil || q.credentials {
		return nil
	}
	scheme, sent, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(sent) == "" {
		return &denied{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: "Access token is empty.", report: true}
	}
	challenge := func(message string) *denied {
		return &denied{
			status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: message,
			header: Claims(fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, now.Unix())),
		}
	}
	t, err := h.readToken(strings.TrimSpace(sent))
	switch {
	case err != nil:
		return challenge("Invalid access token: " + err.Error() + ".")
	case !now.Before(time.Unix(t.Expires, 0)):
		return challenge("Lifetime validation failed, the token is expired.")
	}
	for _, need := range a.Require {
		if !slices.Contains(t.Roles, need) && !slices.Contains(strings.Fields(t.Scopes), need) {
			return &denied{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}
		}
	}
	return nil
}

// whyNoToken tells why a client may have sent no token to a host.
func whyNoToken(host string) string {
	if graphhost.Is(host) {
		return "  any credential will do, with any client and secret, such as azidentity's with srv.Client() as its transport"
	}
	return "  the credentials of Graph's Go SDK send none, and no error, to hosts that are not in their list of valid hosts:\n" +
		"  have the client call https://graph.microsoft.com and give it srv.Client(), or add " + strconv.Quote(host) + " to the list"
}

// refuseAccess answers a request that is denied.
func (h *Handler) refuseAccess(q *Request, d *denied) *answer {
	if d.report {
		h.violate(q, ErrToken, "%s came without an access token   (answered with %d)\n%s", q.line(), d.status, whyNoToken(q.URL.Hostname()))
	}
	a := h.failure(q, d.status, d.code, d.message)
	for name, values := range d.header {
		a.header[name] = values
	}
	return a
}
