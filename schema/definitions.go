package schema

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// definitions are the object schemas of a catalog's types, as the forms of one family of shapes refer to them under
// $defs. Each is made, rendered and compiled when it is first needed, and once, however many types refer to it: the
// types of the documentation refer to most of each other.
type definitions struct {
	c     *Catalog
	shape Shape // one of the family

	mu       sync.Mutex
	byName   map[string]*definition
	compiler *jsonschema.Compiler
}

// definition is immutable once made.
type definition struct {
	schema   object
	refs     []string        // the definitions it refers to, sorted
	rendered map[Mode][]byte // as it stands under $defs of a published schema
}

// families are the shapes whose definitions are the same.
var families = [...]Shape{Entity: Entity, Collection: Entity, Delta: Entity, Create: Create, Update: Create, ErrorEnvelope: ErrorEnvelope}

// family returns the definitions for a shape.
func (c *Catalog) family(s Shape) *definitions {
	s = families[s]
	d, _ := c.definitions.LoadOrStore(s, &definitions{c: c, shape: s, byName: map[string]*definition{}})
	return d.(*definitions)
}

// get returns a definition, making it. The lock must be held.
func (d *definitions) get(name string) *definition {
	if def := d.byName[name]; def != nil {
		return def
	}
	base, isChoice := strings.CutSuffix(name, derivedSuffix)
	r := d.c.byName[base]
	if r == nil {
		return nil
	}
	b := &builder{c: d.c, shape: d.shape, refs: map[string]bool{}}
	def := &definition{rendered: map[Mode][]byte{}}
	if isChoice {
		def.schema = b.dispatch(r, b.reference)
	} else {
		def.schema = b.object(r)
	}
	def.refs = sortedKeys(b.refs)
	d.byName[name] = def
	return def
}

// schema is a definition's schema, nil where there is none of that name.
func (d *definitions) schema(name string) object {
	d.mu.Lock()
	defer d.mu.Unlock()
	if def := d.get(name); def != nil {
		return def.schema
	}
	return nil
}

// closure returns the named definitions and all that they refer to.
func (d *definitions) closure(names []string) object {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := object{}
	todo := slices.Clone(names)
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, done := out[name]; done {
			continue
		}
		if def := d.get(name); def != nil {
			out[name] = def.schema
			todo = append(todo, def.refs...)
		}
	}
	return out
}

// render is a definition as it stands in the published schema of a mode; nil for one that is not shared.
func (d *definitions) render(name string, m Mode) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	def := d.byName[name]
	if def == nil {
		return nil
	}
	text := def.rendered[m]
	if text == nil {
		var b bytes.Buffer
		writeSchema(&b, publish(def.schema, m), "    ", true)
		text = b.Bytes()
		def.rendered[m] = text
	}
	return text
}

// definitionURL is where the compiler finds definitions.
const definitionURL = "graphcontract:///definitions/"

var definitionRef = regexp.MustCompile(`"\$ref":"#/\$defs/([^"]*)"`)

// separate is the JSON of a schema whose references to definitions that are not local lead to documents of their own. Quotes
// in a text are escaped, so that only references look like them.
func separate(s object, local object) []byte {
	return definitionRef.ReplaceAllFunc(marshal(s), func(ref []byte) []byte {
		name := string(definitionRef.FindSubmatch(ref)[1])
		if _, ok := local[name]; ok {
			return ref
		}
		return marshalRef(name)
	})
}

func marshalRef(name string) []byte { return []byte(`"$ref":"` + definitionURL + name + `"`) }

// compile makes the v5 schema of a form that shares its definitions. Each of them is compiled once for the whole family.
func (d *definitions) compile(url string, f *form) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.compiler == nil {
		d.compiler = newCompiler(func(url string) (io.ReadCloser, error) {
			def := d.get(strings.TrimPrefix(url, definitionURL))
			if def == nil {
				return nil, errors.New("no such definition")
			}
			return io.NopCloser(bytes.NewReader(separate(def.schema, nil))), nil
		})
	}
	own, _ := f.root["$defs"].(object)
	if err := d.compiler.AddResource(url, bytes.NewReader(separate(f.root, own))); err != nil {
		return nil, err
	}
	return d.compiler.Compile(url)
}
