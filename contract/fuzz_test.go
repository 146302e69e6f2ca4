package contract_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/schema"
)

// FuzzExchange states the laws of the judge of exchanges. It is total, says the same of equal input, and never calls an
// exchange of another host wrong. Judging an exchange does not change it. The strict contract's errors include the
// tolerant one's.
func FuzzExchange(f *testing.F) {
	strict, err := contract.New(schema.Default(), schema.Strict)
	require.NoError(f, err)
	for _, body := range []string{
		`{"id":"1","status":"failed","error":{"message":"x"}}`, `{"error":{"code":"c","message":"m"}}`, `{"value":[{"id":"1"}]}`, `[`, ``, "\x1f\x8b",
		`{"@odata.context":"x/$metadata#external/connections('c')/operations/$entity","id":"1","status":"succeeded"}`,
	} {
		for _, url := range []string{external + "/1", bare, "http://127.0.0.1:1/v1.0/external/connections('a')/operations('b')?$select=id", "https://example.org/", "::"} {
			f.Add("GET", url, 200, "application/json", "", []byte(body))
		}
		f.Add("PATCH", external+"/1", 404, "application/json;x", "gzip", []byte(body))
	}
	f.Fuzz(func(t *testing.T, method, url string, status int, contentType, coding string, body []byte) {
		x := recording.Exchange{
			Method: method, URL: url, Status: status,
			Request:  recording.Message{Body: body},
			Response: recording.Message{Header: http.Header{"Content-Type": {contentType}, "Content-Encoding": {coding}}, Body: body},
		}
		before := string(body)
		tolerant := contract.Default().Exchange(&x)
		require.Equal(t, fmt.Sprint(tolerant), fmt.Sprint(contract.Default().Exchange(&x)))
		require.Equal(t, before, string(body))
		errorsOf := func(fs schema.Findings) map[string]bool {
			m := map[string]bool{}
			for _, x := range fs {
				require.NotContains(t, x.Rule, "internal/")
				require.NotEmpty(t, x.Part)
				if x.Severity == schema.Error {
					m[x.Rule+" "+x.Part+" "+x.Pointer+" "+x.Property] = true
				}
			}
			return m
		}
		inStrict := errorsOf(strict.Exchange(&x))
		for e := range errorsOf(tolerant) {
			if strings.HasPrefix(e, "life/status") { // in full presence the schema has said so
				continue
			}
			require.True(t, inStrict[e], "strict does not find %s", e)
		}
		if strings.HasPrefix(url, "https://example.org") {
			require.Empty(t, tolerant)
		}
		check(t, x, x, recording.Exchange{URL: url, Status: 200, Response: x.Response})
	})
}
