package recording

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNDJSONErrors(t *testing.T) {
	response := func(member string) string { return `{"response":{"status":200,` + member + `}}` }
	tests := []struct{ name, reason, line, want string }{
		{"cut", "a writer that was killed", `{"response":{"status":2`, "the JSON ends within the line at column 24"},
		{"cut string", "the same", `{"session":"a`, "the JSON ends within the line at column 14"},
		{"cut after a name", "the same", `{"session"`, "the JSON ends within the line at column 11"},
		{"cut body", "the same", `{"response":{"json":{"a":[`, "the JSON ends within the line at column 27"},
		{"no object", "an array of exchanges", `[{}]`, "the record is not an object at column 1"},
		{"no JSON", "whatever it is", `hello`, "the record is not an object at column 1"},
		{"two records", "lines that lost their break", `{"request":{"url":"/"}}{`, "{ follows the record at column 24; each record is a line of its own"},
		{"no member", "it says nothing", `{}`, "a record without request and response at column 1"},
		{"no exchange", "it says nothing", `{"session":"a","request":null}`, "a record without request and response at column 1"},
		{"unknown member", "it might matter", `{"respones":{}}`, `unknown member "respones" of the record at column 2; did you mean "response"?`},
		{"unlike any", "then they are listed", `{"@type":1}`, `unknown member "@type" of the record at column 2; known are session, time, request, response`},
		{"case", "as JSON has it", `{"Session":"a"}`, `unknown member "Session" of the record at column 2; did you mean "session"?`},
		{"in a request", "its own members", `{"request":{"status":1}}`, `unknown member "status" of request at column 13; known are method, url, header, json, text, base64`},
		{"in a response", "its own members", `{"response":{"headers":{}}}`, `unknown member "headers" of response at column 14; did you mean "header"?`},
		{"twice", "which one counts?", `{"session":"é","session":"b"}`, `member "session" of the record stands twice at column 16`},
		{"two bodies", "which one counts?", response(`"json":1,"text":""`), `response has two bodies, json and text at column 43`},
		{"trailing comma", "JSON has none", `{"session":"a",}`, "a member name is not a string at column 16"},
		{"no colon", "JSON", `{"session" "a"}`, `"\"" where ":" must follow a member name at column 12`},
		{"no comma", "JSON", `{"session":"a" "time":""}`, `"\"" where "," must follow a member at column 16`},
		{"no url", "nothing to match", `{"request":{"method":"GET"}}`, "request has no url at column 12"},
		{"no status", "nothing to judge", `{"response":{"text":"a"}}`, "response has no status at column 13"},
		{"status string", "a number", `{"response":{"status":"200"}}`, `status "\"200\"" is not a number from 100 to 999 at column 23`},
		{"status 99", "three digits", `{"response":{"status":099}}`, `status "099" is not a number from 100 to 999 at column 23`},
		{"status 200.0", "three digits", `{"response":{"status":200.0}}`, `status "200.0" is not a number from 100 to 999 at column 23`},
		{"time", "order rests on it", `{"time":"yesterday"}`, `time "yesterday" is no RFC 3339 time at column 9; such as 2026-11-24T05:52:35Z`},
		{"time before year 0", "it could not be written", `{"time":"0000-01-01T00:00:00+01:00"}`, `time "0000-01-01T00:00:00+01:00" is no RFC 3339 time at column 9; such as 2026-11-24T05:52:35Z`},
		{"session number", "a string", `{"session":1}`, "session is not a string at column 12"},
		{"request string", "an object", `{"request":"GET /"}`, "request is not an object at column 12"},
		{"header value", "strings only", response(`"header":{"A":1}`), `a header value is not a string at column 41`},
		{"header values", "strings only", response(`"header":{"A":["a",null]}`), `a header value is not a string at column 46`},
		{"header array", "JSON", response(`"header":{"A":["a" "b"]}`), `"\"" where "," must follow a string at column 46`},
		{"text number", "a string", response(`"text":1`), "text is not a string at column 34"},
		{"base64", "bad alphabet", response(`"base64":"a_=="`), "bad base64: illegal base64 data at input byte 1 at column 36"},
		{"escape", "JSON knows no \\x", response(`"text":"a\x41"`), "bad escape in text at column 36"},
		{"unicode escape", "four digits", response(`"text":"\u00g0"`), "bad escape in text at column 35"},
		{"surrogate", "no UTF-8 for it", response(`"text":"\ud800\u0041"`), "half a surrogate pair in text at column 35; it has no UTF-8 form; such a body is written as json"},
		{"low surrogate", "no UTF-8 for it", response(`"text":"\udc00"`), "half a surrogate pair in text at column 35; it has no UTF-8 form; such a body is written as json"},
		{"control character", "JSON", response("\"text\":\"a\tb\""), `control character '\t' in a string at column 36`},
		{"bad json", "one bad value would break the line", response(`"json":{"a":01}`), "the body is not JSON: invalid character '1' after object key:value pair at column 40"},
		{"mixed brackets", "the same", response(`"json":[}`), "the body is not JSON: invalid character '}' looking for beginning of value at column 35"},
		{"no json", "the same", response(`"json":`), "the body is not JSON: unexpected end of JSON input at column 34"},
		{"not UTF-8", "JSON is UTF-8", response("\"json\":\"é\xff\""), "not UTF-8 at column 36; a body that is not UTF-8 is written as base64"},
		{"version", "it may mean anything", `{"graphcontract":"recording","version":2,"new":1}`, "format version 2 is not known at column 1; this build reads version 1"},
		{"no version", "the same", `{"graphcontract":"recording"}`, "format version none is not known at column 1; this build reads version 1"},
		{"kind", "a scenario, say", `{"graphcontract":"scenario","version":1}`, `a graphcontract file of kind "\"scenario\"", not a recording at column 1`},
		{"format member", "they are fixed", `{"graphcontract":"recording","version":1,"provenence":""}`, `unknown member "provenence" of the format line at column 42; did you mean "provenance"?`},
		{"format twice", "which one counts?", `{"graphcontract":"recording","version":1,"version":1}`, `member "version" of the format line stands twice at column 42`},
		{"provenance", "a string", `{"graphcontract":"recording","version":1,"provenance":{}}`, "provenance is not a string at column 55"},
		{"both", "a line is one thing", `{"request":{"url":"/"},"graphcontract":"recording"}`, `unknown member "graphcontract" of the record at column 24; known are session, time, request, response`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// The second line, as the first one is asked what else it could be.
			xs, err := readAll([]byte(`{"request":{"url":"/first"}}`+"\n\n"+test.line+"\n"), "in")
			require.EqualError(t, err, "recording: in:3: "+test.want, test.reason)
			require.Len(t, xs, 1, "the exchanges before the error")
			_, err = readAll([]byte(test.line), "in")
			require.ErrorContains(t, err, "recording: in:1: ", "nor is it right in the first line")
		})
	}
}

