package docpage

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var jsonTests = []struct {
	name, reason string
	in, want     string // want is JSON
	err          string
}{
	{name: "object", in: `{"blockType": "resource", "openType": false}`, want: `{"blockType":"resource","openType":false}`, reason: "plain JSON is the usual case"},
	{name: "trailing comma in object", in: `{"a": 1,}`, want: `{"a":1}`, reason: "61 stubs"},
	{name: "trailing comma in array", in: `[1, 2, ]`, want: `[1,2]`, reason: "as in objects"},
	{name: "only commas", in: `[,,{,},]`, want: `[{}]`, reason: "a comma carries no value"},
	{name: "missing comma in object", in: "{\"a\": 1\n\"b\": 2}", want: `{"a":1,"b":2}`, reason: "the line break tells the members apart"},
	{name: "missing comma in array", in: `["a" "b" 1 {} []]`, want: `["a","b",1,{},[]]`, reason: "as in objects"},
	{name: "bareword False", in: `{"openType": False}`, want: `{"openType":false}`, reason: "46 stubs, written by Python"},
	{name: "barewords in any case", in: `[TRUE, True, false, NULL, Null, null]`, want: `[true,true,false,null,null,null]`, reason: "no other meaning is possible"},
	{name: "bareword as value", in: `{"a": string, "b": microsoft.graph.user}`, want: `{"a":"string","b":"microsoft.graph.user"}`, reason: "a placeholder without quotes"},
	{name: "bareword as name", in: `{blockType: "resource"}`, want: `{"blockType":"resource"}`, reason: "JavaScript's form"},
	{name: "time without quotes", in: `{"a": 2018-04-01T12:39:16Z}`, want: `{"a":"2018-04-01T12:39:16Z"}`, reason: "its colons follow no name"},
	{name: "name without blank", in: `{T1:2,1T:"x"}`, want: `{"T1":2,"1T":"x"}`, reason: "no time"},
	{name: "ellipsis in array", in: `[{}, ... ]`, want: `[{}]`, reason: "an example leaves items out"},
	{name: "ellipsis in object", in: `{"a": 1, …, "b": 2, ...}`, want: `{"a":1,"b":2}`, reason: "an example leaves members out"},
	{name: "ellipsis only", in: `[{...}, [...]]`, want: `[{},[]]`, reason: "all is left out"},
	{name: "ellipsis as value", in: `{"a": ..., "...": "..."}`, want: `{"a":"...","...":"..."}`, reason: "the member is there"},
	{name: "ellipsis as name", in: `{...: 1, ...x: 2}`, want: `{"...":1,"...x":2}`, reason: "a colon follows a name"},
	{name: "line comments", in: "{ // the key\n\"id\": \"1\" // the end\n}// over", want: `{"id":"1"}`, reason: "v1.0/resources/driveitem.md"},
	{name: "block comments", in: `/* a */{/**/"id"/*:*/:/* b */"1"/* c */}/* d`, want: `{"id":"1"}`, reason: "one without its end takes the rest"},
	{name: "comment after a word", in: "[1//one\n,true/*yes*/,word//\n]", want: `[1,true,"word"]`, reason: "a comment needs no blank before it"},
	{name: "no comment in a string", in: `["https://x", "/* a */"]`, want: `["https://x","/* a */"]`, reason: "only strings hold URLs"},
	{name: "line break in a string", in: "{\"a\": \"one\ntwo\"}", want: `{"a":"one\ntwo"}`, reason: "descriptions are wrapped"},
	{name: "line break and escape in a string", in: "\"one\n\t\\\"two\\\"\r\"", want: `"one\n\t\"two\"\r"`, reason: "the escape counts all the same"},
	{name: "bad escape", in: `"C:\dir \"x\""`, want: `"C:\\dir \\\"x\\\""`, reason: "a text that is no JSON string stands as it is"},
	{name: "curly quotes", in: `{“a”: “b "c" d”}`, want: `{"a":"b \"c\" d"}`, reason: "word processors; plain quotes within are text"},
	{name: "curly quotes in plain ones", in: `{"a": "say “b”"}`, want: `{"a":"say “b”"}`, reason: "valid JSON stays what it is"},
	{name: "no-break space", in: "{\u00a0\"a\":\u00a01\u00a0}", want: `{"a":1}`, reason: "pasted from a web page"},
	{name: "numbers", in: `[0, -1.5e+10, 12345678901234567890]`, want: `[0,-1.5e+10,12345678901234567890]`, reason: "json.Number keeps every digit"},
	{name: "not quite numbers", in: `[01, .5, +1, 1., 0x1F, NaN]`, want: `["01",".5","+1","1.","0x1F","NaN"]`, reason: "what is no JSON number is a bareword"},
	{name: "repeated member", in: `{"a": 1, "b": 2, "a": 3}`, want: `{"a":3,"b":2}`, reason: "the last counts, as in encoding/json"},
	{name: "escapes", in: `"\u0041\n\/\ud83d\ude00"`, want: `"A\n/😀"`, reason: "as in JSON"},
	{name: "half a surrogate pair", in: `"\ud83d"`, want: `"\ufffd"`, reason: "as in encoding/json"},
	{name: "not UTF-8", in: "\"a\xff\xfeb\"", want: `"a\ufffd\ufffdb"`, reason: "as in encoding/json"},
	{name: "depth", in: strings.Repeat("[", 101) + strings.Repeat("]", 101), want: strings.Repeat("[", 101) + strings.Repeat("]", 101), reason: "100 levels within the first"},

	{name: "single quotes", in: `{'a': 'say "b"', "c": ['', 'it\'s \u0041']}`, want: `{"a":"say \"b\"","c":["","it's A"]}`, reason: "v1.0/api/page-update.md"},
	{name: "single quotes in double ones", in: `["'a'"]`, want: `["'a'"]`, reason: "valid JSON stays what it is"},
	{name: "plain quote and curly one", in: "{\"method\": \"GET”,\n\"url\": “/x”}", want: `{"method":"GET","url":"/x"}`, reason: "v1.0/api/workforceintegration-post.md"},
	{name: "missing quote at a line end", in: "{\"a\": \"one two,\n\"b\": \"x\n}", want: `{"a":"one two","b":"x"}`, reason: "what would end the text is the next name's quote"},
	{name: "missing quote of a name", in: "{\"lost: \"quote\",\n\"status: 200,\n\"b:[true]}", want: `{"lost":"quote","status":200,"b":[true]}`, reason: "a name has no blanks, and a value follows"},
	{name: "colon in a name", in: `{"a:1": 1, "b:2\"" : 2}`, want: `{"a:1":1,"b:2\"":2}`, reason: "valid JSON stays what it is"},
	{name: "missing quote before a word", in: `{status": open", "b": 1}`, want: `{"status":"open","b":1}`, reason: "the word ends with its own quote"},
	{name: "missing colon", in: "{\"status\" \"open\", \"a\" {\"b\" 1\n\"c\" null}}", want: `{"status":"open","a":{"b":1,"c":null}}`, reason: "a name and a value, and the member ends behind it"},
	{name: "missing brackets at the end", in: "{\"value\": [{\"a\": 1\n", want: `{"value":[{"a":1}]}`, reason: "nothing follows that could be elsewhere"},
	{name: "missing bracket at the end, by its place", in: "{\n  \"a\": {\n    \"b\": 1\n  }\n", want: `{"a":{"b":1}}`, reason: "the last one closes what it stands below"},
	{name: "closing bracket too many", in: "{\"a\": [1]}\n} // end", want: `{"a":[1]}`, reason: "it closes nothing"},
	{name: "second opening brace", in: "{\n{ \"a\": {{\"b\": 1}} }", want: `{"a":{"b":1}}`, reason: "an object has no name"},
	{name: "dash before a member", in: "{\n- \"a\": -1}", want: `{"a":-1}`, reason: "v1.0/api/workforceintegration-update.md, a Markdown list"},

	{name: "nothing", in: " \n // none", err: "line 2: value missing", reason: "an empty comment is no annotation"},
	{name: "too deep", in: "\n" + strings.Repeat("[", 102), err: "line 2: nested deeper than 100", reason: "no page means it"},
	{name: "text after", in: "{}\nx", err: "line 2: text after the value", reason: "an HTTP message is not JSON"},
	{name: "object without end", in: "{\n\"a\": 1,", err: "line 2: object without its end", reason: "a truncated annotation"},
	{name: "empty object without end", in: "{\n", err: "line 2: object without its end", reason: "nobody knows what it was to hold"},
	{name: "bracket missing within", in: "{\n  \"a\": {\n    \"b\": 1,\n  \"c\": 2\n}", err: "line 5: object without its end", reason: "the last brace stands below the first, so that c belongs to one of two"},
	{name: "two closing brackets too many", in: `{"a": [1], "b": 2 }]}`, err: "line 1: text after the value", reason: "the nesting was meant to be another"},
	{name: "closing bracket after a word", in: `a}`, err: "line 1: text after the value", reason: "nothing was opened"},
	{name: "other bracket", in: `{"a": [1}`, err: "line 1: unexpected '}'", reason: "one may be a slip for the other, or be missing"},
	{name: "object with items", in: "{\n\"a\",\n\"b\"}", err: `line 2: member "a" without a value`, reason: "names or items, nobody knows"},
	{name: "object of objects", in: `{{"a": 1}, {"b": 2}}`, err: "line 1: text after the value", reason: "a list is meant, not a second brace"},
	{name: "apostrophe in single quotes", in: `['it's']`, err: "line 1: string without its end", reason: "the text may end at either"},
	{name: "single quotes without end", in: `['a]`, err: "line 1: string without its end", reason: "nobody knows where"},
	{name: "single quotes within others", in: `['a', b', 'c']`, err: "line 1: bareword b' with a quote in it", reason: "the quote before it may belong anywhere"},
	{name: "missing quote within a line", in: `{"a": "x, "b": 1}`, err: "line 1: string without its end", reason: "the comma may be text"},
	{name: "missing quote before a bracket", in: "{\"a\": \"x}\n", err: "line 1: string without its end", reason: "the brace may be text"},
	{name: "missing quote before an escape", in: "[\"x\n\\\"y\"z]", err: "line 1: string without its end", reason: "the escape speaks for one text of two lines"},
	{name: "missing quote behind an empty string", in: "[\"\n]", err: "line 1: string without its end", reason: "one quote is no value"},
	{name: "missing colon before a name", in: `{"a" "b": 1}`, err: `line 1: member "a" without a value`, reason: "the value is missing, or the name"},
	{name: "missing colon and comma", in: `{"a" 1 "b": 1}`, err: `line 1: member "a" without a value`, reason: "one slip can be undone, not two"},
	{name: "missing colon over a line break", in: "{\"a\"\n1}", err: `line 2: member "a" without a value`, reason: "nobody writes a member so"},
	{name: "array without end", in: "[1,", err: "line 1: array without its end", reason: "a truncated annotation"},
	{name: "string without end", in: `["a\"`, err: "line 1: string without its end", reason: "an escaped quote ends nothing"},
	{name: "string without end after a backslash", in: `"a\`, err: "line 1: string without its end", reason: "the backslash is the last byte"},
	{name: "curly string without end", in: `“a"`, err: "line 1: string without its end", reason: "quotes come in pairs of a kind"},
	{name: "member without colon", in: "{\"a\"\n}", err: `line 2: member "a" without a value`, reason: "no value to guess"},
	{name: "member without value", in: `{"a":}`, err: "line 1: unexpected '}'", reason: "no value to guess"},
	{name: "member at the end", in: `{"a":`, err: "line 1: value missing", reason: "no value to guess"},
	{name: "name that is no string", in: `{true: 1}`, err: "line 1: member name is not a string", reason: "JSON knows only strings"},
	{name: "name that is a number", in: `{1: 1}`, err: "line 1: member name is not a string", reason: "JSON knows only strings"},
	{name: "long name", in: `{"` + strings.Repeat("a", 100) + `"}`, err: `line 1: member "` + strings.Repeat("a", 40) + `" without a value`, reason: "a lost quote makes half the text a name"},
	{name: "colon", in: `[:]`, err: "line 1: unexpected ':'", reason: "no value to guess"},
	{name: "closing bracket", in: `]`, err: "line 1: unexpected ']'", reason: "no value to guess"},
}

func TestParseJSON(t *testing.T) {
	for _, tt := range jsonTests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			got, err := ParseJSON(tt.in)
			if tt.err != "" {
				require.EqualError(t, err, tt.err, tt.reason)
				require.Nil(t, got)
				return
			}
			require.NoError(t, err, tt.reason)
			want, err := strictJSON(tt.want)
			require.NoError(t, err)
			require.Equal(t, want, got, tt.reason)
		})
	}
}

