package schema

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/internal/listed"
)

// TestCorpusEnums reads every list of values a second time, from the raw lines of the page and in the simplest way that
// can work: all values in the same marks behind the lead, the first column of an enumeration's table, the words between
// the bars of the JSON representation. Property.Enum must be their union. Where the simple way reads something else,
// testdata/corpus/enums.txt says why. A page whose type another page defines first is not in the catalog, nor here.
func TestCorpusEnums(t *testing.T) {
	docs, err := fs.Sub(corpus(t, "graph-docs-v1.0.zip"), "v1.0")
	require.NoError(t, err)
	var lines []string
	for _, a := range []struct {
		name  string
		pages fs.FS
	}{{"v1.0", docs}, {"stubs", corpus(t, "graph-stubs.zip")}} {
		s := secondEnumReading{name: a.name, pages: &rawPages{fsys: a.pages}, bySource: map[string]int{}, types: map[string]bool{}}
		s.enumPages(t)
		c, err := LoadPages(context.Background(), a.pages)
		require.NoError(t, err)
		for r := range c.Resources() {
			s.types[r.Name] = true
		}
		for r := range c.Resources() {
			for _, q := range r.Properties {
				if q.Page == r.Page && s.pages.hasRow(q) {
					s.property(r, q)
				}
			}
		}
		t.Log(s.String())
		require.Greater(t, s.rows, 400)
		lines = append(lines, s.differences...)
	}
	listed.Require(t, "testdata/corpus/enums.txt", lines)
}

type secondEnumReading struct {
	name  string
	pages *rawPages
	types map[string]bool     // of the catalog
	lists map[string][]string // the tables of enumeration pages, by the enumeration's short name in lower case

	rows, equal int            // with Property.Enum, and with the same set read here
	bySource    map[string]int // rows by the sources that list their values
	differences []string

	// Places of rows without Property.Enum: the description announces a list; the type is on an enumeration page, to
	// which the cell links or which the type's bare name finds; the type is a bare name that no page defines.
	announced, linked, bare, undefined []string
}

func (s *secondEnumReading) String() string {
	sources := ""
	for _, k := range slices.Sorted(maps.Keys(s.bySource)) {
		sources += fmt.Sprintf(", %s %d", k, s.bySource[k])
	}
	return fmt.Sprintf(`%s: %d rows with a list, %d read the same a second time%s
without a list: %s
to one of %d enumeration pages: %s
by name: %s
no page: %s`,
		s.name, s.rows, s.equal, sources, counted(s.announced), len(s.lists), counted(s.linked), counted(s.bare), counted(s.undefined))
}

func counted(places []string) string { return fmt.Sprint(len(places), " ", strings.Join(places, " ")) }

// property reads the lists of a row and compares their union with what the catalog says.
func (s *secondEnumReading) property(r *Resource, q Property) {
	typeCell, description := s.cells(q)
	inDescription := markedValues(description)
	inPage, linked := s.listOf(typeCell)
	if q.Enum == nil {
		s.without(q, typeCell, description, linked, len(inPage) > 0)
		if inPage == nil {
			return
		}
	}
	var sources, union []string
	for _, source := range []struct {
		name string
		list []string
	}{{"description", inDescription}, {"enumeration page", inPage}, {"JSON", s.shown(r, q)}} {
		if len(source.list) > 0 {
			sources = append(sources, source.name)
			union = append(union, source.list...)
		}
	}
	s.rows++
	s.bySource[cmp.Or(strings.Join(sources, " + "), "nowhere")]++
	onlyCatalog, onlyHere := without(q.Enum, union), without(union, q.Enum)
	if len(onlyCatalog)+len(onlyHere) == 0 {
		s.equal++
		return
	}
	s.differences = append(s.differences, fmt.Sprintf("%s %s/%s\tthe catalog has %s\tthe second reading %s",
		s.name, r.Name, q.Name, values(onlyCatalog), values(slices.Compact(slices.Sorted(slices.Values(onlyHere))))))
}

// without notes a row that has no list.
func (s *secondEnumReading) without(q Property, typeCell, description string, linked, listed bool) {
	place := fmt.Sprintf("%s:%d", strings.TrimPrefix(q.Page, "resources/"), q.Line)
	switch {
	case listed && linked:
		s.linked = append(s.linked, place)
	case listed:
		s.bare = append(s.bare, place)
	case takesEnum(q.Type) && listLeads[0].MatchString(description) && len(markedValues(description)) > 1:
		s.announced = append(s.announced, place)
	case !s.types[q.Type] && !strings.HasPrefix(q.Type, "Edm.") && !strings.Contains(typeCell, "["):
		s.undefined = append(s.undefined, place)
	}
}

// cells is the type and the description of a row, which may go on in lines that begin with no bar.
func (s *secondEnumReading) cells(q Property) (typ, description string) {
	lines := s.pages.page(q.Page)
	row := strings.TrimPrefix(strings.TrimSpace(lines[q.Line-1]), "|")
	for _, line := range lines[q.Line:] {
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "|") {
			break
		}
		row += " " + line
	}
	cells := strings.SplitN(row, "|", 3)
	if len(cells) < 3 {
		return cells[1], ""
	}
	return cells[1], strings.TrimRight(cells[2], "| ")
}

