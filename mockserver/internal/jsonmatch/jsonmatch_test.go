package jsonmatch

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var compareCases = []struct {
	name, reason, want, got string
	equal, subset           string // of the mismatch, "" for none
}{
	{"order of members", "objects have none", `{"a":1,"b":2}`, `{"b":2,"a":1}`, "", ""},
	{"spelling of numbers", "numbers are values", `[1,1,100,0,0.5,-1E2]`, `[1.0,10e-1,1e2,-0.0e7,5E-1,-100]`, "", ""},
	{"exact numbers", "no rounding to float64", `9007199254740993`, `9007199254740992`, `got 9007199254740992, want 9007199254740993`, `got 9007199254740992, want 9007199254740993`},
	{"exact fractions", "", `0.1`, `0.10000000000000000001`, `got 0.10000000000000000001, want 0.1`, `got 0.10000000000000000001, want 0.1`},
	{"sign", "", `-1`, `1`, `got 1, want -1`, `got 1, want -1`},
	{"spelling of strings", "escapes do not count", `"é/"`, `"\u00e9\/"`, "", ""},
	{"normal forms", "other code points are another string", `"é"`, `"e\u0301"`, "got \"e\u0301\", want \"é\"", "got \"e\u0301\", want \"é\""},
	{"more members", "only Equal minds", `{"a":{"b":1}}`, `{"a":{"b":1,"d":3,"c":{}},"z":null}`, `/a/c: got {}, want absent`, ""},
	{"missing", "", `{"a":[{"b":"x"}]}`, `{"a":[{}]}`, `/a/0/b: got absent, want "x"`, `/a/0/b: got absent, want "x"`},
	{"null is not absent", "", `{"a":null}`, `{}`, `/a: got absent, want null`, `/a: got absent, want null`},
	{"null is a value", "", `{"a":null}`, `{"a":false}`, `/a: got false, want null`, `/a: got false, want null`},
	{"first by name", "members are looked at sorted", `{"b":1,"a":[1,2]}`, `{"b":2,"a":[1,3]}`, `/a/1: got 3, want 2`, `/a/1: got 3, want 2`},
	{"additional last", "what want has comes first", `{"b":1}`, `{"a":2,"b":3}`, `/b: got 3, want 1`, `/b: got 3, want 1`},
	{"shorter array", "", `[1,2,3]`, `[1]`, `/1: got absent, want 2`, `/1: got absent, want 2`},
	{"longer array", "arrays have one length in Subset, too", `[]`, `[{"a":[1]}]`, `/0: got {"a":[1]}, want absent`, `/0: got {"a":[1]}, want absent`},
	{"order of items", "arrays have one", `[1,2]`, `[2,1]`, `/0: got 2, want 1`, `/0: got 2, want 1`},
	{"items are subsets", "", `[{"a":1}]`, `[{"a":1,"b":2}]`, `/0/b: got 2, want absent`, ""},
	{"kinds", "no value is another's text", `{"a":"1"}`, `{"a":1}`, `/a: got 1, want "1"`, `/a: got 1, want "1"`},
	{"object and array", "", `{}`, `[]`, `got [], want {}`, `got [], want {}`},
	{"true and false", "", `true`, `false`, `got false, want true`, `got false, want true`},
	{"escaped pointer", "RFC 6901, section 3", `{"a/b":{"~":1}}`, `{"a/b":{"~":2}}`, `/a~1b/~0: got 2, want 1`, `/a~1b/~0: got 2, want 1`},
	{"empty name", "it is a name", `{"":1}`, `{"":2}`, `/: got 2, want 1`, `/: got 2, want 1`},
	{"control characters", "a terminal gets none", `{"\u001b":"\u202e\n"}`, `{"\u001b":"\u009b"}`, "/\ufffd: got \"\\u009b\", want \"\\u202e\\n\"", "/\ufffd: got \"\\u009b\", want \"\\u202e\\n\""},
	{
		"long object", "it is cut", `1`, `{"b":"` + strings.Repeat("é", 100) + `","a":[1,2,{"c":null}]}`,
		`got {"a":[1,2,{"c":null}],"b":"` + strings.Repeat("é", 60) + `…", want 1`, `got {"a":[1,2,{"c":null}],"b":"` + strings.Repeat("é", 60) + `…", want 1`,
	},
	{
		"long strings", "what differs is shown", `"` + strings.Repeat("é", 1000) + `xé"`, `"` + strings.Repeat("é", 1000) + `yé"`,
		`got "…` + strings.Repeat("é", 20) + `yé", want "…` + strings.Repeat("é", 20) + `xé"`, `got "…` + strings.Repeat("é", 20) + `yé", want "…` + strings.Repeat("é", 20) + `xé"`,
	},
}

func TestCompare(t *testing.T) {
	for _, tt := range compareCases {
		t.Run(tt.name, func(t *testing.T) {
			want, got := decode(t, tt.want), decode(t, tt.got)
			require.Equal(t, tt.equal, Equal(want, got).String(), tt.reason)
			require.Equal(t, tt.subset, Subset(want, got).String(), tt.reason)
			require.Equal(t, tt.equal == "", Equal(got, want) == nil, "Equal is symmetric")
		})
	}
}

func decode(t *testing.T, doc string) any {
	t.Helper()
	v, err := Decode([]byte(doc))
	require.NoError(t, err)
	return v
}

