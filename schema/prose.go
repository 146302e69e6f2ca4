package schema

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	notNullable = regexp.MustCompile(`(?i)\b(?:not|non)[- ]?nullable\b`)
	readOnly    = regexp.MustCompile(`(?i)\bread[- ]only\b`)

	inTable      = regexp.MustCompile(`(?i)\bvalues (?:are |is )?(?:(?:described|listed|defined|shown|given) )?(?:in|by) the\b[^.]*\btable\b|\btable below\b`)
	validValues  = regexp.MustCompile(`(?i)\b(?:valid values:? (?:are )?(?:from |between )?|(?:must|should|has to) be (?:between|from) )(-?\d[\d,]*)(?: (?:to|through|and|-|–) |[-–])(-?\d[\d,]*)`)
	maxLength    = regexp.MustCompile(`(?i)\bmax(?:imum)?(?: allowed)? (?:length|limit|size)(?: allowed)?(?: is|:)?(?: of)? ([\d,]+)(?: unicode)? char`)
	notExceed    = regexp.MustCompile(`(?i)\b(?:must not|may not|should not|cannot|can't) exceed ([\d,]+) characters`)
	characterMax = regexp.MustCompile(`(?i)\b(\d+)[- ]character limit`)
	minLength    = regexp.MustCompile(`(?i)\bmin(?:imum)? length(?: is|:)?(?: of)? (\d+) char`)
	maxItems     = regexp.MustCompile(`(?i)\bmaximum of (\d+) (?:elements|items|members|entries)`)
)

