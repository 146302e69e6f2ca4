package mockserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
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
