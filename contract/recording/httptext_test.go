package recording

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHTTPErrors(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\n"
	tests := []struct{ name, reason, in, want string }{
		{"length too small", "the line is where the rest is", ok + "Content-Length: 3\n\nabcde\n", `4: "de" is neither a start line nor a comment; the Content-Length 3 of the response in line 1 does not fit`},
		{"length too small, lines", "the same", ok + "Content-Length: 3\n\nabc\n\ndef\n", `6: "def" is neither a start line nor a comment; the Content-Length 3 of the response in line 1 does not fit`},
		{"length too large", "the body ate a part of the next message", "POST /x HTTP/1.1\nContent-Length: 9\n\nabc\n\nHTTP/1.1 200 OK\n\n", `6: "/1.1 200 OK" is neither a start line nor a comment; the Content-Length 9 of the request in line 1 does not fit`},
		{"length word", "no guess", ok + "Content-Length: many\n\n", `1: Content-Length "many" is not a number`},
		{"negative", "no guess", ok + "Content-Length: -1\n\n", `1: Content-Length "-1" is not a number`},
		{"two lengths", "request smuggling", ok + "Content-Length: 1\nContent-Length: 2\n\n", `1: Content-Length is both 1 and 2`},
		{"coding", "decoding would need it", ok + "Transfer-Encoding: gzip, chunked\n\n", `1: transfer coding "gzip, chunked" is not supported, only chunked`},
		{"decoded body", "curl -i", ok + "Transfer-Encoding: chunked\n\n{\"a\":1}\n", `4: "{\"a\":1}" is no chunk size in the body of the response in line 1; if the body is not chunked any more, remove Transfer-Encoding`},
		{"empty chunk size", "no size", ok + "Transfer-Encoding: chunked\n\n\n", `4: "" is no chunk size in the body of the response in line 1; if the body is not chunked any more, remove Transfer-Encoding`},
		{"chunk too small", "the line is where the rest is", ok + "Transfer-Encoding: chunked\n\n2\nab\n1\nabc\n0\n\n", `7: "bc" follows a chunk of 1 bytes in the body of the response in line 1; the chunk size does not fit`},
		{"trailer", "no field", ok + "Transfer-Encoding: chunked\n\n0\nbad\n\n", `5: "bad" is no trailer line; the last chunk of the response in line 1 ends before it`},
		{"after chunks", "nothing but messages", ok + "Transfer-Encoding: chunked\n\n0\n\nbad\n", `6: "bad" is neither a start line nor a comment; the last chunk of the response in line 1 ends before it`},
		{"no empty line", "the body in the header", ok + "A: b\n{\"a\": 1}\n", `3: "{\"a\": 1}" is no header line; an empty line ends the header`},
		{"start line in header", "no empty line", "GET / HTTP/1.1\nHTTP/1.1 200 OK\n", `2: "HTTP/1.1 200 OK" is no header line; an empty line ends the header`},
		{"space in name", "RFC 9112 §5.1", ok + "A : b\n\n", `2: "A : b" is no header line; an empty line ends the header`},
		{"folded start", "nothing to fold", ok + " A: b\n\n", `2: white space before the first header line`},
		{"control character", "RFC 9110 §5.5", ok + "A: b\nC: a\x00b\nD: e\n\n", `3: control character in header C`},
		{"body of GET", "no framing, no type", "GET / HTTP/1.1\n\n{}\n", `3: "{}" is neither a start line nor a comment; the request in line 1 has neither Content-Type, Content-Length nor Transfer-Encoding, so it has no body`},
		{"body of 204", "it has none", "HTTP/1.1 204 No Content\n\n{}\n", `3: "{}" is neither a start line nor a comment; the response in line 1 has no body`},
		{"body of HEAD", "it has none", "HEAD / HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\n{}\n", `6: "{}" is neither a start line nor a comment; the response in line 3 has no body`},
		{"host", "no URL", "GET / HTTP/1.1\nHost: a b\n\n", `1: Host "a b" is no host name`},
		{"time", "order rests on it", "# time: noon\nGET / HTTP/1.1\n\n", `1: time "noon" is no RFC 3339 time; such as 2026-11-24T05:52:35Z`},
		{"time after a body", "the line is right there too", ok + "\na\n\n# b\n# time: noon\n" + ok, `6: time "noon" is no RFC 3339 time; such as 2026-11-24T05:52:35Z`},
		{"scheme", "two are known", "# scheme: ftp\nGET / HTTP/1.1\n\n", `1: scheme "ftp" is neither http nor https`},
		{"session", "it could not be written", "### session: a\x01b\nGET / HTTP/1.1\n\n", `1: session name "a\x01b" has control characters`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll([]byte(test.in), "in.http")
			require.EqualError(t, err, "recording: in.http:"+test.want, test.reason)
			_, err = readAll([]byte("HTTP/1.1 202 Accepted\n\n###\n"+test.in), "in.http")
			require.Error(t, err, "nor is it right after a message")
		})
	}
}

