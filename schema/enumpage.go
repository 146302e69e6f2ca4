package schema

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// enumDef is a list of members that a table gives: of an enumeration, or of one property's values.
type enumDef struct {
	name    string // full; of a property's values the property's
	members []string
	sources []Source
	beta    bool
	half    bool // some row could not be read, so that the others are no closed list
}

// listHeading is a heading that names what the members below it belong to: "priority values", "sortBy options".
var listHeading = regexp.MustCompile("(?i)^(?:the )?[*_`]*([a-z_]\\w*)[*_`]* (?:(?:property |possible )?(?:values|options)|enum type|enum|enumeration|type values|members|property)$")

// listPlace is what stands before a table of values.
type listPlace struct {
	heading string // the one above, "" between blocks of an enumeration page
	listed  string // what that heading says the values belong to, "" where it does not
	text    string // the text between the two
}

// valueTables reads the tables of a page that list members: those of an enumeration page, each by the heading above it,
// and those beside the properties of a resource, which name an enumeration ("calendarRoleType values") or a property.
func (p *page) valueTables() {
	isEnums := isEnumPage(p)
	if !isEnums && len(p.types) == 0 {
		return
	}
	var at listPlace
	for _, b := range p.Blocks {
		switch b := b.(type) {
		case docpage.Heading:
			at.text = ""
			if !isEnums || !strings.EqualFold(strings.TrimSpace(b.Text), "members") {
				at = listPlace{heading: b.Text, listed: listedName(b.Text)}
			}
		case docpage.Text:
			at.text = b.Text
		case docpage.Table:
			if isEnums {
				p.enumTable(b, at)
			} else {
				p.propertyValues(b, at)
			}
		}
	}
	if isEnums && len(p.enums) == 0 {
		p.problem(1, "enumeration page without a table of members")
	}
}

// enumTable reads a table of an enumeration page. Without a name above it, it is the one that the file is called like.
func (p *page) enumTable(t docpage.Table, at listPlace) {
	if column := memberColumn(t); column >= 0 {
		name := cmp.Or(at.listed, strings.TrimSuffix(path.Base(p.File), path.Ext(p.File)))
		if def := p.members(t, column); len(def.members) > 0 {
			p.defineEnum(name, def)
		}
	}
}

// propertyValues reads a table of values on a resource page. Where the heading says that they are those of a property, the
// first column holds them, whatever it is called.
func (p *page) propertyValues(t docpage.Table, at listPlace) {
	column := memberColumn(t)
	if column < 0 && (at.listed == "" || !mayListValues(t)) {
		return
	}
	row := p.rowListed(at)
	if column < 0 && row == "" {
		return
	}
	p.valueLines = append(p.valueLines, t.Line)
	switch def := p.members(t, max(column, 0)); {
	case len(def.members) == 0:
	case row != "":
		def.name = row
		p.lists = append(p.lists, def)
	case at.listed != "":
		p.defineEnum(at.listed, def)
	default:
		p.problem(t.Line, "table of values that names neither an enumeration nor a property; it is not used")
	}
}

// rowListed is the property whose values a table lists: the one that the heading above names, or the text between the two:
// "The following values are defined for the **sortBy** property." A heading begins with a capital, so case does not tell;
// but a name that differs from a row's in case and is some row's type is that type's.
func (p *page) rowListed(at listPlace) string {
	row := p.rowNamed(at.listed)
	switch {
	case row != "" && row != at.listed && p.rowIndex().types[at.listed]:
		return ""
	case row != "":
		return row
	case at.listed != "":
		return p.rowNamed(ofProperty(at.text))
	}
	return cmp.Or(p.rowNamed(strings.Trim(at.heading, "*_` ")), p.mentionedRow(at.text))
}

