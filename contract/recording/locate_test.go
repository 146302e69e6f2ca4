package recording

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// checkPlaces states the law of Locate for every offset: the place is in the file, line and column are those of
// the file offset, and the byte there is the body's, the one that a repair replaced, or begins the escape for it.
func checkPlaces(t testing.TB, data []byte, x *Exchange) {
	t.Helper()
	for _, m := range []*Message{&x.Request, &x.Response} {
		step := max(1, len(m.Body)/257)
		last := int64(-1)
		inFile := m.Body
		if m.origin != nil && m.origin.file != nil { // the body is a repaired one
			inFile = m.origin.file
		}
		for p := -1; p <= len(m.Body)+1; p += step {
			if p > len(m.Body)-step {
				step = 1
			}
			line, column, at, ok := m.Locate(p)
			if m.origin == nil {
				require.Zero(t, line)
				continue
			}
			if at < 0 || at > int64(len(data)) {
				t.Fatalf("body offset %d, file offset %d of %d", p, at, len(data))
			}
			if wantLine, wantColumn := placeIn(data, int(at), !ok || p < len(m.Body)); line != wantLine || column != wantColumn {
				t.Fatalf("body offset %d, file offset %d: %d:%d, want %d:%d", p, at, line, column, wantLine, wantColumn)
			}
			if !ok {
				require.True(t, p < 0 || p > len(m.Body) || m.origin.opaque)
				continue
			}
			if at < last || p < len(m.Body) && data[at] != '\\' && data[at] != inFile[p] {
				t.Fatalf("body offset %d, file offset %d after %d", p, at, last)
			}
			last = at
		}
	}
}

// placeIn counts from the beginning of the file. A place inside of a body is that of the code point it is in; the
// end of a body does not know what the file goes on with.
func placeIn(data []byte, at int, inside bool) (line, column int) {
	begin := bytes.LastIndexByte(data[:at], '\n') + 1
	line = 1 + bytes.Count(data[:at], []byte("\n"))
	column = 1
	for _, c := range bytes.TrimPrefix(data[begin:at], []byte("\ufeff")) {
		if utf8.RuneStart(c) {
			column++
		}
	}
	if inside && at < len(data) && !utf8.RuneStart(data[at]) && column > 1 {
		column--
	}
	return line, column
}

