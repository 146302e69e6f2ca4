package schema

import (
	"regexp"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

const noResource = "no resource, operation or enumeration that could be read on this page"

var (
	inherits     = regexp.MustCompile(`(?i)\b(?:inherits|derived|derives) from (?:the )?\[([^\]]+)\]\(([^)\s]+)\)`)
	speaksSelect = regexp.MustCompile(`(?i)\$select|\bby default\b|\bdefault set\b|\bdefault properties\b`)
)

// resourcePage reads every resource annotation of a page into l.resources.
func (l *loader) resourcePage(p *page) {
	fences := resourceFences(p.Page)
	if len(fences) == 0 {
		l.otherPage(p)
		return
	}
	for i, f := range fences {
		name := annotatedType(f.Annotation)
		if name == "" {
			l.problem(p.File, f.AnnotationLine, "resource annotation without @odata.type")
			continue
		}
		if !typeName.MatchString(name) {
			l.problem(p.File, f.AnnotationLine, "%q is not the name of a type", name)
			continue
		}
		if old := l.resources[name]; old != nil {
			l.problem(p.File, f.AnnotationLine, "%s is already defined by %s:%d, which counts", name, old.Page, old.Line)
			continue
		}
		r := &Resource{Name: name, Page: p.File, Line: f.AnnotationLine, selects: saysSelect(p.Page)}
		l.annotation(p, f, r, i == 0)
		l.representation(p, f, r)
		if i == 0 { // the page's tables describe its first type
			l.tables(p, r)
		} else {
			l.problem(p.File, f.AnnotationLine, "%s: the page's tables are taken for those of %s", name, p.types[0])
		}
		l.resources[name], l.fences[name] = r, f
	}
}

// otherPage says of a page without a resource annotation why it yields nothing. API pages speak for themselves.
func (l *loader) otherPage(p *page) {
	switch {
	case isAPIPage(p.Page):
	case p.Get("doc_type") == "enumPageType":
		l.problem(p.File, 1, "enumeration pages are not read yet")
	default:
		l.problem(p.File, 1, noResource)
	}
}

// annotation reads what the comment before the JSON representation says. Only the page's first type is the one that the
// page's sentences speak of.
func (l *loader) annotation(p *page, f docpage.Fence, r *Resource, isFirst bool) {
	a := f.Annotation
	r.Base = strings.TrimPrefix(str(a["baseType"]), "#")
	r.Key = str(a["keyProperty"])
	r.Open = truth(a["openType"]) || r.Name == entityType
	for _, key := range []string{"openType", "abstract", "isAbstract"} {
		switch v := a[key].(type) {
		case nil, bool:
		default:
			if s := strings.ToLower(str(v)); s != "true" && s != "false" {
				l.problem(p.File, f.AnnotationLine, "%s is %v, want true or false; false is assumed", key, v)
			}
		}
	}
	r.Abstract = truth(a["abstract"]) || truth(a["isAbstract"])
	r.optional = map[string]bool{}
	list, ok := a["optionalProperties"].([]any)
	if !ok && a["optionalProperties"] != nil {
		l.problem(p.File, f.AnnotationLine, "optionalProperties is no list; it is ignored")
	}
	for _, v := range list {
		r.optional[str(v)] = true
	}
	if !isFirst {
		return
	}
	for _, b := range p.Blocks {
		t, ok := b.(docpage.Text)
		if !ok {
			continue
		}
		m := inherits.FindStringSubmatch(t.Text)
		if m == nil {
			continue
		}
		switch base, _ := l.typeBehind(p, m[1], m[2]); {
		case r.Base == "":
			r.Base = base
		case !strings.EqualFold(shortName(r.Base), shortName(base)):
			l.problem(p.File, b.Pos(), "the page inherits from %s, its annotation from %s, which counts", base, r.Base)
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
func (l *loader) representation(p *page, f docpage.Fence, r *Resource) {
	v, err := docpage.ParseJSON(f.Text)
	m, ok := v.(map[string]any)
	switch {
	case err != nil:
		l.problem(p.File, f.Body, "JSON representation: %v", err)
	case !ok:
		l.problem(p.File, f.Body, "JSON representation is not an object")
	}
	r.shown = m
}

// tables reads the rows of the Properties and Relationships sections.
func (l *loader) tables(p *page, r *Resource) {
	for section, b := range sections(p.Page) {
		t, ok := b.(docpage.Table)
		switch {
		case ok && section == "properties":
			l.rows(p, r, t, false)
		case ok && section == "relationships":
			l.rows(p, r, t, true)
		}
	}
}

func (l *loader) rows(p *page, r *Resource, t docpage.Table, relationship bool) {
	name, typ, desc := columns(t.Header)
	if name < 0 || typ < 0 {
		if len(t.Rows) > 0 {
			l.problem(p.File, t.Line, "table has no property and type columns: %s", strings.Join(t.Header, " | "))
		}
		return
	}
	for _, row := range t.Rows {
		if row.Short && row.Cells[typ] == "" {
			continue // a category row; the page reader has listed it
		}
		q := Property{Name: memberName(row.Cells[name]), Relationship: relationship, Page: p.File, Line: row.Line}
		if q.Name == "" {
			l.problem(p.File, row.Line, "row without a property name: %q", row.Cells[name])
			continue
		}
		if len(r.Properties) == maxProperties {
			l.problem(p.File, row.Line, "more than %d properties; the rest is ignored", maxProperties)
			return
		}
		if r.property(q.Name) != nil {
			l.problem(p.File, row.Line, "%s is listed twice; the first row counts", q.Name)
			continue
		}
		if desc >= 0 {
			q.Description = row.Cells[desc]
		}
		l.typeCell(p, &q, row.Cells[typ])
		l.describe(p, r, &q)
		r.Properties = append(r.Properties, q)
	}
}

// maxProperties is how many rows of a type are read. The longest real page has a tenth of it.
const maxProperties = 2000

// memberName is the name in a cell: without Markdown's marks and escapes, and of a link its label; "" where the cell holds
// more than a name.
func memberName(cell string) string {
	if m := linkPattern.FindStringSubmatch(cell); m != nil {
		cell = strings.Replace(cell, m[0], m[1], 1)
	}
	cell, _, _ = strings.Cut(cell, "<br")
	cell, _, _ = strings.Cut(strings.ReplaceAll(cell, `\`, ""), " (")
	if cell = strings.Trim(cell, "*`_ "); strings.ContainsAny(cell, " \t\n") {
		return ""
	}
	return cell
}

// columns finds the property, type and description columns by their headings; -1 where there is none.
func columns(header []string) (name, typ, desc int) {
	name, typ, desc = -1, -1, -1
	for i, h := range header {
		switch strings.ToLower(strings.Trim(h, "*` ")) {
		case "property", "property name", "name", "relationship", "relationship name":
			name = i
		case "type":
			typ = i
		case "description":
			desc = i
		}
	}
	return name, typ, desc
}

// shownOnly adds the members that the JSON representation shows and no table lists, of the type or its bases, typed by
// their placeholder, so that a payload made like it is not called undeclared.
func (l *loader) shownOnly(r *Resource) {
	line := l.fences[r.Name].Body
	for _, name := range sortedKeys(r.shown) {
		if strings.Contains(name, "@") || r.property(name) != nil {
			continue
		}
		q := Property{Name: name, Page: r.Page, Line: line, noRow: true}
		q.Type, q.Collection = placeholderType(r.shown[name])
		l.problem(r.Page, line, "%s is in the JSON representation but in no table; taken as %s", name, q.Type)
		r.Properties = append(r.Properties, q)
	}
}

func saysSelect(doc *docpage.Page) bool {
	for _, b := range doc.Blocks {
		switch b := b.(type) {
		case docpage.Text:
			if speaksSelect.MatchString(b.Text) {
				return true
			}
		case docpage.Table:
			for _, row := range b.Rows {
				for _, cell := range row.Cells {
					if speaksSelect.MatchString(cell) {
						return true
					}
				}
			}
		}
	}
	return false
}

// resolve settles what needs every page: bases and their properties, keys, the kinds of named types.
func (l *loader) resolve() {
	for _, name := range sortedKeys(l.resources) {
		r := l.resources[name]
		for i := range r.Properties {
			l.settle(r, &r.Properties[i])
		}
	}
	for _, name := range sortedKeys(l.resources) {
		r := l.resources[name]
		l.flatten(r, map[string]bool{})
		if r.Key == "" {
			continue
		}
		if q := r.property(r.Key); q == nil || q.noRow {
			l.problem(r.Page, r.Line, "key %q is declared by no row; it is not required", r.Key)
			if q == nil { // the annotation names it, so that it is no undeclared member
				r.Properties = append(r.Properties, Property{Name: r.Key, Type: "Edm.Untyped", Page: r.Page, Line: r.Line, noRow: true})
			}
		} else {
			q.NotNullable = true
		}
	}
}

// flatten adds the properties of r's bases, and then what only its JSON representation shows. seen guards against bases
// that lead back to themselves.
func (l *loader) flatten(r *Resource, seen map[string]bool) {
	if r.flat {
		return
	}
	seen[r.Name] = true
	base := l.resources[r.Base]
	switch {
	case r.Base == "":
	case seen[r.Base]:
		l.problem(r.Page, r.Line, "%s inherits from itself", r.Name)
		r.Base = ""
	case base == nil:
		l.problem(r.Page, r.Line, "page of base type %s is not loaded", r.Base)
		r.Open = r.Open || r.Base != entityType // what it declares is unknown
	default:
		l.flatten(base, seen)
		r.inherit(base)
	}
	l.shownOnly(r)
	r.flat = true
}

// inherit adds what the base has and r does not say itself.
func (r *Resource) inherit(base *Resource) {
	if r.Key == "" {
		r.Key = base.Key
	}
	r.Open = r.Open || base.Open && base.Name != entityType
	for _, q := range base.Properties {
		if own := r.property(q.Name); own != nil {
			own.Inherited = true
			continue
		}
		q.Inherited = true
		r.Properties = append(r.Properties, q)
	}
}

// settle decides what a named type that no page defines is: a closed list or a "String" in the JSON representation
// makes it an enumeration, anything else an open object.
func (l *loader) settle(r *Resource, q *Property) {
	if strings.HasPrefix(q.Type, "Edm.") || q.Enum != nil || l.resources[q.Type] != nil {
		return
	}
	_, shown := first(r.shown[q.Name]).(string)
	if q.stringly = q.stringly || shown; q.stringly {
		l.problem(q.Page, q.Line, "%s: the members of %s are not listed", q.Name, q.Type)
		return
	}
	l.problem(q.Page, q.Line, "%s: page of type %s is not loaded", q.Name, q.Type)
}

// first is the first item of a list, and any other value itself.
func first(v any) any {
	if a, ok := v.([]any); ok {
		if len(a) == 0 {
			return nil
		}
		return a[0]
	}
	return v
}
