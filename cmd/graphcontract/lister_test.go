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
	l.group("valid", "about", [][]string{{"minimal", "", "what is required"}, {"a", "", ""}})
	require.NoError(t, l.w.Flush())
	require.Equal(t, "valid (2): about\n\n  minimal  what is …\n  a\n", b.String())

	b.Reset()
	l = lister{w: bufio.NewWriter(&b)}
	long := strings.Repeat("x", 120)
	l.groupOf("rules", "about", [][]string{{"/status", "enum"}}, [][]string{{strings.Repeat("a", 50), strings.Repeat("b", 50), long, "c", "d"}})
	require.NoError(t, l.w.Flush())
	for _, line := range strings.Split(b.String(), "\n") {
		require.True(t, len(line) <= wrapAt || strings.Contains(line, long), line)
	}
	require.Contains(t, b.String(), "\n      c, d\n")
}
