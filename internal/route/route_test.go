package route

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatch(t *testing.T) {
	var x Index[string]
	for _, r := range []struct{ method, template string }{
		{"GET", "/external/connections/{connection-id}/operations/{operation-id}"},
		{"GET", "https://graph.microsoft.com/v1.0/connections('{connection-id}')/operations?$top=1"},
		{"PATCH", "/external/connections/{id}/schema"},
		{"GET", "/external/connections/{id}/schema"},
		{"GET", "/users/{id}"},
		{"GET", "/users/delta"},
		{"GET", "/reports/getUsage(period='{period}')"},
	} {
		require.NoError(t, x.Add(r.method, r.template, r.method+" "+r.template))
	}

	tests := []struct {
		name, method, path, reason string
		want                       string // the template, "" for no match
		params                     []string
	}{
		{"version", "GET", "/v1.0/external/connections/c/operations/o", "a version prefix does not count", "/external/connections/{connection-id}/operations/{operation-id}", []string{"c", "o"}},
		{"beta", "GET", "/beta/external/connections/c/operations/o", "nor does beta", "/external/connections/{connection-id}/operations/{operation-id}", []string{"c", "o"}},
		{"bare", "get", "/external/connections/c/operations/o/", "nor its absence, a trailing slash, the method's case", "/external/connections/{connection-id}/operations/{operation-id}", []string{"c", "o"}},
		{"parentheses", "GET", "/v1.0/external/connections('c''d')/operations(42)", "a key may stand in parentheses", "/external/connections/{connection-id}/operations/{operation-id}", []string{"c'd", "42"}},
		{"escaped", "GET", "/external/connections/weird%20id%2F%C3%A9/operations/o", "an escaped slash is part of the key", "/external/connections/{connection-id}/operations/{operation-id}", []string{"weird id/é", "o"}},
		{"case", "GET", "/External/Connections/c/Operations/o", "Graph's literal segments ignore case", "/external/connections/{connection-id}/operations/{operation-id}", []string{"c", "o"}},
		{"template key in parentheses", "GET", "/connections/c/operations", "templates too", "https://graph.microsoft.com/v1.0/connections('{connection-id}')/operations?$top=1", []string{"c"}},
		{"literal first", "GET", "/users/delta", "a literal wins over a parameter", "/users/delta", nil},
		{"parameter", "GET", "/users/delta2", "", "/users/{id}", []string{"delta2"}},
		{"function", "GET", "/reports/getUsage(period='D7')", "function parameters are captured", "/reports/getUsage(period='{period}')", []string{"D7"}},
		{"other method", "DELETE", "/users/x", "the method counts", "", nil},
		{"too long", "GET", "/users/x/y", "the whole path counts", "", nil},
		{"empty key", "GET", "/users//", "an empty segment is no key", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := x.Match(tt.method, tt.path)
			require.Equal(t, tt.want != "", ok, tt.reason)
			if !ok {
				return
			}
			require.Contains(t, m.Value, tt.want, tt.reason)
			var values []string
			for _, p := range m.Params {
				values = append(values, p.Value)
			}
			require.Equal(t, tt.params, values, tt.reason)
		})
	}
}

func TestAddRefuses(t *testing.T) {
	var x Index[int]
	require.NoError(t, x.Add("GET", "/a/{x}", 1))
	require.ErrorContains(t, x.Add("GET", "/a('{y}')", 2), "already there", "the same template in other words")
	require.ErrorContains(t, x.Add("GET", "/a/{x", 3), "braces")
	require.ErrorContains(t, x.Add("GET", "/a/}x{", 3), "braces")
	_, ok := x.Match("GET", "/a")
	require.False(t, ok)
}

// FuzzMatch states the laws: matching is total, and a path made from a template by putting keys in place of its
// parameters matches it with these keys.
func FuzzMatch(f *testing.F) {
	f.Add("/external/connections/{a}/operations/{b}", "GET", "/v1.0/external/connections/c/operations/o")
	f.Add("/users/{id}", "GET", "/users('x')")
	f.Add("/f(a='{x}',b='{y}')/z", "GET", "/f(a='1',b='2')/z")
	f.Add("{/a}", "0", "0/0")
	f.Add("", "a", "0")
	f.Add("{\x1f}0\xfa{}", "\xce\xf3", "0H\x850\x85H")
	f.Add("/users/{id | name}/{a/b}", "GET", "/users/1/2")
	f.Fuzz(func(t *testing.T, template, method, path string) {
		var x Index[int]
		if x.Add(method, template, 1) != nil {
			return
		}
		if m, ok := x.Match(method, path); ok {
			require.Equal(t, 1, m.Value)
		}
		if strings.Trim(template, "/{}abcdefghijklmnopqrstuvwxyz") != "" || strings.Contains(template, "}{") {
			return // escapes, keys in parentheses and adjacent parameters have more than one reading
		}
		fixed, names := cutParams(Normalize(template))
		filled := fixed[0]
		for i := range names {
			filled += fmt.Sprintf("10%d", i) + fixed[i+1]
		}
		if strings.Contains(filled, "//") {
			return
		}
		m, ok := x.Match(method, filled)
		require.True(t, ok, "%s does not match %s", template, filled)
		for i, p := range m.Params {
			require.Equal(t, Param{names[i], fmt.Sprintf("10%d", i)}, p)
		}
	})
}

func TestSegments(t *testing.T) {
	for _, tt := range []struct {
		path, reason string
		want         []string
	}{
		{"/v1.0/jobs/1/", "version and slashes at the ends do not count", []string{"jobs", "1"}},
		{"/jobs('it''s')/a%2Fb", "keys are segments, escaped slashes separate none", []string{"jobs", "it's", "a/b"}},
		{"/reports/getUsage(period='D7')", "a function is one segment", []string{"reports", "getUsage(period='D7')"}},
		{"/beta", "nothing is left", nil},
	} {
		require.Equal(t, tt.want, Segments(tt.path), tt.reason)
	}
}
