package bench

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/peers"
	"github.com/graphcontract/graphcontract/schema"
	"github.com/stretchr/testify/require"
)

// TestFixtureRatios prints what a document costs that is written in each way, as Markdown. The ways take turns as in
// [TestRatios], and it fails on no figure. All of them run on one core.
func TestFixtureRatios(t *testing.T) {
	rounds := 15
	if testing.Short() {
		rounds = 1
	}
	g := fixtures.New(schema.ConnectionOperation(), fixtures.Seed(1))
	ways := []struct {
		name      string
		documents int // a round
		write     func(w io.Writer, n int) error
	}{
		{"WriteNDJSON", 1_000_000, func(w io.Writer, n int) error { return g.WriteNDJSON(w, n) }},
		{"WriteNDJSON, labels, every tenth faulty", 1_000_000, func(w io.Writer, n int) error {
			return g.WriteNDJSON(w, n, fixtures.Labels(io.Discard), fixtures.Faulty(10))
		}},
		{"append loop", 1_000_000, peers.AppendLoop},
		{"gofakeit struct, encoding/json", 20_000, peers.Struct},
	}
	sizes := make([]float64, len(ways))
	for i, w := range ways { // and what a first use makes is made
		var b bytes.Buffer
		require.NoError(t, w.write(&b, w.documents))
		sizes[i] = float64(b.Len()) / float64(w.documents)
	}
	costs := make([][]cost, len(ways)) // by way, then round
	for range rounds {
		for i, w := range ways {
			costs[i] = append(costs[i], measure(t, way{w.name, func(tb testing.TB) {
				require.NoError(tb, w.write(io.Discard, w.documents))
			}}))
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "connectionOperation, medians of %d rounds\n\n", rounds)
	table.WriteString("| documents, one a line | ns each | ratio | documents/s/core | bytes each | objects each |\n")
	table.WriteString("|:---|---:|---:|---:|---:|---:|\n")
	for i, w := range ways {
		each := func(way, round int) float64 { return costs[way][round].seconds / float64(ways[way].documents) }
		seconds := median(rounds, func(n int) float64 { return each(i, n) })
		ratio := median(rounds, func(n int) float64 { return each(i, n) / each(0, n) })
		objects := float64(costs[i][rounds-1].objects) / float64(w.documents)
		fmt.Fprintf(&table, "| %s | %.1f | %.2f | %.0f | %.0f | %.1f |\n", w.name, seconds*1e9, ratio, 1/seconds, sizes[i], objects)
	}
	t.Log(table.String())
}
