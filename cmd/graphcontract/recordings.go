package main

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
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

// extensions are those of the files in a directory that are taken for recordings.
var extensions = []string{".http", ".ndjson", ".jsonl"}

// recordings replaces the directories among names by the recordings in them, sorted. Files that are named
// themselves are taken whatever their name. A file that is named twice is taken once.
func recordings(cmd *cobra.Command, names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if name == stdinName {
			files = append(files, name)
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		found, passed, err := walk(name)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no recording (%s) in this directory", name, strings.Join(extensions, ", "))
		}
		if passed > 0 {
			notice(cmd, "%s: passed over %s", name, text.Count(passed, "other file"))
		}
		files = append(files, found...)
	}
	return once(files), nil
}

// once leaves out the names of files that have been named before.
func once(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range names {
		if clean := filepath.Clean(name); !seen[clean] {
			seen[clean] = true
			out = append(out, name)
		}
	}
	return out
}

// walk lists the recordings below a directory in lexical order, and counts the other files. Hidden ones do not count.
func walk(dir string) (found []string, passed int, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case !isFile(name):
			passed++
		case slices.Contains(extensions, strings.ToLower(filepath.Ext(name))):
			found = append(found, filepath.ToSlash(name))
		default:
			passed++
		}
		return nil
	})
	return found, passed, err
}

// isFile says whether a name leads to a regular file, which a pipe or a device is not.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// exchanges reads the files one after the other.
func exchanges(files []string, stdin io.Reader, p *progress) iter.Seq2[recording.Exchange, error] {
	return func(yield func(recording.Exchange, error) bool) {
		for _, name := range files {
			if !readFile(name, stdin, p, yield) {
				return
			}
		}
	}
}

func readFile(name string, stdin io.Reader, p *progress, yield func(recording.Exchange, error) bool) bool {
	r := stdin
	if name != stdinName {
		f, err := os.Open(name)
		if err != nil {
			yield(recording.Exchange{}, err)
			return false
		}
		defer f.Close()
		r = p.reader(f)
	} else {
		name = stdinShown
	}
	for x, err := range recording.Read(r, name) {
		if !yield(x, err) || err != nil {
			return false
		}
	}
	return true
}
