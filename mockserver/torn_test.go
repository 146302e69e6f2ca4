package mockserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// breaking is a body that cannot be read to its end.
type breaking struct {
	io.Reader
	err error
}

func (b *breaking) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, b.err
}

// TestTornBody neither uses a reply for a request whose body did not come whole, nor judges or writes it down.
func TestTornBody(t *testing.T) {
	overEach(t, func(t *testing.T, start starter) {
		srv := start(t, mockserver.Register(mockserver.Completed), mockserver.AllowUnused(), mockserver.Strict())
		for _, sent := range []string{"", `{"baseType":1`} {
			broken := errors.New("disk on fire")
			r, err := http.NewRequest("PATCH", srv.URL+"/v1.0/external/connections/c/schema", &breaking{strings.NewReader(sent), broken})
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/json")
			_, err = srv.Client().Do(r)
			require.ErrorIs(t, err, broken)
		}
		srv.Client().CloseIdleConnections()
		require.Empty(t, srv.Exchanges())
		require.NoError(t, srv.Err())
		require.Zero(t, srv.Calls("start"))
	})
}

// TestFaultsReadBodiesOnce plays faults to requests whose body fails when it is read after it was closed.
func TestFaultsReadBodiesOnce(t *testing.T) {
	for _, fault := range mockserver.Faults() {
		if fault == mockserver.Stall {
			continue
		}
		answers := func(body io.Reader) string {
			srv := mockserver.Transport(t, mockserver.Reply("POST /x", mockserver.Response{Fault: fault, Body: []byte(`"body"`)}))
			r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/x", body)
			require.NoError(t, err)
			res, err := srv.RoundTrip(r)
			if err != nil {
				return err.Error()
			}
			require.Same(t, r, res.Request)
			require.NoError(t, res.Body.Close())
			return res.Status
		}
		want := answers(strings.NewReader(`{"a":1}`))
		name := filepath.Join(t.TempDir(), "body")
		require.NoError(t, os.WriteFile(name, []byte(`{"a":1}`), 0o600))
		file, err := os.Open(name)
		require.NoError(t, err)
		require.Equal(t, want, answers(file), fault)
		pr, pw := io.Pipe()
		go func() {
			_, _ = io.WriteString(pw, `{"a":1}`)
			pw.Close()
		}()
		require.Equal(t, want, answers(pr), fault)
	}
}

// TestUnsendable refuses without a network what net/http does not send either.
func TestUnsendable(t *testing.T) {
	srv := mockserver.Transport(t, mockserver.Reply("GET /x"), mockserver.AllowUnused())
	real := &http.Transport{}
	for _, url := range []string{"ftp://graph.microsoft.com/x", "graph.microsoft.com/x", "https:///x", "//graph.microsoft.com/x"} {
		r, err := http.NewRequestWithContext(context.Background(), "GET", url, nil)
		require.NoError(t, err)
		_, want := real.RoundTrip(r)
		require.Error(t, want)
		_, err = srv.RoundTrip(r)
		require.EqualError(t, err, want.Error(), url)
	}
	require.Empty(t, srv.Exchanges())
}
