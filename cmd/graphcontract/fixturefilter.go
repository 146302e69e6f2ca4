package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/nearest"
)

// filters are those that the flags ask for. That none of the documents of the kinds passes them is an error, as is a rule
// or a place that none of them has.
func (g *generation) filters(cmd *cobra.Command, gen *fixtures.Generator, kinds []documentKind) ([]fixtures.Filter, error) {
	for flag, rules := range map[string][]string{"--only": g.only, "--except": g.except} {
		for _, rule := range rules {
			if !isRule(rule) {
				return nil, fmt.Errorf("%s %q: there is no such rule%s", flag, rule, didYouMean(rule, fixtures.Rules()))
			}
		}
	}
	if g.at != "" && g.at[0] != '/' {
		return nil, fmt.Errorf("--at %q: a JSON pointer begins with \"/\"", g.at)
	}
	var out []fixtures.Filter
	if g.only != nil {
		out = append(out, fixtures.Only(g.only...))
	}
	if g.except != nil {
		out = append(out, fixtures.Except(g.except...))
	}
	if g.at != "" {
		out = append(out, fixtures.At(g.at))
	}
	for _, k := range kinds {
		for range k.of(gen, out...) {
			return out, g.known(cmd, gen, kinds)
		}
	}
	if err := g.known(cmd, gen, kinds); err != nil {
		return nil, err
	}
	if out == nil {
		return nil, fmt.Errorf("%s has no %s", gen.Schema().Name(), documentsOf(kinds))
	}
	return nil, errors.New("no document passes --only, --except and --at together")
}

// isRule says whether fixtures may break the rule, or one that begins so.
func isRule(rule string) bool {
	return slices.ContainsFunc(fixtures.Rules(), func(r string) bool {
		return r == rule || strings.HasSuffix(rule, "/") && strings.HasPrefix(r, rule)
	})
}

// known looks for rules and places that are misspelt.
func (g *generation) known(cmd *cobra.Command, gen *fixtures.Generator, kinds []documentKind) error {
	rules := rulesIn(gen, kinds)
	has := func(rule string) bool {
		return slices.ContainsFunc(rules, func(r string) bool {
			return r == rule || strings.HasSuffix(rule, "/") && strings.HasPrefix(r, rule)
		})
	}
	for _, rule := range g.only {
		if !has(rule) {
			return fmt.Errorf("--only %q: no %s break it%s", rule, documentsOf(kinds), didYouMean(rule, rules))
		}
	}
	for _, rule := range g.except {
		if !has(rule) { // it may be one that other types have
			notice(cmd, "--except %s: no %s break it%s", rule, documentsOf(kinds), didYouMean(rule, rules))
		}
	}
	if g.at == "" {
		return nil
	}
	places := placesIn(gen, kinds)
	if !slices.Contains(places, g.at) {
		return fmt.Errorf("--at %q: no %s are about it%s", g.at, documentsOf(kinds), didYouMean(g.at, places))
	}
	return nil
}

func didYouMean(name string, known []string) string {
	if near := nearest.Names(name, known, 3); near != nil {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// documentsOf is "invalid or malformed documents".
func documentsOf(kinds []documentKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	if len(names) == len(documentKinds) {
		return "documents"
	}
	return strings.Join(names, " or ") + " documents"
}

// rulesIn lists the rules that documents of the kinds break, sorted.
func rulesIn(gen *fixtures.Generator, kinds []documentKind) []string {
	var out []string
	for _, k := range kinds {
		for f := range k.of(gen) {
			out = append(out, f.Rules...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// placesIn lists the places that documents of the kinds are about, and those around them, sorted.
func placesIn(gen *fixtures.Generator, kinds []documentKind) []string {
	var out []string
	for _, k := range kinds {
		for f := range k.of(gen) {
			for at := f.Pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
				out = append(out, at)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// namesOf lists the names of the documents of the kinds, and those of the timelines.
func namesOf(gen *fixtures.Generator, kinds []documentKind) []string {
	var out []string
	for _, k := range kinds {
		for f := range k.of(gen) {
			out = append(out, f.Name)
		}
	}
	for t := range gen.Timelines() {
		if !slices.Contains(out, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}
