package docpage

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzParse states what holds for any bytes.
func FuzzParse(f *testing.F) {
	for _, src := range testPages(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkLaws(t, Parse("page.md", src), src) })
}

// checkLaws fails t where page, read from src, breaks a law of the package.
func checkLaws(t testing.TB, page *Page, src []byte) {
	t.Helper()
	l := &laws{page: page, src: src}
	l.front()
	l.blocks()
	l.letters()
	l.problems()
	l.equal()
	for _, b := range l.broken {
		t.Errorf("%s: %s", page.File, b)
	}
}

type laws struct {
	page   *Page
	src    []byte
	broken []string
}

func (l *laws) require(ok bool, format string, args ...any) {
	if !ok {
		l.broken = append(l.broken, fmt.Sprintf(format, args...))
	}
}

// line checks a position and returns it for the next one to be checked against.
func (l *laws) line(what string, line, least int) int {
	l.require(line >= max(1, least) && line <= max(1, l.page.Lines), "%s at line %d, after line %d of %d", what, line, least, l.page.Lines)
	return line
}

func (l *laws) front() {
	last := 1
	for _, f := range l.page.Front {
		last = l.line("front matter", f.Line, last+1)
	}
}

func (l *laws) blocks() {
	lines := splitLines(strings.TrimPrefix(string(l.src), "\ufeff"))
	l.require(l.page.Lines == len(lines), "Lines is %d of %d", l.page.Lines, len(lines))
	last := 1
	for _, b := range l.page.Blocks {
		last = l.line("block", b.Pos(), last)
		switch x := b.(type) {
		case Heading:
			l.require(x.Level >= 1 && x.Level <= 6, "line %d: heading of level %d", x.Line, x.Level)
		case Text:
			l.require(strings.TrimSpace(x.Text) != "", "line %d: text is empty", x.Line)
		case Table:
			l.table(x)
		case Fence:
			l.fence(x, lines)
		}
	}
}

func (l *laws) table(t Table) {
	l.require(len(t.Header) >= 1 && len(t.Header) <= maxColumns, "line %d: table has %d columns", t.Line, len(t.Header))
	last := t.Line + 1 // the separator's
	for _, r := range t.Rows {
		last = l.line("row", r.Line, last+1)
		l.require(len(r.Cells) == len(t.Header), "line %d: row has %d of %d cells", r.Line, len(r.Cells), len(t.Header))
	}
}

func (l *laws) fence(f Fence, lines []string) {
	l.line("fence body", f.Body, f.Line)
	l.require(f.AnnotationLine >= 0 && f.AnnotationLine <= f.Line, "line %d: annotation at line %d", f.Line, f.AnnotationLine)
	l.require(f.Annotation == nil || f.AnnotationLine > 0, "line %d: annotation without its line", f.Line)
	if first, _, _ := strings.Cut(f.Text, "\n"); f.Body > 0 && f.Body <= len(lines) && utf8.Valid(l.src) {
		l.require(strings.HasSuffix(lines[f.Body-1], first), "line %d: body is not at line %d", f.Line, f.Body)
	}
}

// letters checks that the blocks hold every letter and digit after the front matter, in the page's order: the
// page is read to the last word, however broken it is.
func (l *laws) letters() {
	p := &parser{page: &Page{}, lines: splitLines(strings.TrimPrefix(string(l.src), "\ufeff"))}
	p.frontMatter()
	want := onlyLetters(strings.Join(p.lines[p.next:], "\n"))
	var b strings.Builder
	for _, block := range l.page.Blocks {
		switch x := block.(type) {
		case Heading:
			b.WriteString(x.Text)
		case Text:
			b.WriteString(x.Text)
		case Table:
			b.WriteString(strings.Join(x.Header, ""))
			for _, r := range x.Rows {
				b.WriteString(strings.Join(r.Cells, ""))
			}
		case Comment:
			b.WriteString(x.Text)
		case Fence:
			b.WriteString(x.Lang + x.Text)
		}
	}
	l.require(want == onlyLetters(b.String()), "blocks do not hold the page's letters")
}

func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func (l *laws) problems() {
	last := 1
	for _, p := range l.page.Problems {
		last = l.line("problem", p.Line, last)
		l.require(p.Text != "", "line %d: problem without its text", p.Line)
	}
	l.require(utf8.Valid(l.src) || len(l.page.Problems) > 0, "not UTF-8, and no problem says so")
	l.require(utf8.ValidString(render(l.page)), "page is not UTF-8")
}

// equal checks that equal input gives an equal page and that the kind of line end does not matter.
func (l *laws) equal() {
	l.require(reflect.DeepEqual(l.page, Parse(l.page.File, l.src)), "read twice, two pages")
	if !bytes.Contains(l.src, []byte("\r")) {
		for _, end := range []string{"\r\n", "\r"} {
			src := bytes.ReplaceAll(l.src, []byte("\n"), []byte(end))
			l.require(reflect.DeepEqual(l.page, Parse(l.page.File, src)), "another page with line end %q", end)
		}
	}
}

