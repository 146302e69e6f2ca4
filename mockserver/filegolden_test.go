package mockserver

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// updateFiles has GRAPHCONTRACT_UPDATE=1 write the goldens.
var updateFiles = os.Getenv("GRAPHCONTRACT_UPDATE") != ""

// TestLoadGolden loads every archive in testdata/file: "scenario.yaml" with the files that it names. "loaded" has the
// scenario that comes out, without what is zero, and what is different in variants, "places" those of the base.
func TestLoadGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/file/load-*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			require.NoError(t, err)
			fsys := archiveFS(ar)
			scenarios, err := LoadVariants(fsys, "scenario.yaml")
			require.NoError(t, err)
			var loaded strings.Builder
			var places string
			var base []string
			for i, s := range scenarios {
				if i == 0 {
					places = placesOf(&s)
				}
				s.places, s.written = nil, nil
				var printed strings.Builder
				printValue(&printed, "", reflect.ValueOf(s))
				lines := strings.SplitAfter(printed.String(), "\n")
				if i == 0 {
					base = lines
					loaded.WriteString(printed.String())
					continue
				}
				fmt.Fprintf(&loaded, "\n%s\n", s.Name)
				for _, line := range base {
					if !slices.Contains(lines, line) {
						loaded.WriteString("- " + line)
					}
				}
				for _, line := range lines {
					if !slices.Contains(base, line) {
						loaded.WriteString("+ " + line)
					}
				}
			}
			golden(t, file, ar, map[string]string{"loaded": loaded.String(), "places": places})
		})
	}
}

// placesOf lists the paths of a scenario with their places, and with what the file calls them where that is something else.
func placesOf(s *Scenario) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(s.places)) {
		fmt.Fprintf(&b, "%s: %s", s.places[path], path)
		if own, ok := s.written[path]; ok {
			fmt.Fprintf(&b, " is %s", own)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestLoadFaults holds every faulty file of testdata/file/faults.txtar against the text of its errors. A file NAME.yaml or
// NAME.json has them in NAME.errors.
func TestLoadFaults(t *testing.T) {
	const file = "testdata/file/faults.txtar"
	ar, err := txtar.ParseFile(file)
	require.NoError(t, err)
	fsys := archiveFS(ar)
	got, cases := map[string]string{}, 0
	for _, f := range ar.Files {
		name, ext, _ := strings.Cut(f.Name, ".")
		if ext != "yaml" && ext != "json" {
			continue
		}
		cases++
		t.Run(name, func(t *testing.T) {
			_, err := LoadVariants(fsys, f.Name)
			require.Error(t, err)
			requireFaults(t, f.Name, f.Data, err)
			got[name+".errors"] = err.Error() + "\n"
		})
	}
	require.GreaterOrEqual(t, cases, 40)
	golden(t, file, ar, got)
}

// archiveFS has the files of an archive.
func archiveFS(ar *txtar.Archive) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range ar.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// requireFaults holds that errors are LoadErrors, sorted, and within the file.
func requireFaults(t *testing.T, name string, src []byte, err error) {
	t.Helper()
	breaks := []string{"\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n"} // those of YAML
	if strings.HasSuffix(name, ".json") {
		breaks = breaks[:4]
	}
	lines := strings.Split(strings.NewReplacer(breaks...).Replace(string(src)), "\n")
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	errs := joined.Unwrap()
	require.LessOrEqual(t, len(errs), tree.MaxFaults)
	last := tree.Position{}
	for _, err := range errs {
		var e *LoadError
		require.True(t, errors.As(err, &e), "%T", err)
		var p tree.Position
		_, scanErr := fmt.Sscanf(strings.TrimPrefix(e.At, name), ":%d:%d", &p.Line, &p.Column)
		require.NoError(t, scanErr, e.At)
		require.False(t, p.Line < last.Line || p.Line == last.Line && p.Column < last.Column, "not sorted: %v", err)
		require.Positive(t, p.Line)
		require.LessOrEqual(t, p.Line, len(lines), e.At)
		require.LessOrEqual(t, p.Column, len([]rune(lines[p.Line-1]))+1, e.At)
		require.NotContains(t, e.Error(), "\n")
		last = p
	}
}

// golden holds files of an archive against what they have to be, or writes them behind the file that they are about.
func golden(t *testing.T, file string, ar *txtar.Archive, want map[string]string) {
	t.Helper()
	if updateFiles {
		var files []txtar.File
		for _, f := range ar.Files {
			name, ext, _ := strings.Cut(f.Name, ".")
			if _, made := want[f.Name]; !made {
				files = append(files, f)
			}
			if text, ok := want[name+".errors"]; ok && ext != "errors" {
				files = append(files, txtar.File{Name: name + ".errors", Data: []byte(text)})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if !strings.HasSuffix(name, ".errors") {
				files = append(files, txtar.File{Name: name, Data: []byte(want[name])})
			}
		}
		ar.Files = files
		require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
		return
	}
	got := map[string]string{}
	for _, f := range ar.Files {
		got[f.Name] = string(f.Data)
	}
	for name, text := range want {
		require.Equal(t, got[name], text, "%s in %s; GRAPHCONTRACT_UPDATE=1 writes it", name, file)
	}
}

// printValue writes what is not zero in a value, a line for each text and number.
func printValue(b *strings.Builder, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.IsZero() {
			fmt.Fprintf(b, "%s: {}\n", path)
		}
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				printValue(b, strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), f)
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			printValue(b, fmt.Sprintf("%s[%q]", path, key), v.MapIndex(key))
		}
		if v.Len() == 0 {
			fmt.Fprintf(b, "%s: {}\n", path)
		}
	case reflect.Pointer, reflect.Interface:
		printValue(b, path, v.Elem())
	case reflect.Slice:
		if bytes, ok := v.Interface().([]byte); ok {
			fmt.Fprintf(b, "%s: %q\n", path, bytes)
			return
		} else if v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(b, "%s: %s\n", path, v.Bytes())
			return
		}
		for i := range v.Len() {
			printValue(b, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
		if v.Len() == 0 {
			fmt.Fprintf(b, "%s: []\n", path)
		}
	case reflect.String:
		fmt.Fprintf(b, "%s: %q\n", path, v.String())
	default:
		fmt.Fprintf(b, "%s: %v\n", path, v)
	}
}
