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
	for _, name := range names {
		d := l.merged[name]
		l.flatten(d, map[string]bool{})
		l.key(d.Resource)
		slices.Sort(d.Pages)
		for i := range d.Properties {
			q := &d.Properties[i]
			_, shown := d.shown[q.Name]
			q.expected, q.linked = shown && !d.optional[q.Name] && !d.selects, false
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
	q := r.property(r.Key)
	if q != nil && !q.noRow {
		q.NotNullable = true
		return
	}
	l.problem(r.Page, r.Line, "key %q is declared by no row; it is not required", r.Key)
	if q == nil { // the annotation names it, so that it is no undeclared member
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
		l.contradictions(d, base)
		d.inherit(base.Resource)
	}
	l.shownOnly(d, d)
	d.flat = true
}

// contradictions says where rows of d give another type than the base does, unless it is a subtype's.
func (l *loader) contradictions(d, base *draft) {
	for i := range d.Properties {
		q := &d.Properties[i]
		p := base.property(q.Name)
		if p == nil || p.noRow || q.noRow || p.Type == q.Type && p.Collection == q.Collection || p.Enum != nil && q.Enum != nil {
			continue
		}
		if p.Collection == q.Collection && (p.Type == "Edm.Untyped" || l.commonBase(p.Type, q.Type) == p.Type) {
			continue
		}
		l.problem(q.Page, q.Line, "%s is %s here and %s on %s:%d, which %s inherits it from; this page counts", q.Name, typeText(q), typeText(p), p.Page, p.Line, d.Name)
	}
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

// shownOnly adds to d the members that a JSON representation shows and no table lists, of the type or its bases, typed by
// their placeholder, so that a payload made like it is not called undeclared.
//
// What an open type without rows shows are samples of members that its instances may have: they are known, and of any type.
func (l *loader) shownOnly(d, from *draft) {
	samples := d.Open && !slices.ContainsFunc(d.Properties, func(q Property) bool { return !q.Inherited && !q.noRow })
	known, anyCase := map[string]bool{}, map[string]string{}
	for _, q := range d.Properties {
		known[q.Name], anyCase[strings.ToLower(q.Name)] = true, q.Name
	}
	for _, name := range sortedKeys(from.shown) {
		row := anyCase[strings.ToLower(name)]
		switch {
		case strings.Contains(name, "@"), known[name]:
		case row != "":
			l.problem(from.Page, from.fence.Body, "%s in the JSON representation is %s in the table, which counts", name, row)
		case len(d.Properties) >= maxProperties:
			l.problem(from.Page, from.fence.Body, "more than %d properties; the rest is ignored", maxProperties)
			return
		case !identifier.MatchString(name):
			l.problem(from.Page, from.fence.Body, "%q in the JSON representation is no property's name; it is not read", name)
		default:
			q := Property{Name: name, Page: from.Page, Line: from.fence.Body, noRow: true}
			what := "in no table"
			if q.Type, q.Collection = placeholderType(from.shown[name]); samples {
				q.Type, q.Collection, what = "Edm.Untyped", false, "a sample of an open type's members"
			}
			l.problem(q.Page, q.Line, "%s is in the JSON representation but %s; taken as %s", name, what, typeText(&q))
			if len(l.resources) > 0 { // when pages about a type are merged, what they refer to is settled later
				l.settle(from, &q)
			}
			d.Properties = append(d.Properties, q)
		}
	}
}

// identifier is the name of a property (OData CSDL 4.01, section 15.2).
var identifier = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*$`)

// settle decides what a named type is that no page defines: a "String" in the JSON representation makes it an enumeration
// whose members are not known, anything else an open object.
func (l *loader) settle(d *draft, q *Property) {
	if names := l.either[rowOf(q)]; names != nil {
		l.settleEither(q, names)
		return
	}
	if strings.HasPrefix(q.Type, "Edm.") && !q.stringly || q.Enum != nil || l.resources[q.Type] != nil {
		return
	}
	_, shown := first(d.shown[q.Name]).(string)
	if q.stringly = q.stringly || shown; q.stringly {
		of := "its members"
		if q.Type != "Edm.String" {
			of = "the members of " + q.Type
		}
		l.problem(q.Page, q.Line, "%s: %s are not listed", q.Name, of)
		return
	}
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
