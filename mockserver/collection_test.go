package mockserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/mockserver"
	"github.com/graphcontract/graphcontract/schema"
)

// connections are so many items.
func connections(n int) []map[string]any {
	items := make([]map[string]any, n)
	for i := range items {
		items[i] = map[string]any{"id": fmt.Sprintf("c%03d", i), "name": fmt.Sprintf("Connection %d", n-i), "state": []string{"ready", "draft"}[i%2]}
	}
	return items
}

// listAll follows the links of a list, and waits where it is told to.
func listAll(t *testing.T, client *http.Client, url string, header ...string) (items []map[string]any, pages int) {
	for url != "" {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(req)
		require.NoError(t, err)
		var page struct {
			Value []map[string]any `json:"value"`
			Next  string           `json:"@odata.nextLink"`
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		require.NoError(t, res.Body.Close())
		require.NoError(t, err)
		if res.StatusCode == http.StatusTooManyRequests {
			wait, err := time.ParseDuration(res.Header.Get("Retry-After") + "s")
			require.NoError(t, err)
			time.Sleep(wait)
			continue
		}
		require.Equal(t, http.StatusOK, res.StatusCode)
		items, url, pages = append(items, page.Value...), page.Next, pages+1
	}
	return items, pages
}

func TestCollection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		srv := mockserver.Transport(t, mockserver.Collection("GET /external/connections", connections(250), mockserver.PageSize(100), mockserver.ThrottleAt(2, 10*time.Second)))
		items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0/external/connections")
		require.Len(t, items, 250)
		require.Equal(t, 3, pages)
		require.Equal(t, 10*time.Second, time.Since(begin))
		require.Equal(t, "c249", items[249]["id"])
	})
}

func TestCollectionQueries(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Collection("GET /external/connections", connections(10)))
	tests := []struct {
		query, reason string
		ids           []string
		pages         int
	}{
		{"$filter=state eq 'draft'&$orderby=name desc", "a filter and an order", []string{"c001", "c003", "c005", "c007", "c009"}, 1},
		{"$filter=id eq 'c002' or id eq 'c004'&$select=id", "a selection", []string{"c002", "c004"}, 1},
		{"$top=4&$orderby=id", "a smaller page", []string{"c000", "c001", "c002", "c003", "c004", "c005", "c006", "c007", "c008", "c009"}, 3},
		{"top=4&filter=id gt 'c006'", "without dollar signs", []string{"c007", "c008", "c009"}, 1},
		{"$filter=id eq 'none'", "nothing", nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0/external/connections?"+(&url.URL{RawQuery: tt.query}).Query().Encode())
			var ids []string
			for _, i := range items {
				ids = append(ids, i["id"].(string))
			}
			require.Equal(t, tt.ids, ids)
			require.Equal(t, tt.pages, pages)
		})
	}
}

// refusedWith asks and returns the status with the error's code and message.
func refusedWith(t *testing.T, srv *mockserver.Server, path string, header ...string) string {
	t.Helper()
	res, got := call(t, srv, "GET", path, "", header...)
	e, _ := got["error"].(map[string]any)
	return fmt.Sprint(res.StatusCode, " ", e["code"], ": ", e["message"])
}

// TestInventedLinks: a client follows the links that it is given, and makes up none.
func TestInventedLinks(t *testing.T) {
	const token = "400 BadRequest: The token is not valid."
	for _, tt := range []struct {
		reason, path string // NEXT is the query of the link to the second page
		want         string
	}{
		{"an offset", "/users?$skip=2", "400 Request_UnsupportedQuery: The query option $skip is not supported."},
		{"without the dollar sign", "/users?skip=2", "400 Request_UnsupportedQuery: The query option $skip is not supported."},
		{"a token of the client's own", "/users?$skiptoken=2", token},
		{"a point in a history that a list does not have", "/users?$deltatoken=2", token},
		{"an option more", "/users?NEXT&$select=id", token},
		{"an option less", "/users?" + "$skiptoken=TOKEN", token},
		{"an option twice", "/users?NEXT&$top=2", token},
		{"a list's link in a delta query", "/users/delta?NEXT", token},
		{"a token of a delta query", "/users/delta?$deltatoken=2", token},
		{"a page of a delta query", "/users/delta?$skiptoken=2", token},
		{"an offset in a delta query", "/users/delta?$skip=2", "400 Request_UnsupportedQuery: The query option $skip is not supported."},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			tb := runFake(t, func(tb *fakeTB) {
				srv := mockserver.Transport(tb, mockserver.EntitySet("/users", connections(5)))
				_, page := call(t, srv, "GET", "/users?$top=2", "")
				_, next, _ := strings.Cut(page["@odata.nextLink"].(string), "?")
				own, err := url.ParseQuery(next)
				require.NoError(t, err)
				path := strings.NewReplacer("NEXT", next, "TOKEN", own.Get("$skiptoken")).Replace(tt.path)
				require.Equal(t, tt.want, refusedWith(t, srv, path))
				require.ErrorIs(t, srv.Err(), mockserver.ErrPaging)
			})
			require.Len(t, tb.said(), 1)
			require.Contains(t, tb.said()[0], "a client follows @odata.nextLink")
		})
	}
}

