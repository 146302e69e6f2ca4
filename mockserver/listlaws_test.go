package mockserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// FuzzEntitySet states the laws of lists and delta queries: paging yields each item once, in whatever pages; and who follows a delta query from
// any point, whatever happens between its pages, has in the end what there is.
func FuzzEntitySet(f *testing.F) {
	f.Add([]byte{0x00, 0x11, 0x42, 0x20, 0x05, 0x31, 0x00}, uint8(2), uint8(3))
	f.Add([]byte{0x40, 0x40, 0x10, 0x00, 0x10, 0x40}, uint8(0), uint8(0))
	f.Add([]byte{0x07, 0x06, 0x45, 0x47, 0x17, 0x07, 0x47, 0x26, 0x46}, uint8(5), uint8(1))
	f.Fuzz(func(t *testing.T, steps []byte, size, begin uint8) {
		if len(steps) > 40 {
			return
		}
		srv := mockserver.Transport(t, mockserver.EntitySet("/x", connections(int(begin%6)), mockserver.PageSize(1+int(size%5))))
		mirror := map[string]string{}
		next := "/x/delta"
		follow := func() (more bool) {
			res, page := call(t, srv, "GET", next, "")
			require.Equal(t, http.StatusOK, res.StatusCode, page)
			for _, item := range page["value"].([]any) {
				item := item.(map[string]any)
				if id := item["id"].(string); item["@removed"] != nil {
					require.Contains(t, mirror, id, "only what was there is removed")
					delete(mirror, id)
				} else {
					mirror[id] = item["@odata.etag"].(string)
				}
			}
			if link, ok := page["@odata.nextLink"].(string); ok {
				next = link
				return true
			}
			next = page["@odata.deltaLink"].(string)
			return false
		}
		for _, step := range steps {
			path := fmt.Sprintf("/x/c%03d", step&7)
			switch step >> 4 & 7 {
			case 0:
				call(t, srv, "POST", "/x", fmt.Sprintf(`{"id":"c%03d"}`, step&7))
			case 1:
				call(t, srv, "DELETE", path, "")
			case 2:
				call(t, srv, "PATCH", path, `{"n":1}`)
			case 3:
				require.NoError(t, srv.Put(path, map[string]any{}))
			default:
				follow()
			}
		}
		for follow() { // the rest of the round that was begun
		}
		for follow() {
		}
		there := map[string]string{}
		items, pages := listAll(t, srv.Client(), srv.URL+"/v1.0/x")
		for _, item := range items {
			require.NotContains(t, there, item["id"], "each item once")
			there[item["id"].(string)] = item["@odata.etag"].(string)
		}
		require.Equal(t, there, mirror)
		per := 1 + int(size%5)
		require.Equal(t, max(1, (len(items)+per-1)/per), pages)
	})
}
