package tree

import (
	"bytes"
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// FuzzRead holds the laws of the package: any bytes are read without a panic into a tree within its bounds, positions are
// inside the source, faults are sorted, what can be written as JSON is JSON and reads as the same tree, and so do bytes that
// are both YAML and JSON.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../../testdata/file/*.txtar")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		require.NoError(f, err)
		for _, one := range ar.Files {
			if ext := path.Ext(one.Name); ext == ".yaml" || ext == ".json" {
				f.Add(one.Data)
			}
		}
	}
	f.Add([]byte("[1.50, -0, 1e3, 1E+400, 010, 0x1F, ~, null, True, .nan, !!str 1, 2024-01-01]"))
	f.Add([]byte(`{"a": {"b": [1, {"c": "\u2028\u0085\ud83d\ude00"}]}, "a": [], "<<": {}}`))
	f.Add([]byte("&a [*a, &b {x: *b}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		fromYAML := readLaws(t, ReadYAML, src, []string{"\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n"})
		fromJSON := readLaws(t, ReadJSON, src, []string{"\r\n", "\n", "\r", "\n"})
		if fromYAML != nil && fromJSON != nil && !bytes.ContainsAny(src, "\u0085\u2028\u2029\ufeff") {
			require.Equal(t, fromJSON, fromYAML, "%q is YAML and JSON", src)
		}
	})
}

// readLaws reads a source and holds what comes of it. It is nil where there are faults.
func readLaws(t *testing.T, read reader, src []byte, breaks []string) *Node {
	var faults, again Faults
	root, weight := read(src, &faults)
	same, _ := read(src, &again)
	require.Equal(t, root, same)
	require.Equal(t, faults.All(), again.All())

	lines := strings.Split(strings.NewReplacer(breaks...).Replace(string(src)), "\n")
	inside := func(p Position) {
		require.Positive(t, p.Line)
		require.Positive(t, p.Column)
		require.LessOrEqual(t, p.Line, len(lines))
		require.LessOrEqual(t, p.Column, len([]rune(lines[p.Line-1]))+1)
	}
	all := faults.All()
	require.LessOrEqual(t, len(all), MaxFaults)
	for i, f := range all {
		inside(f.Position)
		require.NotContains(t, f.Text+f.Path, "\n")
		require.True(t, i == 0 || all[i-1].Line < f.Line || all[i-1].Line == f.Line && all[i-1].Column <= f.Column, "not sorted")
	}
	if root == nil {
		require.NotEmpty(t, all)
		return nil
	}
	require.LessOrEqual(t, weight, MaxWeight)
	require.LessOrEqual(t, bounded(t, root, 0, inside), weight)

	doc := root.AppendJSON(nil, nil)
	require.True(t, json.Valid(doc), "%s", doc)
	if len(all) > 0 {
		return nil
	}
	if len(doc) <= MaxSize {
		var none Faults
		back, _ := ReadJSON(doc, &none)
		require.Empty(t, none.All(), "%s", doc)
		require.Equal(t, plain(root), plain(back))
	}
	return root
}

// bounded holds the laws of a node and is what it weighs at least.
func bounded(t *testing.T, n *Node, depth int, inside func(Position)) int {
	require.LessOrEqual(t, depth, MaxDepth)
	inside(n.Position)
	weight := nodeWeight + len(n.Text)
	require.True(t, n.Kind == List || len(n.Items) == 0)
	for _, item := range n.Items {
		weight += bounded(t, item, depth+1, inside)
	}
	require.True(t, n.Kind == Mapping || n.Kind == Faulty || len(n.Members) == 0)
	names := map[string]bool{}
	for _, m := range n.Members {
		require.False(t, names[m.Name], "%q is there twice", m.Name)
		names[m.Name] = true
		inside(m.Position)
		weight += nodeWeight + len(m.Name) + bounded(t, m.Value, depth+1, inside)
	}
	return weight
}

// plain is a node without its places, and with texts for what is odd.
func plain(n *Node) *Node {
	c := &Node{Kind: n.Kind, Text: n.Text}
	if c.Kind == Odd {
		c.Kind = Text
	}
	for _, item := range n.Items {
		c.Items = append(c.Items, plain(item))
	}
	for _, m := range n.Members {
		c.Members = append(c.Members, Member{Name: m.Name, Value: plain(m.Value)})
	}
	return c
}