// TestFollowedLinks: what says the same is the same link.
func TestFollowedLinks(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Collection("GET /users", connections(5)))
	_, page := call(t, srv, "GET", "/users?$top=2&$select=id&tracking=7", "")
	next := page["@odata.nextLink"].(string)
	require.NotContains(t, next, "tracking")
	for _, link := range []string{next, strings.ReplaceAll(next, "$", "%24"), strings.ReplaceAll(next, "$", ""), next + "&tracking=8"} {
		res, page := call(t, srv, "GET", link, "")
		require.Equal(t, http.StatusOK, res.StatusCode, page)
		require.Equal(t, map[string]any{"id": "c002"}, page["value"].([]any)[0], "the selection is that of the query")
	}
}

// TestListRefusals has what a list does not answer, each with what Graph says or, where that says nothing, with more.
func TestListRefusals(t *testing.T) {
	const advanced = " It needs the advanced query capabilities of directory objects: the header ConsistencyLevel: eventual, and $count=true."
	const missing = "400 Request_UnsupportedQuery: Raw count (/$count) is not supported because the 'ConsistencyLevel:eventual' header is missing. " +
		"Please add 'ConsistencyLevel:eventual' in the request header."
	srv := mockserver.Transport(t, mockserver.Join(
		mockserver.EntitySet("/users", connections(3)), mockserver.EntitySet("/me/messages", connections(3)),
		mockserver.EntitySet("/groups/{group}/members", connections(3)), mockserver.EntitySet("/teams/{team}/members", connections(3)),
		mockserver.Collection("GET /groups/{group}/members/microsoft.graph.user", connections(3)),
	), mockserver.AllowUnused())
	for _, tt := range []struct{ reason, path, consistency, want string }{
		{"no search", `/users?$search="a"`, "eventual", "400 Request_UnsupportedQuery: The query option $search is not supported."},
		{"no expansion", "/users?$expand=manager", "", "400 Request_UnsupportedQuery: The query option $expand is not supported."},
		{"nor one of an entity", "/users/c000?$expand=manager", "", "400 Request_UnsupportedQuery: The query option $expand is not supported for a single resource."},
		{"of an entity there is no filter", "/users/c000?$filter=id eq 'c000'", "", "400 Request_UnsupportedQuery: The query option $filter is not supported for a single resource."},
		{"an option that nobody knows", "/users?$fantasy=1", "", "400 Request_UnsupportedQuery: The query option $fantasy is not supported."},
		{"an option twice", "/users?$top=1&top=2", "", "400 BadRequest: Invalid query: query option '$top' was specified more than once, but it must be specified at most once."},
		{"the place of what is wrong", "/users?$filter=id eq", "", "400 BadRequest: Invalid query: $filter at position 5: it ends where a value should be."},
		{"a comparison that has no sense", "/users?$filter=id eq 5", "", "400 BadRequest: Invalid query: $filter at position 3: a text and a number cannot be compared by eq."},
		{"the order", "/users?$orderby=id down", "", `400 BadRequest: Invalid query: $orderby at position 3: "down" stands where , should be.`},
		{"the selection", "/users?$select=id,", "", `400 BadRequest: Invalid query: $select at position 3: "" is no name of a member.`},
		{"a page of nothing", "/me/messages?$top=0", "", `400 BadRequest: Invalid query: $top is "0", want a number that is greater than 0.`},
		{"a page of less", "/me/messages?$top=-1", "", `400 BadRequest: Invalid query: $top is "-1", want a number that is greater than 0.`},
		{"no number", "/me/messages?$top=ten", "", `400 BadRequest: Invalid query: $top is "ten", want a number that is greater than 0.`},
		{"too many directory objects", "/users?$top=1000", "", "400 Request_UnsupportedQuery: Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		{"as many as there may be", "/users?$top=999", "", ""},
		{"more of what else there is", "/me/messages?$top=1000", "", ""},
		{"a count that is neither", "/users?$count=yes", "", `400 BadRequest: Invalid query: $count is "yes", want true or false.`},
		{"an advanced filter", "/users?$filter=endswith(id,'1')&$count=true", "", "400 Request_UnsupportedQuery: Unsupported Query." + advanced},
		{"without the count", "/users?$filter=id ne '1'", "eventual", "400 Request_UnsupportedQuery: Unsupported Query." + advanced},
		{"with both", "/users?$filter=not(id eq '1')&$count=true", "Eventual", ""},
		{"a filter with an order", "/users?$filter=id eq '1'&$orderby=id", "", "400 Request_UnsupportedQuery: Sorting not supported for current query." + advanced},
		{"with both", "/users?$filter=id eq '1'&$orderby=id&$count=true", "eventual", ""},
		{"an order alone", "/users?$orderby=id", "", ""},
		{"members are directory objects", "/groups/g/members?$filter=id ne '1'", "", "400 Request_UnsupportedQuery: Unsupported Query." + advanced},
		{"also when they are cast", "/groups('g')/members/microsoft.graph.user?$filter=id ne '1'", "", "400 Request_UnsupportedQuery: Unsupported Query." + advanced},
		{"those of a team are not", "/teams/t/members?$filter=id ne '1'", "", ""},
		{"nor are messages", "/me/messages?$filter=id ne '1'&$orderby=id", "", ""},
		{"a raw count", "/users/$count", "", missing},
		{"of members, too", "/groups/g/members/$count", "", missing},
		{"a delta query has no order", "/users/delta?$orderby=id", "", "400 Request_UnsupportedQuery: A delta query takes $select, $filter and $top, and no $orderby or $count."},
		{"nor a count", "/users/delta?$count=true", "", "400 Request_UnsupportedQuery: A delta query takes $select, $filter and $top, and no $orderby or $count."},
	} {
		t.Run(tt.reason+" "+tt.path, func(t *testing.T) {
			got := refusedWith(t, srv, escaped(tt.path), "ConsistencyLevel", tt.consistency)
			if tt.want == "" {
				tt.want = "200 <nil>: <nil>"
			}
			require.Equal(t, tt.want, got)
		})
	}
	require.NoError(t, srv.Err(), "a client may try")
}

// escaped is a path with a query whose spaces and quotes are escaped.
func escaped(path string) string {
	return strings.NewReplacer(" ", "%20", `"`, "%22").Replace(path)
}

// TestCounts: Graph counts directory objects only for clients that put up with what other replicas do not know.
func TestCounts(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Join(mockserver.Collection("GET /users", connections(5)), mockserver.Collection("GET /me/messages", connections(5))))
	for _, tt := range []struct {
		path, consistency string
		want              any
	}{
		{"/users?$count=true", "", nil},
		{"/users?$count=true", "eventual", 5.0},
		{"/users?$count=false", "eventual", nil},
		{"/users?$count=true&$top=2&$filter=state eq 'ready'", "eventual", 3.0},
		{"/me/messages?$count=true", "", 5.0},
		{"/me/messages?$filter=state eq 'none'&$count=TRUE", "", 0.0},
	} {
		_, page := call(t, srv, "GET", escaped(tt.path), "", "ConsistencyLevel", tt.consistency)
		require.Equal(t, tt.want, page["@odata.count"], tt.path)
		if next, ok := page["@odata.nextLink"].(string); ok {
			_, page = call(t, srv, "GET", next, "", "ConsistencyLevel", tt.consistency)
			require.NotContains(t, page, "@odata.count", "the first page has it")
		}
	}
	for path, want := range map[string]string{
		"/users/$count": "5", "/users/$count?$filter=state eq 'draft'": "2", "/users/$count?$filter=endswith(id,'3')": "1", "/me/messages/$count": "5",
	} {
		a := ask(t, srv, "GET", escaped(path), "", "ConsistencyLevel", "eventual")
		require.Equal(t, "200 "+want, fmt.Sprint(a.Status, " ", a.Body), path)
		require.Equal(t, "text/plain", a.Header.Get("Content-Type"))
	}
}

