package schema

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/listed"
)

// TestCorpusCSDL compares what the pages of v1.0 say with the metadata that the service published in the same month.
// Every disagreement stands in testdata/corpus/csdl-v1.0.txt with its reason. Members that a page leaves out are no
// disagreement; they are counted.
func TestCorpusCSDL(t *testing.T) {
	pages, err := fs.Sub(corpus(t, "graph-docs-v1.0.zip"), "v1.0")
	require.NoError(t, err)
	f, err := corpus(t, "graph-csdl-v1.0.zip").Open("2020-05-12.xml")
	require.NoError(t, err)
	defer f.Close()
	m, err := readCSDL(f)
	require.NoError(t, err)

	g := csdlComparison{model: m, pages: &rawPages{fsys: pages}}
	c, err := LoadPages(context.Background(), pages)
	require.NoError(t, err)
	for r := range c.Resources() {
		g.resource(r)
	}
	t.Log(g.String())
	listed.Require(t, "testdata/corpus/csdl-v1.0.txt", g.disagreements)
	require.GreaterOrEqual(t, g.agreement(), 99.0, "percent of the members that both sides have")
}

// csdlComparison counts. Its denominators:
//   - types are those of the catalog, one for each @odata.type. They match where CSDL has a type of that name in any case;
//   - members are the rows of their Properties and Relationships tables, inherited ones included where the page lists them
//     itself, that have a namesake among the members of the CSDL type or its bases. What only a JSON representation
//     shows is none of them;
//   - enumerations are the compared members with a list of values on the page and an enumeration in CSDL, so that an
//     enumeration counts once for each member that has it;
//   - keys and bases are those that a matched type has according to its page, inherited keys included.
type csdlComparison struct {
	model *csdlModel
	pages *rawPages

	types, matched, typeCases          int
	members, agreeing                  int
	strings, stringsListed, otherTypes int // type disagreements: String where CSDL has an enumeration, and the rest
	collections                        int // the item types may agree or not
	cases, unknown, omitted            int // name differs by case; not in CSDL; in CSDL, own and on no row
	enums, equal, subset, recased      int
	enumsOther                         int
	keys, keysRight                    int // of the types with a key
	bases, basesRight                  int // of the types with a base
	disagreements                      []string
}

func (g *csdlComparison) agreement() float64 { return 100 * float64(g.agreeing) / float64(g.members) }

func (g *csdlComparison) String() string {
	return fmt.Sprintf(`v1.0 pages and CSDL of 2020-05-12:
%d of %d types matched (%d of them by case only); %d of %d members agree in type, %.2f %%; not: String for an enumeration %d (%d with a list), other types %d, collection %d
name differs by case %d, member not in CSDL %d, own member of CSDL on no row %d
enumerations: %d compared, %d equal, %d a subset, %d by case only, %d otherwise
keys right %d of %d, bases right %d of %d`,
		g.matched, g.types, g.typeCases, g.agreeing, g.members, g.agreement(), g.strings, g.stringsListed, g.otherTypes, g.collections,
		g.cases, g.unknown, g.omitted,
		g.enums, g.equal, g.subset, g.recased, g.enumsOther,
		g.keysRight, g.keys, g.basesRight, g.bases)
}

func (g *csdlComparison) disagree(place, page, csdl string) {
	g.disagreements = append(g.disagreements, place+"\tpage says "+page+"\tCSDL says "+csdl)
}

// resource compares a type with its namesake.
func (g *csdlComparison) resource(r *Resource) {
	g.types++
	typ := g.model.typeNamed(r.Name)
	if typ == nil {
		return
	}
	g.matched++
	if typ.Name != r.Name {
		g.typeCases++
		g.disagree(r.Name, "name "+r.Name, "name "+typ.Name)
	}
	if r.Key != "" {
		g.keys++
		if want := g.model.key(typ); r.Key == want {
			g.keysRight++
		} else {
			g.disagree(r.Name, "key "+r.Key, orNone("key ", want))
		}
	}
	if r.Base != "" {
		g.bases++
		if r.Base == typ.Base {
			g.basesRight++
		} else {
			g.disagree(r.Name, "base "+r.Base, orNone("base ", typ.Base))
		}
	}
	listed := map[string]bool{}
	for _, q := range r.Properties {
		if q.Page == r.Page && g.pages.hasRow(q) && !strings.Contains(q.Name, "@") {
			g.member(typ, r.Name+"/"+q.Name, q)
			listed[strings.ToLower(q.Name)] = true
		}
	}
	for _, m := range typ.members() {
		if !listed[strings.ToLower(m.Name)] {
			g.omitted++
		}
	}
}

func orNone(what, name string) string {
	if name == "" {
		return "none"
	}
	return what + name
}

func (g *csdlComparison) member(typ *csdlType, place string, q Property) {
	m, exact := g.model.member(typ, q.Name)
	switch {
	case m == nil:
		g.unknown++
		g.disagree(place, typed(q.Type, q.Collection), "nothing")
		return
	case !exact:
		g.cases++
		g.disagree(place, "name "+q.Name, "name "+m.Name)
		return
	}
	g.members++
	members, isEnum := g.model.enums[m.Type]
	sameType := m.Type == q.Type || m.Type == "microsoft.graph.Json" && q.Type == "Edm.Untyped" // any JSON value
	switch {
	case sameType && m.Collection == q.Collection:
		g.agreeing++
	default:
		g.disagree(place, typed(q.Type, q.Collection), typed(m.Type, m.Collection))
		if m.Collection != q.Collection {
			g.collections++
		}
		if !sameType && isEnum && q.Type == "Edm.String" {
			g.strings++
			if q.Enum != nil {
				g.stringsListed++
			}
		} else if !sameType {
			g.otherTypes++
		}
	}
	if isEnum && q.Enum != nil {
		g.enum(place, q.Enum, members)
	}
}

