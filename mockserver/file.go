package mockserver

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// Bounds of what is read for a scenario.
const (
	maxBody     = 16 << 20           // bytes of a file that is a body
	maxVariants = 4 * tree.MaxWeight // what all variants together may weigh
)

//go:embed scenario.schema.json
var fileSchema string

// FileSchema is the JSON Schema (2020-12) of scenario files, version 1. What it refuses [Load] refuses; Load also looks at
// what a schema does not see, such as keys written twice, paths of variants and files, misspelt states and routes that overlap.
// The caller owns the bytes.
func FileSchema() []byte { return []byte(fileSchema) }

// Load reads a scenario file: the base scenario, without its variants, which have to be without faults, too. See [LoadVariants].
func Load(fsys fs.FS, name string) (Scenario, error) {
	scenarios, err := LoadVariants(fsys, name)
	if err != nil {
		return Scenario{}, err
	}
	return scenarios[0], nil
}

// LoadVariants reads a scenario file: the base scenario first, then each of its variants in the order they are written. The Name of a
// variant is that of the base, a slash and its own.
//
// A file whose name ends in .json is JSON, another one YAML; fileformat.md beside this file describes what is in it. Files that
// the scenario names are read from fsys, too, relative to it, and are part of what is returned: nothing is read later.
//
// The error joins up to twenty [LoadError]s with their places, in the order of these; all are found that can be. A file whose keys and
// values are as they have to be is refused as well where a server would not start with the base or a variant: for a state that is
// never entered, an id that no route has, routes that overlap. Only whether bodies obey the contract is left to the server, which knows
// the contract. That the file cannot be read is a LoadError of its own, with its cause. Both functions may be called concurrently.
func LoadVariants(fsys fs.FS, name string) ([]Scenario, error) {
	src, err := readFile(fsys, name, tree.MaxSize)
	if err != nil {
		return nil, &LoadError{At: name, Text: withoutPath(err), Err: err}
	}
	l := &fileLoader{fsys: fsys, from: name, files: map[string]*bodyFile{}}
	scenarios := l.load(src)
	if err := l.err(); err != nil {
		return nil, err
	}
	return scenarios, nil
}

// fileLoader reads one scenario file.
type fileLoader struct {
	fsys   fs.FS
	from   string // the name of the file
	faults tree.Faults
	base   map[string]string    // the places of the base, once it is read
	files  map[string]*bodyFile // the bodies that replies have from files, by path
}

// bodyFile is a file that is the body of replies.
type bodyFile struct {
	data []byte
	err  error
}

func (l *fileLoader) load(src []byte) []Scenario {
	read := tree.ReadYAML
	if strings.EqualFold(path.Ext(l.from), ".json") {
		read = tree.ReadJSON
	}
	root, weight := read(src, &l.faults)
	if root == nil || !l.isVersion1(root) {
		return nil
	}
	base := path.Base(l.from)
	scenarios := []Scenario{l.decode(root, "", strings.TrimSuffix(base, path.Ext(base)))}
	l.base = scenarios[0].places
	variants := l.variants(root, weight)
	for _, m := range variants {
		s := l.decode(l.patch(root, m), variantPath(m), "")
		s.Name = scenarios[0].Name + "/" + m.Name
		scenarios = append(scenarios, s)
	}
	if len(l.faults.All()) > 0 {
		return nil // what is half understood would be blamed for what it may well say
	}
	l.check(&scenarios[0], "")
	for i, m := range variants {
		l.check(&scenarios[i+1], variantPath(m))
	}
	return scenarios
}

// variants are those of a file. One that is no mapping is not among them: it is told with the base.
func (l *fileLoader) variants(root *tree.Node, weight int) []tree.Member {
	variants := root.Member("variants")
	if variants == nil {
		return nil
	}
	patches := 0
	for _, m := range variants.Members {
		patches += len(m.Value.Members)
	}
	if (len(variants.Members)+patches/8)*weight > maxVariants {
		l.faults.Add(tree.Fault{Position: variants.Position, Text: "the variants are too many for a file of this size", Hint: "write several files"})
		return nil
	}
	return slices.DeleteFunc(slices.Clone(variants.Members), func(m tree.Member) bool { return m.Value.Kind != tree.Mapping })
}

// variantPath is what paths into a variant begin with.
func variantPath(variant tree.Member) string { return "variants." + variant.Name + "." }

// check adds what cannot be right in a scenario. What a variant has of the base is told of that alone: it has the same place.
func (l *fileLoader) check(s *Scenario, prefix string) {
	found := s.check()
	for _, e := range found[:min(len(found), maxFindings)] { // not that there are more
		l.faults.Add(tree.Fault{Position: l.position(e.At), Path: prefix + e.Path, Text: e.Text, Hint: e.Hint, Err: e.Err})
	}
}

// at is a place in messages.
func (l *fileLoader) at(p tree.Position) string {
	return l.from + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// position is the opposite of at.
func (l *fileLoader) position(at string) (p tree.Position) {
	_, _ = fmt.Sscanf(strings.TrimPrefix(at, l.from), ":%d:%d", &p.Line, &p.Column)
	return p
}

// err joins a LoadError for each fault that is told. It is nil if there is none.
func (l *fileLoader) err() error {
	var errs []error
	for _, f := range l.faults.All() {
		e := &LoadError{At: l.at(f.Position), Path: f.Path, Text: f.Text, Hint: f.Hint, Err: f.Err}
		switch f.Err {
		case tree.ErrEmpty:
			e.Hint, e.Err = `a scenario begins with "version: 1"`, nil
		case tree.ErrSecondDocument:
			e.Hint, e.Err = "write variants, or a file for each", nil
		case tree.ErrMergeKey:
			e.Hint, e.Err = "write the keys out, or use variants", nil
		}
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

// isVersion1 says whether this is a file that the rest of the loader understands; if not, nothing else is worth telling.
func (l *fileLoader) isVersion1(root *tree.Node) bool {
	const hint = `write "version: 1" first`
	switch version := root.Member("version"); {
	case root.Kind == tree.Faulty:
	case root.Kind != tree.Mapping:
		l.faults.Add(tree.Fault{Position: root.Position, Text: fmt.Sprintf("want a mapping with the keys of a scenario, got %v", root)})
	case version == nil:
		l.faults.Add(tree.Fault{Position: root.Position, Text: "version is missing", Hint: hint})
	case version.Kind == tree.Faulty: // told already
	case version.Kind != tree.Number || version.Text != "1":
		l.faults.Add(tree.Fault{Position: version.Position, Path: "version", Text: fmt.Sprintf("want version 1, got %v", version)})
	default:
		return true
	}
	return false
}

// body reads a file that is the body of a reply, once.
func (l *fileLoader) body(name string) *bodyFile {
	f := l.files[name]
	if f == nil {
		f = &bodyFile{}
		full := path.Join(path.Dir(l.from), name)
		if fs.ValidPath(full) && !path.IsAbs(name) {
			f.data, f.err = readFile(l.fsys, full, maxBody)
		} else {
			f.err = errors.New("no path within the file system of the scenario; it has slashes and is relative to the scenario")
		}
		l.files[name] = f
	}
	return f
}

// withoutPath is the text of an error about a file that is named already.
func withoutPath(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}

// readFile reads a file of at most so many bytes.
func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("the file has more than %d MiB", most>>20)
	}
	return data, err
}
