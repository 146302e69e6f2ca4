package odata

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOption(t *testing.T) {
	tests := []struct{ name, reason, option, want string }{
		{"canonical", "", "$select", "$select"},
		{"bare", "OData 4.01 lets the $ go", "orderby", "$orderby"},
		{"case", "and takes any case", "$SkipToken", "$skiptoken"},
		{"custom", "other names are the service's", "includeHidden", "includeHidden"},
		{"custom with $", "a name that OData does not know stays", "$Foo", "$Foo"},
		{"two", "only one $ goes", "$$top", "$$top"},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, Option(tt.option), tt.reason)
		})
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		name, reason, query, option string
		want                        []string
	}{
		{"all spellings", "all are $top, in order", "%24top=1&top=2&x=9&$TOP=3", "Top", []string{"1", "2", "3"}},
		{"decoded", "", "$filter=a+eq+%27b%26c%27", "$filter", []string{"a eq 'b&c'"}},
		{"semicolons", "nested options have them", "$expand=a($select=b;$top=1)&$top=2", "$expand", []string{"a($select=b;$top=1)"}},
		{"malformed", "what is no escape stays", "%zz=1&$search=50%+%4&$search=%41%4g%", "$search", []string{"50% %4", "A%4g%"}},
		{"malformed name", "", "%zz=1", "%zz", []string{"1"}},
		{"no value", "an option without = is there", "a&$count&b", "$count", []string{""}},
		{"custom", "these have one spelling", "Token=1&token=2&$token=3", "token", []string{"2"}},
		{"none", "", "&&$top=1&", "$skip", nil},
		{"empty name", "an empty pair is no option", "&=x&", "", []string{"x"}},
		{"empty", "", "", "$top", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, Values(tt.query, tt.option), tt.reason)
		})
	}
}

var sameCases = []struct {
	name, reason, option, a, b string
	same                       bool
}{
	{"select order", "a set has none", "$select", "id,status", "status, id", true},
	{"select case", "Graph takes any", "select", "ID", "id", true},
	{"select twice", "nor does it count", "$select", "id,id,,status", "status,id", true},
	{"select less", "", "$select", "id,status", "id", false},
	{"select path", "", "$select", "error/code", "error", false},
	{"select nested", "options of 4.01", "$select", "a($select=x,y),b", "b,A($select=y,x)", true},
	{"select function", "parameters of a function are no options", "$select", "ns.f(a,b)", "ns.f(b,a)", false},

	{"expand order", "", "$expand", "items,members", "members,items", true},
	{"expand options", "their order does not count, nor their $", "$expand", "items($select=id,name;$top=05)", "items(top=5; $select=name,id)", true},
	{"expand option differs", "", "$expand", "items($top=5)", "items($top=6)", false},
	{"expand with and without", "", "$expand", "items($top=5)", "items", false},
	{"expand option without a value", "", "$expand", "items($top 5)", "items($top=5)", false},
	{"expand deep", "", "$expand", "a($expand=b($filter=x eq 'A;)' and y eq 1;$orderby=z asc),c)", "a($expand=c,b($orderby=z;$filter=y eq 1 and x eq 'A;)'))", true},
	{"expand deep, quotes", "what is quoted counts", "$expand", "a($filter=x eq 'A')", "a($filter=x eq 'a')", false},
	{"expand levels", "", "$expand", "a($levels=max)", "a($levels=MAX)", true},
	{"expand ref", "", "$expand", "a/$ref", "a", false},
	{"expand unclosed", "what breaks the grammar is text", "$expand", "a($top=1", "a($top=01", false},

	{"filter space", "white space separates and is nothing else", "$filter", "startswith( a,'x y' )  eq\ttrue", "startswith(a, 'x y') eq true", true},
	{"filter words", "but where it separates it counts", "$filter", "a eq b", "aeq b", false},
	{"filter quoted space", "in quotes it is text", "$filter", "a eq 'x y'", "a eq 'x  y'", false},
	{"filter quoted case", "and so is case", "$filter", "a eq 'X'", "a eq 'x'", false},
	{"filter case", "operators (4.01, section 5.1.1) and names take any case", "$filter", "Status EQ 1", "status eq 1", true},
	{"filter and", "its operands have no order", "$filter", "a eq 1 and b eq 'x and y' AND c eq 3", "c eq 3 and b eq 'x and y' and a eq 1", true},
	{"filter and quoted", "what is quoted is no operator", "$filter", "a eq 'x and y'", "a eq 'y and x'", false},
	{"filter and, nested", "only outside of parentheses", "$filter", "(a and b)", "(b and a)", false},
	{"filter and with nested or", "an or in parentheses is part of an operand", "$filter", "(a or b) and c", "c and (a or b)", true},
	{"filter and with or", "another or makes the order count", "$filter", "a and b or c", "b and a or c", false},
	{"filter and, times", "", "$filter", "a and a", "a", false},
	{"filter doubled quotes", "a doubled quote ends nothing", "$filter", "a eq 'it''s and b' and c", "c and a eq 'it''s and b'", true},
	{"filter date", "", "$filter", "a gt 2026-01-01T00:00:00Z", "a gt 2026-01-01t00:00:00z", true},
	{"filter lambda", "", "$filter", "tags/any(t: t eq 'x')", "tags/any(t:t eq 'x')", true},

	{"orderby default", "asc is what is meant", "$orderby", "a, b desc", "A asc,b DESC", true},
	{"orderby order", "", "$orderby", "a,b", "b,a", false},
	{"orderby direction", "", "$orderby", "a desc", "a", false},
	{"orderby name", "a property may be called so", "$orderby", "asc", "asc asc", true},

	{"count", "", "$count", "true", "TRUE", true},
	{"count no", "", "$count", "true", "false", false},
	{"top", "by value", "top", "010", "+10", true},
	{"top no", "", "$top", "10", "1", false},
	{"top huge", "any length", "$top", strings.Repeat("9", 400), "0" + strings.Repeat("9", 400), true},
	{"skip zero", "", "$skip", "-0", "000", true},
	{"skip text", "what is no number is text", "$skip", "1.0", "1", false},
	{"search", "text", "$search", "a  b", "a b", false},
	{"skiptoken", "text", "$skiptoken", "A", "a", false},
	{"custom", "text", "x", "a,b", "b,a", false},
}

