package jsonmatch

import (
	"fmt"
	"strconv"
	"strings"
)

// At returns the value a JSON pointer points to (RFC 6901); ok is false where there is none, as for the index "-", for an
// index with leading zeros and below scalars. The error is that of a pointer that breaks the grammar, whatever
// the document. The value is that of doc, not a copy.
func At(pointer string, doc any) (v any, ok bool, err error) {
	if pointer != "" && pointer[0] != '/' {
		return nil, false, fmt.Errorf("jsonmatch: pointer %q: got no slash at its beginning, want one", pointer)
	}
	for i := range len(pointer) {
		if pointer[i] == '~' && !strings.HasPrefix(pointer[i+1:], "0") && !strings.HasPrefix(pointer[i+1:], "1") {
			return nil, false, fmt.Errorf("jsonmatch: pointer %q: got ~ at offset %d, want ~0 or ~1", pointer, i)
		}
	}
	v, ok = doc, true
	for pointer != "" && ok {
		var token string
		token, pointer = pointer[1:], ""
		if end := strings.IndexByte(token, '/'); end >= 0 {
			token, pointer = token[:end], token[end:]
		}
		v, ok = child(v, unescape.Replace(token))
	}
	return v, ok, nil
}

var unescape = strings.NewReplacer("~0", "~", "~1", "/")

func child(v any, token string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		member, ok := v[token]
		return member, ok
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(v) && strconv.Itoa(i) == token {
			return v[i], true
		}
	}
	return nil, false
}
