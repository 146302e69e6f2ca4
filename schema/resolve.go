package schema

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// resolve settles what needs every page: which of several pages about a type counts, bases and their properties, keys,
// the kinds of named types.
func (l *loader) resolve() {
	names := sortedKeys(l.drafts)
	for _, name := range names {
		d := l.merge(l.drafts[name])
		l.merged[name], l.resources[name] = d, d.Resource
	}
	for _, name := range names {
		d := l.merged[name]
		for i := range d.Properties {
			l.settle(d, &d.Properties[i])
		}
	}
	l.doubts()
	for _, name := range names {
		d := l.merged[name]
		l.flatten(d, map[string]bool{})
		slices.Sort(d.Pages)
		for i := range d.Properties {
			q := &d.Properties[i]
			_, shown := d.shows(q.Name)
			q.expected, q.linked = shown && !d.optional[strings.ToLower(q.Name)] && !d.selects, false
		}
	}
}

// doubts makes warnings of what is found about members that the documentation contradicts itself about: a row that is no
// collection, and an example that shows a list.
func (l *loader) doubts() {
	for _, p := range l.pages {
		for _, e := range p.exampleLists {
			d := l.merged[e.typ]
			if d == nil {
				continue
			}
			q := d.property(e.member)
			if q == nil || q.Collection || q.Assumed || q.Type == "Edm.Untyped" {
				continue
			}
			q.Assumed = true
			d.Pages = addMembers(d.Pages, p.File) // without it the type would be another
			l.problem(q.Page, q.Line, "%s is no collection here, and a list in the example %s:%d; what is found about it is a warning", q.Name, p.File, e.line)
		}
	}
	for _, name := range sortedKeys(l.merged) {
		d := l.merged[name]
		for i := range d.Properties {
			q := &d.Properties[i]
			if !q.Collection && !q.Assumed && strings.Contains(q.Description, "`[\"") {
				q.Assumed = true
				l.problem(q.Page, q.Line, "%s is no collection by its type, and a list in its description; what is found about it is a warning", q.Name)
			}
		}
	}
}

// merge makes one draft of those that several pages have of a type. v1.0 counts before beta. Of the others the main page is the one
// that is called like the type, or the first: its annotation and JSON representation count, its rows count where
// both pages have one, and the rows that only another page has are added, so that no page's payloads are called
// undeclared.
func (l *loader) merge(drafts []*draft) *draft {
	main := drafts[0]
	rank := func(d *draft) int {
		n := 0
		if !d.page.beta {
			n += 2
		}
		if strings.EqualFold(path.Base(d.page.File), shortName(d.Name)+".md") {
			n++
		}
		return n
	}
	for _, d := range drafts {
		if rank(d) > rank(main) {
			main = d
		}
	}
	for _, d := range drafts {
		switch {
		case d == main:
		case d.page.beta != main.page.beta:
			l.problem(d.Page, d.Line, "%s is also defined by %s:%d of v1.0, which counts", d.Name, main.Page, main.Line)
		case d.page == main.page:
			l.problem(d.Page, d.Line, "%s is defined twice on this page; the first one counts", d.Name)
		default:
			l.problem(d.Page, d.Line, "%s is also defined by %s:%d; both count together, and where they differ that one", d.Name, main.Page, main.Line)
			l.mergeInto(main, d)
		}
	}
	return main
}

func (l *loader) mergeInto(main, d *draft) {
	if main.Base == "" {
		main.Base = d.Base
	}
	if main.Key == "" {
		main.Key = d.Key
	}
	main.Open = main.Open || d.Open
	main.Pages = addMembers(main.Pages, d.Pages...)
	main.selects = main.selects || d.selects
	for _, q := range d.Properties {
		own := main.property(q.Name)
		switch {
		case own == nil:
			main.Properties = append(main.Properties, q)
			continue
		case own.Collection == q.Collection && own.Enum != nil && q.Enum != nil && own.Type == "Edm.String":
			own.Type = q.Type // "Enumeration" here, its name there
			fallthrough
		case own.Collection == q.Collection && own.Enum != nil && q.Enum != nil && (own.Type == q.Type || q.Type == "Edm.String"):
			if !sameSet(own.Enum, q.Enum) {
				l.problem(q.Page, q.Line, "%s lists %s; their union counts", q.Name, difference(q.Enum, own.Enum, Source{Page: own.Page, Line: own.Line}))
				own.Enum = addMembers(slices.Clone(own.Enum), q.Enum...)
				own.EnumSources = append(own.EnumSources, q.EnumSources...)
			}
		case own.Type != q.Type || own.Collection != q.Collection:
			l.problem(q.Page, q.Line, "%s is %s here and %s on %s:%d, which counts", q.Name, typeText(&q), typeText(own), own.Page, own.Line)
		}
		own.NotNullable = own.NotNullable && q.NotNullable
	}
	l.shownOnly(main, d)
}

