package jsonmatch

import (
	"encoding/json"
	"strconv"
	"strings"
)

// number returns a number's text.
func number(v any) (text string, ok bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	return "", false
}

// sameNumber compares numbers by value, exactly and in time linear in their texts. What is no number in the grammar of
// JSON, and exponents of more than 18 digits, are compared as texts.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, ok1 := parseDecimal(a)
	y, ok2 := parseDecimal(b)
	return ok1 && ok2 && x == y
}

// decimal is digits × 10^exponent. Digits neither start nor end with 0; zero has none, no sign and the exponent 0.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

func parseDecimal(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	mantissa, exponent := s, ""
	if e := strings.IndexAny(s, "eE"); e >= 0 {
		mantissa, exponent = s[:e], s[e+1:]
		if unsigned, minus := strings.CutPrefix(exponent, "-"); minus {
			exponent = unsigned
		} else {
			exponent = strings.TrimPrefix(exponent, "+")
		}
		if !isDigits(exponent) {
			return d, false
		}
		exponent = strings.TrimLeft(exponent, "0")
		if len(exponent) > 18 {
			return d, false
		}
		d.exponent, _ = strconv.ParseInt("0"+exponent, 10, 64)
		if s[e+1] == '-' {
			d.exponent = -d.exponent
		}
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return d, false
	}
	d.digits = strings.TrimLeft(whole+fraction, "0")
	d.exponent -= int64(len(fraction))
	if n := len(d.digits); n > 0 {
		d.digits = strings.TrimRight(d.digits, "0")
		d.exponent += int64(n - len(d.digits))
		return d, true
	}
	return decimal{}, true
}

// isDigits says whether s is one digit or more.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
