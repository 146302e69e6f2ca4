package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/schema"
)

// typeFlag names the type to judge by.
type typeFlag struct{ name, shape string }

func (f *typeFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "type", "", "full or short `NAME` of the type, such as connectionOperation")
	cmd.Flags().StringVar(&f.shape, "shape", schema.Entity.String(), "what a document is: entity, collection, delta, create, update or error")
	complete(cmd, "shape", "entity", "collection", "delta", "create", "update", "error")
	_ = cmd.RegisterFlagCompletionFunc("type", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for r := range schema.Default().Resources() {
			names = append(names, r.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// schema looks the type up. Where the pages define one type only, it needs no name.
func (f *typeFlag) schema(c *schema.Catalog, m schema.Mode) (*schema.Schema, error) {
	var shape schema.Shape
	if err := shape.UnmarshalText([]byte(f.shape)); err != nil {
		return nil, fmt.Errorf("--shape: %w", err)
	}
	name := f.name
	if name == "" && shape != schema.ErrorEnvelope {
		var all []string
		for r := range c.Resources() {
			all = append(all, r.Name)
		}
		if len(all) != 1 {
			slices.Sort(all)
			if len(all) > 12 {
				all = append(all[:12], "…")
			}
			return nil, errors.New("--type is needed; the pages define " + strings.Join(all, ", "))
		}
		name = all[0]
	}
	return c.Schema(name, m, shape)
}

func newSchema() *cobra.Command {
	var (
		typ typeFlag
		src sourceFlags
	)
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a type",
		Long: `Print the JSON Schema (draft 2020-12) that the documentation of a type yields. It is
self-contained and the same bytes every time. The keyword x-graph names the page
and line that ask for a constraint.`,
		Example: `  graphcontract schema --type connectionOperation
  graphcontract schema --type connectionOperation --mode tolerant --shape collection
  graphcontract schema --pages connectionoperation.md`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, m, err := src.load(cmd)
			if err != nil {
				return err
			}
			s, err := typ.schema(c, m)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(s.JSON())
			return err
		},
	}
	typ.add(cmd)
	src.add(cmd, "strict")
	return cmd
}
