package route

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTemplate(t *testing.T) {
	tests := []struct {
		name, reason, template string
		shape, version         string
		names                  []string
		err                    string
	}{
		{"plain", "", "/external/connections/{connection-id}/Operations/{operation-id}", "/external/connections/{}/operations/{}", "", []string{"connection-id", "operation-id"}, ""},
		{"url", "all before and after the path goes", "GET https://graph.microsoft.com/V1.0/Users('{id | name}')?$top={n}", "/users/{}", "v1.0", []string{"id | name"}, ""},
		{"beta", "", "beta/a/", "/a", "beta", nil, ""},
		{"other version", "only Graph's two are versions", "/v2.0/a", "/v2.0/a", "", nil, ""},
		{"version alone", "", "/beta", "/", "beta", nil, ""},
		{"empty", "", "", "/", "", nil, ""},
		{"function", "parentheses may be left out where they are empty", "/users/delta()", "/users/delta", "", nil, ""},
		{"mixed", "names go, texts stay", "/F(a='{x}',B={y})/{z}", "/f(a='{}',b={})/{}", "", []string{"x", "y", "z"}, ""},
		{"wildcards", "they have no names", "/a/*/{b}/**", "/a/*/{}/**", "", []string{"b"}, ""},
		{"slash in a name", "", "/{a/b}", "/{}", "", []string{"a/b"}, ""},
		{"open", "refused", "/V1.0/a/{x", "/V1.0/a/{x", "v1.0", nil, `route: template "/V1.0/a/{x": braces do not pair`},
		{"closed", "refused", "/a}", "/a}", "", nil, `route: template "/a}": braces do not pair`},
		{"rest within", "what comes after ** could be anywhere", "/a/**/b", "/a/**/b", "", nil, `route: template "/a/**/b": ** is not the last segment`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names, err := Names(tt.template)
			if tt.err == "" {
				require.NoError(t, err, tt.reason)
			} else {
				require.EqualError(t, err, tt.err, tt.reason)
			}
			require.Equal(t, tt.names, names, tt.reason)
			require.Equal(t, tt.shape, Shape(tt.template), tt.reason)
			require.Equal(t, tt.version, Version(tt.template), tt.reason)
		})
	}
}

func TestCompareAndOverlap(t *testing.T) {
	tests := []struct {
		name, reason, a, b string
		order              int
		overlap            bool
	}{
		{"same", "names and versions do not count", "/v1.0/a/{x}", "/beta/A('{y}')", 0, true},
		{"literal and parameter", "", "/a/b", "/a/{x}", -1, true},
		{"literal and mixed", "", "/a/bc", "/a/b{x}", -1, true},
		{"literal and other mixed", "", "/a/bc", "/a/c{x}", -1, false},
		{"literal and call", "the mixed segment matches only the literal's form with parentheses", "/delta", "/{x}()", -1, true},
		{"mixed and parameter", "", "/a/b{x}", "/a/{x}", -1, true},
		{"call and parameter", "a call is no key", "/a/{x}()", "/a/{x}", -1, false},
		{"system segment and parameter", "nor is that", "/a/$count", "/a/{x}", -1, false},
		{"mixed system segment and parameter", "nor one of these", "/a/${x}", "/a/{x}", -1, false},
		{"delta and parameter", "nor that", "/a/delta", "/a/{x}", -1, false},
		{"system segment and *", "* takes all", "/a/$count", "/a/*", -1, true},
		{"parameter and *", "", "/a/{x}", "/a/*", -1, true},
		{"* and **", "", "/a/*", "/a/**", -1, true},
		{"end and **", "the whole template is the more specific", "/a", "/a/**", -1, true},
		{"** and deeper", "", "/a/b/c/{d}", "/a/**", -1, true},
		{"** and elsewhere", "", "/b/c", "/a/**", 1, false},
		{"from the left", "the first difference decides", "/a/{x}", "/{x}/b", -1, true},
		{"mixed by text", "more fixed text", "/f(a={x},b={y})", "/f(a={x})", -1, true},
		{"mixed by count", "fewer parameters for the same text", "/a{x}b", "/{x}a{y}b", -1, true},
		{"mixed of equal text", "one order whatever was added first", "/a{x}", "/{x}b", -1, true},
		{"mixed apart", "their beginnings differ", "/a{x}", "/b{x}", -1, false},
		{"mixed apart at the end", "their ends differ", "/{x}a", "/{x}b", -1, false},
		{"length", "", "/a/{x}", "/a/{x}/b", -1, false},
		{"literals", "no path matches both, and still there is an order", "/a/b", "/a/c", -1, false},
		{"refused", "it matches nothing and comes last", "/a", "/a{", -1, false},
		{"both refused", "", "/a{", "/b{", -1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.order, max(-1, min(1, Compare(tt.a, tt.b))), tt.reason)
			require.Equal(t, -tt.order, max(-1, min(1, Compare(tt.b, tt.a))), tt.reason)
			require.Equal(t, tt.overlap, Overlap(tt.a, tt.b), tt.reason)
			require.Equal(t, tt.overlap, Overlap(tt.b, tt.a), tt.reason)
			require.Equal(t, tt.order == 0, Shape(tt.a) == Shape(tt.b), tt.reason)
		})
	}
}
