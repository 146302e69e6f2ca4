package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fatih/color"
	"github.com/rivo/uniseg"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// textWriter writes a report grouped by recording: each finding with the line it is on, a caret under the value, the page
// that asks for it, and the hint.
type textWriter struct {
	w      *bufio.Writer
	report *contract.Report
	unit   string

	bold, faint, mark *color.Color
	severity          map[schema.Severity]*color.Color
}

func newText(w io.Writer, r *contract.Report, o Options) *textWriter {
	paint := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &textWriter{
		w: bufio.NewWriter(w), report: r, unit: o.Unit,
		bold: paint(color.Bold), faint: paint(color.Faint), mark: paint(color.FgGreen),
		severity: map[schema.Severity]*color.Color{
			schema.Error: paint(color.FgRed, color.Bold), schema.Warning: paint(color.FgYellow), schema.Info: paint(color.FgCyan),
		},
	}
}

func (t *textWriter) write() error {
	byFile := map[string]schema.Findings{}
	for _, f := range t.report.Findings {
		byFile[f.At.File] = append(byFile[f.At.File], f)
	}
	explained := map[string][]contract.Explanation{}
	for _, e := range t.report.Explanations {
		explained[e.At.File] = append(explained[e.At.File], e)
	}
	for _, rec := range t.report.Recordings {
		t.recording(rec, byFile[rec.File], explained[rec.File])
		delete(byFile, rec.File) // a file that comes twice says so once
		delete(explained, rec.File)
	}
	t.notJudged("no documented operation", t.report.Unmatched)
	t.notJudged("ignored", t.report.Ignored)
	fmt.Fprintln(t.w, Summary(t.report, t.unit))
	return t.w.Flush()
}

func (t *textWriter) recording(rec contract.Recording, fs schema.Findings, explained []contract.Explanation) {
	verdict := "ok"
	if len(fs) > 0 {
		verdict = fs.Summary()
	}
	fmt.Fprintf(t.w, "%s  %s", t.bold.Sprint(text.Printable(rec.File)), t.worst(fs).Sprint(verdict))
	if rec.Judged != rec.Exchanges || rec.Exchanges != 1 || t.unit == "exchange" {
		fmt.Fprintf(t.w, ", %d of %s judged", rec.Judged, text.Count(rec.Exchanges, t.unit))
	}
	fmt.Fprintln(t.w)
	for _, e := range explained {
		fmt.Fprintf(t.w, "\n%s\n", indented(text.Printable, e.String()))
	}
	for _, f := range fs {
		if f.Severity != schema.Info {
			t.finding(f)
		}
	}
	t.notes(fs)
	if len(fs)+len(explained) > 0 {
		fmt.Fprintln(t.w)
	}
}

// maxNotes is how many findings of severity info are shown of a recording.
const maxNotes = 20

// notes writes findings of severity info, a line each, after the others.
func (t *textWriter) notes(fs schema.Findings) {
	shown := 0
	for _, f := range fs {
		if f.Severity != schema.Info {
			continue
		}
		if shown == 0 {
			fmt.Fprintln(t.w)
		}
		if shown++; shown > maxNotes {
			continue
		}
		where := f.Pointer
		if where != "" {
			where += ": "
		}
		line := fmt.Sprintf("%s%s  [%s]  %s", where, f.Message, f.Rule, f.At)
		fmt.Fprintf(t.w, "  %s  %s\n", t.severity[schema.Info].Sprint(schema.Info), text.Printable(line))
	}
	if shown > maxNotes {
		fmt.Fprintf(t.w, "  and %d more of severity info\n", shown-maxNotes)
	}
}

// indented is s with each line made printable and moved to the right.
func indented(printable func(string) string, s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = "  " + printable(line)
	}
	return strings.Join(lines, "\n")
}

// worst is the colour of the worst finding.
func (t *textWriter) worst(fs schema.Findings) *color.Color {
	for _, s := range []schema.Severity{schema.Error, schema.Warning, schema.Info} {
		if fs.Count(s) > 0 {
			return t.severity[s]
		}
	}
	return t.mark
}

func (t *textWriter) finding(f *schema.Finding) {
	where := f.Pointer
	if where == "" {
		where = strings.TrimPrefix(f.Part, "response.")
	}
	if where != "" {
		where += ": "
	}
	fmt.Fprintf(t.w, "\n  %s  %s%s  %s\n", t.severity[f.Severity].Sprint(f.Severity), text.Printable(where), text.Printable(f.Message), t.faint.Sprintf("[%s]", f.Rule))
	at := f.At.String()
	if f.At.Record > 0 && f.Part != "" {
		at += fmt.Sprintf("  %s %d, %s", t.unit, f.At.Record, f.Part)
	}
	fmt.Fprintf(t.w, "    %s\n", t.faint.Sprint(text.Printable(at)))
	if f.Caret > 0 {
		fmt.Fprintf(t.w, "      %s\n      %s%s\n", text.Printable(f.Excerpt), strings.Repeat(" ", uniseg.StringWidth(before(f.Excerpt, f.Caret))), t.severity[f.Severity].Sprint("^"))
	}
	for _, r := range f.Related {
		t.line("before", r.String())
	}
	if f.Doc.Page != "" {
		says := f.Doc.String()
		if f.Doc.Text != "" {
			says += "  " + link.ReplaceAllString(f.Doc.Text, "$1")
		}
		t.line("page", says)
	}
	if f.Hint != "" {
		t.line("hint", f.Hint)
	}
}

// before is the part of the excerpt in front of the caret.
func before(excerpt string, caret int) string {
	runes := []rune(text.Printable(excerpt))
	return string(runes[:max(0, min(caret-1, len(runes)))])
}

func (t *textWriter) line(label, s string) {
	fmt.Fprintf(t.w, "    %s %s\n", t.mark.Sprintf("%-6s", label), text.Printable(s))
}

// link is a Markdown link, of which only the text is shown.
var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// maxListed is how many kinds of requests that were not judged are listed.
const maxListed = 20

func (t *textWriter) notJudged(why string, requests []contract.Request) {
	if len(requests) == 0 {
		return
	}
	total := 0
	for _, q := range requests {
		total += q.Count
	}
	fmt.Fprintf(t.w, "%s, %s:\n", text.Count(total, t.unit)+" not judged", why)
	for i, q := range requests {
		if i == maxListed {
			fmt.Fprintf(t.w, "  and %d more\n", len(requests)-i)
			break
		}
		fmt.Fprintf(t.w, "  %s\n", text.Printable(q.String()))
	}
	fmt.Fprintln(t.w)
}