func TestLocate(t *testing.T) {
	tests := []struct {
		name, reason string
		in           string // one exchange
		find         string // in the response's body
		line, column int
		file         string // what the file has there; "" for not ok
	}{
		{"counted", "a body begins a line of its own", "HTTP/1.1 200 OK\nContent-Length: 8\n\n{\n\"é\":X", "X", 5, 5, "X"},
		{"counted CRLF", "CR belongs to the line it ends", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na\r\n\r\n", "\r\n\r\n", 4, 2, "\r\n\r\n"},
		{"to the end", "the same without length", "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{\r\n  X", "X", 6, 3, "X"},
		{"first chunk", "behind the size line", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\r\nabX\r\n0\r\n\r\n", "X", 5, 3, "X\r\n0"},
		{"second chunk", "the framing between is skipped", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3;x=y\na\nb\n2\ncX\n0\n\n", "X", 8, 2, "X\n0"},
		{"chunk boundary", "a byte is in the chunk it begins", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\na\n1\nX\n0\n\n", "X", 7, 1, "X\n0"},
		{"chunk within a code point", "each part is in its line", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\n\xc3\n2\n\xa9X\n0\n\n", "X", 7, 1, "X\n0"},
		{"json body", "columns count code points of the whole line", "\n{\"session\":\"é\",\"response\":{\"status\":200,\"json\":{\"é\":71}}}", "71", 2, 53, "71}}}"},
		{"text", "a string without escapes", `{"response":{"status":200,"text":"ab X"}}`, "X", 1, 38, `X"}}`},
		{"text with escapes", "escapes take more columns than what they stand for", `{"response":{"status":200,"text":"a\n\u00e9éX"}}`, "X", 1, 45, `X"}}`},
		{"in an escape", "the start of the escape", `{"response":{"status":200,"text":"a\ud83d\ude00b"}}`, "\x98\x80b", 1, 36, `\ud83d`},
		{"base64", "the start of the literal", `{"response":{"status":200,"base64":"YWJj"}}`, "bc", 1, 36, ""},
		{"byte order mark", "it takes bytes but no column", "\ufeff" + `{"response":{"status":200,"text":"X"}}`, "X", 1, 35, `X"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			xs, err := readAll([]byte(test.in), "in")
			require.NoError(t, err)
			m := &xs[0].Response
			p := bytes.Index(m.Body, []byte(test.find))
			require.GreaterOrEqual(t, p, 0, "%q", m.Body)
			line, column, at, ok := m.Locate(p)
			require.Equal(t, fmt.Sprint(test.line, ":", test.column), fmt.Sprint(line, ":", column), test.reason)
			require.Equal(t, test.file != "", ok)
			require.True(t, strings.HasPrefix(test.in[at:], test.file), "%q", test.in[at:])
			checkPlaces(t, []byte(test.in), &xs[0])
		})
	}
}

func TestLocateLong(t *testing.T) {
	text := strings.Repeat("é\n\t\"x😀", 2000)
	var chunks strings.Builder
	for i := range len(text) / 7 {
		fmt.Fprintf(&chunks, "7\r\n%s\r\n", text[7*i:7*i+7])
	}
	for name, in := range map[string]string{
		"counted": fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(text), text),
		"chunked": "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + chunks.String() + "0\n\n",
		"text":    `{"session":"é","response":{"status":200,"text":` + string(appendJSONString(nil, text)) + `}}`,
		"escaped": `{"session":"é","response":{"status":200,"text":"` + strings.Repeat(`\u00e9é\ud83d\ude00`, 3000) + `"}}`,
		"json":    `{"session":"é","response":{"status":200,"json":"` + strings.Repeat("é😀", 3000) + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			xs, err := readAll([]byte(in), "in")
			require.NoError(t, err)
			require.Greater(t, len(xs[0].Response.Body), 10*stride)
			checkPlaces(t, []byte(in), &xs[0])
		})
	}
}

func TestLocateOtherBody(t *testing.T) {
	var none Message
	line, column, at, ok := none.Locate(0)
	require.Equal(t, "0 0 0 false", fmt.Sprint(line, column, at, ok), "made in memory")

	xs, err := readAll([]byte("GET / HTTP/1.1\n\nHTTP/1.1 200 OK\n\nabc"), "in")
	require.NoError(t, err)
	m := xs[0].Response
	for _, offset := range []int{-1, 4} {
		line, column, at, ok = m.Locate(offset)
		require.Equal(t, "5 1 33 false", fmt.Sprint(line, column, at, ok), "outside")
	}
	m.Body = []byte("abc")
	line, column, at, ok = m.Locate(2)
	require.Equal(t, "5 1 33 false", fmt.Sprint(line, column, at, ok), "another slice, though equal")
	_, _, _, ok = xs[0].Response.Locate(2)
	require.True(t, ok, "the one that was read")
}

// TestLocateEndWithinCodePoint has a length that cuts a code point: the end of the body does not know what follows.
func TestLocateEndWithinCodePoint(t *testing.T) {
	for x := range Read(strings.NewReader("HTTP/1.1 200 OK\nContent-Length: 2\n\na\xc3\xa9\n"), "in") {
		line, column, at, ok := x.Response.Locate(2)
		require.Equal(t, "4 3 37 true", fmt.Sprint(line, column, at, ok))
		return
	}
}

func TestLocateConcurrently(t *testing.T) {
	xs, err := readAll([]byte(`{"response":{"status":200,"text":"`+strings.Repeat(`\n`, 5000)+`"}}`), "in")
	require.NoError(t, err)
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			m := xs[0].Response
			_, column, _, ok := m.Locate(4000)
			require.True(t, ok)
			require.Equal(t, 35+8000, column)
		})
	}
}
