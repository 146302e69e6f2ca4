package mockserver

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/fixtures"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver/internal/entities"
	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
	"github.com/graphcontract/graphcontract/schema"
)

// setKey is the parameter that the key of an entity is in the paths of a set.
const setKey = "entity-id"

// EntitySet is a scenario of entities that are listed, read, created, changed and deleted, and whose changes a delta query tells. path is that of the
// list, such as "/users"; where it has parameters, as in "/groups/{group}/members", each of their values has a set of its own. items are those that
// each set has to begin with, as in [Collection]; those without an id get a number as one. EntitySet panics for another path and for other items, two with one
// id among them.
//
//	srv := mockserver.Start(t, mockserver.EntitySet("/external/connections", nil))
//
// Lists are those of a [Collection]; of an entity a client may $select members. What a body may have is what the page of the type says, as for all
// requests; members that the page calls read-only are the service's, whatever a body says. A request for an entity that there is not gets 404.
//
//   - POST creates an entity with the id of the body, or else, and where the page calls the id read-only, with a new one. One whose id there is gets 409. The
//     service sets createdDateTime and lastModifiedDateTime where the page calls them read-only; what else the contract asks for in the answer, and the body does not
//     have, gets a documented value.
//   - PATCH replaces the members that its body has, but the id: another one gets 400. It is answered as the page says, and else with 204, or with the
//     entity for Prefer: return=representation.
//   - DELETE removes.
//
// If-Match and If-None-Match are held against the entity's ETag, in one step with the change.
//
// GET path/delta tells all there is, or with $deltatoken=latest nothing, and ends with a link that tells, later, what has changed since: the entities that are new or
// another, as they are then, and the ids of those that are gone, or that the query's $filter does not take any longer. [Handler.Put] and [Handler.Remove] change
// entities as if somebody else did. [Handler.ExpireTokens] has the links answered with 410. All routes may stay unused.
func EntitySet(path string, items any, opts ...ListOption) Scenario {
	if !isListPath(path) {
		panic(fmt.Sprintf("mockserver: EntitySet(%q): want the path of the list alone, such as %q", path, "/users"))
	}
	initial, err := objects(items)
	if err == nil {
		initial, err = keyed(initial)
	}
	if err != nil {
		panic("mockserver: the items of the entity set " + path + ": " + err.Error())
	}
	l := newListing(opts)
	path = strings.TrimRight(path, "/")
	of := &partOf{make: func(h *Handler) part { return &entitySet{listing: l, handler: h, path: path, initial: initial} }}
	at := caller()
	route := func(name, method, path string) Route {
		return Route{
			Route: method + " " + path, Replies: []Response{of.reply(name)}, Optional: true, Source: at, part: of,
		}
	}
	one := path + "/{" + setKey + "}"
	return Scenario{Name: path, Routes: []Route{
		route("list", "GET", path), route("count", "GET", path+"/$count"), route("create", "POST", path),
		route("get", "GET", one), route("update", "PATCH", one), route("delete", "DELETE", one),
		route("delta", "GET", path+"/delta"),
	}}
}

// isListPath says whether a path is one that keys can be added to; it may have a host.
func isListPath(path string) bool {
	path = strings.TrimPrefix(path, "https://")
	return strings.Contains(strings.TrimRight(path, "/"), "/") && !strings.ContainsAny(path, " ?#") && !strings.Contains(path, "{"+setKey+"}")
}

// keyed gives items without an id one.
func keyed(items []map[string]any) ([]map[string]any, error) {
	taken := map[string]bool{}
	for i, item := range items {
		switch id := item["id"].(type) {
		case nil:
		case string:
			if id == "" || taken[id] {
				return nil, fmt.Errorf("item %d has the id %q, want one of its own", i, id)
			}
			taken[id] = true
		default:
			return nil, fmt.Errorf("item %d has the id %s, want a text", i, jsonText(id))
		}
	}
	next := 1
	for _, item := range items {
		for item["id"] == nil {
			if id := strconv.Itoa(next); !taken[id] {
				item["id"] = id
			}
			next++
		}
	}
	return items, nil
}

// entitySet is the part that answers for an entity set: a set of entities for each combination of the path's other parameters.
type entitySet struct {
	*listing
	handler *Handler
	path    string // with the names of its parameters
	initial []map[string]any

	mu   sync.Mutex
	sets map[string]*storedSet
}

