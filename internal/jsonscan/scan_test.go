package jsonscan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scanCase is a document and its faults, each as `rule offset "pointer" text`.
type scanCase struct {
	name   string
	reason string
	doc    string
	want   []string
}

// manyMembers is an object with the members "a0", "a1" and so on, and last as one more name.
func manyMembers(n int, last string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"a%d":%d,`, i, i)
	}
	fmt.Fprintf(&b, "%s:0}", last)
	return b.String()
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

var scanCases = []scanCase{
	// Faultless documents.
	{"object", "the everyday document", `{"id": "1", "status": "inprogress", "error": null}`, nil},
	{"every kind", "every production of RFC 8259", " [true,false,null,0,-0,1.5e+10,\"\\u00e9\\n\\/\",{},[ ],{\"a\":{\"b\":[{}]}}]\r\n\t", nil},
	{"scalar root", "RFC 8259 allows any value as a document", `"text"`, nil},
	{"number root", "a number ends with the document", `-12.50e-3`, nil},
	{"beyond ASCII", "two, three and four bytes a code point, and the borders of the surrogates", `["é€😀` + "\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff" + `"]`, nil},
	{"surrogate pair", "RFC 8259, section 7", `"\ud83d\uDE00"`, nil},
	{"DEL", "only controls below U+0020 are excluded", "\"\x7f\"", nil},
	{"noncharacter", "I-JSON discourages it, RFC 8259 and Graph do not", `"\uFFFE"`, nil},
	{"equal names in different objects", "names are unique per object", `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`, nil},
	{"names that only resemble", "names differ by case and by normalisation", `{"id":1,"ID":2,"e\u0301":3,"é":4,"":5}`, nil},
	{"17 members", "one more than are compared one by one", manyMembers(16, `"z"`), nil},
	{"depth 128", "the deepest allowed", nested(128), nil},
	{"number of 1024 bytes", "the longest allowed", strings.Repeat("9", 1024), nil},
	{"exponent 400", "the largest allowed, whatever its zeros", `[1e400,1E-00000400,1e+400]`, nil},

	// Nothing, and marks.
	{"empty", "no bytes are no document", ``, []string{`json/empty 0 "" got nothing but white space, want a JSON value`}},
	{"white space", "reported where the document starts", " \t\r\n", []string{`json/empty 0 "" got nothing but white space, want a JSON value`}},
	{"UTF-8 mark", "RFC 8259, section 8.1: must not add one; scanning goes on", "\ufeff[1,]", []string{
		`json/bom 0 "" got a UTF-8 byte order mark, want none`,
		`json/syntax 6 "" got "]", want a value`,
	}},
	{"UTF-8 mark alone", "a mark is no white space, so it is reported too", "\ufeff", []string{
		`json/bom 0 "" got a UTF-8 byte order mark, want none`,
		`json/empty 3 "" got nothing but white space, want a JSON value`,
	}},
	{"second mark", "only the first one is a mark", "\ufeff\ufeff{}", []string{
		`json/bom 0 "" got a UTF-8 byte order mark, want none`,
		`json/syntax 3 "" got "\ufeff", want a JSON value`,
	}},
	{"UTF-16 little endian", "cannot be read any further", "\xff\xfe{\x00}\x00", []string{`json/bom 0 "" got a UTF-16 byte order mark (little endian), want UTF-8 without one`}},
	{"UTF-16 big endian", "cannot be read any further", "\xfe\xff\x00{\x00}", []string{`json/bom 0 "" got a UTF-16 byte order mark (big endian), want UTF-8 without one`}},

	// Text.
	{"bad byte", "one run, one fault", "{\"a\":\"x\xff\xfe\x80y\xc3\"}", []string{
		`json/utf8 7 "/a" got "\xff\xfe\x80", want well-formed UTF-8`,
		`json/utf8 11 "/a" got "\xc3", want well-formed UTF-8`,
	}},
	{"ill-formed sequences", "overlong, surrogate, beyond U+10FFFF, cut", "[\"\xc0\xaf\",\"\xed\xa0\x80\",\"\xf4\x90\x80\x80\",\"\xe2\x82\"]", []string{
		`json/utf8 2 "/0" got "\xc0\xaf", want well-formed UTF-8`,
		`json/utf8 7 "/1" got "\xed\xa0\x80", want well-formed UTF-8`,
		`json/utf8 13 "/2" got "\xf4\x90\x80\x80", want well-formed UTF-8`,
		`json/utf8 20 "/3" got "\xe2\x82", want well-formed UTF-8`,
	}},
	{"bad byte in a name", "the value is not known yet, the object is", "{\"a\":{\"b\xff\":1}}", []string{
		`json/utf8 8 "/a" got "\xff", want well-formed UTF-8`,
	}},
	{"bad byte outside strings", "that is a matter of the grammar", "[\xff]", []string{`json/syntax 1 "/0" got "\xff", want a value or "]"`}},
	{"cut within a code point", "the document ends within it", "\"\xe2\x82", []string{
		`json/utf8 1 "" got "\xe2\x82", want well-formed UTF-8`,
		`json/truncated 3 "" got the end of the document, want the end of a string`,
	}},
	{"long bad run", "foreign text is cut to 80 code points", "\"" + strings.Repeat("\xff", 200) + "\"", []string{
		`json/utf8 1 "" got "` + strings.Repeat(`\xff`, 79) + `…", want well-formed UTF-8`,
	}},
	{"lone surrogates", "each is reported once", `["\ud800","\udc00x","\ud800\ud800","\uDBFF\u0041","\udc00\ud800\udc00"]`, []string{
		`json/surrogate 2 "/0" got a lone surrogate \ud800, want a low surrogate after it`,
		`json/surrogate 11 "/1" got a lone surrogate \udc00, want a high surrogate before it`,
		`json/surrogate 21 "/2" got a lone surrogate \ud800, want a low surrogate after it`,
		`json/surrogate 27 "/2" got a lone surrogate \ud800, want a low surrogate after it`,
		`json/surrogate 36 "/3" got a lone surrogate \udbff, want a low surrogate after it`,
		`json/surrogate 51 "/4" got a lone surrogate \udc00, want a high surrogate before it`,
	}},
	{"raw control", "RFC 8259, section 7: controls are escaped", "{\"a\":\"x\ny\"}", []string{`json/syntax 7 "/a" got the control character U+000A within a string, want it escaped`}},
	{"NUL", "a control like others", "\"\x00\"", []string{`json/syntax 1 "" got the control character U+0000 within a string, want it escaped`}},
	{"bad escape", "only eight letters may be escaped", `["\x41"]`, []string{`json/syntax 3 "/0" got the escape "\\x", want one of \" \\ \/ \b \f \n \r \t \u`}},
	{"bad hexadecimal digit", "four are wanted", `["\u12G4"]`, []string{`json/syntax 6 "/0" got the escape "\\u12G", want \u and four hexadecimal digits`}},
	{"bad low half", "the high half is reported first", `"\ud83d\uDE0"`, []string{
		`json/surrogate 1 "" got a lone surrogate \ud83d, want a low surrogate after it`,
		`json/syntax 12 "" got the escape "\\uDE0\"", want \u and four hexadecimal digits`,
	}},
	{"unclosed escape", "the backslash takes the quote with it", `"\"`, []string{`json/truncated 3 "" got the end of the document, want the end of a string`}},

	// Names.
	{"duplicate key", "the later one, with the place of the first", "{\n  \"id\": 1,\n  \"id\": 2\n}", []string{
		`json/duplicate-key 15 "/id" got another "id", want one only`,
	}},
	{"three of a name", "second and later ones", `{"a":1,"a":2,"a":3}`, []string{
		`json/duplicate-key 7 "/a" got another "a", want one only`,
		`json/duplicate-key 13 "/a" got another "a", want one only`,
	}},
	{"escaped duplicate", "names are compared as decoded", `{"id":1,"\u0069d":2,"x":{"\ud83d\ude00":1,"😀":2}}`, []string{
		`json/duplicate-key 8 "/id" got another "id", want one only`,
		`json/duplicate-key 42 "/x/😀" got another "😀", want one only`,
	}},
	{"crossed duplicates", "the first members are found in one pass", `{"a":1,"b":2,"b":3,"a":4}`, []string{
		`json/duplicate-key 13 "/b" got another "b", want one only`,
		`json/duplicate-key 19 "/a" got another "a", want one only`,
	}},
	{"duplicate with a tilde and a slash", "RFC 6901, section 3", `{"a/b~c":1,"a/b~c":2}`, []string{
		`json/duplicate-key 11 "/a~1b~0c" got another "a/b~c", want one only`,
	}},
	{"empty name twice", "the empty name is a name", `{"":1,"":2}`, []string{`json/duplicate-key 6 "/" got another "", want one only`}},
	{"duplicate of bad bytes", "as encoding/json decodes them; the order is that of offsets", "{\"\xff\":1,\"\xfe\":2}", []string{
		`json/utf8 2 "" got "\xff", want well-formed UTF-8`,
		`json/duplicate-key 7 "/` + "\ufffd" + `" got another "` + "\ufffd" + `", want one only`,
		`json/utf8 8 "" got "\xfe", want well-formed UTF-8`,
	}},
	{"duplicate among 16", "still compared one by one", manyMembers(15, `"a7"`), []string{
		`json/duplicate-key 116 "/a7" got another "a7", want one only`,
	}},
	{"duplicate among 1000", "found by table", manyMembers(1000, `"\u00617"`), []string{
		`json/duplicate-key 10781 "/a7" got another "a7", want one only`,
	}},
	{"duplicates in a large and a small object", "tables are used again", `[` + manyMembers(100, `"a99"`) + `,` + manyMembers(20, `"a0"`) + `]`, []string{
		`json/duplicate-key 882 "/0/a99" got another "a99", want one only`,
		`json/duplicate-key 1052 "/1/a0" got another "a0", want one only`,
	}},
	{"long escaped duplicate", "the cut goes by code points, not bytes", `{"` + strings.Repeat("😀", 81) + `":1,"` + strings.Repeat(`\ud83d\ude00`, 81) + `":1}`, []string{
		`json/duplicate-key 330 "/` + strings.Repeat("😀", 81) + `" got another "` + strings.Repeat("😀", 79) + `…", want one only`,
	}},
	{"long duplicate", "foreign text is cut to 80 code points", `{"` + strings.Repeat("x", 100) + `":1,"` + strings.Repeat("x", 100) + `":1}`, []string{
		`json/duplicate-key 106 "/` + strings.Repeat("x", 100) + `" got another "` + strings.Repeat("x", 79) + `…", want one only`,
	}},

	// Bounds.
	{"depth 129", "one too deep; scanning stops", nested(129), []string{
		`json/depth 128 "` + strings.Repeat("/0", 128) + `" got a container at depth 129, want at most 128`,
	}},
	{"number of 1025 bytes", "one too long; scanning goes on", `{"a":` + strings.Repeat("9", 1025) + `,"b":nope}`, []string{
		`json/number-length 5 "/a" got a number of 1025 bytes, want at most 1024`,
		`json/syntax 1036 "/b" got "nope", want null`,
	}},
	{"long exponent", "length goes before exponent", `[1e` + strings.Repeat("0", 1022) + `,1e` + strings.Repeat("0", 1030) + `1]`, []string{
		`json/number-length 1026 "/1" got a number of 1033 bytes, want at most 1024`,
	}},
	{"exponents", "beyond 400 either way", `[1e401,0.5E-99999999999999999999]`, []string{
		`json/number-exponent 1 "/0" got the exponent "401", want -400 to 400`,
		`json/number-exponent 7 "/1" got the exponent "-99999999999999999999", want -400 to 400`,
	}},

	// Truncation.
	{"cut object", "after its bracket", `{`, []string{`json/truncated 1 "" got the end of the document, want a member name in double quotes or "}"`}},
	{"cut name", "within it", `{"a":{"b`, []string{`json/truncated 8 "/a" got the end of the document, want the end of a string`}},
	{"cut before the colon", "the member is known", `{"a"`, []string{`json/truncated 4 "/a" got the end of the document, want ":"`}},
	{"cut after the colon", "the member is known", `{"a": `, []string{`json/truncated 6 "/a" got the end of the document, want a value`}},
	{"cut after a value", "the object is not closed", `{"a":1`, []string{`json/truncated 6 "" got the end of the document, want "," or "}"`}},
	{"cut after a comma", "in an object", `{"a":1,`, []string{`json/truncated 7 "" got the end of the document, want a member name in double quotes`}},
	{"cut array", "after its bracket", `{"a":[`, []string{`json/truncated 6 "/a" got the end of the document, want a value or "]"`}},
	{"cut array after an item", "the offset is the end, white space and all", "[1\n", []string{`json/truncated 3 "" got the end of the document, want "," or "]"`}},
	{"cut array after a comma", "the item has not begun", `[1,`, []string{`json/truncated 3 "" got the end of the document, want a value`}},
	{"cut string", "within it", `["abc`, []string{`json/truncated 5 "/0" got the end of the document, want the end of a string`}},
	{"cut escape", "after the backslash", `["\`, []string{`json/truncated 3 "/0" got the end of the document, want the end of an escape sequence`}},
	{"cut code unit", "after two digits", `["\u12`, []string{`json/truncated 6 "/0" got the end of the document, want the end of an escape sequence`}},
	{"cut word", "so far it was right", `[fal`, []string{`json/truncated 4 "/0" got the end of the document, want the end of false`}},
	{"cut number", "after its sign", `-`, []string{`json/truncated 1 "" got the end of the document, want a digit`}},
	{"cut fraction", "after its point", `1.`, []string{`json/truncated 2 "" got the end of the document, want a digit`}},
	{"cut exponent", "after its sign", `1e+`, []string{`json/truncated 3 "" got the end of the document, want a digit`}},

	// Grammar.
	{"trailing comma in an object", "not in JSON", `{"a":1,}`, []string{`json/syntax 7 "" got "}", want a member name in double quotes`}},
	{"trailing comma in an array", "not in JSON", `{"a":[1,]}`, []string{`json/syntax 8 "/a" got "]", want a value`}},
	{"leading comma", "not in JSON", `[,1]`, []string{`json/syntax 1 "" got ",", want a value or "]"`}},
	{"missing comma", "between items", `[1 2]`, []string{`json/syntax 3 "" got "2", want "," or "]"`}},
	{"missing comma between members", "between members", `{"a":1 "b":2}`, []string{`json/syntax 7 "" got "\"", want "," or "}"`}},
	{"missing colon", "after a name", `{"a" 1}`, []string{`json/syntax 5 "/a" got "1", want ":"`}},
	{"missing value", "after a colon", `{"a":}`, []string{`json/syntax 5 "/a" got "}", want a value`}},
	{"mismatched bracket", "an array closed as an object", `{"a":[1}`, []string{`json/syntax 7 "/a" got "}", want "," or "]"`}},
	{"bare name", "names stand in quotes", `{a:1}`, []string{`json/syntax 1 "" got "a", want a member name in double quotes or "}"`}},
	{"single quotes", "strings stand in double quotes", `['a']`, []string{`json/syntax 1 "/0" got a single quote, want a value or "]"`}},
	{"comment", "not in JSON", `[1, // one` + "\n]", []string{`json/syntax 4 "/1" got a comment, want a value`}},
	{"block comment", "not in JSON", `/* one */ []`, []string{`json/syntax 0 "" got a comment, want a JSON value`}},
	{"NaN", "not in JSON", `{"a":NaN}`, []string{`json/syntax 5 "/a" got "NaN", want a value`}},
	{"negative infinity", "not in JSON", `[-Infinity]`, []string{`json/syntax 2 "/0" got "Infinity" within a number, want a digit`}},
	{"True", "the words are lower case", `[True]`, []string{`json/syntax 1 "/0" got "True", want a value or "]"`}},
	{"nil", "the offset is that of the first wrong letter", `[nil]`, []string{`json/syntax 2 "/0" got "nil", want null`}},
	{"longer word", "a word ends where it should", `[nullable]`, []string{`json/syntax 5 "" got "able", want "," or "]"`}},
	{"leading zero", "not in JSON", `[-012]`, []string{`json/syntax 3 "/0" got "12" after a leading zero, want a number without one`}},
	{"leading zero at the root", "no matter of trailing data", `01`, []string{`json/syntax 1 "" got "1" after a leading zero, want a number without one`}},
	{"leading point", "not in JSON", `.5`, []string{`json/syntax 0 "" got ".5", want a JSON value`}},
	{"leading plus", "not in JSON", `+1`, []string{`json/syntax 0 "" got "+1", want a JSON value`}},
	{"point without digits", "a digit follows", `[1.e5]`, []string{`json/syntax 3 "/0" got "e5" within a number, want a digit`}},
	{"form feed", "no white space in JSON", "\f[]", []string{`json/syntax 0 "" got the control character U+000C, want a JSON value`}},
	{"no-break space", "no white space in JSON", "[\u00a01]", []string{`json/syntax 1 "/0" got "\u00a01", want a value or "]"`}},
	{"UTF-16 without a mark", "recognised by its NUL", "{\x00}\x00", []string{`json/syntax 1 "" got the control character U+0000, want a member name in double quotes or "}"`}},
	{"HTML", "an error page of a proxy", "<!DOCTYPE html>\n<html>", []string{`json/syntax 0 "" got "<!DOCTYPE html>", want a JSON value`}},
	{"HTML in one line", "foreign text is cut to 80 code points", "<html>" + strings.Repeat("x", 1000), []string{
		`json/syntax 0 "" got "<html>` + strings.Repeat("x", 73) + `…", want a JSON value`,
	}},
	{"plain text", "an error message", `Service Unavailable`, []string{`json/syntax 0 "" got "Service", want a JSON value`}},
	{"pointer of a syntax fault", "names and indices, escaped", `{"a/b":[0,{"~":[[],[` + "\n" + `}`, []string{
		`json/syntax 21 "/a~1b/1/~0/1" got "}", want a value or "]"`,
	}},

	// After the value.
	{"two documents", "NDJSON is no JSON", "{}\n{}", []string{`json/trailing-data 3 "" got "{" after the value, want nothing but white space`}},
	{"bracket too many", "the value has ended", `[]]`, []string{`json/trailing-data 2 "" got "]" after the value, want nothing but white space`}},
	{"word after a number", "the number has ended", `12px`, []string{`json/trailing-data 2 "" got "px" after the value, want nothing but white space`}},
	{"NUL padding", "a buffer written whole", "{}\x00\x00", []string{`json/trailing-data 2 "" got the control character U+0000 after the value, want nothing but white space`}},

	{"several", "all that can be told, by offset", "\ufeff{\"a\":1e999,\"b\":\"\xff\\udead\",\"a\":01}", []string{
		`json/bom 0 "" got a UTF-8 byte order mark, want none`,
		`json/number-exponent 8 "/a" got the exponent "999", want -400 to 400`,
		`json/utf8 19 "/b" got "\xff", want well-formed UTF-8`,
		`json/surrogate 20 "/b" got a lone surrogate \udead, want a high surrogate before it`,
		`json/duplicate-key 28 "/a" got another "a", want one only`,
		`json/syntax 33 "/a" got "1" after a leading zero, want a number without one`,
	}},
}

func TestScan(t *testing.T) {
	for _, tt := range scanCases {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason, "a case states its reason")
			var got []string
			for _, f := range Scan([]byte(tt.doc)) {
				got = append(got, fmt.Sprintf("%s %d \"%s\" %s", f.Rule, f.Offset, f.Pointer, f.Text))
			}
			require.Equal(t, tt.want, got, tt.reason)
		})
	}
}

