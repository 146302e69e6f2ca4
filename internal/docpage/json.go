package docpage

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads the JSON of annotations and JSON representations as leniently as real pages demand: trailing
// and missing commas, // and /* */ comments, barewords such as False, raw line breaks in strings and curly
// quotes are accepted. Numbers become json.Number; of a repeated member the last counts. Text after the value
// is an error, as is nesting deeper than 100. The error is a [*SyntaxError].
//
// Valid JSON gives what encoding/json gives: what is no UTF-8 and half a surrogate pair become U+FFFD.
func ParseJSON(s string) (any, error) {
	p := &lenient{s: s}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(p.s) {
		return nil, p.errorf("text after the value")
	}
	return v, nil
}

const maxDepth = 100

// SyntaxError is what [ParseJSON] could not read. Line counts from 1 within its text.
type SyntaxError struct {
	Line int
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

type lenient struct {
	s string
	i int
}

func (p *lenient) errorf(format string, args ...any) error {
	return &SyntaxError{Line: 1 + strings.Count(p.s[:p.i], "\n"), Text: fmt.Sprintf(format, args...)}
}

// space skips blanks, no-break spaces and comments.
func (p *lenient) space() {
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch c := rest[0]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			p.i++
		case strings.HasPrefix(rest, "\u00a0"):
			p.i += len("\u00a0")
		case strings.HasPrefix(rest, "//"):
			p.skipPast("\n", rest)
		case strings.HasPrefix(rest, "/*"):
			p.skipPast("*/", rest)
		default:
			return
		}
	}
}

func opensJSONComment(s string) bool { return strings.HasPrefix(s, "//") || strings.HasPrefix(s, "/*") }

func (p *lenient) skipPast(end, rest string) {
	if n := strings.Index(rest, end); n >= 0 {
		p.i += n + len(end)
	} else {
		p.i = len(p.s)
	}
}

func (p *lenient) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.errorf("nested deeper than %d", maxDepth)
	}
	p.space()
	if p.i >= len(p.s) {
		return nil, p.errorf("value missing")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"' || strings.HasPrefix(p.s[p.i:], "“"):
		return p.str()
	default:
		return p.word()
	}
}

func (p *lenient) object(depth int) (any, error) {
	p.i++
	m := map[string]any{}
	for {
		p.space()
		switch {
		case p.i >= len(p.s):
			return nil, p.errorf("object without its end")
		case p.s[p.i] == '}':
			p.i++
			return m, nil
		case p.s[p.i] == ',':
			p.i++
			continue
		}
		name, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, p.errorf("member name is not a string")
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return nil, p.errorf("member %.40q without a value", key)
		}
		p.i++
		if m[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
}

func (p *lenient) array(depth int) (any, error) {
	p.i++
	a := []any{}
	for {
		p.space()
		switch {
		case p.i >= len(p.s):
			return nil, p.errorf("array without its end")
		case p.s[p.i] == ']':
			p.i++
			return a, nil
		case p.s[p.i] == ',':
			p.i++
			continue
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
}

func (p *lenient) str() (any, error) {
	open, end := `"`, `"`
	if strings.HasPrefix(p.s[p.i:], "“") {
		open, end = "“", "”"
	}
	p.i += len(open)
	start := p.i
	for p.i < len(p.s) {
		switch {
		case p.s[p.i] == '\\':
			p.i = min(p.i+2, len(p.s))
		case p.s[p.i] == end[0] && strings.HasPrefix(p.s[p.i:], end):
			raw := p.s[start:p.i]
			p.i += len(end)
			return unescape(raw), nil
		default:
			p.i++
		}
	}
	return nil, p.errorf("string without its end")
}

// unescape resolves JSON escapes where raw is a JSON string once its line breaks are escaped, and else returns
// it as it stands.
func unescape(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 && utf8.ValidString(raw) {
		return raw
	}
	esc := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(raw)
	var s string
	if json.Unmarshal([]byte(`"`+esc+`"`), &s) != nil {
		return raw
	}
	return s
}

// word reads a number or a bareword: true, False, null, or any other run of letters, which stands for itself.
func (p *lenient) word() (any, error) {
	start := p.i
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if strings.ContainsRune("{}[],:\" \t\r\n\u00a0", r) || opensJSONComment(p.s[p.i:]) {
			break
		}
		p.i += n
	}
	w := p.s[start:p.i]
	switch strings.ToLower(w) {
	case "":
		return nil, p.errorf("unexpected %q", p.s[p.i])
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if n := json.Number(w); json.Valid([]byte(n)) {
		return n, nil
	}
	return w, nil
}