// typeText is the type of a property as OData writes it.
func typeText(q *Property) string {
	if q.Collection {
		return "Collection(" + q.Type + ")"
	}
	return q.Type
}

// key requires a row for the key, and makes its values not null.
func (l *loader) key(r *Resource) {
	if r.Key == "" {
		return
	}
	if one, _, several := strings.Cut(r.Key, ","); several {
		l.problem(r.Page, r.Line, "the key %q is more than one property; %s counts", r.Key, one)
		r.Key = strings.TrimSpace(one)
	}
	q := r.property(r.Key)
	if q != nil && !q.noRow {
		q.NotNullable = true
		return
	}
	l.problem(r.Page, r.Line, "key %q is declared by no row; it is not required", r.Key)
	if q == nil && identifier.MatchString(r.Key) { // the annotation names it, so that it is no undeclared member
		r.Properties = append(r.Properties, Property{Name: r.Key, Type: "Edm.Untyped", Page: r.Page, Line: r.Line, noRow: true})
	}
}

// flatten adds the properties of d's bases, and then what only its JSON representation shows. seen guards against bases
// that lead back to themselves.
func (l *loader) flatten(d *draft, seen map[string]bool) {
	if d.flat {
		return
	}
	seen[d.Name] = true
	base := l.merged[d.Base]
	if base == nil && d.Base != "" {
		if known, ok := l.anyCase[strings.ToLower(d.Base)]; ok && l.merged[known] != nil {
			d.Base, base = known, l.merged[known]
		}
	}
	switch {
	case d.Base == "":
	case seen[d.Base]:
		l.problem(d.Page, d.Line, "%s inherits from itself", d.Name)
		d.Base = ""
	case base == nil:
		l.problem(d.Page, d.Line, "page of base type %s is not loaded", d.Base)
		d.Open = d.Open || d.Base != entityType // what it declares is unknown
	default:
		l.flatten(base, seen)
		l.inherit(d.Resource, base.Resource)
	}
	known := len(d.Properties)
	l.shownOnly(d, d)
	for i := range d.Properties[known:] {
		l.settle(d, &d.Properties[known+i])
	}
	l.key(d.Resource) // before anything inherits it
	d.flat = true
}

// inherit adds what the base has and r does not say itself. Where r says something else, its own row counts for it.
func (l *loader) inherit(r, base *Resource) {
	if r.Key == "" {
		r.Key = base.Key
	}
	r.Open = r.Open || base.Open && base.Name != entityType
	rows := make(map[string]int, len(r.Properties))
	for i, q := range r.Properties {
		rows[q.Name] = i
	}
	for _, q := range base.Properties {
		if i, ok := rows[q.Name]; ok {
			own := &r.Properties[i]
			own.Inherited = true
			if !l.narrows(own, &q) {
				l.problem(own.Page, own.Line, "%s is %s here and %s in %s, %s:%d; for this type the row here counts", q.Name, typeText(own), typeText(&q), base.Name, q.Page, q.Line)
			}
			continue
		}
		q.Inherited = true
		r.Properties = append(r.Properties, q)
	}
}

// narrows says whether a subtype's property can be what the base says it is: of the same type or one derived from it, with
// an enumeration a string. What no row types, and what may be anything, contradicts nothing.
func (l *loader) narrows(own, base *Property) bool {
	isString := func(q *Property) bool { return q.Type == "Edm.String" || q.Enum != nil || q.stringly }
	switch {
	case own.noRow, base.noRow, own.Type == "Edm.Untyped", base.Type == "Edm.Untyped":
		return true
	case own.Collection != base.Collection:
		return false
	}
	return isString(own) && isString(base) || l.commonBase(own.Type, base.Type) == base.Type
}

