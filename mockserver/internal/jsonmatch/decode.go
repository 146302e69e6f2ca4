package jsonmatch

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
	"github.com/graphcontract/graphcontract/internal/text"
)

// DecodeError is the first thing that makes a document no JSON, or one that means something else to other readers.
type DecodeError struct {
	Offset  int    // in bytes
	Pointer string // of the innermost value that had begun there (RFC 6901)
	Text    string // what is there and what was wanted
}

func (e *DecodeError) Error() string {
	if e.Pointer == "" {
		return fmt.Sprintf("jsonmatch: offset %d: %s", e.Offset, e.Text)
	}
	return fmt.Sprintf("jsonmatch: offset %d: %s: %s", e.Offset, text.Printable(e.Pointer), e.Text)
}

// Decode reads a document: one JSON value (RFC 8259) and nothing after it. Numbers are [json.Number]. It refuses what
// two readers may take for two things, as I-JSON does (RFC 7493), because a stub must not match one of them: repeated
// member names, ill-formed UTF-8, lone surrogates, a byte order mark; and more than 128 containers within each
// other, numbers of more than 1,024 bytes, exponents beyond 400. Errors are *[DecodeError].
func Decode(doc []byte) (any, error) {
	if faults := jsonscan.Scan(doc); len(faults) > 0 {
		f := faults[0]
		return nil, &DecodeError{Offset: f.Offset, Pointer: f.Pointer, Text: f.Text}
	}
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, &DecodeError{Offset: int(decoder.InputOffset()), Text: err.Error()}
	}
	return v, nil
}
