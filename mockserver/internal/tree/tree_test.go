package tree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRead holds what documents are read as: JSON of the tree with what is Odd in it, or the faults.
func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, reason string
		yaml, json   string // either may be ""
		want         string
	}{
		{"order", "members stay where they are written", "b: 1\na: 2\n", `{"b": 1, "a": 2}`, `{"b":1,"a":2}`},
		{"spelling", "a number is spelled as its author does", "[1.50, 1e3, -0, 123456789012345678901234567890]", "[1.50, 1e3, -0, 123456789012345678901234567890]", `[1.50,1e3,-0,123456789012345678901234567890]`},
		{"null", "nothing, ~ and null are the same", "[null, ~, ]", "[null, null]", `[null,null]`},
		{"words", "YAML 1.1's booleans are texts", "[yes, no, on, off, true, false]", `["yes", "no", "on", "off", true, false]`, `["yes","no","on","off",true,false]`},
		{"dates", "so are dates", "2024-01-01", `"2024-01-01"`, `"2024-01-01"`},
		{"keys", "a key is what is written", "{yes: 1, 0x1: 2, null: 3, \"<<\": 4}", `{"yes": 1, "0x1": 2, "null": 3, "<<": 4}`, `{"yes":1,"0x1":2,"null":3,"<<":4}`},
		{"escapes", "what JSON has to escape, and no more", `"<&>\u2028é\""`, `"<&>\u2028é\""`, `"<&>\u2028é\""`},
		{"alias", "an alias is what it stands for", "[&a {x: 1}, *a]", "", `[{"x":1},{"x":1}]`},
		{"tag", "!!str is the one way to say what a value is", "!!str 12", "", `"12"`},
		{"odd", "JSON has none of these", "[0x1F, 010, .nan, True, Null]", "", `["0x1F","010",".nan","True","Null"] odd 0x1F 010 .nan True Null`},

		{
			"twice", "the second is an error, the first is read", "a: 1\nb: {c: 1, c: [1, 1]}\na: 2\n", "{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2},\n\"a\": 2}",
			`{"a":1,"b":{"c":1}}
2:b.c: key "c" is written twice, first in line 2
3:a: key "a" is written twice, first in line 1`,
		},
		{"empty", "a comment is no document", "# nothing\n", "", "1:: the file is empty"},
		{"documents", "one file is one document", "a: 1\n---\nb: 1\n", "", "2:: a second document in the file (write a file for each)"},
		{"merge", "merge keys are not of YAML 1.2", "a: &a {x: 1}\nb:\n  <<: *a\n", "", "{\"a\":{\"x\":1},\"b\":null}\n3:b: merge keys (<<) are not known (write the keys out)"},
		{
			"key", "JSON has no such keys", "[a]: 1\nb: {{.c}}\n", "",
			`{"b":null}
1:: a key is a text, not a list or a mapping (quote it where it is a text, such as a template in {{ }})
2:b: a key is a text, not a list or a mapping (quote it where it is a text, such as a template in {{ }})`,
		},
		{"other-tag", "a tag would need to be understood", "a: !!binary aGk=\n", "", "{\"a\":null}\n1:a: tag \"!!binary\" is not known (write the value without it)"},
		{"self", "an alias to what it is in has no end", "&a [1, *a]\n", "", "[1,[1,null]]\n1:[1][1]: alias *a is within what it stands for"},
		{"syntax-yaml", "the line is all that the reader knows", "a:\n- id: [b\n  c: d\n", "", "2:: no YAML: did not find expected ',' or ']' (within { } and [ ], quote a text that has such a character or a comma in it)"},
		{"syntax-json", "the place of JSON's faults is known", "", "[1,\n 2,]", "2:: no JSON: got \"]\", want a value"},
		{"utf-8", "YAML is Unicode", "\xff", "", "1:: no UTF-8"},
		{"number", "no float64 has it", "a: 1e999", "", `{"a":"1e999"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.yaml != "" {
				require.Equal(t, test.want, told(ReadYAML, test.yaml), test.reason)
			}
			if test.json != "" {
				require.Equal(t, test.want, told(ReadJSON, test.json), test.reason)
			}
		})
	}
}

type reader func(src []byte, faults *Faults) (*Node, int)

// told is a document as JSON, with the spelling of what is odd in it, and its faults.
func told(read reader, src string) string {
	var faults Faults
	root, _ := read([]byte(src), &faults)
	var lines []string
	if root != nil {
		odd := ""
		doc := root.AppendJSON(nil, func(n *Node) { odd += " " + n.String() })
		if odd != "" {
			odd = " odd" + odd
		}
		lines = append(lines, string(doc)+odd)
	}
	for _, f := range faults.All() {
		line := fmt.Sprintf("%d:%s: %s", f.Line, f.Path, f.Text)
		if f.Hint != "" {
			line += " (" + f.Hint + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestCauses(t *testing.T) {
	for src, want := range map[string]error{"": ErrEmpty, "a\n---\nb": ErrSecondDocument, "<<: {}": ErrMergeKey} {
		var faults Faults
		ReadYAML([]byte(src), &faults)
		require.Len(t, faults.All(), 1)
		require.Equal(t, want, faults.All()[0].Err, "a caller can have a better hint for %q", src)
	}
	var faults Faults
	ReadYAML([]byte("a: [\n"), &faults)
	require.ErrorContains(t, faults.All()[0].Err, "yaml: line ", "what the YAML reader said")
}

// TestPositions holds where values and keys are.
func TestPositions(t *testing.T) {
	var faults Faults
	fromYAML, _ := ReadYAML([]byte("é: 1\nlist:\n- \"x\"\n- {k: v}\nlast:"), &faults)
	require.Equal(t, "1:1{é@1:1=1:4 list@2:1=3:1[3:3 4:3{k@4:4=4:7}] last@5:1=5:6}", places(fromYAML))
	fromJSON, _ := ReadJSON([]byte("{\"é\": 1,\r\n\"list\": [\"x\",\n  {\"k\" : null}]}"), &faults)
	require.Equal(t, "1:1{é@1:2=1:7 list@2:1=2:9[2:10 3:3{k@3:4=3:10}]}", places(fromJSON))
	require.Empty(t, faults.All())
}

// places are where a node and those in it are.
func places(n *Node) string {
	at := fmt.Sprintf("%d:%d", n.Line, n.Column)
	var parts []string
	switch n.Kind {
	case List:
		for _, item := range n.Items {
			parts = append(parts, places(item))
		}
		return at + "[" + strings.Join(parts, " ") + "]"
	case Mapping:
		for _, m := range n.Members {
			parts = append(parts, fmt.Sprintf("%s@%d:%d=%s", m.Name, m.Line, m.Column, places(m.Value)))
		}
		return at + "{" + strings.Join(parts, " ") + "}"
	}
	return at
}

// TestBounds holds that what cannot be read in bounded time and memory is refused.
func TestBounds(t *testing.T) {
	laughs := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		laughs += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 10) + "]\n"
	}
	long := "- &a " + strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("- *a\n", 100)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, test := range []struct {
		name, reason string
		read         reader
		src, want    string
	}{
		{"laughs", "nine levels of ten aliases are a billion values", ReadYAML, laughs, "too many values, or its aliases"},
		{"long-alias", "a long text a hundred times", ReadYAML, long, "too many values, or its aliases"},
		{"values", "a value weighs more than it is written in", ReadJSON, "[" + strings.Repeat("1,", 1<<20) + "1]", "too many values"},
		{"size-yaml", "documents are written by hand", ReadYAML, strings.Repeat("#", MaxSize+1), "more than 4 MiB"},
		{"size-json", "documents are written by hand", ReadJSON, strings.Repeat(" ", MaxSize+1), "more than 4 MiB"},
		{"deep-yaml", "a list of lists", ReadYAML, deep(MaxDepth + 1), "more than 128 deep"},
		{"deep-json", "a list of lists", ReadJSON, deep(MaxDepth + 1), "no JSON: "},
		{"deeper", "the YAML reader has a bound of its own", ReadYAML, deep(20_000), "exceeded max depth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var faults Faults
			root, _ := test.read([]byte(test.src), &faults)
			require.Len(t, faults.All(), 1)
			require.Contains(t, faults.All()[0].Text, test.want, test.reason)
			require.True(t, root == nil || test.name == "deep-yaml")
		})
	}
}

func TestFaults(t *testing.T) {
	var faults Faults
	require.Empty(t, faults.All())
	for i := range 5000 {
		faults.Add(Fault{Position: Position{5000 - i, 1}, Text: "late"})
	}
	faults.Add(Fault{Position: Position{1, 2}, Path: strings.Repeat("p", 300), Text: "a\x1b[31mb"})
	faults.Add(Fault{Position: Position{1, 2}, Path: "other", Text: "a\x1b[31mb"})
	all := faults.All()
	require.Len(t, all, MaxFaults)
	require.Equal(t, Fault{Position: Position{1, 1}, Text: "late"}, all[0], "sorted by place, although it came last of its kind")
	require.Equal(t, Fault{Position: Position{1, 2}, Path: strings.Repeat("p", 199) + "…", Text: "a\ufffd[31mb"}, all[1])
	require.Equal(t, Position{2, 1}, all[2].Position, "the same at the same place is told once")
}

func TestString(t *testing.T) {
	root, _ := ReadYAML([]byte("[~, x, 12, 0x1F, [], {}, "+strings.Repeat("é", 61)+", "+strings.Repeat("é", 60)+"]"), &Faults{})
	var got []string
	for _, item := range root.Items {
		got = append(got, item.String())
	}
	require.Equal(t, []string{"nothing", `"x"`, "12", "0x1F", "a list", "a mapping", `"` + strings.Repeat("é", 59) + `…"`, `"` + strings.Repeat("é", 60) + `"`}, got)
}
