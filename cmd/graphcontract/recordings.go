package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/text"
)

// stdinName stands for standard input, whose places are shown as those of stdinShown.
const (
	stdinName  = "-"
	stdinShown = "<stdin>"
)

// extensions are those of the files in a directory or archive that are taken for recordings. Pages of the documentation
// count only where they have examples.
var extensions = []string{".http", ".ndjson", ".jsonl", ".md"}

// recordingFile is one file to read.
type recordingFile struct {
	name   string // as it is shown; "-" for standard input
	fsys   fs.FS  // what the file is in; nil for one that was named itself
	path   string // in fsys
	size   int64
	sought bool // it was found in a directory, and may hold no recording
}

func (f recordingFile) open(stdin io.Reader) (io.ReadCloser, error) {
	switch {
	case f.name == stdinName:
		return io.NopCloser(stdin), nil
	case f.fsys == nil:
		return os.Open(f.name)
	}
	return f.fsys.Open(f.path)
}

// recordings replaces the directories and zip archives among names by the recordings in them, sorted. Files that are named
// themselves are taken whatever their name. A file that is named twice is taken once. The closer closes the archives.
func recordings(cmd *cobra.Command, names []string) (files []recordingFile, closer func(), err error) {
	var archives []io.Closer
	closer = func() {
		for _, a := range archives {
			_ = a.Close() // it was only read
		}
	}
	for _, name := range names {
		if name == stdinName {
			files = append(files, recordingFile{name: name, size: -1})
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, closer, err
		}
		var fsys fs.FS
		if info.IsDir() {
			fsys = os.DirFS(name)
		} else if z, err := zip.OpenReader(name); err == nil {
			fsys = z
			archives = append(archives, z)
		} else {
			files = append(files, recordingFile{name: name, size: info.Size()})
			continue
		}
		found, passed, err := walk(fsys, filepath.ToSlash(name))
		if err != nil {
			return nil, closer, err
		}
		if len(found) == 0 {
			return nil, closer, fmt.Errorf("%s: no recording (%s) in it", name, strings.Join(extensions, ", "))
		}
		if passed > 0 {
			notice(cmd, "%s: passed over %s", name, text.Count(passed, "other file"))
		}
		files = append(files, found...)
	}
	return once(files), closer, nil
}

// once leaves out the files that have been named before.
func once(files []recordingFile) []recordingFile {
	var out []recordingFile
	seen := map[string]bool{}
	for _, f := range files {
		if clean := filepath.Clean(f.name); !seen[clean] {
			seen[clean] = true
			out = append(out, f)
		}
	}
	return out
}

// walk lists the recordings in a file system in lexical order, and counts the other files, labels that generate has written
// among them. Hidden ones do not count.
func walk(fsys fs.FS, root string) (found []recordingFile, passed int, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		info, err := fs.Stat(fsys, name) // a link leads to a file, or to a pipe or a device
		if err != nil || !info.Mode().IsRegular() || d.Name() == labelsFile || !slices.Contains(extensions, strings.ToLower(path.Ext(name))) {
			passed++
			return nil
		}
		found = append(found, recordingFile{name: path.Join(root, name), fsys: fsys, path: name, size: info.Size(), sought: true})
		return nil
	})
	return found, passed, err
}

// exchanges reads the files one after the other. Pages without an example are passed over where a directory has them.
func exchanges(files []recordingFile, stdin io.Reader, p *progress) iter.Seq2[recording.Exchange, error] {
	return func(yield func(recording.Exchange, error) bool) {
		for _, f := range files {
			if !readFile(f, stdin, p, yield) {
				return
			}
		}
	}
}

func readFile(f recordingFile, stdin io.Reader, p *progress, yield func(recording.Exchange, error) bool) bool {
	in, err := f.open(stdin)
	if err != nil {
		yield(recording.Exchange{}, err)
		return false
	}
	defer in.Close()
	name := f.name
	if name == stdinName {
		name = stdinShown
	}
	for x, err := range recording.Read(p.reader(in), name) {
		if f.sought && errors.Is(err, recording.ErrNoExample) {
			return true
		}
		if !yield(x, err) || err != nil {
			return false
		}
	}
	return true
}
