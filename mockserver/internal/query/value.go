package query

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// compare orders two values of the same kind, neither of which is nil. ok is false where they have no order.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case bool:
		if b, ok := b.(bool); ok {
			return cmp.Compare(btoi(a), btoi(b)), true
		}
	case json.Number:
		switch b := b.(type) {
		case json.Number:
			return compareNumbers(a, b), true
		case string:
			if n, ok := number(b); ok {
				return compareNumbers(a, n), true
			}
		}
	case string:
		switch b := b.(type) {
		case json.Number:
			if n, ok := number(a); ok {
				return compareNumbers(n, b), true
			}
		case string:
			return compareTexts(a, b), true
		}
	}
	return 0, false
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareTexts(a, b string) int {
	if s, ok := instant(a); ok {
		if t, ok := instant(b); ok {
			return s.Compare(t)
		}
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

// compareNumbers compares exactly, but for exponents that no one writes.
func compareNumbers(a, b json.Number) int {
	x, okX := exact(a)
	y, okY := exact(b)
	if okX && okY {
		return x.Cmp(y)
	}
	f, _ := a.Float64()
	g, _ := b.Float64()
	return cmp.Compare(f, g)
}

// exact is a number without loss. ok is false for one that would take much memory.
func exact(n json.Number) (*big.Rat, bool) {
	s := string(n)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(s[i+1:]); err != nil || exponent < -400 || exponent > 400 {
			return nil, false
		}
	}
	if len(s) > 1024 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// number reads a text as a number of JSON; a plus in front, which OData allows, is dropped.
func number(s string) (json.Number, bool) {
	s = strings.TrimPrefix(s, "+")
	if s == "" || !(isDigit(s[0]) || s[0] == '-') {
		return "", false
	}
	var n json.Number
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&n) != nil || d.More() || int(d.InputOffset()) != len(s) {
		return "", false
	}
	return n, true
}

func integer(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// instant reads an Edm.DateTimeOffset or an Edm.Date, whose time is midnight in UTC.
func instant(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02") || !isDigit(s[0]) {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isTimeOfDay(s string) bool {
	_, err := time.Parse("15:04:05.999999999", s)
	return err == nil
}

// describe names a value for a message, by its kind.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "a collection"
	default:
		return "an object"
	}
}
