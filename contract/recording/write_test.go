package recording

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWriteErrors(t *testing.T) {
	header := func(name string, values ...string) Message { return Message{Header: http.Header{name: values}} }
	body := Message{Body: []byte("a")}
	const fine = ""
	tests := []struct {
		name, reason string
		x            Exchange
		ndjson, http string // the error after "recording: exchange 2: "
	}{
		{"empty", "it says nothing", Exchange{Session: "s"}, "neither a request URL nor a response status", "neither a request URL nor a response status"},
		{"no URL", "a request needs one", Exchange{Method: "GET", Status: 200}, "a request without URL", "a request without URL"},
		{"no URL, header", "a request needs one", Exchange{Status: 200, Request: header("A", "b")}, "a request without URL", "a request without URL"},
		{"no status", "a response needs one", Exchange{URL: "/", Response: body}, "a response without status", "a response without status"},
		{"status", "three digits", Exchange{Status: 1000}, "status 1000 is not between 100 and 999", "status 1000 is not between 100 and 999"},
		{"negative status", "three digits", Exchange{URL: "/", Status: -1}, "status -1 is not between 100 and 999", "status -1 is not between 100 and 999"},
		{
			"time", "four digits",
			Exchange{URL: "/", Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
			"RFC 3339 has no form for a time in the year 10000", "RFC 3339 has no form for a time in the year 10000",
		},
		{"session with break", "a comment is a line", Exchange{URL: "/", Session: "a\nb"}, fine, `session "a\nb" has control characters or white space around it`},
		{"session with space", "reading trims", Exchange{URL: "/", Session: " a"}, fine, `session " a" has control characters or white space around it`},
		{"method", "a token", Exchange{URL: "/", Method: "G T"}, fine, `method "G T" cannot stand in a request line`},
		{"method like a comment", "reading skips it", Exchange{URL: "/", Method: "#GET"}, fine, `method "#GET" cannot stand in a request line`},
		{"URL", "no space", Exchange{URL: "/a b"}, fine, `URL "/a b" has white space or control characters`},
		{"path with host", "reading joins them", Exchange{URL: "/a", Request: header("host", "h")}, fine, "a path with a Host header would be read as an absolute URL; make the URL absolute"},
		{"header name", "a token", Exchange{URL: "/", Request: header("A b", "c")}, fine, `header name "A b" is not a token`},
		{"header value", "a line", Exchange{URL: "/", Request: header("A", "b\r\nc")}, fine, `value "b\r\nc" of header A has control characters or white space around it`},
		{"header value with space", "reading trims", Exchange{URL: "/", Request: header("A", "b ")}, fine, `value "b " of header A has control characters or white space around it`},
		{"long header", "reading refuses it", Exchange{URL: "/", Request: header("A", strings.Repeat("x", maxHead))}, fine, "header longer than 1 MiB"},
		{"body of HEAD", "it has none", Exchange{URL: "/", Method: "HEAD", Status: 200, Response: body}, fine, "a response with status 200 to HEAD cannot have a body"},
		{"body of 304", "it has none", Exchange{URL: "/", Status: 304, Response: body}, fine, "a response with status 304 to GET cannot have a body"},
		{"interim", "reading skips it", Exchange{URL: "/", Status: 103}, fine, "103 is an interim response, which is not recorded"},
		{"transfer coding", "reading refuses it", Exchange{URL: "/", Request: header("transfer-encoding", "gzip")}, fine, `transfer coding "gzip" is not supported, only chunked`},
		{"response only", "the first exchange has no response", Exchange{Status: 200}, fine, "a response without request would pass for the response to the request before it"},
		{"session not UTF-8", "JSON is UTF-8", Exchange{URL: "/", Session: "\xff"}, `session "\xff" is not UTF-8`, fine},
		{"URL not UTF-8", "JSON is UTF-8", Exchange{URL: "/\xff"}, `url "/\xff" is not UTF-8`, fine},
		{"header not UTF-8", "JSON is UTF-8", Exchange{URL: "/", Request: header("A", "\xe9")}, `value of header A, "\xe9" is not UTF-8`, fine},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for i, write := range []writeFunc{WriteNDJSON, WriteHTTP} {
				want := []string{test.ndjson, test.http}[i]
				var b bytes.Buffer
				err := write(&b, slices.Values([]Exchange{{URL: "/first"}, test.x}))
				if want == fine {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, "recording: exchange 2: "+want, test.reason)
				}
				xs, err := readAll(b.Bytes(), "in")
				require.NoError(t, err, "what was written is a recording")
				require.Equal(t, "/first", xs[0].URL)
				require.Equal(t, want == fine, len(xs) == 2)
			}
		})
	}
}

// TestWriteLimit has the reader accept what the writers do, at the limit.
func TestWriteLimit(t *testing.T) {
	const limit = 200
	chunked := http.Header{"Transfer-Encoding": {"chunked"}}
	for _, body := range []string{"x", "\x00", "\xff", "1"} {
		for _, header := range []http.Header{nil, chunked} {
			for _, write := range []func(x Exchange) (string, error){
				func(x Exchange) (string, error) {
					b, err := ndjsonFormat{limit: limit}.exchange(nil, &x)
					return string(b), err
				},
				func(x Exchange) (string, error) {
					b, err := (&httpFormat{limit: limit}).exchange(nil, &x)
					return string(b), err
				},
			} {
				written, refused := 0, 0
				for n := range limit + 10 {
					x := Exchange{URL: "/", Status: 200, Response: Message{Header: header, Body: []byte(strings.Repeat(body, n))}}
					out, err := write(x)
					if err != nil {
						require.ErrorContains(t, err, "longer than 200 bytes")
						refused++
						continue
					}
					xs, err := readLimited(out, limit)
					require.NoError(t, err)
					require.Equal(t, string(x.Response.Body), string(xs[0].Response.Body))
					written++
				}
				require.Greater(t, written, 10)
				require.Greater(t, refused, 10)
			}
		}
	}
}

