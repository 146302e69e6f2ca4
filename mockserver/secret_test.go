package mockserver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestSecretsAreHiddenBeforeTextsAreCut holds that no part of a secret is in a violation or in the answer, however long it is.
func TestSecretsAreHiddenBeforeTextsAreCut(t *testing.T) {
	long := strings.Repeat("S3cr3tTokenValue", 30)
	equal := func(name, text string) map[string]mockserver.Text {
		return map[string]mockserver.Text{name: {Equal: text}}
	}
	optional := func(route string, m mockserver.Match) mockserver.Route {
		return mockserver.Route{Route: route, Match: m, Optional: true, Replies: []mockserver.Response{{}}}
	}
	for name, call := range map[string][]string{
		"query":         {"GET", "/v1.0/nope?access_token=" + long, ""},
		"json":          {"POST", "/v1.0/json", `{"client_secret":"` + long + `"}`, "Content-Type", "application/json"},
		"at":            {"POST", "/v1.0/at", `{"client_secret":"` + long + `"}`, "Content-Type", "application/json"},
		"text":          {"POST", "/v1.0/text", `client_secret=` + long, "Content-Type", "application/x-www-form-urlencoded"},
		"api key":       {"GET", "/v1.0/key", "", "X-Api-Key", long},
		"authorization": {"GET", "/v1.0/auth", "", "Authorization", "Bearer " + long},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler(t, mockserver.Scenario{Routes: []mockserver.Route{
				optional("POST /json", mockserver.Match{JSON: map[string]any{"client_secret": "Wanted" + long}}),
				optional("POST /at", mockserver.Match{At: map[string]any{"/client_secret": "Wanted" + long}}),
				optional("POST /text", mockserver.Match{Body: &mockserver.Text{Equal: "x"}}),
				optional("GET /key", mockserver.Match{Header: equal("X-Api-Key", "Wanted"+long)}),
				optional("GET /auth", mockserver.Match{Header: equal("Authorization", "Bearer Wanted"+long)}),
			}})
			a := ask(t, h, call[0], call[1], call[2], call[3:]...)
			require.Equal(t, 501, a.Status)
			require.NotContains(t, a.Body, "S3cr3t")
			require.NotContains(t, h.Err().Error(), "S3cr3t")
			require.Contains(t, h.Err().Error(), "unexpected "+call[0])
		})
	}
}

// TestWantedTextIsHidden is point 8: nor does a condition on the text of a body show its secrets.
func TestWantedTextIsHidden(t *testing.T) {
	for _, want := range []mockserver.Text{
		{Equal: "grant_type=password&password=wanted-secret"},
		{Contains: "password=wanted-secret"},
		{AnyOf: []mockserver.Text{{Contains: `"client_secret":"wanted-secret"`}}},
	} {
		h, err := mockserver.NewHandler(mockserver.Scenario{Routes: []mockserver.Route{{
			Route: "POST /token", Match: mockserver.Match{Body: &want}, Replies: []mockserver.Response{{Status: 204}},
		}}})
		require.NoError(t, err)
		a := ask(t, h, "POST", "/token", `password=another-secret`)
		require.Equal(t, 501, a.Status)
		require.NotContains(t, a.Body, "-secret")
		require.NotContains(t, h.Err().Error(), "-secret")
		h.Close()
	}
}
