package tree

import (
	"bytes"
	"encoding/json"
	"strings"
)

// AppendJSON appends the node as JSON to b: members in their order, numbers as they are spelled, no spaces, and of HTML's
// characters none escaped. Faulty nodes are null. Odd ones are texts, and are given to odd, which may be nil, in their order.
func (n *Node) AppendJSON(b []byte, odd func(*Node)) []byte {
	switch n.Kind {
	case Null, Faulty:
		return append(b, "null"...)
	case Bool, Number:
		return append(b, n.Text...)
	case Text:
		return appendQuoted(b, n.Text)
	case Odd:
		if odd != nil {
			odd(n)
		}
		return appendQuoted(b, n.Text)
	case List:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.AppendJSON(b, odd)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, m := range n.Members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuoted(b, m.Name), ':')
		b = m.Value.AppendJSON(b, odd)
	}
	return append(b, '}')
}

func appendQuoted(b []byte, s string) []byte {
	special := func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
	if !strings.ContainsFunc(s, special) {
		return append(append(append(b, '"'), s...), '"')
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	e.Encode(s) // of a string, into memory: there is no error
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}
