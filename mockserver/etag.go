package mockserver

import (
	"net/http"
	"strings"
)

// precondition evaluates a request's conditions on an ETag (RFC 9110, section 13): 304 or 412, 0 where they hold.
func precondition(q *Request, etag string) int {
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
	for _, list := range lists {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}
