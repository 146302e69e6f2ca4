package odata

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelected(t *testing.T) {
	tests := []struct {
		query string
		want  []string
	}{
		{"", nil},
		{"$top=5", nil},
		{"$select=id,status", []string{"id", "status"}},
		{"%24select=id%2C%20status", []string{"id", "status"}},
		{"select=id", []string{"id"}},
		{"$Select=error/message,error(code)", []string{"error", "error"}},
		{"$select=*", nil},
		{"$select=id,*", nil},
		{"$select=", nil},
		{"$select=id&%zz=1", []string{"id"}},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			names, ok := Selected(tt.query)
			require.Equal(t, tt.want, names)
			require.Equal(t, tt.want != nil, ok)
		})
	}
}

// FuzzSelected states the laws: reading a query is total, and the names of a plain $select come back in order.
func FuzzSelected(f *testing.F) {
	f.Add("$select=id,status&$top=1", "id", "status")
	f.Add("%zz;&select", "a", "")
	f.Fuzz(func(t *testing.T, query, a, b string) {
		names, ok := Selected(query)
		require.Equal(t, ok, len(names) > 0)
		if strings.Trim(a+b, "abcdefghijklmnopqrstuvwxyz") != "" || a == "" || b == "" {
			return
		}
		names, ok = Selected("$top=1&$select=" + a + "," + b)
		require.True(t, ok)
		require.Equal(t, []string{a, b}, names)
	})
}

func TestApplies(t *testing.T) {
	for query, want := range map[string]bool{
		"": false, "$apply=groupby((country))": true, "%24apply=aggregate(x)": true, "apply=x": true, "$filter=name eq 'apply'": false, "reapply=1": false,
	} {
		require.Equal(t, want, Applies(query), query)
	}
}
