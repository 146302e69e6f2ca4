// Package graphhost knows the hosts of Microsoft Graph; contract and mockserver share it.
package graphhost

import (
	"slices"
	"strings"
)

// hosts are those of Microsoft Graph and its national clouds.
var hosts = []string{
	"graph.microsoft.com", "canary.graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
	"graph.microsoft.de", "microsoftgraph.chinacloudapi.cn",
}

// Is says whether a host, without a port, is one of Graph's.
func Is(host string) bool {
	return slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
}
