package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestPageByName(t *testing.T) {
	const (
		fence   = "```http\nGET /kettles\n```\n"
		example = "<!-- { \"blockType\": \"request\" } -->\n" + fence
		none    = "a documentation page without an example"
		noPage  = none + ": no API page, since it has neither front matter nor an annotated request or response"
	)
	tests := []struct{ name, reason, file, in, want string }{
		{"without front matter", "an annotation says it", "kettle-list.md", "# Kettles\n\n" + example, ""},
		{"front matter", "as most pages have it", "kettle-list.md", "\n---\ntitle: x\n---\n" + fence, ""},
		{"in capitals", "as some systems have it", "KETTLE.MD", example, ""},
		{"byte order mark", "skipped", "kettle.md", "\ufeff" + example, ""},
		{"pasted traffic", "a README is no page", "README.md", "# Kettles\n\n" + fence, "recording: README.md:1: " + noPage},
		{"other annotation", "a resource page shows no messages", "kettle.md", "<!-- { \"blockType\": \"resource\" } -->\n" + fence, "recording: kettle.md:1: " + noPage},
		{"front matter without an example", "the sentinel", "kettle.md", "---\n---\n# Kettles\n", "recording: kettle.md:1: " + none},
		{"without anything", "the sentinel", "kettle.md", "# Kettles\n", "recording: kettle.md:1: " + noPage},
		{"JSON", "the name goes before the content", "kettle.md", `{"request":{"url":"/x"}}`, "recording: kettle.md:1: " + noPage},
		{"empty", "as any recording", "kettle.md", "\n", "recording: kettle.md:2: empty recording"},
		{"gzip", "no text at all", "kettle.md", "\x1f\x8b\x08", "recording: kettle.md:1: neither NDJSON nor HTTP/1.1 messages: compressed by gzip; decompress it first (gunzip)"},
		{"other name", "without front matter, text is nothing", "kettle.txt", fence, "recording: kettle.txt:1: neither NDJSON nor HTTP/1.1 messages: found \"```http\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(test.in), iotest.OneByteReader(strings.NewReader(test.in))} {
				xs, err := collect(Read(in, test.file))
				if test.want != "" {
					require.EqualError(t, err, test.want, test.reason)
					require.Empty(t, xs)
					if strings.Contains(test.want, ErrNoExample.Error()) {
						require.ErrorIs(t, err, ErrNoExample)
					}
					continue
				}
				require.NoError(t, err, test.reason)
				require.Len(t, xs, 1)
				require.Equal(t, "/kettles", xs[0].URL)
				require.Equal(t, &Hint{}, xs[0].Hint)
			}
		})
	}
}

func TestPageBound(t *testing.T) {
	page := "---\n---\n```http\nGET /kettles\n```\n"
	full := page + strings.Repeat("x\n", (maxPage-len(page))/2)
	full += strings.Repeat("\n", maxPage-len(full))
	xs, err := readAll([]byte(full), "in")
	require.NoError(t, err)
	require.Len(t, xs, 1)
	xs, err = readAll([]byte(full+"\n"), "in")
	require.EqualError(t, err, "recording: in:1: page longer than 4 MiB")
	require.Empty(t, xs)
	_, err = collect(Read(io.MultiReader(strings.NewReader(page), iotest.ErrReader(io.ErrUnexpectedEOF)), "in"))
	require.EqualError(t, err, "recording: in:6: unexpected EOF")
	_, err = collect(func(yield func(Exchange, error) bool) {
		r := &reader{in: newInput(strings.NewReader(full)), name: "a.md", limit: 3}
		r.read(yield)
	})
	require.EqualError(t, err, "recording: a.md:1: page longer than 3 bytes")
}

func TestPageStops(t *testing.T) {
	page := "---\n---\n" + strings.Repeat("```http\nGET /kettles\n```\n", 3)
	n := 0
	for x, err := range Read(strings.NewReader(page), "in") {
		require.NoError(t, err)
		if n++; n == 2 {
			require.Equal(t, Source{File: "in", Record: 2, Line: 7, Offset: 41}, x.Source)
			break
		}
	}
}

