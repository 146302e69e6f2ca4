package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// pagesFlag names the pages that replace the embedded ones.
type pagesFlag struct {
	sources  []string
	compiled bool // what was loaded is a compiled catalog
}

func (f *pagesFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sources, "pages", nil, "documentation `DIR, ZIP, PAGE.md or CATALOG` to judge by instead of the embedded pages (repeatable)")
}

// maxNoticed is how many problems of the pages are named on stderr.
const maxNoticed = 5

// catalog loads the pages. Problems of pages that the user brought are noticed on stderr; those of a compiled catalog were
// when it was made.
func (f *pagesFlag) catalog(cmd *cobra.Command) (*schema.Catalog, error) {
	c, err := f.load(cmd.Context())
	if err != nil || len(f.sources) == 0 || f.compiled {
		return c, err
	}
	problems := c.Problems()
	for i, p := range problems {
		if i == maxNoticed {
			notice(cmd, "%s on the pages; graphcontract types --problems lists them", text.Count(len(problems)-i, "more problem"))
			break
		}
		notice(cmd, "%s:%d: %s", p.Page, p.Line, p.Text)
	}
	return c, nil
}

func (f *pagesFlag) load(ctx context.Context) (*schema.Catalog, error) {
	if len(f.sources) == 0 {
		return schema.Default(), nil
	}
	sources, closer, err := f.open()
	defer closer()
	if err != nil {
		return nil, err
	}
	var filesystems []fs.FS
	for _, s := range sources {
		if s.catalog == nil {
			filesystems = append(filesystems, s.fsys)
			continue
		}
		if len(sources) > 1 {
			return nil, fmt.Errorf("--pages %s is a catalog, which stands alone", s.name)
		}
		f.compiled = true
		c, err := schema.LoadCatalog(s.catalog)
		if err != nil {
			return nil, fmt.Errorf("--pages %s: %w", s.name, err)
		}
		return c, nil
	}
	c, err := schema.LoadPages(ctx, filesystems...)
	if err != nil {
		return nil, fmt.Errorf("--pages %s: %w", strings.Join(f.sources, ", "), err)
	}
	return c, nil
}

// pageSource is one of the places that --pages names.
type pageSource struct {
	name    string
	fsys    fs.FS
	catalog []byte // a compiled catalog instead of pages
	comment string // of a zip archive
	isDir   bool
}

// open opens what the flag names. The closer closes the archives.
func (f *pagesFlag) open() (sources []pageSource, closer func(), err error) {
	var archives []io.Closer
	closer = func() {
		for _, a := range archives {
			_ = a.Close() // it was only read
		}
	}
	for _, name := range f.sources {
		s := pageSource{name: name}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, closer, fmt.Errorf("--pages: %w", err)
		case info.IsDir():
			s.fsys, s.isDir = os.DirFS(name), true
		case strings.EqualFold(filepath.Ext(name), ".md"):
			s.fsys = onePage{os.DirFS(filepath.Dir(name)), filepath.Base(name)}
		default:
			z, err := zip.OpenReader(name)
			if err == nil {
				s.fsys, s.comment = unwrapped(&z.Reader), z.Comment
				archives = append(archives, z)
				break
			}
			if !errors.Is(err, zip.ErrFormat) {
				return nil, closer, fmt.Errorf("--pages: %s: %w", name, err)
			}
			if s.catalog, err = os.ReadFile(name); err != nil {
				return nil, closer, fmt.Errorf("--pages: %w", err)
			}
			if text := bytes.TrimPrefix(s.catalog, []byte("\xef\xbb\xbf")); !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
				return nil, closer, fmt.Errorf("--pages: %s is no directory, no zip archive, no page (*.md) and no catalog", name)
			}
		}
		sources = append(sources, s)
	}
	return sources, closer, nil
}

// unwrapped is an archive without the folder that code hosts put around a repository, whose name ends with the commit: page
// names are to stay the same from one commit to the next.
func unwrapped(z *zip.Reader) fs.FS {
	commit := strings.TrimSpace(z.Comment)
	entries, err := fs.ReadDir(z, ".")
	if err != nil || len(entries) != 1 || !commitID.MatchString(commit) || !strings.HasSuffix(entries[0].Name(), commit) {
		return z
	}
	sub, err := fs.Sub(z, entries[0].Name())
	if err != nil {
		return z
	}
	return sub
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
