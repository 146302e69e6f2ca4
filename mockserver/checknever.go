package mockserver

import (
	"net/http"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

// contradiction says why nothing can hold under a condition, "" where something may. It looks at the condition, and not at those that are
// nested in it. It never shows the texts, which may be secrets. Where there are several values one has to hold, so that parts that may
// be about different ones do not contradict each other.
func (t Text) contradiction(r reading) string {
	if t.Absent {
		switch _, present := (Text{AnyOf: t.AnyOf}).presence(0); {
		case len(t.AnyOf) > 0 && present:
			return "anyOf asks for what is there"
		case t.Not != nil && t.Not.onlyAbsent():
			return "not excludes what is absent"
		}
		return ""
	}
	if t.Equal != "" {
		if may, _ := r.holds(Text{Contains: t.Contains}, t.Equal, 0); !may {
			return "the text of equal does not contain that of contains"
		}
		if may, _ := r.holds(Text{Regexp: t.Regexp}, t.Equal, 0); !may {
			return "the text of equal does not match regexp"
		}
	}
	if t.Not == nil || !t.Not.isPositive(0) {
		return ""
	}
	if _, must := r.holds(*t.Not, t.Equal, 0); t.Equal != "" && must {
		return "not excludes the text of equal"
	}
	if t.Not.Equal != "" || t.Not.Regexp != "" || len(t.Not.AnyOf) > 0 {
		return ""
	}
	if asks := t.Equal != "" || t.Contains != "" || t.Regexp != ""; asks && strings.Contains(t.Contains, t.Not.Contains) {
		return "not excludes what has to be there"
	}
	return ""
}

// onlyAbsent says whether the condition is that there is nothing, and no more.
func (t *Text) onlyAbsent() bool {
	return t.Absent && t.Equal == "" && t.Contains == "" && t.Regexp == "" && t.Not == nil && len(t.AnyOf) == 0
}

// isPositive says whether a condition that holds for one value holds for it among others, too.
func (t *Text) isPositive(depth int) bool {
	if t.Absent || t.Not != nil || depth > maxNested {
		return false
	}
	for i := range t.AnyOf {
		if !t.AnyOf[i].isPositive(depth + 1) {
			return false
		}
	}
	return true
}

// contradictions checks that a request can meet all conditions of a route at once.
func (c *checker) contradictions(p *routePaths) {
	m, at := &p.Match, p.at+".match"
	c.present(at+".query.", m.Query, odata.Option)
	c.present(at+".headers.", m.Header, http.CanonicalHeaderKey)
	demands := p.demands()
	if m.Body != nil {
		if absent, _ := m.Body.presence(0); absent && (len(demands) > 0 || m.Schema != "") {
			c.errorf(at+".body", "leave one of them out", "the body has to be absent, and to be JSON")
			return
		}
		if body, ok := c.textDemand(at, m.Body, len(demands) > 0); ok {
			demands = append([]demand{body}, demands...)
		}
	}
	for i, y := range demands {
		for _, x := range demands[:i] {
			if x.excludes(y) || y.excludes(x) {
				c.errorf(at+"."+y.from, "leave one of them out", "no body meets both %s and %s", x.from, y.from)
				break
			}
		}
	}
}

// textDemand is what a condition on the text of a body asks of its JSON, where others do. That such a text is no JSON is an error.
func (c *checker) textDemand(at string, t *Text, isJSON bool) (d demand, ok bool) {
	if t.Equal == "" || !isJSON {
		return d, false
	}
	v, err := jsonmatch.Decode([]byte(t.Equal))
	if err != nil {
		c.errorf(at+".body.equal", "leave one of them out", "the text of the body is no JSON, as other conditions ask for")
		return d, false
	}
	return demand{"", v, true, "body.equal"}, true
}

// present checks that what has two names is not asked to be there by the one and to be absent by the other.
func (c *checker) present(at string, texts map[string]Text, sameName func(string) string) {
	type presence struct {
		name            string
		absent, present bool
	}
	first := map[string]presence{}
	for _, name := range sortedKeys(texts) {
		now := presence{name: name}
		now.absent, now.present = texts[name].presence(0)
		before, twice := first[sameName(name)]
		switch {
		case !twice:
			first[sameName(name)] = now
		case before.absent && now.present || before.present && now.absent:
			c.errorf(at+name, "leave one of them out", "%s has to be there, and to be absent: %q is the same", name, before.name)
		}
	}
}
