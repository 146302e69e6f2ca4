package schema

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
)

// TestPolicy runs the cases of testdata/policy. The comment of a case says which line of the policy it shows. Its
// pages (*.md) and documents (*.json, *.SHAPE.json) go in; the model, the problems, the strict and the tolerant schema
// and the findings in both modes come out. With GRAPHCONTRACT_UPDATE set the outputs are written.
func TestPolicy(t *testing.T) {
	eachCase(t, "testdata/policy/*.txtar", func(t *testing.T, in *txtar.Archive) []txtar.File {
		require.NotEmpty(t, bytes.TrimSpace(in.Comment), "a case says which line of the policy it shows")
		return runPolicy(t, in)
	})
}

// eachCase runs the cases that a pattern names: what comes of a case's inputs is held against its outputs, which
// GRAPHCONTRACT_UPDATE writes.
func eachCase(t *testing.T, pattern string, run func(t *testing.T, in *txtar.Archive) []txtar.File) {
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			in, want := split(a)
			got := run(t, in)
			if update {
				in.Files = append(in.Files, got...)
				require.NoError(t, os.WriteFile(file, txtar.Format(in), 0o644))
				return
			}
			require.Equal(t, string(txtar.Format(&txtar.Archive{Files: want})), string(txtar.Format(&txtar.Archive{Files: got})))
		})
	}
}

// split separates the inputs of a case from its outputs.
func split(a *txtar.Archive) (in *txtar.Archive, out []txtar.File) {
	in = &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if strings.HasSuffix(f.Name, ".md") || strings.HasPrefix(f.Name, "doc") {
			in.Files = append(in.Files, f)
		} else {
			out = append(out, f)
		}
	}
	return in, out
}

func runPolicy(t *testing.T, in *txtar.Archive) []txtar.File {
	t.Helper()
	pages := fstest.MapFS{}
	first := ""
	for _, f := range in.Files {
		if strings.HasSuffix(f.Name, ".md") {
			pages[f.Name] = &fstest.MapFile{Data: f.Data}
			if first == "" {
				first = f.Name
			}
		}
	}
	c, err := LoadPages(context.Background(), pages)
	require.NoError(t, err)

	var model, findings bytes.Buffer
	var r *Resource
	for x := range c.Resources() {
		if x.Page == first && r == nil {
			r = x
		}
		writeModel(&model, x)
	}
	for op := range c.Operations() {
		fmt.Fprintf(&model, "%s %s %v request=%q response=%q collection=%v assumed=%v %s:%d\n", op.Method, op.Route, op.Statuses, op.Request, op.Response, op.Collection, op.Assumed, op.Page, op.Line)
	}
	for _, p := range c.Problems() {
		fmt.Fprintf(&model, "problem %s:%d: %s\n", p.Page, p.Line, p.Text)
	}
	out := []txtar.File{{Name: "model", Data: model.Bytes()}}
	if r == nil {
		return out
	}
	for _, m := range []Mode{Strict, Tolerant} {
		s, err := c.Schema(r.Name, m, Entity)
		require.NoError(t, err)
		requirePlainV5(t, s)
		out = append(out, txtar.File{Name: m.String() + ".schema.json", Data: s.JSON()})
	}
	for _, f := range in.Files {
		if !strings.HasPrefix(f.Name, "doc") {
			continue
		}
		shape := Entity
		if parts := strings.Split(f.Name, "."); len(parts) == 3 {
			require.NoError(t, shape.UnmarshalText([]byte(parts[1])))
		}
		doc := bytes.TrimSuffix(f.Data, []byte("\n"))
		for _, m := range []Mode{{Presence: Partial}, {Evolution: Open}, {Bounds: Enforced}, {Partial, Open, Enforced}} {
			s, err := c.Schema(r.Name, m, shape)
			require.NoError(t, err)
			requireLaw(t, s, doc, s.Findings(doc))
		}
		for _, m := range []Mode{Strict, Tolerant} {
			s, err := c.Schema(r.Name, m, shape)
			require.NoError(t, err)
			fs := s.Findings(doc)
			requireLaw(t, s, doc, fs)
			if len(fs) == 0 {
				fmt.Fprintf(&findings, "%s %s: ok\n", f.Name, m)
			}
			for _, x := range fs {
				fmt.Fprintf(&findings, "%s %s: %s %s:%s\n", f.Name, m, x.Severity, x.At, strings.TrimPrefix(x.Error(), x.At.String()+":"))
			}
		}
	}
	return append(out, txtar.File{Name: "findings", Data: findings.Bytes()})
}

func writeModel(w io.Writer, r *Resource) {
	fmt.Fprintf(w, "%s %s:%d base=%q key=%q open=%v abstract=%v\n", r.Name, r.Page, r.Line, r.Base, r.Key, r.Open, r.Abstract)
	for _, q := range r.Properties {
		fmt.Fprintf(w, "  %s %s", q.Name, q.Type)
		for _, flag := range []struct {
			name string
			set  bool
		}{
			{"collection", q.Collection},
			{"not-nullable", q.NotNullable},
			{"read-only", q.ReadOnly},
			{"relationship", q.Relationship},
			{"inherited", q.Inherited},
			{"assumed", q.Assumed},
		} {
			if flag.set {
				fmt.Fprint(w, " "+flag.name)
			}
		}
		if q.Enum != nil {
			fmt.Fprintf(w, " enum=%q", q.Enum)
		}
		if k := q.Bounds.keywords(); len(k) > 0 {
			fmt.Fprintf(w, " bounds=%s", marshal(k))
		}
		if q.Bounds.MaxItems != nil {
			fmt.Fprintf(w, " maxItems=%d", *q.Bounds.MaxItems)
		}
		fmt.Fprintf(w, " %s:%d\n", q.Page, q.Line)
	}
}

// requirePlainV5 compiles the published schema with nothing of ours around it, meta-schema checked.
func requirePlainV5(t *testing.T, s *Schema) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, os.ErrNotExist }
	require.NoError(t, c.AddResource("https://example.test/schema.json", bytes.NewReader(s.JSON())))
	compiled, err := c.Compile("https://example.test/schema.json")
	require.NoError(t, err)
	return compiled
}

// requireLaw holds the findings against v5's verdict on the published schema: it accepts a document exactly where
// there is no finding of severity error, but for the bytes.
func requireLaw(t *testing.T, s *Schema, doc []byte, fs Findings) {
	t.Helper()
	for _, f := range fs {
		if strings.HasPrefix(f.Rule, "json/") {
			return
		}
	}
	v, err := decode(doc)
	require.NoError(t, err)
	err = requirePlainV5(t, s).Validate(v)
	require.Equal(t, fs.Err() == nil, err == nil, "published schema: %v\nfindings: %v\ndocument: %s", err, fs, doc)
}
