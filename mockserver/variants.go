package mockserver

import (
	"io/fs"
	"testing"
	"testing/synctest"
)

// RunVariants runs f as a subtest for a scenario file and for each of its variants, with a server that plays it: one test for all
// outcomes. The base scenario's subtest has its name, a variant's has a slash and the variant's after it. It fails the test where the
// file is wrong.
//
// With [InMemory] each subtest runs in a bubble of testing/synctest, where waiting takes no time.
func RunVariants(t *testing.T, fsys fs.FS, name string, f func(t *testing.T, srv *Server), opts ...Option) {
	t.Helper()
	all, err := LoadVariants(fsys, name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, s := range all {
		play := func(t *testing.T) { f(t, Start(t, s, opts...)) }
		t.Run(s.Name, func(t *testing.T) {
			var o options
			for _, set := range opts {
				set(&o)
			}
			if o.inMemory {
				synctest.Test(t, play)
			} else {
				play(t)
			}
		})
	}
}
