package recording

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

// ErrNoExample says that a documentation page has no example, which is no fault of it: pages about a concept have
// none, nor have those whose only example is marked as ignored. It also says that a Markdown file is no documentation
// page, such as a README with pasted traffic: it has neither front matter nor an annotated request or response.
var ErrNoExample = errors.New("a documentation page without an example")

// maxPage is the most bytes a page may have. Real ones have up to 120 KiB.
const maxPage = 4 << 20

// isPage says whether the recording is a page, by its name or by its first line, front matter's. YAML cassettes
// have that line too.
func (r *reader) isPage(line []byte) bool {
	if strings.EqualFold(filepath.Ext(r.name), ".md") {
		return foreignEncoding(line) == ""
	}
	if !opensFront(line) {
		return false
	}
	r.in.keep()
	return !isCassette(r.in.ahead(hintSize))
}

func opensFront(line []byte) bool { return string(bytes.TrimRight(line, " \t\r\n")) == "---" }

// page reads the last line and the rest of the input as a documentation page.
func (r *reader) page(yield func(Exchange) bool) error {
	first := r.in.own()
	at, limit := r.in.line-bytes.Count(first, []byte{'\n'}), min(r.limit, maxPage)
	p := &page{line: at, offset: r.in.offset - int64(len(first)), name: r.name}
	var err error
	if p.src, err = r.in.take(first, limit+1-int64(len(first))); err != nil {
		return r.fail(r.in.line, "%w", err)
	}
	if int64(len(p.src)) > limit {
		return r.fail(at, "page longer than %s", size(limit))
	}
	if !p.read(opensFront(first)) {
		return r.fail(at, "%w: no API page, since it has neither front matter nor an annotated request or response", ErrNoExample)
	}
	for i := range p.exchanges {
		r.records++
		p.exchanges[i].Source.Record = r.records
		if !yield(p.exchanges[i]) {
			return nil
		}
	}
	if len(p.exchanges) == 0 {
		return r.fail(at, "%w", ErrNoExample)
	}
	return nil
}

// page is a documentation page whose examples are being collected.
type page struct {
	name      string
	src       []byte
	line      int   // of src's first byte
	offset    int64 // of the same byte
	lines     []int // where each line of src begins, for any line end that docpage knows, and src's end
	breaks    []int // the number of LF before each line
	columns   []int // the code points between the last LF and each line: not 0 behind a lone CR
	exchanges []Exchange
	requests  []request // since the last response
}

// request is a request that no response has answered yet.
type request struct {
	fence docpage.Fence
	msg   parsed
	index int // of its exchange; -1 if it is ignored, and has none unless a response needs it
}

// read collects the examples. It says whether src is an API page at all: with front matter, or an annotated message.
func (p *page) read(front bool) bool {
	p.split()
	doc := docpage.Parse(p.name, p.src)
	if !front && !slices.ContainsFunc(doc.Blocks, isAnnotated) {
		return false
	}
	sections := urlSections{}
	for i, b := range doc.Blocks {
		switch b := b.(type) {
		case docpage.Heading:
			sections.heading(b)
		case docpage.Fence:
			kind, annotated := text(b.Annotation["blockType"]), isAnnotated(b)
			if !annotated && (sections.within || kind == "samples" || kind == "resource") {
				continue
			}
			m, ok := p.parse(b, annotated)
			if !ok {
				continue
			}
			if next, ok := bodyFence(doc.Blocks[i+1:]); ok && m.lacksBody() {
				m.at(p, p.content(next))
			}
			p.add(b, kind, m)
		}
	}
	return true
}

// isAnnotated says whether a block is a fence that its annotation calls a request or a response.
func isAnnotated(b docpage.Block) bool {
	f, ok := b.(docpage.Fence)
	kind := text(f.Annotation["blockType"])
	return ok && (kind == "request" || kind == "response")
}

// bodyFence returns the fence that follows a message if it can be its body: JSON with nothing but comments between.
func bodyFence(blocks []docpage.Block) (docpage.Fence, bool) {
	for _, b := range blocks {
		switch b := b.(type) {
		case docpage.Comment:
			continue
		case docpage.Fence:
			kind := text(b.Annotation["blockType"])
			t := strings.TrimSpace(b.Text)
			return b, (kind == "" || kind == "example") && t != "" && opensJSON(t[0])
		}
		break
	}
	return docpage.Fence{}, false
}

// urlSections follows the headings to know the sections that list URLs, not examples.
type urlSections struct {
	within bool
	level  int
}

func (s *urlSections) heading(h docpage.Heading) {
	switch {
	case strings.Contains(h.Text, "](#tab/"): // a tab of the section it is in
	case strings.EqualFold(h.Text, "HTTP request"):
		if !s.within || h.Level < s.level {
			s.level = h.Level
		}
		s.within = true
	case h.Level <= s.level:
		s.within = false
	}
}

// add adds the message of a fence. What is ignored becomes no exchange of its own.
func (p *page) add(f docpage.Fence, kind string, m parsed) {
	ignored := kind == "ignored"
	switch {
	case m.status == 0:
		q := request{fence: f, msg: m, index: -1}
		if !ignored {
			q.index = p.request(f, m)
		}
		p.requests = append(p.requests, q)
		return
	case !ignored:
		p.response(f, m)
	}
	p.requests = nil
}

// request begins an exchange and returns its index.
func (p *page) request(f docpage.Fence, m parsed) int {
	x := Exchange{Method: m.method, URL: m.target, Source: p.source(m), Hint: &Hint{}}
	x.Hint.request(f.Annotation)
	x.Request, x.Hint.RequestRepairs = p.message(m)
	p.exchanges = append(p.exchanges, x)
	return len(p.exchanges) - 1
}

// response ends the exchange of the nearest request. One that is annotated goes before one that is ignored, which
// then is another form of it.
func (p *page) response(f docpage.Fence, m parsed) {
	i := -1
	if n := len(p.requests); n > 0 {
		q := p.requests[n-1]
		if i = q.index; i < 0 && n > 1 && text(p.requests[n-2].fence.Annotation["blockType"]) == "request" {
			i = p.requests[n-2].index
		}
		if i < 0 {
			i = p.request(q.fence, q.msg)
		}
	}
	if i < 0 {
		p.exchanges = append(p.exchanges, Exchange{Source: p.source(m), Hint: &Hint{}})
		i = len(p.exchanges) - 1
	}
	x := &p.exchanges[i]
	x.Status = m.status
	x.Hint.response(f.Annotation)
	x.Response, x.Hint.ResponseRepairs = p.message(m)
}

func (p *page) source(m parsed) Source {
	return Source{File: p.name, Line: p.lineOf(m.line), Offset: p.offset + int64(p.lines[m.line])}
}

// lineOf is the number of a line of src in the recording, where only LF ends one.
func (p *page) lineOf(i int) int { return p.line + p.breaks[i] }

// split finds the lines of src.
func (p *page) split() {
	breaks, column := 0, 0
	add := func(at int) {
		p.lines, p.breaks, p.columns = append(p.lines, at), append(p.breaks, breaks), append(p.columns, column)
	}
	add(0)
	for i, c := range p.src {
		if utf8.RuneStart(c) {
			column++
		}
		switch {
		case c == '\n':
			breaks, column = breaks+1, 0
			add(i + 1)
		case c == '\r' && (i+1 == len(p.src) || p.src[i+1] != '\n'):
			add(i + 1)
		}
	}
	if p.lines[len(p.lines)-1] < len(p.src) {
		add(len(p.src))
	}
}
