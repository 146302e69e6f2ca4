// Package graphhost knows the hosts of Microsoft Graph and of where its tokens come from; contract and mockserver share it.
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

// logins are the hosts of Microsoft Entra ID and its national clouds, which give tokens to clients.
var logins = []string{
	"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net", "login.microsoftonline.us",
	"login-us.microsoftonline.com", "login.microsoftonline.de", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn",
}

// Metadata is the address of the instance metadata service, which gives tokens to managed identities over plain HTTP.
const Metadata = "169.254.169.254"

// IsLogin says whether a host, without a port, is one of those that give tokens.
func IsLogin(host string) bool {
	return slices.ContainsFunc(logins, func(h string) bool { return strings.EqualFold(h, host) })
}

// TLS lists the hosts that are called over TLS: Graph's, and those that give tokens.
func TLS() []string { return slices.Concat(hosts, logins) }
