package schema

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// TestGolden holds the published schemas of both connectionOperations, in each shape and the four modes, against
// testdata/golden. GRAPHCONTRACT_UPDATE writes them.
func TestGolden(t *testing.T) {
	for _, name := range []string{connectionOperation, externalConnectionOperation} {
		t.Run(name, func(t *testing.T) {
			a := &txtar.Archive{Comment: []byte("The schemas that the embedded pages yield for " + name + ".\n\n")}
			for shape := range Shape(len(shapes)) {
				last := ""
				for _, m := range []Mode{Strict, {Presence: Partial}, {Evolution: Open}, Tolerant} {
					s, err := Default().Schema(name, m, shape)
					require.NoError(t, err)
					requirePlainV5(t, s)
					data := s.JSON()
					if string(data) == last { // shapes in which nothing is required do not know presence
						data = []byte("as above\n")
					} else {
						last = string(data)
					}
					a.Files = append(a.Files, txtar.File{Name: shape.String() + ", " + m.String(), Data: data})
				}
			}
			file := "testdata/golden/" + name + ".txtar"
			if update {
				require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
				return
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(txtar.Format(a)))
		})
	}
}

func TestJSONIsTheSameEveryTime(t *testing.T) {
	for r := range Default().Resources() {
		s, err := Default().Schema(r.Name, Tolerant, Delta)
		require.NoError(t, err)
		want := string(s.JSON())
		for range 50 {
			require.Equal(t, want, string(encode(publish(Default().derive(r, Delta).whole(), Tolerant))))
		}
	}
}

func TestEveryEmbeddedTypeHasASchema(t *testing.T) {
	n := 0
	for r := range Default().Resources() {
		for shape := range Shape(len(shapes)) {
			s, err := Default().Schema(r.Name, Strict, shape)
			require.NoError(t, err)
			requirePlainV5(t, s)
			n++
		}
	}
	require.Equal(t, 12*len(shapes), n)
}