// shownOnly adds to d the members that a JSON representation shows and no table lists, of the type or its bases, so that a
// payload made like it is not called undeclared. They are typed by their placeholder; but what an open type without rows
// shows is a sample with somebody's own members, which may hold anything. A member that differs from a row in case alone is
// that row's.
func (l *loader) shownOnly(d, from *draft) {
	sample := truth(from.fence.Annotation["openType"]) && !d.hasRows()
	rows := d.rowsInAnyCase()
	known := map[string]bool{}
	for _, q := range d.Properties {
		known[q.Name] = true
	}
	var sampled []string
	for _, name := range sortedKeys(from.shown) {
		row := rows[strings.ToLower(name)]
		switch {
		case strings.Contains(name, "@"), known[name]:
		case len(d.Properties) >= maxProperties:
			l.problem(from.Page, from.fence.Body, "more than %d properties; the rest is ignored", maxProperties)
			return
		case !identifier.MatchString(name):
			l.problem(from.Page, from.fence.Body, "%q in the JSON representation is no property's name; it is not read", name)
		case row != "":
			l.problem(from.Page, from.fence.Body, "%s in the JSON representation is %s in the table, which counts", name, row)
		case sample:
			d.Properties = append(d.Properties, Property{Name: name, Type: "Edm.Untyped", Page: from.Page, Line: from.fence.Body, noRow: true})
			sampled = append(sampled, name)
		default:
			q := Property{Name: name, Page: from.Page, Line: from.fence.Body, noRow: true}
			q.Type, q.Collection = placeholderType(from.shown[name])
			if !strings.HasPrefix(q.Type, "Edm.") {
				q.Type = l.qualify(from.page, q.Type)
			}
			d.Properties = append(d.Properties, q)
			l.problem(q.Page, q.Line, "%s is in the JSON representation but in no table; taken as %s", name, typeText(&q))
		}
	}
	if sampled != nil {
		l.problem(from.Page, from.fence.Body, "the JSON representation of an open type without rows is a sample; anything is accepted as %s", strings.Join(sampled, ", "))
	}
}

// hasRows says whether a table of the type's own lists some property.
func (r *Resource) hasRows() bool {
	return slices.ContainsFunc(r.Properties, func(q Property) bool { return !q.noRow && !q.Inherited })
}

// rowsInAnyCase are the names that tables list, by lower case.
func (r *Resource) rowsInAnyCase() map[string]string {
	rows := make(map[string]string, len(r.Properties))
	for i := range r.Properties {
		if q := &r.Properties[i]; !q.noRow {
			rows[strings.ToLower(q.Name)] = q.Name
		}
	}
	return rows
}

// identifier is the name of a property (OData CSDL 4.01, section 15.2).
var identifier = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*$`)

// settle decides what a named type is that no page defines: a "String" in the JSON representation makes it an enumeration
// whose members are not known, an object there or a navigation property an open object, and of anything else the values are
// not known.
func (l *loader) settle(d *draft, q *Property) {
	if names := l.either[rowOf(q)]; names != nil {
		l.settleEither(q, names)
		return
	}
	if strings.HasPrefix(q.Type, "Edm.") && !q.stringly || q.Enum != nil || l.resources[q.Type] != nil {
		return
	}
	placeholder, _ := d.shows(q.Name)
	_, isString := first(placeholder).(string)
	if q.stringly = q.stringly || isString; q.stringly {
		members := "the members of " + q.Type
		if strings.HasPrefix(q.Type, "Edm.") {
			members = "its members"
		}
		l.problem(q.Page, q.Line, "%s: %s are not listed", q.Name, members)
		return
	}
	_, isObject := first(placeholder).(map[string]any)
	q.unknown = !isObject && !q.Relationship
	l.problem(q.Page, q.Line, "%s: page of type %s is not loaded", q.Name, q.Type)
}

// settleEither types a property that the page gives one of several types.
func (l *loader) settleEither(q *Property, names []string) {
	common := names[0]
	for _, name := range names[1:] {
		common = l.commonBase(common, name)
	}
	if common == entityType || l.resources[common] == nil {
		common = ""
	}
	if q.Type = common; common == "" {
		q.Type = "Edm.Untyped"
		l.problem(q.Page, q.Line, "%s is %s, which have no type in common; anything is accepted", q.Name, strings.Join(names, " or "))
	}
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
