package mockserver_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// token asks for a token as a client with a secret does.
func token(t *testing.T, client *http.Client) (token string, lifetime time.Duration) {
	res, err := client.PostForm(tokenURL, form())
	require.NoError(t, err)
	defer res.Body.Close()
	var got struct {
		Token string `json:"access_token"`
		In    int64  `json:"expires_in"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&got))
	require.Equal(t, http.StatusOK, res.StatusCode)
	return got.Token, time.Duration(got.In) * time.Second
}

// asked calls with a token, and returns the status and the code of an error.
func asked(t *testing.T, client *http.Client, url, token string) (*http.Response, string) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var envelope struct{ Error struct{ Code string } }
	require.NoError(t, json.Unmarshal(body, &envelope))
	return res, envelope.Error.Code
}

func TestAuth(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{Lifetime: 5 * time.Minute, Require: []string{"ExternalConnection.Read.All"}}
	for name, start := range map[string]func(*testing.T, mockserver.Scenario) *mockserver.Server{
		"transport": func(t *testing.T, s mockserver.Scenario) *mockserver.Server { return mockserver.Transport(t, s) },
		"memory": func(t *testing.T, s mockserver.Scenario) *mockserver.Server {
			return mockserver.Start(t, s, mockserver.InMemory())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := start(t, s)
				operation := "https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/1"
				first, lifetime := token(t, srv.Client())
				require.Equal(t, 5*time.Minute, lifetime)
				res, _ := asked(t, srv.Client(), operation, first)
				require.Equal(t, http.StatusOK, res.StatusCode)

				time.Sleep(lifetime)
				res, code := asked(t, srv.Client(), operation, first)
				require.Equal(t, http.StatusUnauthorized, res.StatusCode)
				require.Equal(t, "InvalidAuthenticationToken", code)
				challenge := res.Header.Get("Www-Authenticate")
				_, claims, ok := strings.Cut(challenge, `claims="`)
				require.True(t, ok, challenge)
				decoded, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(claims, `"`))
				require.NoError(t, err)
				require.True(t, json.Valid(decoded))

				again, _ := token(t, srv.Client())
				res, _ = asked(t, srv.Client(), operation, again)
				require.Equal(t, http.StatusOK, res.StatusCode)
				res, _ = asked(t, srv.Client(), operation, again[:len(again)-4]+"AAAA")
				require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			})
		})
	}
}

// tokenURL is where tenants give tokens.
const tokenURL = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"

// form is what a client with a secret sends, with other values where they are given.
func form(pairs ...string) url.Values {
	v := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"S3cr3tOfTheClient"}, "scope": {"https://graph.microsoft.com/.default"},
	}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// TestAuthPermissions holds that a token has what it was granted, and that a request needs what is required.
func TestAuthPermissions(t *testing.T) {
	const read, write = "ExternalConnection.Read.All", "ExternalConnection.ReadWrite.All"
	for _, c := range []struct {
		name, reason   string
		require, grant []string
		status         int
	}{
		{"none", "a token is all that is asked for", nil, nil, 200},
		{"required", "tokens are given what is required", []string{read, write}, nil, 200},
		{"granted", "more than is required", []string{read}, []string{write, read}, 200},
		{"other", "a permission of another kind", []string{read}, []string{"User.Read.All"}, 403},
		{"half", "every permission is required", []string{read, write}, []string{read}, 403},
		{"no permission", "an empty grant is none", []string{read}, []string{}, 403},
		{"part of a name", "names are whole", []string{read}, []string{"ExternalConnection.Read.All.Shared"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mockserver.Completes(0)
			s.Auth = &mockserver.Auth{Require: c.require, Grant: c.grant}
			srv := mockserver.Transport(t, s, mockserver.AllowUnused())
			token, _ := token(t, srv.Client())
			res, code := asked(t, srv.Client(), srv.URL+operationPath, token)
			require.Equal(t, c.status, res.StatusCode, c.reason)
			if c.status == http.StatusForbidden {
				require.Equal(t, "Authorization_RequestDenied", code)
			}
			require.Empty(t, srv.Err(), "a token without a permission is no mistake of the client")
		})
	}
}

