package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
)

// documentStream is a stream of documents that the flags ask for.
type documentStream struct {
	count, from, faulty int
	labels              string
}

func (s *documentStream) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&s.count, "count", 0, "print a stream of `N` valid documents, one a line")
	flags.IntVar(&s.faulty, "faulty", 0, "with --count, make every `K`-th document invalid")
	flags.IntVar(&s.from, "from", 0, "with --count, begin with the `K`-th document of the stream, from 0")
	flags.StringVar(&s.labels, "labels", "", "with --count, write what each document is to `FILE`, one JSON object a line")
}

func (s *documentStream) validate(changed func(string) bool) error {
	switch {
	case changed("count") && s.count < 1:
		return fmt.Errorf("--count %d, want at least 1", s.count)
	case changed("faulty") && s.faulty < 1:
		return fmt.Errorf("--faulty %d, want at least 1", s.faulty)
	case s.from < 0:
		return fmt.Errorf("--from %d, want at least 0", s.from)
	case changed("labels") && (s.labels == "" || s.labels == "-"):
		return errors.New("--labels needs the name of a file")
	}
	return nil
}

// write writes the stream to standard output. What reads it may go away, which ends the process as it does by default.
func (s *documentStream) write(cmd *cobra.Command, gen *fixtures.Generator, terminal io.Writer) (err error) {
	options := []fixtures.StreamOption{fixtures.From(s.from)}
	if s.faulty > 0 {
		options = append(options, fixtures.Faulty(s.faulty))
	}
	if s.labels != "" {
		f, err := os.Create(s.labels)
		if err != nil {
			return err
		}
		labels := bufio.NewWriter(f)
		defer func() { err = errors.Join(err, labels.Flush(), f.Close()) }()
		options = append(options, fixtures.Labels(labels))
	}
	out := cmd.OutOrStdout()
	p := newCount(terminal, out, s.count)
	w := bufio.NewWriterSize(p.lines(out), 64<<10)
	err = errors.Join(gen.WriteNDJSON(w, s.count, options...), w.Flush())
	p.done()
	return err
}
