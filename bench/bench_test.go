package bench

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/schema"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// page is one page of the documentation, in memory before any clock starts.
type page struct {
	name string
	src  []byte
}

// corpus returns the v1.0 pages and their size in bytes. It skips tb without them.
func corpus(tb testing.TB) (pages []page, size int64) {
	tb.Helper()
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir == "" {
		tb.Skip("GRAPHCONTRACT_CORPUS does not name the corpus of real pages")
	}
	z, err := zip.OpenReader(filepath.Join(dir, "graph-docs-v1.0.zip"))
	require.NoError(tb, err)
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "v1.0/") || filepath.Ext(f.Name) != ".md" {
			continue
		}
		r, err := f.Open()
		require.NoError(tb, err)
		src, err := io.ReadAll(r)
		require.NoError(tb, err)
		require.NoError(tb, r.Close())
		pages = append(pages, page{f.Name, src})
		size += int64(len(src))
	}
	require.GreaterOrEqual(tb, len(pages), 2460)
	return pages, size
}

// way is one way to read all pages.
type way struct {
	name string
	run  func(testing.TB)
}

// ways returns what is compared. The first is what the others are measured against.
func ways(tb testing.TB, pages []page) []way {
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()
	fsys := fstest.MapFS{}
	for _, p := range pages {
		fsys[p.name] = &fstest.MapFile{Data: p.src}
	}
	load := func(tb testing.TB) *schema.Catalog {
		c, err := schema.LoadPages(context.Background(), fsys)
		require.NoError(tb, err)
		return c
	}
	compiled, types := catalogOf(tb, load(tb), pages, "user", "group", "driveItem", "call")
	return []way{
		{"goldmark", func(testing.TB) {
			for _, p := range pages {
				markdown.Parse(text.NewReader(p.src))
			}
		}},
		{"docpage", func(testing.TB) {
			for _, p := range pages {
				docpage.Parse(p.name, p.src)
			}
		}},
		{"LoadPages", func(tb testing.TB) { load(tb) }},
		{"LoadPages, a schema each", func(tb testing.TB) {
			c := load(tb)
			for r := range c.Resources() {
				_, err := c.Schema(r.Name, schema.Strict, schema.Entity)
				require.NoError(tb, err)
			}
		}},
		{"LoadPages, a schema each as JSON", func(tb testing.TB) {
			c := load(tb)
			for r := range c.Resources() {
				s, err := c.Schema(r.Name, schema.Strict, schema.Entity)
				require.NoError(tb, err)
				s.JSON()
			}
		}},
		{fmt.Sprintf("LoadCatalog, %d types", types), func(tb testing.TB) {
			_, err := schema.LoadCatalog(compiled)
			require.NoError(tb, err)
		}},
	}
}

// catalogOf compiles what a project that needs some types keeps, and counts the types in it.
func catalogOf(tb testing.TB, c *schema.Catalog, pages []page, names ...string) (compiled []byte, types int) {
	needed, err := c.Pages(schema.Selection{Types: names, Structural: true})
	require.NoError(tb, err)
	part := fstest.MapFS{}
	for _, p := range pages {
		if slices.Contains(needed, p.name) {
			part[p.name] = &fstest.MapFile{Data: p.src}
		}
	}
	kept, err := schema.LoadPages(context.Background(), part)
	require.NoError(tb, err)
	for range kept.Resources() {
		types++
	}
	return kept.JSON(), types
}

func BenchmarkPages(b *testing.B) {
	pages, size := corpus(b)
	for _, w := range ways(b, pages) {
		b.Run(w.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				w.run(b)
			}
		})
	}
}

// TestRatios prints what each way costs, as Markdown. The ways take turns, so that whatever else the machine does
// meets all of them, and it fails on no figure.
func TestRatios(t *testing.T) {
	pages, size := corpus(t)
	rounds := 7
	if testing.Short() {
		rounds = 1
	}
	ways := ways(t, pages)
	costs := make([][]cost, len(ways)) // by way, then round
	for range rounds {
		for i, w := range ways {
			costs[i] = append(costs[i], measure(t, w))
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%d pages, %.1f MB, medians of %d rounds\n\n", len(pages), float64(size)/1e6, rounds)
	table.WriteString("| v1.0 pages | ms | ratio | MB allocated | objects |\n|:---|---:|---:|---:|---:|\n")
	for i, w := range ways {
		ratio := median(rounds, func(n int) float64 { return costs[i][n].seconds / costs[0][n].seconds })
		seconds := median(rounds, func(n int) float64 { return costs[i][n].seconds })
		last := costs[i][rounds-1]
		fmt.Fprintf(&table, "| %s | %.1f | %.2f | %.1f | %d |\n", w.name, seconds*1e3, ratio, float64(last.bytes)/1e6, last.objects)
	}
	t.Log(table.String())
}

// cost is what one run took. Bytes and objects are those allocated.
type cost struct {
	seconds        float64
	bytes, objects uint64
}

func measure(tb testing.TB, w way) cost {
	var before, after runtime.MemStats
	runtime.GC() // nobody pays for the garbage of the one before
	runtime.ReadMemStats(&before)
	start := time.Now()
	w.run(tb)
	seconds := time.Since(start).Seconds()
	runtime.ReadMemStats(&after)
	return cost{seconds, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs}
}

// median of what value returns for 0 to n-1.
func median(n int, value func(int) float64) float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = value(i)
	}
	slices.Sort(values)
	return values[n/2]
}
