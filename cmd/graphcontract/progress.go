package main

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progressFrom is how many bytes the files must have together for their reading to show progress.
const progressFrom = 16 << 20

// progress shows on a terminal how much of the files has been read, or of the documents written. A nil progress shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress returns nil where stderr is no terminal or there is little to read.
func newProgress(stderr io.Writer, files []recordingFile) *progress {
	if !isTerminal(stderr) {
		return nil
	}
	var total int64
	for _, file := range files {
		if file.size < 0 {
			return nil // standard input has no size
		}
		total += file.size
	}
	if total < progressFrom {
		return nil
	}
	return &progress{newBar(stderr, total, progressbar.OptionShowBytes(true))}
}

func newBar(stderr io.Writer, total int64, unit progressbar.Option) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(stderr), unit, progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)
}

func isTerminal(w io.Writer) bool {
	f, ok := plain(w).(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// countFrom is how many documents must be written for that to show progress.
const countFrom = 100_000

// newCount shows how many of n documents have been written. It returns nil where stderr is no terminal, where stdout is
// one, on which the documents are to be seen, or where they are few.
func newCount(stderr, stdout io.Writer, n int) *progress {
	if !isTerminal(stderr) || isTerminal(stdout) || n < countFrom {
		return nil
	}
	return &progress{newBar(stderr, int64(n), progressbar.OptionShowCount())}
}

// lines counts the lines that are written to w.
func (p *progress) lines(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	return lineCounter{w, p.bar}
}

type lineCounter struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func (l lineCounter) Write(b []byte) (int, error) {
	n, err := l.w.Write(b)
	_ = l.bar.Add(bytes.Count(b[:n], []byte("\n"))) // a terminal that is gone does not change the documents
	return n, err
}

// reader counts what is read from r.
func (p *progress) reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return io.TeeReader(r, p.bar)
}

// done takes the bar away.
func (p *progress) done() {
	if p != nil {
		_ = p.bar.Clear() // a terminal that is gone does not change the verdict
	}
}
