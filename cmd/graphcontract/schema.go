package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// typeFlag names the type to judge by.
type typeFlag struct{ name, shape string }

func (f *typeFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "type", "", "full or short `NAME` of the type, such as connectionOperation")
	cmd.Flags().StringVar(&f.shape, "shape", schema.Entity.String(), "what a document is: entity, collection, delta, create, update or error")
	complete(cmd, "shape", "entity", "collection", "delta", "create", "update", "error")
	_ = cmd.RegisterFlagCompletionFunc("type", completeTypes)
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
		all bool
		out string
	)
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a type, or write those of all",
		Long: `Print the JSON Schema (draft 2020-12) that the documentation of a type yields. It is
self-contained and the same bytes every time. The keyword x-graph names the page
and line that ask for a constraint.

With --all it writes one for every type of the pages, as <full type name>.json into
the directory that --out names. Other files in it stay, also those of types that are
gone.`,
		Example: `  graphcontract schema --type connectionOperation
  graphcontract schema --type connectionOperation --mode tolerant --shape collection
  graphcontract schema --pages connectionoperation.md
  graphcontract schema --pages microsoft-graph-docs/api-reference/v1.0 --all --out schemas`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case all && typ.name != "":
				return errors.New("--all and --type exclude each other")
			case all && out == "":
				return errors.New("--all needs --out, a directory for the schemas")
			case !all && out != "":
				return errors.New("--out is for --all; the schema of one type goes to standard output")
			}
			c, m, err := src.load(cmd)
			if err != nil {
				return err
			}
			if all {
				return writeSchemas(cmd, c, m, typ, out)
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
	cmd.Flags().BoolVar(&all, "all", false, "write the schemas of all types")
	cmd.Flags().StringVar(&out, "out", "", "`DIR` for the schemas of --all, made where it is missing")
	return cmd
}

// writeSchemas writes a file for each type.
func writeSchemas(cmd *cobra.Command, c *schema.Catalog, m schema.Mode, typ typeFlag, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	n := 0
	for r := range c.Resources() {
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		typ.name = r.Name
		s, err := typ.schema(c, m)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, r.Name+".json"), s.JSON(), 0o666); err != nil {
			return err
		}
		n++
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s in %s\n", text.Count(n, "schema"), dir)
	return nil
}
