package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// TestPages runs the cases of testdata/pages: pages with the constructs that real ones trip a reader with. The comment
// of a case says which construct it is, what is expected of it and why. The model of its pages, all that the catalog
// knows and its problems, is held against the golden one, which GRAPHCONTRACT_UPDATE writes. In a page ␍ stands for
// a carriage return and [BOM] for a byte order mark, which an editor would not show.
func TestPages(t *testing.T) {
	eachCase(t, "testdata/pages/*.txtar", func(t *testing.T, in *txtar.Archive) []txtar.File {
		require.Contains(t, string(in.Comment), ". ", "a case says which construct it is, and then what is expected of it and why")
		return []txtar.File{{Name: "model", Data: pagesModel(t, in)}}
	})
}

// pagesModel loads the pages of a case, together and each alone, and compiles every schema that either yields.
func pagesModel(t *testing.T, in *txtar.Archive) []byte {
	t.Helper()
	invisible := strings.NewReplacer("␍", "\r", "[BOM]", "\ufeff")
	pages := fstest.MapFS{}
	for _, f := range in.Files {
		src := []byte(invisible.Replace(string(f.Data)))
		pages[f.Name] = &fstest.MapFile{Data: src}
		if c, err := LoadPage(f.Name, src); err == nil {
			requireSchemas(t, c)
		}
	}
	c, err := LoadPages(context.Background(), pages)
	if err != nil {
		return []byte("error " + err.Error() + "\n")
	}
	requireSchemas(t, c)

	var w bytes.Buffer
	for r := range c.Resources() {
		writeModel(&w, r)
		writeSources(&w, r)
		fmt.Fprintf(&w, "  strict requires %s\n", strictlyRequired(t, c, r))
		if len(r.Pages) > 1 {
			fmt.Fprintf(&w, "  pages %v\n", r.Pages)
		}
	}
	for op := range c.Operations() {
		fmt.Fprintf(&w, "%s %s %v request=%q response=%q collection=%v assumed=%v %s:%d\n", op.Method, op.Route, op.Statuses, op.Request, op.Response, op.Collection, op.Assumed, op.Page, op.Line)
		for _, p := range op.Permissions {
			fmt.Fprintf(&w, "  permission %q %q\n", p.Kind, p.Names)
		}
	}
	for _, p := range c.Problems() {
		fmt.Fprintf(&w, "problem %s:%d: %s\n", p.Page, p.Line, p.Text)
	}
	return w.Bytes()
}

// writeSources writes what [writeModel] leaves out: where enumerations come from, which of them have no known members,
// which properties no table lists, and descriptions over several lines.
func writeSources(w io.Writer, r *Resource) {
	for _, q := range r.Properties {
		var sources []string
		for _, s := range q.EnumSources {
			sources = append(sources, fmt.Sprintf("%s:%d %s", s.Page, s.Line, s.Confidence))
		}
		switch {
		case sources != nil:
			fmt.Fprintf(w, "    %s: members from %s\n", q.Name, strings.Join(sources, ", "))
		case q.stringly:
			fmt.Fprintf(w, "    %s: members not known\n", q.Name)
		case q.noRow:
			fmt.Fprintf(w, "    %s: no row\n", q.Name)
		}
		if strings.ContainsAny(q.Description, "\n|") {
			fmt.Fprintf(w, "    %s: description %q\n", q.Name, q.Description)
		}
	}
}

// strictlyRequired is what the strict schema requires of an instance of the very type.
func strictlyRequired(t *testing.T, c *Catalog, r *Resource) string {
	t.Helper()
	s, err := c.Schema(r.Name, Strict, Entity)
	require.NoError(t, err)
	var root struct {
		Required   []string
		Properties map[string]any
	}
	require.NoError(t, json.Unmarshal(s.JSON(), &root))
	if root.Properties == nil && len(r.Properties) > 0 {
		return "what @odata.type says, for it has subtypes"
	}
	return fmt.Sprint(root.Required)
}

func requireSchemas(t *testing.T, c *Catalog) {
	t.Helper()
	for r := range c.Resources() {
		for _, m := range []Mode{Strict, Tolerant} {
			s, err := c.Schema(r.Name, m, Entity)
			require.NoError(t, err)
			requirePlainV5(t, s)
		}
	}
}