// FuzzParseJSON states that any text is read or refused with a line of its own, and that valid JSON, of which
// encoding/json is the judge, is read as encoding/json reads it. There is no exception but the depth: repeated
// members, half surrogate pairs and bytes that are not UTF-8 come out the same.
func FuzzParseJSON(f *testing.F) {
	for _, tt := range jsonTests {
		f.Add(tt.in)
		f.Add(tt.want)
	}
	for _, src := range testPages(f) {
		for _, b := range Parse("page.md", src).Blocks {
			switch x := b.(type) {
			case Comment:
				f.Add(x.Text)
			case Fence:
				f.Add(x.Text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseJSON(s)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Line > 1+strings.Count(s, "\n") || syntax.Text == "" {
				t.Errorf("error %#v of %q", err, s)
			}
			if got != nil {
				t.Errorf("a value and an error of %q", s)
			}
		}
		if !json.Valid([]byte(s)) {
			return
		}
		want, strictErr := strictJSON(s)
		switch {
		case strictErr != nil:
			t.Errorf("valid and refused: %v of %q", strictErr, s)
		case depth(want) >= maxDepth:
		case err != nil:
			t.Errorf("%v of valid %q", err, s)
		case !reflect.DeepEqual(want, got):
			t.Errorf("%#v, not %#v, of %q", got, want, s)
		}
	})
}

func strictJSON(s string) (any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// depth is the number of arrays and objects that v nests.
func depth(v any) int {
	n := 0
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			n = max(n, depth(e))
		}
	case map[string]any:
		for _, e := range x {
			n = max(n, depth(e))
		}
	default:
		return 0
	}
	return n + 1
}
