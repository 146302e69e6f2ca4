package docpage

import (
	"fmt"
	"strings"
)

// maxColumns keeps a short row of a very wide table from costing more memory than the page. Graph's widest
// table has six columns.
const maxColumns = 16

// startsTable says whether the next line is a table's header: it has a pipe and a separator line follows.
func (p *parser) startsTable() bool {
	return strings.Contains(p.lines[p.next], "|") &&
		p.next+1 < len(p.lines) && isSeparator(p.lines[p.next+1])
}

// isSeparator recognises "|:---|---:|" and "---|---", with any number of dashes. The header decides how many
// columns there are, so the separator's number does not matter.
func isSeparator(line string) bool {
	line = strings.TrimSpace(line)
	if !strings.Contains(line, "-") || !strings.Contains(line, "|") {
		return false
	}
	return strings.Trim(line, "|:- \t") == ""
}

func (p *parser) table() {
	t := Table{Line: p.lineNo(), Header: splitRow(p.lines[p.next], maxColumns)}
	if splittingPipes(p.lines[p.next]) >= maxColumns {
		p.problem(t.Line, fmt.Sprintf("table has more than %d columns", maxColumns))
	}
	p.next += 2
	var row openRow
	for ; p.next < len(p.lines); p.next++ {
		line := strings.TrimSpace(p.lines[p.next])
		if endsText(line) || strings.HasPrefix(line, ">") {
			break
		}
		if row.continuedBy(line, len(t.Header)) {
			row.add(line)
			continue
		}
		if !strings.Contains(line, "|") {
			break
		}
		p.endRow(&t, row)
		row = openRow{first: p.lineNo(), lines: row.lines[:0]} // its cells are in t, so the lines' room is free
		row.add(line)
	}
	p.endRow(&t, row)
	p.add(t)
}

// endRow adds a row to t and gives it the header's number of cells.
func (p *parser) endRow(t *Table, row openRow) {
	if row.first == 0 {
		return
	}
	n := len(t.Header)
	r := Row{Line: row.first, Cells: splitRow(strings.Join(row.lines, "\n"), n)}
	if r.Short = len(r.Cells) < n; r.Short {
		if !isCategory(r.Cells) {
			p.problem(r.Line, fmt.Sprintf("table row has %d of %d cells", len(r.Cells), n))
		}
		r.Cells = append(r.Cells, make([]string, n-len(r.Cells))...)
	}
	t.Rows = append(t.Rows, r)
}

// isCategory recognises "|**Onboarding**|", the caption of the rows that follow. It is short on purpose.
func isCategory(cells []string) bool {
	return len(cells) == 1 && len(cells[0]) > len("****") &&
		strings.HasPrefix(cells[0], "**") && strings.HasSuffix(cells[0], "**")
}

// openRow is the row that is being read. The zero value is none.
type openRow struct {
	first int // number of its first line
	lines []string
	pipes int // those that split cells, so far
}

func (r *openRow) add(line string) {
	r.lines = append(r.lines, line)
	r.pipes += splittingPipes(line)
}

// continuedBy says whether a line is the rest of a cell with a line break, in a table of n columns: the row so
// far is not closed and the line does not open one. A line with pipes could also be the next row of a table
// without outer pipes; it is not where the row so far has a leading pipe and the cells fit together.
func (r *openRow) continuedBy(line string, n int) bool {
	if r.first == 0 || strings.HasPrefix(line, "|") || closesRow(r.lines[len(r.lines)-1]) {
		return false
	}
	if !strings.Contains(line, "|") {
		return true
	}
	return strings.HasPrefix(r.lines[0], "|") && r.pipes+splittingPipes(line) < n
}

// splittingPipes counts the pipes between two cells: those that are neither escaped nor the row's outer ones.
func splittingPipes(line string) int {
	line = inner(line)
	return strings.Count(line, "|") - strings.Count(line, `\|`)
}

func closesRow(line string) bool {
	return strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`)
}

// inner is a row without its outer pipes, which are optional.
func inner(line string) string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	if closesRow(line) {
		line = line[:len(line)-1]
	}
	return line
}

// splitRow cuts a row at its unescaped pipes into at least one and at most n cells. The last one keeps surplus
// pipes as the page has them, for they belong to its text, unless nothing follows them.
func splitRow(line string, n int) []string {
	line = inner(line)
	cells := make([]string, 0, min(n, strings.Count(line, "|")+1))
	start := 0
	for i := 0; len(cells)+1 < n; i++ { // from pipe to pipe
		next := strings.IndexByte(line[i:], '|')
		if next < 0 {
			break
		}
		if i += next; i == 0 || line[i-1] != '\\' {
			cells = append(cells, cellText(line[start:i]))
			start = i + 1
		}
	}
	last := strings.TrimSpace(line[start:])
	for len(cells)+1 == n && closesRow(last) {
		last = strings.TrimSpace(last[:len(last)-1])
	}
	return append(cells, cellText(last))
}

func cellText(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), `\|`, "|") }
