package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestRank is row 4: of several routes that match the highest priority answers, then the most specific path, then the one with
// more conditions, then the newest. The routes are in both orders.
func TestRank(t *testing.T) {
	query := map[string]mockserver.Text{"x": {}}
	for _, c := range []struct {
		name, reason string
		wins, loses  mockserver.Route
	}{
		{"priority", "wins over all else", mockserver.Route{Route: "* /**", Priority: 1, Match: mockserver.Match{Query: query}}, mockserver.Route{Route: "GET /a/b"}},
		{"negative priority", "0 is the usual one", mockserver.Route{Route: "* /**", Match: mockserver.Match{Query: query}}, mockserver.Route{Route: "GET /a/b", Priority: -1}},
		{"literal", "is more specific than a parameter", mockserver.Route{Route: "GET /a/b"}, mockserver.Route{Route: "GET /a/{x}", Match: mockserver.Match{Query: query}}},
		{"parameter", "is more specific than a wildcard", mockserver.Route{Route: "GET /a/{x}"}, mockserver.Route{Route: "GET /a/*", Match: mockserver.Match{Query: query}}},
		{"wildcard", "is more specific than the rest", mockserver.Route{Route: "GET /a/*"}, mockserver.Route{Route: "GET /a/**", Match: mockserver.Match{Query: query}}},
		{"first segment", "counts first", mockserver.Route{Route: "GET /a/{x}"}, mockserver.Route{Route: "GET /{x}/b"}},
		{"conditions", "the more, the more specific", mockserver.Route{Route: "GET /a/b", Match: mockserver.Match{Query: query}}, mockserver.Route{Route: "GET /a/b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.wins.ID, c.loses.ID = "wins", "loses"
			c.wins.Replies, c.loses.Replies = []mockserver.Response{says("wins")}, []mockserver.Response{says("loses")}
			for _, routes := range [][]mockserver.Route{{c.wins, c.loses}, {c.loses, c.wins}} {
				h := handler(t, mockserver.Scenario{Routes: routes})
				require.Equal(t, "wins", ask(t, h, "GET", "/a/b?x=1", "").Body, c.reason)
			}
		})
	}
	t.Run("HEAD", func(t *testing.T) { // which routes of GET take, and by the same ranks
		who := func(id, route string) mockserver.Route {
			return mockserver.Route{ID: id, Route: route, Replies: []mockserver.Response{{Header: http.Header{"X-Who": {id}}}}}
		}
		for _, c := range []struct {
			reason      string
			wins, loses mockserver.Route
		}{
			{"a literal of GET is more specific than the rest of any method", who("wins", "GET /a/b"), who("loses", "* /**")},
			{"and than a parameter of HEAD", who("wins", "GET /a/b"), who("loses", "HEAD /a/{x}")},
			{"at the same path HEAD comes before GET", who("wins", "HEAD /a/b"), who("loses", "GET /a/b")},
			{"and GET before any method", who("wins", "GET /a/b"), who("loses", "* /a/b")},
		} {
			for _, routes := range [][]mockserver.Route{{c.wins, c.loses}, {c.loses, c.wins}} {
				h := handler(t, mockserver.Scenario{Routes: routes})
				require.Equal(t, "wins", ask(t, h, "HEAD", "/a/b", "").Header.Get("X-Who"), c.reason)
			}
		}
	})
	t.Run("newest", func(t *testing.T) {
		route := func(text, state string) mockserver.Route {
			return mockserver.Route{ID: text, Route: "GET /a", Replies: []mockserver.Response{says(text)}, When: is("m", state)}
		}
		one, two := route("one", "1"), route("two", "1")
		_, err := mockserver.NewHandler(mockserver.Scenario{State: map[string]mockserver.Machine{"m": {Initial: "1"}}, Routes: []mockserver.Route{one, two}})
		require.ErrorContains(t, err, "can answer the same request", "only their order tells them apart")
		two.Exhausted = mockserver.Next // it leaves requests to the others on purpose
		h := handler(t, mockserver.Scenario{State: map[string]mockserver.Machine{"m": {Initial: "1"}}, Routes: []mockserver.Route{one, two}})
		require.Equal(t, "two", ask(t, h, "GET", "/a", "").Body)
		require.Equal(t, "one", ask(t, h, "GET", "/a", "").Body)
	})
}
