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
// JSON Schema accepts, and YAML and JSON that say the same load to the same.
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
	b := &builder{faults: &faults{}}
	var root *node
	if isJSON {
		root = b.readJSON(src)
	} else {
		root = b.readYAML(src)
	}
	doc := root.appendJSON(nil, func(*node) {}) // what JSON does not have was taken as the text that it is
	requireSchemaAccepts(t, doc)
	if len(doc) > maxFile {
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
		scenarios[i].places = nil
		for j := range scenarios[i].Routes {
			r := &scenarios[i].Routes[j]
			r.Source = ""
			for k := range r.Replies {
				r.Replies[k].Source = ""
			}
		}
	}
}

// TestLoadBounds holds that what cannot be read in bounded time and memory is refused.
func TestLoadBounds(t *testing.T) {
	laughs := "version: 1\nvars:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		laughs += "  " + string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 10) + "]\n"
	}
	long := "version: 1\nroutes:\n- {route: GET /a, reply: &r {text: " + strings.Repeat("x", 1<<20) + "}}\n" + strings.Repeat("- {route: GET /b, reply: *r}\n", 100)
	many := "version: 1\ndescription: " + strings.Repeat("x", 1<<20) + "\nvariants:\n"
	for i := range 400 {
		many += "  v" + strings.Repeat("x", i) + ": {}\n"
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, test := range []struct {
		name, reason string
		src          string
		want         string
	}{
		{"laughs", "nine levels of ten aliases are a billion values", laughs, "too large once its aliases are followed"},
		{"long-alias", "a long text a hundred times is a long file", long, "too large once its aliases are followed"},
		{"file", "a scenario is written by hand", "version: 1\n#" + strings.Repeat("x", maxFile), "more than 4 MiB"},
		{"deep", "a list of lists of lists", "version: 1\nvars: " + deep(200), "more than 128 deep"},
		{"deeper", "the YAML reader has a bound of its own", "version: 1\nvars: " + deep(20_000), "exceeded max depth"},
		{"variants", "each variant costs as much as the file", many, "the variants are too many"},
		{"utf-8", "half a character", "version: 1\nname: \xc3", "no UTF-8"},
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