// storedSet is one set with the pages of its lists.
type storedSet struct {
	entities.Set
	path       string
	pages      pages
	deltaPages pages
	deltas     tokens[*delta]
}

func (s *entitySet) answer(q *Request, name string) Response {
	set := s.set(q)
	switch name {
	case "list":
		return s.listing.list(q, &set.pages, set.members)
	case "count":
		return s.listing.count(q, set.members())
	case "create":
		return s.create(q, set)
	case "get":
		return s.get(q, set)
	case "update":
		return s.update(q, set)
	case "delete":
		return s.delete(q, set)
	default:
		return s.delta(q, set)
	}
}

// set is the one that the request's path names.
func (s *entitySet) set(q *Request) *storedSet {
	var values, named []string
	for i, name := range q.names {
		if name != setKey {
			values = append(values, q.values[i])
			named = append(named, "{"+name+"}", url.PathEscape(q.values[i]))
		}
	}
	key := joinKey(values)
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[key]
	if set == nil {
		set = &storedSet{path: strings.NewReplacer(named...).Replace(s.path)}
		for _, item := range s.initial {
			set.Put(item["id"].(string), item)
		}
		if s.sets == nil {
			s.sets = map[string]*storedSet{}
		}
		s.sets[key] = set
	}
	return set
}

// members are the entities, with their ETags.
func (s *storedSet) members() []map[string]any {
	all, _ := s.All()
	out := make([]map[string]any, len(all))
	for i, e := range all {
		out[i] = tagged(e)
	}
	return out
}

// change is a change of an entity, for those who have subscribed to it.
func (s *storedSet) change(t ChangeType, id string, e entities.Entity) Change {
	c := Change{Type: t, Resource: s.path + "/" + url.PathEscape(id)}
	if e.Members != nil {
		c.Data = tagged(e)
	}
	return c
}

// tagged is an entity with its ETag.
func tagged(e entities.Entity) map[string]any {
	out := maps.Clone(e.Members)
	out["@odata.etag"] = etagOf(e)
	return out
}

func etagOf(e entities.Entity) string { return `W/"` + strconv.FormatUint(e.Version, 10) + `"` }

func (s *entitySet) get(q *Request, set *storedSet) Response {
	e, ok := set.Get(q.Param(setKey))
	if !ok {
		return notFound(q)
	}
	for _, name := range sortedKeys(systemOptions(q)) {
		if name != "$select" && name != "$format" {
			return *unsupported("The query option " + name + " is not supported for a single resource.")
		}
	}
	asked, bad := readQuery(q, "")
	if bad != nil {
		return *bad
	}
	body := maps.Clone(asked.selection.Of(tagged(e)))
	body["@odata.context"] = contextOf(q, asked.selection, "/$entity")
	return Response{JSON: body, Header: http.Header{"Etag": {etagOf(e)}}}
}

// listPath is the path of the list that a request is for, or that has the entity which it is for: what is in front of the key.
func listPath(q *Request) string {
	path := strings.TrimRight(q.URL.EscapedPath(), "/")
	if q.Param(setKey) == "" {
		return path
	}
	slash := strings.LastIndexByte(path, '/')
	if name, _, inParentheses := strings.Cut(path[slash+1:], "("); inParentheses && strings.HasSuffix(path, ")") {
		return path[:slash+1] + name
	}
	return path[:slash]
}

func notFound(q *Request) Response {
	return refusal(http.StatusNotFound, "Request_ResourceNotFound", fmt.Sprintf("Resource '%s' does not exist.", q.Param(setKey)))
}

func (s *entitySet) create(q *Request, set *storedSet) Response {
	members, bad := bodyOf(q)
	if bad != nil {
		return *bad
	}
	typ := s.typeOf(q)
	typ.dropReadOnly(members)
	id, given := members["id"].(string)
	if !given || id == "" {
		id = q.handler.uuid(q)
	}
	members["id"] = id
	typ.stamp(members, q.handler.now(), "createdDateTime", "lastModifiedDateTime")
	s.complete(q, members)
	e, err := set.Insert(id, members)
	if err != nil {
		return refusal(http.StatusConflict, "nameAlreadyExists", fmt.Sprintf("There is a resource with the id '%s' already.", id))
	}
	body := tagged(e)
	q.handler.changed(set.change(Created, id, e))
	body["@odata.context"] = contextOf(q, nil, "/$entity")
	return Response{
		Status: http.StatusCreated, JSON: body,
		Header: http.Header{"Location": {listPath(q) + "/" + url.PathEscape(id)}},
	}
}

