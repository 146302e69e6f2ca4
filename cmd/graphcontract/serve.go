package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/mockserver"
)

// Times of the server.
const (
	reloadEvery = 500 * time.Millisecond
	stopWithin  = 5 * time.Second // requests that are in flight have this long to end
)

// serving is what one serve command is asked for.
type serving struct {
	played    playedScenario
	log       serveLog
	logFormat string
	out       outputFlags // its colour alone
	stderr    io.Writer

	listen string
	secure bool
	ca     string
	record string

	quiet, fail, list, schema bool
}

func newServe(terminal io.Writer) *cobra.Command {
	s := &serving{stderr: terminal}
	cmd := &cobra.Command{
		Use:   "serve SCENARIO...",
		Short: "Play scenarios of Graph over HTTP",
		Long: `Play scenarios of Microsoft Graph over HTTP until it is interrupted.

A scenario is a file (YAML, or JSON where its name ends in .json), or the name of a
ready-made one, which --list shows; several are played together. --schema prints the
JSON Schema of scenario files, for editors.

The first line on stdout is the URL that clients call, with /v1.0 or /beta behind it
or not; the routes follow. Each request is a line on stderr: when it came, the
status, method and path, the route and which of its replies answered. What a client
does wrong is told there in full: requests that no route takes, ones that break the
contract or come before their Retry-After has passed. --log-format json writes a
JSON object a line instead. Secrets are never shown.

When a file of the scenario changes it is played anew, from the beginning. A file
that cannot be played is told, and the old scenario goes on.

An interrupt (or SIGTERM) ends delays, waits up to 5 s for requests in flight and
says what is left: expectations, replies that nobody used. The exit status is 0, or
with --fail 1 where anything was wrong; it is 2 where serving could not begin. A
second interrupt ends at once. It stops in the same way where nobody reads its stdout
or stderr any longer, as behind a pipe into head.

With --tls the server has a certificate for localhost, loopback and
graph.microsoft.com, from an authority made for this run, whose certificate is
written to a file that clients have to trust; its key is written nowhere.`,
		Example: `  graphcontract serve completes
  graphcontract serve --list
  graphcontract serve testdata/registration.yaml --variant failed --listen 127.0.0.1:8080
  graphcontract serve --tls --ca ca.pem throttled
  graphcontract serve --quiet --fail --record traffic.ndjson scenario.yaml
  graphcontract serve --schema > scenario.schema.json`,
		RunE:              s.serve,
		ValidArgsFunction: completeScenarios,
	}
	flags := cmd.Flags()
	flags.StringVar(&s.played.variant, "variant", "", "play the variant called `NAME` of the file that has it")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "the `HOST:PORT` to listen on; port 0 is any that is free")
	flags.BoolVar(&s.secure, "tls", false, "serve HTTPS")
	flags.StringVar(&s.ca, "ca", "", "with --tls, the `FILE` to write the authority's certificate to (default a temporary one, which goes when the server stops)")
	flags.BoolVar(&s.quiet, "quiet", false, "print the URL alone, without the routes")
	flags.StringVar(&s.logFormat, "log-format", "text", "how stderr is written: text or json")
	flags.StringVar(&s.out.color, "color", "auto", "colour the text: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.BoolVar(&s.fail, "fail", false, "exit with status 1 where there were violations or replies were left unused")
	flags.StringVar(&s.record, "record", "", "at the end write the exchanges to `FILE`, which check judges, without secrets")
	flags.BoolVar(&s.list, "list", false, "list the ready-made scenarios")
	flags.BoolVar(&s.schema, "schema", false, "print the JSON Schema of scenario files")
	complete(cmd, "log-format", "text", "json")
	complete(cmd, "color", "auto", "always", "never")
	return cmd
}

func (s *serving) serve(cmd *cobra.Command, args []string) error {
	if err := s.validate(cmd, args); err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	switch {
	case s.list:
		return writeReadyMade(w)
	case s.schema:
		_, err := w.Write(mockserver.FileSchema())
		return err
	}
	s.played.names = args
	s.log.init(s.stderr, s.logFormat == "json", s.out.coloured(s.stderr))
	stage := &stage{source: &s.played, log: &s.log}
	if err := stage.open(); err != nil {
		return s.told(err)
	}
	l, err := s.listener(cmd.Context())
	if err != nil {
		return err
	}
	defer l.Close()
	journal, err := s.openRecord()
	if err != nil {
		return err
	}
	defer journal.Close() // it has been closed where something was written
	trust, err := s.trust(l)
	if err != nil {
		return err
	}
	defer trust.remove()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	s.announce(w, l, trust, stage)
	if o, ok := w.(*output); ok && o.err != nil {
		return o.err
	}
	signal.Ignore(syscall.SIGPIPE) // the server stops in order where nobody reads what it says
	defer signal.Reset(syscall.SIGPIPE)
	if err := s.play(cmd.Context(), stage, trust.over(l), signals); err != nil {
		return err
	}
	clean := stage.sum()
	if err := stage.record(journal); err != nil {
		return fmt.Errorf("--record %s: %w", s.record, err)
	}
	if s.fail && !clean {
		return errFindings
	}
	return nil
}

func (s *serving) validate(cmd *cobra.Command, args []string) error {
	if err := errors.Join(oneOf("--log-format", s.logFormat, "text", "json"), oneOf("--color", s.out.color, "auto", "always", "never")); err != nil {
		return err
	}
	changed := cmd.Flags().Changed
	switch {
	case s.list && s.schema:
		return errors.New("--list and --schema are two questions; ask one")
	case (s.list || s.schema) && len(args) > 0:
		return fmt.Errorf("--list and --schema take no scenario, got %q", args[0])
	case s.list || s.schema:
		return nil
	case len(args) == 0:
		return fmt.Errorf("serve needs a scenario: a file, or a name that serve --list shows; see %q", cmd.CommandPath()+" --help")
	case changed("ca") && !s.secure:
		return errors.New("--ca needs --tls")
	case changed("ca") && s.ca == "", changed("record") && (s.record == "" || s.record == "-"):
		return errors.New("--ca and --record need the name of a file")
	}
	return nil
}

// told writes all that is wrong with scenarios, a line each.
func (s *serving) told(err error) error {
	for _, e := range flatten(err) {
		fmt.Fprintln(s.stderr, "graphcontract: "+loadText(e))
	}
	return errTold
}

// isDeaf says whether nobody reads any longer what happens. That nobody reads where the server is, is no matter once it has been said:
// scripts read one line and go on.
func (s *serving) isDeaf() bool {
	f, ok := s.stderr.(*os.File)
	return ok && abandoned(f)
}

// play serves until a signal comes, or nobody reads any longer what happens, and stops.
func (s *serving) play(ctx context.Context, stage *stage, l net.Listener, signals chan os.Signal) error {
	srv := &http.Server{
		Handler: stage, ErrorLog: s.log.standard(),
		ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols),
	}
	srv.Protocols.SetHTTP1(true) // faults are ones of its connections
	srv.RegisterOnShutdown(stage.close)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			stage.close()
			return fmt.Errorf("the server ended: %w", err)
		case <-ticker.C:
			if !s.isDeaf() {
				stage.refresh()
				continue
			}
			s.log.note("nobody reads the log any longer; the server stops")
		case <-ctx.Done():
		case <-signals:
			signal.Stop(signals) // a second one ends the process as it does by default
		}
		break
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		s.log.note("requests did not end and were cut off")
		_ = srv.Close() // what it could say has been said
	}
	stage.settle(ctx)
	return nil
}
