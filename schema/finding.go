package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity is how bad a finding is.
type Severity uint8

// An Error breaks the contract. A Warning is worth a look: something undocumented that honest traffic may hold. Info
// is neither.
const (
	Error Severity = iota
	Warning
	Info
)

var severities = []string{Error: "error", Warning: "warning", Info: "info"}

func (s Severity) String() string { return nameOf(severities, s) }

// MarshalText gives the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "error", "warning" or "info".
func (s *Severity) UnmarshalText(b []byte) error { return parse(severities, s, "severity", b) }

// Location is a place in a file. Lines and columns are counted from 1, columns in Unicode code points; 0 means
// unknown. Record counts the exchanges of a recording from 1. Offset is in bytes.
type Location struct {
	File   string `json:"file,omitempty"`
	Record int    `json:"record,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Offset int64  `json:"offset"`
}

// String is "file:line:column", or "#record:line:column" without a file. The record follows the file where the line
// is unknown.
func (l Location) String() string {
	parts := []string{l.File}
	if l.Record > 0 && (l.File == "" || l.Line == 0) {
		parts = []string{fmt.Sprintf("%s#%d", l.File, l.Record)}
	}
	if l.Line > 0 {
		parts = append(parts, strconv.Itoa(l.Line))
		if l.Column > 0 {
			parts = append(parts, strconv.Itoa(l.Column))
		}
	}
	return strings.TrimPrefix(strings.Join(parts, ":"), ":")
}

// Reference is a place in the documentation and its words there.
type Reference struct {
	Page string `json:"page,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text,omitempty"` // what the page says, "" where the line has no words of its own
}

// String is "page:line".
func (r Reference) String() string {
	if r.Line == 0 {
		return r.Page
	}
	return fmt.Sprintf("%s:%d", r.Page, r.Line)
}

// Finding is one thing wrong, with where it is and why it is wrong. Findings are data: texts may change between
// versions, Rule does not.
type Finding struct {
	Severity Severity `json:"severity"`
	// Rule is a keyword of JSON Schema ("enum", "required") or an id with a slash ("json/duplicate-key",
	// "life/transition").
	Rule string `json:"rule"`
	// Part of the exchange: "response.body", "response.status"; "" for a document on its own.
	Part string `json:"part,omitempty"`
	// Pointer is the RFC 6901 JSON pointer of the offending value, "" for the whole document.
	Pointer string `json:"pointer"`
	// Property is the missing or undeclared member, or the one the offending value belongs to.
	Property    string     `json:"property,omitempty"`
	Message     string     `json:"message"`
	Hint        string     `json:"hint,omitempty"`
	At          Location   `json:"at"`
	Related     []Location `json:"related,omitempty"` // the other record of a sequence, the first of repeated members
	Doc         Reference  `json:"doc,omitzero"`      // what asks for it
	Fingerprint string     `json:"fingerprint"`       // the same for the same fault in another record
	Excerpt     string     `json:"excerpt,omitempty"` // the line of the document that holds the value
	Caret       int        `json:"caret,omitempty"`   // its column in Excerpt, in code points from 1
}

// Error is one line: place, pointer, message, rule, hint and the page that asks for it.
func (f *Finding) Error() string {
	var b strings.Builder
	if at := f.At.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if f.Severity != Error {
		b.WriteString(f.Severity.String() + ": ")
	}
	if f.Pointer != "" {
		b.WriteString(f.Pointer + ": ")
	}
	fmt.Fprintf(&b, "%s [%s]", f.Message, f.Rule)
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	if f.Doc.Page != "" {
		b.WriteString(" (" + f.Doc.String() + ")")
	}
	return b.String()
}

// Findings are several, sorted by place, then rule, then property. They are an error whose lines are those of the
// findings; [errors.As] finds a *Finding in it. Nil means there are none. They belong to the caller.
type Findings []*Finding

// Error gives one finding a line, after a line that counts them when there are several.
func (fs Findings) Error() string {
	if len(fs) == 1 {
		return fs[0].Error()
	}
	lines := []string{fs.Summary()}
	for _, f := range fs {
		lines = append(lines, "\t"+f.Error())
	}
	return strings.Join(lines, "\n")
}

// Summary counts the findings: "2 errors, 1 warning", or "no findings".
func (fs Findings) Summary() string {
	var parts []string
	for s, name := range severities {
		if n := fs.Count(Severity(s)); n == 1 || Severity(s) == Info && n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, name))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// Count is the number of findings of one severity.
func (fs Findings) Count(s Severity) int {
	n := 0
	for _, f := range fs {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Unwrap gives the findings to [errors.As].
func (fs Findings) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f
	}
	return errs
}

// Err returns fs as an error when a finding is an [Error], and a literal nil otherwise.
func (fs Findings) Err() error {
	if fs.Count(Error) == 0 {
		return nil
	}
	return fs
}

// Sort puts the findings into their order: by file, record, offset, pointer, rule, property, message.
func (fs Findings) Sort() {
	slices.SortStableFunc(fs, func(a, b *Finding) int {
		return cmp.Or(
			cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Record, b.At.Record), cmp.Compare(a.Part, b.Part),
			cmp.Compare(a.At.Offset, b.At.Offset), cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Property, b.Property), cmp.Compare(a.Message, b.Message),
		)
	})
}
