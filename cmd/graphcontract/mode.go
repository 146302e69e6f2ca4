package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/schema"
)

// modeFlags choose how strictly is judged. --mode names a preset, the others change one part of it.
type modeFlags struct {
	mode, presence, evolution, bounds string
	preset                            string
}

func (f *modeFlags) add(cmd *cobra.Command, preset string) {
	f.preset = preset
	flags := cmd.Flags()
	flags.StringVar(&f.mode, "mode", preset, "strict (full, closed) for what you write yourself, tolerant (partial, open) for what Graph sends")
	flags.StringVar(&f.presence, "presence", "", "full: what the documentation shows is required; partial: the key alone")
	flags.StringVar(&f.evolution, "evolution", "", "closed: undocumented members and values are errors; open: they are warnings")
	flags.StringVar(&f.bounds, "bounds", "", "enforced: limits read from descriptions are errors; advised: they are warnings")
	complete(cmd, "mode", "strict", "tolerant")
	complete(cmd, "presence", "full", "partial")
	complete(cmd, "evolution", "closed", "open")
	complete(cmd, "bounds", "advised", "enforced")
}

func (f *modeFlags) value() (schema.Mode, error) {
	if err := oneOf("--mode", f.mode, "strict", "tolerant"); err != nil {
		return schema.Mode{}, err
	}
	m := schema.Strict
	if f.mode == "tolerant" {
		m = schema.Tolerant
	}
	for _, part := range []struct {
		flag, text string
		set        interface{ UnmarshalText([]byte) error }
	}{
		{"--presence", f.presence, &m.Presence}, {"--evolution", f.evolution, &m.Evolution}, {"--bounds", f.bounds, &m.Bounds},
	} {
		if part.text == "" {
			continue
		}
		if err := part.set.UnmarshalText([]byte(part.text)); err != nil {
			return m, fmt.Errorf("%s: %w", part.flag, err)
		}
	}
	return m, nil
}
