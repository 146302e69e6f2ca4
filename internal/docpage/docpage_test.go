package docpage

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// TestParse holds every page of testdata against its rendering. GRAPHCONTRACT_UPDATE=1 writes the renderings.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			require.NotEmpty(t, strings.TrimSpace(string(a.Comment)), "a case says what it is for")
			require.Len(t, a.Files, 2)
			require.Equal(t, "page.md", a.Files[0].Name)
			require.Equal(t, "want", a.Files[1].Name)
			src := pageSource(a.Files[0].Data)
			page := Parse("page.md", src)
			checkLaws(t, page, src)
			got := render(page)
			if os.Getenv("GRAPHCONTRACT_UPDATE") == "1" {
				a.Files[1].Data = []byte(got)
				require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
			}
			require.Equal(t, string(a.Files[1].Data), got, string(a.Comment))
		})
	}
}

// pageSource turns the visible signs of a txtar page into what editors and Git would not keep.
func pageSource(data []byte) []byte {
	return []byte(strings.NewReplacer(
		"␍", "\r",
		"␉", "\t",
		"␠", " ",
		"\ufffd", "\xff", // a byte that is not UTF-8
		"␂", "\ufeff",
		"␃\n", "", // the page ends without a line end
	).Replace(string(data)))
}

// testPages are the pages of testdata, the seeds of the fuzz targets.
func testPages(t testing.TB) [][]byte {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	var pages [][]byte
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(t, err)
		pages = append(pages, pageSource(a.Files[0].Data))
	}
	return pages
}

// render shows all of a page but its file, a line per thing and its line number first.
func render(p *Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lines %d\n", p.Lines)
	for _, f := range p.Front {
		fmt.Fprintf(&b, "%d front %s = %q\n", f.Line, f.Key, f.Value)
	}
	for _, block := range p.Blocks {
		renderBlock(&b, block)
	}
	for _, label := range slices.Sorted(maps.Keys(p.Links)) {
		fmt.Fprintf(&b, "link %q = %q\n", label, p.Links[label])
	}
	for _, pr := range p.Problems {
		fmt.Fprintf(&b, "%d problem %s\n", pr.Line, pr.Text)
	}
	return b.String()
}

func renderBlock(b *strings.Builder, block Block) {
	fmt.Fprintf(b, "%d ", block.Pos())
	switch x := block.(type) {
	case Heading:
		fmt.Fprintf(b, "heading %d %q\n", x.Level, x.Text)
	case Text:
		fmt.Fprintf(b, "text %q\n", x.Text)
	case Table:
		fmt.Fprintf(b, "table%s\n", quoted(x.Header))
		for _, r := range x.Rows {
			short := ""
			if r.Short {
				short = " short"
			}
			fmt.Fprintf(b, "%d row%s%s\n", r.Line, quoted(r.Cells), short)
		}
	case Comment:
		if x.Annotation != nil {
			fmt.Fprintf(b, "comment %s\n", asJSON(x.Annotation))
		} else {
			fmt.Fprintf(b, "comment %q\n", x.Text)
		}
	case Fence:
		fmt.Fprintf(b, "fence %q", x.Lang)
		if x.AnnotationLine > 0 {
			fmt.Fprintf(b, ", of line %d: %s", x.AnnotationLine, asJSON(x.Annotation))
		}
		fmt.Fprintf(b, "\n%d body %q\n", x.Body, x.Text)
	}
}

func quoted(cells []string) string {
	var b strings.Builder
	for _, c := range cells {
		fmt.Fprintf(&b, " %q", c)
	}
	return b.String()
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestGet(t *testing.T) {
	p := Parse("page.md", []byte("---\nTitle: first\ntitle: second\n---\n"))
	require.Equal(t, "first", p.Get("title"), "case does not matter and the first of a key counts")
	require.Empty(t, p.Get("author"))
}
