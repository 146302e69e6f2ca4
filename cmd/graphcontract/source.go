package main

import (
	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/schema"
)

// sourceFlags say by what and how strictly is judged.
type sourceFlags struct {
	mode  modeFlags
	pages pagesFlag
}

func (f *sourceFlags) add(cmd *cobra.Command, preset string) {
	f.mode.add(cmd, preset)
	f.pages.add(cmd)
}

// load returns the catalog and the mode that the flags name.
func (f *sourceFlags) load(cmd *cobra.Command) (*schema.Catalog, schema.Mode, error) {
	m, err := f.mode.value()
	if err != nil {
		return nil, m, err
	}
	c, err := f.pages.catalog(cmd)
	return c, m, err
}
