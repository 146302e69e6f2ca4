package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/fixtures"
)

// allTimelines stands for every timeline there is.
const allTimelines = "all"

// lives are the timelines that the flags ask for; a list of everything has all of them. A name that none of them has is an
// error.
func (g *generation) lives(gen *fixtures.Generator) ([]fixtures.Timeline, error) {
	if g.timelines == nil {
		if g.list && g.kinds(nil) == nil && g.only == nil && g.except == nil && g.at == "" {
			return slices.Collect(gen.Timelines()), nil
		}
		return nil, nil
	}
	all := slices.Collect(gen.Timelines())
	if all == nil {
		return nil, fmt.Errorf("%s has no timelines: only entities have that are long-running operations, and that a documented request polls",
			gen.Schema().Name())
	}
	if slices.Contains(g.timelines, allTimelines) {
		return all, nil
	}
	var out []fixtures.Timeline
	for _, name := range g.timelines {
		t, err := gen.Timeline(name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// timelineNames lists the names of all timelines, and what stands for all of them.
func timelineNames(gen *fixtures.Generator) []string {
	var out []string
	for t := range gen.Timelines() {
		out = append(out, t.Name)
	}
	return append(out, allTimelines)
}

// writeLives writes timelines as one recording, each of them a session.
func writeLives(w io.Writer, gen *fixtures.Generator, lives ...fixtures.Timeline) error {
	b := bufio.NewWriter(w)
	err := recording.WriteNDJSON(b, func(yield func(recording.Exchange) bool) {
		for _, t := range lives {
			for _, x := range t.Exchanges {
				x.Session = t.Name
				if !yield(x) {
					return
				}
			}
		}
	}, recording.Provenance("Made by graphcontract generate from the documentation of "+gen.Schema().Name()+"; not Microsoft's traffic."))
	if err != nil {
		return err
	}
	return b.Flush()
}
