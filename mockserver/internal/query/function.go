package query

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// function is one of OData's canonical functions (OData URL Conventions 4.01, section 5.1.1.5 and following). call is
// not asked about null; ok is false for arguments of a kind that it does not take.
type function struct {
	least, most int // arguments
	condition   bool
	advanced    bool // see Filter.IsAdvanced
	call        func(arguments []any) (v any, ok bool)
}

// functions are by their names in lower case.
var functions = map[string]*function{
	"startswith": test(strings.HasPrefix),
	"endswith":   advanced(test(strings.HasSuffix)),
	"contains":   advanced(test(strings.Contains)),
	"tolower":    change(strings.ToLower),
	"toupper":    change(strings.ToUpper),
	"trim":       change(strings.TrimSpace),
	"concat":     {least: 2, most: 2, call: concat},
	"length":     {least: 1, most: 1, call: length},
	"indexof":    {least: 2, most: 2, call: indexOf},
	"substring":  {least: 2, most: 3, call: substring},
	"date":       moment(func(t time.Time) any { return t.Format(time.DateOnly) }),
	"time":       moment(func(t time.Time) any { return t.Format("15:04:05.9999999") }),
	"year":       moment(func(t time.Time) any { return integer(t.Year()) }),
	"month":      moment(func(t time.Time) any { return integer(int(t.Month())) }),
	"day":        moment(func(t time.Time) any { return integer(t.Day()) }),
	"hour":       moment(func(t time.Time) any { return integer(t.Hour()) }),
	"minute":     moment(func(t time.Time) any { return integer(t.Minute()) }),
	"second":     moment(func(t time.Time) any { return integer(t.Second()) }),
}

// test is a function of two texts, whose case does not count.
func test(holds func(s, part string) bool) *function {
	return &function{least: 2, most: 2, condition: true, call: func(arguments []any) (any, bool) {
		s, part, ok := twoTexts(arguments)
		return holds(strings.ToLower(s), strings.ToLower(part)), ok
	}}
}

func advanced(f *function) *function {
	f.advanced = true
	return f
}

func change(f func(string) string) *function {
	return &function{least: 1, most: 1, call: func(arguments []any) (any, bool) {
		s, ok := arguments[0].(string)
		return f(s), ok
	}}
}

// moment is a function of a time.
func moment(f func(time.Time) any) *function {
	return &function{least: 1, most: 1, call: func(arguments []any) (any, bool) {
		s, _ := arguments[0].(string)
		t, ok := instant(s)
		return f(t), ok
	}}
}

func twoTexts(arguments []any) (a, b string, ok bool) {
	a, first := arguments[0].(string)
	b, second := arguments[1].(string)
	return a, b, first && second
}

func concat(arguments []any) (any, bool) {
	a, b, ok := twoTexts(arguments)
	return a + b, ok
}

func length(arguments []any) (any, bool) {
	s, ok := arguments[0].(string)
	return integer(utf8.RuneCountInString(s)), ok
}

func indexOf(arguments []any) (any, bool) {
	s, part, ok := twoTexts(arguments)
	s, part = strings.ToLower(s), strings.ToLower(part)
	i := strings.Index(s, part)
	if i > 0 {
		i = utf8.RuneCountInString(s[:i])
	}
	return integer(i), ok
}

// substring takes the characters from a place on, so many of them or all.
func substring(arguments []any) (any, bool) {
	s, ok := arguments[0].(string)
	if !ok {
		return nil, false
	}
	runes := []rune(s)
	bounds := [2]int{0, len(runes)}
	for i, a := range arguments[1:] {
		number, _ := a.(json.Number)
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 0 {
			return nil, false
		}
		bounds[i] = min(n, len(runes))
	}
	return string(runes[bounds[0]:min(len(runes), bounds[0]+bounds[1])]), true
}
