package jsonmatch

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzCompare states the laws: a document equals itself, however it is written, and is a subset of itself; Equal is
// symmetric and means Subset; nothing is wanted of an object by {}; a mismatch points to what it says.
func FuzzCompare(f *testing.F) {
	for _, tt := range compareCases {
		f.Add([]byte(tt.want), []byte(tt.got))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, err := Decode(a)
		require.True(t, err != nil || json.Valid(a))
		if err != nil {
			return
		}
		require.Nil(t, Equal(x, x))
		require.Nil(t, Subset(x, x))
		written, err := json.MarshalIndent(x, "", "\t")
		require.NoError(t, err)
		again, err := Decode(written)
		require.NoError(t, err)
		require.Nil(t, Equal(x, again))
		if _, ok := x.(map[string]any); ok {
			require.Nil(t, Subset(map[string]any{}, x))
		}

		y, err := Decode(b)
		if err != nil {
			return
		}
		equal, subset := Equal(x, y), Subset(x, y)
		require.Equal(t, equal == nil, Equal(y, x) == nil)
		require.True(t, equal != nil || subset == nil, "Equal means Subset")
		require.Equal(t, equal == nil, subset == nil && Subset(y, x) == nil, "Subset both ways is Equal")
		for _, m := range []*Mismatch{equal, subset} {
			if m == nil {
				continue
			}
			require.True(t, utf8.ValidString(m.String()) && !strings.ContainsAny(m.String(), "\r\n\x1b"), "%q", m)
			require.LessOrEqual(t, utf8.RuneCountInString(m.Want+m.Got), 2*(maxShown+4)*len(`\U0010ffff`))
			for v, shown := range map[*any]string{&x: m.Want, &y: m.Got} {
				_, ok, err := At(m.Pointer, *v)
				require.NoError(t, err)
				require.Equal(t, ok, shown != absent, "%s", m)
			}
		}
	})
}

// FuzzNumber holds the comparison of numbers against math/big.
func FuzzNumber(f *testing.F) {
	for _, n := range []string{"1", "1.0", "10e-1", "-0", "0e5", "100", "1e2", "1.5E+3", "0.001", "1e400", "1e-400"} {
		f.Add(n, "1")
		f.Add("100", n)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err := Decode([]byte(a))
		y, err2 := Decode([]byte(b))
		m, ok := x.(json.Number)
		n, ok2 := y.(json.Number)
		if err != nil || err2 != nil || !ok || !ok2 {
			return
		}
		p, ok := new(big.Rat).SetString(string(m))
		q, ok2 := new(big.Rat).SetString(string(n))
		require.True(t, ok && ok2)
		require.Equal(t, p.Cmp(q) == 0, Equal(m, n) == nil, "%s and %s", m, n)
	})
}

// FuzzAt states the laws: At is total, and finds what a mismatch with nothing there points to.
func FuzzAt(f *testing.F) {
	f.Add("/a/0", "a", `{"a":[1]}`)
	f.Add("~", "~/", `[]`)
	f.Fuzz(func(t *testing.T, pointer, name, doc string) {
		if v, err := Decode([]byte(doc)); err == nil {
			found, ok, err := At(pointer, v)
			require.True(t, err == nil || !ok && found == nil)
			_, _, err2 := At(pointer, nil)
			require.Equal(t, err, err2, "the document does not matter")
		}
		m := Equal(map[string]any{name: []any{"x"}}, map[string]any{name: []any{}})
		v, ok, err := At(m.Pointer, map[string]any{name: []any{"x"}})
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "x", v)
	})
}
