package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/text"
)

// writeFiles writes documents and timelines into the directory: those of one kind right there, else each kind in its own
// folder.
func (g *generation) writeFiles(cmd *cobra.Command, gen *fixtures.Generator, lives []fixtures.Timeline) error {
	kinds := g.kinds(nil)
	if kinds == nil && lives == nil {
		kinds = documentKinds[:1]
	}
	if kinds != nil {
		filters, err := g.filters(cmd, gen, kinds)
		if err != nil {
			return err
		}
		for _, k := range kinds {
			some := false
			for range k.of(gen, filters...) {
				some = true
				break
			}
			if !some {
				continue
			}
			dir := g.out
			if len(kinds) > 1 || lives != nil {
				dir = filepath.Join(dir, k.name)
			}
			n, err := fixtures.WriteDir(dir, k.of(gen, filters...))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s in %s\n", text.Count(n, "document"), dir)
		}
	}
	if lives == nil {
		return nil
	}
	dir := filepath.Join(g.out, "timelines")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var labels bytes.Buffer
	e := json.NewEncoder(&labels)
	e.SetEscapeHTML(false)
	for _, t := range lives {
		l := lineOf(t)
		l.File = t.Name + ".ndjson"
		if err := writeLife(filepath.Join(dir, l.File), gen, t); err != nil {
			return err
		}
		if err := e.Encode(l); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, labelsFile), labels.Bytes(), 0o666); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s in %s\n", text.Count(len(lives), "timeline"), dir)
	return nil
}

// labelsFile is the file beside documents or recordings that says what they are.
const labelsFile = "labels.jsonl"

func writeLife(name string, gen *fixtures.Generator, t fixtures.Timeline) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(writeLives(f, gen, t), f.Close())
}

// maxSeed is the longest document that becomes a seed, as in [fixtures.Generator.Seed].
const maxSeed = 64 << 10

// writeSeeds writes seeds of a fuzz target.
func (g *generation) writeSeeds(cmd *cobra.Command, gen *fixtures.Generator) error {
	kinds := g.kinds(documentKinds)
	filters, err := g.filters(cmd, gen, kinds)
	if err != nil {
		return err
	}
	n, err := fixtures.WriteCorpus(g.fuzz, func(yield func(fixtures.Fixture) bool) {
		for _, k := range kinds {
			for f := range k.of(gen, filters...) {
				if len(f.Body) <= maxSeed && !yield(f) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s in %s\n", text.Count(n, "seed"), g.fuzz)
	return nil
}
