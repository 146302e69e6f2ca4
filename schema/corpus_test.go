package schema

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// corpus opens an archive of the corpus of real pages, which GRAPHCONTRACT_CORPUS names and CI always has.
func corpus(tb testing.TB, name string) fs.FS {
	tb.Helper()
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir == "" {
		tb.Skip("GRAPHCONTRACT_CORPUS does not name the corpus of real pages")
	}
	z, err := zip.OpenReader(filepath.Join(dir, name))
	require.NoError(tb, err)
	tb.Cleanup(func() { z.Close() })
	return z
}

// TestCorpus loads every real page and compiles the schema of every type on them. v5 holds each against the meta-schema of
// draft 2020-12 as it compiles it; of every twentieth that is done with the published schema, too.
func TestCorpus(t *testing.T) {
	for _, name := range []string{"graph-docs-v1.0.zip", "graph-stubs.zip"} {
		t.Run(name, func(t *testing.T) {
			pages := corpus(t, name)
			c, err := LoadPages(context.Background(), pages)
			require.NoError(t, err)
			blocks := 0
			eachPage(t, pages, func(p *docpage.Page) {
				for _, f := range resourceFences(p) {
					blocks++
					_, err := c.Schema(annotatedType(f.Annotation), Strict, Entity)
					require.NoError(t, err, "%s:%d", p.File, f.AnnotationLine)
				}
			})
			types := 0
			for r := range c.Resources() {
				types++
				s, err := c.Schema(r.Name, Strict, Entity)
				require.NoError(t, err)
				_, err = s.judge.compile()
				require.NoError(t, err, "%s", r.Name)
				if types%20 == 0 {
					requirePlainV5(t, s)
				}
			}
			operations := 0
			for range c.Operations() {
				operations++
			}
			t.Logf("%s: %d blocks, %d types with a compiled schema, %d operations, %d problems", name, blocks, types, operations, len(c.Problems()))
			require.Greater(t, blocks, 700)
		})
	}
}

func eachPage(t *testing.T, pages fs.FS, f func(*docpage.Page)) {
	require.NoError(t, fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			return nil
		}
		src, err := fs.ReadFile(pages, name)
		require.NoError(t, err)
		f(docpage.Parse(name, src))
		return nil
	}))
}

// TestCorpusRows follows every row of a table about properties or relationships: it is a property, a category such as
// **Onboarding**, or a problem names its line or its table's.
func TestCorpusRows(t *testing.T) {
	for _, name := range []string{"graph-docs-v1.0.zip", "graph-stubs.zip"} {
		pages := corpus(t, name)
		c, err := LoadPages(context.Background(), pages)
		require.NoError(t, err)
		known := map[rowKey]bool{}
		for r := range c.Resources() {
			for i := range r.Properties {
				known[rowOf(&r.Properties[i])] = true
			}
		}
		for _, p := range c.Problems() {
			known[rowKey{p.Page, p.Line}] = true
		}
		rows, properties := 0, 0
		eachPage(t, pages, func(p *docpage.Page) {
			heading := ""
			for _, b := range p.Blocks {
				if h, ok := b.(docpage.Heading); ok {
					heading = strings.ToLower(h.Text)
				}
				table, ok := b.(docpage.Table)
				if !ok || len(resourceFences(p)) == 0 || !strings.Contains(heading, "properties") && !strings.Contains(heading, "relationships") {
					continue
				}
				for _, row := range table.Rows {
					rows++
					if known[rowKey{p.File, row.Line}] {
						properties++
						continue
					}
					isCategory := !slices.ContainsFunc(row.Cells[1:], func(cell string) bool { return cell != "" }) && strings.HasPrefix(row.Cells[0], "**")
					require.True(t, isCategory || known[rowKey{p.File, table.Line}] || elsewhere(c, p, row), "%s:%d: the row %q is nowhere", p.File, row.Line, row.Cells)
				}
			}
		})
		t.Logf("%s: %d rows, %d are properties or problems of their own", name, rows, properties)
	}
}

