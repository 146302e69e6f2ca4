package recording

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// startLine is a request line or a status line.
type startLine struct {
	method, target string // of a request
	status         int    // of a response; 0 for a request
	line           int
	offset         int64
}

// parseStart reads a start line (RFC 9112 §3 and §4) of any HTTP version.
func parseStart(line []byte) (s startLine, ok bool) {
	line = bytes.TrimRight(chomp(line), " \t")
	if rest, ok := bytes.CutPrefix(line, []byte("HTTP/")); ok {
		version, rest, _ := bytes.Cut(rest, []byte{' '})
		code, _, _ := bytes.Cut(rest, []byte{' '})
		s.status, ok = parseStatus(code)
		return s, ok && isVersion(version)
	}
	method, rest, _ := bytes.Cut(line, []byte{' '})
	n := bytes.LastIndexByte(rest, ' ')
	if n < 0 {
		return s, false
	}
	version, ok := bytes.CutPrefix(rest[n+1:], []byte("HTTP/"))
	if !ok || !isVersion(version) || !isToken(method) || !isTarget(rest[:n]) {
		return s, false
	}
	s.method, s.target = string(method), string(rest[:n])
	return s, true
}

// isVersion accepts 1.1, 1.0, 2 and the like.
func isVersion(v []byte) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	return len(v) == 1 && digit(v[0]) || len(v) == 3 && digit(v[0]) && v[1] == '.' && digit(v[2])
}

// isToken says whether s is a token (RFC 9110 §5.6.2), which methods and field names are.
func isToken[T string | []byte](s T) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return len(s) > 0
}

// isTarget says whether s can stand in a request line: no white space, no control character.
func isTarget[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return len(s) > 0
}

// isFieldValue says whether s can be a field value (RFC 9110 §5.5) as a reader gets it: no control character but
// tab, no white space around.
func isFieldValue[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	outer := func(c byte) bool { return c == ' ' || c == '\t' }
	return len(s) == 0 || !outer(s[0]) && !outer(s[len(s)-1])
}

// interim says whether another response follows this one (RFC 9110 §15.2). 101 ends the HTTP/1.1 conversation.
func interim(status int) bool {
	return 100 <= status && status <= 199 && status != http.StatusSwitchingProtocols
}

// hasBody says whether a response can have a body at all (RFC 9112 §6.3).
func hasBody(method string, status int) bool {
	switch {
	case status < 200, status == http.StatusNoContent, status == http.StatusNotModified, method == http.MethodHead:
		return false
	case method == http.MethodConnect && status < 300:
		return false
	}
	return true
}

// isChunked says whether the body is chunked. Another transfer coding is an error.
func isChunked(h http.Header) (bool, error) {
	var codings []string
	for _, v := range h["Transfer-Encoding"] {
		for c := range strings.SplitSeq(v, ",") {
			if c = strings.ToLower(strings.Trim(c, " \t")); c != "" && c != "identity" {
				codings = append(codings, c)
			}
		}
	}
	if len(codings) == 0 {
		return false, nil
	}
	if len(codings) > 1 || codings[0] != "chunked" {
		return false, fmt.Errorf("transfer coding %s is not supported, only chunked", quote(strings.Join(codings, ", ")))
	}
	return true, nil
}

// contentLength is the length that the header gives, -1 if it gives none. The same number may repeat (RFC 9110
// §8.6). A number that is too large for any file is as good as the largest.
func contentLength(h http.Header) (int64, error) {
	n := int64(-1)
	for _, v := range h["Content-Length"] {
		for s := range strings.SplitSeq(v, ",") {
			s = strings.Trim(s, " \t")
			if s == "" || strings.Trim(s, "0123456789") != "" {
				return -1, fmt.Errorf("Content-Length %s is not a number", quote(v))
			}
			m, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				m = math.MaxInt64
			}
			if n >= 0 && m != n {
				return -1, fmt.Errorf("Content-Length is both %d and %d", n, m)
			}
			n = m
		}
	}
	return n, nil
}

// parseChunkSize reads a chunk-size line (RFC 9112 §7.1); extensions are ignored.
func parseChunkSize(line []byte) (int64, bool) {
	s, _, _ := bytes.Cut(chomp(line), []byte{';'})
	s = bytes.Trim(s, " \t")
	if len(s) == 0 {
		return 0, false
	}
	n := int64(0)
	for _, c := range s {
		d, err := strconv.ParseUint(string(c), 16, 8)
		if err != nil {
			return 0, false
		}
		if n > math.MaxInt64>>5 {
			continue // too large for any file, and so is every larger number
		}
		n = n<<4 | int64(d)
	}
	return n, true
}
