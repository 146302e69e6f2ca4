package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/report"
	"github.com/graphcontract/graphcontract/schema"
)

func newCheck(terminal io.Writer) *cobra.Command {
	var (
		out   outputFlags
		src   sourceFlags
		hosts []string

		explain bool
	)
	cmd := &cobra.Command{
		Use:   "check RECORDING...",
		Short: "Judge recorded exchanges",
		Long: `Judge recorded HTTP exchanges: each by the operation it matches, and the polls of
each long-running operation as one life.

A recording is a file of raw HTTP/1.1 messages, of NDJSON in graphcontract's
format, or an API page of the documentation, whose examples are judged; content
tells them apart. A directory or a zip archive stands for the recordings in it
(*.http, *.ndjson, *.jsonl, *.md), "-" for standard input.

Traffic with Graph's hosts and with loopback is judged; --host adds others. What
matches no documented operation is listed and is no finding.

By default undocumented members and values are warnings, for Graph adds them
without notice. For traffic of your own fake, --evolution closed makes them
errors, but for the values of an enumeration that lists unknownFutureValue;
--fail-on warning takes those for failures, too.`,
		Example: `  graphcontract check testdata/recordings
  graphcontract check --evolution closed --fail-on warning fake.http
  graphcontract check --pages microsoft-graph-docs/api-reference/v1.0 traffic.ndjson
  graphcontract check --explain testdata/recordings/completes.http
  my-recorder | graphcontract check --format json -`,
		Args: needArgs("a recording: a file, a directory, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.validate(); err != nil {
				return err
			}
			catalog, m, err := src.load(cmd)
			if err != nil {
				return err
			}
			for _, h := range hosts {
				if h == "" || strings.ContainsAny(h, "/@ ") || strings.Count(h, ":") == 1 {
					return fmt.Errorf("--host %q, want a host name without scheme and port", h)
				}
			}
			options := []contract.Option{contract.Hosts(hosts...)}
			if explain {
				options = append(options, contract.Explain())
			}
			c, err := contract.New(catalog, m, options...)
			if err != nil {
				return err
			}
			files, closer, err := recordings(cmd, args)
			defer closer()
			if err != nil {
				return err
			}
			p := newProgress(terminal, files)
			r, err := c.Check(cmd.Context(), exchanges(files, cmd.InOrStdin(), p))
			p.done()
			if err != nil {
				return err
			}
			if r.Judged() == 0 {
				return fmt.Errorf("nothing was judged%s", nothingJudged(r))
			}
			return out.write(cmd, r, "exchange")
		},
	}
	out.add(cmd)
	src.add(cmd, "tolerant")
	cmd.Flags().StringArrayVar(&hosts, "host", nil, "a further `HOST`, without port, whose traffic is judged (repeatable)")
	cmd.Flags().BoolVar(&explain, "explain", false, "say of each exchange why its operation, type, shape and mode were chosen")
	return cmd
}

func nothingJudged(r *contract.Report) string {
	s := r.Unjudged()
	isHost := func(q contract.Request) bool { return !strings.HasPrefix(q.Request, "(") }
	if slices.ContainsFunc(r.Ignored, isHost) && len(r.Unmatched) == 0 {
		s += "; --host adds a host"
	}
	return s
}

func needArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs %s; see %q", cmd.Name(), what, cmd.CommandPath()+" --help")
		}
		return nil
	}
}

// write writes the verdict and decides about the exit status.
func (f *outputFlags) write(cmd *cobra.Command, r *contract.Report, unit string) error {
	w := cmd.OutOrStdout()
	err := report.Write(w, report.Format(f.format), r, report.Options{Color: f.coloured(w), Unit: unit})
	if err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	failing := r.Findings.Count(schema.Error)
	if f.failOn == "warning" {
		failing += r.Findings.Count(schema.Warning)
	}
	if failing > 0 {
		return errFindings
	}
	return nil
}
