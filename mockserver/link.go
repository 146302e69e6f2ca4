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

// within is a reference to the server that a handler made, which does not see the prefix of a view's paths, with that prefix. One to
// another host stays as it is.
func within(q *Request, ref string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Host != "" && u.Host != q.URL.Host || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path+"/", q.prefix+"/") {
		return ref
	}
	u.Path = q.prefix + u.Path
	if u.RawPath != "" {
		u.RawPath = q.prefix + u.RawPath
	}
	return u.String()
}
