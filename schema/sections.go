package schema

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// placed is a block with the page it stands on, which is another one where a page includes it.
type placed struct {
	page    *page
	section string // the heading above, in lower case
	sub     string // a deeper heading between the two, as it stands
	typ     string // the full name of the type that a heading above names, on a page with several
	block   docpage.Block
}

// sections yields the blocks of a page below the headings of levels 1 and 2, those of included pages in place. Deeper
// headings do not count, for an example has a "Response" of its own; but for "HTTP request", and "Properties" and
// "Relationships" of a resource page, which stand at any level.
func (l *loader) sections(p *page) iter.Seq[placed] {
	return func(yield func(placed) bool) {
		w := sectionWalk{loader: l, yield: yield, root: p, types: p.types, level: 2, seen: map[*page]bool{p: true}}
		w.page(p)
	}
}

type sectionWalk struct {
	loader *loader
	yield  func(placed) bool
	root   *page
	types  []string

	section, sub string
	level        int // of the section's heading
	typ          string
	typLevel     int // of the heading that names the type
	seen         map[*page]bool
}

func (w *sectionWalk) page(p *page) bool {
	for _, b := range p.Blocks {
		if h, ok := b.(docpage.Heading); ok {
			if !strings.Contains(h.Text, "](#tab/") { // "# [HTTP](#tab/http)" is a button
				w.heading(h)
			}
			continue
		}
		if !w.yield(placed{p, w.section, w.sub, w.typ, b}) {
			return false
		}
		t, ok := b.(docpage.Text)
		if !ok || !strings.Contains(t.Text, includeMark) {
			continue
		}
		for _, q := range w.included(p, t) {
			if w.seen[q] { // once is enough, and pages may include each other
				continue
			}
			w.seen[q] = true
			if !w.page(q) {
				return false
			}
		}
	}
	return true
}

func (w *sectionWalk) heading(h docpage.Heading) {
	name := w.loader.lower(strings.Trim(h.Text, "*: "))
	if isRequestHeading(name) {
		name = requestSection
	}
	if typ, rest := w.namedType(name); typ != "" && h.Level > 1 {
		w.typ, w.typLevel = typ, h.Level
		if name = rest; name == "" {
			name = "properties" // "### schedulingGroup", and its table
		}
	} else if h.Level <= w.typLevel {
		w.typ, w.typLevel = "", 0
	}
	switch {
	case len(w.types) > 0 && isTableSection(name), name == requestSection, h.Level <= max(2, w.level):
		w.section, w.sub, w.level = name, "", h.Level
	default:
		w.sub = h.Text
	}
}

// namedType is the type of the page that a heading names, and what it says of it: "operationError properties", or on a page with
// several types "operationError" and "operationError resource type" alone. Level 1 names the page.
func (w *sectionWalk) namedType(heading string) (typ, rest string) {
	for _, t := range w.types {
		rest, ok := strings.CutPrefix(heading, strings.ToLower(shortName(t)))
		rest = strings.TrimSpace(rest)
		switch {
		case !ok:
		case isTableSection(rest):
			return t, rest
		case len(w.types) > 1 && (rest == "" || rest == "resource type" || rest == "complex type"):
			return t, ""
		}
	}
	return "", ""
}

// requestSection is where an API page has its request lines.
const requestSection = "http request"

// isRequestHeading says whether a heading is that section's; "HTTP request (to upload a new file)" says for what, too.
func isRequestHeading(heading string) bool {
	n := len(requestSection)
	return len(heading) >= n && strings.EqualFold(heading[:n], requestSection) && (len(heading) == n || strings.HasPrefix(heading[n:], " ("))
}

// lower is s in lower case. Pages say the same headings again and again.
func (l *loader) lower(s string) string {
	low, ok := l.lowered[s]
	if !ok {
		low = strings.ToLower(s)
		l.lowered[s] = low
	}
	return low
}

func isTableSection(name string) bool { return name == "properties" || name == "relationships" }

// includeMark begins the line that puts another file in its place: [!INCLUDE [title](../includes/file.md)].
const includeMark = "[!INCLUDE"

// missingInclude is an included page that is not loaded.
type missingInclude struct {
	link, target, file string
	line               int
}

// included are the pages that a text includes. Code samples in other languages are passed over, for they say nothing about
// the API.
func (w *sectionWalk) included(p *page, t docpage.Text) []*page {
	var out []*page
	for i, line := range strings.Split(t.Text, "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, includeMark) || strings.Contains(line, "/snippets/") {
			continue
		}
		link, ok := nextLink(line, len(includeMark))
		if !ok || link.target == "" {
			continue
		}
		target := strings.ToLower(path.Join(path.Dir(p.File), link.target))
		switch q := w.loader.byPath[pageKey{p.source, target}]; {
		case q == nil:
			w.root.missing = append(w.root.missing, missingInclude{link: link.target, target: target, file: p.File, line: t.Line + i})
		case q != p:
			out = append(out, q)
			w.root.includes = addMembers(w.root.includes, q.File)
		}
	}
	return out
}

// isInclude says of a page without types that it is written to be part of others.
func isInclude(p *page) bool {
	return slices.Contains(strings.Split(path.Dir(strings.ToLower(p.File)), "/"), "includes")
}

// statedNamespace reads the "Namespace: microsoft.graph" line. What could not begin a type's name is none.
func (p *page) statedNamespace() string {
	for _, b := range p.Blocks {
		t, ok := b.(docpage.Text)
		if !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(t.Text, "Namespace:"); ok {
			ns, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
			if ns = strings.Trim(ns, "`* "); ns != "" && !isTypeName(ns) {
				p.problem(t.Line, "%q is no namespace; it is not used", ns)
				return ""
			}
			return ns
		}
	}
	return ""
}

// resourceFences are the fences that a resource annotation stands before.
func resourceFences(doc *docpage.Page) []docpage.Fence {
	var out []docpage.Fence
	for _, b := range doc.Blocks {
		if f, ok := b.(docpage.Fence); ok && blockType(f.Annotation) == "resource" {
			out = append(out, f)
		}
	}
	return out
}

func blockType(annotation map[string]any) string {
	s, _ := annotation["blockType"].(string)
	return s
}

// annotatedType is the annotation's "@odata.type", or its older spelling "@type", without a leading #.
func annotatedType(annotation map[string]any) string {
	for _, key := range []string{"@odata.type", "@type"} {
		if s, ok := annotation[key].(string); ok && s != "" {
			return strings.TrimPrefix(s, "#")
		}
	}
	return ""
}

// typeHeading is the first heading of a resource page.
var typeHeading = regexp.MustCompile(`^([A-Za-z_]\w*) (?:resource type|complex type|entity type|resource|facet)$`)

// headingName is what the first heading of a resource page calls its type, "" on other pages.
func headingName(doc *docpage.Page) string {
	for _, b := range doc.Blocks {
		if h, ok := b.(docpage.Heading); ok && h.Level == 1 {
			if m := typeHeading.FindStringSubmatch(strings.Trim(h.Text, "*` ")); m != nil {
				return m[1]
			}
			return ""
		}
	}
	return ""
}

// headedType is the full name of the type that a resource page without an annotation describes, by its heading and
// namespace; "" where it describes none.
func headedType(p *page) string {
	if p.heading == "" || !strings.HasPrefix(p.Get("doc_type"), "resourcePageType") {
		return ""
	}
	for _, b := range p.Blocks {
		if t, ok := b.(docpage.Table); ok && columns(t.Header).isRows() {
			return p.ownNamespace() + "." + p.heading
		}
	}
	return ""
}
