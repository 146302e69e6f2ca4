package recording

import (
	"bytes"
	"fmt"
	"sync"
)

// describing are the members below a secret one whose strings say what it is and are no secrets themselves, plain.
var describing = sync.OnceValue(func() map[string]bool {
	return set("type", "kind", "format", "title", "description", "name", "displayname", "id", "keyid")
})

// claimLists are members that hold tokens as strings, and that are lists of optional claims where they hold objects.
var claimLists = sync.OnceValue(func() map[string]bool { return set("accesstoken", "idtoken") })

// describes says whether a string of this member, somewhere below a secret one, is no secret. Control information, whose
// name has an at sign, is none either.
func describes(name []byte) bool {
	return bytes.IndexByte(name, '@') >= 0 || len(name) <= maxName && describing()[plainText(string(name))]
}

// values finds the strings in the value of a secret member called name, which begins at at. secret says that the strings
// are secrets whole; else they are like values of the header field of that name. An array or object that was walked as
// part of another is not walked again.
func (s *scanner) values(v *view, at int, name string, secret bool) {
	text := v.text
	if text[at] != '"' && at < s.walked {
		return
	}
	shallow := claimLists()[plainText(name)]
	described := false // whether the string to come is no secret
	for depth := 0; at < len(text); at = afterSpace(text, at) {
		switch c := text[at]; {
		case c == '"':
			if v.original(at) {
				return // the end of an outer string
			}
			start, end := at+1, v.quoted(at+1)
			at = afterSpace(text, end+1)
			if depth > 0 && at < len(text) && text[at] == ':' {
				described = describes(text[start:end])
				at++
				continue
			}
			if !described {
				s.value(v, start, end, name, secret)
			}
			described = false
		case c == '{' && shallow:
			return
		case c == '[' || c == '{':
			depth++
			at++
			described = false
		case c == ']' || c == '}':
			depth--
			at++
		case depth > 0 && (c == ',' || isNameByte(c) || c == '+'): // between values, or a literal
			at++
			described = false
		default:
			return
		}
		if depth <= 0 {
			return
		}
		s.walked = max(s.walked, at)
	}
}

// value notes a string of a secret member.
func (s *scanner) value(v *view, start, end int, name string, secret bool) {
	value, what := unescaped(v.text[start:end]), fmt.Sprintf("member %q", name)
	if secret || len(value) != end-start { // escapes: the scheme goes too
		s.found(v, start, end, value, what)
		return
	}
	s.header(plainText(name), value, func(from, to int, value string) {
		s.found(v, start+from, start+to, value, what)
	})
}
