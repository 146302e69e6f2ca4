package mockserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/internal/authority"
	"github.com/graphcontract/graphcontract/internal/graphhost"
	"github.com/graphcontract/graphcontract/mockserver/internal/memnet"
)

// trusted is the authority that clients of redirections trust. Its time covers that of a bubble of testing/synctest, which begins in 2000.
var trusted = sync.OnceValue(func() *authority.Authority {
	names := slices.Concat(graphhost.TLS(), []string{"localhost", "127.0.0.1", "::1"})
	a, err := authority.New("mockserver, a test authority", names, time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(fmt.Sprintf("mockserver: no certificates can be made: %v", err)) // all of it is constant
	}
	return a
})

// dialer connects to somewhere; its address is what a listener listens at.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// redirection brings the connections of a client to a server, whatever Microsoft's host they are for, and to nothing else.
type redirection struct {
	handler http.Handler
	url     string // the server's
	address string // where it listens
	dial    dialer // to there
	memory  bool   // it has no network

	mu     sync.Mutex
	closed bool
	secure *httptest.Server // for the hosts that are called over TLS; nil: none has been called
	tls    dialer           // to it
}

// client is one whose connections are redirected. Its transport is of its own.
func (r *redirection) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: r.connect, TLSClientConfig: &tls.Config{RootCAs: trusted().Pool, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: !r.memory, // as net/http's own transport does
	}}
}

// connect is what a transport dials with.
func (r *redirection) connect(ctx context.Context, network, to string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, fmt.Errorf("mockserver: %q is no address", to)
	}
	_, own, _ := net.SplitHostPort(r.address)
	switch {
	case port == own && isLoopback(host), port == "80" && host == graphhost.Metadata:
		return r.dial(ctx, network, r.address)
	case port == "443" && (graphhost.Is(host) || graphhost.IsLogin(host)):
		dial, err := r.overTLS()
		if err != nil {
			return nil, err
		}
		return dial(ctx, network, to)
	}
	if port == "80" || port == "443" {
		to = host
	}
	return nil, fmt.Errorf("mockserver: the client calls %s, and this server is %s, which also takes the connections for Microsoft Graph "+
		"and Microsoft Entra ID over TLS, and for the instance metadata service: a client under test must call nothing else", to, r.url)
}

// overTLS starts the server for connections over TLS at the first of them.
func (r *redirection) overTLS() (dialer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, ErrClosed
	case r.secure != nil:
		return r.tls, nil
	}
	r.secure = &httptest.Server{
		Config: &http.Server{Handler: r.handler, ErrorLog: log.New(io.Discard, "", 0)},
		TLS:    &tls.Config{Certificates: []tls.Certificate{trusted().Server}, MinVersion: tls.VersionTLS12},

		EnableHTTP2: !r.memory, // net/http of Go 1.25 shares channels of HTTP/2 between bubbles, which ends the process
	}
	if r.memory {
		l := memnet.Listen(memoryHost + ":443")
		r.secure.Listener, r.tls = l, l.DialContext
	} else {
		l := loopback()
		r.secure.Listener, r.tls = l, func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
		}
	}
	r.secure.StartTLS()
	return r.tls, nil
}

// close ends the connections over TLS.
func (r *redirection) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.secure != nil {
		if r.memory {
			r.secure.Listener.Close()
		}
		r.secure.CloseClientConnections()
		r.secure.Close()
	}
}
