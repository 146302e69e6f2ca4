package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

func newPages() *cobra.Command {
	var (
		src    pagesFlag
		c      pagesCopy
		verify bool
	)
	cmd := &cobra.Command{
		Use:   "pages --type NAME --out DIR",
		Short: "Copy the pages that types need, pinned by a lock file",
		Long: `Copy the pages that the named types rest on into a directory: those about the types,
their bases and subtypes, everything that their properties refer to, enumerations,
and the API pages about the types themselves. From the copy alone, --pages DIR yields
the same schemas as from all pages.

Most of Graph is reachable from user or group by navigation properties. --structural
leaves out what only they lead to; such members are then open objects.

The lock file, ` + lockName + `, names the source, its commit where it is known, the
SHA-256 of every page, and whom to attribute them to. Copying again replaces the pages
that the lock file has and removes those that are no longer needed; a file that was
changed by hand, or that is not in the lock file, is an error unless --force is given.
With --verify nothing is copied: the files in DIR are held against the lock file.

--compile adds ` + catalogName + `, all of them in one file that --pages and
schema.LoadCatalog read in a millisecond or two, without the pages.`,
		Example: `  graphcontract pages --pages microsoft-graph-docs/api-reference/v1.0 --type user --structural --out testdata/graph
  graphcontract pages --pages graph-docs.zip --type call --type participant --out testdata/graph --compile
  graphcontract pages --verify --out testdata/graph
  graphcontract check --pages testdata/graph/catalog.json testdata/recordings`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case c.out == "":
				return errors.New("pages needs --out, a directory for the copy")
			case verify && (len(c.types) > 0 || len(src.sources) > 0 || c.compile || c.structural || c.force):
				return errors.New("--verify takes no flag but --out; it copies nothing")
			case verify:
				return verifyPages(cmd, c.out)
			case len(c.types) == 0:
				return errors.New("pages needs --type, the full or short name of a type (repeatable)")
			}
			return c.run(cmd, src)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&c.types, "type", nil, "full or short `NAME` of a type (repeatable)")
	flags.StringVar(&c.out, "out", "", "`DIR` for the copy, made where it is missing")
	flags.BoolVar(&c.structural, "structural", false, "leave out what only navigation properties lead to")
	flags.BoolVar(&c.compile, "compile", false, "add "+catalogName+", a catalog that loads without the pages")
	flags.BoolVar(&c.force, "force", false, "replace pages that were changed by hand or are not in the lock file")
	flags.BoolVar(&verify, "verify", false, "hold the pages in --out against their lock file instead")
	_ = cmd.RegisterFlagCompletionFunc("type", completeTypes)
	src.add(cmd)
	return cmd
}

// catalogName is the file of a compiled catalog beside the pages it was made of.
const catalogName = "catalog.json"

// pagesCopy is one copying of pages.
type pagesCopy struct {
	types      []string
	out        string
	structural bool
	compile    bool
	force      bool
}

