package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

func newTypes() *cobra.Command {
	var (
		src      pagesFlag
		asJSON   bool
		problems bool
	)
	cmd := &cobra.Command{
		Use:   "types [NAME...]",
		Short: "List what the pages say of their types",
		Long: `List the types that the pages define, or show the properties of the named ones.

With --json each type is one object a line: name, base, key, abstract, open, page,
line and properties, each with name, type, collection, nullable, readOnly, enum,
relationship, inherited and line, which is one of the page that declares it. Types
have their full names, such as Edm.String and microsoft.graph.errorDetail; base and
key are "" and enum is [] where there is none.

With --problems it lists instead what the pages say and graphcontract could not use,
as page:line: text, or with --json as page, line and text.`,
		Example: `  graphcontract types
  graphcontract types connectionOperation
  graphcontract types --pages microsoft-graph-docs/api-reference/v1.0 --json
  graphcontract types --pages microsoft-graph-docs/api-reference/v1.0 --problems`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := src.load(cmd.Context())
			if err != nil {
				return err
			}
			w := bufio.NewWriter(cmd.OutOrStdout())
			if problems {
				if len(args) > 0 {
					return fmt.Errorf("--problems takes no type, got %q", args[0])
				}
				err = writeProblems(w, c.Problems(), asJSON)
			} else {
				err = writeTypes(cmd, w, c, args, asJSON)
			}
			if err != nil {
				return err
			}
			return w.Flush()
		},
		ValidArgsFunction: completeTypes,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&problems, "problems", false, "list what could not be used instead")
	src.add(cmd)
	return cmd
}

func writeTypes(cmd *cobra.Command, w io.Writer, c *schema.Catalog, names []string, asJSON bool) error {
	types := slices.Collect(c.Resources())
	if len(names) > 0 {
		types = nil
		for _, name := range names {
			r, err := c.Resource(name)
			if err != nil {
				return err
			}
			types = append(types, r)
		}
	}
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, r := range types {
			if err := e.Encode(typeLine(r)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(names) > 0 {
		for i, r := range types {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := writeType(w, r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range types {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s:%d\n", r.Name, kind(r), text.Count(len(r.Properties), "member"), text.Printable(r.Page), r.Line)
	}
	if n := len(c.Problems()); n > 0 {
		notice(cmd, "%s on the pages; --problems lists them", text.Count(n, "problem"))
	}
	return t.Flush()
}

// kind says what a type is, in a few words.
func kind(r *schema.Resource) string {
	words := "complex type"
	if r.IsEntity() {
		words = "entity"
	}
	if r.Abstract {
		words = "abstract " + words
	}
	if r.Open {
		words = "open " + words
	}
	return words
}

// writeType writes what the pages say of one type.
func writeType(w io.Writer, r *schema.Resource) error {
	fmt.Fprintf(w, "%s  %s  %s:%d\n", r.Name, kind(r), text.Printable(r.Page), r.Line)
	if r.Base != "" {
		fmt.Fprintf(w, "  base  %s\n", r.Base)
	}
	if r.Key != "" {
		fmt.Fprintf(w, "  key   %s\n", r.Key)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, q := range r.Properties {
		typ := q.Type
		if q.Collection {
			typ = "Collection(" + typ + ")"
		}
		var notes []string
		for _, n := range []struct {
			is   bool
			note string
		}{
			{q.Enum != nil, "one of " + strings.Join(q.Enum, ", ")},
			{q.Bounds != schema.Bounds{}, limits(q.Bounds)},
			{q.NotNullable, "not null"},
			{q.ReadOnly, "read-only"},
			{q.Relationship, "relationship"},
			{q.Inherited, "inherited"},
			{q.Assumed, "assumed"},
		} {
			if n.is {
				notes = append(notes, n.note)
			}
		}
		fmt.Fprintf(t, "  %s\t%s\t%s:%d", text.Printable(q.Name), typ, text.Printable(q.Page), q.Line)
		if notes != nil {
			fmt.Fprintf(t, "\t%s", text.Printable(strings.Join(notes, "; ")))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// limits are the bounds that a description gives.
func limits(b schema.Bounds) string {
	var parts []string
	add := func(format string, n *int64) {
		if n != nil {
			parts = append(parts, fmt.Sprintf(format, *n))
		}
	}
	add("at least %d", b.Min)
	add("at most %d", b.Max)
	add("at least %d characters", b.MinLength)
	add("at most %d characters", b.MaxLength)
	add("at most %d items", b.MaxItems)
	return strings.Join(parts, ", ")
}

type jsonType struct {
	Name       string         `json:"name"`
	Base       string         `json:"base"`
	Key        string         `json:"key"`
	Abstract   bool           `json:"abstract"`
	Open       bool           `json:"open"`
	Page       string         `json:"page"`
	Line       int            `json:"line"`
	Properties []jsonProperty `json:"properties"`
}

type jsonProperty struct {
	Name         string   `json:"name"`
	Type         string   `json:"type"`
	Collection   bool     `json:"collection"`
	Nullable     bool     `json:"nullable"`
	ReadOnly     bool     `json:"readOnly"`
	Enum         []string `json:"enum"`
	Relationship bool     `json:"relationship"`
	Inherited    bool     `json:"inherited"`
	Line         int      `json:"line"`
}

// typeLine is a type for programs. A collection is never null, whatever its items are.
func typeLine(r *schema.Resource) jsonType {
	out := jsonType{
		Name: r.Name, Base: r.Base, Key: r.Key, Abstract: r.Abstract, Open: r.Open, Page: r.Page, Line: r.Line,
		Properties: make([]jsonProperty, 0, len(r.Properties)),
	}
	for _, q := range r.Properties {
		out.Properties = append(out.Properties, jsonProperty{
			Name: q.Name, Type: q.Type, Collection: q.Collection, Nullable: !q.NotNullable && !q.Collection, ReadOnly: q.ReadOnly,
			Enum: append([]string{}, q.Enum...), Relationship: q.Relationship, Inherited: q.Inherited, Line: q.Line,
		})
	}
	return out
}

func writeProblems(w io.Writer, problems []schema.Problem, asJSON bool) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, p := range problems {
		if !asJSON {
			fmt.Fprintf(w, "%s:%d: %s\n", text.Printable(p.Page), p.Line, text.Printable(p.Text))
			continue
		}
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// completeTypes offers the types of the pages that the command line names.
func completeTypes(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	sources, _ := cmd.Flags().GetStringArray("pages") // a command without the flag has the embedded pages
	c, err := (&pagesFlag{sources: sources}).load(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for r := range c.Resources() {
		names = append(names, r.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
