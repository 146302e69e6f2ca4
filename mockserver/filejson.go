package mockserver

import (
	"bytes"
	"encoding/json"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// readJSON reads a file as JSON. It is nil where the bytes are no JSON document, which is among the faults then.
func (b *builder) readJSON(src []byte) *node {
	cursor := jsonscan.NewCursor(src)
	ok := true
	for _, f := range jsonscan.Scan(src) {
		if f.Rule == "json/duplicate-key" {
			continue // found again below, and told as in YAML
		}
		ok = false
		line, column := cursor.Position(f.Offset)
		b.fail(position{line, column}, "", "no JSON: %s", f.Text)
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
func (r *jsonReader) token() (json.Token, position, string) {
	start := int(r.decoder.InputOffset())
	for start < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[start]) >= 0 {
		start++
	}
	token, _ := r.decoder.Token()
	line, column := r.cursor.Position(start)
	return token, position{line, column}, string(r.src[start:r.decoder.InputOffset()])
}

func (r *jsonReader) value() *node {
	token, p, text := r.token()
	n := &node{position: p, text: text}
	r.grow(text)
	switch token := token.(type) {
	case nil:
		n.text = ""
	case bool:
		n.kind = kindBool
	case json.Number:
		n.kind = kindNumber
	case string:
		n.kind, n.text = kindText, token
	case json.Delim:
		n.text = ""
		if token == '[' {
			n.kind = kindList
			for r.decoder.More() && !r.full() {
				r.item(n, r.value)
			}
		} else {
			n.kind = kindMapping
			first := map[string]position{}
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
