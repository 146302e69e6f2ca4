package recording

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func polls(n int) (xs []Exchange) {
	for i := range n {
		xs = append(xs, Exchange{
			Method: "GET", URL: fmt.Sprintf("https://graph.microsoft.com/v1.0/external/connections/contosohr/operations/%d", i),
			Request: Message{Header: http.Header{"Accept": {"application/json"}}},
			Status:  200,
			Response: Message{
				Header: http.Header{"Content-Type": {"application/json;odata.metadata=minimal"}, "Request-Id": {"0a1b2c3d-0000-0000-0000-000000000000"}},
				Body:   fmt.Appendf(nil, `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#operations/$entity","id":"%d","status":"inprogress","error":null}`, i),
			},
		})
	}
	return xs
}

func BenchmarkRead(b *testing.B) {
	xs := polls(1000)
	for name, in := range map[string]string{"ndjson": written(WriteNDJSON, xs), "http": written(WriteHTTP, xs)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				for _, err := range Read(strings.NewReader(in), "in") {
					require.NoError(b, err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	xs := polls(1000)
	for name, write := range map[string]writeFunc{"ndjson": WriteNDJSON, "http": WriteHTTP} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(written(write, xs))))
			for b.Loop() {
				require.NoError(b, write(io.Discard, slices.Values(xs)))
			}
		})
	}
}

// BenchmarkReadHard has the inputs that are most work for their size. Each must stay linear: MB/s does not depend
// on the size.
func BenchmarkReadHard(b *testing.B) {
	for _, size := range []int{1 << 20, 8 << 20} {
		n := func(s string) string { return strings.Repeat(s, size/len(s)) }
		ok := "HTTP/1.1 200 OK\n"
		for name, in := range map[string]string{
			"deep":        `{"response":{"status":200,"json":` + n("["),
			"escapes":     `{"response":{"status":200,"text":"` + n(`\u00e9`) + `"}}`,
			"values":      `{"request":{"url":"/","header":{"A":[` + n(`"",`) + `""]}}}`,
			"names":       `{"request":{"url":"/","header":{` + n(`"A":"b",`) + `"A":"b"}}}`,
			"blank":       n(" \n") + ok,
			"comments":    n("#\n") + ok,
			"chunks":      ok + "Transfer-Encoding: chunked\n\n" + n("1\nx\n"),
			"gaps":        ok + "\n" + n("\n#\nx\n"),
			"messages":    n(ok + "\n"),
			"interim":     n("HTTP/1.1 100 Continue\n\n"),
			"start lines": ok + "\n" + n("x\nGET / HTTP/1.1\n"),
		} {
			b.Run(fmt.Sprintf("%s/%dMiB", name, size>>20), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(in)))
				for b.Loop() {
					for range Read(strings.NewReader(in), "in") {
					}
				}
			})
		}
	}
}

func BenchmarkLocate(b *testing.B) {
	for name, in := range map[string]string{
		"counted": "HTTP/1.1 200 OK\n\n" + strings.Repeat("é\n", 1<<20),
		"chunked": "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + strings.Repeat("3\né\n\n", 1<<18),
		"escaped": `{"response":{"status":200,"text":"` + strings.Repeat(`\u00e9`, 1<<18) + `"}}`,
	} {
		for x, err := range Read(strings.NewReader(in), "in") {
			require.NoError(b, err)
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					i = (i + 7919) % len(x.Response.Body)
					x.Response.Locate(i)
				}
			})
		}
	}
}
