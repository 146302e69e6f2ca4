package mockserver_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// token asks for a token as a client with a secret does.
func token(t *testing.T, client *http.Client) (token string, lifetime time.Duration) {
	res, err := client.PostForm("https://login.microsoftonline.com/contoso/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {"https://graph.microsoft.com/.default"},
	})
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

func TestAuthForbids(t *testing.T) {
	s := mockserver.Completes(0)
	s.Auth = &mockserver.Auth{Require: []string{"ExternalConnection.Read.All"}, Grant: []string{"User.Read.All"}}
	srv := mockserver.Transport(t, s, mockserver.AllowUnused())
	token, _ := token(t, srv.Client())
	res, code := asked(t, srv.Client(), srv.URL+operationPath, token)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Equal(t, "Authorization_RequestDenied", code)
}
