package recording

import (
	"bytes"
	"encoding/base64"
	"iter"
	"strings"
)

// authorizations finds credentials in what looks like the field Authorization within a text, as in a part of a batch: its
// name, a colon, a known scheme and what is behind it. What prose has there, as in "Bearer token", is none.
func (s *scanner) authorizations(v *view) {
	for _, sign := range []string{"uthorization", "UTHORIZATION"} {
		for i := 0; ; {
			n := bytes.Index(v.text[i:], []byte(sign))
			if n < 0 {
				break
			}
			start := i + n
			i = start + len(sign)
			s.authorization(v, start, i)
		}
	}
}

// authorization finds the credentials behind a name that stands from start to end.
func (s *scanner) authorization(v *view, start, end int) {
	text := v.text
	colon := afterBlanks(text, end)
	if colon == len(text) || text[colon] != ':' {
		return
	}
	word := afterBlanks(text, colon+1)
	behind := word
	for behind < len(text) && isNameByte(text[behind]) {
		behind++
	}
	from := afterBlanks(text, behind)
	scheme := strings.ToLower(string(text[word:min(behind, word+maxName)]))
	if !schemes()[scheme] || from == behind || !v.anew(start, from) {
		return
	}
	to := from
	for to < len(text) && text[to] > ' ' && strings.IndexByte(",;\"'<>\\{}|`", text[to]) < 0 {
		to++
	}
	value := string(text[from:to])
	if scheme == "basic" && s.basic(value) || s.everywhere(value) {
		s.found(v, from, to, value, "credentials")
	}
}

// basic notes the password within Basic credentials (RFC 7617 §2), and says whether there is one.
func (s *scanner) basic(credentials string) bool {
	b, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return false
	}
	_, password, _ := strings.Cut(string(b), ":")
	if password == "" {
		return false
	}
	if _, hidden := isHidden(password); !hidden {
		s.finds = append(s.finds, find{value: password, what: "password"})
	}
	return true
}

// proofs are the schemes whose credentials are a list of parameters, as texts end that begin one, and the parameter that
// proves knowledge of a secret (RFC 7616 §3.4 for Digest).
var proofs = []struct{ scheme, name string }{{"igest", "response"}, {"WS4-HMAC-SHA256", "signature"}}

// answers finds what proves knowledge of a secret in such a list, wherever it stands.
func (s *scanner) answers(v *view) {
	for _, proof := range proofs {
		for i := 0; ; {
			n := bytes.Index(v.text[i:], []byte(proof.scheme))
			if n < 0 {
				break
			}
			start := i + n
			i = start + len(proof.scheme)
			for name, value := range v.parameterList(i) {
				at := value.start
				if strings.EqualFold(name, proof.name) && v.anew(start, at) {
					s.found(v, at, value.end, string(v.text[at:value.end]), "credentials")
				}
			}
		}
	}
}

// parameterList yields the parameters name=value and name="value" with commas between them that begin behind blanks at i
// (RFC 9110 §11.2), as long as there are any.
func (v *view) parameterList(i int) iter.Seq2[string, edit] {
	text := v.text
	return func(yield func(string, edit) bool) {
		for at := i; ; at++ {
			start := afterBlanks(text, at)
			end := start
			for end < len(text) && isNameByte(text[end]) {
				end++
			}
			if start == i || start == end || end == len(text) || text[end] != '=' {
				return
			}
			var value edit
			value, at = v.parameterValue(end + 1)
			if !yield(string(text[start:end]), value) {
				return
			}
			if at = afterBlanks(text, at); at == len(text) || text[at] != ',' {
				return
			}
		}
	}
}

// parameterValue is where the value at i stands, without quotes, and where the text goes on behind it.
func (v *view) parameterValue(i int) (value edit, next int) {
	text := v.text
	if i < len(text) && text[i] == '"' {
		end := i + 1
		for end < len(text) && text[end] != '"' && text[end] != '\\' && text[end] >= ' ' {
			end++
		}
		if v.delimits(i) || end == len(text) || text[end] != '"' {
			return edit{}, i // it is cut, or no parameter of this text
		}
		return edit{start: i + 1, end: end}, end + 1
	}
	end := i
	for end < len(text) && text[end] > ' ' && strings.IndexByte(",\"'<>\\{}|`", text[end]) < 0 {
		end++
	}
	return edit{start: i, end: end}, end
}

// afterBlanks is where text goes on behind blanks and tabs.
func afterBlanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return i
}
