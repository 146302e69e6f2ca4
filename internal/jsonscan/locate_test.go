package jsonscan

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocate(t *testing.T) {
	const doc = ` {"id": "1", "error": {"code": null, "a/b": [10, [20, {"m~n": "x\"y"}], 30]}, "\u0065sc": true, "": {"": 0}} `
	const root = `{"id": "1", "error": {"code": null, "a/b": [10, [20, {"m~n": "x\"y"}], 30]}, "\u0065sc": true, "": {"": 0}}`
	const list = `[10, [20, {"m~n": "x\"y"}], 30]`
	for _, tt := range []struct {
		name, reason, pointer string
		value, member         string // the text of the value, and of the member name, if it has one
	}{
		{"root", "the empty pointer is the whole document", "", root, ``},
		{"member", "the first one", "/id", `"1"`, `"id"`},
		{"nested member", "a member of a member", "/error/code", `null`, `"code"`},
		{"escaped slash", "RFC 6901, section 3", "/error/a~1b", list, `"a/b"`},
		{"item", "the first is 0", "/error/a~1b/0", `10`, ``},
		{"nested item", "an item of an item", "/error/a~1b/1/0", `20`, ``},
		{"last item", "items after containers are counted rightly", "/error/a~1b/2", `30`, ``},
		{"escaped tilde", "RFC 6901, section 3", "/error/a~1b/1/1/m~0n", `"x\"y"`, `"m~n"`},
		{"escaped name", "names are compared as decoded", "/esc", `true`, `"\u0065sc"`},
		{"empty name", "the empty token is a name", "/", `{"": 0}`, `""`},
		{"empty name twice", "the empty token is a name", "//", `0`, `""`},
		{"missing member", "the deepest value on the way", "/error/none/x", `{"code": null, "a/b": ` + list + `}`, `"error"`},
		{"missing at the root", "in the end the root", "/none", root, ``},
		{"missing item", "the deepest value on the way", "/error/a~1b/3", list, `"a/b"`},
		{"item after the last", "RFC 6901 has - lead to no value", "/error/a~1b/-", list, `"a/b"`},
		{"leading zero", "RFC 6901, section 4: not an index", "/error/a~1b/01", list, `"a/b"`},
		{"signed index", "RFC 6901, section 4: not an index", "/error/a~1b/+1", list, `"a/b"`},
		{"huge index", "beyond an int", "/error/a~1b/99999999999999999999", list, `"a/b"`},
		{"name in an array", "not an index", "/error/a~1b/code", list, `"a/b"`},
		{"into a scalar", "the deepest value on the way", "/id/0", `"1"`, `"id"`},
		{"no slash", "not a JSON pointer", "id", root, ``},
		{"bad escape", "not a JSON pointer from there on", "/error/a~2b", `{"code": null, "a/b": ` + list + `}`, `"error"`},
		{"open escape", "not a JSON pointer from there on", "/error/~", `{"code": null, "a/b": ` + list + `}`, `"error"`},
		{"too deep", "more tokens than a document has levels", strings.Repeat("/", 1000), `0`, `""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			got := Locate([]byte(doc), []string{tt.pointer})
			require.Len(t, got, 1)
			require.Equal(t, tt.value, doc[got[0].Start:got[0].End], tt.reason)
			if tt.member == "" {
				require.Equal(t, -1, got[0].Name)
			} else {
				require.True(t, strings.HasPrefix(doc[got[0].Name:], tt.member), doc[got[0].Name:])
			}
		})
	}
}

func TestLocateManyAtOnce(t *testing.T) {
	doc := `{"list":[` + strings.Repeat(`{"id":1},`, 50) + `0],` + manyMembers(50, `"z"`)[1:]
	var pointers, want []string
	for i := 49; i >= 0; i-- {
		n := strconv.Itoa(i)
		pointers = append(pointers, "/a"+n, "/list/"+n+"/id", "/list/"+n, "/list/"+n)
		want = append(want, n, "1", `{"id":1}`, `{"id":1}`)
	}
	var got []string
	for _, p := range Locate([]byte(doc), pointers) {
		got = append(got, doc[p.Start:p.End])
	}
	require.Equal(t, want, got, "order and repetition are the caller's")
}

func TestLocateNothing(t *testing.T) {
	require.Empty(t, Locate([]byte(`{}`), nil))
	for _, doc := range []string{"", " ", "{", `{"a"`, `{"a":`, `{"a" 1}`, `{"a":1`, `{"a":"`, `{"a":"\`, `[`, `[,`, `[1`, `{"a":[}]`, `,`, `]`, `"`, `{"`, `{"\`, "\ufeff{}"} {
		for _, p := range Locate([]byte(doc), []string{"", "/a", "/a/0", "/0"}) {
			require.True(t, 0 <= p.Start && p.Start <= p.End && p.End <= len(doc), "%q %v", doc, p)
		}
	}
}

func TestLocateDeep(t *testing.T) {
	doc, pointer := []byte(nested(MaxDepth)), strings.Repeat("/0", MaxDepth-1)
	require.Equal(t, []Place{{MaxDepth - 1, MaxDepth + 1, -1}}, Locate(doc, []string{pointer}))
	require.Equal(t, []Place{{MaxDepth - 1, MaxDepth + 1, -1}}, Locate(doc, []string{pointer + pointer}))
}
