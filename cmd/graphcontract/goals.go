package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// goals are the flags that say what is made of the documents. Without one they are printed.
var goals = []string{"list", "name", "explain", "coverage", "count", "out", "fuzz"}

// companions are the flags that say nothing to all goals, and those that they go with; "" is printing.
var companions = []struct{ flags, goals []string }{
	{[]string{"valid", "invalid", "warned", "pairs", "malformed", "semantic", "only", "except", "at"}, []string{"", "list", "out", "fuzz"}},
	{[]string{"timeline"}, []string{"", "list", "out"}},
	{[]string{"json"}, []string{"list"}},
	{[]string{"faulty", "labels", "from"}, []string{"count"}},
}

// validate refuses flags that have nothing to say to each other.
func (g *generation) validate(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	goal := ""
	for _, name := range goals {
		switch {
		case !changed(name):
		case goal != "":
			return fmt.Errorf("--%s and --%s exclude each other", goal, name)
		default:
			goal = name
		}
	}
	for _, c := range companions {
		for _, name := range c.flags {
			switch {
			case !changed(name) || slices.Contains(c.goals, goal):
			case len(c.goals) == 1:
				return fmt.Errorf("--%s is for --%s", name, c.goals[0])
			default:
				return fmt.Errorf("--%s and --%s exclude each other", goal, name)
			}
		}
	}
	if err := g.validateFilters(changed); err != nil {
		return err
	}
	if changed("at") && g.at != "" && !strings.HasPrefix(g.at, "/") {
		return fmt.Errorf("--at %q, want a JSON pointer, such as /status", g.at)
	}
	if goal == "" && changed("malformed") {
		return errors.New("--malformed needs --out DIR, or --name NAME for one of them: such bodies are no lines")
	}
	for _, dir := range []struct{ flag, name string }{{"out", g.out}, {"fuzz", g.fuzz}} {
		if changed(dir.flag) && dir.name == "" {
			return fmt.Errorf("--%s needs a directory", dir.flag)
		}
	}
	if changed("timeline") && len(g.timelines) == 0 {
		return errors.New("--timeline needs a name")
	}
	if g.overrides.allowInvalid && !g.overrides.some() {
		return errors.New("--allow-invalid is for " + overrideNames)
	}
	return g.stream.validate(changed)
}

// validateFilters refuses filters of what they do not hold for.
func (g *generation) validateFilters(changed func(string) bool) error {
	filters := changed("only") || changed("except") || changed("at")
	if g.timelines != nil {
		switch kinds := g.kinds(nil); {
		case kinds != nil && !g.list && !changed("out"):
			return fmt.Errorf("--timeline and --%s need --list, or --out DIR: a recording and documents are no stream together", kinds[0].name)
		case kinds == nil && filters:
			return errors.New("--only, --except and --at are for documents, --timeline is for recordings")
		}
		return nil
	}
	kinds := g.kinds(documentKinds[:1])
	onlyValid := len(kinds) == 1 && kinds[0].name == "valid"
	all := g.kinds(nil) == nil && (g.list || changed("fuzz"))
	if onlyValid && !all && (changed("only") || changed("except")) {
		return errors.New("valid documents break no rule; --only and --except are for --invalid, --warned, --pairs, --malformed and --semantic")
	}
	return nil
}
