package docpage

import "strings"

// fenceMark returns the run of three or more backticks or tildes that opens a fence, or "".
func fenceMark(s string) string {
	if s == "" || (s[0] != '`' && s[0] != '~') {
		return ""
	}
	n := 0
	for n < len(s) && s[n] == s[0] {
		n++
	}
	if n < 3 || (s[0] == '`' && strings.Contains(s[n:], "`")) {
		return ""
	}
	return s[:n]
}

func (p *parser) fence(mark string) {
	opening := p.lines[p.next]
	f := Fence{Line: p.lineNo(), Body: min(p.lineNo()+1, len(p.lines))}
	f.Lang = strings.TrimSpace(strings.TrimSpace(opening)[len(mark):])
	if n := len(p.page.Blocks); n > 0 {
		if c, ok := p.page.Blocks[n-1].(Comment); ok {
			f.Annotation, f.AnnotationLine = c.Annotation, c.Line
		}
	}
	p.next++
	body := p.fenceBody(mark)
	if indent := strings.Index(opening, mark); indent > 0 {
		body = dedent(body, indent)
	}
	f.Text = strings.Join(body, "\n")
	p.add(f)
}

// fenceBody reads the content and the closing line of a fence that mark has opened.
//
// The end is missing where the page ends first, or where the next fence opens: nobody opens one of three marks
// within another. The fence then ends before the first comment or heading, so that one forgotten line does not
// cost the rest of the page.
func (p *parser) fenceBody(mark string) []string {
	opened, start, cut := p.next, p.next, -1
	for ; p.next < len(p.lines); p.next++ {
		line := strings.TrimSpace(p.lines[p.next])
		m := fenceMark(line)
		if m != "" && m == line && m[0] == mark[0] && len(m) >= len(mark) {
			p.next++
			return p.lines[start : p.next-1]
		}
		if m == mark && len(m) == 3 {
			break
		}
		if cut < 0 && (opensComment(line) || headingLevel(line) > 0) {
			cut = p.next
		}
	}
	p.problem(opened, "fence without its end")
	if p.next == len(p.lines) {
		if p.fencesEnded {
			cut = -1
		}
		p.fencesEnded = true
	}
	if cut >= 0 {
		p.next = cut
	}
	end := p.next
	for end > start && strings.TrimSpace(p.lines[end-1]) == "" {
		end--
	}
	return p.lines[start:end]
}

// dedent takes up to n leading blanks from each line.
func dedent(lines []string, n int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		k := 0
		for k < n && k < len(line) && (line[k] == ' ' || line[k] == '\t') {
			k++
		}
		out[i] = line[k:]
	}
	return out
}
