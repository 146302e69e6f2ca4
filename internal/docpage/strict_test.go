package docpage

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestStrict(t *testing.T) {
	tests := []struct {
		name, reason string
		in, want     string
		repairs      []Repair
		moved        bool
		err          string
	}{
		{name: "JSON", in: "{\"a\" : [1,\n2]}\n", want: "{\"a\" : [1,\n2]}\n", reason: "not a byte changes"},
		{name: "trailing commas", in: "{\"a\": [1,],\n}", want: "{\"a\": [1 ] \n}", repairs: []Repair{{1, "trailing comma"}}, reason: "two of a line are said once"},
		{name: "commas too many", in: `[,1,,2]`, want: `[ 1, 2]`, repairs: []Repair{{1, "comma before the first value"}, {1, "repeated comma"}}, reason: "one is enough"},
		{name: "missing comma", in: "{\"a\": 1\n \"b\": 2}", want: "{\"a\": 1, \"b\": 2}", repairs: []Repair{{1, "missing comma"}}, reason: "the line break makes room"},
		{name: "missing comma before a comment", in: "[1/* x */2]", want: "[1,      2]", repairs: []Repair{{1, "comment"}, {1, "missing comma"}}, reason: "the comment makes room"},
		{name: "missing comma without room", in: `["a""b"]`, want: `["a","b"]`, repairs: []Repair{{1, "missing comma"}}, moved: true, reason: "nothing makes room"},
		{name: "comments", in: "{ // é\n\"a\": /* b\n */ 1 }", want: "{      \n\"a\":     \n    1 }", repairs: []Repair{{1, "comment"}, {2, "comment"}}, reason: "lines stay lines"},
		{name: "comment after a comma", in: "[1, // one\n]", want: "[1        \n]", repairs: []Repair{{1, "trailing comma"}, {1, "comment"}}, reason: "the comma trails all the same"},
		{name: "no-break space", in: "[\u00a0\u00a01]", want: "[    1]", repairs: []Repair{{1, "no-break space"}}, reason: "two bytes each"},
		{name: "ellipsis", in: "[{}, ...\n]", want: "[{}     \n]", repairs: []Repair{{1, "trailing comma"}, {1, "ellipsis"}}, reason: "what is left out is not there"},
		{name: "ellipsis between", in: `{"a": 1, …, "b": 2}`, want: `{"a": 1,      "b": 2}`, repairs: []Repair{{1, "ellipsis"}, {1, "repeated comma"}}, reason: "one comma stays"},
		{name: "ellipsis as value", in: `{"a": ...}`, want: `{"a": "..."}`, repairs: []Repair{{1, "bareword ..."}}, moved: true, reason: "a placeholder"},
		{name: "line break in a string", in: "\"a\nb\r\n\tc\\n\"", want: `"a b   c\n"`, repairs: []Repair{{1, "line break in a string"}, {2, "line break in a string"}, {3, "tab in a string"}}, reason: "escapes stay"},
		{name: "curly quotes", in: `{“a”: “b\tc”}`, want: `{  "a"  :   "b\tc"  }`, repairs: []Repair{{1, "curly quotes"}}, reason: "spaces around fill the bytes"},
		{name: "curly quotes around plain ones", in: `[“say "b"”]`, want: `["say \"b\""]`, repairs: []Repair{{1, "curly quotes"}, {1, "string with bad escapes"}}, moved: true, reason: "escapes need room"},
		{name: "bad escape", in: `["C:\dir"]`, want: `["C:\\dir"]`, repairs: []Repair{{1, "string with bad escapes"}}, moved: true, reason: "the text is meant as it stands"},
		{name: "spelling", in: `[True, FALSE, Null]`, want: `[true, false, null]`, repairs: []Repair{{1, "bareword True"}, {1, "bareword FALSE"}, {1, "bareword Null"}}, reason: "of equal length"},
		{name: "barewords", in: `{a: 01}`, want: `{"a": "01"}`, repairs: []Repair{{1, "bareword a"}, {1, "bareword 01"}}, moved: true, reason: "quotes need room"},
		{name: "long bareword", in: "[" + strings.Repeat("é", 50) + "]", want: `["` + strings.Repeat("é", 50) + `"]`, repairs: []Repair{{1, "bareword " + strings.Repeat("é", 40) + "…"}}, moved: true, reason: "messages stay short"},
		{name: "repeated member", in: `{"a": 1, "a": 2,}`, want: `{"a": 1, "a": 2 }`, repairs: []Repair{{1, "trailing comma"}}, reason: "a judge wants to see both"},
		{name: "single quotes", in: "{\n'a': 1}", want: "{\n\"a\": 1}", repairs: []Repair{{2, "single quotes"}}, reason: "of equal length"},
		{name: "single quotes around plain ones", in: `['say "a"']`, want: `["say \"a\""]`, repairs: []Repair{{1, "single quotes"}}, moved: true, reason: "escapes need room"},
		{name: "escape in single quotes", in: `['it\'s']`, want: `["it's"]`, repairs: []Repair{{1, "single quotes"}}, moved: true, reason: "JSON has no such escape"},
		{name: "plain quote and curly one", in: "[\"a”,\n\"b\"]", want: "[\"a\"  ,\n\"b\"]", repairs: []Repair{{1, "curly quotes"}}, reason: "spaces fill the bytes"},
		{name: "missing quote", in: "[\"a\n,\"b\"]", want: "[\"a\",\"b\"]", repairs: []Repair{{1, "missing quote"}}, reason: "the line break makes room"},
		{name: "missing quote without room", in: "[\"a,\n\"b\"]", want: "[\"a\",\n\"b\"]", repairs: []Repair{{1, "missing quote"}}, moved: true, reason: "the comma is in its place"},
		{name: "missing quote of a name", in: "{\"a : 1,\n\"b: 2}", want: "{\"a\": 1,\n\"b\":2}", repairs: []Repair{{1, "missing quote"}, {2, "missing quote"}}, reason: "the blanks make room"},
		{name: "missing quote of a name without room", in: `{"a:1}`, want: `{"a":1}`, repairs: []Repair{{1, "missing quote"}}, moved: true, reason: "nothing makes room"},
		{name: "missing quote before a word", in: `{"a": b"}`, want: `{"a": "b"}`, repairs: []Repair{{1, "missing quote"}}, moved: true, reason: "nothing makes room"},
		{name: "missing colon", in: `{"a" 1, "b"[2]}`, want: `{"a":1, "b":[2]}`, repairs: []Repair{{1, "missing colon"}}, moved: true, reason: "a blank makes room, where there is one"},
		{name: "missing brackets", in: "{\"a\": [1\n", want: "{\"a\": [1\n]}", repairs: []Repair{{2, "missing ]"}, {2, "missing }"}}, moved: true, reason: "from the inner to the outer"},
		{name: "closing bracket too many", in: "{\"a\": 1}\n}", want: "{\"a\": 1}\n ", repairs: []Repair{{2, "closing bracket too many"}}, reason: "a blank stands for it"},
		{name: "second opening brace", in: `{{"a": 1}`, want: `{ "a": 1}`, repairs: []Repair{{1, "second opening brace"}}, reason: "a blank stands for it"},
		{name: "dash", in: `{- "a": 1}`, want: `{  "a": 1}`, repairs: []Repair{{1, "dash before a member"}}, reason: "a blank stands for it"},
		{name: "lost quotes", in: `["a, “b”, c”]`, err: `line 1: string without its end`, reason: "nobody knows where they belong"},
		{name: "bareword with a quote", in: `[don't]`, err: "line 1: bareword don't with a quote in it", reason: "nobody knows which text the quote was meant to end"},
		{name: "text after", in: `{} x`, err: "line 1: text after the value", reason: "not JSON"},
		{name: "nothing", in: " ", err: "line 1: value missing", reason: "not JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			got, err := Strict(tt.in)
			if tt.err != "" {
				require.EqualError(t, err, tt.err, tt.reason)
				require.Zero(t, got)
				return
			}
			require.NoError(t, err, tt.reason)
			require.Equal(t, Repaired{JSON: tt.want, Repairs: tt.repairs, Moved: tt.moved}, got, tt.reason)
			strictLaws(t, tt.in)
		})
	}
}

