package docpage

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads the JSON of annotations and JSON representations as leniently as real pages demand: trailing
// and missing commas, // and /* */ comments, barewords such as False, raw line breaks in strings, curly quotes
// and an ellipsis in place of a member or an item are accepted. Numbers become json.Number; of a repeated member
// the last counts. Text after the value is an error, as is nesting deeper than 100. The error is a [*SyntaxError].
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
	s    string
	i    int
	mend *mend // notes what is no JSON, for [Strict]; nil: nobody asks
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
			p.mend.blank(p.i, p.i+len("\u00a0"), "no-break space")
			p.i += len("\u00a0")
		case opensJSONComment(rest):
			from, end := p.i, "\n"
			if rest[1] == '*' {
				end = "*/"
			}
			p.skipPast(end, rest)
			p.mend.blank(from, p.i, "comment")
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
	for gap := newGap(); ; gap.end = p.i {
		if p.between(&gap); p.i >= len(p.s) {
			return nil, p.errorf("object without its end")
		} else if p.s[p.i] == '}' {
			p.i++
			p.mend.close(&gap)
			return m, nil
		}
		p.mend.separate(&gap, p.i)
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
		gap.commas = nil
	}
}

func (p *lenient) array(depth int) (any, error) {
	p.i++
	a := []any{}
	for gap := newGap(); ; gap.end = p.i {
		if p.between(&gap); p.i >= len(p.s) {
			return nil, p.errorf("array without its end")
		} else if p.s[p.i] == ']' {
			p.i++
			p.mend.close(&gap)
			return a, nil
		}
		p.mend.separate(&gap, p.i)
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
		gap.commas = nil
	}
}

// gap is what stands before a member or an item: its commas, and where the value before it ends.
type gap struct {
	end    int // -1 before the first
	commas []int
}

func newGap() gap { return gap{end: -1} }

// between skips what stands between members or items: blanks, comments, commas and ellipses.
func (p *lenient) between(g *gap) {
	for {
		p.space()
		switch n := ellipsis(p.s[p.i:]); {
		case n > 0:
			p.mend.blank(p.i, p.i+n, "ellipsis")
			p.i += n
		case p.i < len(p.s) && p.s[p.i] == ',':
			g.commas = append(g.commas, p.i)
			p.i++
		default:
			return
		}
	}
}

// ellipsis is the length of the dots that s begins with if they stand for what an example leaves out, and 0 where
// they are a word's beginning or a name.
func ellipsis(s string) int {
	for _, dots := range []string{"...", "…"} {
		if rest, ok := strings.CutPrefix(s, dots); ok && (rest == "" || endsWord(rest)) &&
			!strings.HasPrefix(strings.TrimLeft(rest, " \t"), ":") {
			return len(dots)
		}
	}
	return 0
}

func (p *lenient) str() (any, error) {
	open, end := `"`, `"`
	if strings.HasPrefix(p.s[p.i:], "“") {
		open, end = "“", "”"
	}
	from := p.i
	p.i += len(open)
	start := p.i
	for p.i < len(p.s) {
		switch {
		case p.s[p.i] == '\\':
			p.i = min(p.i+2, len(p.s))
		case p.s[p.i] == end[0] && strings.HasPrefix(p.s[p.i:], end):
			raw := p.s[start:p.i]
			p.i += len(end)
			text := unescape(raw)
			p.mend.str(from, p.i, raw, text)
			return text, nil
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
		if endsWord(p.s[p.i:]) && !inTime(p.s[start:p.i], p.s[p.i:]) {
			break
		}
		_, n := utf8.DecodeRuneInString(p.s[p.i:])
		p.i += n
	}
	w := p.s[start:p.i]
	switch strings.ToLower(w) {
	case "":
		return nil, p.errorf("unexpected %q", p.s[p.i])
	case "true":
		p.mend.word(start, "true")
		return true, nil
	case "false":
		p.mend.word(start, "false")
		return false, nil
	case "null":
		p.mend.word(start, "null")
		return nil, nil
	}
	if n := json.Number(w); json.Valid([]byte(n)) {
		return n, nil
	}
	p.mend.quote(start, p)
	return w, nil
}

// inTime says whether a colon stands within a time such as 2018-04-01T12:39:16Z, not after a name.
func inTime(before, rest string) bool {
	const longest = len("2018-04-01T12:39:16")
	return len(rest) > 1 && rest[0] == ':' && '0' <= rest[1] && rest[1] <= '9' && before != "" &&
		len(before) < longest && '0' <= before[0] && before[0] <= '9' && strings.Contains(before, "T")
}

// endsWord says whether a word ends before s.
func endsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("{}[],:\" \t\r\n\u00a0", r) || opensJSONComment(s)
}
