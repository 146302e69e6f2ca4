package jsonscan

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzScan states the laws of the package. The oracle is encoding/json, which is neither changed nor asked for more
// than RFC 8259: it knows nothing of marks, surrogates, bounds.
func FuzzScan(f *testing.F) {
	for _, c := range scanCases {
		f.Add([]byte(c.doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		kept := bytes.Clone(doc)
		faults := Scan(doc)
		require.Equal(t, faults, Scan(doc), "equal input, equal output")

		rules := map[string]int{}
		for i, fault := range faults {
			rules[fault.Rule]++
			require.True(t, 0 <= fault.Offset && fault.Offset <= len(doc), "offset %d", fault.Offset)
			require.True(t, i == 0 || faults[i-1].Offset <= fault.Offset, "order of offsets")
			require.True(t, fault.Pointer == "" || fault.Pointer[0] == '/', "pointer %q", fault.Pointer)
			require.True(t, utf8.ValidString(fault.Pointer) && utf8.ValidString(fault.Text), "encoding of %+v", fault)
			require.True(t, fault.Text != "" && !strings.ContainsAny(fault.Text, "\r\n"), "text %q", fault.Text)
		}
		for _, rule := range []string{ruleEmpty, ruleBOM, ruleDepth, ruleTruncated, ruleSyntax, ruleTrailing} {
			require.LessOrEqual(t, rules[rule], 1, rule)
		}

		// Places, whatever the document: no panics, and within it.
		for _, p := range Locate(doc, []string{"", "/a", "/0", "/a/0/a", "/0/1", "//"}) {
			require.True(t, 0 <= p.Start && p.Start <= p.End && p.End <= len(doc) && -1 <= p.Name && p.Name < p.Start+1, "%v", p)
		}
		positions(t, doc)
		require.Equal(t, kept, doc, "the document is left alone")

		marked := rules[ruleBOM] > 0
		if marked {
			doc = bytes.TrimPrefix(doc, []byte(utf8Mark))
		}
		if rules[ruleDepth] > 0 || marked && !bytes.HasPrefix(kept, []byte(utf8Mark)) {
			return
		}
		broken := rules[ruleEmpty] + rules[ruleTruncated] + rules[ruleSyntax] + rules[ruleTrailing]
		require.LessOrEqual(t, broken, 1, "one of them ends the scan")
		require.Equal(t, json.Valid(doc), broken == 0, "RFC 8259")
		if broken > 0 {
			sameSpot(t, doc, faults[len(faults)-1], len(kept)-len(doc))
			return
		}
		require.Equal(t, repeatedNames(t, doc), rules[ruleDuplicate], "duplicate keys")
		if len(faults) == 0 && len(doc) < 1<<14 {
			located(t, doc)
		}
	})
}

// sameSpot requires that the fault which ended the scan is where encoding/json found one. shift is how much later the
// fault is, for a mark.
func sameSpot(t *testing.T, doc []byte, fault Fault, shift int) {
	var syntax *json.SyntaxError
	require.ErrorAs(t, json.Unmarshal(doc, new(any)), &syntax)
	switch fault.Rule {
	case ruleTruncated:
		require.EqualValues(t, len(doc), syntax.Offset)
		require.Equal(t, len(doc), fault.Offset-shift)
		_, err := decode(doc)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	case ruleSyntax, ruleTrailing:
		if fault.Rule == ruleSyntax {
			_, err := decode(doc) // of the first value only
			require.NotErrorIs(t, err, io.ErrUnexpectedEOF)
		}
		require.EqualValues(t, syntax.Offset-1, fault.Offset-shift)
		if fault.Rule == ruleTrailing {
			require.Contains(t, syntax.Error(), "after top-level value")
		}
	}
}

// repeatedNames counts the names an object had before, as encoding/json reads them.
func repeatedNames(t *testing.T, doc []byte) int {
	type object struct {
		names map[string]bool // nil for an array
		value bool            // the next token is a value
	}
	var open []object
	n := 0
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		require.NoError(t, err)
		if delim, ok := token.(json.Delim); ok && (delim == ']' || delim == '}') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 && open[len(open)-1].names != nil {
			o := &open[len(open)-1]
			if !o.value {
				if o.names[token.(string)] {
					n++
				}
				o.names[token.(string)] = true
			}
			o.value = !o.value
		}
		switch token {
		case json.Delim('{'):
			open = append(open, object{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, object{})
		}
	}
}

// located requires that every pointer of the document leads to its value.
func located(t *testing.T, doc []byte) {
	root, err := decode(doc)
	require.NoError(t, err)
	var pointers []string
	var values []any
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		pointers, values = append(pointers, pointer), append(values, value)
		switch v := value.(type) {
		case map[string]any:
			for name, member := range v {
				walk(pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), member)
			}
		case []any:
			for i, item := range v {
				walk(pointer+"/"+strconv.Itoa(i), item)
			}
		}
	}
	walk("", root)

	places := Locate(doc, pointers)
	require.Len(t, places, len(pointers))
	var starts []int
	for i, p := range places {
		text := doc[p.Start:p.End]
		require.True(t, json.Valid(text), "%q: %q", pointers[i], text)
		require.Equal(t, bytes.TrimSpace(text), text)
		value, err := decode(text)
		require.NoError(t, err)
		require.Equal(t, values[i], value, "%q", pointers[i])
		if p.Name >= 0 {
			var name string
			end, _ := skipString(doc, p.Name)
			require.NoError(t, json.Unmarshal(doc[p.Name:end], &name))
			require.True(t, strings.HasSuffix(pointers[i], "/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name)))
		}
		starts = append(starts, p.Start)
		beyond := Locate(doc, []string{pointers[i] + "/no such member"})
		if m, ok := values[i].(map[string]any); !ok || m["no such member"] == nil {
			require.Equal(t, p, beyond[0], "the deepest value on the way")
		}
	}
	slices.Sort(starts)
	require.Len(t, slices.Compact(starts), len(pointers), "every value has its own place")
}

func decode(doc []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// positions compares lines and columns with a naive count, and a few excerpts with them.
func positions(t *testing.T, doc []byte) {
	c, naive := NewCursor(doc), naivePositions(doc)
	for offset, want := range naive {
		line, column := c.Position(offset)
		if want != [2]int{line, column} {
			require.Equal(t, want, [2]int{line, column}, "offset %d", offset)
		}
	}

	for offset := 0; offset <= len(doc)+1; offset += 1 + len(doc)/20 {
		for _, width := range []int{0, 10, 1 << 20} {
			text, at := Excerpt(doc, offset, width)
			n := utf8.RuneCountInString(text)
			require.True(t, utf8.ValidString(text) && n <= max(width, 3), "%q", text)
			require.True(t, 1 <= at && at <= n+1, "column %d of %q", at, text)
			afterCR := 0 < offset && offset < len(doc) && doc[offset-1] == '\r' && doc[offset] == '\n'
			if width > len(doc) && !afterCR {
				require.Equal(t, naive[min(offset, len(doc))][1], at, "offset %d of %q", offset, doc)
			}
		}
	}
}
