package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		line  string
		width int
		want  string
	}{
		{"minimal  what is required", 0, "minimal  what is required"},
		{"minimal", 7, "minimal"},
		{"minimal", 6, "minim…"},
		{"minimal", 1, "…"},
		{"名前", 3, "名…"},
		{"名前", 2, "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		require.Equal(t, tt.want, cut(tt.line, tt.width), "%q at %d", tt.line, tt.width)
	}
}

func TestListerWidths(t *testing.T) {
	var b bytes.Buffer
	l := lister{w: bufio.NewWriter(&b), width: 20}
	l.group("valid", "about", [][]string{{"a", "", "b"}, {"minimal", "", ""}, {"usual", "", "every documented property"}})
	require.NoError(t, l.w.Flush())
	require.Equal(t, "valid (3): about\n\n  a        b\n  minimal\n  usual    every do…\n", b.String())

	b.Reset()
	l = lister{w: bufio.NewWriter(&b)}
	long := strings.Repeat("x", 120)
	l.groupOf("rules", "about", [][]string{{"/status", "enum"}}, [][]string{{strings.Repeat("a", 50), strings.Repeat("b", 50), long, "c", "d"}})
	require.NoError(t, l.w.Flush())
	for _, line := range strings.Split(b.String(), "\n") {
		require.True(t, len(line) <= wrapAt || strings.Contains(line, long), line)
	}
	require.Contains(t, b.String(), "\n      c, d\n")

	b.Reset()
	l = lister{w: bufio.NewWriter(&b), width: 12}
	l.wrap([]string{"aa", "bb", "cc"})
	require.NoError(t, l.w.Flush())
	require.Equal(t, "      aa,\n      bb, cc\n", b.String())
}
