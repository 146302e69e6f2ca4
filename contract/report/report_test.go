package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract"
	"github.com/graphcontract/graphcontract/contract/report"
	"github.com/graphcontract/graphcontract/schema"
)

// hostile is a report whose texts would play tricks on a terminal.
func hostile() *contract.Report {
	return &contract.Report{
		Recordings: []contract.Recording{{File: "a.http", Exchanges: 2, Judged: 1}, {File: "b\x1b[2J.http", Exchanges: 1, Judged: 1}},
		Findings: schema.Findings{{
			Severity: schema.Error, Rule: "enum", Part: "response.body", Pointer: "/st\natus", Property: "status",
			Message: "got \x1b[31mred", Hint: "a\rb", At: schema.Location{File: "a.http", Record: 2, Line: 3, Column: 5},
			Related: []schema.Location{{File: "a.http", Record: 1}}, Doc: schema.Reference{Page: "p.md", Line: 7, Text: "See [x](y.md)."},
			Excerpt: "日b\u009bcd", Caret: 5,
		}},
		Unmatched: []contract.Request{{Request: "GET /v1.0/me", Count: 3}},
		Ignored:   []contract.Request{{Request: "example.org", Count: 1}},
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, report.Text, hostile(), report.Options{}))
	require.Equal(t, `a.http  1 error, 1 of 2 exchanges judged

  error  /st�atus: got �[31mred  [enum]
    a.http:3:5  exchange 2, response.body
      日b�cd
           ^
    before a.http#1
    page   p.md:7  See x.
    hint   a�b

b�[2J.http  ok, 1 of 1 exchange judged
3 exchanges not judged, no documented operation:
  GET /v1.0/me (3 times)

1 exchange not judged, ignored:
  example.org

2 recordings, 2 of 3 exchanges judged: 1 error
`, b.String())
}

func TestColour(t *testing.T) {
	var plain, coloured bytes.Buffer
	require.NoError(t, report.Write(&plain, report.Text, hostile(), report.Options{}))
	require.NoError(t, report.Write(&coloured, report.Text, hostile(), report.Options{Color: true}))
	require.NotContains(t, plain.String(), "\x1b")
	require.Contains(t, coloured.String(), "\x1b[")
	require.NotContains(t, coloured.String(), "\x1b[2J", "what was recorded stays text")
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, report.JSON, hostile(), report.Options{}))
	var back struct {
		Summary          string
		Errors, Warnings int
		contract.Report
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	require.Equal(t, *hostile(), back.Report)
	require.Equal(t, []any{1, 0, "2 recordings, 2 of 3 exchanges judged: 1 error"}, []any{back.Errors, back.Warnings, back.Summary})

	b.Reset()
	require.NoError(t, report.Write(&b, report.JSON, &contract.Report{}, report.Options{}))
	require.NotContains(t, b.String(), "null", "lists are lists")
}

func TestUnknownFormat(t *testing.T) {
	require.ErrorContains(t, report.Write(&strings.Builder{}, "yaml", hostile(), report.Options{}), `unknown format "yaml"`)
}

func ExampleWrite() {
	r := &contract.Report{Recordings: []contract.Recording{{File: "polls.http", Exchanges: 3, Judged: 3}}}
	if err := report.Write(os.Stdout, report.Text, r, report.Options{}); err != nil {
		panic(err)
	}
	// Output:
	// polls.http  ok, 3 of 3 exchanges judged
	// 1 recording, 3 exchanges judged: no findings
}
