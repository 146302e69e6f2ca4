package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/text"
)

// writeCoverage lists the rules with the documents that break them, what has no document, and the combinations of members
// that the valid documents show.
func writeCoverage(out io.Writer, gen *fixtures.Generator) error {
	l := lister{w: bufio.NewWriter(out), width: terminalWidth(out)}
	var rules, skipped, combinations [][]string
	var names [][]string // of the fixtures, below each rule
	for _, c := range gen.Coverage() {
		none := ""
		if c.Fixtures == nil {
			none = "none"
			if c.Skipped != "" {
				none += ": " + c.Skipped
			}
		}
		rules = append(rules, []string{place(c.Pointer), c.Rule, c.Severity.String(), none})
		names = append(names, c.Fixtures)
	}
	for _, k := range gen.Skipped() {
		rule := k.Rule
		if rule == "*" {
			rule = "all rules"
		}
		skipped = append(skipped, []string{place(k.Pointer), rule, k.Reason})
	}
	for _, c := range gen.Combinations() {
		shown := "every pair"
		if c.Exhaustive {
			shown = "every combination"
		}
		combinations = append(combinations, []string{
			place(c.Pointer), text.Count(len(c.Properties), "member"), text.Count(len(c.Rows), "row"), text.Count(c.Pairs, "pair"),
			fmt.Sprintf("%d missing", c.Missing()), shown,
		})
	}
	l.groupOf("rules", "each at each place, and below it the documents that break it", rules, names)
	l.group("left out", "what no document shows or breaks, and why", skipped)
	l.group("combinations", "members present, null and absent together in valid documents", combinations)
	return l.w.Flush()
}

func place(pointer string) string {
	if pointer == "" {
		return "(document)"
	}
	return pointer
}