func (g *csdlComparison) enum(place string, page, csdl []string) {
	g.enums++
	onlyPage, onlyCSDL := without(page, csdl), without(csdl, page)
	switch {
	case len(onlyPage)+len(onlyCSDL) == 0:
		g.equal++
		return
	case len(onlyPage) == 0:
		g.subset++
	case len(without(folded(page), folded(csdl)))+len(without(folded(csdl), folded(page))) == 0:
		g.recased++
	default:
		g.enumsOther++
	}
	g.disagree(place, values(onlyPage), values(onlyCSDL))
}

// values names the members that only one side lists.
func values(list []string) string {
	if len(list) == 0 {
		return "no other value"
	}
	return "also " + strings.Join(slices.Sorted(slices.Values(list)), ", ")
}

func without(list, other []string) []string {
	var out []string
	for _, v := range list {
		if !slices.Contains(other, v) {
			out = append(out, v)
		}
	}
	return out
}

func folded(list []string) []string {
	var out []string
	for _, v := range list {
		out = append(out, strings.ToLower(v))
	}
	return out
}

func typed(name string, collection bool) string {
	if collection {
		return "collection of " + name
	}
	return name
}

// csdlModel is what a $metadata document says of types (OData CSDL XML 4.01), by full name.
type csdlModel struct {
	types map[string]*csdlType
	enums map[string][]string
}

// csdlType is an entity, complex or enumeration type.
type csdlType struct {
	Name       string       `xml:"Name,attr"`
	Base       string       `xml:"BaseType,attr"`
	Key        []csdlMember `xml:"Key>PropertyRef"`
	Properties []csdlMember `xml:"Property"`
	Navigation []csdlMember `xml:"NavigationProperty"`
	Values     []csdlMember `xml:"Member"`
}

type csdlMember struct {
	Name       string `xml:"Name,attr"`
	Type       string `xml:"Type,attr"`
	Collection bool   `xml:"-"`
}

func (t *csdlType) members() []csdlMember { return slices.Concat(t.Properties, t.Navigation) }

func readCSDL(r io.Reader) (*csdlModel, error) {
	m := &csdlModel{types: map[string]*csdlType{}, enums: map[string][]string{}}
	d := xml.NewDecoder(r)
	namespace, alias := "", ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return nil, err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "Schema":
			namespace, alias = attr(e, "Namespace"), attr(e, "Alias")
		case "EntityType", "ComplexType", "EnumType":
			typ := &csdlType{}
			if err := d.DecodeElement(typ, &e); err != nil {
				return nil, err
			}
			m.add(typ, e.Name.Local == "EnumType", namespace, alias)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// add keeps a type, with every name in it written out.
func (m *csdlModel) add(typ *csdlType, isEnum bool, namespace, alias string) {
	full := func(name string) string {
		if rest, ok := strings.CutPrefix(name, alias+"."); ok && alias != "" {
			return namespace + "." + rest
		}
		return name
	}
	typ.Name = namespace + "." + typ.Name
	if isEnum {
		for _, v := range typ.Values {
			m.enums[typ.Name] = append(m.enums[typ.Name], v.Name)
		}
		return
	}
	typ.Base = full(typ.Base)
	for _, list := range [][]csdlMember{typ.Properties, typ.Navigation} {
		for i, q := range list {
			inner, ok := strings.CutPrefix(q.Type, "Collection(")
			list[i].Type, list[i].Collection = full(strings.TrimSuffix(inner, ")")), ok
		}
	}
	m.types[typ.Name] = typ
}

// typeNamed is the type of that name, or of one that differs by case.
func (m *csdlModel) typeNamed(name string) *csdlType {
	if t := m.types[name]; t != nil {
		return t
	}
	for _, n := range slices.Sorted(maps.Keys(m.types)) {
		if strings.EqualFold(n, name) {
			return m.types[n]
		}
	}
	return nil
}

// member finds a member of a type or its bases: exact says that the name is spelled the same.
func (m *csdlModel) member(t *csdlType, name string) (found *csdlMember, exact bool) {
	for ; t != nil; t = m.types[t.Base] {
		for _, q := range t.members() {
			if q.Name == name {
				return &q, true
			}
			if strings.EqualFold(q.Name, name) {
				found = &q
			}
		}
	}
	return found, false
}

// key is the name of the key that a type or one of its bases declares. No type of Graph's has a key of two members.
func (m *csdlModel) key(t *csdlType) string {
	for ; t != nil; t = m.types[t.Base] {
		if len(t.Key) > 0 {
			return t.Key[0].Name
		}
	}
	return ""
}

// rawPages are the lines of pages as they stand in the corpus, for tests that read them a second time.
type rawPages struct {
	fsys  fs.FS
	lines map[string][]string
}

// page is the lines of a page, nil where there is none.
func (p *rawPages) page(name string) []string {
	if lines, ok := p.lines[name]; ok {
		return lines
	}
	if p.lines == nil {
		p.lines = map[string][]string{}
	}
	src, err := fs.ReadFile(p.fsys, path.Clean(name))
	if err == nil {
		p.lines[name] = strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n")
	}
	return p.lines[name]
}

// hasRow says whether a row of a table declares the property, and not only the JSON representation.
func (p *rawPages) hasRow(q Property) bool {
	line := p.page(q.Page)[q.Line-1]
	return strings.Contains(line, "|") && strings.Contains(strings.ReplaceAll(line, `\`, ""), q.Name)
}
