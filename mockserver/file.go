package mockserver

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:embed scenario.schema.json
var fileSchema string

// FileSchema is the JSON Schema (2020-12) of scenario files, version 1. What it refuses [Load] refuses; Load also looks at
// what a schema does not see, such as keys written twice, paths of variants and files. The caller owns the bytes.
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
// The error joins up to twenty [LoadError]s with their places, in the order of these; all are found that can be. That the file cannot be
// read is a LoadError of its own, with its cause. Both functions may be called concurrently.
func LoadVariants(fsys fs.FS, name string) ([]Scenario, error) {
	src, err := readFile(fsys, name, maxFile)
	if err != nil {
		return nil, &LoadError{At: name, Text: withoutPath(err), Err: err}
	}
	l := &loader{fsys: fsys, from: name, faults: &faults{file: name}, files: map[string]*bodyFile{}}
	scenarios := l.load(src)
	if err := l.faults.err(); err != nil {
		return nil, err
	}
	return scenarios, nil
}

// loader reads one scenario file.
type loader struct {
	fsys   fs.FS
	from   string // the name of the file
	faults *faults
	files  map[string]*bodyFile // the bodies that replies have from files, by path
}

// bodyFile is a file that is the body of replies.
type bodyFile struct {
	data []byte
	err  error
}

func (l *loader) load(src []byte) []Scenario {
	b := &builder{faults: l.faults}
	var root *node
	if strings.EqualFold(path.Ext(l.from), ".json") {
		root = b.readJSON(src)
	} else {
		root = b.readYAML(src)
	}
	switch {
	case b.full():
		b.fail(position{1, 1}, "", "the file has too many values, or its aliases stand for too many")
		return nil
	case root == nil || !l.isVersion1(root):
		return nil
	}
	base := path.Base(l.from)
	scenarios := []Scenario{l.decode(root, "", strings.TrimSuffix(base, path.Ext(base)))}
	variants := root.member("variants")
	if variants == nil || variants.kind != kindMapping {
		return scenarios
	}
	patches := 0
	for _, m := range variants.members {
		patches += len(m.value.members)
	}
	if (len(variants.members)+patches/8)*b.weight > 4*maxWeight {
		b.fail(variants.position, "write several files", "the variants are too many for a file of this size")
		return nil
	}
	for _, m := range variants.members {
		if m.value.kind != kindMapping {
			continue // told with the base
		}
		s := l.decode(l.patch(root, m), "variants."+m.name+".", "")
		s.Name = scenarios[0].Name + "/" + m.name
		scenarios = append(scenarios, s)
	}
	return scenarios
}

// isVersion1 says whether this is a file that the rest of the loader understands; if not, nothing else is worth telling.
func (l *loader) isVersion1(root *node) bool {
	const hint = `write "version: 1" first`
	switch version := root.member("version"); {
	case root.kind == kindFaulty:
	case root.kind != kindMapping:
		l.faults.add(root.position, &LoadError{Text: fmt.Sprintf("want a mapping with the keys of a scenario, got %v", root)})
	case version == nil:
		l.faults.add(root.position, &LoadError{Text: "version is missing", Hint: hint})
	case version.kind == kindFaulty: // told already
	case version.kind != kindNumber || version.text != "1":
		l.faults.add(version.position, &LoadError{Path: "version", Text: fmt.Sprintf("want version 1, got %v", version)})
	default:
		return true
	}
	return false
}

// body reads a file that is the body of a reply, once.
func (l *loader) body(name string) *bodyFile {
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
