package schema

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
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

// TestCorpus loads every real page and compiles the schema of every type on them.
func TestCorpus(t *testing.T) {
	for _, name := range []string{"graph-docs-v1.0.zip", "graph-stubs.zip"} {
		t.Run(name, func(t *testing.T) {
			c, err := LoadPages(context.Background(), corpus(t, name))
			require.NoError(t, err)
			types := 0
			for r := range c.Resources() {
				types++
				s, err := c.Schema(r.Name, Strict, Entity)
				require.NoError(t, err)
				if testing.Short() && types%10 != 0 {
					continue
				}
				_, err = s.judge.compile()
				require.NoError(t, err, "%s", r.Name)
			}
			operations := 0
			for range c.Operations() {
				operations++
			}
			t.Logf("%s: %d types with a compiled schema, %d operations, %d problems", name, types, operations, len(c.Problems()))
			require.Greater(t, types, 700)
		})
	}
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
