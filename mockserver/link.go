package mockserver

import (
	"net/url"
	"strings"

	"github.com/graphcontract/graphcontract/internal/graphhost"
)

// isGraphs says whether a reference leads to Graph: a path, or a URL with one of its hosts.
func isGraphs(ref string) bool {
	if strings.HasPrefix(ref, "/") {
		return !strings.HasPrefix(ref, "//")
	}
	if !strings.HasPrefix(ref, "https://") {
		return false
	}
	u, err := url.Parse(ref)
	return err == nil && graphhost.Is(u.Hostname())
}

// absolute is a reference to Graph with the scheme and host that the client called, so that clients do not leave the server.
func absolute(q *Request, ref string) string {
	if rest, ok := strings.CutPrefix(ref, "https://"); ok {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return q.Host()
		}
		return q.Host() + rest[slash:]
	}
	if versionOf(ref) != "" {
		return q.Host() + ref
	}
	return q.Base() + ref
}
