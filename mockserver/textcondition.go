package mockserver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/internal/text"
)

// textCondition is a compiled [Text].
type textCondition struct {
	Text
	want   string
	re     *regexp.Regexp
	not    *textCondition
	anyOf  []*textCondition
	option string // the query option whose comparison counts, "" for plain text
}

func compileText(t Text, option string) (*textCondition, error) {
	c := &textCondition{Text: t, option: option}
	var want []string
	if t.Equal != "" {
		want = append(want, t.Equal)
	}
	if t.Contains != "" {
		want = append(want, "contains "+t.Contains)
	}
	if t.Regexp != "" {
		re, err := regexp.Compile(t.Regexp)
		if err != nil {
			return nil, err
		}
		c.re = re
		want = append(want, "matches "+t.Regexp)
	}
	if t.Absent {
		want = append(want, "absent")
	}
	if t.Not != nil {
		not, err := compileText(*t.Not, option)
		if err != nil {
			return nil, err
		}
		c.not = not
		want = append(want, "not ("+not.want+")")
	}
	var either []string
	for _, o := range t.AnyOf {
		one, err := compileText(o, option)
		if err != nil {
			return nil, err
		}
		c.anyOf = append(c.anyOf, one)
		either = append(either, one.want)
	}
	if either != nil {
		want = append(want, strings.Join(either, " or "))
	}
	c.want = strings.Join(want, ", ")
	if c.want == "" {
		c.want = "present"
	}
	return c, nil
}

// refused says why none of the values will do, "" where one does.
func (t *textCondition) refused(values []string) string {
	if t.holds(values) {
		return ""
	}
	switch len(values) {
	case 0:
		return "absent, want " + t.want
	case 1:
		if values[0] == "" {
			return "got nothing, want " + t.want
		}
	}
	return fmt.Sprintf("got %s, want %s", short(text.Printable(strings.Join(values, ", "))), t.want)
}

func (t *textCondition) holds(values []string) bool {
	if t.not != nil && t.not.holds(values) {
		return false
	}
	if t.anyOf != nil && !slices.ContainsFunc(t.anyOf, func(o *textCondition) bool { return o.holds(values) }) {
		return false
	}
	if t.Absent {
		return len(values) == 0
	}
	plain := t.Equal != "" || t.Contains != "" || t.re != nil
	if !plain {
		return t.not != nil || t.anyOf != nil || len(values) > 0
	}
	return slices.ContainsFunc(values, func(v string) bool {
		return (t.Equal == "" || v == t.Equal || t.option != "" && odata.Same(t.option, v, t.Equal)) &&
			strings.Contains(v, t.Contains) && (t.re == nil || t.re.MatchString(v))
	})
}
