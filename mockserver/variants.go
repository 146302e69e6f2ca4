package mockserver

import (
	"io/fs"
	"testing"
)

// RunVariants runs f as a subtest for a scenario file and for each of its variants, with a server that plays it: one test for all
// outcomes. The base scenario's subtest has its name, a variant's has a slash and the variant's after it. It fails the test where the
// file is wrong.
func RunVariants(t *testing.T, fsys fs.FS, name string, f func(t *testing.T, srv *Server), opts ...Option) {
	t.Helper()
	all, err := LoadVariants(fsys, name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) { f(t, Start(t, s, opts...)) })
	}
}
