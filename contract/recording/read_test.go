package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// TestGolden reads the recording "in" of each archive, shown in full, and writes it in both formats. CR is shown
// as ␍. GRAPHCONTRACT_UPDATE=1 rewrites the archives.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.Equal(t, "in", ar.Files[0].Name)
			in := visible
			data := []byte(strings.ReplaceAll(string(ar.Files[0].Data), "␍\n", "\r\n"))
			xs, rerr := readAll(data, "in")
			for _, x := range xs {
				checkPlaces(t, data, &x)
			}
			got := []txtar.File{ar.Files[0], {Name: "exchanges", Data: []byte(render(xs, rerr))}}
			if len(xs) > 0 {
				got = append(got,
					txtar.File{Name: "ndjson", Data: []byte(in(written(WriteNDJSON, xs)))},
					txtar.File{Name: "http", Data: []byte(in(written(WriteHTTP, xs)))})
			}
			formatted := txtar.Format(&txtar.Archive{Comment: ar.Comment, Files: got})
			if os.Getenv("GRAPHCONTRACT_UPDATE") != "" {
				require.NoError(t, os.WriteFile(file, formatted, 0o644))
			}
			require.Equal(t, string(txtar.Format(ar)), string(formatted), "GRAPHCONTRACT_UPDATE=1 rewrites it")
		})
	}
}

// visible shows CR before LF, and what would make an archive a binary file.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case strings.HasPrefix(s, "\r\n"):
			b.WriteString("␍")
		case r == utf8.RuneError, r < ' ' && r != '\n' && r != '\t':
			fmt.Fprintf(&b, "␛%x", s[:n])
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

type writeFunc = func(io.Writer, iter.Seq[Exchange], ...WriteOption) error

func written(write writeFunc, xs []Exchange, opts ...WriteOption) string {
	var b strings.Builder
	if err := write(&b, slices.Values(xs), opts...); err != nil {
		fmt.Fprintln(&b, "error:", err)
	}
	return b.String()
}

func readAll(data []byte, name string) ([]Exchange, error) {
	return collect(Read(bytes.NewReader(data), name))
}

func collect(seq iter.Seq2[Exchange, error]) (xs []Exchange, last error) {
	for x, err := range seq {
		if last != nil {
			panic("an element after the error")
		}
		if last = err; err == nil {
			xs = append(xs, x)
		}
	}
	return xs, last
}

func readLimited(data string, limit int64) (xs []Exchange, last error) {
	return collect(func(yield func(Exchange, error) bool) {
		r := &reader{in: newInput(strings.NewReader(data)), name: "in", limit: limit}
		r.read(yield)
	})
}