// complete gives a new entity the members that the contract asks for in the answer and the client has not sent: documented values, which follow from
// the entity's id.
func (s *entitySet) complete(q *Request, members map[string]any) {
	c := s.handler.options.contract
	op, _ := c.Operation(q.Method, q.URL.String())
	judge, err := c.Catalog().Schema(op.Response, c.Mode(), schema.Entity)
	if err != nil {
		return // no page knows the type
	}
	doc, err := json.Marshal(members)
	if err != nil {
		return // the answer says so
	}
	var documented map[string]any
	for _, f := range judge.Findings(doc) {
		if f.Rule != "required" || f.Pointer != "" {
			continue
		}
		if documented == nil {
			if documented = documentedMembers(judge, members["id"].(string)); documented == nil {
				return
			}
		}
		members[f.Property] = documented[f.Property]
	}
}

// documentedMembers are those of a valid entity, which follow from a text; nil where there is none.
func documentedMembers(s *schema.Schema, from string) map[string]any {
	seed := fnv.New64a()
	seed.Write([]byte(from))
	one, err := fixtures.New(s, fixtures.Seed(seed.Sum64())).One()
	if err != nil {
		return nil
	}
	v, _ := jsonmatch.Decode(one.Body)
	members, _ := v.(map[string]any)
	return members
}

func (s *entitySet) update(q *Request, set *storedSet) Response {
	changes, bad := bodyOf(q)
	if bad != nil {
		return *bad
	}
	id := q.Param(setKey)
	if other, ok := changes["id"]; ok && other != id {
		return *refused("Request_BadRequest", "The key of a resource cannot be changed.")
	}
	typ := s.typeOf(q)
	typ.dropReadOnly(changes)
	e, failure := s.change(q, set, func(members map[string]any) error {
		for name, v := range changes {
			if !strings.HasPrefix(name, "@") {
				members[name] = v
			}
		}
		typ.stamp(members, q.handler.now(), "lastModifiedDateTime")
		return nil
	})
	if failure != nil {
		return *failure
	}
	q.handler.changed(set.change(Updated, id, e))
	if !s.returnsEntity(q) {
		return Response{Status: http.StatusNoContent}
	}
	body := tagged(e)
	body["@odata.context"] = contextOf(q, nil, "/$entity")
	return Response{JSON: body}
}

// returnsEntity says whether the answer to a PATCH has the entity: the page of the operation says so, or else the client (RFC 7240, section 4.2).
func (s *entitySet) returnsEntity(q *Request) bool {
	op, _ := s.handler.options.contract.Operation(q.Method, q.URL.String())
	entity, nothing := slices.Contains(op.Statuses, http.StatusOK), slices.Contains(op.Statuses, http.StatusNoContent)
	if entity != nothing {
		return entity
	}
	return strings.Contains(text.Lower(strings.Join(q.Header.Values("Prefer"), ",")), "return=representation")
}

func (s *entitySet) delete(q *Request, set *storedSet) Response {
	for {
		version, failure := s.precondition(q, set)
		if failure != nil {
			return *failure
		}
		switch err := set.Delete(q.Param(setKey), version); {
		case err == nil:
			q.handler.changed(set.change(Deleted, q.Param(setKey), entities.Entity{}))
			return Response{Status: http.StatusNoContent}
		case errors.Is(err, entities.ErrNotFound):
			return notFound(q)
		}
	}
}

// change changes an entity, if it is the one that the client has seen.
func (s *entitySet) change(q *Request, set *storedSet, change func(members map[string]any) error) (entities.Entity, *Response) {
	for {
		version, failure := s.precondition(q, set)
		if failure != nil {
			return entities.Entity{}, failure
		}
		e, err := set.Update(q.Param(setKey), version, change)
		switch {
		case err == nil:
			return e, nil
		case errors.Is(err, entities.ErrNotFound):
			r := notFound(q)
			return e, &r
		}
	}
}

// precondition holds If-Match and If-None-Match against the entity that there is, and returns the version that must not have changed meanwhile, 0 for any.
func (s *entitySet) precondition(q *Request, set *storedSet) (version uint64, failure *Response) {
	e, ok := set.Get(q.Param(setKey))
	if !ok {
		r := notFound(q)
		return 0, &r
	}
	match, none := q.Header.Values("If-Match"), q.Header.Values("If-None-Match")
	if len(match) == 0 && len(none) == 0 {
		return 0, nil
	}
	if len(match) > 0 && !etagIn(match, etagOf(e)) || etagIn(none, etagOf(e)) {
		r := refusal(http.StatusPreconditionFailed, "preconditionFailed", messages["preconditionFailed"])
		return 0, &r
	}
	return e.Version, nil
}