// FuzzStrict states the laws of repairing for any text.
func FuzzStrict(f *testing.F) {
	for _, tt := range jsonTests {
		f.Add(tt.in)
	}
	f.Add("{{'a\\'\"':1 \"b: “c”,\"d”,\ne\" \"f\",- \"g\" \"h\n]}")
	f.Add("[1//é\n“a\n\"b”\u00a0...,…,{'a':True,,\"\\x\"}]")
	f.Fuzz(func(t *testing.T, s string) { strictLaws(t, s) })
}

// strictLaws states that a repaired text is valid JSON by encoding/json, means what ParseJSON reads, which refuses
// what Strict refuses, has the length of the text unless it says otherwise, and that valid JSON comes back as it is.
func strictLaws(t *testing.T, s string) {
	t.Helper()
	got, err := Strict(s)
	lenient, lenientErr := ParseJSON(s)
	if json.Valid([]byte(s)) {
		if err != nil || got.JSON != s || got.Repairs != nil || got.Moved {
			t.Fatalf("%+v, %v of valid %q", got, err, s)
		}
		return
	}
	if (err != nil) != (lenientErr != nil) {
		t.Fatalf("%v, but ParseJSON: %v, of %q", err, lenientErr, s)
	}
	if err != nil {
		if _, ok := err.(*SyntaxError); !ok || got.JSON != "" {
			t.Fatalf("%+v, %#v of %q", got, err, s)
		}
		return
	}
	if lenientErr != nil || !json.Valid([]byte(got.JSON)) || len(got.Repairs) == 0 {
		t.Fatalf("%+v of %q, which ParseJSON reads with %v", got, s, lenientErr)
	}
	if !got.Moved && len(got.JSON) != len(s) {
		t.Fatalf("%d bytes, not %d, of %q: %q", len(got.JSON), len(s), s, got.JSON)
	}
	last := 1
	for _, r := range got.Repairs {
		if r.Line < last || r.Line > 1+strings.Count(s, "\n") || r.Text == "" || utf8.ValidString(s) && !utf8.ValidString(r.Text) {
			t.Fatalf("repair %+v of %q", r, s)
		}
		last = r.Line
	}
	value, err := strictJSON(got.JSON)
	if err != nil {
		t.Fatalf("%v of %q", err, got.JSON)
	}
	want, unique := plain(lenient)
	have, alsoUnique := plain(value)
	if unique && alsoUnique && !reflect.DeepEqual(want, have) {
		t.Fatalf("%#v, not %#v, of %q: %q", have, want, s, got.JSON)
	}
}

// plain is v with spaces for the control characters of its strings, which repairs do not keep, and U+FFFD for what
// is not UTF-8. It is not unique if two names become one.
func plain(v any) (any, bool) {
	switch x := v.(type) {
	case string:
		return blankControls(strings.ToValidUTF8(string([]rune(x)), "\ufffd")), true
	case []any:
		out, unique := make([]any, len(x)), true
		for i, e := range x {
			var ok bool
			out[i], ok = plain(e)
			unique = unique && ok
		}
		return out, unique
	case map[string]any:
		out, unique := map[string]any{}, true
		for k, e := range x {
			name, _ := plain(k)
			value, ok := plain(e)
			out[name.(string)] = value
			unique = unique && ok
		}
		return out, unique && len(out) == len(x)
	}
	return v, true
}
