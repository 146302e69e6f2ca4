package authority

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	from, to := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := New("a test authority", []string{"graph.microsoft.com", "127.0.0.1", "::1"}, from, to)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(a.Server.Certificate[0])
	require.NoError(t, err)
	for _, at := range []time.Time{from, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), to} {
		for _, name := range []string{"graph.microsoft.com", "127.0.0.1", "::1"} {
			_, err := leaf.Verify(x509.VerifyOptions{Roots: a.Pool, DNSName: name, CurrentTime: at})
			require.NoError(t, err, name)
		}
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: a.Pool, DNSName: "example.com", CurrentTime: from})
	require.Error(t, err)
	require.True(t, x509.NewCertPool().AppendCertsFromPEM(a.PEM()))
	other, err := New("another", []string{"graph.microsoft.com"}, from, to)
	require.NoError(t, err)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: other.Pool, CurrentTime: from})
	require.Error(t, err)
}
