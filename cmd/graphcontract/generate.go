package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/schema"
)

// documentKind is one of the kinds of fixtures, which a flag of its name selects.
type documentKind struct {
	name, about string
	of          func(*fixtures.Generator, ...fixtures.Filter) iter.Seq[fixtures.Fixture]
}

// documentKinds are the kinds of fixtures in the order in which they are written.
var documentKinds = []documentKind{
	{"valid", "documents in which the judge finds nothing", (*fixtures.Generator).Valid},
	{"invalid", "documents that break one rule and are refused", (*fixtures.Generator).Invalid},
	{"warned", "documents that break one rule and are warned of", (*fixtures.Generator).Warned},
	{"pairs", "documents with two faults at once", (*fixtures.Generator).Pairs},
	{"malformed", "bodies that are no good JSON document", (*fixtures.Generator).Malformed},
	{"semantic", "documents that the schema accepts and that make no sense", (*fixtures.Generator).Semantic},
}

// generation is what one generate command is asked for.
type generation struct {
	typ      typeFlag
	src      sourceFlags
	terminal io.Writer

	selected     []bool // of documentKinds
	only, except []string
	at           string
	timelines    []string

	name, explain          string
	list, asJSON, coverage bool
	out, fuzz              string
	stream                 documentStream

	seed      uint64
	plain     bool
	overrides overrideFlags
}

func newGenerate(terminal io.Writer) *cobra.Command {
	g := &generation{terminal: terminal, selected: make([]bool, len(documentKinds))}
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make documents of a type, valid ones and faulty ones",
		Long: `Make documents of a type, one a line. Without a flag they are the valid ones of
microsoft.graph.connectionOperation. Equal command lines print equal bytes, on every
machine; --seed chooses other values.

Other kinds are --invalid, documents that break one rule each by the smallest edit of
a valid one; --warned, those whose rule makes a warning; --pairs, with two faults;
--malformed, bodies that are no good JSON; and --semantic, which satisfy the schema and
make no sense. --list names them with the rules that they break, --explain says
everything of one, --coverage which rules there are and what breaks them.

--timeline writes the polls of a whole operation as a recording, which check judges.
--count makes a stream of any length, in which --faulty spoils some documents and
--labels says which.

--set, --merge and --omit change every document. The value of --set is JSON; what does
not begin like JSON is taken as a string, so that --set /status=failed does what it
says. --set comes first, then --merge, then --omit. Where the documents would no longer
be valid, generate says what is wrong and makes none, unless --allow-invalid is given.

With --out the documents go to files NAME.json, and what they are to labels.jsonl
beside them; several kinds have a folder each, and timelines are in one of that name.
Other files in the directory stay, old documents too: empty it first.
With --fuzz they become seeds of a Go fuzz target, those of more than 64 KiB left out;
without a kind that is all kinds, as for --list.`,
		Example: `  graphcontract generate
  graphcontract generate --invalid --only enum,odata/
  graphcontract generate --list
  graphcontract generate --explain 'status~enum=wrong-case'
  graphcontract generate --name minimal | curl --json @- "$URL"
  graphcontract generate --timeline flapping | graphcontract check -
  graphcontract generate --count 1000000 --faulty 100 --labels labels.jsonl | my-loader
  graphcontract generate --set /status=failed --set '/error={"message":"x"}'
  graphcontract generate --pages microsoft-graph-docs/api-reference/v1.0 --type user --valid --invalid --out testdata/user
  graphcontract generate --fuzz testdata/fuzz/FuzzDecode`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.validate(cmd); err != nil {
				return err
			}
			gen, err := g.generator(cmd)
			if err != nil {
				return err
			}
			return g.run(cmd, gen)
		},
	}
	g.add(cmd)
	return cmd
}

func (g *generation) add(cmd *cobra.Command) {
	g.typ.add(cmd)
	g.src.add(cmd, "strict")
	flags := cmd.Flags()
	for i, k := range documentKinds {
		flags.BoolVar(&g.selected[i], k.name, false, k.about)
	}
	flags.StringSliceVar(&g.only, "only", nil, "only documents that break one of the `RULES`, such as enum,odata/ (one that ends in a slash stands for all that begin so)")
	flags.StringSliceVar(&g.except, "except", nil, "no documents that break one of the `RULES`")
	flags.StringVar(&g.at, "at", "", "only documents about the place that the JSON `POINTER` names, or about one within it")
	flags.StringSliceVar(&g.timelines, "timeline", nil, "the recorded life of an operation called `NAME`, or all (repeatable)")
	flags.StringVar(&g.name, "name", "", "print the bytes of the document or timeline called `NAME`, and nothing else")
	flags.StringVar(&g.explain, "explain", "", "say what the document or timeline called `NAME` is, and what must be found in it")
	flags.BoolVar(&g.list, "list", false, "list names, rules and reasons instead of documents; of all kinds but pairs where none is named")
	flags.BoolVar(&g.asJSON, "json", false, "with --list, one JSON object a line, pairs included")
	flags.BoolVar(&g.coverage, "coverage", false, "list every rule at every place with the documents that break it, what is left out, and the combinations shown")
	flags.StringVar(&g.out, "out", "", "write files into `DIR`, made where it is missing; other files in it stay, old documents too")
	flags.StringVar(&g.fuzz, "fuzz", "", "write seeds of a fuzz target into `DIR`, which is testdata/fuzz/FuzzName")
	g.stream.add(cmd)
	flags.Uint64Var(&g.seed, "seed", 0, "`N` chooses the values; it does not change which documents there are")
	flags.BoolVar(&g.plain, "plain", false, "plain words instead of realistic text")
	g.overrides.add(cmd)
	g.complete(cmd, timelineNames, "timeline")
	for _, c := range []struct {
		names func(*fixtures.Generator, []documentKind) []string
		flags []string
	}{{namesOf, []string{"name", "explain"}}, {rulesIn, []string{"only", "except"}}, {placesIn, []string{"at"}}} {
		g.complete(cmd, func(gen *fixtures.Generator) []string { return c.names(gen, documentKinds) }, c.flags...)
	}
}

