package odata

import (
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/text"
)

// maxDepth is how deep options are nested in $expand and $select at most; from there on they are text.
const maxDepth = 32

// Same says whether two decoded values of an option, under any of its names, ask for the same, as far as that shows
// without knowing the types (OData URL Conventions 4.01, section 5.1):
//
//   - $select and $expand: the same items in any order, however often; nested options are compared by these rules, in
//     any order.
//   - $filter: the same words, whatever the white space between them; operands of and in any order, if they stand
//     outside of all parentheses and no or stands there, too.
//   - $orderby: the same words in the same order; asc is what is meant where no direction stands.
//   - $count: in any case. $top, $skip, $levels, $index: by value.
//   - All else, custom options among them: the same text.
//
// In the first three letters count in any case but in quotes: property names have one in OData, but Graph takes any.
// Values that break the grammar are compared all the same. Same is an equivalence relation, and takes n log n time.
func Same(option, a, b string) bool {
	if a == b {
		return true
	}
	option = Option(option)
	return canonical(option, a, 0) == canonical(option, b, 0)
}

// canonical returns a text that is equal for two values if and only if they are the same. depth is how many options it
// is nested in.
func canonical(option, value string, depth int) string {
	switch option {
	case "$select", "$expand":
		var items []string
		for _, item := range split(value, ',') {
			if item != "" {
				items = append(items, canonicalItem(item, depth))
			}
		}
		return set(items)
	case "$filter":
		return canonicalFilter(value)
	case "$orderby":
		var items []string
		for _, item := range split(value, ',') {
			w := words(item)
			if n := len(w); n > 1 && w[n-1] == "asc" {
				w = w[:n-1]
			}
			if len(w) > 0 {
				items = append(items, list(w))
			}
		}
		return list(items)
	case "$count":
		return text.Lower(trim(value))
	case "$top", "$skip", "$levels", "$index":
		return canonicalNumber(value)
	}
	return value
}

// canonicalItem is that of one path in $select or $expand, with its options in parentheses. Function parameters there are
// options without a value.
func canonicalItem(item string, depth int) string {
	open := strings.IndexByte(item, '(')
	if open < 0 || closing(item, open) != len(item)-1 || depth == maxDepth {
		return list(words(item))
	}
	options := split(item[open+1:len(item)-1], ';')
	for i, o := range options {
		name, value, ok := strings.Cut(o, "=")
		if !ok {
			options[i] = list(words(o))
			continue
		}
		name = Option(trim(name))
		options[i] = "=" + list([]string{name, canonical(name, trim(value), depth+1)})
	}
	return list([]string{list(words(item[:open])), set(options)})
}

func canonicalFilter(value string) string {
	w := words(value)
	var operands []string
	depth, start := 0, 0
	for i, word := range w {
		switch word {
		case "(":
			depth++
		case ")":
			depth--
		case "and", "or":
			if depth != 0 {
				continue
			}
			if word == "or" {
				return list(w)
			}
			operands = append(operands, list(w[start:i]))
			start = i + 1
		}
	}
	if operands == nil {
		return list(w)
	}
	operands = append(operands, list(w[start:]))
	slices.Sort(operands)
	return "and" + list(operands)
}

// canonicalNumber drops what does not count of an integer. Other text stays, in lower case, such as max for $levels.
func canonicalNumber(value string) string {
	value = text.Lower(trim(value))
	digits, sign := strings.TrimPrefix(value, "+"), ""
	if len(digits) == len(value) {
		if digits = strings.TrimPrefix(value, "-"); len(digits) < len(value) {
			sign = "-"
		}
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return value
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return sign + digits
}

// set returns a text for items whose order and repetition do not count. It sorts them.
func set(items []string) string {
	slices.Sort(items)
	return list(slices.Compact(items))
}

// list returns a text for items that no other items have.
func list(items []string) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(strconv.Itoa(len(item)))
		b.WriteByte(':')
		b.WriteString(item)
	}
	return b.String()
}

// split cuts s at a separator outside of quotes and parentheses, and trims the parts.
func split(s string, separator byte) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == separator && depth <= 0:
			parts = append(parts, trim(s[start:i]))
			start = i + 1
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '\'' || c == '"':
			i = quoted(s, i) - 1
		}
	}
	return append(parts, trim(s[start:]))
}

// closing returns where the parenthesis that opens at i closes, -1 if it does not.
func closing(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		case '\'', '"':
			i = quoted(s, i) - 1
		}
	}
	return -1
}

// words cuts s into parentheses, commas, colons and the texts between them and white space, in lower case but for what
// is in quotes.
func words(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case isSpace(c):
			i++
		case isPunctuation(c):
			out = append(out, s[i:i+1])
			i++
		default:
			var b strings.Builder
			for i < len(s) && !isSpace(s[i]) && !isPunctuation(s[i]) {
				start := i
				if s[i] == '\'' || s[i] == '"' {
					i = quoted(s, i)
					b.WriteString(s[start:i])
					continue
				}
				for i < len(s) && s[i] != '\'' && s[i] != '"' && !isSpace(s[i]) && !isPunctuation(s[i]) {
					i++
				}
				b.WriteString(text.Lower(s[start:i]))
			}
			out = append(out, b.String())
		}
	}
	return out
}

// quoted returns where the quotes that open at i end: after the closing one, or at the end of s. A quote is doubled in
// single quotes, which reads as two texts in a row, and has a backslash in double ones.
func quoted(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && quote == '"':
			i++
		}
	}
	return len(s)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isPunctuation(c byte) bool { return c == '(' || c == ')' || c == ',' || c == ':' }

func trim(s string) string { return strings.Trim(s, " \t\n\r") }
