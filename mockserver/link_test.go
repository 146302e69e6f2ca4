package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestLinks holds that Location and @odata.nextLink carry the scheme, host and version that the client called: Graph's Go client
// sends no token to other hosts, and wants absolute URLs.
func TestLinks(t *testing.T) {
	type call struct {
		name, reason string
		base         func(*mockserver.Server) string
		start        starter
	}
	self := func(version string) func(*mockserver.Server) string {
		return func(srv *mockserver.Server) string { return srv.URL + version }
	}
	to := func(base string) func(*mockserver.Server) string {
		return func(*mockserver.Server) string { return base }
	}
	tests := []call{
		{"loopback", "http and a port", self("/v1.0"), mockserver.Start},
		{"loopback beta", "the version stays", self("/beta"), mockserver.Start},
		{"loopback without a version", "none is made up", self(""), mockserver.Start},
		{"in memory", "a name", self("/v1.0"), startInMemory},
		{"graph", "https, which only the client knows of", to("https://graph.microsoft.com/v1.0"), mockserver.Transport},
		{"graph beta", "the version stays", to("https://graph.microsoft.com/beta"), mockserver.Transport},
		{"a national cloud", "any host", to("https://graph.microsoft.us/v1.0"), mockserver.Transport},
		{"a port", "it is part of the host", to("https://localhost:8443/v1.0"), mockserver.Transport},
	}
	for _, tt := range tests {
		require.NotEmpty(t, tt.reason)
		t.Run(tt.name, func(t *testing.T) {
			s := mockserver.Join(
				mockserver.Register(mockserver.Completed),
				mockserver.Reply("POST /external/connections/{id}/items", mockserver.Response{
					Status: 202, Header: http.Header{"Location": {"/external/connections/a/operations/1"}}, AllowInvalid: "no page has it",
				}),
				mockserver.Reply("GET /users", mockserver.Response{
					JSON: map[string]any{"value": []any{}, "@odata.nextLink": "/users?$skiptoken=x%20y&a=<b>"},
				}),
				mockserver.Reply("GET /groups", mockserver.Response{
					Template: true, JSON: map[string]any{"value": []any{}, "@odata.nextLink": `{{base}}/groups?$skiptoken={{query "$top"}}`},
				}),
			)
			srv := tt.start(t, s, mockserver.AllowUnused(), mockserver.Requests(mockserver.Off))
			base := tt.base(srv)
			link := func(url string) string {
				res, body := exchange(t, srv.Client(), "GET", url, "")
				require.Equal(t, 200, res.StatusCode, body)
				var page struct {
					Next string `json:"@odata.nextLink"`
				}
				require.NoError(t, json.Unmarshal([]byte(body), &page))
				return page.Next
			}
			assert.Equal(t, base+"/users?$skiptoken=x%20y&a=<b>", link(base+"/users"))
			assert.Equal(t, base+"/groups?$skiptoken=5", link(base+"/groups?$top=5"))
			res, _ := exchange(t, srv.Client(), "POST", base+"/external/connections/a/items", "{}")
			assert.Equal(t, base+"/external/connections/a/operations/1", res.Header.Get("Location"))

			for _, path := range []string{"/external/connections/a%20b", "/connections/c"} {
				res, _ := exchange(t, srv.Client(), "PATCH", base+path+"/schema", "{}")
				location := res.Header.Get("Location")
				assert.Regexp(t, "^"+base+path+"/operations/[0-9a-f-]{36}$", location)
				poll, body := exchange(t, srv.Client(), "GET", location, "")
				assert.Equal(t, 200, poll.StatusCode, body)
				assert.Contains(t, body, location[len(location)-36:], "the operation has the id of its Location")
			}
		})
	}
}

// TestLocationOfOthers keeps what is absolute, and what other status codes say.
func TestLocationOfOthers(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Reply("POST /me", mockserver.Response{
		Status: 202, Header: http.Header{"Location": {"https://monitor.example/1"}},
	}))
	res, _ := exchange(t, srv.Client(), "POST", srv.URL+"/v1.0/me", "{}")
	assert.Equal(t, "https://monitor.example/1", res.Header.Get("Location"))
}

// TestLinksOfGraph: a body that was recorded does not lead the client away from the server.
func TestLinksOfGraph(t *testing.T) {
	body := `{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x","other":"https://graph.microsoft.com/v1.0/me"}`
	srv := mockserver.Start(t, mockserver.Reply("GET /users", mockserver.Response{
		Body: []byte(body), Header: http.Header{"Location": {"https://graph.microsoft.us/v1.0/users/1"}},
	}))
	res, got := exchange(t, srv.Client(), "GET", srv.URL+"/v1.0/users", "")
	assert.Equal(t, srv.URL+"/v1.0/users/1", res.Header.Get("Location"))
	assert.JSONEq(t, strings.Replace(body, "https://graph.microsoft.com", srv.URL, 1), got, "other members are not links")
}