func TestSame(t *testing.T) {
	for _, tt := range sameCases {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.same, Same(tt.option, tt.a, tt.b), tt.reason)
		})
	}
}

func TestSameIsBounded(t *testing.T) {
	deep := func(n int, inner string) string {
		return strings.Repeat("a($expand=", n) + inner + strings.Repeat(")", n)
	}
	require.True(t, Same("$expand", deep(maxDepth, "x,y"), deep(maxDepth, "y,x")))
	require.False(t, Same("$expand", deep(maxDepth+1, "x,y"), deep(maxDepth+1, "y,x")), "too deep to be compared but as text")

	start := time.Now()
	for _, part := range []string{"a($expand=", "(", ")", ",", "'", "a,", "and ", "a eq 1 and ", "a(b),", `"\`} {
		text := strings.Repeat(part, 1<<17/len(part))
		for _, option := range []string{"$expand", "$filter", "$orderby", "$top"} {
			require.False(t, Same(option, text, text+"x"), "%s %q", option, part)
		}
	}
	require.Less(t, time.Since(start), 20*time.Second, "a quadratic reading takes minutes")
}

// FuzzSame states the laws: Same is an equivalence, the spelling of the option's name does not count, and neither
// does the order of $select, nor that of operands of and that are no more than a comparison.
func FuzzSame(f *testing.F) {
	for _, tt := range sameCases {
		f.Add(tt.option, tt.a, tt.b, uint64(1))
	}
	f.Fuzz(func(t *testing.T, option, a, b string, seed uint64) {
		require.True(t, Same(option, a, a))
		require.Equal(t, Same(option, a, b), Same(option, b, a))
		require.Equal(t, Same(option, a, b), Same(Option(option), a, b))
		require.Equal(t, Same(option, a, b), canonical(Option(option), a, 0) == canonical(Option(option), b, 0), "one text, one meaning")
		for _, o := range []string{"$select", "$expand", "$filter", "$orderby"} {
			require.Equal(t, Same(o, a, b), Same(o, " "+a, b), "white space before %s", o)
		}

		shuffle := func(items []string) []string {
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
			return items
		}
		if !strings.ContainsAny(a, `()'"`) {
			require.True(t, Same("$select", a, strings.Join(shuffle(strings.Split(a, ",")), ",")))
			operands := []string{"x eq 1", "y in ('and')", "startswith(z,'q')", "v eq '" + b + "'"}
			if !strings.Contains(b, "'") {
				require.True(t, Same("$filter", strings.Join(operands, " and "), strings.Join(shuffle(operands), "  AND\n")))
			}
		}
	})
}

// FuzzValues states the laws: reading is total, and what is encoded comes back.
func FuzzValues(f *testing.F) {
	f.Add("%24top=1&top=2", "$top", "x&y;z")
	f.Add("%", "%", "%")
	f.Fuzz(func(t *testing.T, query, name, value string) {
		require.Equal(t, Values(query, name), Values(query, Option(name)))
		const upper = "0123456789ABCDEF"
		var encoded strings.Builder
		for i := range len(value) {
			encoded.WriteString("%" + upper[value[i]>>4:][:1] + upper[value[i]&15:][:1])
		}
		before := Values(query, "Skip")
		require.Equal(t, append(before, value), Values(query+"&%24skiP="+encoded.String(), "$skip"))
	})
}
