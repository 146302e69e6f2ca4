package docpage

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads the JSON of annotations and JSON representations as leniently as real pages demand: trailing
// and missing commas, // and /* */ comments, barewords such as False, raw line breaks in strings, curly and single
// quotes and an ellipsis in place of a member or an item are accepted. So is the loss of a quote, a colon or the
// closing brackets of the text's end, a second opening brace, one closing bracket too many behind the value and the
// dash of a list before a member, each where only one reading is left; see the tests for the limits. No value is ever
// made up. Numbers become json.Number; of a repeated member the last counts. Text after the value is an error, as is
// nesting deeper than 100. The error is a [*SyntaxError].
//
// Valid JSON gives what encoding/json gives: what is no UTF-8 and half a surrogate pair become U+FFFD.
func ParseJSON(s string) (any, error) {
	p := &lenient{s: s, closer: -1}
	v, err := p.text()
	if err != nil {
		return nil, err
	}
	return v, nil
}

// text reads all of s. One closing bracket behind an object or an array is a slip; two show that the nesting was
// meant to be another, as in v1.0/api/directoryaudit-get.md, where a list ends before its second item.
func (p *lenient) text() (any, error) {
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(p.s) && p.closer >= 0 && (p.s[p.i] == '}' || p.s[p.i] == ']') {
		from := p.i
		p.i++
		p.space()
		if p.i < len(p.s) {
			p.i = from
		} else {
			p.mend.blank(from, from+1, "closing bracket too many")
		}
	}
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

	name           string // that has lost its quote
	opener, closer int    // the last closing bracket, and the one it closes; closer is -1 before there is one
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
	case c == '"' || c == '\'' || strings.HasPrefix(p.s[p.i:], "“"):
		return p.str()
	default:
		return p.word()
	}
}

func (p *lenient) object(depth int) (any, error) {
	from := p.i
	p.i++
	m := map[string]any{}
	p.secondBrace()
	for gap := newGap(); ; gap.end = p.i {
		if p.between(&gap); p.i >= len(p.s) {
			return m, p.missingEnd(from, "}", &gap)
		} else if p.s[p.i] == '}' {
			p.close(from, &gap)
			return m, nil
		}
		p.mend.separate(&gap, p.i)
		if err := p.member(m, depth+1); err != nil {
			return nil, err
		}
		gap.commas = nil
	}
}

func (p *lenient) member(m map[string]any, depth int) error {
	p.listDash()
	if p.nameWithoutEnd() {
		return p.memberValue(m, p.name, depth)
	}
	name, err := p.value(depth)
	if err != nil {
		return err
	}
	key, ok := name.(string)
	if !ok {
		return p.errorf("member name is not a string")
	}
	end := p.i
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ':' {
		p.i++
		return p.memberValue(m, key, depth)
	}
	if !p.startsValue(end) {
		return p.errorf("member %.40q without a value", key)
	}
	at := p.i
	p.mend.colon(end, at)
	if err := p.memberValue(m, key, depth); err != nil {
		return err
	}
	if !p.endsMember() {
		p.i = at
		return p.errorf("member %.40q without a value", key)
	}
	return nil
}

func (p *lenient) memberValue(m map[string]any, name string, depth int) (err error) {
	m[name], err = p.value(depth)
	return err
}

func (p *lenient) array(depth int) (any, error) {
	from := p.i
	p.i++
	a := []any{}
	for gap := newGap(); ; gap.end = p.i {
		if p.between(&gap); p.i >= len(p.s) {
			return a, p.missingEnd(from, "]", &gap)
		} else if p.s[p.i] == ']' {
			p.close(from, &gap)
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

// close passes the bracket that closes the one at from.
func (p *lenient) close(from int, g *gap) {
	p.opener, p.closer = from, p.i
	p.i++
	p.mend.close(g)
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
	q := literal{from: p.i, open: 1, close: 1}
	end := p.s[p.i : p.i+1]
	if end == "\xe2" {
		q.open, q.close, end = len("“"), len("”"), "”"
	}
	n := endOfString(p.s[p.i+q.open:], end)
	rest := ""
	if n >= 0 {
		rest = p.s[p.i+q.open+n+len(end):]
	}
	switch {
	case end == `"` && (n < 0 || startsWord(rest)):
		if n, q.close = p.lostQuote(n); n < 0 {
			return nil, p.errorf("string without its end")
		}
	case n < 0 || end == "'" && !endsToken(rest):
		return nil, p.errorf("string without its end")
	}
	q.raw = p.s[p.i+q.open : p.i+q.open+n]
	p.i += q.open + n + q.close
	q.to = p.i
	q.text = unescape(q.raw, end == "'")
	if q.close == 0 && p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++ // room for the quote
	}
	p.mend.str(q, p.i)
	return q.text, nil
}

// literal is a string and where it stands: s[from:to], with its quotes.
type literal struct {
	from, to    int
	open, close int    // the lengths of its quotes; close is 0 if that is lost
	raw, text   string // what stands between, and what it means
}

// endOfString is where the quote stands that ends a string, or -1.
func endOfString(s, end string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == end[0] && strings.HasPrefix(s[i:], end) {
			return i
		}
	}
	return -1
}

// unescape resolves JSON escapes where raw is a JSON string once its line breaks are escaped, and in single quotes
// once the quotes are, and else returns it as it stands.
func unescape(raw string, single bool) string {
	if strings.IndexByte(raw, '\\') < 0 && utf8.ValidString(raw) {
		return raw
	}
	esc := raw
	if single {
		esc = doubleQuoted(raw)
	}
	esc = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(esc)
	var s string
	if json.Unmarshal([]byte(`"`+esc+`"`), &s) != nil {
		return raw
	}
	return s
}

// doubleQuoted is the inside of a string in single quotes as it stands in double ones.
func doubleQuoted(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '"':
			b.WriteString(`\"`)
		case raw[i] == '\\' && i+1 < len(raw):
			if i++; raw[i] != '\'' {
				b.WriteByte('\\')
			}
			b.WriteByte(raw[i])
		default:
			b.WriteByte(raw[i])
		}
	}
	return b.String()
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
	if strings.ContainsAny(w, "'`‘’“”") {
		p.i = start
		return nil, p.errorf("bareword %.40s with a quote in it", w)
	}
	end := p.i
	if p.i < len(p.s) && p.s[p.i] == '"' && endsToken(p.s[p.i+1:]) {
		p.i++ // it has lost the quote before it
	}
	p.mend.quote(start, end, p.i)
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
