package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a story waits for what another process does.
const patience = 30 * time.Second

// httpget makes a request of the server whose URL is the first word of a file, for which it waits. The status must be the one given,
// 0 for none at all; what the server answers is the standard output.
func httpget(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("httpget", flag.ContinueOnError)
	method := flags.String("method", http.MethodGet, "")
	body := flags.String("body", "", "file")
	ca := flags.String("ca", "", "file with the authority to trust")
	host := flags.String("host", "", "host to call, instead of the URL's")
	first := flags.Bool("first", false, "read no more than the first byte of the answer, and leave the rest until the story ends")
	token := flags.String("token", "", "for Authorization")
	ts.Check(flags.Parse(args))
	if neg || flags.NArg() != 3 {
		ts.Fatalf("usage: httpget [-method M] [-body FILE] [-ca FILE] [-host HOST] [-token TOKEN] [-first] STATUS URLFILE PATH")
	}
	want, err := strconv.Atoi(flags.Arg(0))
	ts.Check(err)
	line := waitFor(ts, flags.Arg(1), regexp.MustCompile(`(?m)^https?://\S+`))
	base, err := url.Parse(line)
	ts.Check(err)
	addr := base.Host
	if *host != "" {
		base.Host = *host
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	ts.Defer(transport.CloseIdleConnections)
	if *ca != "" {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM([]byte(ts.ReadFile(*ca))) {
			ts.Fatalf("%s: no certificate", *ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	var in io.Reader
	if *body != "" {
		in = strings.NewReader(ts.ReadFile(*body))
	}
	req, err := http.NewRequest(*method, base.String()+flags.Arg(2), in)
	ts.Check(err)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if *token != "" {
		req.Header.Set("Authorization", "Bearer "+*token)
	}
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Do(req)
	if err != nil {
		if want != 0 {
			ts.Fatalf("%v", err)
		}
		_, _ = io.WriteString(ts.Stderr(), err.Error()+"\n")
		return
	}
	ts.Defer(func() { _ = res.Body.Close() })
	if *first {
		_, err := io.ReadFull(res.Body, make([]byte, 1))
		ts.Check(err)
		return
	}
	got, err := io.ReadAll(res.Body)
	ts.Check(err)
	_, _ = ts.Stdout().Write(append(bytes.TrimSpace(got), '\n'))
	if res.StatusCode != want {
		ts.Fatalf("status %d, want %d: %s", res.StatusCode, want, got)
	}
}

// waitfor waits until a file has text that a regular expression matches.
func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	waitFor(ts, args[0], pattern)
}

func waitFor(ts *testscript.TestScript, name string, pattern *regexp.Regexp) string {
	name = ts.MkAbs(name)
	var got []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		got, _ = os.ReadFile(name) // it may not be there yet
		whole := got[:bytes.LastIndexByte(got, '\n')+1]
		if found := pattern.Find(whole); found != nil {
			return string(found)
		}
	}
	ts.Fatalf("%s has nothing that matches %q:\n%s", name, pattern, got)
	return ""
}

// holdport listens on loopback until the story ends, and sets a variable to the address.
func holdport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: holdport VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}
