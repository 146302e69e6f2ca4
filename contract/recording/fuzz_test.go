package recording

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

func seeds(f *testing.F) (recordings [][]byte) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		for _, part := range txtar.Parse(data).Files {
			if part.Name != "exchanges" {
				recordings = append(recordings, bytes.ReplaceAll(part.Data, []byte("␍\n"), []byte("\r\n")))
			}
		}
	}
	require.NotEmpty(f, recordings)
	return recordings
}

// FuzzRead states the laws of reading any file: it ends; the arrival of the bytes does not matter; every place is
// right; what was read from NDJSON or from a page can be written as NDJSON and read again, and what was read from
// HTTP messages likewise.
func FuzzRead(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	f.Add([]byte("---\n```\nPOST /x\n\n \xa90"))
	f.Add([]byte("---\r  ```http\r  POST /x\r\n\r\n  {\r  'a':1,\r\n \"b\xff\":“\n”...\n```\n~~~\nHTTP 200\n[/*\r\n*/,]\n"))
	f.Add([]byte("---\n```\nPOST /x\nA: b\n\n\u00a0\n\r\nC: d\n\u00a0\n\n{{'a' 1\nE: f\n\ng: h\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		xs, err := readAll(data, "in")
		again, errAgain := collect(Read(iotest.HalfReader(bytes.NewReader(data)), "in"))
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(errAgain))
		require.Equal(t, xs, again)
		for i := range xs {
			require.Equal(t, i+1, xs[i].Source.Record)
			checkPlaces(t, data, &xs[i])
			src := xs[i].Source
			line, _ := placeIn(data, int(src.Offset), false)
			require.Equal(t, line, src.Line)
			require.LessOrEqual(t, len(xs[i].Request.Body)+len(xs[i].Response.Body), 4*len(data))
		}
		if err != nil {
			require.ErrorContains(t, err, "recording: in:")
		}
		if len(xs) == 0 {
			return
		}
		write, want := WriteHTTP, slices.Clone(xs)
		switch {
		case xs[0].Hint != nil:
			write = WriteNDJSON
			for i := range want {
				want[i] = asNDJSON(want[i])
				require.True(t, want[i].Method == "" && want[i].URL == "" || isToken(want[i].Method) && want[i].URL != "")
			}
		case opensObject(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")):
			write = WriteNDJSON
		default:
			for i := range want {
				want[i] = asHTTP(want[i])
			}
		}
		var b bytes.Buffer
		require.NoError(t, write(&b, slices.Values(xs)))
		got, err := readAll(b.Bytes(), "out")
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

// FuzzNDJSON states that what WriteNDJSON accepts, Read gives back.
func FuzzNDJSON(f *testing.F) { fuzzWrite(f, WriteNDJSON, asNDJSON) }

// FuzzHTTP states that what WriteHTTP accepts, Read gives back, but for what it says it changes.
func FuzzHTTP(f *testing.F) { fuzzWrite(f, WriteHTTP, asHTTP) }

func fuzzWrite(f *testing.F, write writeFunc, as func(Exchange) Exchange) {
	for _, data := range seeds(f) {
		xs, _ := readAll(data, "in")
		for _, x := range xs {
			name, value := "", ""
			for k, v := range x.Response.Header {
				name, value = k, v[0]
			}
			f.Add(x.Session, x.Time.Unix(), x.Method, x.URL, name, value, x.Request.Body, x.Status, x.Response.Body, byte(len(data)))
		}
	}
	f.Fuzz(func(t *testing.T, session string, seconds int64, method, url, name, value string, request []byte, status int, response []byte, with byte) {
		x := Exchange{Session: session, Time: time.Unix(seconds, seconds%1e9).In(time.FixedZone("", int(seconds%50000))), Method: method, URL: url, Status: status}
		x.Request = Message{Header: http.Header{name: {value}}, Body: request}
		x.Response = Message{Header: http.Header{strings.ToUpper(name): {value, ""}, name: {method}, "None": nil}, Body: response}
		y := Exchange{Session: value, URL: url, Request: Message{Header: http.Header{"Host": {name}}}, Status: status, Response: Message{Body: request}}
		for i, change := range []func(){
			func() { x.Request.Header = nil },
			func() { x.Response.Header = http.Header{"transfer-encoding": {"chunked"}} },
			func() { x.Status, x.Response = 0, Message{} },
			func() { x.URL, x.Method, x.Request = "", "", Message{} },
			func() { x.Time = time.Time{} },
			func() { y.Session, y.Request.Header = session, nil },
			func() { y.URL, y.Request = "", Message{} },
		} {
			if with&(1<<i) != 0 {
				change()
			}
		}
		var b bytes.Buffer
		err := write(&b, slices.Values([]Exchange{x, y, x}), Provenance(value))
		if b.Len() == 0 {
			require.Error(t, err)
			return
		}
		got, rerr := readAll(b.Bytes(), "in")
		if err == nil {
			require.NoError(t, rerr)
			require.Len(t, got, 3)
		} else if rerr != nil {
			require.ErrorContains(t, rerr, "empty recording", "what was written before the error is a recording")
		}
		want := []Exchange{as(x), as(y), as(x)}[:len(got)]
		requireSame(t, want, got)
		for i := range got {
			checkPlaces(t, b.Bytes(), &got[i])
		}
		var second bytes.Buffer
		require.NoError(t, write(&second, slices.Values(got)))
		third, rerr := readAll(second.Bytes(), "in")
		if len(got) > 0 {
			require.NoError(t, rerr)
		}
		requireSame(t, got, third)
	})
}

// asNDJSON is what the format keeps of an exchange.
func asNDJSON(x Exchange) Exchange {
	if x.Time = x.Time.UTC(); x.Time.IsZero() {
		x.Time = time.Time{}
	}
	message := func(m Message) Message {
		var h http.Header
		for _, name := range fieldNames(m.Header) {
			if h == nil {
				h = http.Header{}
			}
			key := http.CanonicalHeaderKey(name)
			h[key] = append(h[key], m.Header[name]...)
		}
		if len(m.Body) == 0 {
			m.Body = nil
		}
		return Message{Header: h, Body: m.Body}
	}
	x.Request, x.Response = message(x.Request), message(x.Response)
	return x
}

// asHTTP is what the format keeps of an exchange.
func asHTTP(x Exchange) Exchange {
	x = asNDJSON(x)
	if x.URL != "" && x.Method == "" {
		x.Method = "GET"
	}
	message := func(m *Message) {
		if te := m.Header["Transfer-Encoding"]; slices.ContainsFunc(te, func(s string) bool { return strings.Contains(strings.ToLower(s), "chunked") }) {
			return
		}
		if n, err := contentLength(m.Header); err == nil && n == int64(len(m.Body)) || m.Header["Content-Length"] == nil && len(m.Body) == 0 {
			return
		}
		if m.Header = m.Header.Clone(); m.Header == nil {
			m.Header = http.Header{}
		}
		m.Header["Content-Length"] = []string{fmt.Sprint(len(m.Body))}
	}
	message(&x.Request)
	if hasBody(x.Method, x.Status) {
		message(&x.Response)
	}
	return x
}

func requireSame(t testing.TB, want, got []Exchange) {
	t.Helper()
	require.Len(t, got, len(want))
	plain := func(x Exchange) Exchange {
		x.Source, x.Hint, x.Request.origin, x.Response.origin = Source{}, nil, nil, nil
		return x
	}
	for i := range want {
		require.Equal(t, plain(want[i]), plain(got[i]))
	}
}