// TestPageLinks: what links and contexts say is what the client called.
func TestPageLinks(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Collection("GET /groups/{group}/members", connections(3), mockserver.PageSize(2)))
	_, page := call(t, srv, "GET", "https://graph.microsoft.us/beta/groups/a%20b/members?$select=id,name&$orderby=id%20desc", "")
	require.Equal(t, "https://graph.microsoft.us/beta/$metadata#groups/a%20b/members(id,name)", page["@odata.context"])
	require.Regexp(t, `^https://graph\.microsoft\.us/beta/groups/a%20b/members\?\$orderby=id\+desc&\$select=id%2Cname&\$skiptoken=[0-9a-f]{32}$`, page["@odata.nextLink"])
	_, page = call(t, srv, "GET", page["@odata.nextLink"].(string), "")
	require.Equal(t, []any{map[string]any{"id": "c000", "name": "Connection 3"}}, page["value"])
	require.NotContains(t, page, "@odata.nextLink")
}

// TestPreferredPageSize: a client may prefer pages of another size, in lists and in delta queries.
func TestPreferredPageSize(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.EntitySet("/me/messages", connections(6), mockserver.PageSize(4)))
	for _, tt := range []struct {
		prefer, query, applied string
		pages                  int
	}{
		{"", "", "", 2},
		{"odata.maxpagesize=2", "", "odata.maxpagesize=2", 3},
		{"return=minimal, maxpagesize=3", "", "odata.maxpagesize=3", 2},
		{"odata.maxpagesize=5", "", "odata.maxpagesize=5", 2},
		{"odata.maxpagesize=5", "?$top=1", "odata.maxpagesize=5", 6},
		{"odata.maxpagesize=0", "", "", 2},
		{"odata.maxpagesize=many", "", "", 2},
	} {
		for _, path := range []string{"/me/messages", "/me/messages/delta"} {
			_, pages := listAll(t, srv.Client(), srv.URL+"/v1.0"+path+tt.query, "Prefer", tt.prefer)
			require.Equal(t, tt.pages, pages, tt)
			res, _ := call(t, srv, "GET", path+tt.query, "", "Prefer", tt.prefer)
			require.Equal(t, tt.applied, res.Header.Get("Preference-Applied"))
		}
	}
}

