package recording

import (
	"bytes"
	"strings"
)

// find is a secret that a rule has found in a text.
type find struct {
	start, end int // in the raw text; both 0: it is only known, such as the password within Basic credentials
	value      string
	what       string
}

// kind is what a text is, as far as the rules care.
type kind int

const (
	anyText  kind = iota
	urlText       // a request URL
	formText      // an application/x-www-form-urlencoded body
	codeText      // such a body sent to a token endpoint
)

// scanner looks for secrets by the rules, one text at a time.
type scanner struct {
	*rules
	views  views
	kind   kind
	finds  []find
	taken  int    // the highest number of a pseudonym in the place of a secret
	query  query  // the one that parameters was in last
	walked int    // up to where arrays and objects of secrets were walked in this view
	text   []byte // the part that is looked at, if it is a string
}

// part returns what the rules find in a part of an exchange. The result is valid until the next call.
func (s *scanner) part(p part, text []byte) []find {
	s.scan(text, p.kind)
	if name := []byte(p.field); s.field(name) {
		s.header(plainText(p.field), string(text), func(start, end int, value string) {
			s.found(&view{}, start, end, value, "credentials")
		})
	}
	return s.finds
}

// release lets the buffers serve again, but not those of very large bodies, and keeps no secrets.
func (s *scanner) release() {
	const limit = 4 << 20
	s.views.all[0].text = nil
	for i := range s.views.all {
		if v := &s.views.all[i]; cap(v.text) > limit || cap(v.escapes) > limit/32 {
			*v = view{}
		}
	}
	clear(s.finds[:cap(s.finds)])
}

func (s *scanner) scan(raw []byte, k kind) {
	s.kind, s.finds, s.taken = k, s.finds[:0], 0
	if len(raw) == 0 {
		return
	}
	for i, all := 0, s.views.of(raw); i < len(all); i++ {
		s.members(&all[i])
		s.parameters(&all[i])
		s.tokens(&all[i])
		s.passwords(&all[i])
		s.authorizations(&all[i])
		s.answers(&all[i])
	}
}

// found notes the bytes from start to end of a view. What is hidden already is no secret.
func (s *scanner) found(v *view, start, end int, value, what string) {
	if start >= end {
		return
	}
	if n, ok := isHidden(value); ok {
		s.taken = max(s.taken, n)
		return
	}
	f := find{value: value, what: what}
	f.start, f.end = v.span(start, end)
	s.finds = append(s.finds, f)
}

// members finds "name":"value", and the strings of arrays and objects in the place of the value. Within valid JSON an
// unescaped quote begins or ends a string, so the name cannot be anything else than one; in JSON that was cut it is found
// all the same. In a view only names are new whose quote was an escape.
func (s *scanner) members(v *view) {
	s.walked = 0
	if v.parent != nil {
		for _, e := range v.escapes {
			if v.text[e.at] == '"' {
				s.member(v, e.at+1)
			}
		}
		return
	}
	for i := 0; ; {
		n := bytes.IndexByte(v.text[i:], '"')
		if n < 0 {
			return
		}
		i += n + 1
		s.member(v, i)
	}
}

// member finds the secrets of a member whose name begins at start, if there is one.
func (s *scanner) member(v *view, start int) {
	text := v.text
	length := bytes.IndexByte(text[start:min(len(text), start+maxName+1)], '"')
	if length <= 0 {
		return
	}
	colon := afterSpace(text, start+length+1)
	if colon == len(text) || text[colon] != ':' {
		return
	}
	name := text[start : start+length]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unescaped(name))
	}
	secret := s.secret(name)
	if !secret && !s.field(name) {
		return
	}
	if at := afterSpace(text, colon+1); at < len(text) {
		s.values(v, at, string(name), secret)
	}
}

// quoted is where the string ends that begins at start, its quotes not included. In a view the quotes that were
// there before are those of an outer string, which it cannot outlast.
func (v *view) quoted(start int) int {
	for i := start; i < len(v.text); i++ {
		switch v.text[i] {
		case '\\':
			if i+1 < len(v.text) && (v.text[i+1] != '"' || v.escaped(i+1)) {
				i++
			}
		case '"':
			return i
		}
	}
	return len(v.text)
}

func afterSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return min(i, len(text))
}

// unescaped is the value of the inside of a JSON string.
func unescaped(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] == '\\' {
			if r, _, n := jsonEscape(raw[i:]); n > 0 {
				out = append(out, string(r)...)
				i += n
				continue
			}
		}
		out = append(out, raw[i])
		i++
	}
	return string(out)
}

// header yields the secrets in a value of a field whose values are secrets. name is plain.
func (s *scanner) header(name, value string, yield func(start, end int, value string)) {
	if isCookie(name) {
		cookieValues(value, strings.HasPrefix(name, "set"), func(start, end int) { yield(start, end, value[start:end]) })
		return
	}
	start, end := trimmed(value, credentials(value), len(value))
	if start == end {
		return
	}
	yield(start, end, value[start:end])
	if strings.EqualFold(strings.TrimSpace(value[:start]), "basic") {
		s.basic(value[start:end])
	}
}
