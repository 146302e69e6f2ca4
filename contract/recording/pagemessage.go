package recording

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// parsed is the message of a fence.
type parsed struct {
	method, target string // of a request
	status         int    // of a response; 0 for a request
	line           int    // index of its start line
	header         http.Header
	body           []span   // without the blank lines before it
	before, after  []string // the repairs that the lines of the header need, by where they stand to the body
}

// span is what a fence has of one line: src[from:to], with the line's end.
type span struct{ line, from, to int }

// parse reads a fence as a message. ok is false if it is none.
func (p *page) parse(f docpage.Fence, annotated bool) (m parsed, ok bool) {
	lines := p.content(f)
	for len(lines) > 0 && p.blank(lines[0]) {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return m, false
	}
	m.line = lines[0].line
	if !m.start(p.text(lines[0]), annotated) {
		return m, false
	}
	for i := 1; i < len(lines); i++ {
		t := p.text(lines[i])
		if p.blank(lines[i]) && p.headerGoesOn(lines[i:]) {
			m.before = append(m.before, p.repair(lines[i], "a blank line within the header"))
			for p.blank(lines[i+1]) {
				i++
			}
			continue
		}
		if t == "" || opensJSON(t[0]) { // pages without a blank line after the header exist
			m.at(p, p.withoutFields(&m, p.untilStart(lines[i:])))
			break
		}
		m.field(t)
	}
	return m, true
}

// headerGoesOn says whether header fields follow the blank lines that lines begin with, and JSON them.
func (p *page) headerGoesOn(lines []span) bool {
	for len(lines) > 0 && p.blank(lines[0]) {
		lines = lines[1:]
	}
	n := 0
	for n < len(lines) && isField(p.text(lines[n])) {
		n++
	}
	if n == 0 {
		return false
	}
	for n < len(lines) && p.blank(lines[n]) {
		n++
	}
	return n < len(lines) && p.opensJSON(lines[n])
}

// withoutFields cuts the header fields that stand behind the body, if that is JSON without them, and adds them to the
// header.
func (p *page) withoutFields(m *parsed, lines []span) []span {
	var fields []int
	n := len(lines)
	for ; n > 0; n-- {
		if t := p.text(lines[n-1]); isField(t) {
			fields = append(fields, n-1)
		} else if t != "" {
			break
		}
	}
	if n == 0 || len(fields) == 0 || !p.isJSON(m.header, lines[:n]) {
		return lines
	}
	for _, i := range slices.Backward(fields) {
		m.field(p.text(lines[i]))
		m.after = append(m.after, p.repair(lines[i], "a header field behind the body"))
	}
	return lines[:n]
}

// isJSON says whether lines are JSON, but for what can be repaired.
func (p *page) isJSON(h http.Header, lines []span) bool {
	var b bytes.Buffer
	for _, s := range lines {
		b.Write(p.src[s.from:s.to])
	}
	body := bytes.TrimSpace(b.Bytes())
	if !mayBeJSON(h, body) {
		return false
	}
	_, err := docpage.Strict(string(body))
	return err == nil
}

func (p *page) repair(s span, text string) string {
	return fmt.Sprintf("line %d: %s", p.lineOf(s.line), text)
}

func (p *page) opensJSON(s span) bool {
	t := p.text(s)
	return t != "" && opensJSON(t[0])
}

func opensJSON(c byte) bool { return c == '{' || c == '[' }

// content returns the lines of a fence.
func (p *page) content(f docpage.Fence) []span {
	if f.Text == "" {
		return nil
	}
	texts := strings.Split(f.Text, "\n")
	spans := make([]span, 0, len(texts))
	for i, t := range texts {
		n := f.Body - 1 + i
		if n+1 >= len(p.lines) {
			break
		}
		s := span{n, p.lines[n], p.lines[n+1]}
		if p.columns[n] == 0 { // no lone CR is before it
			s.from += max(0, indent(string(p.src[s.from:s.to]))-indent(t))
		}
		spans = append(spans, s)
	}
	return spans
}

// indent is the number of blanks that s begins with.
func indent(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }

func (p *page) blank(s span) bool { return blank(p.src[s.from:s.to]) }

// text is a line without the white space around it, in UTF-8.
func (p *page) text(s span) string {
	return strings.TrimSpace(strings.ToValidUTF8(string(p.src[s.from:s.to]), "\ufffd"))
}