// TestThrottleAt: a page is throttled when it is first asked for, by each client.
func TestThrottleAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mockserver.Transport(t, mockserver.Collection("GET /me/messages", connections(4), mockserver.PageSize(2),
			mockserver.ThrottleAt(1, 1500*time.Millisecond), mockserver.ThrottleAt(2, time.Minute)))
		for _, want := range []struct {
			who, query string
			took       time.Duration
		}{
			{"Bearer a", "", 62 * time.Second},
			{"Bearer a", "", 0},
			{"Bearer b", "", 62 * time.Second},
			{"Bearer a", "?$select=id", 62 * time.Second},
		} {
			begin := time.Now()
			items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0/me/messages"+want.query, "Authorization", want.who)
			require.Len(t, items, 4)
			require.Equal(t, 2, pages)
			require.Equal(t, want.took, time.Since(begin), want)
		}
	})
}

// TestThrottledDelta: so are the pages of a delta query.
func TestThrottledDelta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		srv := mockserver.Transport(t, mockserver.EntitySet("/me/messages", connections(4), mockserver.PageSize(2), mockserver.ThrottleAt(2, time.Minute)))
		items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0/me/messages/delta")
		require.Len(t, items, 4)
		require.Equal(t, 2, pages)
		require.Equal(t, time.Minute, time.Since(begin))
		require.Len(t, must(listAll(t, srv.Client(), srv.URL+"/v1.0/me/messages/delta")), 4)
		require.Equal(t, time.Minute, time.Since(begin), "once is enough")
	})
}

// TestThrottledTooEarly: a page that is throttled has to be waited for.
func TestThrottledTooEarly(t *testing.T) {
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.Collection("GET /me/messages", connections(4), mockserver.ThrottleAt(1, time.Minute)))
		for range 2 {
			require.Contains(t, refusedWith(t, srv, "/me/messages"), "429 TooManyRequests: ")
		}
	})
	require.Len(t, tb.said(), 1)
	require.Contains(t, tb.said()[0], "GET /v1.0/me/messages came 1m0s before the Retry-After of its 429 had passed")
}

