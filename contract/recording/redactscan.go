package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
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
	views views
	kind  kind
	finds []find
	text  []byte // the part that is looked at, if it is a string
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
	s.kind, s.finds = k, s.finds[:0]
	if len(raw) == 0 {
		return
	}
	for i, all := 0, s.views.of(raw); i < len(all); i++ {
		s.members(&all[i])
		s.parameters(&all[i])
		s.tokens(&all[i])
	}
	if k == urlText {
		s.userinfo(raw)
	}
}

// found notes the bytes from start to end of a view. What is hidden already is no secret.
func (s *scanner) found(v *view, start, end int, value, what string) {
	if start >= end || isHidden(value) {
		return
	}
	f := find{value: value, what: what}
	f.start, f.end = v.span(start, end)
	s.finds = append(s.finds, f)
}

// members finds "name":"value" and "name":["value", …]. Within valid JSON an unescaped quote begins or ends a
// string, so the name cannot be anything else than one; in JSON that was cut it is found all the same.
func (s *scanner) members(v *view) {
	text := v.text
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return
		}
		i += n + 1
		length := bytes.IndexByte(text[i:min(len(text), i+maxName+1)], '"')
		if length < 0 {
			continue
		}
		colon := afterSpace(text, i+length+1)
		if length == 0 || colon == len(text) || text[colon] != ':' || !v.escaped(i-1) {
			i += length
			continue
		}
		name := text[i : i+length]
		if v.parent == nil && bytes.IndexByte(name, '\\') >= 0 {
			name = []byte(unescaped(name))
		}
		i += length // the closing quote, which may be the opening one of another string
		secret, field := s.secret(name), s.field(name)
		if !secret && !field {
			continue
		}
		what := fmt.Sprintf("member %q", name)
		for at, list := afterSpace(text, colon+1), false; at < len(text); {
			switch text[at] {
			case '[':
				if list {
					at = len(text)
					continue
				}
				list = true
				at = afterSpace(text, at+1)
				continue
			case '"':
			default:
				at = len(text)
				continue
			}
			start := at + 1
			end := v.quoted(start)
			value := unescaped(text[start:end])
			if secret || len(value) != end-start { // escapes: the scheme goes too
				s.found(v, start, end, value, what)
			} else {
				s.header(plainText(string(name)), value, func(from, to int, value string) {
					s.found(v, start+from, start+to, value, what)
				})
			}
			at = afterSpace(text, end+1)
			if !list || at >= len(text) || text[at] != ',' {
				break
			}
			at = afterSpace(text, at+1)
		}
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

// parameters finds name=value in query strings, wherever they stand, and in form bodies.
func (s *scanner) parameters(v *view) {
	text := v.text
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], '=')
		if n < 0 {
			return
		}
		i += n
		start := i
		for start > 0 && i-start <= maxName && isNameByte(text[start-1]) {
			start--
		}
		name := text[start:i]
		if start > 0 && strings.IndexByte("?&;#\"", text[start-1]) < 0 || len(name) == 0 {
			continue
		}
		if !v.escaped(i) && (start == 0 || !v.escaped(start-1)) {
			continue // found before
		}
		if !s.secret(name) && !(s.kind == codeText && string(name) == "code") {
			continue
		}
		end := i + 1
		for end < len(text) && !s.ends(v, text[end]) {
			end++
		}
		s.found(v, i+1, end, s.parameter(text[i+1:end]), fmt.Sprintf("parameter %q", name))
		i = end - 1
	}
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// ends says whether a value of a parameter ends before c.
func (s *scanner) ends(v *view, c byte) bool {
	switch {
	case c == '&':
		return true
	case v.parent == nil && s.kind >= formText:
		return c == '\r' || c == '\n'
	case v.parent == nil && s.kind == urlText:
		return c == '#'
	}
	return c <= ' ' || strings.IndexByte("#;\"'<>\\{}|`", c) >= 0
}

func (s *scanner) parameter(raw []byte) string {
	text := string(raw)
	if s.kind >= formText {
		text = strings.ReplaceAll(text, "+", " ")
	}
	if bytes.IndexByte(raw, '%') < 0 {
		return text
	}
	if t, err := url.PathUnescape(text); err == nil {
		return t
	}
	return text
}

