package mockserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver/internal/query"
)

// listQuery is what a request asks of a list.
type listQuery struct {
	filter    *query.Filter
	order     query.Order
	selection query.Selection
	top       int // 0: it does not say
	prefers   int // how many items the client would like a page to have at most; 0: it does not say
	count     bool
	raw       url.Values // the options as they came, which the links to other pages have, too
}

// systemOptions are the system query options of a request, by their canonical names.
func systemOptions(q *Request) url.Values {
	out := url.Values{}
	for pair := range strings.SplitSeq(q.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if name = odata.Option(name); strings.HasPrefix(name, "$") {
			out[name] = odata.Values(q.URL.RawQuery, name)
		}
	}
	return out
}

// option is a query option's value, and whether it is there.
func option(q *Request, name string) (string, bool) {
	values := odata.Values(q.URL.RawQuery, name)
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// readQuery reads the options of a request for a list, but one that the caller knows, or says why they cannot be answered.
func readQuery(q *Request, known string) (*listQuery, *Response) {
	l := &listQuery{raw: systemOptions(q), prefers: preferredSize(q)}
	delete(l.raw, known)
	for _, name := range sortedKeys(l.raw) {
		if len(l.raw[name]) > 1 {
			return nil, unreadable(fmt.Errorf("query option '%s' was specified more than once, but it must be specified at most once", name))
		}
		if bad := l.read(q, name, l.raw.Get(name)); bad != nil {
			return nil, bad
		}
	}
	if !isDirectory(q) {
		return l, nil
	}
	advanced := isEventual(q) && (l.count || isCount(q))
	switch {
	case !advanced && l.filter != nil && l.order != nil:
		return nil, unsupported("Sorting not supported for current query." + wantsAdvanced)
	case !advanced && l.filter != nil && l.filter.IsAdvanced():
		return nil, unsupported("Unsupported Query." + wantsAdvanced)
	case l.top > maxDirectoryPage:
		return nil, unsupported(fmt.Sprintf("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", l.top, maxDirectoryPage))
	}
	l.count = l.count && isEventual(q) // Graph leaves it out, without a word
	return l, nil
}

// wantsAdvanced says what Graph does not.
const wantsAdvanced = " It needs the advanced query capabilities of directory objects: the header ConsistencyLevel: eventual, and $count=true."

// maxDirectoryPage is how many directory objects a client may ask for in a page.
const maxDirectoryPage = 999

// read reads one option.
func (l *listQuery) read(q *Request, name, value string) *Response {
	var err error
	switch name {
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
		if l.count, err = strconv.ParseBool(text.Lower(value)); err != nil {
			err = fmt.Errorf("$count is %q, want true or false", value)
		}
	case "$format":
	case "$skip":
		q.handler.violate(q, ErrPaging, "%s: $skip is no way to page through this list: a client follows @odata.nextLink as it is", q.line())
		return unsupported("The query option $skip is not supported.")
	case "$skiptoken", "$deltatoken":
		return inventedLink(q)
	default:
		return unsupported("The query option " + name + " is not supported.")
	}
	if err != nil {
		return unreadable(err)
	}
	return nil
}

// takes says whether the filter, if there is one, takes an entity.
func (l *listQuery) takes(entity map[string]any) (bool, *Response) {
	if l.filter == nil {
		return true, nil
	}
	ok, err := l.filter.Match(entity)
	if err != nil {
		return false, unreadable(err)
	}
	return ok, nil
}

// apply filters and orders entities.
func (l *listQuery) apply(entities []map[string]any) ([]map[string]any, *Response) {
	if l.filter == nil && l.order == nil {
		return entities, nil
	}
	kept := make([]map[string]any, 0, len(entities))
	for _, e := range entities {
		ok, bad := l.takes(e)
		if bad != nil {
			return nil, bad
		}
		if ok {
			kept = append(kept, e)
		}
	}
	if l.order != nil {
		slices.SortStableFunc(kept, l.order.Compare)
	}
	return kept, nil
}

// size is how many items a page has at most.
func (l *listQuery) size(most int) int {
	for _, wish := range []int{l.top, l.prefers} {
		if wish > 0 {
			most = min(most, wish)
		}
	}
	return most
}

// preferredSize is the odata.maxpagesize of the Prefer header (OData Protocol 4.01, section 8.2.8.5), 0 without one.
func preferredSize(q *Request) int {
	for preference := range strings.SplitSeq(strings.Join(q.Header.Values("Prefer"), ","), ",") {
		name, value, _ := strings.Cut(preference, "=")
		if name = strings.TrimPrefix(text.Lower(strings.TrimSpace(name)), "odata."); name != "maxpagesize" {
			continue
		}
		if n, err := strconv.Atoi(strings.Trim(value, ` "`)); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// header says which of the client's preferences a page follows (RFC 7240, section 3).
func (l *listQuery) header() http.Header {
	if l.prefers == 0 {
		return nil
	}
	return http.Header{"Preference-Applied": {"odata.maxpagesize=" + strconv.Itoa(l.prefers)}}
}

func refused(code, message string) *Response {
	r := refusal(http.StatusBadRequest, code, message)
	return &r
}

// unsupported answers a query that can be read and that is not answered.
func unsupported(message string) *Response { return refused("Request_UnsupportedQuery", message) }

// unreadable answers a query that cannot be read.
func unreadable(err error) *Response { return refused("BadRequest", "Invalid query: "+err.Error()+".") }

// directorySets are the entity sets of directory objects, directoryLinks the relationships that lead to them.
var (
	directorySets = []string{
		"administrativeunits", "applications", "contacts", "devices", "directoryobjects", "directoryroles", "groups", "serviceprincipals", "users",
	}
	directoryLinks = []string{
		"administrativeunits", "approleassignedto", "createdobjects", "directreports", "memberof", "members", "ownedobjects", "owneddevices", "owners",
		"registereddevices", "registeredowners", "registeredusers", "transitivememberof", "transitivemembers",
	}
)

// isDirectory says whether a request is for a list of directory objects, whose advanced queries Graph answers from another store. The
// members of a team or a chat are none.
func isDirectory(q *Request) bool {
	segments := strings.Split(strings.Trim(text.Lower(route.Normalize(q.URL.EscapedPath())), "/"), "/")
	if n := len(segments) - 1; n > 0 && segments[n] == "$count" {
		segments = segments[:n]
	}
	if n := len(segments) - 1; n > 0 && strings.HasPrefix(segments[n], "microsoft.graph.") { // a cast
		segments = segments[:n]
	}
	first, _, _ := strings.Cut(segments[0], "(")
	if len(segments) == 1 {
		return slices.Contains(directorySets, segments[0])
	}
	return (first == "me" || first == "directory" || slices.Contains(directorySets, first)) && slices.Contains(directoryLinks, segments[len(segments)-1])
}

// isCount says whether a request is for the number of items alone.
func isCount(q *Request) bool {
	return strings.HasSuffix(text.Lower(strings.TrimRight(q.URL.Path, "/")), "/$count")
}

// isEventual says whether the client puts up with what other replicas do not know yet.
func isEventual(q *Request) bool {
	return strings.EqualFold(q.Header.Get("ConsistencyLevel"), "eventual")
}
