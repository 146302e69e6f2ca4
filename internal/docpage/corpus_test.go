package docpage

import (
	"archive/zip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is one real page.
type source struct {
	name string
	src  []byte
}

// corpusPages returns the pages of an archive of the corpus. It skips t where GRAPHCONTRACT_CORPUS does not say
// which directory holds the corpus.
func corpusPages(t testing.TB, archive string) []source {
	t.Helper()
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir == "" {
		t.Skip("GRAPHCONTRACT_CORPUS is not set")
	}
	r, err := zip.OpenReader(filepath.Join(dir, archive))
	require.NoError(t, err)
	defer r.Close()
	var pages []source
	for _, f := range r.File {
		if filepath.Ext(f.Name) != ".md" {
			continue
		}
		rc, err := f.Open()
		require.NoError(t, err)
		src, err := io.ReadAll(rc)
		require.NoError(t, err)
		require.NoError(t, rc.Close())
		pages = append(pages, source{f.Name, src})
	}
	return pages
}

// TestCorpus reads every real page. The figures are what the corpus holds; fewer means that a page was not
// understood.
func TestCorpus(t *testing.T) {
	tests := []struct {
		archive, folder string
		pages           int
		resources       int            // fences annotated as a resource's JSON representation
		problems        map[string]int // by kind, at most
	}{
		{"graph-docs-v1.0.zip", "v1.0/resources/", 897, 712, map[string]int{"fence without its end": 1, "table row is short": 10}},
		{"graph-docs-v1.0.zip", "v1.0/api/", 1563, 1, map[string]int{"table row is short": 5}},
		{"graph-docs-v1.0.zip", "beta/", 5, 4, nil},
		{"graph-stubs.zip", "", 1370, 1345, nil},
	}
	for _, tt := range tests {
		t.Run(tt.archive+"/"+tt.folder, func(t *testing.T) {
			pages, resources, kinds := 0, 0, map[string]int{}
			for _, s := range corpusPages(t, tt.archive) {
				if !strings.HasPrefix(s.name, tt.folder) {
					continue
				}
				pages++
				p := Parse(s.name, s.src)
				checkLaws(t, p, s.src)
				for _, pr := range p.Problems {
					kinds[kind(pr)]++
				}
				resources += countResources(t, p)
			}
			t.Logf("%d pages, %d resource fences, problems:", pages, resources)
			for _, k := range slices.Sorted(maps.Keys(kinds)) {
				t.Logf("%5d %s", kinds[k], k)
			}
			require.GreaterOrEqual(t, pages, tt.pages)
			require.GreaterOrEqual(t, resources, tt.resources)
			require.Zero(t, kinds["annotation is not JSON"])
			for k, n := range kinds {
				require.LessOrEqual(t, n, tt.problems[k], k)
			}
		})
	}
}

// countResources counts the JSON representations of resources, each of which must be readable.
func countResources(t *testing.T, p *Page) int {
	n := 0
	for _, b := range p.Blocks {
		f, ok := b.(Fence)
		if !ok || f.Annotation["blockType"] != "resource" {
			continue
		}
		n++
		_, err := ParseJSON(f.Text)
		require.NoError(t, err, "%s:%d", p.File, f.Line)
	}
	return n
}

// kind is a problem's text without what differs from page to page.
func kind(p Problem) string {
	if strings.HasPrefix(p.Text, "table row has") {
		return "table row is short"
	}
	text, _, _ := strings.Cut(p.Text, ":")
	return text
}

// TestCorpusTables holds what the pages of the corpus that break Markdown's rules for tables must yield.
func TestCorpusTables(t *testing.T) {
	tests := []struct {
		page, reason string
		row          int
		column       int
		want         string // the cell's end
	}{
		{"v1.0/resources/intune-mam-windowsinformationprotectionpolicy.md", "the text lists a pipe among other characters", 67, 2, "Possible values are: `notAllow`, `requireAtLeastOne`, `allow`."},
		{"v1.0/resources/personorgroupcolumn.md", "the pipes of a claim stand without blanks", 42, 1, "i:0#.f|membership|jane@contoso.com)."},
		{"v1.0/resources/directoryaudit.md", "a pipe too many at the end is not text", 35, 2, "`unknownFutureValue`."},
		{"v1.0/resources/securescorecontrolprofile.md", "the cell is broken after a comma", 44, 2, ",\nelevationOfPrivilege,maliciousInsider,passwordCracking,phishingOrWhaling,spoofing)."},
		{"v1.0/resources/call.md", "the row lacks its leading pipe", 79, 0, "incomingContext"},
		{"v1.0/resources/azure-ad-auditlog-overview.md", "no row has outer pipes", 46, 0, "GET tenant user sign-ins"},
		{"v1.0/resources/user.md", "a category row without its leading pipe", 63, 0, "**Drive**"},
		{"v1.0/resources/intune-shared-devicemanagement.md", "a category row of one cell", 37, 0, "**"},
	}
	bytes := map[string][]byte{}
	for _, s := range corpusPages(t, "graph-docs-v1.0.zip") {
		bytes[s.name] = s.src
	}
	for _, tt := range tests {
		t.Run(tt.page, func(t *testing.T) {
			row := rowAt(Parse(tt.page, bytes[tt.page]), tt.row)
			require.NotNil(t, row, tt.reason)
			cell := row.Cells[tt.column]
			require.True(t, strings.HasSuffix(cell, tt.want), "%s: %q", tt.reason, cell)
		})
	}
}

func rowAt(p *Page, line int) *Row {
	for _, b := range p.Blocks {
		if t, ok := b.(Table); ok {
			for i := range t.Rows {
				if t.Rows[i].Line == line {
					return &t.Rows[i]
				}
			}
		}
	}
	return nil
}

func BenchmarkParse(b *testing.B) {
	pages := append(corpusPages(b, "graph-docs-v1.0.zip"), corpusPages(b, "graph-stubs.zip")...)
	size := 0
	for _, s := range pages {
		size += len(s.src)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range pages {
			Parse(s.name, s.src)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(pages)), "µs/page")
}
