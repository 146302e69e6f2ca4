package mockserver

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

// apart says whether no request can match both routes, by templates of the same shape. It errs by saying no.
func (c *checker) apart(i, j int, ti, tj pathTemplate) bool {
	a, b := &c.routes[i], &c.routes[j]
	return queriesApart(a.Match.Query, b.Match.Query) || headersApart(a.Match.Header, b.Match.Header) ||
		bodiesApart(a, b) || c.statesApart(a, b, ti, tj)
}

func headersApart(a, b map[string]Text) bool {
	for nameA, x := range a {
		for nameB, y := range b {
			if http.CanonicalHeaderKey(nameA) == http.CanonicalHeaderKey(nameB) && textsApart(x, y, literally) {
				return true
			}
		}
	}
	return false
}

func queriesApart(a, b map[string]Text) bool {
	for nameA, x := range a {
		option := odata.Option(nameA)
		if y, ok := b[nameA]; ok && textsApart(x, y, readingOf(option)) {
			return true
		}
		for nameB, y := range b {
			if nameA != nameB && option == odata.Option(nameB) && textsApart(x, y, readingOf(option)) {
				return true
			}
		}
	}
	return false
}

// reading is how texts are compared.
type reading struct {
	same  func(a, b string) bool
	exact bool // a text is the same as itself alone
}

var literally = reading{func(a, b string) bool { return a == b }, true}

// readingOf is how the values of a query option are compared: those that may be written in several ways as [odata.Same] does.
func readingOf(option string) reading {
	switch option {
	case "$select", "$expand", "$filter", "$orderby", "$count", "$top", "$skip", "$levels", "$index":
		return reading{same: func(a, b string) bool { return odata.Same(option, a, b) }}
	}
	return literally
}

// textsApart says whether no text can hold under both conditions.
func textsApart(a, b Text, r reading) bool {
	if a.Equal != "" && b.Equal != "" && !r.same(a.Equal, b.Equal) {
		return true
	}
	if absentA, presentA := a.presence(0); absentA || presentA {
		if absentB, presentB := b.presence(0); absentA && presentB || presentA && absentB {
			return true
		}
	}
	return r.none(a, b) || r.none(b, a)
}

// presence says whether only what is absent, or only what is present, holds under t.
func (t Text) presence(depth int) (absent, present bool) {
	if depth > maxNested {
		return false, false
	}
	if t.Absent {
		return true, false
	}
	switch {
	case t.Equal != "" || t.Contains != "" || t.Regexp != "":
		present = true
	case t.Not != nil:
		present = t.Not.onlyAbsent()
	default:
		present = len(t.AnyOf) == 0
	}
	if len(t.AnyOf) > 0 {
		allAbsent, allPresent := true, true
		for _, o := range t.AnyOf {
			x, y := o.presence(depth + 1)
			allAbsent, allPresent = allAbsent && x, allPresent && y
		}
		absent, present = absent || allAbsent, present || allPresent
	}
	return absent, present
}

// none says whether a takes a few texts only, and b none of them.
func (r reading) none(a, b Text) bool {
	texts, ok := a.texts(0)
	return ok && !slices.ContainsFunc(texts, func(s string) bool {
		may, _ := r.holds(b, s, 0)
		return may
	})
}

// texts are the only ones that t takes, if ok.
func (t Text) texts(depth int) (texts []string, ok bool) {
	switch {
	case t.Equal != "":
		return []string{t.Equal}, true
	case len(t.AnyOf) == 0 || depth > maxNested:
		return nil, false
	}
	for _, o := range t.AnyOf {
		more, ok := o.texts(depth + 1)
		if !ok {
			return nil, false
		}
		texts = append(texts, more...)
	}
	return texts, true
}

