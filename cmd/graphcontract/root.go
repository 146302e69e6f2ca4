package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/graphcontract/graphcontract/contract/report"
	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/internal/text"
)

// Exit codes.
const (
	exitClean    = 0
	exitFindings = 1
	exitTrouble  = 2 // usage, I/O, or nothing judged
)

// errFindings says that the verdict, which has been written, fails the run.
var errFindings = errors.New("findings")

// errTold says that stderr has what went wrong already.
var errTold = errors.New("told")

// run runs one command line and returns its exit code. Whatever goes wrong is one line on stderr, but for what is wrong with
// scenarios; notices come there only beside a verdict.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var notices bytes.Buffer
	root := newRoot(stderr)
	root.SetArgs(args)
	out := &output{Writer: stdout}
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(&notices)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	if errors.Is(err, errTold) {
		return exitTrouble
	}
	if err != nil && !errors.Is(err, errFindings) {
		fmt.Fprintln(stderr, "graphcontract: "+text.Printable(strings.Join(strings.Fields(err.Error()), " ")))
		return exitTrouble
	}
	_, _ = notices.WriteTo(stderr) // there is nowhere left to say that it failed
	if err != nil {
		return exitFindings
	}
	return exitClean
}

// output is standard output. It remembers its first error, for cobra does not look whether help could be written.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// plain is what standard output writes to.
func plain(w io.Writer) io.Writer {
	if o, ok := w.(*output); ok {
		return o.Writer
	}
	return w
}

// notice says something on stderr that is no part of the verdict.
func notice(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintln(cmd.ErrOrStderr(), "note: "+text.Printable(fmt.Sprintf(format, args...)))
}

// newRoot makes the command tree. Progress goes to the terminal, if it is one.
func newRoot(terminal io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "graphcontract",
		Short: "Contract tests for Go code that talks to Microsoft Graph",
		Long: `graphcontract judges what Microsoft Graph, or your fake of it, answers by what the
documentation says: statuses, members, types, enumerations, and the life of
long-running operations.

Exit status: 0 clean, 1 findings of the severity --fail-on asks for, 2 a wrong
command line, an unreadable file, or nothing that could be judged.`,
		Example: `  graphcontract check testdata/recordings
  graphcontract validate --type connectionOperation body.json
  graphcontract schema --type connectionOperation --mode tolerant
  graphcontract generate --invalid --only enum
  graphcontract serve completes
  graphcontract types --pages microsoft-graph-docs/api-reference/v1.0
  graphcontract pages --pages microsoft-graph-docs/api-reference/v1.0 --type user --out testdata/graph`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetVersionTemplate("graphcontract {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %q", flagError(err), cmd.CommandPath()+" --help")
	})
	root.AddCommand(newCheck(terminal), newValidate(terminal), newSchema(), newTypes(), newPages(), newGenerate(terminal), newServe(terminal))
	root.SetHelpCommand(newHelp(root))
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" { // cobra prints help for a shell that it does not know
			cmd.Args = cobra.ArbitraryArgs
			cmd.RunE = root.RunE
		}
	}
	return root
}

// flagError says in our words that a flag's value is no number and the like.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	var number *strconv.NumError
	if !errors.As(err, &invalid) || !errors.As(err, &number) {
		return err
	}
	want := "want a number"
	switch {
	case number.Func == "ParseBool":
		want = "want true or false"
	case errors.Is(number, strconv.ErrRange):
		want = "which is too large a number"
	case number.Func == "ParseUint":
		want = "want a number from 0"
	}
	return fmt.Errorf("--%s %q, %s", invalid.GetFlag().Name, invalid.GetValue(), want)
}

// newHelp is cobra's help command, but for an unknown topic, which is an error.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, args[0])
			}
			return cmd.Help()
		},
	}
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, got %q; see %q", cmd.Name(), args[0], cmd.CommandPath()+" --help")
	}
	return nil
}

func unknownCommand(root *cobra.Command, name string) error {
	var known []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	if near := nearest.Names(name, known, 1); near != nil {
		return fmt.Errorf("unknown command %q; did you mean %s?", name, near[0])
	}
	return fmt.Errorf("unknown command %q, want %s", name, strings.Join(known, ", "))
}

// version is the module's version as the build recorded it.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s %s", v, runtime.Version())
}

// outputFlags say how a verdict is written and when it fails the run.
type outputFlags struct {
	format string
	color  string
	failOn string
}

func (f *outputFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", string(report.Text), "how the verdict is written: text or json")
	flags.StringVar(&f.color, "color", "auto", "colour the text: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.StringVar(&f.failOn, "fail-on", "error", "the least severity that makes the exit status 1: error or warning")
	complete(cmd, "format", "text", "json")
	complete(cmd, "color", "auto", "always", "never")
	complete(cmd, "fail-on", "error", "warning")
}

func (f *outputFlags) validate() error {
	return errors.Join(
		oneOf("--format", f.format, "text", "json"),
		oneOf("--color", f.color, "auto", "always", "never"),
		oneOf("--fail-on", f.failOn, "error", "warning"),
	)
}

func oneOf(flag, got string, want ...string) error {
	for _, w := range want {
		if got == w {
			return nil
		}
	}
	hint := ""
	if near := nearest.Names(got, want, 1); near != nil {
		hint = fmt.Sprintf("; did you mean %s?", near[0])
	}
	return fmt.Errorf("%s %q, want %s%s", flag, got, strings.Join(want, " or "), hint)
}

// coloured says whether text on w is to have colours (https://no-color.org).
func (f *outputFlags) coloured(w io.Writer) bool {
	if f.color != "auto" {
		return f.color == "always"
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func complete(cmd *cobra.Command, flag string, values ...string) {
	// The flag was added on the line before, which is the only thing that could make this fail.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
