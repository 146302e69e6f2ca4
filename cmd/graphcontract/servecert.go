package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"slices"
	"time"
)

// authorityName is the common name of the authorities that serve makes.
const authorityName = "graphcontract serve, a test authority"

// newCertificate makes an authority and a server's certificate from it, for loopback, graph.microsoft.com and the host. The
// authority can vouch for nothing else, and its key is forgotten.
func newCertificate(host string) (server tls.Certificate, authority []byte, err error) {
	names := []string{"localhost", "graph.microsoft.com"}
	ips := []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
	if ip := net.ParseIP(host); ip == nil {
		names = append(names, host)
	} else if v4 := ip.To4(); v4 != nil {
		ips = append(ips, v4)
	} else {
		ips = append(ips, ip)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var ranges []*net.IPNet
	for _, ip := range ips {
		ranges = append(ranges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: authorityName},
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, 30),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: names, PermittedIPRanges: ranges,
	}
	leaf := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: names, IPAddresses: ips,
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return server, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return server, nil, err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return server, nil, err
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return server, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		return server, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), nil
}

// serial is a serial number of 127 bits (RFC 5280, section 4.1.2.2).
func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
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
