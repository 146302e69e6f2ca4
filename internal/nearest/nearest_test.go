package nearest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	status := []string{"unspecified", "inprogress", "completed", "failed"}
	tests := []struct {
		name  string
		known []string
		want  []string
	}{
		{"Completed", status, []string{"completed"}},
		{"completed ", status, []string{"completed"}},
		{"inProgres", status, []string{"inprogress"}},
		{"complete", status, []string{"completed"}},
		{"faield", status, []string{"failed"}},
		{"succeeded", status, nil},
		{"", status, nil},
		{"\xff", status, nil},
		{"ab", []string{"abcdefgh"}, nil},
		{"user", []string{"users", "user", "group", "userr"}, []string{"user", "users"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, Names(tt.name, tt.known, 2)) })
	}
}

// FuzzNames states the laws: the search is total, returns at most n of the known names, and finds a name itself.
func FuzzNames(f *testing.F) {
	f.Add("Completed", "completed")
	f.Add("\xff", "ä")
	f.Fuzz(func(t *testing.T, name, known string) {
		names := Names(name, []string{known, name, "other"}, 2)
		require.LessOrEqual(t, len(names), 2)
		for _, n := range names {
			require.Contains(t, []string{known, name, "other"}, n)
		}
		if fold(name) != "" && len(fold(name)) <= maxLen && fold(known) != fold(name) {
			require.Equal(t, name, names[0])
		}
	})
}
