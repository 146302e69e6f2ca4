package schema

import (
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

const noResource = "no resource, operation or enumeration that could be read on this page"

var inherits = regexp.MustCompile(`(?i)\b(?:(?:inherits|derived|derives)(?: all)?(?: the)?(?: properties)? (?:from|of)) (?:the )?\[`)

// draft is a type as one page describes it, before everything else is known.
type draft struct {
	*Resource
	page     *page
	fence    docpage.Fence   // the JSON representation, its zero value without one
	shown    map[string]any  // what that shows
	anyCase  map[string]any  // the same by lower case, made when it is first asked for
	optional map[string]bool // what it shows and need not be there, in lower case
	selects  bool            // the page speaks of $select or of a default set, so that absence means little
	flat     bool            // the properties of its bases have been added
}

// shows is what the JSON representation has for a row: under the row's name, or one that differs in case alone.
func (d *draft) shows(name string) (v any, ok bool) {
	if v, ok = d.shown[name]; ok || len(d.shown) == 0 {
		return v, ok
	}
	if d.anyCase == nil {
		d.anyCase = make(map[string]any, len(d.shown))
		for _, shown := range sortedKeys(d.shown) {
			d.anyCase[strings.ToLower(shown)] = d.shown[shown]
		}
	}
	v, ok = d.anyCase[strings.ToLower(name)]
	return v, ok
}

// resourcePage drafts every type that a page describes: one for each resource annotation, or the one that its heading
// names where it has none.
func (l *loader) resourcePage(p *page) {
	if len(p.types) == 0 {
		l.otherPage(p)
		return
	}
	var drafts []*draft
	fences := resourceFences(p.Page)
	for i, f := range fences {
		if i == maxTypes {
			l.problem(p.File, f.AnnotationLine, "more than %d types on a page; the rest is ignored", maxTypes)
			break
		}
		name := annotatedType(f.Annotation)
		if name == "" {
			l.problem(p.File, f.AnnotationLine, "resource annotation without @odata.type")
			continue
		}
		if !isTypeName(name) {
			l.problem(p.File, f.AnnotationLine, "%q is not the name of a type", name)
			continue
		}
		d := &draft{Resource: &Resource{Name: name, Page: p.File, Line: f.AnnotationLine}, page: p, fence: f}
		l.annotation(p, f, d)
		l.representation(p, f, d)
		drafts = append(drafts, d)
	}
	if len(fences) == 0 {
		drafts = append(drafts, l.headedDraft(p))
	}
	if len(drafts) == 0 {
		return
	}
	l.statedBase(p, drafts[0])
	l.tables(p, drafts)
	selects := saysSelect(p.Page)
	for _, d := range drafts {
		d.Pages = addMembers([]string{p.File}, p.includes...)
		d.selects = selects
		p.drafts = append(p.drafts, d)
	}
}

// maxTypes is how many types a page may define. The page with the most real ones has three.
const maxTypes = 100

// headedDraft is the type of a page without a resource annotation.
func (l *loader) headedDraft(p *page) *draft {
	d := &draft{Resource: &Resource{Name: p.types[0], Page: p.File, Line: 1}, page: p}
	for at := range l.sections(p) {
		if f, ok := at.block.(docpage.Fence); ok && d.shown == nil && at.section == "json representation" && at.page == p {
			d.fence = f
			l.representation(p, f, d)
		}
	}
	for _, b := range p.Blocks {
		if h, ok := b.(docpage.Heading); ok && h.Level == 1 {
			d.Line = h.Line
			break
		}
	}
	l.problem(p.File, d.Line, "no resource annotation; the type is named %s by the heading", d.Name)
	return d
}

// otherPage says of a page without types why it yields nothing. API pages speak for themselves.
func (l *loader) otherPage(p *page) {
	if len(p.enums) > 0 || isEnumPage(p) || isAPIPage(p.Page) || isInclude(p) {
		return
	}
	for _, f := range resourceFences(p.Page) {
		l.problem(p.File, f.AnnotationLine, "resource annotation without @odata.type")
		return
	}
	l.problem(p.File, 1, noResource)
}

// annotation reads what the comment before the JSON representation says.
func (l *loader) annotation(p *page, f docpage.Fence, d *draft) {
	a := f.Annotation
	if base := strings.TrimPrefix(str(a["baseType"]), "#"); base != "" && base != "null" {
		d.Base = l.qualify(p, base)
	}
	d.Key = str(a["keyProperty"])
	d.Open = truth(a["openType"]) || d.Name == entityType
	for _, key := range []string{"openType", "abstract", "isAbstract"} {
		switch v := a[key].(type) {
		case nil, bool:
		default:
			if s := strings.ToLower(str(v)); s != "true" && s != "false" {
				l.problem(p.File, f.AnnotationLine, "%s is %v, want true or false; false is assumed", key, v)
			}
		}
	}
	d.Abstract = truth(a["abstract"]) || truth(a["isAbstract"])
	d.optional = map[string]bool{}
	list, ok := a["optionalProperties"].([]any)
	if !ok && a["optionalProperties"] != nil {
		l.problem(p.File, f.AnnotationLine, "optionalProperties is no list; it is ignored")
	}
	for _, v := range list {
		d.optional[strings.ToLower(str(v))] = true
	}
}

// statedBase reads "Inherits from [entity](entity.md)", which speaks of the page's first type.
func (l *loader) statedBase(p *page, d *draft) {
	for _, b := range p.Blocks {
		t, ok := b.(docpage.Text)
		if !ok {
			continue
		}
		if !holds(t.Text, "inherits", "derive") {
			continue
		}
		at := inherits.FindStringIndex(t.Text)
		if at == nil {
			continue
		}
		link, _ := nextLink(t.Text, at[1]-1)
		label, target := p.follow(link)
		if target == "" || !isTypeName(label) {
			continue
		}
		switch base := l.typeBehind(p, label, target); {
		case base == d.Name:
		case d.Base == "":
			d.Base = base
		case strings.EqualFold(shortName(d.Base), shortName(base)):
			if !l.types[d.Base] && l.types[base] {
				d.Base = base // the link leads further than the name
			}
		default:
			l.problem(p.File, b.Pos(), "the page inherits from %s, its annotation from %s, which counts", base, d.Base)
		}
	}
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func truth(v any) bool {
	b, _ := v.(bool)
	return b || strings.EqualFold(str(v), "true")
}

// representation reads the members the JSON representation shows.
func (l *loader) representation(p *page, f docpage.Fence, d *draft) {
	v, err := docpage.ParseJSON(f.Text)
	m, ok := v.(map[string]any)
	switch {
	case err != nil:
		l.problem(p.File, f.Body, "JSON representation: %v", err)
	case !ok:
		l.problem(p.File, f.Body, "JSON representation is not an object")
	}
	d.shown = m
}

// tables reads the rows of the Properties and Relationships sections. Where a page describes several types, a table is
// that of the one whose JSON representation shows most of its names.
func (l *loader) tables(p *page, drafts []*draft) {
	for at := range l.sections(p) {
		if text, ok := at.block.(docpage.Text); ok && isTableSection(at.section) {
			l.strayRows(at.page, text)
		}
		t, ok := at.block.(docpage.Table)
		if !ok {
			continue
		}
		c := columns(t.Header)
		switch {
		case !isTableSection(at.section):
			if !c.isRows() || isAPIPage(p.Page) {
				continue
			}
			if d, shows := describes(t, c, at.typ, drafts); shows && len(drafts) > 1 { // under a heading of its own
				l.rows(at.page, d, t, c, c.heading == "relationship")
			} else {
				l.problem(at.page.File, t.Line, "a table of properties outside of the Properties section; it is not read")
			}
		case !c.isRows():
			if _, listed := slices.BinarySearch(at.page.valueLines, t.Line); !listed && len(t.Rows) > 0 && memberColumn(t) < 0 {
				l.problem(at.page.File, t.Line, "table has no property and type columns: %s", strings.Join(t.Header, " | "))
			}
		default:
			d, shows := describes(t, c, at.typ, drafts)
			if at.sub != "" && !shows {
				l.problem(at.page.File, t.Line, "the table under %q describes no member of the JSON representation; it is not read", at.sub)
				continue
			}
			l.rows(at.page, d, t, c, at.section == "relationships")
		}
	}
}

// strayRows says of lines that look like rows of a table that a blank line has ended.
func (l *loader) strayRows(p *page, t docpage.Text) {
	for i, line := range strings.Split(t.Text, "\n") {
		if strings.Count(line, "|") > 2 {
			l.problem(p.File, t.Line+i, "a row that stands in no table; it is not read")
		}
	}
}

// describes is the draft that a table describes, and whether something says so: the heading that names its type, or a JSON
// representation that shows some of the rows. Of several that show as many it is one that has no rows yet.
func describes(t docpage.Table, c tableColumns, named string, drafts []*draft) (best *draft, sure bool) {
	best = drafts[0]
	most := 0
	for _, d := range drafts {
		if d.Name == named {
			return d, true
		}
		n := 0
		for _, row := range t.Rows {
			if _, ok := d.shows(memberName(row.Cells[c.name])); ok {
				n++
			}
		}
		if n > most || n == most && n > 0 && len(best.Properties) > 0 && len(d.Properties) == 0 {
			best, most = d, n
		}
	}
	return best, most > 0
}

func (l *loader) rows(p *page, d *draft, t docpage.Table, c tableColumns, relationship bool) {
	for _, row := range t.Rows {
		if row.Short && row.Cells[c.typ] == "" {
			l.problem(p.File, row.Line, "%q is a caption of the rows below, no property", row.Cells[0])
			continue
		}
		q := Property{Name: memberName(row.Cells[c.name]), Relationship: relationship, Page: p.File, Line: row.Line}
		switch {
		case q.Name == "":
			l.problem(p.File, row.Line, "row without a property name: %q", row.Cells[c.name])
			continue
		case strings.Contains(q.Name, "@"):
			l.problem(p.File, row.Line, "%s is control information, which OData types; the row is not read", q.Name)
			continue
		case len(d.Properties) == maxProperties:
			l.problem(p.File, row.Line, "more than %d properties; the rest is ignored", maxProperties)
			return
		case d.property(q.Name) != nil:
			l.problem(p.File, row.Line, "%s is listed twice; the first row counts", q.Name)
			continue
		}
		if c.description >= 0 {
			q.Description = row.Cells[c.description]
		}
		l.typeCell(p, &q, row.Cells[c.typ])
		q.Inherited = holds(q.Description, "inherited from")
		l.describe(p, d, &q)
		if c.nullable >= 0 {
			l.nullableCell(p, &q, row.Cells[c.nullable])
		}
		d.Properties = append(d.Properties, q)
	}
}

// nullableCell reads the Nullable column of the few tables that have one.
func (l *loader) nullableCell(p *page, q *Property, cell string) {
	switch strings.ToLower(strings.Trim(cell, "*`. ")) {
	case "no", "false":
		q.NotNullable = true
	case "", "yes", "true":
	default:
		l.problem(p.File, q.Line, "%s: nullable is %q, want yes or no; null is accepted", q.Name, cell)
	}
}

// maxProperties is how many rows of a type are read. The longest real page has a tenth of it.
const maxProperties = 2000

// memberName is the name in a cell: without Markdown's marks and escapes, and of a link its label; "" where the cell holds
// more than a name.
func memberName(cell string) string {
	cell = withoutLinks(cell)
	cell, _, _ = strings.Cut(cell, "<br")
	cell, _, _ = strings.Cut(strings.ReplaceAll(cell, `\`, ""), " (")
	cell = strings.Trim(cell, "*` ")
	if len(cell) > 2 && cell[0] == '_' && cell[len(cell)-1] == '_' { // _italics_, which is no name such as _id
		cell = strings.Trim(cell[1:len(cell)-1], "*` ")
	}
	if strings.ContainsAny(cell, " \t\n") {
		return ""
	}
	return cell
}

// tableColumns are the indexes of a table's columns by their headings; -1 where there is none.
type tableColumns struct {
	name, typ, description, nullable int
	heading                          string // of the name column, in lower case
}

// isRows says whether the table has a property a row.
func (c tableColumns) isRows() bool { return c.name >= 0 && c.typ >= 0 }

// lowerHeader is a table's heading in lower case, without marks.
func lowerHeader(h string) string {
	switch h = strings.Trim(h, "*` "); h {
	case "Property":
		return "property"
	case "Type":
		return "type"
	case "Description":
		return "description"
	}
	return strings.ToLower(h)
}

func columns(header []string) tableColumns {
	c := tableColumns{name: -1, typ: -1, description: -1, nullable: -1}
	for i, h := range header {
		switch h = lowerHeader(h); h {
		case "property", "property name", "name", "field", "attribute", "relationship", "relationship name", "navigation property":
			c.name, c.heading = i, h
		case "type", "data type":
			c.typ = i
		case "description":
			c.description = i
		case "nullable":
			c.nullable = i
		}
	}
	return c
}

// saysSelect says whether a page speaks of $select or of a default set of properties.
func saysSelect(doc *docpage.Page) bool {
	for _, b := range doc.Blocks {
		switch b := b.(type) {
		case docpage.Text:
			if speaks(b.Text) {
				return true
			}
		case docpage.Table:
			for _, row := range b.Rows {
				for _, cell := range row.Cells {
					if speaks(cell) {
						return true
					}
				}
			}
		}
	}
	return false
}

func speaks(s string) bool {
	return holds(s, "$select", "by default", "default set", "default properties")
}
