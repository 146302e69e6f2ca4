package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

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
	l := lister{w: w, width: terminalWidth(cmd.OutOrStdout())}
	for _, k := range kinds {
		var rows [][]string
		for f := range k.of(gen, filters...) {
			rows = append(rows, []string{f.Name, rulesOf(f), news(f)})
		}
		if k.name == "pairs" && g.kinds(nil) == nil { // they are many, and say nothing that the others do not
			l.heading(k.name, len(rows), k.about+"; --pairs lists them")
			continue
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

// news is what a fixture's Why says beyond its name. Such as "status=null" say all there is to say.
func news(f fixtures.Fixture) string {
	place := strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".")
	rest, ok := strings.CutPrefix(f.Name, place)
	if !ok {
		return f.Why
	}
	why := strings.TrimPrefix(f.Why, f.Pointer+": ")
	if strings.TrimLeft(rest, "=") == why {
		return ""
	}
	return why
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
	File      string      `json:"file,omitempty"` // of a directory
	Kind      string      `json:"kind"`           // "timeline"
	Name      string      `json:"name"`
	Why       string      `json:"why"`
	Exchanges int         `json:"exchanges"`
	Findings  []jsonFound `json:"findings,omitempty"`
}

type jsonFound struct {
	Record int `json:"record"` // number of the exchange, from 1
	fixtures.Found
}

func lineOf(t fixtures.Timeline) jsonTimeline {
	line := jsonTimeline{Kind: "timeline", Name: t.Name, Why: t.Why, Exchanges: len(t.Exchanges)}
	for _, x := range t.Want {
		line.Findings = append(line.Findings, jsonFound{x.Record, fixtures.Found{Severity: x.Severity, Rule: x.Rule, Pointer: x.Pointer}})
	}
	return line
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
		if err := e.Encode(lineOf(t)); err != nil {
			return err
		}
	}
	return nil
}
