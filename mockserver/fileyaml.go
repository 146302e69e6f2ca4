package mockserver

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// yamlLine is how the YAML reader says where an error is.
var yamlLine = regexp.MustCompile(`^line ([0-9]+): `)

// yamlGrammar are the errors whose lines the YAML reader counts from 0.
var yamlGrammar = regexp.MustCompile(`^did not find expected (<document start>|',' or|key$|'-' indicator|node content)`)

// jsonNumber is a number as JSON writes it (RFC 8259, section 6).
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// readYAML reads a file as YAML. It is nil where that cannot be, which is among the faults then.
func (b *builder) readYAML(src []byte) *node {
	if !utf8.Valid(src) {
		b.fail(position{1, 1}, "", "no UTF-8")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err == io.EOF {
		b.fail(position{1, 1}, `a scenario begins with "version: 1"`, "the file is empty")
		return nil
	} else if err != nil {
		b.failYAML(src, err)
		return nil
	}
	if err := d.Decode(&second); err == nil {
		b.fail(position{second.Line, second.Column}, "write variants, or a file for each", "a second document in the file")
		return nil
	} else if err != io.EOF {
		b.failYAML(src, err)
		return nil
	}
	r := yamlReader{builder: b, src: src, most: 1 + bytes.Count(src, []byte("\n")), open: map[*yaml.Node]bool{}}
	return r.value(doc.Content[0], 1)
}

// failYAML tells an error of the YAML reader. Of its place the reader knows the line at most.
func (b *builder) failYAML(src []byte, err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	p := position{1, 1}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		lines := yamlLines(src)
		line, _ := strconv.Atoi(m[1])
		if yamlGrammar.MatchString(text[len(m[0]):]) {
			line++
		}
		p.line = max(1, min(line, len(lines)))
		written := lines[p.line-1]
		p.column += len(written) - len(strings.TrimLeft(written, " \t"))
		text = text[len(m[0]):]
	}
	b.faults.add(p, &LoadError{Text: "no YAML: " + text, Err: errors.New(err.Error())})
}

// yamlLines are the lines of a file, as YAML ends them.
func yamlLines(src []byte) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(string(src)), "\n")
}

// yamlReader makes nodes of those of the YAML reader and follows aliases.
type yamlReader struct {
	*builder
	src   []byte
	most  int                 // lines, without regard to what else ends one
	lines []string            // once they are needed
	open  map[*yaml.Node]bool // aliased values that are being read
}

// position is that of a node. The YAML reader has what is left out at the end after the last line.
func (r *yamlReader) position(y *yaml.Node) position {
	if y.Line > r.most {
		if r.lines == nil {
			r.lines = yamlLines(r.src)
		}
		if last := len(r.lines); y.Line > last {
			return position{last, utf8.RuneCountInString(r.lines[last-1]) + 1}
		}
	}
	return position{y.Line, y.Column}
}

func (r *yamlReader) value(y *yaml.Node, depth int) *node {
	n := &node{position: r.position(y), text: y.Value}
	if r.full() {
		return n
	}
	r.grow(y.Value)
	switch {
	case depth > maxDepth:
		r.fail(n.position, "", "lists and mappings within each other are more than %d deep", maxDepth)
		n.kind = kindFaulty
		return n
	case y.Style&yaml.TaggedStyle != 0 && y.Tag != "!!str":
		r.fail(n.position, "write the value without it", "tag %q is not known", cut(y.Tag))
		n.kind = kindFaulty
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		if r.open[y.Alias] {
			r.fail(n.position, "", "alias *%s is within what it stands for", cut(y.Value))
			n.kind = kindFaulty
			return n
		}
		r.open[y.Alias] = true
		n = r.value(y.Alias, depth)
		delete(r.open, y.Alias)
	case yaml.SequenceNode:
		n.kind, n.text = kindList, ""
		for _, item := range y.Content {
			r.item(n, func() *node { return r.value(item, depth+1) })
		}
	case yaml.MappingNode:
		n.kind, n.text = kindMapping, ""
		r.mapping(n, y, depth)
	default:
		n.kind = r.scalar(n, y)
	}
	return n
}

func (r *yamlReader) mapping(n *node, y *yaml.Node, depth int) {
	first := map[string]position{}
	for i := 0; i+1 < len(y.Content) && !r.full(); i += 2 {
		key, p := y.Content[i], r.position(y.Content[i])
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(p, "", "a key is a text, not a list or a mapping")
		case key.Tag == "!!merge":
			r.fail(p, "write the keys out, or use variants", "merge keys (<<) are not known")
			n.kind = kindFaulty
		default:
			r.member(n, first, key.Value, p, func() *node { return r.value(y.Content[i+1], depth+1) })
		}
	}
}

// scalar is the kind of a scalar, by YAML's rules where JSON has the same.
func (r *yamlReader) scalar(n *node, y *yaml.Node) kind {
	switch y.Tag {
	case "!!null":
		if y.Value == "" || y.Value == "~" || y.Value == "null" {
			n.text = ""
			return kindNull
		}
		return kindOdd
	case "!!bool":
		if y.Value == "true" || y.Value == "false" {
			return kindBool
		}
		return kindOdd
	case "!!int", "!!float":
		if !jsonNumber.MatchString(y.Value) {
			return kindOdd
		}
		for _, f := range jsonscan.Scan([]byte(y.Value)) {
			r.fail(n.position, "", "%s", f.Text)
		}
		return kindNumber
	case "!!merge":
		return kindText
	}
	return kindText // a date, too, is a text
}
