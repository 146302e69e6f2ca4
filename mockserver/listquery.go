package mockserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// listQuery is what a request asks of a list.
type listQuery struct {
	filter    *query.Filter
	order     query.Order
	selection query.Selection
	top       int // 0: it does not say
	skip      bool
	count     bool
	raw       url.Values // of the options that the next page has, too
}

// readQuery reads the options of a request for a list, or says why they cannot be answered.
func readQuery(q *Request) (*listQuery, *Response) {
	l := &listQuery{raw: url.Values{}}
	var err error
	for name := range q.URL.Query() {
		option := odata.Option(name)
		value := odata.Values(q.URL.RawQuery, option)[0]
		l.raw.Set(option, value)
		switch option {
		case "$filter":
			l.filter, err = query.ParseFilter(value)
		case "$orderby":
			l.order, err = query.ParseOrder(value)
		case "$select":
			l.selection, err = query.ParseSelection(value)
		case "$top":
			if l.top, err = strconv.Atoi(value); err != nil || l.top < 1 {
				err = fmt.Errorf("$top is %q, want a number that is greater than 0", value)
			}
		case "$count":
			l.count = text.Lower(value) == "true"
		case "$skip":
			l.skip = true
		case "$format":
		default:
			if strings.HasPrefix(option, "$") {
				return nil, refused("Request_UnsupportedQuery", "The query option "+option+" is not supported.")
			}
			delete(l.raw, option)
		}
		if err != nil {
			return nil, refused("BadRequest", "Invalid query: "+err.Error()+".")
		}
	}
	if isDirectory(q) && !(isEventual(q) && l.count) {
		if l.filter != nil && l.filter.IsAdvanced() || l.filter != nil && l.order != nil {
			return nil, refused("Request_UnsupportedQuery", "The query needs the advanced query capabilities of directory objects: "+
				"the header ConsistencyLevel: eventual, and $count=true.")
		}
	}
	if isDirectory(q) && !isEventual(q) {
		l.count = false // Graph leaves it out, without a word
	}
	return l, nil
}

// apply filters and orders entities.
func (l *listQuery) apply(entities []map[string]any) ([]map[string]any, *Response) {
	if l.filter != nil {
		var kept []map[string]any
		for _, e := range entities {
			ok, err := l.filter.Match(e)
			if err != nil {
				return nil, refused("BadRequest", "Invalid query: "+err.Error()+".")
			}
			if ok {
				kept = append(kept, e)
			}
		}
		entities = kept
	}
	if l.order != nil {
		entities = slices.Clone(entities)
		slices.SortStableFunc(entities, l.order.Compare)
	}
	return entities, nil
}

func refused(code, message string) *Response {
	r := refusal(http.StatusBadRequest, code, message)
	return &r
}

// directory are the entity sets of directory objects, and the relationships between them.
var directory = []string{
	"administrativeunits", "applications", "contacts", "devices", "directoryobjects", "directoryroles", "groups", "serviceprincipals", "users",
	"approleassignedto", "createdobjects", "directreports", "memberof", "members", "ownedobjects", "owneddevices", "owners", "registereddevices",
	"registeredowners", "registeredusers", "transitivememberof", "transitivemembers",
}

// isDirectory says whether a request is for a list of directory objects, whose advanced queries Graph answers from another store.
func isDirectory(q *Request) bool {
	path := strings.TrimSuffix(strings.TrimRight(text.Lower(q.URL.Path), "/"), "/$count")
	return slices.Contains(directory, path[strings.LastIndexByte(path, '/')+1:])
}

// isEventual says whether the client puts up with what other replicas do not know yet.
func isEventual(q *Request) bool {
	return strings.EqualFold(q.Header.Get("ConsistencyLevel"), "eventual")
}
