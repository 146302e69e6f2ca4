package contract_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/docpage"
	"github.com/graphcontract/graphcontract/internal/listed"
	"github.com/graphcontract/graphcontract/schema"
)

// TestCorpusExamples judges the examples on the API pages of v1.0 as recordings. What counts are responses with status 2xx
// and a JSON body that was judged. They are
//
//   - annotated, where the page's annotation gives the type, or
//   - Intune's, which have no annotation, on pages called intune-*;
//
// and placeholder-free, where no string in the body, at any depth, is a placeholder by [docpage.IsPlaceholder] and no
// object holds nothing but an @odata.type. A response passes where none of its findings is an error. Every error of a
// tolerant contract, about requests too, and every error of a closed one about a placeholder-free response, stands in
// testdata/corpus/examples-v1.0.txt with the one cause that it has.
func TestCorpusExamples(t *testing.T) {
	dir := os.Getenv("GRAPHCONTRACT_CORPUS")
	if dir == "" {
		t.Skip("GRAPHCONTRACT_CORPUS does not name the corpus of real pages")
	}
	archive, err := zip.OpenReader(filepath.Join(dir, "graph-docs-v1.0.zip"))
	require.NoError(t, err)
	defer archive.Close()
	pages, err := fs.Sub(archive, "v1.0")
	require.NoError(t, err)
	catalog, err := schema.LoadPages(context.Background(), pages)
	require.NoError(t, err)
	tolerant, err := contract.New(catalog, schema.Tolerant)
	require.NoError(t, err)
	closed, err := contract.New(catalog, schema.Mode{Presence: schema.Partial})
	require.NoError(t, err)

	var annotated, intune, other exampleCounts
	var errs []string
	names, err := fs.Glob(pages, "api/*.md")
	require.NoError(t, err)
	for _, name := range names {
		src, err := fs.ReadFile(pages, name)
		require.NoError(t, err)
		for x, err := range recording.Read(bytes.NewReader(src), name) {
			if errors.Is(err, recording.ErrNoExample) {
				break
			}
			require.NoError(t, err)
			always, closed := errorsOf(tolerant, &x), errorsOf(closed, &x)
			for _, f := range always {
				errs = append(errs, entry(name, f, "always"))
			}
			counts := &annotated
			switch {
			case x.Status/100 != 2 || !json.Valid(x.Response.Body) || !judgesResponse(tolerant, &x):
				continue
			case x.Hint.Type == "" && !strings.HasPrefix(path.Base(name), "intune-"):
				counts = &other
			case x.Hint.Type == "":
				counts = &intune
			}
			free := !holdsPlaceholder(x.Response.Body)
			counts.add(ofResponse(closed), ofResponse(always), free)
			if !free {
				continue
			}
			for _, f := range ofResponse(closed) {
				if !slices.ContainsFunc(always, func(g *schema.Finding) bool { return g.Error() == f.Error() }) {
					errs = append(errs, entry(name, f, "closed"))
				}
			}
		}
	}
	t.Logf("examples of v1.0 that were judged\nannotated: %v\nIntune: %v\nother: %v", annotated, intune, other)
	listed.Require(t, "testdata/corpus/examples-v1.0.txt", errs)
	require.GreaterOrEqual(t, annotated.free, 200)
	require.GreaterOrEqual(t, annotated.closed(), 84.0, "percent")
	require.GreaterOrEqual(t, annotated.tolerant(), 97.0, "percent")
	// Intune's examples were generated: their strings say "Display Name value", so that most are no placeholder-free ones.
	require.GreaterOrEqual(t, 100*float64(intune.passedClosed)/float64(intune.judged), 99.0, "percent")
}

// exampleCounts counts responses: all, those without placeholders, and those of them that pass.
type exampleCounts struct{ judged, passed, passedClosed, free, freeClosed, freeTolerant int }

func (c *exampleCounts) add(closed, tolerant schema.Findings, free bool) {
	c.judged++
	if len(tolerant) == 0 {
		c.passed++
	}
	if len(closed) == 0 {
		c.passedClosed++
	}
	if !free {
		return
	}
	c.free++
	if len(closed) == 0 {
		c.freeClosed++
	}
	if len(tolerant) == 0 {
		c.freeTolerant++
	}
}

func (c exampleCounts) closed() float64 { return 100 * float64(c.freeClosed) / float64(max(c.free, 1)) }

func (c exampleCounts) tolerant() float64 {
	return 100 * float64(c.freeTolerant) / float64(max(c.free, 1))
}

func (c exampleCounts) String() string {
	return fmt.Sprintf("%d, of which pass %d (partial, closed) and %d (tolerant); %d placeholder-free, of which pass %d = %.1f %% (partial, closed) and %d = %.1f %% (tolerant)",
		c.judged, c.passedClosed, c.passed, c.free, c.freeClosed, c.closed(), c.freeTolerant, c.tolerant())
}

// errorsOf are the errors about an exchange.
func errorsOf(c *contract.Contract, x *recording.Exchange) schema.Findings {
	return slices.DeleteFunc(c.Exchange(x), func(f *schema.Finding) bool { return f.Severity != schema.Error })
}

func ofResponse(fs schema.Findings) schema.Findings {
	return slices.DeleteFunc(slices.Clone(fs), func(f *schema.Finding) bool { return !strings.HasPrefix(f.Part, "response.") })
}

func judgesResponse(c *contract.Contract, x *recording.Exchange) bool {
	return slices.ContainsFunc(c.Explained(x).Bodies, func(b contract.BodyExplanation) bool { return b.Part == "response.body" && b.Type.Is != "" })
}

func entry(page string, f *schema.Finding, when string) string {
	return fmt.Sprintf("%s:%d\t%s\t%s\t%s", page, f.At.Line, f.Pointer, f.Rule, when)
}

// holdsPlaceholder says whether some string of a document is a placeholder.
func holdsPlaceholder(doc []byte) bool {
	var v any
	if json.Unmarshal(doc, &v) != nil {
		return false
	}
	var walk func(v any) bool
	walk = func(v any) bool {
		switch v := v.(type) {
		case string:
			return docpage.IsPlaceholder(v)
		case []any:
			return slices.ContainsFunc(v, walk)
		case map[string]any:
			if _, typed := v["@odata.type"]; typed && len(v) == 1 {
				return true
			}
			for _, sub := range v {
				if walk(sub) {
					return true
				}
			}
		}
		return false
	}
	return walk(v)
}
