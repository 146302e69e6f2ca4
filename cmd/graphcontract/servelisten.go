package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// listener listens where the flag says. Other machines reach the server only where a host is named that they reach.
func (s *serving) listener(ctx context.Context) (net.Listener, error) {
	host, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return nil, fmt.Errorf("--listen %q, want HOST:PORT, such as 127.0.0.1:8080", s.listen)
	}
	if host == "" {
		return nil, fmt.Errorf("--listen %q would let every machine in; say 127.0.0.1:%s, or 0.0.0.0:%s if that is meant", s.listen, port, port)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return nil, s.unlistened(err)
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		s.log.warn(fmt.Sprintf("%s is no loopback address: other machines can reach the server", addr))
	}
	return l, nil
}

// unlistened says why nothing can listen there.
func (s *serving) unlistened(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // without the address, which the flag has
	}
	hint := ""
	if errors.Is(err, syscall.EADDRINUSE) {
		hint = " (port 0 takes one that is free)"
	}
	return fmt.Errorf("--listen %s: %w%s", s.listen, err, hint)
}

// url is what clients of this machine call.
func (s *serving) url(l net.Listener) string {
	scheme := "http"
	if s.secure {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// announce says where the server is, and what it plays.
func (s *serving) announce(w io.Writer, l net.Listener, t *trusted, stage *stage) {
	if s.quiet {
		fmt.Fprintln(w, s.url(l))
		if t != nil {
			s.log.note("clients have to trust " + t.file)
		}
		return
	}
	p := stage.current.Load()
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.url(l), p.scenario.Name)
	if t != nil {
		fmt.Fprintf(&b, "\n  clients have to trust %s:\n%s", t.file, t.hints())
	}
	b.WriteString("\n" + routesText(&p.scenario))
	_, _ = io.WriteString(w, b.String()) // output remembers its error
}

// trusted is what makes clients trust the server. nil: it serves no HTTPS.
type trusted struct {
	config    *tls.Config
	file      string // with the authority's certificate
	temporary bool
}

// trust makes the certificates and writes down the one that clients need.
func (s *serving) trust(l net.Listener) (*trusted, error) {
	if !s.secure {
		return nil, nil
	}
	host, _, _ := net.SplitHostPort(s.listen)
	authority, err := newAuthority(host)
	if err != nil {
		return nil, fmt.Errorf("--tls: %w", err)
	}
	t := &trusted{file: s.ca, config: &tls.Config{Certificates: []tls.Certificate{authority.Server}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}}
	if s.ca != "" {
		if err := replaceable(s.ca); err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		if err := os.WriteFile(s.ca, authority.PEM(), 0o644); err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		return t, nil
	}
	f, err := os.CreateTemp("", "graphcontract-ca-*.pem")
	if err != nil {
		return nil, fmt.Errorf("--tls: %w", err)
	}
	t.file, t.temporary = f.Name(), true
	_, err = f.Write(authority.PEM())
	if err := errors.Join(err, f.Close()); err != nil {
		t.remove()
		return nil, fmt.Errorf("--tls: %w", err)
	}
	return t, nil
}

// over is the listener with TLS on it.
func (t *trusted) over(l net.Listener) net.Listener {
	if t == nil {
		return l
	}
	return tls.NewListener(l, t.config)
}

// remove removes a file that is of no use any more.
func (t *trusted) remove() {
	if t != nil && t.temporary {
		_ = os.Remove(t.file) // it says nothing secret
	}
}

// hints say how to have clients trust the authority.
func (t *trusted) hints() string {
	return fmt.Sprintf("    curl --cacert %[1]s\n    SSL_CERT_FILE=%[1]s        (Go on Linux, OpenSSL, Python)\n    NODE_EXTRA_CA_CERTS=%[1]s  (Node.js)\n", t.file)
}