// TestAuthRefuses holds what is no token of the server's: all of it gets 401, and only what is none at all is reported.
func TestAuthRefuses(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{}
	other := mockserver.Transport(t, s, mockserver.AllowUnused())
	foreign, _ := token(t, other.Client())
	parts := strings.Split(foreign, ".")
	for _, c := range []struct {
		name, header string
		reported     bool
	}{
		{"no header", "", true},
		{"no token", "Bearer ", true},
		{"another scheme", "Basic YTpi", true},
		{"no JWT", "Bearer abc", false},
		{"of another server", "Bearer " + foreign, false},
		{"without a signature", "Bearer " + parts[0] + "." + parts[1] + ".", false},
		{"more parts", "Bearer " + foreign + ".x", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handler(t, s)
			a := ask(t, h, "GET", operationPath, "", "Authorization", c.header)
			require.Equal(t, http.StatusUnauthorized, a.Status)
			require.Contains(t, a.Body, `"InvalidAuthenticationToken"`)
			require.Contains(t, a.Header.Get("Www-Authenticate"), "Bearer ")
			require.Equal(t, c.reported, errors.Is(h.Err(), mockserver.ErrToken), "%v", h.Err())
			require.Equal(t, !c.reported, strings.Contains(a.Header.Get("Www-Authenticate"), "claims="), "who has a token is told to come with a new one")
		})
	}
}

// TestAuthUsesUpNothing holds that requests that are refused, and those for tokens, leave replies, expectations and places alone.
func TestAuthUsesUpNothing(t *testing.T) {
	s := mockserver.Completes(1)
	s.Auth = &mockserver.Auth{Require: []string{"ExternalConnection.Read.All"}}
	s.Routes = append(s.Routes, mockserver.Route{ID: "all", Route: "* /**", Optional: true, Exhausted: mockserver.Fail, Replies: []mockserver.Response{{Times: 1}}})
	s.Expect = mockserver.Expect{InFlight: 1, Routes: map[string]mockserver.Calls{"all": {Never: true}}}
	synctest.Test(t, func(t *testing.T) {
		srv := mockserver.Transport(t, s, mockserver.Strict())
		for range 3 {
			asked(t, srv.Client(), srv.URL+operationPath, "x.y.z")
		}
		var together sync.WaitGroup
		for range 2 { // at the same time
			together.Go(func() { token(t, srv.Client()) })
		}
		together.Wait()
		good, _ := token(t, srv.Client())
		for _, want := range []string{"inprogress", "completed"} {
			a := ask(t, srv, "GET", operationPath, "", "Authorization", "Bearer "+good)
			require.Contains(t, a.Body, want)
		}
	})
}

// TestTokenSays holds what is in a token: who asked for it, where, and what for.
func TestTokenSays(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{Lifetime: 10 * time.Minute, Grant: []string{"User.Read.All"}}
	synctest.Test(t, func(t *testing.T) {
		srv := mockserver.Transport(t, s, mockserver.AllowUnused())
		token, _ := token(t, srv.Client())
		doc, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		require.NoError(t, err)
		var claims map[string]any
		require.NoError(t, json.Unmarshal(doc, &claims))
		now := float64(time.Now().Unix())
		for name, want := range map[string]any{
			"tid": "contoso", "iss": "https://sts.windows.net/contoso/", "aud": "https://graph.microsoft.com", "appid": "app",
			"roles": []any{"User.Read.All"}, "iat": now, "nbf": now, "exp": now + 600,
		} {
			require.Equal(t, want, claims[name], name)
		}
		res, err := srv.Client().Get("https://login.microsoftonline.com/contoso/v2.0/.well-known/openid-configuration")
		require.NoError(t, err)
		defer res.Body.Close()
		var config map[string]any
		require.NoError(t, json.NewDecoder(res.Body).Decode(&config))
		require.Equal(t, tokenURL, config["token_endpoint"])
	})
}