func TestWriteHTTPContentLength(t *testing.T) {
	length := func(values ...string) http.Header { return http.Header{"Content-Length": values} }
	tests := []struct {
		name, reason string
		status       int
		header       http.Header
		body         string
		want         http.Header
	}{
		{"right", "kept", 200, length("3"), "abc", length("3")},
		{"right in its way", "kept", 200, length("003", "3, 3"), "abc", length("003", "3, 3")},
		{"absent", "added", 200, nil, "abc", length("3")},
		{"wrong", "real", 200, length("4"), "abc", length("3")},
		{"bad", "real", 200, length("x"), "abc", length("3")},
		{"no body, absent", "nothing to say", 200, nil, "", nil},
		{"no body, wrong", "real", 200, length("4"), "", length("0")},
		{"none possible", "kept", 304, length("4"), "", length("4")},
		{"other case", "canonical", 200, http.Header{"content-length": {"4"}}, "abc", length("3")},
		{
			"chunked", "not asked", 200,
			http.Header{"Transfer-Encoding": {"chunked"}, "Content-Length": {"x"}},
			"abc",
			http.Header{"Transfer-Encoding": {"chunked"}, "Content-Length": {"x"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := Exchange{Status: test.status, Response: Message{Header: test.header, Body: []byte(test.body)}}
			before := test.header.Clone()
			xs, err := readAll([]byte(written(WriteHTTP, []Exchange{x, x})), "in")
			require.NoError(t, err)
			require.Len(t, xs, 2)
			for _, got := range xs {
				require.Equal(t, test.want, got.Response.Header, test.reason)
				require.Equal(t, test.body, string(got.Response.Body))
			}
			require.Equal(t, before, test.header, "the caller's header is not touched")
		})
	}
}

func TestWriteProvenance(t *testing.T) {
	xs := []Exchange{{URL: "/x"}}
	ndjson := written(WriteNDJSON, xs, Provenance(`a "test"`))
	require.True(t, strings.HasPrefix(ndjson, `{"graphcontract":"recording","version":1,"provenance":"a \"test\""}`+"\n"), ndjson)
	text := written(WriteHTTP, xs, Provenance("a test\r\nsession: not one\n"))
	require.True(t, strings.HasPrefix(text, "# provenance: a test\r\n# provenance: session: not one\r\nGET /x "), text)
	for _, out := range []string{ndjson, text} {
		got, err := readAll([]byte(out), "in")
		require.NoError(t, err)
		require.Equal(t, "/x", got[0].URL)
		require.Empty(t, got[0].Session)
	}
	require.EqualError(t, WriteNDJSON(io.Discard, slices.Values(xs), Provenance("\xff")), `recording: provenance "\xff" is not UTF-8`)
}

// countingWriter fails at the n-th call.
type countingWriter struct{ n int }

var errFull = errors.New("full")

func (w *countingWriter) Write(b []byte) (int, error) {
	if w.n--; w.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	xs := slices.Values([]Exchange{{URL: "/1"}, {URL: "/2"}})
	for n := range 3 {
		require.ErrorIs(t, WriteNDJSON(&countingWriter{n}, xs), errFull)
	}
	require.NoError(t, WriteNDJSON(&countingWriter{3}, xs), "one call each")
	for n := range 2 {
		require.ErrorIs(t, WriteHTTP(&countingWriter{n}, xs), errFull)
	}
	require.NoError(t, WriteHTTP(&countingWriter{2}, xs), "one call each")
}

// TestWriteHTTPForOthers lets net/http read what WriteHTTP writes.
func TestWriteHTTPForOthers(t *testing.T) {
	chunked := http.Header{"Transfer-Encoding": {"chunked"}, "A": {"b", "c"}}
	for _, x := range []Exchange{
		{Method: "POST", URL: "https://h/x?y", Request: Message{Body: []byte("abc")}, Status: 201, Response: Message{Body: []byte(`{"a": 1}`)}},
		{URL: "https://h/x", Request: Message{Header: chunked.Clone(), Body: []byte("abc")}, Status: 404, Response: Message{Header: chunked, Body: []byte("x\n")}},
		{Method: "HEAD", URL: "https://h/x", Status: 200, Response: Message{Header: http.Header{"Content-Length": {"7"}}}},
		{Method: "DELETE", URL: "https://h/x", Status: 204},
	} {
		r := bufio.NewReader(strings.NewReader(written(WriteHTTP, []Exchange{x})))
		request, err := http.ReadRequest(r)
		require.NoError(t, err)
		require.Equal(t, x.URL, request.URL.String())
		requestBody, err := io.ReadAll(request.Body)
		require.NoError(t, err)
		require.Equal(t, string(x.Request.Body), string(requestBody))
		if len(requestBody) > 0 && request.TransferEncoding == nil {
			_, err := r.ReadString('\n')
			require.NoError(t, err)
		}
		response, err := http.ReadResponse(r, request)
		require.NoError(t, err)
		require.Equal(t, x.Status, response.StatusCode)
		responseBody, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, string(x.Response.Body), string(responseBody))
		require.Equal(t, x.Response.Header["A"], response.Header["A"])
	}
}
