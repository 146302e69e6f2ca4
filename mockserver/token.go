package mockserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/graphhost"
)

// accessToken is what an access token of the server says (RFC 7519).
type accessToken struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	App       string   `json:"appid"`
	Roles     []string `json:"roles,omitempty"`
	Scopes    string   `json:"scp,omitempty"`
	Tenant    string   `json:"tid"`
	ID        string   `json:"uti"`
	Version   string   `json:"ver"`
}

// writeToken signs a token with the server's key.
func (h *Handler) writeToken(t *accessToken) string {
	claims, _ := json.Marshal(t) // text and numbers
	signed := encode([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + encode(claims)
	return signed + "." + encode(h.signature(signed))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signature is an HMAC with the handler's own key, which keeps the tokens of servers apart.
func (h *Handler) signature(signed string) []byte {
	mac := hmac.New(sha256.New, h.tokenKey[:])
	mac.Write([]byte(signed))
	return mac.Sum(nil)
}

// readToken reads one of the server's tokens.
func (h *Handler) readToken(token string) (*accessToken, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || strings.Count(token, ".") != 2 {
		return nil, errors.New("it is no JWT")
	}
	if !hmac.Equal([]byte(token[i+1:]), []byte(encode(h.signature(token[:i])))) {
		return nil, errors.New("this server has not given it")
	}
	_, claims, _ := strings.Cut(token[:i], ".")
	doc, err := base64.RawURLEncoding.DecodeString(claims)
	t := &accessToken{}
	if err == nil {
		err = json.Unmarshal(doc, t)
	}
	return t, err
}

// The paths of Microsoft Entra ID that credentials ask for, and of the instance metadata service.
var (
	discoveryPath = regexp.MustCompile(`^/common/discovery/instance$`)
	openIDPath    = regexp.MustCompile(`^/([^/]+)/(v2\.0/)?\.well-known/openid-configuration$`)
	keysPath      = regexp.MustCompile(`^/([^/]+)/discovery/(v2\.0/)?keys$`)
	tokenPath     = regexp.MustCompile(`^/([^/]+)/oauth2/v2\.0/token$`)
	metadataPath  = regexp.MustCompile(`^/metadata/identity/oauth2/token$`)
)

// What the hosts that give tokens answer, for messages.
const (
	loginRoutes = "\n    GET /common/discovery/instance" +
		"\n    GET /{tenant}/v2.0/.well-known/openid-configuration" +
		"\n    POST /{tenant}/oauth2/v2.0/token"
	metadataRoutes = "\n    GET /metadata/identity/oauth2/token"
)

// isCredentials says whether a host, without a port, gives tokens.
func isCredentials(host string) bool { return graphhost.IsLogin(host) || host == graphhost.Metadata }

// credentials answers a request for one of the hosts that give tokens; nil: it does not know it.
func (h *Handler) credentials(q *Request, a *Auth) *answer {
	path := strings.TrimRight(q.URL.Path, "/")
	reads := q.Method == http.MethodGet || q.Method == http.MethodHead
	if q.URL.Hostname() == graphhost.Metadata {
		if reads && metadataPath.MatchString(path) {
			return h.managedIdentity(q, a)
		}
		return nil
	}
	if reads && discoveryPath.MatchString(path) {
		return h.discovery(q)
	}
	if m := openIDPath.FindStringSubmatch(path); m != nil && reads {
		return h.openID(q, m[1])
	}
	if keysPath.MatchString(path) {
		return h.document(q, http.StatusOK, map[string]any{"keys": []any{validationKey().public()}})
	}
	if m := tokenPath.FindStringSubmatch(path); m != nil && q.Method == http.MethodPost {
		return h.grant(q, a, m[1])
	}
	return nil
}

// explainCredentials says what the host of a request for a token answers.
func explainCredentials(q *Request) string {
	routes := loginRoutes
	if q.URL.Hostname() == graphhost.Metadata {
		routes = metadataRoutes
	}
	return fmt.Sprintf("\n  for %s the server answers by itself%s\n  to answer it, add the route %q", q.URL.Host, routes, loginRoute(q))
}

// loginRoute is the route that a scenario needs to answer a request for a token itself.
func loginRoute(q *Request) string {
	return q.Method + " " + q.URL.Scheme + "://" + q.URL.Host + q.URL.EscapedPath()
}

// discovery says which authorities there are: the one that was asked.
func (h *Handler) discovery(q *Request) *answer {
	host := q.URL.Host
	return h.document(q, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + host + "/common/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  []any{map[string]any{"preferred_network": host, "preferred_cache": host, "aliases": []string{host}}},
	})
}

// openID describes an authority (OpenID Connect Discovery 1.0, section 3).
func (h *Handler) openID(q *Request, tenant string) *answer {
	base := "https://" + q.URL.Host + "/" + tenant
	return h.document(q, http.StatusOK, map[string]any{
		"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint": base + "/oauth2/v2.0/devicecode", "jwks_uri": base + "/discovery/v2.0/keys",
		"response_types_supported": []string{"code", "id_token"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

// grant gives a token for client credentials (RFC 6749, section 4.4).
func (h *Handler) grant(q *Request, a *Auth, tenant string) *answer {
	form, err := url.ParseQuery(string(q.Body))
	refuse := func(code, text string) *answer {
		return h.document(q, http.StatusBadRequest, map[string]any{"error": code, "error_description": text})
	}
	switch {
	case err != nil:
		return refuse("invalid_request", "AADSTS900144: the body is no form: "+err.Error())
	case form.Get("grant_type") != "client_credentials":
		return refuse("unsupported_grant_type", fmt.Sprintf(
			"AADSTS70003: mockserver gives tokens for the grant client_credentials only, not for %q; a scenario can answer it with the route %q", form.Get("grant_type"), loginRoute(q)))
	case form.Get("client_id") == "":
		return refuse("invalid_request", "AADSTS900144: The request body must contain the following parameter: 'client_id'.")
	case form.Get("client_secret") == "" && form.Get("client_assertion") == "":
		return refuse("invalid_client", "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	resource := defaultResource(form.Get("scope"))
	if resource == "" {
		return refuse("invalid_scope", "AADSTS1002012: The provided value for scope "+form.Get("scope")+" is not valid. Client credential flows must have a scope value with /.default.")
	}
	lifetime := a.lifetime()
	return h.document(q, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds64(lifetime), "ext_expires_in": seconds64(lifetime),
		"access_token": h.newToken(q, a, tenant, form.Get("client_id"), resource),
	})
}

// defaultResource is the resource of which a list of scopes asks for all that has been granted; "" where it asks for none.
func defaultResource(scopes string) string {
	for _, s := range strings.Fields(scopes) { // some clients also ask for what has no meaning here, such as openid
		if resource, ok := strings.CutSuffix(s, "/.default"); ok {
			return resource
		}
	}
	return ""
}

// managedIdentity gives a token as the instance metadata service does.
func (h *Handler) managedIdentity(q *Request, a *Auth) *answer {
	if q.Header.Get("Metadata") != "true" {
		return h.document(q, http.StatusBadRequest, map[string]any{
			"error": "invalid_request", "error_description": "Required metadata header not specified or not correct",
		})
	}
	resource := strings.TrimSuffix(q.Query("resource"), "/")
	if resource == "" {
		return h.document(q, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Required query variable 'resource' is missing"})
	}
	client := q.Query("client_id")
	if client == "" {
		client = "system-assigned"
	}
	lifetime, now := a.lifetime(), h.now()
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return h.document(q, http.StatusOK, map[string]any{
		"access_token": h.newToken(q, a, "managed-identity", client, resource), "client_id": client, "resource": resource, "token_type": "Bearer",
		"expires_in": number(seconds64(lifetime)), "ext_expires_in": number(seconds64(lifetime)),
		"expires_on": number(now.Add(lifetime).Unix()), "not_before": number(now.Unix()),
	})
}

func seconds64(d time.Duration) int64 { return int64(d / time.Second) }

func (h *Handler) newToken(q *Request, a *Auth, tenant, client, resource string) string {
	now := h.now()
	return h.writeToken(&accessToken{
		Audience: resource, Issuer: "https://sts.windows.net/" + tenant + "/", IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(a.lifetime()).Unix(),
		App: client, Roles: a.permissions(), Tenant: tenant, ID: h.requestID(q), Version: "1.0",
	})
}

// document is an answer of the server's own that is JSON.
func (h *Handler) document(q *Request, status int, members map[string]any) *answer {
	body, err := json.Marshal(members)
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // they are text and numbers
	}
	return &answer{
		status: status, body: body, deliberate: true,
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store"}, "Date": h.date()},
	}
}
