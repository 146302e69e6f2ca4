package docpage

import (
	"errors"
	"strings"
)

func opensComment(line string) bool { return strings.HasPrefix(line, "<!--") }

// comment reads from "<!--" to "-->". What follows on the last line is read as if it stood on a line of its own.
//
// Where an annotation's end is missing, it ends before the next fence or comment: no JSON holds either. Any
// other comment may hide blocks, so it goes on to the next "-->", and only where there is none does it end
// before the next fence, comment or heading, so that one forgotten line does not cost the rest of the page.
func (p *parser) comment() {
	first := p.next
	p.lines[first] = strings.TrimSpace(p.lines[first])[len("<!--"):]
	end, closed := p.commentEnd()
	text := p.lines[first:end:end]
	p.next = end
	if closed {
		before, after, _ := strings.Cut(p.lines[end], "-->")
		text = append(text, before)
		if p.lines[end] = strings.TrimSpace(after); p.lines[end] == "" {
			p.next++
		}
	} else {
		p.problem(first+1, "comment without its end")
	}
	p.addComment(first+1, strings.Join(text, "\n"))
}

// commentEnd returns the index of the line that holds the "-->" of the comment that begins on the next line, or
// that of the line before which it ends without one.
func (p *parser) commentEnd() (end int, closed bool) {
	cut := len(p.lines)
	seen, annotation := false, false
	for i := p.next; i < len(p.lines); i++ {
		line := strings.TrimSpace(p.lines[i])
		if i > p.next && line != "" && endsText(line) {
			if p.commentsEnded || (annotation && headingLevel(line) == 0) {
				return i, false
			}
			cut = min(cut, i)
		}
		if strings.Contains(line, "-->") {
			return i, true
		}
		if !seen && line != "" {
			seen, annotation = true, line[0] == '{'
		}
	}
	p.commentsEnded = true
	return cut, false
}

// addComment adds a comment whose text begins on the given line.
func (p *parser) addComment(line int, text string) {
	c := Comment{Line: line, Text: strings.TrimSpace(text)}
	if strings.HasPrefix(c.Text, "{") || strings.Contains(c.Text, `"blockType"`) {
		v, err := ParseJSON(c.Text)
		if m, ok := v.(map[string]any); ok {
			c.Annotation = m
		} else if strings.Contains(c.Text, "blockType") {
			blank := text[:len(text)-len(strings.TrimLeft(text, " \t\n"))]
			p.annotationProblem(line+strings.Count(blank, "\n"), err)
		}
	}
	p.add(c)
}

// annotationProblem reports an annotation whose JSON begins on the given line.
func (p *parser) annotationProblem(line int, err error) {
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		p.problem(line+syntax.Line-1, "annotation is not JSON: "+syntax.Text)
	} else {
		p.problem(line, "annotation is not JSON: not an object")
	}
}
