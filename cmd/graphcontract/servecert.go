package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/graphcontract/graphcontract/internal/authority"
)

// authorityName is the common name of the authorities that serve makes.
const authorityName = "graphcontract serve, a test authority"

// newAuthority makes an authority and a server's certificate from it, for loopback, graph.microsoft.com and the host, for a month.
func newAuthority(host string) (*authority.Authority, error) {
	names := []string{"localhost", "127.0.0.1", "::1", "graph.microsoft.com"}
	if host != "" && !slices.Contains(names, host) {
		names = append(names, host)
	}
	now := time.Now()
	return authority.New(authorityName, names, now.AddDate(0, 0, -1), now.AddDate(0, 0, 30))
}

// replaceable refuses to replace a file that is not one of an earlier run, such as a bundle of authorities.
func replaceable(name string) error {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	block, rest := pem.Decode(b)
	if block != nil && len(bytes.TrimSpace(rest)) == 0 {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && c.Subject.CommonName == authorityName {
			return nil
		}
	}
	if len(b) == 0 {
		return nil
	}
	return fmt.Errorf("%s is there and is no certificate of an earlier run; it stays as it is", name)
}
