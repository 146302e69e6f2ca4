package schema

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	notNullable = regexp.MustCompile(`(?i)\b(?:not|non)[- ]?nullable\b`)
	readOnly    = regexp.MustCompile(`(?i)\bread[- ]only\b`)
	assumed     = regexp.MustCompile("`assumed`")

	validValues  = regexp.MustCompile(`(?i)\bvalid values (?:are )?(?:from )?(-?[\d,]+) (?:to|through|-|–) (-?[\d,]+)`)
	maxLength    = regexp.MustCompile(`(?i)\bmax(?:imum)?(?: allowed)? (?:length|limit|size)(?: allowed)?(?: is|:)?(?: of)? ([\d,]+)(?: unicode)? char`)
	notExceed    = regexp.MustCompile(`(?i)\b(?:must not|may not|should not|cannot|can't) exceed ([\d,]+) characters`)
	characterMax = regexp.MustCompile(`(?i)\b(\d+)[- ]character limit`)
	minLength    = regexp.MustCompile(`(?i)\bmin(?:imum)? length(?: is|:)?(?: of)? (\d+) char`)
	maxItems     = regexp.MustCompile(`(?i)\bmaximum of (\d+) (?:elements|items|members|entries)`)
)

// describe reads what a property's description says: whether null is allowed, the closed list of its values, its
// bounds. Only what it is sure of becomes a rule.
func (l *loader) describe(p *page, r *Resource, q *Property) {
	q.NotNullable = notNullable.MatchString(q.Description)
	q.ReadOnly = readOnly.MatchString(q.Description)
	q.Assumed = assumed.MatchString(q.Description)
	l.bounds(p, q)
	if _, isObject := first(r.shown[q.Name]).(map[string]any); isObject || !takesEnum(q.Type) || l.types[q.Type] {
		return // what the JSON representation shows as an object is no enumeration, whatever the prose lists
	}
	list, found := readEnum(q.Description, q.Type != "Edm.String" && !q.linked)
	shown := pipeEnum(r.shown[q.Name])
	switch {
	case found && len(list) == 0:
		l.problem(p.File, q.Line, "%s: the list of possible values could not be read; any value is accepted", q.Name)
		return
	case len(list) > 0 && len(shown) > 0 && !sameSet(list, shown):
		l.problem(p.File, q.Line, "%s: the description and the JSON representation list different values; their union counts", q.Name)
	}
	q.Enum = addMembers(list, shown...)
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
	if m := validValues.FindStringSubmatch(d); m != nil && (!number || q.Collection) {
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
