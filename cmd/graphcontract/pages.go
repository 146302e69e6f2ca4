package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

func newPages() *cobra.Command {
	var (
		src   pagesFlag
		copy  pagesCopy
		check bool
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
that the lock file has and removes those that are no longer needed; a page that was
changed by hand, or that is not in the lock file, is an error unless --force is given.
With --verify nothing is copied: the pages in DIR are held against the lock file.

--compile adds ` + catalogName + `, all of them in one file that --pages and
schema.LoadCatalog read in a few milliseconds, without the pages.`,
		Example: `  graphcontract pages --pages microsoft-graph-docs/api-reference/v1.0 --type user --structural --out testdata/graph
  graphcontract pages --pages graph-docs.zip --type call --type participant --out testdata/graph --compile
  graphcontract pages --verify --out testdata/graph
  graphcontract check --pages testdata/graph/catalog.json testdata/recordings`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if copy.out == "" {
				return errors.New("pages needs --out, a directory for the copy")
			}
			if check {
				return verifyPages(cmd, copy.out)
			}
			if len(copy.types) == 0 {
				return errors.New("pages needs --type, the full or short name of a type (repeatable)")
			}
			return copy.run(cmd, src)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&copy.types, "type", nil, "full or short `NAME` of a type (repeatable)")
	flags.StringVar(&copy.out, "out", "", "`DIR` for the copy, made where it is missing")
	flags.BoolVar(&copy.structural, "structural", false, "leave out what only navigation properties lead to")
	flags.BoolVar(&copy.compile, "compile", false, "add "+catalogName+", a catalog that loads without the pages")
	flags.BoolVar(&copy.force, "force", false, "replace pages that were changed by hand or are not in the lock file")
	flags.BoolVar(&check, "verify", false, "hold the pages in --out against their lock file instead")
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
	catalog, err := src.load(cmd.Context())
	if err != nil {
		return err
	}
	names, err := catalog.Pages(schema.Selection{Types: c.types, Structural: c.structural})
	if err != nil {
		return err
	}
	lock := pageLock{Kind: lockKind, Version: lockVersion, Structural: c.structural}
	for _, name := range c.types {
		r, err := catalog.Resource(name)
		if err != nil {
			return err
		}
		lock.Types = append(lock.Types, r.Name)
	}
	slices.Sort(lock.Types)
	lock.Types = slices.Compact(lock.Types)
	pages, err := c.read(src, names, &lock)
	if err != nil {
		return err
	}
	old, err := c.previous(pages)
	if err != nil {
		return err
	}
	if err := c.write(pages, old); err != nil {
		return err
	}
	if err := c.seal(cmd.Context(), lock); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s for %s in %s\n", text.Count(len(pages), "page"), text.Count(len(lock.Types), "type"), c.out)
	return nil
}

// memoryFS are pages by path.
type memoryFS map[string][]byte

// read reads the pages from the sources, the first that has one, and notes them in the lock.
func (c *pagesCopy) read(src pagesFlag, names []string, lock *pageLock) (memoryFS, error) {
	sources, closer, err := src.open()
	defer closer()
	if err != nil {
		return nil, err
	}
	if len(src.sources) == 0 {
		sources = []pageSource{{fsys: schema.Pages()}}
		lock.Attribution = "graphcontract's own pages, MIT License"
	} else {
		lock.Attribution = microsoft
	}
	for _, s := range sources {
		if s.catalog != nil {
			return nil, fmt.Errorf("--pages %s is a catalog, which has no pages to copy", s.name)
		}
		lock.Sources = append(lock.Sources, s.origin())
	}
	pages := memoryFS{}
	for _, name := range names {
		var page []byte
		at := 0
		for at = range sources {
			if page, err = fs.ReadFile(sources[at].fsys, name); !errors.Is(err, fs.ErrNotExist) {
				break
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		pages[name] = page
		lock.Pages = append(lock.Pages, lockedPage{Path: name, SHA256: sum(page), Source: at})
	}
	return pages, nil
}

// microsoft is whom Microsoft's pages are to be attributed to, and under which licence they are.
const microsoft = "Microsoft Graph documentation, © Microsoft, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"

// previous are the pages of an earlier copy that may be removed. Nothing that somebody wrote is overwritten unasked.
func (c *pagesCopy) previous(pages memoryFS) ([]string, error) {
	old, err := readLock(c.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	locked := map[string]string{}
	var obsolete []string
	for _, p := range old.Pages {
		locked[p.Path] = p.SHA256
		if pages[p.Path] == nil {
			obsolete = append(obsolete, p.Path)
		}
	}
	if c.force {
		return obsolete, nil
	}
	for _, name := range append(sortedNames(pages), obsolete...) {
		have, err := os.ReadFile(filepath.Join(c.out, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case bytes.Equal(have, pages[name]) && pages[name] != nil, sum(have) == locked[name]:
		case locked[name] == "":
			return nil, fmt.Errorf("%s is in %s already and not in its lock file; --force replaces it", name, c.out)
		default:
			return nil, fmt.Errorf("%s in %s was changed since it was copied; --force replaces it", name, c.out)
		}
	}
	return obsolete, nil
}

// write writes the pages and removes those that are no longer needed.
func (c *pagesCopy) write(pages memoryFS, obsolete []string) error {
	for _, name := range sortedNames(pages) {
		file := filepath.Join(c.out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, pages[name], 0o666); err != nil {
			return err
		}
	}
	for _, name := range obsolete {
		if err := remove(filepath.Join(c.out, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

func remove(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// seal adds the catalog, if it is asked for, and the lock file.
func (c *pagesCopy) seal(ctx context.Context, lock pageLock) error {
	file := filepath.Join(c.out, catalogName)
	if !c.compile {
		if err := remove(file); err != nil { // one of an earlier copy may not be what the pages say
			return err
		}
	} else {
		catalog, err := schema.LoadPages(ctx, os.DirFS(c.out))
		if err != nil {
			return err
		}
		data := catalog.JSON()
		lock.Catalog = sum(data)
		if err := os.WriteFile(file, data, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(c.out, lockName), lock.encode(), 0o666)
}

// verifyPages holds a copy against its lock file. What differs is listed, and fails the run.
func verifyPages(cmd *cobra.Command, dir string) error {
	lock, err := readLock(dir)
	if err != nil {
		return err
	}
	different := 0
	say := func(name, what string) {
		different++
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", text.Printable(name), what)
	}
	hold := func(name, want string) error {
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			say(name, "missing")
		case err != nil:
			return err
		case sum(have) != want:
			say(name, "changed since it was copied")
		}
		return nil
	}
	for _, p := range lock.Pages {
		if err := hold(p.Path, p.SHA256); err != nil {
			return err
		}
	}
	if lock.Catalog != "" {
		if err := hold(catalogName, lock.Catalog); err != nil {
			return err
		}
	}
	if different > 0 {
		return errFindings
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s as the lock file says\n", text.Count(len(lock.Pages), "page"))
	return nil
}