// TestGrantRefuses holds what the token endpoint says of requests that it does not understand.
func TestGrantRefuses(t *testing.T) {
	for _, c := range []struct {
		name        string
		form        url.Values
		code, words string
	}{
		{"password", form("grant_type", "password"), "unsupported_grant_type", `"POST ` + tokenURL + `"`},
		{"device code", form("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), "unsupported_grant_type", "for the grant client_credentials only"},
		{"on behalf of", form("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), "unsupported_grant_type", "AADSTS70003"},
		{"no grant", form("grant_type", ""), "unsupported_grant_type", `not for ""`},
		{"no client", form("client_id", ""), "invalid_request", "client_id"},
		{"no secret", form("client_secret", ""), "invalid_client", "client_secret"},
		{"no default scope", form("scope", "https://graph.microsoft.com/User.Read.All"), "invalid_scope", "/.default"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handler(t, mockserver.Completes(0))
			a := ask(t, h, "POST", tokenURL, c.form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
			require.Equal(t, http.StatusBadRequest, a.Status)
			var said struct {
				Code string `json:"error"`
				Text string `json:"error_description"`
			}
			require.NoError(t, json.Unmarshal([]byte(a.Body), &said))
			require.Equal(t, c.code, said.Code)
			require.Contains(t, said.Text, c.words)
		})
	}
}

// TestManagedIdentity holds what the instance metadata service answers, and that it asks for its header.
func TestManagedIdentity(t *testing.T) {
	const identity = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com"
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{Require: []string{"ExternalConnection.Read.All"}}
	h := handler(t, s)
	a := ask(t, h, "GET", identity, "")
	require.Equal(t, http.StatusBadRequest, a.Status)
	require.Contains(t, a.Body, "metadata header")
	a = ask(t, h, "GET", identity, "", "Metadata", "true")
	var got struct {
		Token string `json:"access_token"`
		In    string `json:"expires_in"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.Body), &got))
	require.Equal(t, "3600", got.In)
	a = ask(t, h, "GET", operationPath, "", "Authorization", "bearer "+got.Token)
	require.Equal(t, http.StatusOK, a.Status)
	require.NoError(t, h.Err())
}

// TestRoutesForLogin holds that a route with the host answers instead of the server, needs no token, and is judged by no page.
func TestRoutesForLogin(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{}
	s.Routes = append(s.Routes, mockserver.Route{
		ID: "refused", Route: "POST " + tokenURL, Match: mockserver.Match{Body: &mockserver.Text{Contains: "grant_type=password"}},
		Replies: []mockserver.Response{
			{Status: 400, JSON: map[string]any{"error": "invalid_grant"}},
			{Func: func(*mockserver.Request) mockserver.Response {
				return mockserver.Response{Status: 400, JSON: map[string]any{"error": "interaction_required"}}
			}},
		},
	})
	srv := mockserver.Transport(t, s, mockserver.AllowUnused())
	for _, want := range []string{"invalid_grant", "interaction_required"} {
		a := ask(t, srv, "POST", tokenURL, form("grant_type", "password").Encode(), "Content-Type", "application/x-www-form-urlencoded")
		require.JSONEq(t, `{"error":"`+want+`"}`, a.Body)
	}
	token(t, srv.Client())
}

// TestAuthHidesSecrets holds that nothing which tells of the requests has a secret or a token.
func TestAuthHidesSecrets(t *testing.T) {
	const secret, assertion = "S3cr3tOfTheClient", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl"
	var served []string
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{}
	h := handler(t, s, mockserver.OnServed(func(s mockserver.Served) { served = append(served, fmt.Sprintf("%+v", s)) }))
	a := ask(t, h, "POST", tokenURL, form("client_assertion", assertion).Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(a.Body), &got))
	ask(t, h, "GET", operationPath, "", "Authorization", "Bearer "+got.Token)
	ask(t, h, "GET", operationPath+"?access_token="+got.Token, "")
	ask(t, h, "GET", "https://login.microsoftonline.com/"+got.Token, "")
	ask(t, h, "GET", tokenURL+"?client_secret="+secret, "")
	require.Error(t, h.Err())
	told := fmt.Sprintf("%v\n%q", h.Err(), served)
	for _, x := range h.Exchanges() {
		told += fmt.Sprintf("\n%s %v %s %v %s", x.URL, x.Request.Header, x.Request.Body, x.Response.Header, x.Response.Body)
	}
	for name, hidden := range map[string]string{"secret": secret, "assertion": assertion, "token": got.Token} {
		require.NotContains(t, told, hidden, name)
	}
}

// TestJoinAuth holds that a joined scenario asks for the token that one of its parts asks for.
func TestJoinAuth(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{Require: []string{"User.Read.All"}}
	joined := mockserver.Join(s, mockserver.Reply("GET /me", mockserver.Response{}))
	require.Equal(t, s.Auth, joined.Auth)
}
