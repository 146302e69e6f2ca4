// Package listed holds what tests over real pages find against checked-in lists that give the reason of each line.
package listed

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Require holds lines against a checked-in list, in which each has one more column: its reason. A line that is not
// listed, a listed line that is not there any more and a reason still to be found fail the test. GRAPHCONTRACT_UPDATE
// writes the list, with the reasons it has, and TODO for the others.
func Require(t *testing.T, file string, lines []string) {
	t.Helper()
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	header, reasons := read(t, string(src))
	slices.Sort(lines)
	lines = slices.Compact(lines)
	var want, listed []string
	for _, line := range lines {
		reason := reasons[line]
		if reason == "" {
			reason = "TODO"
		}
		want = append(want, line+"\t"+reason)
	}
	for line, reason := range reasons {
		listed = append(listed, line+"\t"+reason)
	}
	slices.Sort(want)
	if os.Getenv("GRAPHCONTRACT_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, []byte(header+strings.Join(want, "\n")+"\n"), 0o644))
	} else {
		slices.Sort(listed)
		require.Empty(t, without(want, listed), "not in %s; GRAPHCONTRACT_UPDATE=1 adds them", file)
		require.Empty(t, without(listed, want), "in %s, and not found any more; GRAPHCONTRACT_UPDATE=1 removes them", file)
	}
	for _, line := range want {
		require.False(t, strings.HasSuffix(line, "\tTODO"), "%s gives no reason: %s", file, line)
	}
}

// read reads a list: comment lines first, then lines whose last column is the reason, sorted.
func read(t *testing.T, src string) (header string, reasons map[string]string) {
	t.Helper()
	reasons = map[string]string{}
	last := ""
	for line := range strings.Lines(src) {
		if strings.HasPrefix(line, "#") {
			header += line
			continue
		}
		line = strings.TrimSuffix(line, "\n")
		require.Less(t, last, line, "the list is sorted and has no line twice")
		last = line
		i := strings.LastIndexByte(line, '\t')
		require.Positive(t, i, "no reason: %s", line)
		reasons[line[:i]] = line[i+1:]
	}
	return header, reasons
}

// without is a without what is in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
