package mockserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// send is call for goroutines, which may not end the test: it returns the status, 0 where there is none, and the document.
func send(t *testing.T, srv *mockserver.Server, method, path, body string, header ...string) (int, map[string]any) {
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+"/v1.0"+path, strings.NewReader(body))
	if !assert.NoError(t, err) {
		return 0, nil
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := srv.Client().Do(req)
	if !assert.NoError(t, err) {
		return 0, nil
	}
	defer res.Body.Close()
	doc, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	var got map[string]any
	if len(doc) > 0 {
		assert.NoError(t, json.Unmarshal(doc, &got), string(doc))
	}
	return res.StatusCode, got
}

// TestNoUpdateIsLost: of many clients that read a counter and write it back, if it is still the one they have read, each counts.
func TestNoUpdateIsLost(t *testing.T) {
	const clients, each = 8, 10
	srv := mockserver.Start(t, mockserver.EntitySet("/counters", []map[string]any{{"id": "n", "n": 0}}))
	var all sync.WaitGroup
	var tags sync.Map // values of n by ETag
	for range clients {
		all.Go(func() {
			for done := 0; done < each && !t.Failed(); {
				_, read := send(t, srv, "GET", "/counters/n", "")
				etag, _ := read["@odata.etag"].(string)
				n, _ := read["n"].(float64)
				before, _ := tags.LoadOrStore(etag, n)
				assert.Equal(t, before, n, "an ETag stands for one state")
				switch status, _ := send(t, srv, "PATCH", "/counters/n", fmt.Sprintf(`{"n":%v}`, n+1), "If-Match", etag); status {
				case http.StatusNoContent:
					done++
				default:
					assert.Equal(t, http.StatusPreconditionFailed, status)
				}
			}
		})
	}
	all.Wait()
	_, got := call(t, srv, "GET", "/counters/n", "")
	require.EqualValues(t, clients*each, got["n"])
}

// TestCreateDeleteStorm: of many clients that create and delete the same entities each is told what it has done, and who follows
// the delta query meanwhile ends with what there is.
func TestCreateDeleteStorm(t *testing.T) {
	const clients, each, keys = 6, 30, 4
	srv := mockserver.Start(t, mockserver.EntitySet("/x", nil, mockserver.PageSize(3)))
	var created, deleted [keys]int
	var mu sync.Mutex
	note := func(of *[keys]int, key int) {
		mu.Lock()
		defer mu.Unlock()
		of[key]++
	}
	mirror := map[string]string{}
	link := mirrorDelta(t, srv, srv.URL+"/v1.0/x/delta", mirror)
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				key := (c + i) % keys
				if status, _ := send(t, srv, "POST", "/x", fmt.Sprintf(`{"id":"k%d","by":%d}`, key, c)); status == http.StatusCreated {
					note(&created, key)
				} else {
					assert.Equal(t, http.StatusConflict, status)
				}
				if status, _ := send(t, srv, "DELETE", fmt.Sprintf("/x/k%d", (c+i*3)%keys), ""); status == http.StatusNoContent {
					note(&deleted, (c+i*3)%keys)
				} else {
					assert.Equal(t, http.StatusNotFound, status)
				}
			}
		})
	}
	for range 10 {
		link = mirrorDelta(t, srv, link, mirror)
	}
	all.Wait()
	mirrorDelta(t, srv, link, mirror)
	there := map[string]string{}
	items, _ := listAll(t, srv.Client(), srv.URL+"/v1.0/x")
	for _, item := range items {
		there[item["id"].(string)] = item["@odata.etag"].(string)
	}
	require.Equal(t, there, mirror)
	for key := range keys {
		_, is := there[fmt.Sprintf("k%d", key)]
		require.Equal(t, created[key]-deleted[key] == 1, is, "k%d: %d created, %d deleted", key, created[key], deleted[key])
	}
}

// mirrorDelta brings a mirror, ETags by id, up to date by a delta query, and returns the link to what comes after it.
func mirrorDelta(t *testing.T, srv *mockserver.Server, url string, mirror map[string]string) (link string) {
	for url != "" {
		res, page := call(t, srv, "GET", url, "")
		require.Equal(t, http.StatusOK, res.StatusCode, page)
		for _, item := range page["value"].([]any) {
			item := item.(map[string]any)
			if id := item["id"].(string); item["@removed"] != nil {
				delete(mirror, id)
			} else {
				mirror[id] = item["@odata.etag"].(string)
			}
		}
		url, _ = page["@odata.nextLink"].(string)
		link, _ = page["@odata.deltaLink"].(string)
	}
	return link
}
