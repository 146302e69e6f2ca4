package recording

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
)

// parameters finds name=value in query strings, wherever they stand, and in form bodies.
func (s *scanner) parameters(v *view) {
	text := v.text
	s.query = query{}
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], '=')
		if n < 0 {
			return
		}
		i += n
		start := i
		for start > 0 && i-start <= maxName && (isNameByte(text[start-1]) || text[start-1] == '%') {
			start--
		}
		if start == i {
			continue
		}
		if start > 0 && strings.IndexByte("?&;#\"", text[start-1]) < 0 || !v.newParameter(start, i) {
			continue
		}
		name := text[start:i]
		if bytes.IndexByte(name, '%') >= 0 {
			name = []byte(s.parameter(name))
		}
		if !s.secret(name) && !(string(name) == "code" && (s.kind == codeText || s.isRedirect(text, start))) {
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

// newParameter says whether a parameter whose name has the bytes from start to end was no parameter before the last
// step. Percent-encoding within a name is read without a step, so that its value keeps its own.
func (v *view) newParameter(start, end int) bool {
	return v.escaped(end) || start > 0 && v.escaped(start-1) || v.sign == '\\' && v.anew(start, end)
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

// query is a run of parameters in a text.
type query struct {
	start, end int
	redirect   bool // it has the state that an authorization response comes with
}

// isRedirect says whether the parameter that begins at start is one of an authorization response, which has a state
// beside the code (RFC 6749 §4.1.2). Other parameters called code are no secrets.
func (s *scanner) isRedirect(text []byte, start int) bool {
	if q := &s.query; start < q.start || q.end <= start {
		*q = query{start: start, end: start}
		for q.start > 0 && isQueryByte(text[q.start-1]) {
			q.start--
		}
		for q.end < len(text) && isQueryByte(text[q.end]) {
			q.end++
		}
		for pair := range bytes.SplitSeq(text[q.start:q.end], []byte("&")) {
			name, _, _ := bytes.Cut(pair, []byte("="))
			q.redirect = q.redirect || string(name) == "state" || string(name) == "session_state"
		}
	}
	return s.query.redirect
}

func isQueryByte(c byte) bool {
	return c > ' ' && strings.IndexByte("?#;\"'<>\\{}|`", c) < 0
}

// passwords finds the password in https://user:password@host (RFC 3986 §3.2.1).
func (s *scanner) passwords(v *view) {
	sign := []byte("://")
	for i := 0; ; {
		n := bytes.Index(v.text[i:], sign)
		if n < 0 {
			return
		}
		start := i + n + len(sign)
		end := start
		for end < len(v.text) && !s.endsAuthority(v, v.text[end]) {
			end++
		}
		i = end
		at := bytes.LastIndexByte(v.text[start:end], '@')
		if at < 0 {
			continue
		}
		at += start
		colon := bytes.IndexByte(v.text[start:at], ':')
		if colon < 0 {
			continue
		}
		colon += start
		if v.anew(start-len(sign), start) || v.sign == '\\' && v.anew(start, at+1) {
			s.found(v, colon+1, at, s.parameter(v.text[colon+1:at]), "password before the host")
		}
	}
}

func (s *scanner) endsAuthority(v *view, c byte) bool {
	if c == '/' || c == '?' || c == '#' {
		return true
	}
	return (v.parent != nil || s.kind != urlText) && (c <= ' ' || strings.IndexByte("\"'<>\\[]{}|`", c) >= 0)
}
