package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/schema"
)

// pagesFlag names the pages that replace the embedded ones.
type pagesFlag struct{ sources []string }

func (f *pagesFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sources, "pages", nil, "documentation `DIR, ZIP or PAGE.md` to judge by instead of the embedded pages (repeatable)")
}

// maxNoticed is how many problems of the pages are named on stderr.
const maxNoticed = 5

// catalog loads the pages. Problems of pages that the user brought are noticed on stderr.
func (f *pagesFlag) catalog(cmd *cobra.Command) (*schema.Catalog, error) {
	if len(f.sources) == 0 {
		return schema.Default(), nil
	}
	var sources []fs.FS
	for _, name := range f.sources {
		source, closer, err := openPages(name)
		if err != nil {
			return nil, err
		}
		defer closer()
		sources = append(sources, source)
	}
	c, err := schema.LoadPages(cmd.Context(), sources...)
	if err != nil {
		return nil, fmt.Errorf("--pages %s: %w", strings.Join(f.sources, ", "), err)
	}
	problems := c.Problems()
	for i, p := range problems {
		if i == maxNoticed {
			notice(cmd, "%d more problems on the pages", len(problems)-i)
			break
		}
		notice(cmd, "%s:%d: %s", p.Page, p.Line, p.Text)
	}
	return c, nil
}

// openPages opens a directory, a zip archive or a single page as a file system.
func openPages(name string) (source fs.FS, closer func(), err error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("--pages: %w", err)
	case info.IsDir():
		return os.DirFS(name), func() {}, nil
	case strings.EqualFold(filepath.Ext(name), ".md"):
		return onePage{os.DirFS(filepath.Dir(name)), filepath.Base(name)}, func() {}, nil
	}
	z, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		return nil, nil, fmt.Errorf("--pages: %s is no directory, no zip archive and no page (*.md)", name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--pages: %s: %w", name, err)
	}
	return z, func() { z.Close() }, nil
}

// onePage is a directory of which only one file is seen.
type onePage struct {
	dir  fs.FS
	name string
}

func (o onePage) Open(name string) (fs.File, error) {
	if name != "." && name != o.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.dir.Open(name)
}

// ReadDir lists the one file.
func (o onePage) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	info, err := fs.Stat(o.dir, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
