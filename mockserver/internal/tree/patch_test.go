package tree

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWith(t *testing.T) {
	const doc = `{"a": {"b": [1, {"c": 2}]}, "a.b": {"d": 3}, "free": {"x.y": 1}}`
	for _, test := range []struct {
		name, reason string
		path, by     string // by "" removes
		want         string
	}{
		{"replace", "a value for another", ".free.x.y", `"new"`, `{"a":{"b":[1,{"c":2}]},"a.b":{"d":3},"free":{"x.y":"new"}}`},
		{"longest", "the key a.b is longer than a", ".a.b.d", "4", `{"a":{"b":[1,{"c":2}]},"a.b":{"d":4},"free":{"x.y":1}}`},
		{"add", "a new key", ".a.e", "[]", `{"a":{"b":[1,{"c":2}],"e":[]},"a.b":{"d":3},"free":{"x.y":1}}`},
		{"root", "the whole", "", "1", "1"},
		{"remove", "null is nothing", ".a", "null", `{"a.b":{"d":3},"free":{"x.y":1}}`},
		{"remove-nil", "so is no value", ".a", "", `{"a.b":{"d":3},"free":{"x.y":1}}`},
		{"remove-none", "it is gone already", ".zzz", "", `{"a":{"b":[1,{"c":2}]},"a.b":{"d":3},"free":{"x.y":1}}`},
		{"remove-null", "to take away what is not there is a mistake", ".zzz", "null", `tree: the document has no key "zzz"`},
		{"dotted", "a new key with a dot that the mapping may have", ".free.p.q", "1", `{"a":{"b":[1,{"c":2}]},"a.b":{"d":3},"free":{"x.y":1,"p.q":1}}`},
		{"not-dotted", "and one that it may not have", ".free.q.p", "1", `tree: "free" has no key "q"`},
		{"remove-dotted", "a key with a dot", ".a.b", "", `{"a":{"b":[1,{"c":2}]},"free":{"x.y":1}}`},
		{"of-scalar", "a number has no keys", ".a.b.d.c", "1", `tree: "a.b.d" has no keys, it is 3`},
		{"of-mapping", "a mapping has no items", ".a[0]", "1", `tree: "a" has no items, it is a mapping`},
		{"far", "far behind the last", ".a.e.f", "1", `tree: "a" has no key "e"`},
		{"start", "a path has a dot first", "a", "1", `tree: the document has no path "a"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, by := patchInputs(t, doc, test.by)
			before := string(root.AppendJSON(nil, nil))
			got, err := root.With(test.path, by, func(at string) []string {
				if at == ".free" {
					return []string{"p.q"}
				}
				return nil
			})
			if err != nil {
				var path *PathError
				require.ErrorAs(t, err, &path)
				require.EqualError(t, err, test.want, test.reason)
			} else {
				require.Equal(t, test.want, string(got.AppendJSON(nil, nil)), test.reason)
			}
			require.Equal(t, before, string(root.AppendJSON(nil, nil)), "the tree itself does not change")
		})
	}
}

// TestWithItems is TestWith for lists.
func TestWithItems(t *testing.T) {
	for _, test := range []struct{ reason, path, by, want string }{
		{"replaced", "[0]", "8", "[8,[2]]"},
		{"after the last", "[2]", "9", "[1,[2],9]"},
		{"within", "[1][0]", "9", "[1,[9]]"},
		{"removed", "[0]", "", "[[2]]"},
		{"nothing there", "[2]", "null", "tree: the document has no item [2], there are 2, from [0]"},
		{"nothing there either", "[2]", "", "tree: the document has no item [2], there are 2, from [0]"},
		{"no place for it", "[3]", "9", `tree: the document has no item "[3]", there are 2, from [0]`},
		{"no index", "[x]", "9", `tree: the document has no item "[x]", there are 2, from [0]`},
		{"no path", "[0]x", "9", `tree: the document has no item "[0]x", there are 2, from [0]`},
		{"a list has no keys", ".x", "9", "tree: the document has no keys, it is a list"},
	} {
		root, by := patchInputs(t, "[1, [2]]", test.by)
		got, err := root.With(test.path, by, nil)
		if err != nil {
			require.EqualError(t, err, test.want, test.reason)
			continue
		}
		require.Equal(t, test.want, string(got.AppendJSON(nil, nil)), test.reason)
	}
	root, _ := patchInputs(t, "[]", "")
	got, err := root.With("", nil, nil)
	require.NoError(t, err)
	require.Nil(t, got, "the whole is removed")
}

func patchInputs(t *testing.T, doc, by string) (*Node, *Member) {
	t.Helper()
	var faults Faults
	root, _ := ReadJSON([]byte(doc), &faults)
	var m *Member
	if by != "" {
		value, _ := ReadJSON([]byte(by), &faults)
		m = &Member{Value: value, Position: Position{7, 7}}
	}
	require.Empty(t, faults.All())
	return root, m
}

func TestCutName(t *testing.T) {
	names := []string{"", "a", "a.b", "a", "GET /x"}
	for path, want := range map[string]struct {
		i    int
		rest string
		ok   bool
	}{
		"a":            {1, "", true},
		"a.c":          {1, ".c", true},
		"a.b[0]":       {2, "[0]", true},
		"a.bc":         {1, ".bc", true},
		"GET /x.reply": {4, ".reply", true},
		"GET /xy":      {0, "", false},
		"":             {0, "", false},
		".":            {0, "", false},
	} {
		i, rest, ok := CutName(path, names)
		require.Equal(t, want.i, i, path)
		require.Equal(t, want.rest, rest, path)
		require.Equal(t, want.ok, ok, path)
	}
}
