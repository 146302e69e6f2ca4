package mockserver

import (
	"net/http"
	"strings"
)

// precondition evaluates a request's conditions on the ETag of an answer (RFC 9110, section 13): 304 or 412, 0 where they hold.
// Where the answer without them would be neither 2xx nor 412 they do not count (section 13.2.1), nor where a fault is played.
func (re *reply) precondition(q *Request, status int, etag string) int {
	if etag == "" || re.Fault != "" || (status < 200 || status > 299) && status != http.StatusPreconditionFailed {
		return 0
	}
	if match := q.Header.Values("If-Match"); len(match) > 0 && !etagIn(match, etag) {
		return http.StatusPreconditionFailed
	}
	if none := q.Header.Values("If-None-Match"); len(none) > 0 && etagIn(none, etag) {
		if q.Method == http.MethodGet || q.Method == http.MethodHead {
			return http.StatusNotModified
		}
		return http.StatusPreconditionFailed
	}
	return 0
}

// etagIn says whether a list of entity tags has one. Graph's tags are weak (W/"…") and compared as if they were strong.
func etagIn(lists []string, etag string) bool {
	etag = strings.TrimPrefix(strings.TrimSpace(etag), "W/")
	for _, list := range lists {
		for list != "" {
			var one string
			if one, list = cutTag(list); one == "*" || one != "" && strings.TrimPrefix(one, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// cutTag takes the first entity tag from a list (RFC 9110, section 8.8.3): what is in quotes may have commas. One without
// quotes, which some clients send, ends at a comma.
func cutTag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, " \t,")
	begin := 0
	if strings.HasPrefix(list, "W/") {
		begin = 2
	}
	if strings.HasPrefix(list[begin:], `"`) {
		if end := strings.IndexByte(list[begin+1:], '"'); end >= 0 {
			end += begin + 2
			return list[:end], list[end:]
		}
	}
	tag, rest, _ = strings.Cut(list, ",")
	return strings.TrimRight(tag, " \t"), rest
}