// elsewhere says whether another page about a page's type, which counts, has a row for the property.
func elsewhere(c *Catalog, p *docpage.Page, row docpage.Row) bool {
	for _, f := range resourceFences(p) {
		if r := c.byName[annotatedType(f.Annotation)]; r != nil && r.Page != p.File && r.property(memberName(row.Cells[0])) != nil {
			return true
		}
	}
	return false
}

// TestCorpusSeed judges with the page this project began with, alone, and with its published twin.
func TestCorpusSeed(t *testing.T) {
	stubs, docs := corpus(t, "graph-stubs.zip"), corpus(t, "graph-docs-v1.0.zip")
	one := func(source fs.FS, name string) *Catalog {
		src, err := fs.ReadFile(source, name)
		require.NoError(t, err)
		c, err := LoadPages(context.Background(), fstest.MapFS{"connectionoperation.md": {Data: src}})
		require.NoError(t, err)
		return c
	}
	for what, c := range map[string]*Catalog{
		"seed": one(stubs, "resources/connectionoperation.md"), "twin": one(docs, "beta/resources/connectionoperation.md"),
	} {
		s, err := c.Schema("connectionOperation", Strict, Entity)
		require.NoError(t, err, what)
		require.Empty(t, s.Findings([]byte(`{"id":"3","status":"failed","error":{"message":"Server error, something went wrong"}}`)), what)
		require.Equal(t, []string{"error enum /status 1:20"}, brief(s.Findings([]byte(`{"id":"3","status":"succeeded"}`))), what)
		require.Equal(t, []string{"error required  1:1"}, brief(s.Findings([]byte(`{"status":null}`))), what)
	}
}

// TestCorpusResponse reads the documented response of Get connectionOperation and judges it in every mode.
func TestCorpusResponse(t *testing.T) {
	docs := corpus(t, "graph-docs-v1.0.zip")
	beta, err := fs.Sub(docs, "beta")
	require.NoError(t, err)
	c, err := LoadPages(context.Background(), beta)
	require.NoError(t, err)
	src, err := fs.ReadFile(beta, "api/connectionoperation-get.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(src), "Content-type: application/json")
	require.True(t, ok)
	body, _, _ := strings.Cut(rest, "```")
	for _, m := range []Mode{Strict, Tolerant, {Presence: Partial}, {Evolution: Open}} {
		s, err := c.Schema("connectionOperation", m, Entity)
		require.NoError(t, err)
		require.Empty(t, s.Findings([]byte(body)), m.String())
	}
}

// placeholder marks examples that hold words for values. They are no traffic.
var placeholder = regexp.MustCompile(`-value"|"[Ss]tring[" ]`)

// TestCorpusRecorded judges the example responses of the documentation's API pages, tolerantly and without asking for keys,
// which examples leave out. What is left is the pages' own contradictions; more would be a false alarm of ours.
func TestCorpusRecorded(t *testing.T) {
	c, err := LoadPages(context.Background(), corpus(t, "graph-docs-v1.0.zip"))
	require.NoError(t, err)
	f, err := corpus(t, "recorded-v1.0.zip").Open("recorded-v1.0.jsonl")
	require.NoError(t, err)
	defer f.Close()
	d := json.NewDecoder(f)
	shapes := map[string]Shape{"object": Entity, "list": Collection}
	judged, faults := 0, []string{}
	for d.More() {
		var x struct {
			Page, Type, Shape string
			Body              json.RawMessage
		}
		require.NoError(t, d.Decode(&x))
		shape, known := shapes[x.Shape]
		s, err := c.Schema(x.Type, Tolerant, shape)
		if err != nil || !known || placeholder.Match(x.Body) {
			continue
		}
		judged++
		for _, found := range s.Findings(x.Body) {
			if found.Severity == Error && found.Rule != "required" {
				faults = append(faults, x.Page+": "+found.Error())
			}
		}
	}
	t.Logf("%d recorded examples judged, %d contradictions:\n%s", judged, len(faults), strings.Join(faults, "\n"))
	require.Greater(t, judged, 600)
	require.LessOrEqual(t, len(faults), 7, "application.addIns twice, dates four times, an empty key once")
}