func TestCompareGoValues(t *testing.T) {
	nested := func(n int) (v any) {
		for range n {
			v = []any{v}
		}
		return v
	}
	cyclic := map[string]any{}
	cyclic["a"], cyclic["b"] = cyclic, cyclic
	tests := []struct {
		name, reason string
		want, got    any
		mismatch     string
	}{
		{"numbers of YAML", "a scenario file has them", []any{1, int64(-2), uint64(math.MaxUint64), 1e21, 0.5}, decode(t, `[1.0,-2,18446744073709551615,1000000000000000000000,5e-1]`), ""},
		{"other integers", "", 1, json.Number("2"), "got 2, want 1"},
		{"no numbers", "they are texts", json.Number("1.e1"), json.Number("10"), "got 10, want 1.e1"},
		{"not a number", "equal to itself", math.NaN(), math.NaN(), ""},
		{"huge exponents", "they are not written out", json.Number("1e999999999999999999"), json.Number("10e0999999999999999998"), ""},
		{"exponents beyond", "these are texts", json.Number("1e9999999999999999999"), json.Number("10e9999999999999999998"), "got 10e9999999999999999998, want 1e9999999999999999999"},
		{"huge zeros", "", json.Number("0e999999999999999999"), json.Number("-0.00"), ""},
		{"other types", "they equal nothing", struct{}{}, struct{}{}, "got a value of type struct {}, want a value of type struct {}"},
		{"deep", "as deep as Decode reads", nested(maxDepth), nested(maxDepth), ""},
		{"deeper", "no deeper", nested(maxDepth + 1), nested(maxDepth + 1), strings.Repeat("/0", maxDepth) + ": got more, want at most 128 containers within each other"},
		{"cyclic", "it ends", cyclic, cyclic, strings.Repeat("/a", maxDepth) + ": got more, want at most 128 containers within each other"},
		{"cyclic, shown", "that, too", nil, cyclic, `got ` + strings.Repeat(`{"a":`, 26) + `{"a"…, want null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.mismatch, Equal(tt.want, tt.got).String(), tt.reason)
			require.Equal(t, tt.mismatch, Subset(tt.want, tt.got).String(), tt.reason)
		})
	}
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, reason, doc, err string }{
		{"value", "any will do", ` "x" `, ""},
		{"empty", "nothing is no value", " ", "jsonmatch: offset 0: got nothing but white space, want a JSON value"},
		{"truncated", "", `{"a":[1,`, "jsonmatch: offset 8: /a: got the end of the document, want a value"},
		{"trailing", "the whole document counts", `{} {}`, `jsonmatch: offset 3: got "{" after the value, want nothing but white space`},
		{"duplicate", "readers differ on which one counts", `{"a":{"b":1,"b":2}}`, `jsonmatch: offset 12: /a/b: got another "b", want one only`},
		{"depth", "", strings.Repeat("[", 129) + strings.Repeat("]", 129), "jsonmatch: offset 128: " + strings.Repeat("/0", 128) + ": got a container at depth 129, want at most 128"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Decode([]byte(tt.doc))
			if tt.err == "" {
				require.NoError(t, err, tt.reason)
				return
			}
			require.EqualError(t, err, tt.err, tt.reason)
			require.Nil(t, v)
			var e *DecodeError
			require.ErrorAs(t, err, &e)
		})
	}
}

func TestAt(t *testing.T) {
	doc := decode(t, `{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"~1":9,"n":null,"o":{"":{"":"x"}}}`)
	tests := []struct {
		name, reason, pointer string
		want                  any
		ok                    bool
		err                   string
	}{
		{"whole", "", "", doc, true, ""},
		{"item", "", "/foo/1", "baz", true, ""},
		{"empty name", "", "/", json.Number("0"), true, ""},
		{"empty names", "", "/o//", "x", true, ""},
		{"slash", "", "/a~1b", json.Number("1"), true, ""},
		{"tilde", "", "/m~0n", json.Number("8"), true, ""},
		{"tilde and 1", "~01 is ~1, not a slash", "/~01", json.Number("9"), true, ""},
		{"null", "a value that is there", "/n", nil, true, ""},
		{"absent", "", "/x/y", nil, false, ""},
		{"past the end", "", "/foo/2", nil, false, ""},
		{"after the last", "RFC 6901, section 4: it never is there", "/foo/-", nil, false, ""},
		{"leading zero", "no index", "/foo/01", nil, false, ""},
		{"sign", "no index", "/foo/+1", nil, false, ""},
		{"huge index", "", "/foo/99999999999999999999", nil, false, ""},
		{"below a scalar", "", "/foo/0/b", nil, false, ""},
		{"no slash", "", "foo", nil, false, `jsonmatch: pointer "foo": got no slash at its beginning, want one`},
		{"bad escape", "whatever the document", "/x/~2", nil, false, `jsonmatch: pointer "/x/~2": got ~ at offset 3, want ~0 or ~1`},
		{"cut escape", "", "/foo~", nil, false, `jsonmatch: pointer "/foo~": got ~ at offset 4, want ~0 or ~1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok, err := At(tt.pointer, doc)
			require.Equal(t, tt.want, v, tt.reason)
			require.Equal(t, tt.ok, ok, tt.reason)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.err, tt.reason)
			}
		})
	}
}
