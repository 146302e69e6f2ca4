package odata

import (
	"net/url"
	"strings"

	"github.com/graphcontract/graphcontract/internal/text"
)

// Option returns the canonical name of a query option: system query options (OData 4.01 Protocol, section 11.2.1, with
// $apply of OData Data Aggregation 4.0) in lower case and with their $, which a client may leave out (OData URL
// Conventions 4.01, section 5.1); other names as they are.
func Option(name string) string {
	bare := text.Lower(strings.TrimPrefix(name, "$"))
	switch bare {
	case "apply", "compute", "count", "deltatoken", "expand", "filter", "format", "id", "index", "levels", "orderby",
		"schemaversion", "search", "select", "skip", "skiptoken", "top":
		return "$" + bare
	}
	return name
}

// Values returns the decoded values of an option in a raw query, in its order: those of all names with the same
// canonical name (see [Option]). It is lenient: escapes that are none stay as they are, and a semicolon, which nested
// options are separated by, is like any other character.
func Values(rawQuery, name string) []string {
	name = Option(name)
	var values []string
	for more := rawQuery != ""; more; {
		var pair string
		pair, rawQuery, more = strings.Cut(rawQuery, "&")
		if pair == "" {
			continue
		}
		n, value, _ := strings.Cut(pair, "=")
		if Option(unescape(n)) == name {
			values = append(values, unescape(value))
		}
	}
	return values
}

// unescape decodes what are escapes, and + to a space.
func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0:
			b.WriteByte(byte(hex(s[i+1])<<4 | hex(s[i+2])))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// hex is the value of a hexadecimal digit, -1 for what is none.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