func TestDetection(t *testing.T) {
	const neither = "recording: x.bin:1: neither NDJSON nor HTTP/1.1 messages: "
	tests := []struct{ name, reason, in, want string }{
		{"empty", "nothing must not pass for clean", "", "recording: x.bin:1: empty recording"},
		{"blank", "the same", " \r\n\n\t", "recording: x.bin:3: empty recording"},
		{"byte order mark", "the same", "\ufeff", "recording: x.bin:1: empty recording"},
		{"comments", "the same", "# a\n### b\n", "recording: x.bin:3: empty recording: only comments"},
		{"gzip", "by its magic number", "\x1f\x8b\x08\x00abc", neither + "compressed by gzip; decompress it first (gunzip)"},
		{"zip", "by its magic number", "PK\x03\x04abc", neither + "a ZIP archive; unpack it first"},
		{"UTF-16 LE", "by its byte order mark", "\xff\xfe{\x00", neither + "UTF-16 text; save it as UTF-8"},
		{"UTF-16 BE", "by its byte order mark", "\xfe\xff\x00{", neither + "UTF-16 text; save it as UTF-8"},
		{"UTF-16 LE, no mark", "by its zeros", "{\x00\"\x00", neither + "UTF-16 text; save it as UTF-8"},
		{"UTF-16 BE, no mark", "by its zeros", "\x00{\x00\"", neither + "UTF-16 text; save it as UTF-8"},
		{"HAR", "one line", `{"log":{"version":"1.2"}}`, neither + "a HAR file, which cannot be read yet"},
		{"HAR, indented", "many lines", "{\n  \"log\": {\n", neither + "a HAR file, which cannot be read yet"},
		{"HAR, CRLF and BOM", "as a browser saves it", "\ufeff{\r\n  \"log\": {\r\n", neither + "a HAR file, which cannot be read yet"},
		{"cassette", "go-vcr", "---\nversion: 2\ninteractions:\n", neither + "a YAML cassette, which cannot be read yet"},
		{"page", "by its front matter", "\n---\ntitle: x\n---\n\n# X\n", "recording: x.bin:2: a documentation page without an example"},
		{"page, cut", "by its first line", "---", "recording: x.bin:1: a documentation page without an example"},
		{"HTML", "whatever its case", "<!DOCTYPE html>\n<html>", neither + "an HTML page"},
		{"XML", "metadata, say", "<?xml version=\"1.0\"?>", neither + "an XML document"},
		{"document", "one line", `{"id":"1","status":"completed"}`, neither + bareDocument},
		{"document, indented", "many lines", "{\n\t\"@odata.context\": \"\"", neither + bareDocument},
		{"array", "no object", `[{"request":{}}]`, neither + bareDocument},
		{"record, indented", "jq's output", "{\n  \"request\": {", neither + "a record that spans lines; each is one line (jq -c . makes it so)"},
		{"request file", "an editor's request format", "POST https://h/x\nA: b\n", neither + "a request line without HTTP/1.1 at its end"},
		{"text", "the line is shown", "hello, world\r\n", neither + `found "hello, world"`},
		{"text after comments", "its line counts", "# a\n\nhello", "recording: x.bin:3: neither NDJSON nor HTTP/1.1 messages: found \"hello\""},
		{"long text", "shortened", strings.Repeat("x", 100), neither + `found "` + strings.Repeat("x", 60) + `"…`},
		{"JSON after a comment", "NDJSON has none", "# a\n{}", "recording: x.bin:2: neither NDJSON nor HTTP/1.1 messages: found \"{}\""},
		{"misspelt", "a record after all", `{"requst":{}}`, `recording: x.bin:1: unknown member "requst" of the record at column 2; did you mean "request"?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			xs, err := readAll([]byte(test.in), "x.bin")
			require.EqualError(t, err, test.want, test.reason)
			require.Empty(t, xs)
			_, err = collect(Read(iotest.OneByteReader(strings.NewReader(test.in)), "x.bin"))
			require.EqualError(t, err, test.want, "however the bytes arrive")
		})
	}
}

// TestReadStreams reads from pipes: an exchange is there before the next one is written.
func TestReadStreams(t *testing.T) {
	for name, record := range map[string]string{
		"ndjson": `{"request":{"url":"/x"},"response":{"status":200,"text":"a"}}` + "\n",
		"http":   "GET /x HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 1\n\na",
	} {
		t.Run(name, func(t *testing.T) {
			in, out := io.Pipe()
			defer in.Close()
			next, stop := iter.Pull2(Read(in, "pipe"))
			defer stop()
			for range 3 {
				go io.WriteString(out, record)
				x, err, ok := next()
				require.True(t, ok)
				require.NoError(t, err)
				require.Equal(t, "a", string(x.Response.Body))
			}
			cause := errors.New("lost")
			out.CloseWithError(cause)
			_, err, ok := next()
			require.True(t, ok)
			require.ErrorIs(t, err, cause)
			require.ErrorContains(t, err, "recording: pipe:")
			_, _, ok = next()
			require.False(t, ok, "the error is the last element")
		})
	}
}

// TestReadError breaks the input after each byte: what is read before stays, the error is passed on.
func TestReadError(t *testing.T) {
	cause := errors.New("broken")
	for _, in := range []string{
		"GET /x HTTP/1.1\nHost: h\n\nHTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\na\n0\nA: b\n\n" +
			"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc\n\nHTTP/1.1 200 OK\n\nbody\n# c\n\n###\n",
		`{"request":{"url":"/x"}}` + "\n\n" + `{"response":{"status":200}}`,
	} {
		whole, err := readAll([]byte(in), "in")
		require.NoError(t, err)
		for n := range len(in) {
			xs, err := collect(Read(io.MultiReader(strings.NewReader(in[:n]), iotest.ErrReader(cause)), "in"))
			require.ErrorIs(t, err, cause)
			require.Less(t, len(xs), len(whole)+1)
			require.Equal(t, render(whole[:len(xs)], nil), render(xs, nil))
		}
	}
}

func TestReadStops(t *testing.T) {
	for _, in := range []string{
		"HTTP/1.1 200 OK\n\nHTTP/1.1 200 OK\n\nbad", "GET / HTTP/1.1\n\nGET / HTTP/1.1\n\nbad",
		`{"response":{"status":200}}` + "\n" + `{"response":{"status":200}}` + "\nbad",
	} {
		n := 0
		for _, err := range Read(strings.NewReader(in), "in") {
			require.NoError(t, err)
			n++
			break
		}
		require.Equal(t, 1, n)
	}
}

func TestReadLimit(t *testing.T) {
	const limit = 100
	long := strings.Repeat("x", limit)
	tests := []struct{ name, in, want string }{
		{"line", `{"response":{"status":200}}` + "\n" + `{"session":"` + long + `"}`, "in:2: line longer than 100 bytes"},
		{"first line", `{"session":"` + long + `"}`, "in:1: line longer than 100 bytes"},
		{"no recording", long + long, "in:1: neither NDJSON nor HTTP/1.1 messages: found"},
		{"header", "HTTP/1.1 200 OK\nA: b\nC: " + long, "in:1: header longer than 100 bytes"},
		{"line of a body", "HTTP/1.1 200 OK\n\nGET /" + long, "in:1: message longer than 100 bytes"},
		{"start line later", "GET /x HTTP/1.1\n\nGET /" + long, "in:3: line longer than 100 bytes; the request in line 1 has neither"},
		{"counted", "HTTP/1.1 200 OK\nContent-Length: 100\n\n" + long, "in:1: message longer than 100 bytes"},
		{"to the end", "HTTP/1.1 200 OK\n\n" + strings.Repeat("x\n", limit), "in:1: message longer than 100 bytes"},
		{"chunk", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nff\n" + long, "in:1: message longer than 100 bytes"},
		{"chunks", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + strings.Repeat("1\nx\n", limit), "in:1: message longer than 100 bytes"},
		{"trailer", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n" + strings.Repeat("a: b\n", limit), "in:1: message longer than 100 bytes"},
		{"chunk size", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1;" + long, "in:1: message longer than 100 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readLimited(test.in, limit)
			require.ErrorContains(t, err, test.want)
		})
	}
	for name, in := range map[string]string{
		"exactly":       "HTTP/1.1 200 OK\nContent-Length: 60\n\n" + strings.Repeat("x", 60) + "\n###\n",
		"lost":          "HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n\nx",
		"lost chunk":    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nfffffffffffffffffffffffff\nx",
		"many messages": strings.Repeat("HTTP/1.1 200 OK\n\n", limit),
		"many comments": strings.Repeat("# comment\n", limit) + "HTTP/1.1 200 OK\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			xs, err := readLimited(in, limit)
			require.NoError(t, err)
			require.NotEmpty(t, xs)
		})
	}
}

// TestReadLong has lines and bodies longer than any buffer.
func TestReadLong(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 100_000)
	xs := []Exchange{
		{URL: "/" + long[:1000], Status: 200, Response: Message{Body: []byte(long)}},
		{URL: "/b", Request: Message{Body: []byte("[" + strings.Repeat("1,", 100_000) + "1]")}, Status: 200},
	}
	for _, write := range []writeFunc{WriteNDJSON, WriteHTTP} {
		got, err := readAll([]byte(written(write, xs)), "in")
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.True(t, bytes.Equal(xs[0].Response.Body, got[0].Response.Body))
		require.True(t, bytes.Equal(xs[1].Request.Body, got[1].Request.Body))
	}
}

func render(xs []Exchange, err error) string {
	var b strings.Builder
	message := func(m *Message) {
		for _, name := range slices.Sorted(maps.Keys(m.Header)) {
			for _, v := range m.Header[name] {
				fmt.Fprintf(&b, "    %s: %q\n", name, v)
			}
		}
		fmt.Fprintf(&b, "    body %q", m.Body)
		line, column, at, ok := m.Locate(0)
		endLine, endColumn, end, _ := m.Locate(len(m.Body))
		switch {
		case ok:
			fmt.Fprintf(&b, " from %d:%d@%d to %d:%d@%d\n", line, column, at, endLine, endColumn, end)
		case line > 0:
			fmt.Fprintf(&b, " near %d:%d@%d\n", line, column, at)
		default:
			fmt.Fprintln(&b, " nowhere")
		}
	}
	for _, x := range xs {
		fmt.Fprintf(&b, "#%d line %d offset %d\n", x.Source.Record, x.Source.Line, x.Source.Offset)
		at := "-"
		if !x.Time.IsZero() {
			at = x.Time.Format(time.RFC3339Nano)
		}
		fmt.Fprintf(&b, "  session %q time %s\n", x.Session, at)
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(x.Method+" "+x.URL))
		message(&x.Request)
		fmt.Fprintf(&b, "  %d\n", x.Status)
		message(&x.Response)
		renderHint(&b, x.Hint)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

func renderHint(b *strings.Builder, h *Hint) {
	if h == nil {
		return
	}
	fmt.Fprintf(b, "  hint: name %q type %q", h.Name, h.Type)
	for _, flag := range []struct {
		name string
		on   bool
	}{{"collection", h.Collection}, {"truncated", h.Truncated}, {"expects an error", h.ExpectError}, {"empty", h.Empty}} {
		if flag.on {
			fmt.Fprintf(b, ", %s", flag.name)
		}
	}
	fmt.Fprintln(b)
	for _, r := range h.RequestRepairs {
		fmt.Fprintf(b, "    request, %s\n", r)
	}
	for _, r := range h.ResponseRepairs {
		fmt.Fprintf(b, "    response, %s\n", r)
	}
}