// start reads a start line. A request line needs no version. An annotation says what a fence is; without one, a
// method and a path or an absolute URL must.
func (m *parsed) start(line string, annotated bool) bool {
	first, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if first == "HTTP" || strings.HasPrefix(first, "HTTP/") {
		code, _, _ := strings.Cut(rest, " ")
		var ok bool
		m.status, ok = parseStatus([]byte(code))
		return ok
	}
	if i := strings.LastIndexByte(rest, ' '); i >= 0 {
		if version, ok := strings.CutPrefix(rest[i+1:], "HTTP/"); ok && isVersion([]byte(version)) {
			rest = strings.TrimSpace(rest[:i])
		}
	}
	m.method, m.target = first, rest
	return isToken(first) && rest != "" && (annotated || strings.Trim(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" &&
		(rest[0] == '/' || strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "http://")))
}

// field reads a header line. What is none is skipped: a few pages list a second URL there.
func (m *parsed) field(line string) {
	name, value, ok := cutField(line)
	if !ok {
		return
	}
	if m.header == nil {
		m.header = http.Header{}
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	m.header[name] = append(m.header[name], value)
}

func cutField(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	return name, value, ok && isToken(name) && isFieldValue(value)
}

func isField(line string) bool {
	_, _, ok := cutField(line)
	return ok
}

// at makes the lines the body, but for white space at its beginning.
func (m *parsed) at(p *page, lines []span) {
	for len(lines) > 0 && p.blank(lines[0]) {
		lines = lines[1:]
	}
	m.body = lines
}

// untilStart cuts the lines before a start line that follows a blank one: a second form of the request.
func (p *page) untilStart(lines []span) []span {
	for i := 1; i < len(lines); i++ {
		if p.blank(lines[i-1]) && new(parsed).start(p.text(lines[i]), false) {
			return lines[:i]
		}
	}
	return lines
}

// lacksBody says whether a message has no body where there could be one.
func (m *parsed) lacksBody() bool {
	if len(m.body) > 0 {
		return false
	}
	if m.status != 0 {
		return hasBody("", m.status)
	}
	return m.method != http.MethodGet && m.method != http.MethodHead && m.method != http.MethodDelete
}

// message makes the message, and names its repairs.
func (p *page) message(m parsed) (msg Message, repairs []string) {
	msg.Header = m.header
	if len(m.body) == 0 {
		msg.origin = p.origin(m.line, p.lines[m.line])
		msg.origin.opaque = true
		return msg, m.before
	}
	start := m.body[0]
	start.from += indent(string(p.src[start.from:start.to]))
	o := p.origin(start.line, start.from)
	body := bytes.Clone(p.src[start.from:start.to])
	for i, s := range m.body[1:] {
		if s.from != m.body[i].to { // an indent is between
			o.chunks = append(o.chunks, chunk{
				body:   int32(len(body)),
				line:   int32(p.breaks[s.line] - p.breaks[start.line]),
				offset: int32(s.from - start.from),
				indent: int32(s.from - p.lines[s.line]),
			})
		}
		body = append(body, p.src[s.from:s.to]...)
	}
	body = bytes.TrimRight(body, " \t\r\n")
	msg.Body, o.body, msg.origin = body, body, o
	repairs = m.before
	if mayBeJSON(m.header, body) {
		repairs = append(repairs, msg.repair(body)...)
	}
	return msg, append(repairs, m.after...)
}

// repair makes body JSON if it can, and names what it did.
func (m *Message) repair(body []byte) (repairs []string) {
	strict, err := docpage.Strict(string(body))
	if err != nil || len(strict.Repairs) == 0 {
		return nil
	}
	o := m.origin
	m.Body = []byte(strict.JSON)
	o.body, o.file, o.opaque = m.Body, body, strict.Moved
	for _, r := range strict.Repairs {
		repairs = append(repairs, fmt.Sprintf("line %d: %s", o.line+r.Line-1, r.Text))
	}
	return repairs
}

// origin is the origin of what begins at src[at], in the line with that index.
func (p *page) origin(line, at int) *origin {
	return &origin{
		line: p.lineOf(line), offset: p.offset + int64(at),
		columns: p.columns[line], before: bytes.Clone(p.src[p.lines[line]:at]),
	}
}

// mayBeJSON says whether a body is meant as JSON: other texts must not be repaired.
func mayBeJSON(h http.Header, body []byte) bool {
	if t := h.Get("Content-Type"); t != "" && !strings.Contains(strings.ToLower(t), "json") {
		return false
	}
	return len(body) > 0 && (opensJSON(body[0]) || bytes.HasPrefix(body, []byte("//")) || bytes.HasPrefix(body, []byte("/*")))
}
