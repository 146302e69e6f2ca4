package schema

import (
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

// valueTables reads the tables of a page that list members: those of an enumeration page, each by the heading above it,
// and those beside the properties of a resource, which name an enumeration ("calendarRoleType values") or a property.
func (p *page) valueTables() {
	isEnums := isEnumPage(p)
	heading, before := "", ""
	for _, b := range p.Blocks {
		switch b := b.(type) {
		case docpage.Heading:
			before = ""
			if name := listedName(b.Text); name != "" {
				heading = name
			} else if !isEnums || !strings.EqualFold(strings.TrimSpace(b.Text), "members") {
				heading = ""
			}
		case docpage.Text:
			before = b.Text
		case docpage.Table:
			column := memberColumn(b)
			if column < 0 || !isEnums && len(p.types) == 0 {
				continue
			}
			def := &enumDef{sources: []Source{{Page: p.File, Line: b.Line, Confidence: Tabled}}, beta: p.beta}
			for _, row := range b.Rows {
				def.add(p, row, column)
			}
			switch name := heading; {
			case len(def.members) == 0:
			case name == "" && isEnums:
				p.defineEnum(strings.TrimSuffix(path.Base(p.File), path.Ext(p.File)), def)
			case isEnums:
				p.defineEnum(name, def)
			case p.hasRow(name):
				def.name = name
				p.lists = append(p.lists, def)
			case name != "":
				p.defineEnum(name, def)
			default: // "The following values are defined for the **sortBy** property."
				if name := p.mentionedRow(before); name != "" {
					def.name = name
					p.lists = append(p.lists, def)
				} else {
					p.problem(b.Line, "table of values that names neither an enumeration nor a property; it is not used")
				}
			}
		}
	}
	if isEnums && len(p.enums) == 0 {
		p.problem(1, "enumeration page without a table of members")
	}
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

// memberColumn is the column that holds the members, -1 where the table lists something else.
func memberColumn(t docpage.Table) int {
	column := -1
	for i, h := range t.Header {
		switch lowerHeader(h) {
		case "member", "members", "member name":
			return i
		case "value", "values", "possible values", "enum value", "enum values":
			if column < 0 {
				column = i
			}
		case "type", "property", "property name", "relationship":
			return -1
		}
	}
	return column
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

// hasRow says whether a table of properties on the page has a row of that name.
func (p *page) hasRow(name string) bool {
	if name == "" {
		return false
	}
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
			if memberName(row.Cells[c.name]) == name {
				return true
			}
		}
	}
	return false
}

var marked = regexp.MustCompile("\\*\\*(\\w+)\\*\\*|`(\\w+)`|_(\\w+)_")

// mentionedRow is the one property that a text before a table of values names, "" where it names none or several.
func (p *page) mentionedRow(s string) string {
	found := ""
	for _, m := range marked.FindAllStringSubmatch(s, -1) {
		name := m[1] + m[2] + m[3]
		if !p.hasRow(name) || name == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}
