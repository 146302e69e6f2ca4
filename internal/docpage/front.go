package docpage

import "strings"

// frontMatter reads "---", "key: value" lines, "---" at the very top. A value that spills onto further lines is
// joined with spaces. Comments are skipped.
func (p *parser) frontMatter() {
	if len(p.lines) == 0 || !isRule(p.lines[0]) {
		return
	}
	end := p.frontEnd()
	if end < 0 {
		p.problem(1, "front matter without its closing ---")
		p.next = 1
		return
	}
	var value []string // the lines of the last field's value
	flush := func() {
		if n := len(p.page.Front); n > 0 {
			p.page.Front[n-1].Value = unquote(strings.TrimSpace(strings.Join(value, " ")))
		}
	}
	for i := 1; i < end; i++ {
		line := strings.TrimSpace(p.lines[i])
		key, rest, ok := frontKey(p.lines[i])
		switch {
		case line == "" || line[0] == '#':
		case ok:
			flush()
			p.page.Front = append(p.page.Front, Field{Line: i + 1, Key: key})
			value = append(value[:0], strings.TrimSpace(rest))
		case len(p.page.Front) > 0:
			value = append(value, line)
		default:
			p.problem(i+1, "front matter line without a key")
		}
	}
	flush()
	p.next = end + 1
}

func isRule(line string) bool { return strings.TrimRight(line, " \t") == "---" }

// frontEnd is the index of the line that closes the front matter, or -1. A heading after a blank line is the
// page's own: a "---" further down is a rule and must not make front matter of what is between.
func (p *parser) frontEnd() int {
	for i := 1; i < len(p.lines); i++ {
		if isRule(p.lines[i]) {
			return i
		}
		if strings.HasPrefix(p.lines[i], "#") && strings.TrimSpace(p.lines[i-1]) == "" {
			return -1
		}
	}
	return -1
}

// frontKey cuts "key: value". A key is one word at the line's start; a spilled sentence or "https://" is none.
func frontKey(line string) (key, rest string, ok bool) {
	key, rest, ok = strings.Cut(line, ":")
	ok = ok && key != "" && !strings.ContainsAny(key, " \t") && !strings.HasPrefix(rest, "//")
	return key, rest, ok
}

func unquote(s string) string {
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}