// TestLinear reads pages that cost a careless reader the square of their size, which is many minutes.
func TestLinear(t *testing.T) {
	size, limit := 1<<20, time.Minute
	if testing.Short() {
		size = 1 << 18
	}
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	half := func(s string) string { return strings.Repeat(s, size/2/len(s)) }
	numbered := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := map[string]string{
		"pipes":                       repeat("|"),
		"brackets":                    repeat("["),
		"comment openings":            repeat("<!--"),
		"backticks":                   repeat("`"),
		"dashes":                      repeat("-"),
		"hashes":                      repeat("#"),
		"heading closings":            "# " + repeat("# "),
		"carriage returns":            repeat("\r"),
		"bad bytes":                   repeat("\xff"),
		"lines of bad bytes":          repeat("\xff\n"),
		"lines without outer pipes":   repeat("a|b\n"),
		"table without outer pipes":   "a|b\n-|-\n" + repeat("a|b\n"),
		"lines of a pipe":             repeat("|\n"),
		"separators":                  repeat("|-\n"),
		"wide header":                 half("|") + "\n|-|\n" + half("|\n"),
		"wide rows":                   "|a|b|\n|-|-|\n" + numbered("|%d") + "\n" + half("| "),
		"row that goes on":            "|a|b|\n|-|-|\n|a|b\n" + repeat("c\n"),
		"row that goes on in pipes":   "|a|b|\n|-|-|\n|a\n" + repeat(`\|`+"\n"),
		"lines of brackets":           repeat("[\n"),
		"link definitions":            numbered("[%d]: x\n"),
		"lines of comment openings":   repeat("<!--\n"),
		"annotations without end":     repeat("<!-- {\n"),
		"comments and headings":       repeat("<!--\n# a\n"),
		"comments on one line":        repeat("<!---->"),
		"fence openings":              repeat("```x\n"),
		"fences of both kinds":        repeat("```x\n# a\n~~~x\n# a\n"),
		"fences and comments":         repeat("```x\n<!--\n"),
		"ever shorter fences":         shorterFences(size/2, "# a\n") + half("\n"),
		"ever shorter fences, twice":  shorterFences(size/3, "<!---->\n") + shorterFences(size/3, "x\n") + half("\n"),
		"front matter":                "---\n" + repeat("a:\n"),
		"front matter that spills":    "---\na: b\n" + repeat("c\n") + "---\n",
		"rules":                       repeat("---\n"),
		"annotation of brackets":      `<!-- {"blockType":` + repeat("["),
		"annotation of backslashes":   `<!-- {"blockType":"` + repeat(`\\`) + "\n",
		"annotation of comments":      `<!-- {"blockType":` + repeat("/**/"),
		"annotation of half comments": `<!-- {"blockType":` + repeat("/*/"),
		"annotation of quotes":        `<!-- {"blockType":[` + repeat(`"`),
		"annotation of curly quotes":  `<!-- {"blockType":[` + repeat("“"),
		"annotation of words":         `<!-- {"blockType":[` + repeat("1 "),
		"annotation of times":         `<!-- {"blockType":[` + repeat("0T:1"),
		"annotation of ellipses":      `<!-- {"blockType":[` + repeat("... ") + repeat(" "),
		"annotation of lost quotes":   `<!-- {"blockType":[` + repeat("\"x\n"),
		"annotation of escaped lines": `<!-- {"blockType":[` + repeat("\"x\n\\"),
		"annotation of lost names":    `<!-- {"blockType":1` + repeat(` "a:1`),
		"annotation of escaped names": `<!-- {"blockType":1` + repeat(`,"a:1,\`),
		"annotation of lost colons":   `<!-- {"blockType":1` + repeat(`,"a" 1`),
		"annotation of bare names":    `<!-- {"blockType":1` + repeat(",a 1"),
		"annotation of single quotes": `<!-- {"blockType":[` + repeat("'a' "),
		"annotation of half quotes":   `<!-- {"blockType":[` + repeat(`a" `),
		"annotation without ends":     `<!-- {"blockType":` + strings.Repeat("[", 99) + half("1 ") + "]" + half(" "),
		"annotation of braces":        `<!-- {"blockType":` + repeat("{{"),
		"annotation of line breaks":   `<!-- {"blockType":"` + repeat("\n"),
	}
	for name, page := range tests {
		t.Run(name, func(t *testing.T) {
			done := make(chan time.Duration, 1)
			go func() {
				start := time.Now()
				Parse("page.md", []byte(page))
				done <- time.Since(start)
			}()
			select {
			case d := <-done:
				t.Logf("%d bytes in %v", len(page), d)
			case <-time.After(limit):
				t.Fatalf("%d bytes took more than %v", len(page), limit)
			}
		})
	}
}

// shorterFences are about size bytes of fence openings, each shorter than the one before, so that none closes
// or bounds another.
func shorterFences(size int, between string) string {
	n := 3
	for n*n/2 < size {
		n++
	}
	var b strings.Builder
	for ; n >= 3; n-- {
		b.WriteString(strings.Repeat("`", n) + "x\n" + between)
	}
	return b.String()
}