// TestPageOwnsBodies changes one body: no other may share its memory.
func TestPageOwnsBodies(t *testing.T) {
	page := "---\n---\n" + strings.Repeat("```http\nPOST /kettles\n\n{\"a\": 1}\n```\n", 2)
	xs, err := readAll([]byte(page), "in")
	require.NoError(t, err)
	_ = append(xs[0].Request.Body, bytes.Repeat([]byte{'x'}, 100)...)
	clear(xs[0].Request.Body)
	require.Equal(t, `{"a": 1}`, string(xs[1].Request.Body))
	_, _, _, ok := xs[1].Request.Locate(3)
	require.True(t, ok)
}

func TestTypeName(t *testing.T) {
	for in, want := range map[string]struct {
		name string
		many bool
	}{
		"":                                     {"", false},
		"microsoft.graph.kettle":               {"microsoft.graph.kettle", false},
		"#microsoft.graph.kettle":              {"microsoft.graph.kettle", false},
		"Collection(microsoft.graph.kettle)":   {"microsoft.graph.kettle", true},
		"#Collection(microsoft.graph.kettle)":  {"microsoft.graph.kettle", true},
		"collection(#microsoft.graph.kettle )": {"microsoft.graph.kettle", true},
		"Collection(Edm.String)":               {"Edm.String", true},
		"Edm.Stream":                           {"Edm.Stream", false},
		"microsoft.graph.None":                 {"", false},
		"none":                                 {"", false},
		"string":                               {"", false},
		"Collection(string)":                   {"", true},
	} {
		name, many := typeName(in)
		require.Equal(t, want.name, name, in)
		require.Equal(t, want.many, many, in)
	}
}

func TestLocateOnPage(t *testing.T) {
	tests := []struct {
		name, reason string
		body         string // in a fence, with its start line in line 6
		find         string // in the body
		line, column int
		file         string // what the page has there; "" for not ok
	}{
		{"plain", "as the page has it", "{\n  \"é\": 71\n}", "71", 9, 8, "71\n"},
		{"CRLF", "CR belongs to the line it ends", "{\r\n  \"a\": 71\r\n}", "71", 9, 8, "71\r\n"},
		{"behind a trailing comma", "a blank stands for it", "{\"a\": [1,],\n \"b\": 71}", "71", 9, 7, "71}"},
		{"behind a comment", "blanks stand for it", "{ /* é\n */ \"b\": 71}", "71", 9, 10, "71}"},
		{"behind a line break in a string", "lines are the page's", "{\"a\": \"x\ny\", \"b\": 71}", "71", 9, 10, "71}"},
		{"behind curly quotes", "columns are the page's", "{“é”: “x”, \"b\": 71}", "71", 8, 17, "71}"},
		{"a comma that was missing", "the place of the white space", "{\"a\": 1\n\"b\": 71}", ",", 8, 8, "\n"},
		{"behind a bareword", "bytes have moved", "{\"a\": x, \"b\": 71}", "71", 8, 1, ""},
	}
	for _, test := range tests {
		for _, indent := range []string{"", "   ", "\t"} {
			t.Run(fmt.Sprintf("%s, indent %q", test.name, indent), func(t *testing.T) {
				fence := "```http\nPOST /kettles\n\n" + test.body + "\n```\n"
				fence = indent + strings.ReplaceAll(strings.TrimSuffix(fence, "\n"), "\n", "\n"+indent) + "\n"
				page := "---\ntitle: x\n---\n\n" + fence
				xs, err := readAll([]byte(page), "in")
				require.NoError(t, err)
				require.Len(t, xs, 1)
				require.Equal(t, 6, xs[0].Source.Line)
				m := &xs[0].Request
				require.True(t, json.Valid(m.Body), "%q", m.Body)
				p := bytes.Index(m.Body, []byte(test.find))
				require.GreaterOrEqual(t, p, 0, "%q", m.Body)
				line, column, at, ok := m.Locate(p)
				require.Equal(t, fmt.Sprint(test.line, ":", test.column+len(indent)), fmt.Sprint(line, ":", column), test.reason)
				require.Equal(t, test.file != "", ok)
				require.True(t, strings.HasPrefix(page[at:], test.file), "%q", page[at:])
				checkPlaces(t, []byte(page), &xs[0])
			})
		}
	}
}
