package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// ErrPaging is a request for a page that no link leads to: clients follow @odata.nextLink and @odata.deltaLink as they are.
var ErrPaging = errors.New("page that no link leads to")

// A ListOption changes how a [Collection] or an [EntitySet] is listed.
type ListOption func(*listing)

// listing is how lists are answered.
type listing struct {
	pageSize  int
	throttled map[int]time.Duration // Retry-After by number of the page
}

// PageSize is how many items a page has at most; without it that is 100. A client asks for fewer by $top, or by Prefer: odata.maxpagesize.
// It panics for a size below 1.
func PageSize(n int) ListOption {
	if n < 1 {
		panic(fmt.Sprintf("mockserver: PageSize(%d): a page has 1 item or more", n))
	}
	return func(l *listing) { l.pageSize = n }
}

// ThrottleAt has a page, the first one is 1, answered with 429 and a Retry-After when it is first asked for: once for each query and each
// client, by its Authorization. It panics for a page below 1, and for a retryAfter that is no time.
func ThrottleAt(page int, retryAfter time.Duration) ListOption {
	if page < 1 || retryAfter <= 0 {
		panic(fmt.Sprintf("mockserver: ThrottleAt(%d, %v): pages are counted from 1, and the time is more than 0", page, retryAfter))
	}
	return func(l *listing) {
		if l.throttled == nil {
			l.throttled = map[int]time.Duration{}
		}
		l.throttled[page] = retryAfter
	}
}

func newListing(opts []ListOption) *listing {
	l := &listing{pageSize: 100}
	for _, o := range opts {
		o(l)
	}
	return l
}

// Collection is a scenario of one list: its pages, and what OData asks of it. route is GET and a path. items is a slice of what json.Marshal
// makes objects of, or of documents ([]byte), or what [fixtures.Generator.Many] yields. Collection panics for another route and for other items.
//
//	mockserver.Start(t, mockserver.Collection("GET /users", users, mockserver.PageSize(100), mockserver.ThrottleAt(2, 10*time.Second)))
//
// Pages have an @odata.nextLink with a token that says nothing. A link that no page has, such as one with a token or an option of the client's own,
// and a $skip are answered with 400 and reported ([ErrPaging]).
//
// It knows $filter, $orderby, $select, $top and $count, and $count as a segment of the path; other options, $search and $expand among them,
// are answered with 400. Lists of directory objects want the header ConsistencyLevel: eventual where Graph does: without it $count=true counts nothing, and
// a path that ends in $count gets 400; without it and $count=true a $filter gets 400 that has ne, not, endswith, contains or a count, or
// an $orderby beside it.
func Collection(route string, items any, opts ...ListOption) Scenario {
	route = strings.TrimRight(route, "/")
	if method, path, _ := strings.Cut(route, " "); method != http.MethodGet || path == "" {
		panic(fmt.Sprintf("mockserver: Collection(%q): want GET and a path, such as %q", route, "GET /users"))
	}
	entities, err := objects(items)
	if err != nil {
		panic("mockserver: the items of the collection " + route + ": " + err.Error())
	}
	l := newListing(opts)
	of := &partOf{make: func(*Handler) part { return &list{listing: l, entities: entities} }}
	at := caller()
	return Scenario{Name: route, Routes: []Route{
		{Route: route, Replies: []Response{of.reply("list")}, Source: at},
		{Route: route + "/$count", Replies: []Response{of.reply("count")}, Optional: true, Source: at},
	}}
}

// objects decodes items.
func objects(items any) ([]map[string]any, error) {
	switch docs := items.(type) {
	case [][]byte:
		items = raw(slices.Values(docs))
	case iter.Seq[fixtures.Fixture]:
		items = raw(func(yield func([]byte) bool) {
			docs(func(f fixtures.Fixture) bool { return yield(f.Body) })
		})
	}
	doc, err := json.Marshal(items)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(doc, []byte("null")) {
		return nil, nil
	}
	v, err := jsonmatch.Decode(doc)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("want a slice of objects, got %T", items)
	}
	out := make([]map[string]any, len(list))
	for i, item := range list {
		if out[i], ok = item.(map[string]any); !ok {
			return nil, fmt.Errorf("item %d is no object: %s", i, short(jsonText(item)))
		}
	}
	return out, nil
}

// raw are documents as json.Marshal takes them.
func raw(docs iter.Seq[[]byte]) []json.RawMessage {
	var out []json.RawMessage
	for d := range docs {
		out = append(out, d)
	}
	return out
}

// list is the part that answers for a constant list.
type list struct {
	*listing
	entities []map[string]any
	pages    pages
}

func (l *list) answer(q *Request, name string) Response {
	if name == "count" {
		return l.listing.count(q, l.entities)
	}
	return l.listing.list(q, &l.pages, func() []map[string]any { return l.entities })
}

// pages are the pages that links lead to, and those that have been throttled.
type pages struct {
	tokens[*page]
	refused sync.Map // keys of pages
}

