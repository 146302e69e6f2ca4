// Package docpage reads one page of the Microsoft Graph documentation into blocks with their lines: front
// matter, headings, tables, annotation comments, fences and text. It knows nothing of resources or HTTP.
//
// It reads lines, not Markdown. Real pages break Markdown's rules (cells with newlines or unescaped pipes,
// fences and comments that never end), and what a Markdown library drops on such a page is what a schema needs.
// [Parse] is total: it accepts any bytes, keeps what it understood and says as a [Problem] what it did not.
package docpage

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Page is one page. Lines are counted from 1; LF, CRLF and CR each end a line.
type Page struct {
	File     string
	Front    []Field           // the front matter, in page order
	Blocks   []Block           // in page order
	Links    map[string]string // link reference definitions, by lower-case label; the first of a label counts
	Lines    int
	Problems []Problem // by line
}

// Problem is something on the page that could not be read as it stands.
type Problem struct {
	Line int
	Text string
}

// Field is one line of the front matter, with the quotes around its value removed.
type Field struct {
	Line       int
	Key, Value string
}

// Block is a Heading, Text, Table, Comment or Fence.
type Block interface {
	// Pos is the first line of the block.
	Pos() int
}

// Heading is an ATX heading: "## Properties" has level 2.
type Heading struct {
	Line, Level int
	Text        string
}

// Text is a run of lines that are nothing else, up to the next blank line.
type Text struct {
	Line int
	Text string // the lines, joined by LF
}

// Table is a pipe table. Each row has as many cells as the header: the last one keeps the pipes of a text that
// forgot to escape them, missing cells are empty. A cell holds a line break where the page broke it.
type Table struct {
	Line   int
	Header []string
	Rows   []Row
}

// Row is one row of a table. Short says that the page gave fewer cells than the header has.
type Row struct {
	Line  int
	Cells []string
	Short bool
}

// Comment is an HTML comment. Annotation is its JSON object, read leniently, and nil where it holds none.
type Comment struct {
	Line       int
	Text       string
	Annotation map[string]any
}

// Fence is a fenced code block. Body is its first content line, or the page's last line where none follows. Lang
// is what stands after the opening mark, and Text has lost the indent of that mark. Annotation is that of the
// comment directly before it, with only blank lines between, and nil without one; AnnotationLine is that
// comment's line, and 0 without a comment.
type Fence struct {
	Line, Body     int
	Lang, Text     string
	Annotation     map[string]any
	AnnotationLine int
}

func (h Heading) Pos() int { return h.Line }
func (t Text) Pos() int    { return t.Line }
func (t Table) Pos() int   { return t.Line }
func (c Comment) Pos() int { return c.Line }
func (f Fence) Pos() int   { return f.Line }

// Get returns the front matter's value for key, and "" without one.
func (p *Page) Get(key string) string {
	for _, f := range p.Front {
		if strings.EqualFold(f.Key, key) {
			return f.Value
		}
	}
	return ""
}

// Parse reads a page. It never fails and takes time linear in len(src).
func Parse(file string, src []byte) *Page {
	p := &parser{page: &Page{File: file, Links: map[string]string{}}}
	text := strings.TrimPrefix(string(src), "\ufeff")
	p.lines = splitLines(text)
	p.page.Lines = len(p.lines)
	if !utf8.ValidString(text) { // one look at the whole page is quicker than one at each line
		p.validUTF8()
	}
	p.frontMatter()
	for p.next < len(p.lines) {
		p.block()
	}
	// A comment's problem is known at its end, that of a line's bytes before anything else.
	slices.SortStableFunc(p.page.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return p.page
}

type parser struct {
	page  *Page
	lines []string
	next  int // index of the line to read next

	// Reading on to the page's end for an end that is not there must not happen once per block.
	commentsEnded bool // no "-->" follows
	fencesEnded   bool // a fence was cut short at the page's end; the next one such takes the rest
}

// lineNo is the number of the line that is read next.
func (p *parser) lineNo() int { return p.next + 1 }

func (p *parser) problem(line int, text string) {
	p.page.Problems = append(p.page.Problems, Problem{Line: line, Text: text})
}

func (p *parser) add(b Block) { p.page.Blocks = append(p.page.Blocks, b) }

// splitLines cuts s into lines without their ends. What follows the last line's end is no line.
func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// validUTF8 replaces what is not UTF-8, so that everything else may rely on it.
func (p *parser) validUTF8() {
	for i, line := range p.lines {
		if !utf8.ValidString(line) {
			p.lines[i] = strings.ToValidUTF8(line, string(utf8.RuneError))
			p.problem(i+1, "line is not UTF-8")
		}
	}
}

func (p *parser) block() {
	line := strings.TrimSpace(p.lines[p.next])
	switch {
	case line == "":
		p.next++
	case fenceMark(line) != "":
		p.fence(fenceMark(line))
	case opensComment(line):
		p.comment()
	case headingLevel(line) > 0:
		level := headingLevel(line)
		p.add(Heading{Line: p.lineNo(), Level: level, Text: headingText(line[level:])})
		p.next++
	case p.startsTable():
		p.table()
	default:
		p.text()
	}
}

// endsText says whether a trimmed line ends the text or table before it, whatever that is.
func endsText(line string) bool {
	return line == "" || fenceMark(line) != "" || opensComment(line) || headingLevel(line) > 0
}

// headingLevel is the number of leading #, or 0 where the line is no heading. "#Heading" without a blank is one.
func headingLevel(s string) int {
	n := 0
	for n < len(s) && s[n] == '#' {
		n++
	}
	if n > 6 || n == len(s) {
		return 0
	}
	return n
}

// headingText drops the closing #s of a heading, but not the one of "C#".
func headingText(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasSuffix(s, "#") {
		return s
	}
	if t := strings.TrimRight(s, "#"); t == "" || t != strings.TrimRight(t, " \t") {
		return strings.TrimSpace(t)
	}
	return s
}

// text reads lines up to a blank one or another kind of block. "[label]: target" lines become Links.
func (p *parser) text() {
	first, start := p.lineNo(), p.next
	for ; p.next < len(p.lines); p.next++ {
		line := strings.TrimSpace(p.lines[p.next])
		if p.next > start && (endsText(line) || p.startsTable()) {
			break
		}
		if label, target, ok := linkDefinition(line); ok {
			label = strings.ToLower(label)
			if _, known := p.page.Links[label]; !known {
				p.page.Links[label] = target
			}
		}
	}
	p.add(Text{Line: first, Text: strings.Join(p.lines[start:p.next], "\n")})
}

func linkDefinition(s string) (label, target string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return "", "", false
	}
	label, target, ok = strings.Cut(s[1:], "]:")
	if !ok || label == "" || strings.ContainsAny(label, "[]") {
		return "", "", false
	}
	target = strings.TrimSpace(target)
	if i := strings.IndexAny(target, " \t"); i >= 0 {
		target = target[:i]
	}
	return label, target, target != ""
}
