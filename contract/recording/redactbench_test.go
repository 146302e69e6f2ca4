package recording

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkRedact has an exchange with a page of 100 items: without secrets, with a token in the header, as every real
// request has, and with one in each item.
func BenchmarkRedact(b *testing.B) {
	page := func(secret string) []byte {
		var items []string
		for i := range 100 {
			items = append(items, fmt.Sprintf(`{"@odata.etag":"W/\"%d\"","id":"%d","displayName":"Item %d","webUrl":"https://h/a%%20b/%d",`+
				`"lastModifiedDateTime":"2026-11-24T05:52:35Z","description":"They keep the keys, honey.%s"}`, i, i, i, i, secret))
		}
		return []byte(`{"value":[` + strings.Join(items, ",") + `],"@odata.nextLink":"https://h/v1.0/items?$skiptoken=RFNwdAIAAQ"}`)
	}
	for _, bb := range []struct {
		name, authorization, secret string
	}{{"honest", "", ""}, {"header", token, ""}, {"items", token, token}} {
		b.Run(bb.name, func(b *testing.B) {
			x := Exchange{
				Method: "GET", URL: "https://graph.microsoft.com/v1.0/items?$top=100", Status: 200,
				Request: Message{Header: http.Header{"Accept": {"application/json"}}},
				Response: Message{
					Header: http.Header{"Content-Type": {"application/json"}, "Request-Id": {"0a1b2c3d-0000-0000-0000-000000000000"}},
					Body:   page(bb.secret),
				},
			}
			if bb.authorization != "" {
				x.Request.Header["Authorization"] = []string{"Bearer " + bb.authorization}
			}
			var r Redactor
			b.ReportAllocs()
			b.SetBytes(int64(len(x.Response.Body)))
			for b.Loop() {
				r.Redact(x)
			}
		})
	}
}

// BenchmarkRedactHard has the inputs that are most work for their size. Each must stay linear: MB/s does not depend on
// the size.
func BenchmarkRedactHard(b *testing.B) {
	for _, size := range []int{1 << 18, 1 << 20} {
		n := func(s string) string { return strings.Repeat(s, size/len(s)) }
		many := make([]string, size/64) // secrets that are alike for long
		for i := range many {
			many[i] = strings.Repeat("a", 50) + fmt.Sprintf("%07d", i)
		}
		for _, in := range []struct {
			name    string
			secrets []string
			body    string
		}{
			{"alike", many, n("a")},
			{"nested", []string{n("a")[:size/2] + "b", n("a")[:size/4]}, n("a")},
			{"all", []string{"aaaaaa"}, n("a")},
			{"backslashes", []string{"aaaaaa"}, n(`\\`)},
			{"percents", []string{"aaaaaa"}, n(`%2525`)},
			{"token starts", nil, n("-eyJ")},
			{"token headers", nil, n("eyJhbGciOiJub25lIn0.-")},
			{"ends of tokens", nil, n("ew") + "ey"},
			{"names", nil, n(`"password":`)},
			{"lists", nil, n(`"password":["",`)},
			{"objects", nil, n(`"password":{`)},
			{"passwords", nil, n("://u:p@")},
			{"codes", nil, "?" + n("&code=")},
			{"answers", nil, n(`Digest response="`)},
			{"parameters", nil, n("&sig=")},
			{"equals", nil, n("=")},
			{"quotes", nil, n(`"`)},
			{"pseudonyms", []string{"aaaaaa"}, n("REDACTED-1")},
			{"members", nil, `{"password":"` + n("a") + `"}`},
			{"secrets", nil, "[" + secretsOf(size) + "]"},
		} {
			b.Run(fmt.Sprintf("%s/%d", in.name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					var r Redactor
					got := r.Redact(Exchange{Request: Message{Header: http.Header{"Api-Key": in.secrets}}, Response: Message{Body: []byte(in.body)}})
					require.NotEmpty(b, got.Response.Body)
				}
			})
		}
	}
}

func secretsOf(size int) string {
	var items []string
	for i := range size / 40 {
		items = append(items, fmt.Sprintf(`{"password":"secret number %06d"}`, i))
	}
	return strings.Join(items, ",")
}
