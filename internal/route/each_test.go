package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/text"
)

func TestEach(t *testing.T) {
	var x Index[string]
	for _, template := range []string{
		"GET /**",
		"* /**",
		"GET /external/**",
		"GET /external/*",
		"GET /external/connections/{c}/**",
		"GET /external/connections/{c}/*",
		"* /external/connections/{c}/items",
		"GET /external/connections/{c}/items",
		"GET /external/connections/{c}/{x}",
		"GET /external/connections/c1/{x}",
		"GET /external/connections/c{n}/items",
		"GET /external/connections/{n}1/{x}",
		"PUT /external/connections/{c}/items",
		"GET /f(a={x},b={y})",
		"GET /f(a={x})",
		"POST /users/{u}/messages('{m}')/$value",
		"POST /users/{u}/messages/{m}/*",
	} {
		method, path, _ := strings.Cut(template, " ")
		require.NoError(t, x.Add(method, path, template))
	}
	tests := []struct {
		name, reason, method, path string
		want                       []string
	}{
		{
			name: "all kinds", reason: "literal, mixed, {parameter}, *, **, from the left; the method before *",
			method: "GET", path: "/v1.0/external/connections/c1/items",
			want: []string{
				"GET /external/connections/c1/{x} [items]",
				"GET /external/connections/c{n}/items [1]",
				"GET /external/connections/{n}1/{x} [c items]",
				"GET /external/connections/{c}/items [c1]",
				"* /external/connections/{c}/items [c1]",
				"GET /external/connections/{c}/{x} [c1 items]",
				"GET /external/connections/{c}/* [c1]",
				"GET /external/connections/{c}/** [c1]",
				"GET /external/** []",
				"GET /** []",
				"* /** []",
			},
		},
		{
			name: "no rest", reason: "** also matches the end",
			method: "GET", path: "/external/", want: []string{"GET /external/** []", "GET /** []", "* /** []"},
		},
		{
			name: "root", reason: "that of the whole path, too",
			method: "GET", path: "/beta/", want: []string{"GET /** []", "* /** []"},
		},
		{
			name: "system segment", reason: "* matches it, a parameter does not",
			method: "GET", path: "/external/$count", want: []string{"GET /external/* []", "GET /external/** []", "GET /** []", "* /** []"},
		},
		{
			name: "empty segment", reason: "* stands for a segment that is there, ** for whatever comes",
			method: "GET", path: "/external/connections/7/(a=1)//", want: []string{
				"GET /external/connections/{c}/{x} [7 (a=1)]", "GET /external/connections/{c}/* [7]", "GET /external/connections/{c}/** [7]",
				"GET /external/** []", "GET /** []", "* /** []",
			},
		},
		{
			name: "any method", reason: "a method of its own is not needed",
			method: "trace", path: "/EXTERNAL/Connections('A')/Items", want: []string{"* /external/connections/{c}/items [A]", "* /** []"},
		},
		{
			name: "asked for *", reason: "that is a method like others here, and yields once",
			method: "*", path: "/external/connections/c/items", want: []string{"* /external/connections/{c}/items [c]", "* /** []"},
		},
		{
			name: "more fixed text", reason: "of two mixed segments the one that says more comes first",
			method: "GET", path: "/F(a='É',b=2)",
			want: []string{"GET /f(a={x},b={y}) ['É' 2]", "GET /f(a={x}) ['É',b=2]", "GET /** []", "* /** []"},
		},
		{
			name: "long", reason: "more segments and parameters than there is room for at first",
			method: "GET", path: "/external/connections/c%2Fd" + strings.Repeat("/Ab", 40), want: []string{
				"GET /external/connections/{c}/** [c/d]", "GET /external/** []", "GET /** []", "* /** []",
			},
		},
		{
			name: "keys", reason: "values are unescaped, and the quotes of keys no part of them",
			method: "POST", path: "/users('a%27%27b')/Messages/m%201/$value",
			want: []string{"POST /users/{u}/messages('{m}')/$value [a'b m 1]", "POST /users/{u}/messages/{m}/* [a'b m 1]", "* /** []"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			x.Each(tt.method, tt.path, func(v string, params []string) bool {
				got = append(got, fmt.Sprint(v, " ", params))
				return true
			})
			require.Equal(t, tt.want, got, tt.reason)

			m, ok := x.Match(tt.method, tt.path)
			require.Equal(t, len(got) > 0, ok)
			if ok {
				require.True(t, strings.HasPrefix(got[0], m.Value+" "), "Match is the first of Each")
			}
			for stop := range got {
				n := 0
				x.Each(tt.method, tt.path, func(string, []string) bool { n++; return n <= stop })
				require.Equal(t, stop+1, n, "no call after false")
			}
		})
	}
}