func TestHTTPStartLines(t *testing.T) {
	for line, want := range map[string]string{
		"GET / HTTP/1.1":           "GET / 0",
		"GET / HTTP/1.1\r\n":       "GET / 0",
		"GET / HTTP/1.0\n":         "GET / 0",
		"get * HTTP/2 \n":          "get * 0",
		"CONNECT h:443 HTTP/1.1\n": "CONNECT h:443 0",
		"HTTP/1.1 200 OK":          "  200",
		"HTTP/1.1 200":             "  200",
		"HTTP/2 200 \r\n":          "  200",
		"HTTP/3 999 No such thing": "  999",
		"GET /":                    "",
		"GET  / HTTP/1.1":          "",
		"GET /a b HTTP/1.1":        "",
		"GET /\tb HTTP/1.1":        "",
		"G{T / HTTP/1.1":           "",
		" GET / HTTP/1.1":          "",
		"GET / HTTP/1":             "GET / 0",
		"GET / HTTP/1.":            "",
		"GET / HTTP/x":             "",
		"GET / HTTP/1.1.1":         "",
		"HTTP/1.1 20 OK":           "",
		"HTTP/1.1 2000 OK":         "",
		"HTTP/1.1 099 OK":          "",
		"HTTP/1.1 2O0 OK":          "",
		"HTTP/1.1":                 "",
		"HTTP/ 200 OK":             "",
		"":                         "",
	} {
		s, ok := parseStart([]byte(line))
		require.Equal(t, want != "", ok, "%q", line)
		if ok {
			require.Equal(t, want, fmt.Sprint(s.method, " ", s.target, " ", s.status), "%q", line)
		}
	}
}

func TestHTTPHeaderEndsFile(t *testing.T) {
	for _, in := range []string{"GET /x HTTP/1.1", "GET /x HTTP/1.1\n", "GET /x HTTP/1.1\nA: b", "GET /x HTTP/1.1\nA: b\n", "GET /x HTTP/1.1\n\n"} {
		xs, err := readAll([]byte(in), "in")
		require.NoError(t, err, "%q", in)
		require.Len(t, xs, 1)
		require.Equal(t, "/x", xs[0].URL)
		checkPlaces(t, []byte(in), &xs[0])
	}
}

func TestHTTPURL(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"absolute", "GET https://h/x HTTP/1.1\nHost: other\n\n", "https://h/x"},
		{"path", "GET /x?y HTTP/1.1\n\n", "/x?y"},
		{"host", "GET /x?y HTTP/1.1\nHost: h:80\n\n", "http://h:80/x?y"},
		{"empty host", "GET /x HTTP/1.1\nHost:\n\n", "/x"},
		{"scheme", "# Scheme : https\nGET /x HTTP/1.1\nHost: h\n\n", "https://h/x"},
		{"asterisk", "OPTIONS * HTTP/1.1\nHost: h\n\n", "*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			xs, err := readAll([]byte(test.in), "in")
			require.NoError(t, err)
			require.Equal(t, test.want, xs[0].URL)
		})
	}
}

func TestHTTPFraming(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: identity, chunked\n\n"
	tests := []struct {
		name, reason, in string
		bodies           []string
	}{
		{"cut after the header", "the connection was lost", chunked, []string{""}},
		{"cut in a chunk size", "the connection was lost", chunked + "1\na\n1", []string{"a"}},
		{"cut in a chunk", "the connection was lost", chunked + "1\na\n5\nbc", []string{"abc"}},
		{"cut after a chunk", "the connection was lost", chunked + "1\na", []string{"a"}},
		{"cut before the last line", "the connection was lost", chunked + "1\na\n0\n", []string{"a"}},
		{"start line for a trailer", "the last empty line is often forgotten", chunked + "1\na\n0\nHTTP/1.1 200 OK\n\nb", []string{"a", "b"}},
		{"comment for a trailer", "the same", chunked + "1\na\n0\n###\nHTTP/1.1 200 OK\n\nb", []string{"a", "b"}},
		{"both framings", "RFC 9112 §6.3: chunked wins", "HTTP/1.1 200 OK\nContent-Length: x\nTransfer-Encoding: chunked\n\n1\na\n0\n\n", []string{"a"}},
		{"repeated length", "RFC 9110 §8.6", "HTTP/1.1 200 OK\nContent-Length: 1, 1\nContent-Length: 01\n\na", []string{"a"}},
		{"CONNECT", "a tunnel, not a body", "CONNECT h:443 HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 9\n\nHTTP/1.1 200 OK\n\na", []string{"", "a"}},
		{"switching protocols", "the conversation goes on elsewhere", "GET / HTTP/1.1\n\nHTTP/1.1 101 Switching Protocols\n\n###", []string{""}},
		{"interim before the body is asked for", "they are skipped", "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\n\na", []string{"a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			xs, err := readAll([]byte(test.in), "in")
			require.NoError(t, err, test.reason)
			var bodies []string
			for _, x := range xs {
				bodies = append(bodies, string(x.Response.Body))
				checkPlaces(t, []byte(test.in), &x)
			}
			require.Equal(t, test.bodies, bodies, test.reason)
		})
	}
}
