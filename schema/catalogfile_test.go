package schema

import (
	"context"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sameSchemas requires the schemas of the named types to be the same bytes in both catalogs.
func sameSchemas(t *testing.T, want, got *Catalog, names []string) {
	t.Helper()
	for _, name := range names {
		for shape := range Shape(len(shapes)) {
			for _, m := range []Mode{Strict, Tolerant} {
				a, err := want.Schema(name, m, shape)
				require.NoError(t, err)
				b, err := got.Schema(name, m, shape)
				require.NoError(t, err)
				if x, y := string(a.JSON()), string(b.JSON()); x != y { // a diff of two large schemas takes minutes
					t.Fatalf("%s, %v, %v: the schemas differ", name, shape, m)
				}
			}
		}
	}
}

func TestCatalogFile(t *testing.T) {
	want := Default()
	data := want.JSON()
	got, err := LoadCatalog(data)
	require.NoError(t, err)
	require.Equal(t, string(data), string(got.JSON()))
	require.Equal(t, want.operations, got.operations)
	require.Equal(t, want.Problems(), got.Problems())
	require.Equal(t, want.resources, got.resources)
	sameSchemas(t, want, got, names(want.resources))
}

// TestManyTypesAtOnce judges by, and prints, the schemas of all types in every shape at once: they share their definitions.
func TestManyTypesAtOnce(t *testing.T) {
	c, err := LoadCatalog(Default().JSON())
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		for r := range c.Resources() {
			for shape := range Shape(len(shapes)) {
				all.Go(func() {
					s, err := c.Schema(r.Name, Strict, shape)
					assert.NoError(t, err)
					s.Findings([]byte(`{"id":7,"value":[{"status":1}],"error":{"code":1}}`))
					assert.NotEmpty(t, s.JSON())
				})
			}
		}
	}
	all.Wait()
}

func TestLoadCatalogRefuses(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"nothing", "", "schema: not a catalog: line 1: unexpected end of JSON input"},
		{"a page", "# x resource type\n", "schema: not a catalog: line 1: invalid character '#' looking for beginning of value"},
		{"a later line", "{\n\n\"version\": x}", "schema: not a catalog: line 3: invalid character 'x' looking for beginning of value"},
		{"a recording", `{"graphcontract":"recording","version":1}`, `schema: not a catalog: its member graphcontract is "recording", want "catalog"`},
		{"a newer version", `{"graphcontract":"catalog","version":9}`, "schema: a catalog of version 9, this build reads 1; write it again with graphcontract pages --compile"},
		{"a name", `{"graphcontract":"catalog","version":1,"resources":[{"name":"a b"}]}`, `schema: catalog: resource "a b": not a type's name, or there twice`},
		{"a name twice", `{"graphcontract":"catalog","version":1,"resources":[{"name":"a"},{"name":"a"}]}`, `schema: catalog: resource "a": not a type's name, or there twice`},
		{
			"bases in a circle", `{"graphcontract":"catalog","version":1,"resources":[{"name":"a","base":"b"},{"name":"b","base":"a"}]}`,
			"schema: catalog: resource a: a inherits from itself",
		},
		{
			"a property from nowhere", `{"graphcontract":"catalog","version":1,"resources":[{"name":"a","properties":[{"name":"x","from":"b"}]}]}`,
			"schema: catalog: resource a: property x is from b, which does not have it",
		},
		{
			"no type", `{"graphcontract":"catalog","version":1,"resources":[{"name":"a","properties":[{"name":"x"}]}]}`,
			`schema: catalog: resource a: property x: "" is no type`,
		},
		{
			"a route", `{"graphcontract":"catalog","version":1,"operations":[{"method":"GET","route":"/a/{b"}]}`,
			`schema: catalog: operation GET /a/{b: route: template "/a/{b": braces do not pair`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadCatalog([]byte(tt.data))
			require.EqualError(t, err, tt.want)
		})
	}
}

// FuzzLoadCatalog: any bytes are refused or read, and what was read is written and read as the same catalog, whose types
// have schemas that compile.
func FuzzLoadCatalog(f *testing.F) {
	f.Add(Default().JSON())
	f.Add([]byte(`{"graphcontract":"catalog","version":1,"resources":[{"name":"a","base":"b","properties":[{"name":"x","from":"b"}]},{"name":"b","properties":[{"name":"x","type":"a"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := LoadCatalog(data)
		if err != nil {
			return
		}
		again, err := LoadCatalog(c.JSON())
		require.NoError(t, err)
		require.Equal(t, string(c.JSON()), string(again.JSON()))
		for r := range c.Resources() {
			s := c.schemaOf(r, Strict, Entity)
			_, err := s.judge.compile()
			require.NoError(t, err, r.Name)
			return // one is enough for a run
		}
	})
}

// TestCorpusPages copies the pages that a type rests on, and the file of a catalog of them: both yield the schemas of all pages.
func TestCorpusPages(t *testing.T) {
	for archive, types := range map[string][]string{
		"graph-docs-v1.0.zip": {"user", "driveItem", "call", "calendarPermission", "workbookChart", "deviceManagement", "group"},
		"graph-stubs.zip":     {"connectionOperation", "accessReview"},
	} {
		pages := corpus(t, archive)
		all, err := LoadPages(context.Background(), pages)
		require.NoError(t, err)
		for _, name := range types {
			r, err := all.Resource(name)
			require.NoError(t, err)
			list, err := all.Pages(Selection{Types: []string{name}})
			require.NoError(t, err)
			part := fstest.MapFS{}
			for _, p := range list {
				src, err := fs.ReadFile(pages, p)
				require.NoError(t, err)
				part[p] = &fstest.MapFile{Data: src}
			}
			c, err := LoadPages(context.Background(), part)
			require.NoError(t, err)
			sameSchemas(t, all, c, []string{r.Name})
			again, err := LoadCatalog(c.JSON())
			require.NoError(t, err)
			sameSchemas(t, all, again, []string{r.Name})
			structural, err := all.Pages(Selection{Types: []string{name}, Structural: true})
			require.NoError(t, err)
			t.Logf("%s: %d pages, %d types, catalog of %d kB, %d problems; structural %d pages", r.Name, len(list), len(c.resources), len(c.JSON())>>10, len(c.Problems()), len(structural))
		}
	}
}