func TestAppendDecoded(t *testing.T) {
	for _, tt := range []struct{ reason, raw, want string }{
		{"every short escape", `\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{"code units, and a pair of them", `\u0041\u00e9\u20AC\ud83d\uDE00`, "Aé€😀"},
		{"lone surrogates", `\ud83d\ud83d\ude00\ude00\ud83dx`, "\ufffd😀\ufffd\ufffdx"},
		{"bytes that are no UTF-8", "a\xff\xe2\x82b", "a\ufffd\ufffd\ufffdb"},
		{"no escapes at all", `\x\u12g\ud8`, `\x\u12g\ud8`},
		{"a backslash before a code point", `\é`, `\é`},
		{"a backslash at the end", `\\\`, `\\`},
	} {
		require.Equal(t, tt.want, string(appendDecoded(nil, []byte(tt.raw))), tt.reason)
		var want string
		if json.Unmarshal([]byte(`"`+tt.raw+`"`), &want) == nil {
			require.Equal(t, want, tt.want, "encoding/json agrees")
		}
	}
}

func TestScanReturnsNil(t *testing.T) {
	require.True(t, Scan([]byte(`{}`)) == nil)
}

func TestScanAllocates(t *testing.T) {
	doc := []byte(`{"value":[{"id":"1","status":"completed","error":null},{"id":"2","status":"failed","error":{"code":"é","message":"\n"}}]}`)
	require.Zero(t, testing.AllocsPerRun(100, func() { Scan(doc) }), "a faultless document with few members")
}

// TestScanLarge runs documents made to be slow; it fails by its time only.
func TestScanLarge(t *testing.T) {
	const n = 100_000
	for _, tt := range []struct {
		name, reason, doc string
		rules             map[string]int
	}{
		{"nested arrays", "scanning stops at 128", nested(n), map[string]int{ruleDepth: 1}},
		{"open arrays", "scanning stops at 128", strings.Repeat("[", n), map[string]int{ruleDepth: 1}},
		{"open objects", "scanning stops at 128", strings.Repeat(`{"a":`, n), map[string]int{ruleDepth: 1}},
		{"digits", "one fault", strings.Repeat("7", 1<<20), map[string]int{ruleLength: 1}},
		{"exponent", "the magnitude does not overflow", "1e" + strings.Repeat("7", 1<<20), map[string]int{ruleLength: 1}},
		{"string", "no fault", `"` + strings.Repeat("x", 1<<20) + `"`, map[string]int{}},
		{"open string", "one fault", `"` + strings.Repeat("é", 1<<19), map[string]int{ruleTruncated: 1}},
		{"bad bytes", "they share a pointer", `{"` + strings.Repeat("x", 1<<20) + `":"` + strings.Repeat("\xffx", 1<<17) + `"}`, map[string]int{ruleUTF8: 1 << 17}},
		{"bad items", "their pointers share a budget", `{"` + strings.Repeat("x", 1<<20) + `":[` + strings.Repeat(`"\ud800",`, n) + `0]}`, map[string]int{ruleSurrogate: n}},
		{"members", "found by table", manyMembers(n, `"z"`), map[string]int{}},
		{"large objects", "tables are used again", "[" + strings.Repeat(manyMembers(20, `"z"`)+",", n/20) + "0]", map[string]int{}},
		{"duplicates", "the first members are found in one pass", strings.Replace(manyMembers(n, `"z"`)+manyMembers(n, `"z"`), `"z":0}{`, "", 1), map[string]int{ruleDuplicate: n}},
		{"long names", "a few long names are compared at most with each other", `{"` + strings.Repeat(strings.Repeat("x", 1<<16)+`":1,"`, 15) + `":1}`, map[string]int{ruleDuplicate: 14}},
		{"quotes", "excerpts of the text are cut", "[" + strings.Repeat("é", 1<<20), map[string]int{ruleSyntax: 1}},
		{"tags", "excerpts of the text are cut", strings.Repeat("<", 1<<20), map[string]int{ruleSyntax: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules, longest := map[string]int{}, 0
			for _, f := range Scan([]byte(tt.doc)) {
				rules[f.Rule]++
				longest = max(longest, len(f.Text))
			}
			require.Less(t, longest, 500, "foreign text is cut")
			require.Equal(t, tt.rules, rules, tt.reason)
		})
	}
}
