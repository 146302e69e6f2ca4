package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/graphcontract/graphcontract/internal/text"
)

// lister writes groups of aligned rows.
type lister struct {
	w     *bufio.Writer
	width int // of the terminal, at which lines are cut; 0 leaves them whole
	begun bool
}

// heading writes the first line of a group.
func (l *lister) heading(name string, n int, about string) {
	if n == 0 {
		return
	}
	if l.begun {
		fmt.Fprintln(l.w)
	}
	l.begun = true
	fmt.Fprintln(l.w, cut(fmt.Sprintf("%s (%d): %s", name, n, about), l.width))
}

func (l *lister) group(name, about string, rows [][]string) { l.groupOf(name, about, rows, nil) }

// groupOf writes a group whose rows have names below them, wrapped.
func (l *lister) groupOf(name, about string, rows, names [][]string) {
	if len(rows) == 0 {
		return
	}
	l.heading(name, len(rows), about)
	fmt.Fprintln(l.w)
	for i, line := range aligned(rows) {
		fmt.Fprintln(l.w, cut(line, l.width))
		if names != nil {
			l.wrap(names[i])
		}
	}
}

// aligned puts rows into columns, indented. A column that is empty throughout is left out.
func aligned(rows [][]string) []string {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		var cells []string
		for i, cell := range row {
			for _, other := range rows {
				if other[i] != "" {
					cells = append(cells, text.Printable(cell))
					break
				}
			}
		}
		fmt.Fprintln(t, "  "+strings.Join(cells, "\t")) // a row without a last cell stays in its columns
	}
	_ = t.Flush() // a buffer does not fail
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// wrapAt is how long lines of names become, where the terminal is no narrower.
const wrapAt = 100

// wrap writes names with commas between them onto indented lines. One that is too long has a line of its own.
func (l *lister) wrap(names []string) {
	const indent = "      "
	limit := wrapAt
	if l.width > 0 {
		limit = min(limit, l.width)
	}
	line := ""
	for i, name := range names {
		name = text.Printable(name)
		if i < len(names)-1 {
			name += ","
		}
		switch {
		case line == "":
			line = indent + name
		case uniseg.StringWidth(line)+1+uniseg.StringWidth(name) > limit:
			fmt.Fprintln(l.w, line)
			line = indent + name
		default:
			line += " " + name
		}
	}
	if line != "" {
		fmt.Fprintln(l.w, line)
	}
}

// terminalWidth is how many columns the terminal has that w is, or 0.
func terminalWidth(w io.Writer) int {
	if !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(plain(w).(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

// cut shortens a line to the width of a terminal, so that it does not run over into the next; 0 leaves it whole.
func cut(line string, width int) string {
	if width <= 0 || uniseg.StringWidth(line) <= width {
		return line
	}
	var b strings.Builder
	columns := 1 // of the ellipsis
	for g := uniseg.NewGraphemes(line); g.Next(); {
		if columns += g.Width(); columns > width {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}
