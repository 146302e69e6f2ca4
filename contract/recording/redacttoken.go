package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

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
