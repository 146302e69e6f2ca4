package mockserver

import (
	"net/http"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/route"
)

// maxLocations is how many Locations with a time to wait for a handler remembers.
const maxLocations = 1000

// locationOf is the Location that the Retry-After of an answer is about, as a key of Handler.locations: when what has been created or
// accepted is there to be asked for. "": there is none.
func locationOf(q *Request, a *answer) string {
	if a.status != http.StatusCreated && a.status != http.StatusAccepted {
		return ""
	}
	location := a.header.Get("Location")
	if location == "" {
		return ""
	}
	u, err := q.URL.Parse(location)
	if err != nil {
		return ""
	}
	path := u.EscapedPath()
	if own, ok := strings.CutPrefix(path, q.prefix+"/"); ok && q.prefix != "" {
		path = "/" + own
	}
	return locationKey(path, u.RawQuery)
}

// locationKey is the same for paths that are the same to a route. It keeps the case: that of ids counts.
func locationKey(escapedPath, rawQuery string) string {
	key := "/" + joinKey(route.Segments(escapedPath))
	if rawQuery != "" {
		key += "?" + rawQuery
	}
	return key
}

// locate notes when a Location may first be asked for. Without room for it, it may be at any time.
func (h *Handler) locate(location string, w wait) {
	if len(h.locations) >= maxLocations {
		for key, a := range h.locations {
			if !w.sent.Before(a.wait.until) {
				delete(h.locations, key)
			}
		}
	}
	if len(h.locations) >= maxLocations {
		return
	}
	if h.locations == nil {
		h.locations = map[string]*asked{}
	}
	h.locations[location] = &asked{wait: w}
}

// location is what a request has to wait for because an answer has sent it there, and its key; nil: nothing. One that has been waited
// for is forgotten.
func (h *Handler) location(q *Request, now time.Time) (key string, a *asked) {
	if len(h.locations) == 0 || q.Method != http.MethodGet && q.Method != http.MethodHead {
		return "", nil
	}
	key = locationKey(q.URL.EscapedPath(), q.URL.RawQuery)
	if a = h.locations[key]; a == nil && q.URL.RawQuery != "" {
		key = locationKey(q.URL.EscapedPath(), "") // query options of the client's own
		a = h.locations[key]
	}
	if a != nil && !now.Before(a.wait.until) {
		delete(h.locations, key)
		return "", nil
	}
	return key, a
}
