package mockserver_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestStrictUpload takes a file that is gzip for what it is, and JSON that was packed and not labelled for a mistake.
func TestStrictUpload(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"a":1}`))
	require.NoError(t, z.Close())
	for _, c := range []struct {
		method, path, kind string
		mislabelled        bool
	}{
		{"PUT", "/me/drive/items/1/content", "application/gzip", false},
		{"PUT", "/me/drive/items/1/content", "application/x-gzip", false},
		{"PUT", "/me/drive/items/1/content", "application/octet-stream", false},
		{"PUT", "/me/drive/items/1/content", "", false},
		{"PUT", "/me/drive/root:/a.gz:/content", "", false},
		{"PUT", "/me/drive/items/1/content", "text/plain", true},
		{"POST", "/me/messages", "application/json; charset=utf-8", true},
		{"POST", "/me/messages", "", true},
	} {
		tb := runFake(t, func(tb *fakeTB) {
			srv := mockserver.Transport(tb, mockserver.Reply(c.method+" "+c.path, says("ok")), mockserver.Strict(), mockserver.Requests(mockserver.Off))
			header := []string{}
			if c.kind != "" {
				header = []string{"Content-Type", c.kind}
			}
			ask(t, srv, c.method, c.path, packed.String(), header...)
		})
		if c.mislabelled {
			require.Len(t, tb.said(), 1, c)
			assert.Contains(t, tb.said()[0], "the body is gzip, but the request has no Content-Encoding")
		} else {
			assert.Empty(t, tb.said(), c)
		}
	}
}