// TestEachHead has the ranks of paths come before those of methods.
func TestEachHead(t *testing.T) {
	var x Index[string]
	for _, template := range []string{"* /**", "HEAD /a/{x}", "GET /a/b", "* /a/b", "POST /a/b", "HEAD /a/b", "GET /**"} {
		method, path, _ := strings.Cut(template, " ")
		require.NoError(t, x.Add(method, path, template))
	}
	want := []string{"HEAD /a/b", "GET /a/b", "* /a/b", "HEAD /a/{x}", "GET /**", "* /**"}
	for stop := range want {
		var got []string
		x.EachHead("/a/b", func(v string, _ []string) bool { got = append(got, v); return len(got) <= stop })
		require.Equal(t, want[:stop+1], got)
	}
}

func TestMethods(t *testing.T) {
	var x Index[int]
	for i, r := range []string{"PATCH /a/{x}", "GET /a/{x}", "DELETE /a/b", "GET /a/**", "* /a/{x}", "PUT /c"} {
		method, path, _ := strings.Cut(r, " ")
		require.NoError(t, x.Add(method, path, i))
	}
	tests := []struct {
		name, reason, path string
		want               []string
	}{
		{"several templates", "all that match count, each method once", "/v1.0/a/b", []string{"DELETE", "GET", "PATCH"}},
		{"one template", "* is no method", "/a('c')", []string{"GET", "PATCH"}},
		{"none", "", "/b", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, x.Methods(tt.path), tt.reason)
		})
	}
}

func TestFindIsNoAdd(t *testing.T) {
	var x Index[int]
	require.NoError(t, x.Add("*", "/a/{x}/*", 1))
	v, ok := x.Find("*", "/beta/A('{y}')/*")
	require.True(t, ok, "the same shape")
	require.Equal(t, 1, v)
	for _, template := range []string{"/a/{x}/**", "/a/b/*", "/a/x{y}/*", "/a/{x}"} {
		_, ok = x.Find("*", template)
		require.False(t, ok, template)
	}
	_, ok = x.Find("GET", "/a/{x}/*")
	require.False(t, ok, "Find asks for what was added, not for what would match")
	require.Nil(t, x.root.literal["a"].literal, "Find adds nothing")
}

