package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/text"
)

// overrideFlags change every document.
type overrideFlags struct {
	set, merge, omit []string
	allowInvalid     bool
}

// overrideNames are the flags in words.
const overrideNames = "--set, --merge and --omit"

func (f *overrideFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "`POINTER=JSON`, a value that every document has; what does not begin like JSON is a string (repeatable)")
	flags.StringArrayVar(&f.merge, "merge", nil, "`JSON` object whose members every document has, null for those that none has (RFC 7396; repeatable)")
	flags.StringArrayVar(&f.omit, "omit", nil, "JSON `POINTER` of what no document has (repeatable)")
	flags.BoolVar(&f.allowInvalid, "allow-invalid", false, "let "+overrideNames+" make documents invalid")
	for _, name := range []string{"set", "merge", "omit"} {
		complete(cmd, name) // no files
	}
}

func (f *overrideFlags) some() bool { return len(f.set)+len(f.merge)+len(f.omit) > 0 }

func (f *overrideFlags) options() ([]fixtures.Option, error) {
	var out []fixtures.Option
	for _, s := range f.set {
		pointer, value, ok := strings.Cut(s, "=")
		if !ok || !strings.HasPrefix(pointer, "/") {
			return nil, fmt.Errorf("--set %q, want POINTER=JSON, such as /status=failed", s)
		}
		switch err := broken(value); {
		case err == nil:
			out = append(out, fixtures.Set(pointer, json.RawMessage(value)))
		case strings.ContainsAny(firstOf(value), `{["`): // meant as JSON: a string would hide the slip
			return nil, fmt.Errorf("--set %q: the value is broken JSON: %w", s, err)
		default:
			out = append(out, fixtures.Set(pointer, value))
		}
	}
	for _, patch := range f.merge {
		err := broken(patch)
		if err == nil && firstOf(patch) != "{" {
			return nil, fmt.Errorf("--merge %q, want a JSON object, such as {\"status\":\"failed\"}", patch)
		}
		if err != nil {
			return nil, fmt.Errorf("--merge %q is broken JSON: %w", patch, err)
		}
		out = append(out, fixtures.Merge(json.RawMessage(patch)))
	}
	for _, pointer := range f.omit {
		if !strings.HasPrefix(pointer, "/") {
			return nil, fmt.Errorf("--omit %q, want a JSON pointer, such as /error", pointer)
		}
		out = append(out, fixtures.Omit(pointer))
	}
	if f.allowInvalid {
		out = append(out, fixtures.AllowInvalid())
	}
	return out, nil
}

// broken says why a text is no JSON.
func broken(value string) error {
	var v json.RawMessage
	return json.Unmarshal([]byte(value), &v)
}

// firstOf is the first character of a JSON text, "" where there is none.
func firstOf(value string) string {
	value = strings.TrimLeft(value, " \t\r\n")
	return value[:min(1, len(value))]
}

// notice says that the overrides leave out rules and values, which is easily overlooked.
func (f *overrideFlags) notice(cmd *cobra.Command, gen *fixtures.Generator) {
	if !f.some() {
		return
	}
	n := 0
	for _, s := range gen.Skipped() {
		if strings.Contains(s.Reason, "the overrides") {
			n++
		}
	}
	if n > 0 {
		notice(cmd, "%s leave out %s; --coverage says which", overrideNames, text.Count(n, "case"))
	}
}