func (c *pagesCopy) run(cmd *cobra.Command, src pagesFlag) error {
	all, err := src.load(cmd.Context())
	if err != nil {
		return err
	}
	names, err := all.Pages(schema.Selection{Types: c.types, Structural: c.structural})
	if err != nil {
		return err
	}
	lock := pageLock{Kind: lockKind, Version: lockVersion, Structural: c.structural}
	for _, name := range c.types {
		r, err := all.Resource(name)
		if err != nil {
			return err
		}
		lock.Types = append(lock.Types, r.Name)
	}
	slices.Sort(lock.Types)
	lock.Types = slices.Compact(lock.Types)
	files, err := readPages(src, names, &lock)
	if err != nil {
		return err
	}
	pages := len(files)
	kept, err := c.load(cmd.Context(), files, all, lock.Types)
	if err != nil {
		return err
	}
	if c.compile {
		files[catalogName] = kept.JSON()
		lock.Catalog = sum(files[catalogName])
	}
	if err := c.write(files, lock); err != nil {
		return err
	}
	if n := len(kept.Problems()); n > 0 {
		notice(cmd, "%s on the copied pages; graphcontract types --problems lists them", text.Count(n, "problem"))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s for %s in %s\n", text.Count(pages, "page"), text.Count(len(lock.Types), "type"), c.out)
	return nil
}

// load makes the catalog of a copy, and holds its types against those of all pages.
func (c *pagesCopy) load(ctx context.Context, files memoryFiles, all *schema.Catalog, types []string) (*schema.Catalog, error) {
	fsys, err := files.fs()
	if err != nil {
		return nil, err
	}
	kept, err := schema.LoadPages(ctx, fsys)
	if err != nil {
		return nil, err
	}
	for _, name := range types {
		want, err := all.Schema(name, schema.Strict, schema.Entity)
		if err != nil {
			return nil, err
		}
		got, err := kept.Schema(name, schema.Strict, schema.Entity)
		if err != nil {
			return nil, err
		}
		if !c.structural && !bytes.Equal(want.JSON(), got.JSON()) {
			return nil, fmt.Errorf("the copied pages yield another schema of %s than all pages; please report this", name)
		}
	}
	return kept, nil
}

// memoryFiles are files by path.
type memoryFiles map[string][]byte

// fs is a file system with the files: an archive in memory.
func (m memoryFiles) fs() (fs.FS, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range m.names() {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(m[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

func (m memoryFiles) names() []string { return slices.Sorted(maps.Keys(m)) }

// readPages reads the pages from the sources and notes them in the lock.
func readPages(src pagesFlag, names []string, lock *pageLock) (memoryFiles, error) {
	sources, closer, err := src.open()
	defer closer()
	if err != nil {
		return nil, err
	}
	lock.Attribution = microsoft
	if len(src.sources) == 0 {
		sources = []pageSource{{fsys: schema.Pages()}}
		lock.Attribution = "graphcontract's own pages, MIT License"
	}
	for _, s := range sources {
		if s.catalog != nil {
			return nil, fmt.Errorf("--pages %s is a catalog, which has no pages to copy", s.name)
		}
		lock.Sources = append(lock.Sources, s.origin())
	}
	files := memoryFiles{}
	for _, name := range names {
		for i, s := range sources {
			page, err := fs.ReadFile(s.fsys, name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				continue
			case err != nil:
				return nil, fmt.Errorf("%s: %w", s.name, err)
			case files[name] != nil:
				return nil, fmt.Errorf("%s is in %s and in another source, too; copy from one at a time", name, s.name)
			}
			files[name] = page
			lock.Pages = append(lock.Pages, lockedPage{Path: name, SHA256: sum(page), Source: i})
		}
	}
	return files, nil
}

// microsoft is whom Microsoft's pages are to be attributed to, and under which licence they are.
const microsoft = "Microsoft Graph documentation, © Microsoft, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"

// write writes the files and the lock, and removes what an earlier copy had more. Nothing that somebody wrote is overwritten
// or removed unasked, and nothing outside of the directory, wherever links lead.
func (c *pagesCopy) write(files memoryFiles, lock pageLock) error {
	if err := os.MkdirAll(c.out, 0o777); err != nil {
		return fmt.Errorf("--out %s: %w", c.out, err)
	}
	root, err := os.OpenRoot(c.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer root.Close()
	old, err := readLock(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !c.force {
		return fmt.Errorf("%w; --force replaces it", err)
	}
	obsolete, err := c.previous(root, files, old)
	if err != nil {
		return err
	}
	files[lockName] = lock.encode()
	for _, name := range files.names() {
		if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
			return err
		}
		if err := root.WriteFile(name, files[name], 0o666); err != nil {
			return err
		}
	}
	for _, name := range obsolete {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// previous are the files of an earlier copy that are not in this one. It fails where a file that somebody wrote or changed is in the
// way.
func (c *pagesCopy) previous(root *os.Root, files memoryFiles, old pageLock) ([]string, error) {
	locked := old.sums()
	var obsolete []string
	for _, name := range slices.Sorted(maps.Keys(locked)) {
		if files[name] == nil {
			obsolete = append(obsolete, name)
		}
	}
	if c.force {
		return obsolete, nil
	}
	for _, name := range append(files.names(), obsolete...) {
		have, err := root.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case files[name] != nil && bytes.Equal(have, files[name]), sum(have) == locked[name]:
		case locked[name] == "":
			return nil, fmt.Errorf("%s is in %s already and not in its lock file; --force replaces it", name, c.out)
		default:
			return nil, fmt.Errorf("%s in %s was changed since it was copied; --force replaces it", name, c.out)
		}
	}
	return obsolete, nil
}

// verifyPages holds a copy against its lock file. What differs is listed, and fails the run.
func verifyPages(cmd *cobra.Command, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer root.Close()
	lock, err := readLock(root)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s; graphcontract pages makes a copy that has one", dir, lockName)
	}
	if err != nil {
		return err
	}
	different := 0
	say := func(name, what string) {
		different++
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", text.Printable(name), what)
	}
	locked := lock.sums()
	for _, name := range slices.Sorted(maps.Keys(locked)) {
		have, err := root.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			say(name, "missing")
		case err != nil:
			return err
		case sum(have) != locked[name]:
			say(name, "changed since it was copied")
		}
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && locked[name] == "" && strings.EqualFold(path.Ext(name), ".md") {
			say(name, "not in the lock file, and read with the others")
		}
		return err
	})
	if err != nil {
		return err
	}
	if different > 0 {
		return errFindings
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s as the lock file says\n", text.Count(len(lock.Pages), "page"))
	return nil
}
