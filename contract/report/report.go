// Package report writes verdicts for people and for programs. Consumers' tests do not need it: contract.Verify says
// what it finds through the test.
package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/schema"
)

// Format is how a report is written. The zero value is Text.
type Format string

// Text is for people, JSON for programs: one object with summary, findings, recordings, unmatched and ignored.
const (
	Text Format = "text"
	JSON Format = "json"
)

// Options change how a report is written. The zero value is right for a file.
type Options struct {
	Color bool   // with a terminal's colours; Text only
	Unit  string // what was judged, "exchange" where empty
}

// Write writes the report; a nil one is empty. It fails for an unknown format and where w does. Equal reports give equal bytes.
func Write(w io.Writer, f Format, r *contract.Report, o Options) error {
	if o.Unit == "" {
		o.Unit = "exchange"
	}
	if r == nil {
		r = &contract.Report{}
	}
	switch f {
	case Text, "":
		return newText(w, r, o).write()
	case JSON:
		return writeJSON(w, r, o)
	}
	return fmt.Errorf("report: unknown format %q", f)
}

func writeJSON(w io.Writer, r *contract.Report, o Options) error {
	// Lists are lists, also where they are empty.
	all := contract.Report{
		Findings:   append(schema.Findings{}, r.Findings...),
		Recordings: append([]contract.Recording{}, r.Recordings...),
		Unmatched:  append([]contract.Request{}, r.Unmatched...),
		Ignored:    append([]contract.Request{}, r.Ignored...),

		Explanations: r.Explanations,
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Summary  string `json:"summary"`
		Errors   int    `json:"errors"`
		Warnings int    `json:"warnings"`
		contract.Report
	}{Summary(r, o.Unit), r.Findings.Count(schema.Error), r.Findings.Count(schema.Warning), all})
}

// Summary is one line: "3 recordings, 12 exchanges judged: 1 error, 2 warnings".
func Summary(r *contract.Report, unit string) string {
	total, judged := 0, r.Judged()
	for _, rec := range r.Recordings {
		total += rec.Exchanges
	}
	var s string
	if unit == "exchange" {
		s = text.Count(len(r.Recordings), "recording") + ", "
	}
	if judged == total {
		s += text.Count(judged, unit) + " judged"
	} else {
		s += fmt.Sprintf("%d of %s judged", judged, text.Count(total, unit))
	}
	return s + ": " + r.Findings.Summary()
}