// holds says whether s has one of the words, which are ASCII and lower case, in any case. It is asked before the regular
// expressions above, which have no fixed beginning and are tried at every byte.
func holds(s string, words ...string) bool {
	for i := range len(s) {
		for _, word := range words {
			if s[i]|0x20 == word[0]|0x20 && len(s)-i >= len(word) && strings.EqualFold(s[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}

// saysNotNullable says whether a description forbids null without a condition.
func saysNotNullable(description string) bool {
	at := notNullable.FindStringIndex(description)
	return at != nil && !conditional.MatchString(description[at[1]:])
}

var conditional = regexp.MustCompile(`(?i)^\s*,?\s*(?:if|when|unless|only|except)\b`)

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// describe reads what a property's description says: whether null is allowed, its bounds, the closed list of its
// values. Only what it is sure of becomes a rule.
func (l *loader) describe(p *page, d *draft, q *Property) {
	q.NotNullable = holds(q.Description, "nullable") && saysNotNullable(q.Description)
	q.ReadOnly = holds(q.Description, "read") && readOnly.MatchString(q.Description)
	q.Assumed = strings.Contains(q.Description, "`assumed`")
	if hasDigit(q.Description) {
		l.bounds(p, q)
	}
	if takesEnum(q.Type) && !l.types[q.Type] {
		l.enumeration(p, d, q)
	}
}

// enumeration makes one list of the members that a property's description, a table and the JSON representation give: their
// union, for each of them calls its own members possible.
func (l *loader) enumeration(p *page, d *draft, q *Property) {
	table := l.enums[q.Type]
	for _, list := range d.page.lists {
		if table == nil && list.name == q.Name {
			table = list
		}
	}
	if table == nil && inTable.MatchString(q.Description) {
		table = announced(d.page, q.Name)
	}
	placeholder, _ := d.shows(q.Name)
	if _, isObject := first(placeholder).(map[string]any); isObject && table == nil {
		return // what the JSON representation shows as an object is no enumeration, whatever the prose lists
	}
	named := q.stringly || q.Type != "Edm.String" && !q.linked
	described, confidence, found := readEnum(q.Description, named)
	add := func(list []string, at Source) {
		if len(list) == 0 {
			return
		}
		if q.Enum != nil && !sameSet(list, q.Enum) {
			l.problem(p.File, q.Line, "%s: %s:%d lists %s; their union counts", q.Name, at.Page, at.Line, difference(list, q.Enum, q.EnumSources[0]))
		}
		q.Enum = addMembers(slices.Clone(q.Enum), list...)
		q.EnumSources = append(q.EnumSources, at)
	}
	if found && len(described) == 0 && (table == nil || !inTable.MatchString(q.Description)) {
		rest := "any value is accepted"
		if table != nil && named && !table.half {
			rest = fmt.Sprintf("%s:%d counts alone", table.sources[0].Page, table.sources[0].Line)
		}
		l.problem(p.File, q.Line, "%s: the list of possible values could not be read; %s", q.Name, rest)
		if !named {
			return
		}
	}
	add(described, Source{Page: p.File, Line: q.Line, Confidence: confidence})
	if table != nil && (!table.half || q.Enum != nil) { // half a list adds to a whole one, and is none
		add(table.members, table.sources[0])
		q.EnumSources = append(q.EnumSources, table.sources[1:]...)
	}
	q.stringly = q.stringly || table != nil
	if shown := pipeEnum(placeholder); len(shown) > 0 {
		add(shown, Source{Page: d.Page, Line: d.fence.Body, Confidence: Shown})
	}
}

// announced is the table of values on a page that a property's description announces: one for an enumeration that is called
// like the property, or the only one.
func announced(p *page, name string) *enumDef {
	for _, def := range p.enums {
		if strings.HasPrefix(strings.ToLower(shortName(def.name)), strings.ToLower(name)) {
			return def
		}
	}
	if len(p.enums) == 1 {
		return p.enums[0]
	}
	return nil
}

// takesEnum says whether values of the type can be members of an enumeration: strings, and named types, which the
// documentation links to a page only where they are not enumerations themselves.
func takesEnum(typ string) bool { return typ == "Edm.String" || !strings.HasPrefix(typ, "Edm.") }

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func (l *loader) bounds(p *page, q *Property) {
	d := q.Description
	number := strings.HasPrefix(q.Type, "Edm.Int") || slices.Contains([]string{
		"Edm.Byte", "Edm.SByte", "Edm.Single", "Edm.Double", "Edm.Decimal",
	}, q.Type)
	var m []string
	if holds(d, "valid", "between", "be from") {
		m = validValues.FindStringSubmatch(d)
	}
	if m != nil && (!number || q.Collection) {
		l.problem(p.File, q.Line, "%s: the range %q does not fit its type", q.Name, m[0])
	} else if m != nil {
		lo, okLo := parseBound(m[1])
		hi, okHi := parseBound(m[2])
		switch edm := edmRanges[q.Type]; {
		case !okLo || !okHi || lo > hi:
			l.problem(p.File, q.Line, "%s: the range %q could not be used", q.Name, m[0])
		case edm != nil && (big.NewInt(lo).Cmp(edm.min) < 0 || big.NewInt(hi).Cmp(edm.max) > 0):
			l.problem(p.File, q.Line, "%s: the range %q is wider than %s; the type's range counts", q.Name, m[0], q.Type)
		default:
			q.Bounds.Min, q.Bounds.Max = &lo, &hi
		}
	}
	if q.Type == "Edm.String" && !q.Collection {
		for _, re := range []*regexp.Regexp{maxLength, notExceed, characterMax} {
			q.Bounds.MaxLength = orBound(q.Bounds.MaxLength, re, d)
		}
		q.Bounds.MinLength = orBound(nil, minLength, d)
	}
	if q.Collection {
		q.Bounds.MaxItems = orBound(nil, maxItems, d)
	}
}

func orBound(have *int64, re *regexp.Regexp, s string) *int64 {
	if have != nil {
		return have
	}
	if m := re.FindStringSubmatch(s); m != nil {
		if n, ok := parseBound(m[1]); ok {
			return &n
		}
	}
	return nil
}

func parseBound(s string) (int64, bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	return n, err == nil
}

// edmRange is the range of an integer type (OData CSDL 4.01, section 3.3).
type edmRange struct{ min, max *big.Int }

var edmRanges = map[string]*edmRange{
	"Edm.Byte":  {big.NewInt(0), big.NewInt(255)},
	"Edm.SByte": {big.NewInt(-128), big.NewInt(127)},
	"Edm.Int16": {big.NewInt(-1 << 15), big.NewInt(1<<15 - 1)},
	"Edm.Int32": {big.NewInt(-1 << 31), big.NewInt(1<<31 - 1)},
	"Edm.Int64": {big.NewInt(-1 << 63), big.NewInt(1<<63 - 1)},
}
