package tree

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

// yamlHints say how to mend what errors of the YAML reader most often come from: texts that need quotes. It has no better
// place for them than the line at which the list or mapping around them begins.
var yamlHints = []struct{ text, hint string }{
	{"did not find expected ',' or", "within { } and [ ], quote a text that has such a character or a comma in it"},
	{"did not find expected key", "quote a text that begins with {, [ or a quote, and begin the keys of a mapping in the same column"},
	{"did not find expected alphabetic or numeric character", "quote a text that begins with * or &"},
	{"unknown anchor", "quote a text that begins with *"},
	{"mapping values are not allowed", `quote a text that has ": " in it`},
	{"found character that cannot start any token", "quote a text that begins with %, @ or `, and indent by blanks, not by tabs"},
}

// yamlHint is the hint for an error of the YAML reader, or "".
func yamlHint(text string) string {
	for _, h := range yamlHints {
		if strings.HasPrefix(text, h.text) {
			return h.hint
		}
	}
	return ""
}

// jsonNumber is a number as JSON writes it (RFC 8259, section 6).
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// ReadYAML reads a YAML document and adds what is wrong with it to faults. The root is nil where nothing can be read, which is
// among the faults then, and else has [Faulty] nodes where there is something wrong with them. weight is what the tree weighs
// in terms of [MaxWeight], so that the caller can bound what it makes of it.
func ReadYAML(src []byte, faults *Faults) (root *Node, weight int) {
	b := &builder{faults: faults}
	return b.done(b.readYAML(src))
}

func (b *builder) readYAML(src []byte) *Node {
	if !b.fits(src) {
		return nil
	}
	if !utf8.Valid(src) {
		b.fail(Position{1, 1}, "", "no UTF-8")
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err == io.EOF {
		b.failWith(Position{1, 1}, ErrEmpty, "", "the file is empty")
		return nil
	} else if err != nil {
		b.failYAML(src, err)
		return nil
	}
	if err := d.Decode(&second); err == nil {
		b.failWith(Position{second.Line, second.Column}, ErrSecondDocument, "write a file for each", "a second document in the file")
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
	p := Position{1, 1}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		lines := yamlLines(src)
		line, _ := strconv.Atoi(m[1])
		if yamlGrammar.MatchString(text[len(m[0]):]) {
			line++
		}
		p.Line = max(1, min(line, len(lines)))
		written := lines[p.Line-1]
		p.Column += len(written) - len(strings.TrimLeft(written, " \t"))
		text = text[len(m[0]):]
	}
	b.failWith(p, errors.New(err.Error()), yamlHint(text), "no YAML: %s", text)
}

// yamlLines are the lines of a source, as YAML ends them.
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
func (r *yamlReader) position(y *yaml.Node) Position {
	if y.Line > r.most {
		if r.lines == nil {
			r.lines = yamlLines(r.src)
		}
		if last := len(r.lines); y.Line > last {
			return Position{last, utf8.RuneCountInString(r.lines[last-1]) + 1}
		}
	}
	return Position{y.Line, y.Column}
}

func (r *yamlReader) value(y *yaml.Node, depth int) *Node {
	n := &Node{Position: r.position(y), Text: y.Value}
	if r.full() {
		return n
	}
	r.grow(y.Value)
	switch {
	case depth > MaxDepth:
		r.fail(n.Position, "", "lists and mappings within each other are more than %d deep", MaxDepth)
		n.Kind = Faulty
		return n
	case y.Style&yaml.TaggedStyle != 0 && y.Tag != "!!str":
		r.fail(n.Position, "write the value without it", "tag %q is not known", Short(y.Tag))
		n.Kind = Faulty
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		if r.open[y.Alias] {
			r.fail(n.Position, "", "alias *%s is within what it stands for", Short(y.Value))
			n.Kind = Faulty
			return n
		}
		r.open[y.Alias] = true
		n = r.value(y.Alias, depth)
		delete(r.open, y.Alias)
	case yaml.SequenceNode:
		n.Kind, n.Text = List, ""
		for _, item := range y.Content {
			r.item(n, func() *Node { return r.value(item, depth+1) })
		}
	case yaml.MappingNode:
		n.Kind, n.Text = Mapping, ""
		r.mapping(n, y, depth)
	default:
		n.Kind = r.scalar(n, y)
	}
	return n
}

func (r *yamlReader) mapping(n *Node, y *yaml.Node, depth int) {
	first := map[string]Position{}
	for i := 0; i+1 < len(y.Content) && !r.full(); i += 2 {
		key, p := y.Content[i], r.position(y.Content[i])
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(p, "quote it where it is a text, such as a template in {{ }}", "a key is a text, not a list or a mapping")
			if len(y.Content) == 2 {
				n.Kind = Faulty // all there is of it
			}
		case key.Tag == "!!merge":
			r.failWith(p, ErrMergeKey, "write the keys out", "merge keys (<<) are not known")
			n.Kind = Faulty
		default:
			r.member(n, first, key.Value, p, func() *Node { return r.value(y.Content[i+1], depth+1) })
		}
	}
}

// scalar is the kind of a scalar, by YAML's rules where JSON has the same.
func (r *yamlReader) scalar(n *Node, y *yaml.Node) Kind {
	switch y.Tag {
	case "!!null":
		if y.Value == "" || y.Value == "~" || y.Value == "null" {
			n.Text = ""
			return Null
		}
		return Odd
	case "!!bool":
		if y.Value == "true" || y.Value == "false" {
			return Bool
		}
		return Odd
	case "!!int", "!!float":
		if !jsonNumber.MatchString(y.Value) {
			return Odd
		}
		for _, f := range jsonscan.Scan([]byte(y.Value)) {
			r.fail(n.Position, "", "%s", f.Text)
		}
		return Number
	}
	return Text // a date, too, and <<, which is a merge key nowhere but as a key
}
