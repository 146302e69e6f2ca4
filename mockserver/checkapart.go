package mockserver

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// apart says whether no request can match both routes, by templates of the same shape. It errs by saying no.
func (c *checker) apart(i, j int, ti, tj template) bool {
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
		for nameB, y := range b {
			name := queryOption(nameA)
			if name == queryOption(nameB) && textsApart(x, y, readingOf(name)) {
				return true
			}
		}
	}
	return false
}

// queryOption is the name of a query option: a system query option in one of the ways to write it (OData URL Conventions 4.01,
// section 5.1).
func queryOption(name string) string {
	folded := strings.ToLower(strings.TrimPrefix(name, "$"))
	switch folded {
	case "apply", "compute", "count", "deltatoken", "expand", "filter", "format", "index", "levels", "orderby", "schemaversion",
		"search", "select", "skip", "skiptoken", "top":
		return "$" + folded
	}
	return name
}

// reading is how texts are compared.
type reading struct {
	form  func(string) string // the same for texts that are the same
	exact bool                // each text is the same as itself alone
}

var literally = reading{func(s string) string { return s }, true}

// readingOf is how the values of a query option are compared.
func readingOf(option string) reading {
	switch option {
	case "$select", "$expand":
		return reading{form: func(s string) string {
			items := strings.Split(strings.Join(strings.Fields(s), ""), ",")
			slices.Sort(items)
			return strings.Join(items, ",")
		}}
	}
	if strings.HasPrefix(option, "$") {
		return reading{form: func(s string) string { return strings.Join(strings.Fields(s), "") }}
	}
	return literally
}

// textsApart says whether no text can hold under both conditions.
func textsApart(a, b Text, r reading) bool {
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
		present = t.Not.Absent
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
		same := r.form(t.Equal) == r.form(s)
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

// demand is a value that a body has at a place. Of a whole one, objects have no more members than it says.
type demand struct {
	tokens []string
	value  any
	whole  bool
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
	add := func(pointer string, v any, whole bool) {
		encoded, err := json.Marshal(v)
		if err != nil {
			return // found elsewhere
		}
		var value any
		tokens, err := splitPointer(pointer)
		if err == nil && json.Unmarshal(encoded, &value) == nil {
			p.bodies = append(p.bodies, demand{tokens, value, whole})
		}
	}
	if p.Match.JSON != nil {
		add("", p.Match.JSON, false)
	}
	if p.Match.JSONEqual != nil {
		add("", p.Match.JSONEqual, true)
	}
	for pointer, v := range p.Match.At {
		add(pointer, v, false)
	}
	return p.bodies
}

// excludes says whether d and o, which is at the same place or further down, contradict one another.
func (d demand) excludes(o demand) bool {
	if len(o.tokens) < len(d.tokens) || !slices.Equal(d.tokens, o.tokens[:len(d.tokens)]) {
		return false
	}
	v := d.value
	for _, token := range o.tokens[len(d.tokens):] {
		switch x := v.(type) {
		case map[string]any:
			member, ok := x[token]
			if !ok {
				return d.whole
			}
			v = member
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(x) {
				return true
			}
			v = x[i]
		default:
			return true
		}
	}
	return valuesApart(v, o.value, d.whole, o.whole)
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
	switch b.(type) {
	case map[string]any, []any:
		return true
	}
	return a != b
}
