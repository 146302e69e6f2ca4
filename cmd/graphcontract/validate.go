package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/schema"
)

func newValidate(terminal io.Writer) *cobra.Command {
	var (
		out   outputFlags
		src   sourceFlags
		typ   typeFlag
		lines bool
	)
	cmd := &cobra.Command{
		Use:   "validate --type NAME FILE...",
		Short: "Judge JSON documents of one type",
		Long: `Judge JSON documents of one type. Each file is one document; with --lines, and in
*.ndjson and *.jsonl files, each line is one. "-" is standard input.`,
		Example: `  graphcontract validate --type connectionOperation body.json
  graphcontract validate --type microsoft.graph.externalConnectors.connectionOperation --shape collection page.json
  curl -s "$URL" | graphcontract validate --type connectionOperation --mode tolerant -`,
		Args: needArgs("a file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.validate(); err != nil {
				return err
			}
			c, m, err := src.load(cmd)
			if err != nil {
				return err
			}
			s, err := typ.schema(c, m)
			if err != nil {
				return err
			}
			r := &contract.Report{}
			files := documents(args)
			p := newProgress(terminal, files)
			for _, f := range files {
				if err = validateFile(cmd, s, f.name, lines, p, r); err != nil {
					break
				}
			}
			p.done()
			if err != nil {
				return err
			}
			if r.Judged() == 0 {
				return errors.New("nothing was judged: no document in " + strings.Join(args, ", "))
			}
			r.Findings.Sort()
			return out.write(cmd, r, "document")
		},
	}
	typ.add(cmd)
	cmd.Flags().BoolVar(&lines, "lines", false, "each line is a document")
	src.add(cmd, "strict")
	out.add(cmd)
	return cmd
}

// documents are the files to judge, each once. What cannot be opened says so when it is its turn.
func documents(names []string) []recordingFile {
	var files []recordingFile
	for _, name := range names {
		f := recordingFile{name: name, size: -1}
		if info, err := os.Stat(name); err == nil && name != stdinName {
			f.size = info.Size()
		}
		files = append(files, f)
	}
	return once(files)
}

// maxDocument is the size in bytes above which a document is refused.
const maxDocument = 256 << 20

func validateFile(cmd *cobra.Command, s *schema.Schema, name string, lines bool, p *progress, r *contract.Report) error {
	in := cmd.InOrStdin()
	if name == stdinName {
		name = stdinShown
	} else {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return fmt.Errorf("%s is a directory; validate takes files", name)
		}
		in = p.reader(f)
	}
	ext := strings.ToLower(filepath.Ext(name))
	v := validation{schema: s, report: r, name: filepath.ToSlash(name)}
	r.Recordings = append(r.Recordings, contract.Recording{File: v.name})
	if lines || ext == ".ndjson" || ext == ".jsonl" {
		return v.lines(in)
	}
	doc, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(doc) > maxDocument {
		return fmt.Errorf("%s: more than %d bytes; --lines takes one document a line", name, maxDocument)
	}
	if err := notADocument(doc); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	v.document(doc, 0, 0)
	return nil
}

// notADocument recognises files that were not meant to be JSON documents.
func notADocument(doc []byte) error {
	switch {
	case bytes.IndexByte(doc, 0) >= 0 && !bytes.HasPrefix(doc, []byte("\xff\xfe")) && !bytes.HasPrefix(doc, []byte("\xfe\xff")):
		return errors.New("a binary file, no JSON document")
	case bytes.HasPrefix(doc, []byte("HTTP/1.")), bytes.HasPrefix(doc, []byte(`{"graphcontract":"recording"`)):
		return errors.New("a recording, no JSON document; use graphcontract check")
	}
	return nil
}

// validation judges the documents of one file.
type validation struct {
	schema *schema.Schema
	report *contract.Report
	name   string
}

// lines judges one document a line, holding one at a time.
func (v *validation) lines(in io.Reader) error {
	r := bufio.NewReaderSize(in, 64<<10)
	var offset int64
	for line := 1; ; line++ {
		doc, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s:%d: %w", v.name, line, err)
		}
		if len(bytes.TrimSpace(doc)) > 0 {
			v.document(bytes.TrimRight(doc, "\r\n"), line, offset)
		}
		offset += int64(len(doc))
		if err != nil {
			return nil
		}
	}
}

// readLine reads up to and with the next line end, or to io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxDocument {
			return nil, fmt.Errorf("a line of more than %d bytes", maxDocument)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// document judges one document, which stands in the given line, or is the whole file where line is 0.
func (v *validation) document(doc []byte, line int, offset int64) {
	rec := &v.report.Recordings[len(v.report.Recordings)-1]
	rec.Exchanges++
	rec.Judged++
	for _, f := range v.schema.Findings(doc) {
		f.At = v.place(f.At, line, offset)
		for i := range f.Related {
			f.Related[i] = v.place(f.Related[i], line, offset)
		}
		v.report.Findings = append(v.report.Findings, f)
	}
}

// place turns a place in a document into one in its file.
func (v *validation) place(at schema.Location, line int, offset int64) schema.Location {
	at.File = v.name
	if line > 0 {
		at.Record = v.report.Recordings[len(v.report.Recordings)-1].Exchanges
		at.Line, at.Offset = line, at.Offset+offset
	}
	return at
}