var (
	// listLeads are the words before a list, the surest first. Behind the last one only marked values are read.
	listLeads = []*regexp.Regexp{
		regexp.MustCompile(`(?i)\b(?:possible|allowed|valid|supported|permitted|accepted)(?: string)? values?\b(?: for this property)?`),
		regexp.MustCompile(`(?i)\bone of\b|\beither\b|\bvalues?:`),
		regexp.MustCompile(`:`),
	}

	// valueMarks are the ways to mark a value. That which comes first behind the lead marks all of them.
	valueMarks = []*regexp.Regexp{
		regexp.MustCompile("`([^`]+)`"), regexp.MustCompile(`\*\*([^*]+)\*\*`), regexp.MustCompile(`\*([^*]+)\*`),
		regexp.MustCompile(`\b_([^_]+)_\b`), regexp.MustCompile(`"([^"]+)"`), regexp.MustCompile(`“([^”]+)”`), regexp.MustCompile(`'([^']+)'`),
		regexp.MustCompile(`(?i)<li\s*/?>\s*([\w.-]+)`),
	}
	betweenValues = regexp.MustCompile(`,|;|/|\bor\b|\band\b`)
)

// markedValues are all marked values of a description behind the lead, or the words of its list where none is marked.
func markedValues(description string) []string {
	for _, lead := range listLeads {
		if m := lead.FindStringIndex(description); m != nil {
			rest := description[m[1]:]
			if list := markedAlike(rest); list != nil || lead == listLeads[len(listLeads)-1] {
				return list
			}
			return plainWords(rest)
		}
	}
	return nil
}

func markedAlike(s string) (list []string) {
	var marked [][]string
	first := len(s)
	for _, mark := range valueMarks {
		if m := mark.FindStringIndex(s); m != nil && m[0] < first {
			first, marked = m[0], mark.FindAllStringSubmatch(s, -1)
		}
	}
	for _, m := range marked {
		list = append(list, strings.TrimSpace(m[1]))
	}
	return list
}

func plainWords(s string) (list []string) {
	sentence, _, _ := strings.Cut(strings.TrimLeft(s, " :"), ". ")
	sentence = strings.TrimPrefix(strings.TrimPrefix(sentence, "are"), ":")
	for _, word := range betweenValues.Split(sentence, -1) {
		if word = strings.Trim(word, " ."); word != "" {
			list = append(list, word)
		}
	}
	return list
}

var shownList = regexp.MustCompile(`^\s*"([^"]+)"\s*:\s*\[?\s*"([^"]*\|[^"]*)"`)

// shown is the list "a | b" that the JSON representation shows for a property.
func (s *secondEnumReading) shown(r *Resource, q Property) []string {
	fences := 0
	for _, line := range s.pages.page(r.Page)[r.Line-1:] {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			if fences++; fences == 2 {
				break
			}
		}
		if m := shownList.FindStringSubmatch(line); m != nil && m[1] == q.Name {
			var list []string
			for v := range strings.SplitSeq(m[2], "|") {
				list = append(list, strings.TrimSpace(v))
			}
			return list
		}
	}
	return nil
}

var (
	enumHeading = regexp.MustCompile(`^#+ *(\w+) +(?:enum type|enumeration|values)\s*$`)
	memberHead  = regexp.MustCompile(`(?i)^\|?\s*members?\s*(?:\||$)`)
	linkInCell  = regexp.MustCompile(`\[([^\]]*)\]\(([^)#\s]*)`)
)

// enumPages reads the tables with a Member column below headings that name an enumeration.
func (s *secondEnumReading) enumPages(t *testing.T) {
	s.lists = map[string][]string{}
	names, err := fs.Glob(s.pages.fsys, "resources/*.md")
	require.NoError(t, err)
	for _, name := range names {
		enum, inTable := "", false
		for _, line := range s.pages.page(name) {
			if m := enumHeading.FindStringSubmatch(line); m != nil {
				enum = strings.ToLower(m[1])
			}
			switch cell, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|"); {
			case enum == "":
			case memberHead.MatchString(line):
				inTable = true
			case !strings.HasPrefix(line, "|"):
				inTable = false
			case inTable && strings.Trim(cell, ":- ") != "":
				s.lists[enum] = append(s.lists[enum], strings.Trim(cell, "`* "))
			}
		}
	}
}

// listOf is the list of the enumeration that a type cell names, and whether it does so by a link.
func (s *secondEnumReading) listOf(cell string) (list []string, linked bool) {
	if m := linkInCell.FindStringSubmatch(cell); m != nil {
		return s.lists[strings.ToLower(m[1])], true
	}
	word, _, _ := strings.Cut(strings.Trim(cell, "*`_ "), " ")
	return s.lists[strings.ToLower(word)], false
}
