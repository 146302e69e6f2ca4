package tree

import (
	"bytes"
	"encoding/json"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// ReadJSON reads a JSON document and adds what is wrong with it to faults. The root is nil where the bytes are no JSON document,
// which is among the faults then. weight is as that of [ReadYAML].
func ReadJSON(src []byte, faults *Faults) (root *Node, weight int) {
	b := &builder{faults: faults}
	return b.done(b.readJSON(src))
}

func (b *builder) readJSON(src []byte) *Node {
	if !b.fits(src) {
		return nil
	}
	cursor := jsonscan.NewCursor(src)
	ok := true
	for _, f := range jsonscan.Scan(src) {
		if f.Rule == "json/duplicate-key" {
			continue // found again below, and told as in YAML
		}
		ok = false
		line, column := cursor.Position(f.Offset)
		b.fail(Position{line, column}, "", "no JSON: %s", f.Text)
	}
	if !ok {
		return nil
	}
	r := jsonReader{builder: b, src: src, decoder: json.NewDecoder(bytes.NewReader(src)), cursor: jsonscan.NewCursor(src)}
	r.decoder.UseNumber()
	return r.value()
}

// jsonReader makes nodes of a document that jsonscan found faultless.
type jsonReader struct {
	*builder
	src     []byte
	decoder *json.Decoder
	cursor  *jsonscan.Cursor
}

// token is the next one with where and as what it is written.
func (r *jsonReader) token() (json.Token, Position, string) {
	start := int(r.decoder.InputOffset())
	for start < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[start]) >= 0 {
		start++
	}
	token, _ := r.decoder.Token()
	line, column := r.cursor.Position(start)
	return token, Position{line, column}, string(r.src[start:r.decoder.InputOffset()])
}

func (r *jsonReader) value() *Node {
	token, p, text := r.token()
	n := &Node{Position: p, Text: text}
	r.grow(text)
	switch token := token.(type) {
	case nil:
		n.Text = ""
	case bool:
		n.Kind = Bool
	case json.Number:
		n.Kind = Number
	case string:
		n.Kind, n.Text = Text, token
	case json.Delim:
		n.Text = ""
		if token == '[' {
			n.Kind = List
			for r.decoder.More() && !r.full() {
				r.item(n, r.value)
			}
		} else {
			n.Kind = Mapping
			first := map[string]Position{}
			for r.decoder.More() && !r.full() {
				name, p, _ := r.token()
				r.member(n, first, name.(string), p, r.value)
			}
		}
		if !r.full() {
			r.decoder.Token() // the closing bracket
		}
	}
	return n
}