// complete offers the names that a generator of the other flags has, for the last one where commas separate several.
func (g *generation) complete(cmd *cobra.Command, names func(*fixtures.Generator) []string, flags ...string) {
	for _, flag := range flags {
		_ = cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			gen, err := g.generator(cmd)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			before := ""
			if cmd.Flags().Lookup(flag).Value.Type() == "stringSlice" {
				before = typed[:strings.LastIndexByte(typed, ',')+1]
			}
			var out []string
			for _, name := range names(gen) {
				if strings.HasPrefix(before+name, typed) {
					out = append(out, before+name)
				}
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// generator makes the generator that the flags describe, one that makes documents.
func (g *generation) generator(cmd *cobra.Command) (*fixtures.Generator, error) {
	options := []fixtures.Option{fixtures.Seed(g.seed)}
	if g.plain {
		options = append(options, fixtures.Plain())
	}
	overrides, err := g.overrides.options()
	if err != nil {
		return nil, err
	}
	options = append(options, overrides...)
	c, m, err := g.src.load(cmd)
	if err != nil {
		return nil, err
	}
	typ := g.typ
	if typ.name == "" && len(g.src.pages.sources) == 0 {
		typ.name = schema.ConnectionOperation().Name()
	}
	s, err := typ.schema(c, m)
	if err != nil {
		return nil, err
	}
	gen := fixtures.New(s, options...)
	var broken schema.Findings
	if err := gen.Err(); errors.As(err, &broken) && g.overrides.some() {
		for i, f := range broken { // without its place in a document that nobody sees
			placeless := *f
			placeless.At = schema.Location{}
			broken[i] = &placeless
		}
		return nil, fmt.Errorf("%s break the contract, which --allow-invalid lets them: %w", overrideNames, broken)
	}
	return gen, gen.Err()
}

// kinds are the kinds that are asked for, or others where there are none.
func (g *generation) kinds(others []documentKind) []documentKind {
	var out []documentKind
	for i, k := range documentKinds {
		if g.selected[i] {
			out = append(out, k)
		}
	}
	if out == nil {
		return others
	}
	return out
}

func (g *generation) run(cmd *cobra.Command, gen *fixtures.Generator) error {
	lives, err := g.lives(gen)
	if err != nil {
		return err
	}
	switch flags := cmd.Flags(); {
	case g.list:
		g.overrides.notice(cmd, gen)
		return g.writeList(cmd, gen, lives)
	case flags.Changed("name"):
		return g.writeNamed(cmd, gen)
	case flags.Changed("explain"):
		s, err := gen.Explain(g.explain)
		if err == nil {
			_, err = io.WriteString(cmd.OutOrStdout(), s)
		}
		return err
	case g.coverage:
		return writeCoverage(cmd.OutOrStdout(), gen)
	case flags.Changed("count"):
		return g.stream.write(cmd, gen, g.terminal)
	case flags.Changed("out"):
		g.overrides.notice(cmd, gen)
		return g.writeFiles(cmd, gen, lives)
	case flags.Changed("fuzz"):
		g.overrides.notice(cmd, gen)
		return g.writeSeeds(cmd, gen)
	case lives != nil:
		return writeLives(cmd.OutOrStdout(), gen, lives...)
	}
	g.overrides.notice(cmd, gen)
	return g.writeDocuments(cmd, gen)
}

// writeNamed writes one document, or the recording of a timeline where no document has the name.
func (g *generation) writeNamed(cmd *cobra.Command, gen *fixtures.Generator) error {
	f, err := gen.Lookup(g.name)
	if err != nil {
		if t, none := gen.Timeline(g.name); none == nil {
			return writeLives(cmd.OutOrStdout(), gen, t)
		}
		return err
	}
	_, err = cmd.OutOrStdout().Write(f.Body)
	return err
}

// writeDocuments writes one document a line.
func (g *generation) writeDocuments(cmd *cobra.Command, gen *fixtures.Generator) error {
	kinds := g.kinds(documentKinds[:1])
	filters, err := g.filters(cmd, gen, kinds)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(cmd.OutOrStdout())
	for _, k := range kinds {
		for f := range k.of(gen, filters...) {
			_, _ = w.Write(f.Body) // Flush says what went wrong
			_ = w.WriteByte('\n')
		}
	}
	return w.Flush()
}
