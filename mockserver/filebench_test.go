package mockserver

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// BenchmarkLoadVariants loads a file of fifty routes of one path, told apart by a query option, and fifty variants.
func BenchmarkLoadVariants(b *testing.B) {
	var src strings.Builder
	src.WriteString("version: 1\nroutes:\n")
	for i := range 50 {
		fmt.Fprintf(&src, "- {id: r%d, route: GET /things, match: {query: {x: %d}}, reply: {body: {id: %d}}}\n", i, i, i)
	}
	src.WriteString("variants:\n")
	for i := range 50 {
		fmt.Fprintf(&src, "  v%d: {r%d.reply.status: 503}\n", i, i)
	}
	fsys := fstest.MapFS{"scenario.yaml": {Data: []byte(src.String())}}
	b.ReportAllocs()
	for b.Loop() {
		_, err := LoadVariants(fsys, "scenario.yaml")
		require.NoError(b, err)
	}
}

// BenchmarkLoad loads a file of a thousand routes, in both syntaxes.
func BenchmarkLoad(b *testing.B) {
	var src strings.Builder
	src.WriteString("version: 1\nroutes:\n")
	for i := range 1000 {
		fmt.Fprintf(&src, "- id: r%d\n  route: GET /things/%d/{id}\n  replies:\n  - {times: 2, status: 404, fixture: error/ResourceNotFound}\n  - {headers: {ETag: '\"%d\"'}, body: {id: %d, name: thing}}\n", i, i, i, i)
	}
	root, _ := tree.ReadYAML([]byte(src.String()), &tree.Faults{})
	doc := root.AppendJSON(nil, nil)
	for name, src := range map[string][]byte{"scenario.yaml": []byte(src.String()), "scenario.json": doc} {
		b.Run(name, func(b *testing.B) {
			fsys := fstest.MapFS{name: {Data: src}}
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				_, err := Load(fsys, name)
				require.NoError(b, err)
			}
		})
	}
}
