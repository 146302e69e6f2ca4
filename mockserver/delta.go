package mockserver

import (
	"net/http"
	"slices"

	"github.com/graphcontract/graphcontract/mockserver/internal/entities"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// delta is a point in a set's history, and what the query that led there asked.
type delta struct {
	version uint64
	asked   *listQuery
}

func (s *entitySet) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.sets {
		set.deltas.expire()
		set.deltaPages.expire()
	}
}

// delta answers a delta query: all there is, or what has changed since the link that the client follows was given. A link to the next page
// leads to what was found when the first page was asked for.
func (s *entitySet) delta(q *Request, set *storedSet) Response {
	p, bad := set.deltaPages.followed(q)
	if p == nil && bad == nil {
		p, bad = s.deltaBegin(q, set)
	}
	if bad == nil {
		bad = s.throttle(q, &set.deltaPages, p)
	}
	if bad != nil {
		return *bad
	}
	return s.deltaPage(q, set, p)
}

// deltaBegin is the first page of what a delta query asks for, or why there is none.
func (s *entitySet) deltaBegin(q *Request, set *storedSet) (*page, *Response) {
	token, follows := option(q, "$deltatoken")
	if !follows || token == "latest" {
		return s.deltaFirst(q, set, token == "latest")
	}
	l, ok := set.deltas.at(token)
	switch {
	case !ok || !follow(q, "$deltatoken", l.to.asked):
		return nil, inventedLink(q)
	case l.expired:
		return nil, resync(q, l.to.asked)
	}
	return s.changes(set.Since(l.to.version), l.to)
}

// deltaFirst begins a history: with all there is, or, for the token "latest", with nothing.
func (s *entitySet) deltaFirst(q *Request, set *storedSet, latest bool) (*page, *Response) {
	asked, bad := readQuery(q, "$deltatoken")
	switch {
	case bad != nil:
		return nil, bad
	case asked.order != nil, asked.count:
		return nil, unsupported("A delta query takes $select, $filter and $top, and no $orderby or $count.")
	}
	if asked.selection != nil {
		asked.selection = append(asked.selection, query.Path{"id"}) // without which nobody knew what has changed
	}
	all, version := set.All()
	p := &page{number: 1, asked: asked, size: asked.size(s.pageSize), total: -1, version: version}
	if latest {
		return p, nil
	}
	for _, e := range all {
		p.rest = append(p.rest, tagged(e))
	}
	p.rest, bad = asked.apply(p.rest)
	return p, bad
}

// changes is the first page of what has changed since a point. What the query's filter does not take any longer is removed.
func (s *entitySet) changes(c entities.Changes, since *delta) (*page, *Response) {
	p := &page{number: 1, asked: since.asked, size: since.asked.size(s.pageSize), total: -1, version: c.Version}
	for _, e := range c.Changed {
		item := tagged(e)
		switch ok, bad := since.asked.takes(item); {
		case bad != nil:
			return nil, bad
		case ok:
			p.rest = append(p.rest, item)
		case e.Created <= since.version:
			p.rest = append(p.rest, removed(e.ID, "changed"))
		}
	}
	for _, id := range c.Removed {
		p.rest = append(p.rest, removed(id, "deleted"))
	}
	return p, nil
}

// removed is what a delta query tells of an entity that is no part of the set, or of what was asked for, any longer (OData JSON 4.01, section 15.3).
func removed(id, reason string) map[string]any {
	return map[string]any{"id": id, "@removed": map[string]any{"reason": reason}}
}

// deltaPage renders a page of a delta query. The last one has the link to what changes from then on.
func (s *entitySet) deltaPage(q *Request, set *storedSet, p *page) Response {
	body, last := s.render(q, &set.deltaPages, p)
	if last {
		token := set.deltas.give(q, &delta{version: p.version, asked: p.asked})
		body["@odata.deltaLink"] = linkTo(q, p.asked.raw, "$deltatoken", token)
	}
	body["@odata.context"] = contextOf(q, p.asked.selection, "/$delta")
	return Response{JSON: body, Header: p.asked.header()}
}

// follow says whether a request follows a link with a token as it is: with the options of the query that led there, and no others.
func follow(q *Request, token string, asked *listQuery) bool {
	sent := systemOptions(q)
	sent.Del(token)
	if len(sent) != len(asked.raw) {
		return false
	}
	for name, values := range sent {
		if !slices.Equal(values, asked.raw[name]) {
			return false
		}
	}
	return true
}

// inventedLink answers a request for a link that no answer gave.
func inventedLink(q *Request) *Response {
	since := ""
	if q.handler.wasReset() {
		since = " since the last Reset"
	}
	q.handler.violate(q, ErrPaging, "%s: no answer%s has this link: a client follows @odata.nextLink and @odata.deltaLink as they are", q.line(), since)
	return refused("BadRequest", "The token is not valid.")
}

// resync answers a request for a link that has expired: Location begins the query anew.
func resync(q *Request, asked *listQuery) *Response {
	r := refusal(http.StatusGone, "syncStateNotFound", messages["syncStateNotFound"])
	r.Header = http.Header{"Location": {link(q, asked.raw)}}
	return &r
}