func TestNDJSONKeepsBytes(t *testing.T) {
	for _, body := range []string{
		`null`, `0`, `-0.0E+00`, `""`, `{}`, `{"a":1,"a":2}`, `[ 1 ,	2 ]`, `"\u0000\ud800"`, `123456789012345678901234567890`,
		`{"é":"\u00e9"}`, strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	} {
		require.True(t, json.Valid([]byte(body)))
		line := `{"response":{"status":200,"json": ` + body + " }}\r\n"
		xs, err := readAll([]byte(line), "in")
		require.NoError(t, err)
		require.Equal(t, body, string(xs[0].Response.Body))
		require.Contains(t, written(WriteNDJSON, xs), `"json":`+body+"}}\n")
	}
}

func TestNDJSONFormOfBody(t *testing.T) {
	tests := []struct{ name, reason, body, want string }{
		{"empty", "absent", "", `}}`},
		{"json", "as it is", `{"a": 1}`, `,"json":{"a": 1}}}`},
		{"space before", "reading would not find it", ` 1`, `,"text":" 1"}}`},
		{"space after", "reading would not find it", "1\t", `,"text":"1\t"}}`},
		{"line break", "a record is a line", "[1,\n2]", `,"text":"[1,\n2]"}}`},
		{"CR", "so that no tool breaks the line", "[1,\r2]", `,"text":"[1,\r2]"}}`},
		{"two values", "not JSON", `1 2`, `,"text":"1 2"}}`},
		{"mark", "not JSON", "\ufeff1", `,"text":"` + "\ufeff" + `1"}}`},
		{"cut", "not JSON", `{"a":`, `,"text":"{\"a\":"}}`},
		{"controls", "escaped", "\x00\x1f\x7f\\", `,"text":"\u0000\u001f` + "\x7f" + `\\"}}`},
		{"deep", "more than encoding/json takes", strings.Repeat("[", 10001) + strings.Repeat("]", 10001), `,"text":"` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `"}}`},
		{"binary", "no UTF-8", "\xff", `,"base64":"/w=="}}`},
		{"surrogate", "no UTF-8", "\"\xed\xa0\x80\"", `,"base64":"Iu2ggCI="}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			xs := []Exchange{{Status: 200, Response: Message{Body: []byte(test.body)}}}
			out := written(WriteNDJSON, xs)
			require.Equal(t, `{"graphcontract":"recording","version":1}`+"\n"+`{"response":{"status":200`+test.want+"\n", out, test.reason)
			got, err := readAll([]byte(out), "in")
			require.NoError(t, err)
			require.Equal(t, test.body, string(got[0].Response.Body))
		})
	}
}

func TestNDJSONOnlyFormatLine(t *testing.T) {
	xs, err := readAll([]byte(written(WriteNDJSON, nil, Provenance("nobody called"))), "in")
	require.NoError(t, err, "a recording of nothing is one")
	require.Empty(t, xs)
}