// userinfo finds the password in https://user:password@host.
func (s *scanner) userinfo(raw []byte) {
	start := bytes.Index(raw, []byte("://")) + 3
	if start < 3 {
		return
	}
	end := len(raw)
	if n := bytes.IndexAny(raw[start:], "/?#"); n >= 0 {
		end = start + n
	}
	at := bytes.LastIndexByte(raw[start:end], '@')
	if at < 0 {
		return
	}
	colon := bytes.IndexByte(raw[start:start+at], ':')
	if colon < 0 {
		return
	}
	s.found(&view{}, start+colon+1, start+at, s.parameter(raw[start+colon+1:start+at]), "password before the host")
}

// header yields the secrets in a value of a field whose values are secrets. name is plain.
func (s *scanner) header(name, value string, yield func(start, end int, value string)) {
	if name == "cookie" || name == "setcookie" {
		cookieValues(value, name == "setcookie", func(start, end int) { yield(start, end, value[start:end]) })
		return
	}
	start, end := trimmed(value, credentials(value), len(value))
	if start == end {
		return
	}
	yield(start, end, value[start:end])
	if !strings.EqualFold(strings.TrimSpace(value[:start]), "basic") {
		return
	}
	if b, err := base64.StdEncoding.DecodeString(value[start:end]); err == nil {
		if _, password, ok := strings.Cut(string(b), ":"); ok && password != "" && !isHidden(password) {
			s.finds = append(s.finds, find{value: password, what: "password"})
		}
	}
}

// tokens finds JSON Web Tokens in compact form (RFC 7519 §3, RFC 7515 §7.1, RFC 7516 §7.1): three parts in base64url,
// or five, of which the first is that of a JSON object with "alg".
func (s *scanner) tokens(v *view) {
	text := v.text
	// A JSON object in base64 begins with ey, or with ew where white space other than a blank follows the brace.
	next := func(from int, sign string) int {
		if n := bytes.Index(text[from:], []byte(sign)); n >= 0 {
			return from + n
		}
		return len(text)
	}
	run, tries := 0, 0 // up to where the text is in base64url, and how often a token was looked for in it
	for y, w := next(0, "ey"), next(0, "ew"); min(y, w) < len(text); {
		i := min(y, w)
		resume := i + 2
		if i == 0 || !isAlphanumeric(text[i-1]) {
			if i >= run {
				run, tries = i+partEnd(text[i:]), 0
			}
			if tries++; tries > maxTries {
				resume = max(run, resume)
			} else if n := tokenEnd(text[i:], run-i); n > 0 {
				s.found(v, i, i+n, string(text[i:i+n]), "JSON Web Token")
				resume = i + n
			}
		}
		if y < resume {
			y = next(resume, "ey")
		}
		if w < resume {
			w = next(resume, "ew")
		}
	}
}

func isAlphanumeric(c byte) bool { return isNameByte(c) && c != '_' && c != '-' && c != '.' }

// Hostile text must not cost more than its length: these bound how often and how far the first part is looked for.
const (
	maxTries       = 8
	maxTokenHeader = 16 << 10
)

// partEnd is the length of the part that text begins with.
func partEnd(text []byte) (n int) {
	for n < len(text) && isNameByte(text[n]) && text[n] != '.' {
		n++
	}
	return n
}

// tokenEnd is the length of the token that text begins with, 0 if it is none. Its first part ends at first.
func tokenEnd(text []byte, first int) int {
	if first == len(text) || text[first] != '.' || !isTokenHeader(text[:first]) {
		return 0
	}
	ends := []int{first}
	for n := first; len(ends) < 5 && n < len(text) && text[n] == '.'; {
		n += 1 + partEnd(text[n+1:])
		ends = append(ends, n)
	}
	switch {
	case len(ends) == 5:
		return ends[4]
	case len(ends) >= 3:
		return ends[2]
	}
	return 0
}

func isTokenHeader(part []byte) bool {
	if len(part) > maxTokenHeader {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(string(part))
	if err != nil {
		return false
	}
	var header struct {
		Alg *json.RawMessage `json:"alg"`
	}
	return json.Unmarshal(b, &header) == nil && header.Alg != nil
}
