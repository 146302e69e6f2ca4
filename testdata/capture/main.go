// Command capture makes the recordings under testdata/recordings and testdata/broken: it starts the handlers below on
// loopback, lets curl and Go's HTTP client talk to them, and writes down what went over the wire. The handlers of
// recordings are written to the documentation, those of broken are mocks as teams write them by hand. None of it is
// Microsoft's traffic.
//
// Run it from the repository's root: go run ./testdata/capture. It needs curl.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/graphcontract/graphcontract/contract/recording"
)

func main() {
	for _, s := range append(good(), broken()...) {
		if err := s.capture(); err != nil {
			log.Fatalf("capture: %s: %v", s.file, err)
		}
	}
}

// session is one recording to make.
type session struct {
	file    string
	about   string
	handler http.Handler
	calls   []call
}

// call is one request. Requests of .http files are made by curl, those of .ndjson files by Go's client.
type call struct {
	method, path, body string
	header             []string
}

func get(path string) call { return call{method: "GET", path: path} }

func (s session) capture() error {
	server := httptest.NewServer(s.handler)
	defer server.Close()
	if strings.HasSuffix(s.file, ".http") {
		return s.withCurl(server.Listener.Addr().String())
	}
	return s.withGo(server.URL)
}

// withCurl puts a relay between curl and the server that writes down both directions.
func (s session) withCurl(server string) error {
	r, err := newRelay(server)
	if err != nil {
		return err
	}
	version, err := exec.Command("curl", "--version").Output()
	if err != nil {
		return err
	}
	args := []string{"--silent", "--show-error"}
	for i, c := range s.calls {
		if i > 0 {
			args = append(args, "--next", "--silent")
		}
		args = append(args, "--output", os.DevNull, "--request", c.method)
		for _, h := range c.header {
			args = append(args, "--header", h)
		}
		if c.body != "" {
			args = append(args, "--header", "Content-Type: application/json", "--data-binary", c.body)
		}
		args = append(args, "http://"+r.listener.Addr().String()+c.path)
	}
	out, err := exec.Command("curl", args...).CombinedOutput()
	if err != nil && !strings.Contains(s.about, "cut") {
		return fmt.Errorf("curl: %w: %s", err, out)
	}
	curl := strings.Join(strings.Fields(string(version))[:2], " ")
	head := fmt.Sprintf("# %s\n# %s\n\n", s.about, provenance(curl))
	return os.WriteFile(s.file, append([]byte(head), r.close()...), 0o644)
}

func provenance(client string) string {
	return fmt.Sprintf("Captured over loopback with %s on %s by testdata/capture; not Microsoft's traffic.",
		client, time.Now().UTC().Format(time.DateOnly))
}

// relay passes bytes on and keeps them, in the order they came.
type relay struct {
	listener net.Listener
	server   string
	done     sync.WaitGroup

	mu   sync.Mutex
	kept bytes.Buffer
	last string // the direction of the last bytes
}

func newRelay(server string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: l, server: server}
	r.done.Go(r.accept)
	return r, nil
}

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			client.Close()
			return
		}
		r.done.Go(func() { r.pass("request", server, client) })
		r.done.Go(func() { r.pass("response", client, server) })
	}
}

func (r *relay) pass(direction string, to, from net.Conn) {
	defer to.Close()
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			r.mu.Lock()
			if r.last != "" && r.last != direction {
				r.kept.WriteString("\n\n") // between messages, where a reader skips blank lines
			}
			r.last = direction
			r.kept.Write(b[:n])
			r.mu.Unlock()
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *relay) close() []byte {
	r.listener.Close()
	r.done.Wait()
	return append(bytes.TrimRight(r.kept.Bytes(), "\n"), '\n')
}

// withGo makes the requests with Go's client and writes the exchanges as NDJSON.
func (s session) withGo(base string) error {
	var xs []recording.Exchange
	for _, c := range s.calls {
		x, err := exchange(base, c)
		if err != nil {
			return err
		}
		xs = append(xs, x)
	}
	var b bytes.Buffer
	client := "Go's HTTP client (" + runtime.Version() + ")"
	err := recording.WriteNDJSON(&b, slices.Values(xs), recording.Provenance(s.about+" "+provenance(client)))
	if err != nil {
		return err
	}
	return os.WriteFile(s.file, b.Bytes(), 0o644)
}

func exchange(base string, c call) (recording.Exchange, error) {
	req, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		return recording.Exchange{}, err
	}
	req.Header.Set("Accept", "application/json")
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	x := recording.Exchange{
		Time: time.Now().UTC().Truncate(time.Microsecond), Method: c.method, URL: req.URL.String(),
		Request: recording.Message{Header: req.Header.Clone(), Body: []byte(c.body)},
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return x, err
	}
	defer res.Body.Close()
	x.Status, x.Response.Header = res.StatusCode, res.Header
	x.Response.Body, err = io.ReadAll(res.Body)
	return x, err
}

// location is the absolute URL of an operation on the host that was asked.
func location(r *http.Request, path string) string {
	return (&url.URL{Scheme: "http", Host: r.Host, Path: path}).String()
}
