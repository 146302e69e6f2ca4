package mockserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// delta is a point in a set's history, and what the query that led there asked.
type delta struct {
	version   uint64
	selection query.Selection
	query     url.Values
}

func (s *entitySet) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.sets {
		set.deltas.expire()
		set.pages.expire()
	}
}

// delta answers a delta query: all there is, or what has changed since the link that the client follows was given. A link to the next page
// leads to what was found when the first page was asked for.
func (s *entitySet) delta(q *Request, set *storedSet) Response {
	if token, ok := option(q, "$skiptoken"); ok {
		p, ok, expired := set.pages.at(token)
		switch {
		case expired:
			return resync(q)
		case !ok:
			return inventedLink(q)
		}
		return s.deltaPage(q, set, p)
	}
	token, follows := option(q, "$deltatoken")
	if !follows || token == "latest" {
		return s.deltaFirst(q, set, token == "latest")
	}
	at, ok, expired := set.deltas.at(token)
	switch {
	case expired:
		return resync(q)
	case !ok:
		return inventedLink(q)
	}
	changes := set.Since(at.version)
	p := &page{number: 1, selection: at.selection, size: s.pageSize, total: -1, query: at.query, version: changes.Version}
	for _, e := range changes.Changed {
		p.rest = append(p.rest, tagged(e))
	}
	for _, id := range changes.Removed {
		p.rest = append(p.rest, map[string]any{"id": id, "@removed": map[string]any{"reason": "deleted"}})
	}
	return s.deltaPage(q, set, p)
}

// deltaFirst begins a history: with all there is, or, for the token "latest", with nothing.
func (s *entitySet) deltaFirst(q *Request, set *storedSet, latest bool) Response {
	asked, bad := readQuery(q)
	switch {
	case bad != nil:
		return *bad
	case asked.skip, asked.order != nil, asked.count:
		return *refused("Request_UnsupportedQuery", "A delta query takes $select and $filter, and no $skip, $orderby or $count.")
	}
	all, version := set.All()
	p := &page{number: 1, selection: asked.selection, size: s.pageSize, total: -1, query: asked.raw, version: version}
	p.query.Del("$deltatoken")
	if p.selection != nil {
		p.selection = append(p.selection, query.Path{"id"}) // without which nobody knew what has changed
	}
	if !latest {
		for _, e := range all {
			p.rest = append(p.rest, tagged(e))
		}
		if p.rest, bad = asked.apply(p.rest); bad != nil {
			return *bad
		}
	}
	return s.deltaPage(q, set, p)
}

// deltaPage renders a page of a delta query. The last one has the link to what changes from then on.
func (s *entitySet) deltaPage(q *Request, set *storedSet, p *page) Response {
	if wait, ok := s.throttled[p.number]; ok && set.pages.refuse(q.line()+" "+q.Header.Get("Authorization")) {
		return Response{Status: http.StatusTooManyRequests, Fixture: "error/TooManyRequests", RetryAfter: wait}
	}
	body, last := s.render(q, &set.pages, p)
	if last {
		token := set.deltas.give(q, &delta{version: p.version, selection: p.selection, query: p.query})
		body["@odata.deltaLink"] = linkTo(q, p.query, "$deltatoken", token)
	}
	body["@odata.context"] = q.Base() + strings.TrimSuffix(contextOf(q, p.selection, ""), "/delta") + "/$delta"
	return Response{JSON: body}
}

// inventedLink answers a request for a link that no answer gave.
func inventedLink(q *Request) Response {
	q.handler.violate(q, ErrPaging, "%s: no answer has a link with this token: a client follows @odata.nextLink and @odata.deltaLink as they are", q.line())
	return refusal(http.StatusBadRequest, "BadRequest", "The token is not valid.")
}

// resync answers a request for a link that has expired: Location begins anew.
func resync(q *Request) Response {
	r := refusal(http.StatusGone, "syncStateNotFound", messages["syncStateNotFound"])
	r.Header = http.Header{"Location": {q.URL.EscapedPath()}}
	return r
}
