package schema

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// published is a schema of the embedded catalog with v5's own reading of what it publishes.
type published struct {
	*Schema
	plain *jsonschema.Schema
}

func publishedSchemas(tb testing.TB) []published {
	tb.Helper()
	var out []published
	for _, name := range []string{connectionOperation, externalConnectionOperation, entityType} {
		for shape := range Shape(len(shapes)) {
			for _, m := range []Mode{Strict, Tolerant, {Full, Open, Advised}, {Partial, Closed, Enforced}} {
				s, err := Default().Schema(name, m, shape)
				require.NoError(tb, err)
				c := jsonschema.NewCompiler()
				require.NoError(tb, c.AddResource("https://example.test/schema.json", bytes.NewReader(s.JSON())))
				plain, err := c.Compile("https://example.test/schema.json")
				require.NoError(tb, err)
				out = append(out, published{s, plain})
			}
		}
	}
	return out
}

// FuzzFindings states the laws of the judge. It is total. A document that the bytes' rules let through is accepted by
// v5 with the published schema exactly where no finding is an error. Findings are sorted, stand inside the document,
// and each says a thing once.
func FuzzFindings(f *testing.F) {
	schemas := publishedSchemas(f)
	for i, tt := range judged {
		if len(tt.doc) < 1000 {
			f.Add([]byte(tt.doc), uint(i))
		}
	}
	for _, x := range policyFiles(f) {
		if strings.HasPrefix(x.Name, "doc") {
			f.Add(x.Data, uint(len(x.Data)))
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, which uint) {
		s := schemas[which%uint(len(schemas))]
		findings := s.Findings(doc)
		bytesOnly := false
		seen := map[string]bool{}
		for _, x := range findings {
			bytesOnly = bytesOnly || strings.HasPrefix(x.Rule, "json/")
			require.NotContains(t, x.Rule, "internal/")
			require.True(t, x.At.Offset >= 0 && x.At.Offset <= int64(len(doc)))
			require.True(t, x.At.Line > 0 && x.At.Column > 0 && x.Caret > 0)
			require.NotEmpty(t, x.Message)
			require.NotContains(t, x.Message+x.Hint+x.Excerpt, "\n")
			if !strings.HasPrefix(x.Rule, "json/") {
				require.NotEmpty(t, x.Doc.Page, "%v", x)
				require.Positive(t, x.Doc.Line, "%v", x)
				key := x.Pointer + " " + x.Rule + " " + x.Property
				require.False(t, seen[key], "twice: %v", x)
				seen[key] = true
			}
		}
		require.True(t, slices.IsSortedFunc(findings, func(a, b *Finding) int { return int(a.At.Offset - b.At.Offset) }))
		require.Equal(t, jsonOf(t, findings), jsonOf(t, s.Findings(doc)))
		if bytesOnly {
			require.Equal(t, len(findings), findings.Count(Error))
			return
		}
		v, err := decode(doc)
		require.NoError(t, err)
		err = s.plain.Validate(v)
		require.Equal(t, err == nil, findings.Err() == nil, "%s %s %s: v5 says %v, findings are %v", s.Name(), s.Mode(), s.Shape(), err, findings)
	})
}

func policyFiles(tb testing.TB) []txtar.File {
	tb.Helper()
	names, err := filepath.Glob("testdata/policy/*.txtar")
	require.NoError(tb, err)
	var files []txtar.File
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		require.NoError(tb, err)
		files = append(files, a.Files...)
	}
	return files
}

// FuzzPage states the laws of the page reader's use. Any page loads or says in one line why not; what is read of it
// stands inside it; every type yields, in every shape, a schema that satisfies the meta-schema.
func FuzzPage(f *testing.F) {
	for _, x := range policyFiles(f) {
		if strings.HasSuffix(x.Name, ".md") {
			f.Add(x.Data)
		}
	}
	err := fs.WalkDir(Pages(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			src, _ := fs.ReadFile(Pages(), name)
			f.Add(src)
		}
		return err
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := LoadPage("page.md", src)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		lines := docpage.Parse("page.md", src).Lines
		inside := func(line int) { require.True(t, line >= 1 && line <= lines, "line %d of %d", line, lines) }
		for _, p := range c.Problems() {
			inside(p.Line)
		}
		for op := range c.Operations() {
			inside(op.Line)
		}
		for r := range c.Resources() {
			inside(r.Line)
			for _, q := range r.Properties {
				inside(q.Line)
				require.NotEmpty(t, q.Type)
			}
			for _, shape := range []Shape{Entity, Delta, Update} {
				s, err := c.Schema(r.Name, Strict, shape)
				require.NoError(t, err)
				_, err = s.judge.compile()
				require.NoError(t, err, "%s", s.JSON())
				require.Equal(t, s.JSON(), encode(publish(c.derive(r, shape).whole(), Strict)), "equal bytes")
				for _, x := range s.Findings([]byte(`{"id":1,"x":{}}`)) {
					require.NotContains(t, x.Rule, "internal/")
				}
			}
		}
	})
}