// FuzzEach states the laws of an index: Each yields exactly the templates that match by themselves, in the order of
// Compare, each with as many params as it has names; Match is the first; what matches one path overlaps.
func FuzzEach(f *testing.F) {
	f.Add("/a/{x}\n/a/b\n/a/*\n/a/**\n/**", "/a/b")
	f.Add("/a{x}/{y}\n/{x}b/c\n/ab/{z}", "/AB/c")
	f.Add("/f(a={x},b={y})\n/f(a={x})\n/f(a={x}{y})\n{a}{b}", "/f(a=1,b=2)")
	f.Add("/users/delta\n/users/{id}\n/users/delta()\n/users/d{x}\n/users('*')", "/beta/users/delta()")
	f.Add("/a('b')/{c/d}\n/a/()/**\n/a/{x}()\n/a('')", "/a('b')/%24count")
	f.Add("/a/**/b\n/a{\n/a/{x}\n/v1.0/a/{y}", "/v1.0/a/b")
	f.Add("A('B')/{#}", "A('B')/$00")
	f.Fuzz(func(t *testing.T, list, path string) {
		if len(list)+len(path) > 80 {
			t.Skip("the slow matcher is slow")
		}
		var x Index[string]
		var added []string
		for i, template := range strings.Split(list, "\n") {
			method := [...]string{"GET", "*"}[i%2]
			_, err := Names(template)
			if _, there := x.Find(method, template); there || err != nil {
				require.Error(t, x.Add(method, template, ""))
				continue
			}
			require.NoError(t, x.Add(method, template, method+" "+template))
			added = append(added, method+" "+template)
		}

		var got []string
		x.Each("GET", path, func(v string, params []string) bool {
			_, template, _ := strings.Cut(v, " ")
			names, err := Names(template)
			require.NoError(t, err)
			require.Len(t, params, len(names), v)
			if len(got) == 0 {
				m, ok := x.Match("GET", path)
				require.True(t, ok)
				require.Equal(t, v, m.Value, "Match is the first")
				for i, p := range m.Params {
					require.Equal(t, Param{names[i], params[i]}, p)
				}
			}
			got = append(got, v)
			return true
		})
		require.True(t, slices.IsSortedFunc(got, func(v, w string) int {
			_, a, _ := strings.Cut(v, " ")
			_, b, _ := strings.Cut(w, " ")
			c := Compare(a, b)
			require.Equal(t, -c, Compare(b, a))
			require.Equal(t, c == 0, Shape(a) == Shape(b), "%q %q", a, b)
			require.True(t, Overlap(a, b) && Overlap(b, a), "%q and %q match %q", a, b, path)
			if c == 0 {
				return -strings.Compare(v, w) // GET before *
			}
			return c
		}), "order of %q", got)

		var want []string
		for _, v := range added {
			if _, template, _ := strings.Cut(v, " "); slowMatch(template, path) {
				want = append(want, v)
			}
		}
		require.ElementsMatch(t, want, got, "%q", path)
		if len(got) == 0 {
			_, ok := x.Match("GET", path)
			require.False(t, ok)
		}
	})
}

// slowMatch says whether a template matches a path, trying all that a segment can stand for.
func slowMatch(template, path string) bool {
	var braces int
	pieces := strings.FieldsFunc(Normalize(template), func(c rune) bool {
		braces += map[rune]int{'{': 1, '}': -1}[c]
		return c == '/' && braces == 0
	})
	var want []string
	for _, s := range pieces {
		name, key, ok := cutKey(s)
		if want = append(want, name); ok {
			want = append(want, key)
		}
	}
	got := appendPath(nil, path)
	for i, s := range want {
		if s == "**" {
			return true
		}
		if i == len(got) || !slowSegment(s, got[i]) {
			return false
		}
	}
	return len(want) == len(got)
}

func slowSegment(want, s string) bool {
	_, after, braced := strings.Cut(want, "}")
	open := strings.IndexByte(want, '{')
	if want == "*" {
		return s != ""
	}
	if open < 0 {
		w, g := strings.TrimSuffix(text.Lower(want), "()"), strings.TrimSuffix(text.Lower(s), "()")
		if w == "" || g == "" {
			w, g = text.Lower(want), text.Lower(s)
		}
		return w == g
	}
	if open == 0 && (after == "" || !braced) {
		return isKey(s)
	}
	return slowGlob(want, s)
}

func slowGlob(want, s string) bool {
	switch {
	case want == "":
		return s == ""
	case want[0] == '{':
		_, after, _ := strings.Cut(want, "}")
		for i := 0; i <= len(s); i++ {
			if slowGlob(after, s[i:]) {
				return true
			}
		}
		return false
	}
	return s != "" && text.Lower(want[:1]) == text.Lower(s[:1]) && slowGlob(want[1:], s[1:])
}

// BenchmarkEach shows that what does not go along with the path costs nothing.
func BenchmarkEach(b *testing.B) {
	for _, n := range []int{1, 1000} {
		for _, path := range []string{"/external/connections/contoso/thing0/42", "/v1.0/External/connections('contoso')/Thing0/42%20x"} {
			b.Run(fmt.Sprintf("templates=%d/escapes=%t", n, strings.Contains(path, "%")), func(b *testing.B) {
				var x Index[int]
				for i := range n {
					require.NoError(b, x.Add("GET", fmt.Sprintf("/external/connections/{c}/thing%d/{x}", i), i))
				}
				found := 0
				yield := func(int, []string) bool { found++; return true }
				b.ReportAllocs()
				for b.Loop() {
					found = 0
					x.Each("GET", path, yield)
					if found != 1 {
						b.Fatal(found)
					}
				}
			})
		}
	}
}
