package main

import (
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progressFrom is how many bytes the files must have together for their reading to show progress.
const progressFrom = 16 << 20

// progress shows on a terminal how much of the files has been read. A nil progress shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress returns nil where stderr is no terminal or there is little to read.
func newProgress(stderr io.Writer, files []recordingFile) *progress {
	f, ok := stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
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
	return &progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)}
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