// ofProperty is the name in a text that says whose values follow, "" where it does not say so.
func ofProperty(text string) string {
	if !holds(text, "for the") {
		return ""
	}
	m := forProperty.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

var forProperty = regexp.MustCompile("(?i)\\bvalues (?:\\w+ ){0,3}for the [*_`]+(\\w+)[*_`]+ property\\b")

// members is the list that a column of a table holds.
func (p *page) members(t docpage.Table, column int) *enumDef {
	def := &enumDef{sources: []Source{{Page: p.File, Line: t.Line, Confidence: Tabled}}, beta: p.beta}
	for _, row := range t.Rows {
		def.add(p, row, column)
	}
	return def
}

// listedName is the name in a heading of a list, "" in another heading.
func listedName(heading string) string {
	if !holds(heading, "value", "option", "enum", "member", "property") {
		return ""
	}
	m := listHeading.FindStringSubmatch(strings.TrimSpace(heading))
	if m == nil {
		return ""
	}
	return m[1]
}

// isEnumPage says whether a page lists enumerations and nothing else.
func isEnumPage(p *page) bool {
	return p != nil && len(p.types) == 0 && (p.Get("doc_type") == "enumPageType" || strings.EqualFold(path.Base(p.File), "enums.md"))
}

// memberColumn is the column that holds the members, -1 where no heading says so or the table lists something else.
func memberColumn(t docpage.Table) int {
	column := -1
	if !mayListValues(t) {
		return column
	}
	for i, h := range t.Header {
		switch lowerHeader(h) {
		case "member", "members", "member name":
			return i
		case "value", "values", "possible values", "enum value", "enum values":
			if column < 0 {
				column = i
			}
		}
	}
	return column
}

// mayListValues says of a table that nothing speaks against its listing values: it has no column that only properties have.
func mayListValues(t docpage.Table) bool {
	return len(t.Header) > 0 && !slices.ContainsFunc(t.Header, func(h string) bool {
		switch lowerHeader(h) {
		case "type", "property", "property name", "relationship":
			return true
		}
		return false
	})
}

func (d *enumDef) add(p *page, row docpage.Row, column int) {
	v := memberName(row.Cells[column])
	switch {
	case row.Cells[column] == "":
		p.problem(row.Line, "row without a member's name: %q", row.Cells[column])
	case v == "" || !isMember(v):
		p.problem(row.Line, "%q cannot be read as a member, so the table is no closed list; it does not count", row.Cells[column])
		d.half = true
	case len(d.members) < maxMembers:
		d.members = addMembers(d.members, v)
	case !d.half:
		p.problem(row.Line, "more than %d members, so the table is no closed list; it does not count", maxMembers)
		d.half = true
	}
}

// defineEnum gives a list its type's name.
func (p *page) defineEnum(name string, def *enumDef) {
	def.name = name
	if !strings.Contains(name, ".") {
		def.name = p.ownNamespace() + "." + name
	}
	p.enums = append(p.enums, def)
}

// mergeEnums makes one list of the tables of each enumeration: their union. Of those in both versions of the
// documentation, v1.0's count.
func (l *loader) mergeEnums() {
	for _, beta := range []bool{false, true} {
		for _, def := range l.enumTables {
			if def.beta != beta {
				continue
			}
			here := def.sources[0]
			switch old := l.enums[def.name]; {
			case old == nil:
				merged := *def
				merged.sources = slices.Clone(def.sources)
				l.enums[def.name] = &merged
				l.anyCase[strings.ToLower(def.name)] = def.name
			case old.beta != beta:
				if !sameSet(old.members, def.members) {
					l.problem(here.Page, here.Line, "%s lists %s; v1.0 counts alone", def.name, difference(def.members, old.members, old.sources[0]))
				}
			default:
				if !sameSet(old.members, def.members) {
					l.problem(here.Page, here.Line, "%s lists %s; their union counts", def.name, difference(def.members, old.members, old.sources[0]))
				}
				old.half = old.half || def.half
				old.members, old.sources = addMembers(slices.Clone(old.members), def.members...), append(old.sources, here)
			}
		}
	}
}

// difference says how the list here differs from another one.
func difference(here, there []string, where Source) string {
	only := func(a, b []string) string {
		var names []string
		for _, v := range a {
			if !slices.Contains(b, v) {
				names = append(names, v)
			}
		}
		if len(names) > 5 {
			names = append(names[:5], "…")
		}
		return strings.Join(names, ", ")
	}
	a, b := only(here, there), only(there, here)
	place := fmt.Sprintf("%s:%d", where.Page, where.Line)
	switch {
	case b == "":
		return fmt.Sprintf("%s, which %s does not", a, place)
	case a == "":
		return fmt.Sprintf("not %s, which %s does", b, place)
	}
	return fmt.Sprintf("%s, and %s lists %s instead", a, place, b)
}

// rowIndex is what the tables of properties on a page name.
type rowIndex struct {
	names map[string][]string // the properties, by lower case
	types map[string]bool     // the words in their type cells
}

// rowIndex is made when a table of values first asks for it.
func (p *page) rowIndex() *rowIndex {
	if p.rows != nil {
		return p.rows
	}
	p.rows = &rowIndex{names: map[string][]string{}, types: map[string]bool{}}
	for _, b := range p.Blocks {
		t, ok := b.(docpage.Table)
		if !ok {
			continue
		}
		c := columns(t.Header)
		if !c.isRows() {
			continue
		}
		for _, row := range t.Rows {
			name := memberName(row.Cells[c.name])
			lower := strings.ToLower(name)
			p.rows.names[lower] = addMembers(p.rows.names[lower], name)
			for _, typ := range word.FindAllString(row.Cells[c.typ], -1) {
				p.rows.types[typ] = true
			}
		}
	}
	return p.rows
}

var word = regexp.MustCompile(`\w+`)

// rowNamed is the name of the property that a table of properties on the page has under a name, in any case.
func (p *page) rowNamed(name string) string {
	if name == "" {
		return ""
	}
	names := p.rowIndex().names[strings.ToLower(name)]
	switch {
	case slices.Contains(names, name):
		return name
	case len(names) > 0:
		return names[0]
	}
	return ""
}

var marked = regexp.MustCompile("\\*\\*(\\w+)\\*\\*|`(\\w+)`|_(\\w+)_")

// mentionedRow is the one property that a text before a table of values names, "" where it names none or several.
func (p *page) mentionedRow(s string) string {
	found := ""
	for _, m := range marked.FindAllStringSubmatch(s, -1) {
		name := m[1] + m[2] + m[3]
		if name == found || p.rowNamed(name) != name {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}