// bodyOf is the object that a request sends.
func bodyOf(q *Request) (map[string]any, *Response) {
	v, err := q.value()
	if err != nil {
		return nil, refused("BadRequest", "The body cannot be read: "+notJSON(q, err)+".")
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil, refused("BadRequest", "The body is no object.")
	}
	members = maps.Clone(members)
	maps.DeleteFunc(members, func(name string, _ any) bool { return strings.HasPrefix(name, "@") && name != "@odata.type" })
	return members, nil
}

// setType is what the page of a set's type says of members that the service sets.
type setType struct {
	readOnly map[string]bool
	times    map[string]bool // that are read-only, too
}

// typeOf looks the type of the request's entities up, which is unknown where no page documents the operation.
func (s *entitySet) typeOf(q *Request) setType {
	typ := setType{readOnly: map[string]bool{}, times: map[string]bool{}}
	op, ok := s.handler.options.contract.Operation(q.Method, q.URL.String())
	if !ok {
		return typ
	}
	r, err := s.handler.options.contract.Catalog().Resource(cmp.Or(op.Request, op.Response))
	if err != nil {
		return typ
	}
	for i := range r.Properties {
		p := &r.Properties[i]
		typ.readOnly[p.Name] = p.ReadOnly
		typ.times[p.Name] = p.ReadOnly && p.Type == "Edm.DateTimeOffset" && !p.Collection
	}
	return typ
}

// dropReadOnly drops what a client has no say in, see also judgeRequest.
func (t setType) dropReadOnly(members map[string]any) {
	maps.DeleteFunc(members, func(name string, _ any) bool { return t.readOnly[name] })
}

// stamp sets the times that the type has.
func (t setType) stamp(members map[string]any, now time.Time, names ...string) {
	for _, name := range names {
		if t.times[name] {
			members[name] = now.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
}

// Put creates or replaces an entity of an [EntitySet], as if somebody else had. path is the entity's, "/users/adele", whose key becomes the entity's id.
// The error says that it is no path of an entity, or that entity is no object.
func (h *Handler) Put(path string, entity any) error {
	set, id, err := h.entity(path)
	if err != nil {
		return err
	}
	v, err := asJSON(entity)
	if err != nil {
		return fmt.Errorf("mockserver: %s: %w", path, err)
	}
	members, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("mockserver: %s: the entity is no object: %s", path, short(jsonText(v)))
	}
	members["id"] = id
	change := Updated
	e, isNew := set.Put(id, members)
	if isNew {
		change = Created
	}
	h.changed(set.change(change, id, e))
	return nil
}

// Remove deletes an entity of an [EntitySet], as if somebody else had. The error says that there is none.
func (h *Handler) Remove(path string) error {
	set, id, err := h.entity(path)
	if err != nil {
		return err
	}
	if err := set.Delete(id, 0); err != nil {
		return fmt.Errorf("mockserver: %s: %w", path, err)
	}
	h.changed(set.change(Deleted, id, entities.Entity{}))
	return nil
}

// ExpireTokens has the links that delta queries have given so far, those to further pages, too, answered with 410, whose Location begins the query
// anew.
func (h *Handler) ExpireTokens() {
	h.partsMu.Lock()
	defer h.partsMu.Unlock()
	for _, p := range h.parts {
		if s, ok := p.(*entitySet); ok {
			s.expire()
		}
	}
}

// entity is the set that has, or could have, the entity of a path, and its id.
func (h *Handler) entity(path string) (set *storedSet, id string, err error) {
	h.mu.Lock()
	p := h.program
	h.mu.Unlock()
	var found *stub
	q := &Request{}
	p.index.Each(http.MethodGet, path, func(n *group, values []string) bool {
		for i := range n.entries {
			e := &n.entries[i]
			if e.part == nil || !slices.Contains(e.names, setKey) {
				continue
			}
			found, q.names = e.stub, e.names
			for _, k := range e.order {
				q.values = append(q.values, values[k])
			}
			return false
		}
		return true
	})
	if found == nil {
		return nil, "", fmt.Errorf("mockserver: %s is no entity of an entity set", path)
	}
	return h.part(found.part).(*entitySet).set(q), q.Param(setKey), nil
}