// page is one page of the result of a query.
type page struct {
	number  int
	rest    []map[string]any // from this page on
	asked   *listQuery
	size    int
	total   int    // of all pages; below 0: it was not asked for
	version uint64 // of the set, for a delta query
}

// list answers a request for a page.
func (l *listing) list(q *Request, pages *pages, all func() []map[string]any) Response {
	p, bad := pages.followed(q)
	if p == nil && bad == nil {
		p, bad = l.first(q, all())
	}
	if bad == nil {
		bad = l.throttle(q, pages, p)
	}
	if bad != nil {
		return *bad
	}
	body, _ := l.render(q, pages, p)
	if p.total >= 0 {
		body["@odata.count"] = p.total
	}
	return Response{JSON: body, Header: p.asked.header()}
}

// followed is the page that the link leads to which a request follows, nil where it follows none, or why there is no such page.
func (p *pages) followed(q *Request) (*page, *Response) {
	token, ok := option(q, "$skiptoken")
	if !ok {
		return nil, nil
	}
	l, ok := p.at(token)
	switch {
	case !ok || !follow(q, "$skiptoken", l.to.asked):
		return nil, inventedLink(q)
	case l.expired:
		return nil, resync(q, l.to.asked)
	}
	return l.to, nil
}

// first is the first page of what a query asks for, or why there is none.
func (l *listing) first(q *Request, entities []map[string]any) (*page, *Response) {
	asked, bad := readQuery(q, "")
	if bad != nil {
		return nil, bad
	}
	rest, bad := asked.apply(entities)
	if bad != nil {
		return nil, bad
	}
	p := &page{number: 1, rest: rest, asked: asked, size: asked.size(l.pageSize), total: -1}
	if asked.count {
		p.total = len(rest)
	}
	return p, nil
}

// throttle turns a request for a page away that is to be throttled and has not been yet.
func (l *listing) throttle(q *Request, pages *pages, p *page) *Response {
	wait, ok := l.throttled[p.number]
	if !ok {
		return nil
	}
	key := strings.Join([]string{strconv.Itoa(p.number), q.URL.EscapedPath(), p.asked.raw.Encode(), q.Header.Get("Authorization")}, " ")
	if _, before := pages.refused.LoadOrStore(key, true); before {
		return nil
	}
	return &Response{Status: http.StatusTooManyRequests, Fixture: "error/TooManyRequests", RetryAfter: wait}
}

// render makes the body of a page, with the link to the next one, and says whether it is the last.
func (l *listing) render(q *Request, pages *pages, p *page) (body map[string]any, last bool) {
	n := min(p.size, len(p.rest))
	value := make([]map[string]any, n)
	for i, e := range p.rest[:n] {
		if value[i] = e; e["@removed"] == nil {
			value[i] = p.asked.selection.Of(e)
		}
	}
	body = map[string]any{"@odata.context": contextOf(q, p.asked.selection, ""), "value": value}
	if n == len(p.rest) {
		return body, true
	}
	next := *p
	next.number, next.rest, next.total = p.number+1, p.rest[n:], -1
	body["@odata.nextLink"] = linkTo(q, p.asked.raw, "$skiptoken", pages.give(q, &next))
	return body, false
}

// linkTo is a link with a token to the list that was asked for.
func linkTo(q *Request, options url.Values, name, token string) string {
	options = maps.Clone(options)
	options.Set(name, token)
	return link(q, options)
}

// link is a link to the list that was asked for, as a path that becomes absolute when it is sent.
func link(q *Request, options url.Values) string {
	path := q.URL.EscapedPath()
	if len(options) == 0 {
		return path
	}
	return path + "?" + strings.ReplaceAll(options.Encode(), "%24", "$")
}

// contextOf is the context URL of a list, or of an entity of it (OData Protocol 4.01, section 10).
func contextOf(q *Request, s query.Selection, suffix string) string {
	path := strings.TrimSuffix(listPath(q), "/delta")
	if v := versionOf(path); v != "" {
		path = path[1+len(v):]
	}
	path = strings.TrimPrefix(path, "/")
	if s != nil {
		names := make([]string, len(s))
		for i, p := range s {
			names[i] = p.String()
		}
		path += "(" + strings.Join(names, ",") + ")"
	}
	return q.Base() + "/$metadata#" + path + suffix
}

// count answers a request for the number of items (OData URL Conventions 4.01, section 4.8).
func (l *listing) count(q *Request, entities []map[string]any) Response {
	if isDirectory(q) && !isEventual(q) {
		return *unsupported("Raw count (/$count) is not supported because the 'ConsistencyLevel:eventual' header is missing. " +
			"Please add 'ConsistencyLevel:eventual' in the request header.")
	}
	asked, bad := readQuery(q, "")
	if bad != nil {
		return *bad
	}
	rest, bad := asked.apply(entities)
	if bad != nil {
		return *bad
	}
	return Response{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(strconv.Itoa(len(rest)))}
}
