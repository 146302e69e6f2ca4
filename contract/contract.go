package contract

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/graphcontract/graphcontract/internal/graphhost"
	"github.com/graphcontract/graphcontract/internal/route"
	"github.com/graphcontract/graphcontract/schema"
)

// Contract judges exchanges by what a catalog says. It is immutable and safe for concurrent use. The zero value knows no
// operation; a nil *Contract is [Default].
type Contract struct {
	catalog    *schema.Catalog
	mode       schema.Mode
	operations route.Index[schema.Operation]
	hosts      []string
	explain    bool
}

// Option changes what [New] makes.
type Option func(*Contract)

// Hosts names further hosts, without ports, whose traffic is Graph's: those of a fake that is neither on loopback nor
// behind one of Graph's names.
func Hosts(names ...string) Option {
	return func(c *Contract) { c.hosts = append(c.hosts, names...) }
}

// New makes a contract from the operations and types of a catalog; nil is [schema.Default]. It fails where an operation's
// route is no path template.
func New(catalog *schema.Catalog, m schema.Mode, options ...Option) (*Contract, error) {
	if catalog == nil {
		catalog = schema.Default()
	}
	c := &Contract{catalog: catalog, mode: m}
	for op := range catalog.Operations() {
		if err := c.operations.Add(op.Method, op.Route, op); err != nil {
			return nil, fmt.Errorf("contract: %s:%d: %w", op.Page, op.Line, err)
		}
	}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// orDefault is c, or the default where c is nil.
func (c *Contract) orDefault() *Contract {
	if c == nil {
		return Default()
	}
	return c
}

// Default is the tolerant contract of the embedded catalog, [schema.Default].
func Default() *Contract { return defaultContract() }

var defaultContract = sync.OnceValue(func() *Contract {
	c, err := New(schema.Default(), schema.Tolerant)
	if err != nil {
		panic(err) // a broken build
	}
	return c
})

// target is the part of a request's URL that the contract looks at.
type target struct {
	host  string // with port, "" for a path
	path  string // escaped
	query string
}

func parseTarget(raw string) (target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, err
	}
	return target{host: u.Host, path: u.EscapedPath(), query: u.RawQuery}, nil
}

// isGraph says whether a host's traffic is judged: Graph's own, loopback, where fakes live, and the added ones. A
// recording without hosts is taken for Graph's.
func (c *Contract) isGraph(host string) bool {
	name := strings.ToLower((&url.URL{Host: host}).Hostname())
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.IsLoopback() || slices.Contains(c.hosts, name)
	}
	equal := func(h string) bool { return strings.EqualFold(h, name) }
	return graphhost.Is(name) || slices.ContainsFunc(c.hosts, equal)
}

// Operation returns the documented operation that a request is one of, by its method and URL or path; HEAD is GET's.
func (c *Contract) Operation(method, rawURL string) (schema.Operation, bool) {
	t, err := parseTarget(rawURL)
	if err != nil {
		return schema.Operation{}, false
	}
	m, ok := c.orDefault().operations.Match(method, t.path)
	if !ok && strings.EqualFold(method, http.MethodHead) {
		m, ok = c.orDefault().operations.Match(http.MethodGet, t.path)
	}
	return m.Value, ok
}

// Catalog is what the contract judges by; nil of the zero value.
func (c *Contract) Catalog() *schema.Catalog { return c.orDefault().catalog }

// Mode is how strictly the contract judges bodies.
func (c *Contract) Mode() schema.Mode { return c.orDefault().mode }
