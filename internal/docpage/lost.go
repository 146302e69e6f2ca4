package docpage

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What follows undoes the loss of a byte or two, or their being there twice. The rule is that one reading is left: of
// the bodies on the v1.0 pages, three are refused since theirs is in doubt. In api/directoryaudit-get.md a bracket
// stands where the list before goes on. In api/workforceintegration-post.md and -update.md, line 201 and 206, an object
// holds items, stands twice, and lacks its end, and the array around it likewise.

// secondBrace passes a second opening brace, which no page closes twice but at its end.
func (p *lenient) secondBrace() {
	from := p.i
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '{' {
		p.mend.blank(p.i, p.i+1, "second opening brace")
		p.i++
		return
	}
	p.i = from
}

// listDash passes the dash of a Markdown list before a member's name.
func (p *lenient) listDash() {
	if rest := p.s[p.i:]; strings.HasPrefix(rest, `- "`) {
		p.mend.blank(p.i, p.i+1, "dash before a member")
		p.i += 2
	}
}

// lostNameQuote is a name that has lost its closing quote, and the colon behind it.
var lostNameQuote = regexp.MustCompile(`^"([\pL_@#$][\pL\d_@#$.-]*)([ \t]*):[ \t]*(?:["{\[]|(?:-?\d|true\b|false\b|null\b))`)

// nameWithoutEnd reads a name that has lost its closing quote, with its colon, into p.name: one without blanks, and
// a JSON value behind it. It is none if it has its quote and a colon all the same: a colon can be part of a name.
func (p *lenient) nameWithoutEnd() bool {
	rest := p.s[p.i:]
	if rest[0] != '"' {
		return false
	}
	if n := strings.IndexAny(rest[1:], "\":\n"); n < 0 || rest[1+n] != ':' {
		return false // the usual name, without the cost of an expression
	}
	m := lostNameQuote.FindStringSubmatchIndex(rest)
	if m == nil {
		return false
	}
	if hasOwnQuote(rest[m[5]:]) {
		return false
	}
	p.name = rest[m[2]:m[3]]
	p.mend.endName(p.i, p.i+m[3], p.i+m[5])
	p.i += m[5] + 1
	return true
}

// hasOwnQuote says whether a quote ends the name in the same line, before a colon.
func hasOwnQuote(s string) bool {
	for i := 0; i < len(s) && s[i] != '\n'; i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return strings.HasPrefix(strings.TrimLeft(s[i+1:], " \t\r\n"), ":")
		}
	}
	return false
}

// startsValue says whether a JSON value stands at p.i, in the line that a name ends in: the colon is lost.
func (p *lenient) startsValue(end int) bool {
	rest := p.s[p.i:]
	if rest == "" || strings.Contains(p.s[end:p.i], "\n") {
		return false
	}
	if strings.IndexByte("\"{[-0123456789", rest[0]) >= 0 {
		return true
	}
	for _, word := range []string{"true", "false", "null"} {
		if after, ok := strings.CutPrefix(rest, word); ok {
			return !startsWord(after)
		}
	}
	return false
}

// endsMember says whether a member ends at p.i beyond doubt: with a comma, a brace or the line.
func (p *lenient) endsMember() bool {
	rest := strings.TrimLeft(p.s[p.i:], " \t\r")
	return rest == "" || strings.IndexByte(",}\n", rest[0]) >= 0 || opensJSONComment(rest)
}

// lostQuote is where a string in plain quotes ends that has no closing one: n is the distance of the next quote,
// which does not end it since a word follows, or -1. The string ends with its line, less a comma, if the next quote
// is in another one and the line has nothing else that could end it. A curly quote there is the lost one. The result
// is the length of the string and that of the quote, or -1.
func (p *lenient) lostQuote(n int) (length, quote int) {
	rest := p.s[p.i+1:]
	if n >= 0 {
		rest = rest[:n]
	}
	line, behind, ok := strings.Cut(rest, "\n")
	if !ok || strings.IndexByte(behind, '\\') >= 0 { // an escaped quote is in doubt, and would be looked for again
		return -1, 0
	}
	line = strings.TrimRight(line, " \t\r")
	line = strings.TrimRight(strings.TrimSuffix(line, ","), " \t")
	if before, ok := strings.CutSuffix(line, "”"); ok {
		line, quote = before, len("”")
	}
	if line == "" || strings.ContainsAny(line, "{}[],'“”\\") {
		return -1, 0
	}
	return len(line), quote
}

// missingEnd closes, at the end of the text, the bracket at from. A text that ends in a comma, or has nothing in the
// bracket, was cut; and where the last bracket stands below the one that lacks its own, another is the missing one.
func (p *lenient) missingEnd(from int, bracket string, g *gap) error {
	what := map[string]string{"}": "object", "]": "array"}[bracket]
	if g.end < 0 || len(g.commas) > 0 || p.closer >= 0 && p.opener > from && p.misplaced(from) {
		return p.errorf("%s without its end", what)
	}
	p.mend.append(bracket)
	return nil
}

// misplaced says whether the last bracket begins its line, with the indent of the line of the bracket at from and
// another one than that of the line it closes by its place.
func (p *lenient) misplaced(from int) bool {
	begin := strings.LastIndexByte(p.s[:p.closer], '\n') + 1
	own := p.s[begin:p.closer]
	return strings.Trim(own, " \t") == "" && own == p.indent(from) && own != p.indent(p.opener)
}

// indent is the indent of the line that s[at] is in.
func (p *lenient) indent(at int) string {
	line := p.s[strings.LastIndexByte(p.s[:at], '\n')+1 : at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func (m *mend) append(bracket string) {
	if m != nil {
		m.note(len(m.s), "missing "+bracket)
		m.splice(len(m.s), len(m.s), bracket)
	}
}

// startsWord says whether a letter or a digit stands at the beginning of s.
func startsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// endsToken says whether a name or a value can end before s: at a colon, a comma, a closing bracket, the end of a
// line or of the text.
func endsToken(s string) bool {
	s = strings.TrimLeft(s, " \t\r")
	return s == "" || strings.IndexByte(":,}]\n", s[0]) >= 0 || opensJSONComment(s)
}