// TestItems: what collections and entity sets are made of, and what an author is told of the rest.
func TestItems(t *testing.T) {
	type user struct {
		ID string `json:"id"`
	}
	many := fixtures.New(schema.ConnectionOperation()).Many(2)
	for name, items := range map[string]any{
		"maps": connections(2), "structs": []user{{"c000"}, {"c001"}}, "documents": [][]byte{[]byte(`{"id":"c000"}`), []byte(`{"id":"c001"}`)},
		"raw documents": []json.RawMessage{json.RawMessage(`{"id":"c000"}`), json.RawMessage(`{"id":"c001"}`)}, "fixtures": many,
	} {
		srv := mockserver.Transport(t, mockserver.Collection("GET /me/messages", items))
		got, _ := listAll(t, srv.Client(), srv.URL+"/v1.0/me/messages")
		require.Len(t, got, 2, name)
	}
	for _, tt := range []struct {
		want string
		make func()
	}{
		{`mockserver: Collection("/users"): want GET and a path, such as "GET /users"`, func() { mockserver.Collection("/users", nil) }},
		{`mockserver: Collection("POST /users"): want GET and a path, such as "GET /users"`, func() { mockserver.Collection("POST /users", nil) }},
		{`mockserver: the items of the collection GET /users: want a slice of objects, got string`, func() { mockserver.Collection("GET /users", "adele") }},
		{`mockserver: the items of the collection GET /users: want a slice of objects, got map[string]string`, func() { mockserver.Collection("GET /users", map[string]string{}) }},
		{`mockserver: the items of the collection GET /users: item 1 is no object: "adele"`, func() { mockserver.Collection("GET /users", []any{user{}, "adele"}) }},
		{`mockserver: the items of the collection GET /users: item 0 is no object: null`, func() { mockserver.Collection("GET /users", []*user{nil}) }},
		{`mockserver: the items of the collection GET /users: json: unsupported type: chan int`, func() { mockserver.Collection("GET /users", []any{make(chan int)}) }},
		{`mockserver: PageSize(0): a page has 1 item or more`, func() { mockserver.PageSize(0) }},
		{`mockserver: ThrottleAt(0, 1s): pages are counted from 1, and the time is more than 0`, func() { mockserver.ThrottleAt(0, time.Second) }},
		{`mockserver: ThrottleAt(1, 0s): pages are counted from 1, and the time is more than 0`, func() { mockserver.ThrottleAt(1, 0) }},
		{`mockserver: EntitySet("GET /users"): want the path of the list alone, such as "/users"`, func() { mockserver.EntitySet("GET /users", nil) }},
		{`mockserver: EntitySet("users"): want the path of the list alone, such as "/users"`, func() { mockserver.EntitySet("users", nil) }},
		{`mockserver: EntitySet("/"): want the path of the list alone, such as "/users"`, func() { mockserver.EntitySet("/", nil) }},
		{`mockserver: EntitySet("/users/{entity-id}"): want the path of the list alone, such as "/users"`, func() { mockserver.EntitySet("/users/{entity-id}", nil) }},
		{`mockserver: the items of the entity set /users: item 1 has the id "a", want one of its own`, func() { mockserver.EntitySet("/users", []user{{"a"}, {"a"}}) }},
		{`mockserver: the items of the entity set /users: item 0 has the id "", want one of its own`, func() { mockserver.EntitySet("/users", []user{{}}) }},
		{`mockserver: the items of the entity set /users: item 0 has the id 7, want a text`, func() { mockserver.EntitySet("/users", []map[string]int{{"id": 7}}) }},
	} {
		require.PanicsWithValue(t, tt.want, tt.make)
	}
}

// TestInvalidItems: an item that breaks the contract is named when it is sent.
func TestInvalidItems(t *testing.T) {
	const path = "/external/connections/{connection-id}/operations"
	items := []map[string]any{{"id": "1", "status": "completed"}, {"id": "2", "status": "done"}}
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.EntitySet(path, items))
		call(t, srv, "GET", "/external/connections/contosohr/operations/1", "")
		require.Empty(t, tb.said())
		call(t, srv, "GET", "/external/connections/contosohr/operations/2", "")
	})
	require.Len(t, tb.said(), 1)
	require.Contains(t, tb.said()[0], "the reply to GET /v1.0/external/connections/contosohr/operations/2 breaks the contract")
	require.Contains(t, tb.said()[0], `status: got string "done"`)
}
