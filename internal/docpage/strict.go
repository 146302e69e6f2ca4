package docpage

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Repaired is the JSON that [Strict] makes.
type Repaired struct {
	JSON    string
	Repairs []Repair // what was no JSON, by line
	// Moved says that bytes stand elsewhere than in the text. Else every byte has its place: JSON is as long as the
	// text, and differs from it only where a repair says so.
	Moved bool
}

// Repair is one thing that was no JSON. Line counts from 1 within the text.
type Repair struct {
	Line int
	Text string // such as "trailing comma"
}

// Strict turns the lenient JSON of a page into JSON. What is JSON comes back as it is, without repairs. The
// result means what [ParseJSON] reads, but for raw control characters in strings, of which line breaks are the
// usual ones: each becomes a space.
//
// Trailing commas, comments, ellipses, no-break spaces and the like are blanked out, so that nothing moves. A
// missing comma, colon or quote takes the place of white space. Only what JSON has a longer form for moves the bytes
// behind it: a bareword, a string with bad escapes, a comma where no white space is. The error is that of ParseJSON.
func Strict(s string) (Repaired, error) {
	if json.Valid([]byte(s)) {
		return Repaired{JSON: s}, nil
	}
	p := &lenient{s: s, closer: -1, mend: &mend{s: s, buf: []byte(s)}}
	if _, err := p.text(); err != nil {
		return Repaired{}, err
	}
	return p.mend.repaired(), nil
}

// mend collects the repairs of a text. Its methods do nothing on nil.
type mend struct {
	s       string
	buf     []byte // s with the repairs that keep every byte's place
	splices []splice
	notes   []note
}

// splice replaces s[from:to], by page order.
type splice struct {
	from, to int
	text     string
}

type note struct {
	at   int
	text string
}

func (m *mend) note(at int, text string) { m.notes = append(m.notes, note{at, text}) }

func (m *mend) splice(from, to int, text string) {
	m.splices = append(m.splices, splice{from, to, text})
}

// blank makes s[from:to] white space, with the line breaks where they are.
func (m *mend) blank(from, to int, what string) {
	if m == nil {
		return
	}
	m.note(from, what)
	for i := from; i < to; i++ {
		if c := m.buf[i]; c != '\n' && c != '\r' {
			m.buf[i] = ' '
		}
	}
}

// separate sees to one comma between two values, of which the second begins at next.
func (m *mend) separate(g *gap, next int) {
	switch {
	case m == nil:
	case g.end < 0:
		m.blankCommas(g.commas, "comma before the first value")
	case len(g.commas) > 0:
		m.blankCommas(g.commas[1:], "repeated comma")
	default:
		m.note(g.end, "missing comma")
		if g.end < next {
			m.buf[g.end] = ','
		} else {
			m.splice(next, next, ",")
		}
	}
}

// close blanks the commas before a closing bracket.
func (m *mend) close(g *gap) {
	if m != nil {
		m.blankCommas(g.commas, "trailing comma")
	}
}

func (m *mend) blankCommas(commas []int, what string) {
	for _, i := range commas {
		m.blank(i, i+1, what)
	}
}

// word spells true, false or null as JSON does.
func (m *mend) word(at int, word string) {
	if m == nil || m.s[at:at+len(word)] == word {
		return
	}
	m.note(at, "bareword "+m.s[at:at+len(word)])
	copy(m.buf[at:], word)
}

// colon puts a colon between a name, which ends at end, and its value at next.
func (m *mend) colon(end, next int) {
	if m == nil {
		return
	}
	m.note(end, "missing colon")
	if end < next {
		m.buf[end] = ':'
	} else {
		m.splice(next, next, ":")
	}
}

// endName closes the name that has lost its quote before the colon.
func (m *mend) endName(from, name, colon int) {
	if m == nil {
		return
	}
	m.note(from, "missing quote")
	switch {
	case name < colon:
		m.buf[name] = '"'
	case strings.IndexByte(" \t\r\n", m.s[colon+1]) >= 0:
		m.buf[colon], m.buf[colon+1] = '"', ':'
	default:
		m.splice(colon, colon, `"`)
	}
}

// quote makes a string of the bareword s[from:end], which stands up to to with a quote of its own.
func (m *mend) quote(from, end, to int) {
	if m == nil {
		return
	}
	word := m.s[from:end]
	if end < to {
		m.note(from, "missing quote")
	} else {
		m.note(from, "bareword "+firstRunes(word, 40))
	}
	m.splice(from, to, jsonString(word))
}

// str mends a string. Up to to there is room for its quotes.
func (m *mend) str(q literal, to int) {
	if m == nil || q.close > 0 && json.Valid([]byte(m.s[q.from:q.to])) {
		return
	}
	plain := m.strNotes(q)
	inner := []byte(q.raw)
	for i, c := range inner {
		if c < ' ' {
			inner[i] = ' '
		}
	}
	inQuotes := slices.Concat([]byte{'"'}, inner, []byte{'"'})
	var got string
	fits := q.open+len(inner)+1 <= to-q.from
	if fits && json.Unmarshal(inQuotes, &got) == nil && blankControls(got) == blankControls(q.text) {
		for i := q.from; i < to; i++ {
			m.buf[i] = ' '
		}
		copy(m.buf[q.from+q.open-1:], inQuotes)
		return
	}
	if plain && fits {
		m.note(q.from, "string with bad escapes")
	}
	m.splice(q.from, q.to, jsonString(blankControls(q.text)))
}

// strNotes names what is wrong with a string. It says whether the quotes are plain ones, so that what cannot stay in
// its place has escapes that JSON does not know.
func (m *mend) strNotes(q literal) (plain bool) {
	switch {
	case q.close == 0:
		m.note(q.from, "missing quote")
	case q.open > 1 || q.close > 1:
		m.note(q.from, "curly quotes")
	case m.s[q.from] == '\'':
		m.note(q.from, "single quotes")
	}
	for i := range len(q.raw) {
		c := q.raw[i]
		if c < ' ' && (c != '\n' || i == 0 || q.raw[i-1] != '\r') { // CRLF is one
			m.note(q.from+q.open+i, controlName(c)+" in a string")
		}
	}
	return m.s[q.from] != '\''
}

func controlName(c byte) string {
	switch c {
	case '\n', '\r':
		return "line break"
	case '\t':
		return "tab"
	}
	return "control character"
}

func blankControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

// jsonString is s as JSON with no more escapes than it needs.
func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a string always has a form
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

func (m *mend) repaired() Repaired {
	slices.SortStableFunc(m.notes, func(a, b note) int { return a.at - b.at })
	out := Repaired{Moved: len(m.splices) > 0}
	line, from := 1, 0
	for _, n := range m.notes {
		line, from = line+strings.Count(m.s[from:n.at], "\n"), n.at
		r := Repair{Line: line, Text: n.text}
		if k := len(out.Repairs); k == 0 || out.Repairs[k-1] != r { // not each blank of an indent
			out.Repairs = append(out.Repairs, r)
		}
	}
	var b strings.Builder
	from = 0
	for _, s := range m.splices {
		b.Write(m.buf[from:s.from])
		b.WriteString(s.text)
		from = s.to
	}
	b.Write(m.buf[from:])
	out.JSON = b.String()
	return out
}
