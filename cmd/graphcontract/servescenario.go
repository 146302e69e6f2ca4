package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver"
)

// playedScenario is the scenario that the arguments name.
type playedScenario struct {
	names   []string
	variant string
}

// load reads the files anew. What was read is noted in the watch, whether it was any good or not.
func (p *playedScenario) load(w *watch) (mockserver.Scenario, error) {
	var scenarios []mockserver.Scenario
	var errs []error
	var variants []string
	found := p.variant == ""
	for _, name := range p.names {
		if s, ok := readyMade(name); ok {
			scenarios = append(scenarios, s)
			continue
		}
		all, err := loadFile(name, w)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		chosen := 0
		for i, s := range all[1:] {
			variant := strings.TrimPrefix(s.Name, all[0].Name+"/")
			if variant == p.variant {
				chosen, found = i+1, true
			}
			variants = append(variants, variant)
		}
		scenarios = append(scenarios, all[chosen])
	}
	if errs == nil && !found {
		errs = append(errs, noVariant(p.variant, variants))
	}
	switch {
	case errs != nil:
		return mockserver.Scenario{}, errors.Join(errs...)
	case len(scenarios) == 1:
		return scenarios[0], nil
	}
	return mockserver.Join(scenarios...), nil
}

func noVariant(name string, known []string) error {
	hint := "there is none"
	if near := nearest.Names(name, known, 1); near != nil {
		hint = fmt.Sprintf("did you mean %s?", near[0])
	} else if known != nil {
		hint = "there are: " + strings.Join(known, ", ")
	}
	return fmt.Errorf("no variant called %q; %s", name, hint)
}

// readyMade is the ready-made scenario of a name.
func readyMade(name string) (mockserver.Scenario, bool) {
	for op := range mockserver.Operations() {
		if op.Name == name {
			for i := range op.Scenario.Routes {
				op.Scenario.Routes[i].Source = "ready-made " + name
			}
			return op.Scenario, true
		}
	}
	return mockserver.Scenario{}, false
}

func readyMadeNames() (names []string) {
	for op := range mockserver.Operations() {
		names = append(names, op.Name)
	}
	return names
}

// loadFile reads a scenario file with its variants. Places are told with the file's name as it was given.
func loadFile(name string, w *watch) ([]mockserver.Scenario, error) {
	dir, base := split(name)
	all, err := mockserver.LoadVariants(watchedFS{os.DirFS(dir), dir, w}, base)
	if err != nil {
		return nil, misnamed(name, placedError(err, base, name))
	}
	for _, s := range all {
		for i := range s.Routes {
			r := &s.Routes[i]
			r.Source = placed(r.Source, base, name)
			for j := range r.Replies {
				r.Replies[j].Source = placed(r.Replies[j].Source, base, name)
			}
		}
	}
	return all, nil
}

// split splits the name of a file into the directory that its bodies are in, here or below, and its path there.
func split(name string) (dir, base string) {
	dir, base = ".", filepath.Clean(name)
	if !filepath.IsLocal(base) {
		dir, base = filepath.Split(base)
	}
	return dir, filepath.ToSlash(base)
}

// misnamed says which scenarios there are where a name is no file's.
func misnamed(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) || filepath.Ext(name) != "" || filepath.Base(name) != name {
		return err
	}
	hint := "serve --list shows those"
	if near := nearest.Names(name, readyMadeNames(), 1); near != nil {
		hint = fmt.Sprintf("did you mean %s?", near[0])
	}
	return fmt.Errorf("%q is neither a file nor a ready-made scenario; %s", name, hint)
}

// placed is a place in a file that was read as base, with the name that it was given by.
func placed(at, base, name string) string {
	if rest, ok := strings.CutPrefix(at, base); ok && (rest == "" || rest[0] == ':') {
		return name + rest
	}
	return at
}

// placedError is placed for the errors that err joins.
func placedError(err error, base, name string) error {
	var out []error
	for _, e := range flatten(err) {
		var load *mockserver.LoadError
		if errors.As(e, &load) {
			moved := *load
			moved.At = placed(load.At, base, name)
			e = &moved
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// flatten lists the errors that err joins.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flatten(e)...)
	}
	return out
}

// loadText is an error in one line.
func loadText(err error) string {
	s := strings.TrimPrefix(err.Error(), "mockserver: ")
	return text.Printable(strings.Join(strings.Fields(s), " "))
}

func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return slices.Clip(readyMadeNames()), cobra.ShellCompDirectiveDefault
}
