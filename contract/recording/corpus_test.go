package recording

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// corpus reads the files of an archive of the corpus by their names. It skips t where GRAPHCONTRACT_CORPUS does not
// say which directory holds the corpus.
func corpus(t testing.TB, archive string) map[string][]byte {
	t.Helper()
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir == "" {
		t.Skip("GRAPHCONTRACT_CORPUS does not name the corpus of real pages")
	}
	r, err := zip.OpenReader(filepath.Join(dir, archive))
	require.NoError(t, err)
	defer r.Close()
	files := map[string][]byte{}
	for _, f := range r.File {
		rc, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(rc)
		require.NoError(t, err)
		require.NoError(t, rc.Close())
	}
	return files
}

// TestCorpusPages reads every page of the corpus. The figures are what it holds; others mean that a page is read in
// another way.
func TestCorpusPages(t *testing.T) {
	figures, statuses, repairs := map[string]int{}, map[int]int{}, map[string]int{}
	count := func(what string, when bool) {
		if when {
			figures[what]++
		}
	}
	for _, archive := range []string{"graph-docs-v1.0.zip", "graph-stubs.zip"} {
		pages := corpus(t, archive)
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			xs, err := readAll(pages[name], name)
			api := path.Base(path.Dir(name)) == "api"
			count("API pages", api)
			count("API pages without example", api && err != nil)
			count("other pages", !api)
			count("other pages with examples", !api && err == nil)
			if err != nil {
				require.ErrorIs(t, err, ErrNoExample)
				require.Empty(t, xs)
			}
			for i := range xs {
				x := &xs[i]
				checkPlaces(t, pages[name], x)
				count("exchanges", true)
				count("requests", x.Method != "")
				count("responses", x.Status != 0)
				count("both", x.Method != "" && x.Status != 0)
				count("typed", x.Hint.Type != "")
				count("collections", x.Hint.Collection)
				count("truncated", x.Hint.Truncated)
				count("expecting an error", x.Hint.ExpectError)
				if x.Status != 0 {
					statuses[x.Status]++
				}
				for _, r := range slices.Concat(x.Hint.RequestRepairs, x.Hint.ResponseRepairs) {
					_, what, _ := strings.Cut(r, ": ")
					what, _, _ = strings.Cut(what, " bareword")
					repairs[what]++
				}
				for what, m := range map[string]*Message{"request bodies": &x.Request, "response bodies": &x.Response} {
					count(what, len(m.Body) > 0)
					count(what+" moved by repairs", len(m.Body) > 0 && m.origin.opaque)
					broken := mayBeJSON(m.Header, m.Body) && !json.Valid(m.Body)
					count(what+" beyond repair", broken)
					if broken {
						line, _, _, _ := m.Locate(0)
						t.Logf("%s:%d: beyond repair", name, line)
					}
				}
			}
		}
	}
	t.Log("responses by status:", statuses)
	t.Log("repairs:", repairs)
	for _, what := range slices.Sorted(maps.Keys(figures)) {
		t.Logf("%5d %s", figures[what], what)
	}
	require.Equal(t, map[string]int{
		"API pages": 1564, "API pages without example": 19, "other pages": 2271, "other pages with examples": 17,
		"exchanges": 1743, "requests": 1737, "responses": 1670, "both": 1664,
		"typed": 764, "collections": 229, "truncated": 885, "expecting an error": 1,
		"request bodies": 674, "request bodies moved by repairs": 2,
		"response bodies": 1230, "response bodies beyond repair": 3, "response bodies moved by repairs": 1,
	}, figures)
}

// elsewhere are the records that no exchange holds, by page, and why.
var elsewhere = map[string]string{
	"v1.0/api/opentypeextension-get.md":                    "an ignored example",
	"v1.0/api/opentypeextension-update.md":                 "two ignored examples",
	"v1.0/api/projectrome-get-activities.md":               "an ignored example",
	"v1.0/api/opentypeextension-post-opentypeextension.md": "line breaks stand within strings with escapes, and the record has garbled names behind them",
}

// TestCorpusRecorded compares with an extraction of the same pages' responses that others made with other code.
func TestCorpusRecorded(t *testing.T) {
	pages := corpus(t, "graph-docs-v1.0.zip")
	left := map[string][]Exchange{}
	missing, differences := 0, map[string]int{}
	records := json.NewDecoder(bytes.NewReader(corpus(t, "recorded-v1.0.zip")["recorded-v1.0.jsonl"]))
	n := 0
	for ; ; n++ {
		var r struct {
			Src, Page, Type string
			Status          int
			IsCollection    bool
			Truncated       any
			Body            any
		}
		err := records.Decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		xs, ok := left[r.Page]
		if !ok {
			require.Contains(t, pages, r.Page)
			xs, _ = readAll(pages[r.Page], r.Page)
		}
		want := withoutBreaks(t, r.Body)
		i := slices.IndexFunc(xs, func(x Exchange) bool {
			var v any
			return x.Status == r.Status && json.Unmarshal(x.Response.Body, &v) == nil && withoutBreaks(t, v) == want
		})
		if i < 0 {
			missing++
			require.Contains(t, elsewhere, r.Page, "no response %d %.200s", r.Status, want)
			t.Logf("%s, status %d: no exchange for a record: %s", r.Page, r.Status, elsewhere[r.Page])
			continue
		}
		if h := xs[i].Hint; r.Src == "annotated" {
			for what, differs := range map[string]bool{
				"type": h.Type != r.Type, "collection": h.Collection != r.IsCollection, "truncated": h.Truncated != truth(r.Truncated),
			} {
				if differs {
					differences[what]++
					t.Logf("%s: %s of %+v, not %+v", r.Page, what, *h, r)
				}
			}
		}
		left[r.Page] = slices.Delete(slices.Clone(xs), i, i+1)
	}
	t.Logf("%d records, %d not found, hints that differ: %v", n, missing, differences)
	require.Equal(t, 1163, n)
	require.Equal(t, 5, missing)
	require.Empty(t, differences)
}

// withoutBreaks is v as JSON with spaces for the line breaks in strings, as a repair makes them.
func withoutBreaks(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), `\n`, " ")
}