// holds says whether a text, in one of its forms, may hold under t, and whether it must.
func (r reading) holds(t Text, s string, depth int) (may, must bool) {
	if depth > maxNested {
		return true, false
	}
	if t.Absent {
		return false, false
	}
	may, must = true, true
	if t.Equal != "" {
		same := r.same(t.Equal, s)
		may, must = same, same && (r.exact || t.Equal == s)
	}
	if t.Contains != "" {
		found := strings.Contains(s, t.Contains)
		may, must = may && (found || !r.exact), must && found && r.exact
	}
	if t.Regexp != "" {
		re, err := regexp.Compile(t.Regexp)
		known := r.exact && err == nil
		found := known && re.MatchString(s)
		may, must = may && (found || !known), must && found
	}
	if t.Not != nil {
		mayNot, mustNot := r.holds(*t.Not, s, depth+1)
		may, must = may && !mustNot, must && !mayNot
	}
	if len(t.AnyOf) > 0 {
		anyMay, anyMust := false, false
		for _, o := range t.AnyOf {
			x, y := r.holds(o, s, depth+1)
			anyMay, anyMust = anyMay || x, anyMust || y
		}
		may, must = may && anyMay, must && anyMust
	}
	return may, must
}

// demand is a value that a body has at a JSON pointer. Of a whole one, objects have no more members than it says.
type demand struct {
	pointer string
	value   any
	whole   bool
	from    string // which condition says so: "json", "at./status"
}

// bodiesApart says whether no body can match both routes.
func bodiesApart(a, b *routePaths) bool {
	if a.Match.Body != nil && b.Match.Body != nil && textsApart(*a.Match.Body, *b.Match.Body, literally) {
		return true
	}
	for _, x := range a.demands() {
		for _, y := range b.demands() {
			if x.excludes(y) || y.excludes(x) {
				return true
			}
		}
	}
	return false
}

// demands are the JSON values that the route asks for.
func (p *routePaths) demands() []demand {
	if p.bodies != nil {
		return p.bodies
	}
	p.bodies = []demand{}
	add := func(from, pointer string, v any, whole bool) {
		if _, _, err := jsonmatch.At(pointer, nil); err != nil {
			return // found elsewhere, as the next one is
		}
		if value, err := asDocument(v); err == nil {
			p.bodies = append(p.bodies, demand{pointer, value, whole, from})
		}
	}
	if p.Match.JSON != nil {
		add("json", "", p.Match.JSON, false)
	}
	if p.Match.JSONEqual != nil {
		add("jsonEqual", "", p.Match.JSONEqual, true)
	}
	for _, pointer := range sortedKeys(p.Match.At) {
		add("at."+pointer, pointer, p.Match.At[pointer], false)
	}
	return p.bodies
}

// excludes says whether d and o, which is at the same place or further down, contradict one another.
func (d demand) excludes(o demand) bool {
	below, ok := strings.CutPrefix(o.pointer, d.pointer)
	if !ok || below != "" && below[0] != '/' {
		return false
	}
	v, ok, _ := jsonmatch.At(below, d.value)
	if ok {
		return valuesApart(v, o.value, d.whole, o.whole)
	}
	for !ok {
		below = below[:strings.LastIndexByte(below, '/')]
		v, ok, _ = jsonmatch.At(below, d.value)
	}
	_, isObject := v.(map[string]any)
	return !isObject || d.whole // other members may be there
}

// asDocument is a value as package jsonmatch reads it.
func asDocument(v any) (any, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonmatch.Decode(encoded)
}

// valuesApart says whether nothing agrees with both values.
func valuesApart(a, b any, wholeA, wholeB bool) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return true
		}
		for name, v := range x {
			if w, ok := y[name]; ok && valuesApart(v, w, wholeA, wholeB) || !ok && wholeB {
				return true
			}
		}
		for name := range y {
			if _, ok := x[name]; !ok && wholeA {
				return true
			}
		}
		return false
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return true
		}
		for i := range x {
			if valuesApart(x[i], y[i], wholeA, wholeB) {
				return true
			}
		}
		return false
	}
	return jsonmatch.Equal(a, b) != nil
}
