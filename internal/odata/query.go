// Package odata reads the OData parts of a URL.
package odata

import (
	"net/url"
	"strings"
)

// Selected returns the members that a raw query's $select names (OData URL Conventions 4.01, section 5.1.3), each by
// its first path segment. ok is false where everything is selected: without a $select, or with * in it. Graph takes
// the name without the dollar sign, too.
func Selected(rawQuery string) (names []string, ok bool) {
	if !strings.Contains(rawQuery, "elect") {
		return nil, false
	}
	values, _ := url.ParseQuery(rawQuery) // what can be read of a malformed query counts
	for name, lists := range values {
		if !strings.EqualFold(strings.TrimPrefix(name, "$"), "select") {
			continue
		}
		for _, list := range lists {
			for item := range strings.SplitSeq(list, ",") {
				item, _, _ = strings.Cut(strings.TrimSpace(item), "/")
				item, _, _ = strings.Cut(item, "(")
				switch item {
				case "":
				case "*":
					return nil, false
				default:
					names = append(names, item)
				}
			}
		}
	}
	return names, len(names) > 0
}

// Applies says whether a raw query has an $apply (OData Data Aggregation 4.0), whose results are objects of their own.
func Applies(rawQuery string) bool {
	if !strings.Contains(rawQuery, "pply") {
		return false
	}
	values, _ := url.ParseQuery(rawQuery)
	for name := range values {
		if strings.EqualFold(strings.TrimPrefix(name, "$"), "apply") {
			return true
		}
	}
	return false
}
