package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// ErrPaging is a request for a page with a token that no answer gave: clients follow @odata.nextLink as it is.
var ErrPaging = errors.New("page that no link leads to")

// A ListOption changes how a [Collection] or an [EntitySet] is listed.
type ListOption func(*listing)

// listing is how lists are answered.
type listing struct {
	pageSize  int
	throttled map[int]time.Duration // Retry-After by number of the page
}

// PageSize is how many items a page has at most; without it that is 100. A client asks for fewer by $top.
func PageSize(n int) ListOption { return func(l *listing) { l.pageSize = n } }

// ThrottleAt has the first request of each client for a page, the first one is 1, answered with 429 and a Retry-After.
func ThrottleAt(page int, retryAfter time.Duration) ListOption {
	return func(l *listing) {
		if l.throttled == nil {
			l.throttled = map[int]time.Duration{}
		}
		l.throttled[page] = retryAfter
	}
}

// Collection is a scenario of one list: its pages, and what OData asks of it. items is a slice of what json.Marshal makes objects of,
// or of documents ([]byte); Collection panics for another.
//
//	mockserver.Start(t, mockserver.Collection("GET /users", users, mockserver.PageSize(100), mockserver.ThrottleAt(2, 10*time.Second)))
//
// Pages have an @odata.nextLink with a token that says nothing; a token that no page gave, or a $skip, is answered with 400 and reported.
// It knows $filter, $orderby, $select, $top and $count, and $count as a segment of the path; other options, $search and $expand among them, are answered
// with 400. Lists of directory objects want ConsistencyLevel: eventual where Graph does.
func Collection(route string, items any, opts ...ListOption) Scenario {
	entities, err := objects(items)
	if err != nil {
		panic("mockserver: the items of the collection " + route + ": " + err.Error())
	}
	l := &listing{pageSize: 100}
	for _, o := range opts {
		o(l)
	}
	of := &partOf{make: func(*Handler) part { return &list{listing: l, entities: entities} }}
	at := caller()
	return Scenario{Name: route, Routes: []Route{
		{Route: route, Per: []string{}, Replies: []Response{of.reply("list")}, Source: at},
		{Route: route + "/$count", Per: []string{}, Replies: []Response{of.reply("count")}, Optional: true, Source: at},
	}}
}

// objects decodes items.
func objects(items any) ([]map[string]any, error) {
	if docs, ok := items.([][]byte); ok {
		items = slices.Collect(func(yield func(json.RawMessage) bool) {
			for _, d := range docs {
				if !yield(d) {
					return
				}
			}
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
		return nil, errors.New("want a slice")
	}
	out := make([]map[string]any, len(list))
	for i, item := range list {
		if out[i], ok = item.(map[string]any); !ok {
			return nil, fmt.Errorf("item %d is no object", i)
		}
	}
	return out, nil
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

// refuse says whether a page has to be throttled, which it is once.
func (p *pages) refuse(key string) bool {
	_, before := p.refused.LoadOrStore(key, true)
	return !before
}

// page is one page of the result of a query.
type page struct {
	number    int
	rest      []map[string]any // from this page on
	selection query.Selection
	size      int
	total     int // of all pages; below 0: it was not asked for
	query     url.Values
	version   uint64 // of the set, for a delta query
}

// list answers a request for a page.
func (l *listing) list(q *Request, pages *pages, all func() []map[string]any) Response {
	token, paged := option(q, "$skiptoken")
	var current *page
	if paged {
		var ok, expired bool
		switch current, ok, expired = pages.at(token); {
		case expired:
			return resync(q)
		case !ok:
			return inventedLink(q)
		}
	} else {
		var bad *Response
		if current, bad = l.first(q, all()); bad != nil {
			return *bad
		}
	}
	if wait, ok := l.throttled[current.number]; ok && pages.refuse(q.line()+" "+q.Header.Get("Authorization")) {
		return Response{Status: http.StatusTooManyRequests, Fixture: "error/TooManyRequests", RetryAfter: wait}
	}
	return l.page(q, pages, current)
}

// option is a query option's value, and whether it is there.
func option(q *Request, name string) (string, bool) {
	values := odata.Values(q.URL.RawQuery, name)
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// first is the first page of what a query asks for, or why there is none.
func (l *listing) first(q *Request, entities []map[string]any) (*page, *Response) {
	asked, bad := readQuery(q)
	if bad != nil {
		return nil, bad
	}
	if asked.skip {
		q.handler.violate(q, ErrPaging, "%s: $skip is no way to page through this collection: a client follows @odata.nextLink as it is", q.line())
		return nil, refused("Request_UnsupportedQuery", "The query option $skip is not supported.")
	}
	rest, bad := asked.apply(entities)
	if bad != nil {
		return nil, bad
	}
	p := &page{number: 1, rest: rest, selection: asked.selection, size: l.pageSize, total: -1, query: asked.raw}
	if asked.top > 0 {
		p.size = min(asked.top, l.pageSize)
	}
	if asked.count {
		p.total = len(rest)
	}
	return p, nil
}

// page renders a page, with the link to the next one.
func (l *listing) page(q *Request, pages *pages, p *page) Response {
	body, _ := l.render(q, pages, p)
	if p.total >= 0 {
		body["@odata.count"] = p.total
	}
	return Response{JSON: body}
}

// render makes the body of a page, and says whether it is the last.
func (l *listing) render(q *Request, pages *pages, p *page) (body map[string]any, last bool) {
	n := min(p.size, len(p.rest))
	value := make([]map[string]any, n)
	for i, e := range p.rest[:n] {
		if value[i] = e; e["@removed"] == nil {
			value[i] = p.selection.Of(e)
		}
	}
	body = map[string]any{"@odata.context": q.Base() + contextOf(q, p.selection, ""), "value": value}
	if n == len(p.rest) {
		return body, true
	}
	next := *p
	next.number, next.rest, next.total = p.number+1, p.rest[n:], -1
	body["@odata.nextLink"] = linkTo(q, p.query, "$skiptoken", pages.give(q, &next))
	return body, false
}

// linkTo is a link to the same list, as a path that becomes absolute when it is sent.
func linkTo(q *Request, options url.Values, name, token string) string {
	link := maps.Clone(options)
	link.Set(name, token)
	return q.URL.EscapedPath() + "?" + strings.ReplaceAll(link.Encode(), "%24", "$")
}

// contextOf is the fragment of a collection's context URL (OData Protocol 4.01, section 10).
func contextOf(q *Request, s query.Selection, suffix string) string {
	path := strings.Trim(q.URL.EscapedPath(), "/")
	if v := versionOf(path); v != "" {
		path = strings.TrimPrefix(path[len(v):], "/")
	}
	var names []string
	for _, p := range s {
		names = append(names, p.String())
	}
	if names != nil {
		path += "(" + strings.Join(names, ",") + ")"
	}
	return "/$metadata#" + path + suffix
}

// count answers a request for the number of items (OData URL Conventions 4.01, section 4.8).
func (l *listing) count(q *Request, entities []map[string]any) Response {
	if isDirectory(q) && !isEventual(q) {
		return *refused("Request_UnsupportedQuery", "Raw count (/$count) is not supported because the 'ConsistencyLevel:eventual' header is missing.")
	}
	asked, bad := readQuery(q)
	if bad != nil {
		return *bad
	}
	rest, bad := asked.apply(entities)
	if bad != nil {
		return *bad
	}
	return Response{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(strconv.Itoa(len(rest)))}
}
