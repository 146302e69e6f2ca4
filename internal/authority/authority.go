// Package authority makes certificates for servers on this machine that play others; mockserver and the command line share it.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// Authority is a certificate authority whose key is forgotten, and the one certificate that it has signed. It does not change.
type Authority struct {
	Certificate *x509.Certificate
	Pool        *x509.CertPool  // trusts it alone
	Server      tls.Certificate // for all of the names
}

// New makes an authority of that common name, which can vouch for the names, host names and IP addresses, and nothing else, for so long.
func New(name string, names []string, notBefore, notAfter time.Time) (*Authority, error) {
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, NotBefore: notBefore, NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true,
	}
	leaf := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]}, NotBefore: notBefore, NotAfter: notAfter,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		ip := net.ParseIP(n)
		if ip == nil {
			leaf.DNSNames = append(leaf.DNSNames, n)
			ca.PermittedDNSDomains = append(ca.PermittedDNSDomains, n)
			continue
		}
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		leaf.IPAddresses = append(leaf.IPAddresses, ip)
		ca.PermittedIPRanges = append(ca.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	if ca, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	if der, err = x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &Authority{Certificate: ca, Pool: pool, Server: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}, nil
}

// PEM is the authority's certificate as clients read it from a file.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// serial is a serial number of 127 bits (RFC 5280, section 4.1.2.2).
func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}
