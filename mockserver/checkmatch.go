package mockserver

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
)

// conditions is how many conditions there are: of routes that are alike otherwise the one with more is the more specific.
// Each query option, header field and JSON pointer counts.
func (m *Match) conditions() int {
	n := len(m.Query) + len(m.Header) + len(m.At)
	for _, set := range []bool{m.JSON != nil, m.JSONEqual != nil, m.Schema != "", m.Body != nil, m.Func != nil} {
		if set {
			n++
		}
	}
	return n
}

func (c *checker) match(p *routePaths) {
	m, at := &p.Match, p.at+".match"
	for _, name := range sortedKeys(m.Query) {
		c.text(at+".query."+name, m.Query[name], readingOf(odata.Option(name)), 0)
	}
	for _, name := range sortedKeys(m.Header) {
		c.text(at+".headers."+name, m.Header[name], literally, 0)
	}
	c.document(at+".json", m.JSON)
	c.noBase64(at+".json", m.JSON)
	c.document(at+".jsonEqual", m.JSONEqual)
	c.noBase64(at+".jsonEqual", m.JSONEqual)
	c.pointers(at+".at", m.At)
	for _, pointer := range sortedKeys(m.At) {
		c.document(at+".at."+pointer, m.At[pointer])
	}
	if m.Body != nil {
		c.text(at+".body", *m.Body, literally, 0)
	}
	c.contradictions(p)
}

// document checks that a body can be compared with a value.
func (c *checker) document(path string, v any) {
	if v == nil || !c.marshal(path, v) {
		return
	}
	if _, err := asDocument(v); err != nil {
		c.errorf(path, "no body is taken that readers may understand in two ways", "%s", strings.TrimPrefix(err.Error(), "jsonmatch: "))
	}
}

// text checks a condition on text.
func (c *checker) text(path string, t Text, r reading, depth int) {
	if depth > maxNested {
		c.errorf(path, "", "the condition is nested more than %d deep", maxNested)
		return
	}
	if t.Regexp != "" {
		if _, err := regexp.Compile(t.Regexp); err != nil {
			c.errorf(path+".regexp", "RE2, see package regexp/syntax", "%w", err)
		}
	}
	if t.Absent && (t.Equal != "" || t.Contains != "" || t.Regexp != "") {
		c.errorf(path+".absent", "leave one of them out", "what is absent has no text")
	} else if why := t.contradiction(r); why != "" {
		c.errorf(path, "leave one of them out", "the condition contradicts itself: %s", why)
	}
	if t.Not != nil {
		c.text(path+".not", *t.Not, r, depth+1)
	}
	for j, other := range t.AnyOf {
		c.text(fmt.Sprintf("%s.anyOf[%d]", path, j), other, r, depth+1)
	}
}
