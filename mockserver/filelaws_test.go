package mockserver

import (
	"bytes"
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// compiledFileSchema is FileSchema for the judge. Compiling holds it against its own meta-schema.
var compiledFileSchema = sync.OnceValue(func() *jsonschema.Schema {
	return compileFileSchema("")
})

// compileFileSchema compiles what a JSON pointer leads to in FileSchema.
func compileFileSchema(pointer string) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("scenario.schema.json", bytes.NewReader(FileSchema())); err != nil {
		panic(err)
	}
	return c.MustCompile("scenario.schema.json#" + pointer)
}

// FuzzLoad holds the laws of the loader: it does not panic, its errors are sorted and have places in the file, what it accepts the
// JSON Schema accepts and a server finds nothing wrong with, and YAML and JSON that say the same load to the same.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/file/*.txtar")
	require.NoError(f, err)
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		require.NoError(f, err)
		for _, one := range ar.Files {
			if ext := path.Ext(one.Name); ext == ".yaml" || ext == ".json" {
				f.Add(one.Data, ext == ".json")
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, isJSON bool) { fileLaws(t, src, isJSON) })
}

func fileLaws(t *testing.T, src []byte, isJSON bool) {
	name := "scenario.yaml"
	if isJSON {
		name = "scenario.json"
	}
	scenarios, err := loadBytes(name, src)
	again, errAgain := loadBytes(name, src)
	require.Equal(t, err, errAgain)
	require.Equal(t, scenarios, again)
	if err != nil {
		requireFaults(t, name, src, err)
		return
	}
	read := tree.ReadYAML
	if isJSON {
		read = tree.ReadJSON
	}
	for _, s := range scenarios {
		require.Empty(t, s.check())
	}
	root, _ := read(src, &tree.Faults{})
	doc := root.AppendJSON(nil, nil) // what JSON does not have was taken as the text that it is
	requireSchemaAccepts(t, doc)
	if len(doc) > tree.MaxSize {
		return
	}
	fromJSON, err := loadBytes("scenario.json", doc)
	require.NoError(t, err, "%s", doc)
	forgetPlaces(scenarios)
	forgetPlaces(fromJSON)
	require.Equal(t, scenarios, fromJSON)
}

func requireSchemaAccepts(t *testing.T, doc []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	if err := compiledFileSchema().Validate(v); err != nil {
		t.Fatalf("the loader accepts, the schema does not: %#v\n%s", err, doc)
	}
}

func loadBytes(name string, src []byte) ([]Scenario, error) {
	return LoadVariants(fstest.MapFS{
		name:              {Data: src},
		"bodies/one.json": {Data: []byte(`{"id": "{{.op}}"}`)},
		"e.json":          {Data: []byte(`{"id": "{{newID "w"}}"}`)},
	}, name)
}

// forgetPlaces takes away what differs between two files that say the same.
func forgetPlaces(scenarios []Scenario) {
	for i := range scenarios {
		scenarios[i].places, scenarios[i].written = nil, nil
		for j := range scenarios[i].Routes {
			r := &scenarios[i].Routes[j]
			r.Source = ""
			for k := range r.Replies {
				r.Replies[k].Source = ""
			}
		}
	}
}

// TestLoadBounds holds that what cannot be read in bounded time and memory is refused. Package tree has tests of its own.
func TestLoadBounds(t *testing.T) {
	long := "version: 1\nroutes:\n- {route: GET /a, reply: &r {text: " + strings.Repeat("x", 1<<20) + "}}\n" + strings.Repeat("- {route: GET /b, reply: *r}\n", 100)
	many := "version: 1\ndescription: " + strings.Repeat("x", 1<<20) + "\nvariants:\n"
	for i := range 400 {
		many += "  v" + strings.Repeat("x", i) + ": {}\n"
	}
	for _, test := range []struct {
		name, reason string
		src          string
		want         string
	}{
		{"long-alias", "a long text a hundred times is a long file", long, "too many values, or its aliases stand for too many"},
		{"file", "a scenario is written by hand", "version: 1\n#" + strings.Repeat("x", tree.MaxSize), "more than 4 MiB"},
		{"variants", "each variant costs as much as the file", many, "the variants are too many"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadBytes("scenario.yaml", []byte(test.src))
			require.ErrorContains(t, err, test.want, test.reason)
		})
	}
	t.Run("body", func(t *testing.T) {
		_, err := LoadVariants(fstest.MapFS{
			"scenario.yaml": {Data: []byte("version: 1\nroutes: [{route: GET /a, reply: {file: big}}]")},
			"big":           {Data: make([]byte, maxBody+1)},
		}, "scenario.yaml")
		require.ErrorContains(t, err, "more than 16 MiB")
	})
}

// TestLoadNeighbours holds that the schema accepts what the loader does, for files that differ in one value from one that has every key.
func TestLoadNeighbours(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/file/load-every.txtar")
	require.NoError(t, err)
	root, _ := tree.ReadYAML(ar.Files[0].Data, &tree.Faults{})
	others := []string{`null`, `true`, `0`, `-1`, `201`, `""`, `"x"`, `"1s"`, `[]`, `["x", {}]`, `{}`, `{"x": 1}`, `{"": {}}`}
	accepted := 0
	try := func(doc []byte) {
		if _, err := loadBytes("scenario.json", doc); err == nil {
			accepted++
			requireSchemaAccepts(t, doc)
		}
	}
	var walk func(n *tree.Node, write func(by []byte) []byte)
	walk = func(n *tree.Node, write func(by []byte) []byte) {
		for _, other := range others {
			try(write([]byte(other)))
		}
		for i := range n.Items {
			walk(n.Items[i], func(by []byte) []byte { return write(rewritten(n, i, by)) })
		}
		for i := range n.Members {
			try(write(rewritten(n, i, nil)))
			walk(n.Members[i].Value, func(by []byte) []byte { return write(rewritten(n, i, by)) })
		}
	}
	walk(root, func(by []byte) []byte { return by })
	require.Greater(t, accepted, 500)
}

// rewritten is a value as JSON with its item or member i as by, or without it where by is nil.
func rewritten(n *tree.Node, i int, by []byte) []byte {
	var parts [][]byte
	for k, item := range n.Items {
		if k == i {
			parts = append(parts, by)
		} else {
			parts = append(parts, item.AppendJSON(nil, nil))
		}
	}
	for k, m := range n.Members {
		value := by
		if k != i {
			value = m.Value.AppendJSON(nil, nil)
		}
		if value != nil {
			name := tree.Node{Kind: tree.Text, Text: m.Name}
			parts = append(parts, append(append(name.AppendJSON(nil, nil), ':'), value...))
		}
	}
	joined := bytes.Join(parts, []byte(","))
	if n.Kind == tree.List {
		return append(append([]byte("["), joined...), ']')
	}
	return append(append([]byte("{"), joined...), '}')
}
