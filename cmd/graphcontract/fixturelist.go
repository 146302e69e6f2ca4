package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/text"
)

// writeList lists documents and timelines without their bodies.
func (g *generation) writeList(cmd *cobra.Command, gen *fixtures.Generator, lives []fixtures.Timeline) error {
	kinds := g.kinds(nil)
	if kinds == nil && g.timelines == nil {
		kinds = documentKinds
	}
	var filters []fixtures.Filter
	if kinds != nil {
		var err error
		if filters, err = g.filters(cmd, gen, kinds); err != nil {
			return err
		}
	}
	w := bufio.NewWriter(cmd.OutOrStdout())
	if g.asJSON {
		if err := listJSON(w, gen, kinds, filters, lives); err != nil {
			return err
		}
		return w.Flush()
	}
	l := lister{w: w}
	for _, k := range kinds {
		var rows [][]string
		for f := range k.of(gen, filters...) {
			rows = append(rows, []string{f.Name, rulesOf(f), f.Why})
		}
		l.group(k.name, k.about, rows)
	}
	var rows [][]string
	for _, t := range lives {
		rows = append(rows, []string{t.Name, text.Count(len(t.Exchanges), "exchange"), expected(t), t.Why})
	}
	l.group("timelines", "recorded lives of an operation", rows)
	return w.Flush()
}

// lister writes groups of aligned rows.
type lister struct {
	w     *bufio.Writer
	begun bool
}

func (l *lister) group(name, about string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	if l.begun {
		fmt.Fprintln(l.w)
	}
	l.begun = true
	fmt.Fprintf(l.w, "%s (%d): %s\n\n", name, len(rows), about)
	writeRows(l.w, rows)
}

// writeRows writes rows in columns, indented. A column that is empty throughout is left out.
func writeRows(w *bufio.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		var cells []string
		for i, cell := range row {
			for _, other := range rows {
				if other[i] != "" {
					cells = append(cells, text.Printable(cell))
					break
				}
			}
		}
		fmt.Fprintln(t, "  "+strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	_ = t.Flush() // Flush of the writer below says what went wrong
}

// rulesOf are the rules that a document breaks, with the severity where the judge of the schema finds it.
func rulesOf(f fixtures.Fixture) string {
	if f.Want == nil {
		return strings.Join(f.Rules, ", ")
	}
	var out []string
	for _, w := range f.Want {
		out = append(out, fmt.Sprintf("%s (%s)", w.Rule, w.Severity))
	}
	return strings.Join(out, ", ")
}

func expected(t fixtures.Timeline) string {
	var out []string
	for _, w := range t.Want {
		out = append(out, fmt.Sprintf("%s (%s, exchange %d)", w.Rule, w.Severity, w.Record))
	}
	return strings.Join(out, ", ")
}

// jsonTimeline is a timeline for programs.
type jsonTimeline struct {
	Kind      string      `json:"kind"` // "timeline"
	Name      string      `json:"name"`
	Why       string      `json:"why"`
	Exchanges int         `json:"exchanges"`
	Findings  []jsonFound `json:"findings,omitempty"`
}

type jsonFound struct {
	Record int `json:"record"` // number of the exchange, from 1
	fixtures.Found
}

func listJSON(w io.Writer, gen *fixtures.Generator, kinds []documentKind, filters []fixtures.Filter, lives []fixtures.Timeline) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, k := range kinds {
		for f := range k.of(gen, filters...) {
			if err := e.Encode(f.Label()); err != nil {
				return err
			}
		}
	}
	for _, t := range lives {
		line := jsonTimeline{Kind: "timeline", Name: t.Name, Why: t.Why, Exchanges: len(t.Exchanges)}
		for _, x := range t.Want {
			line.Findings = append(line.Findings, jsonFound{x.Record, fixtures.Found{Severity: x.Severity, Rule: x.Rule, Pointer: x.Pointer}})
		}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// writeCoverage lists the rules with the documents that break them, what has no document, and the combinations of members
// that the valid documents show.
func writeCoverage(out io.Writer, gen *fixtures.Generator) error {
	l := lister{w: bufio.NewWriter(out)}
	var rules, skipped, combinations [][]string
	for _, c := range gen.Coverage() {
		by := strings.Join(c.Fixtures, ", ")
		if c.Fixtures == nil {
			by = "none"
			if c.Skipped != "" {
				by += ": " + c.Skipped
			}
		}
		rules = append(rules, []string{place(c.Pointer), c.Rule, c.Severity.String(), by})
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
	l.group("rules", "each at each place, and the documents that break it", rules)
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
