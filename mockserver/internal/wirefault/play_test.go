package wirefault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKinds has the list be complete and the caller's.
func TestKinds(t *testing.T) {
	ks := Kinds()
	assert.Len(t, ks, 9)
	ks[0] = "mine"
	assert.Equal(t, Reset, Kinds()[0])
	assert.NotContains(t, Kinds(), Kind(""))
}

// TestHTTP2 aborts streams and leaves the connection to the other requests.
func TestHTTP2(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(string(k), func(t *testing.T) {
			done := make(chan struct{})
			close(done) // a stall ends at once
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/good" {
					_, _ = io.WriteString(w, r.RemoteAddr)
					return
				}
				Play(w, r, k, 200, nil, []byte(document), done)
			}))
			s.EnableHTTP2 = true
			s.StartTLS()
			defer s.Close()
			get := func(path string) (string, string, error) {
				res, err := s.Client().Get(s.URL + path)
				if err != nil {
					return "", "", err
				}
				defer res.Body.Close()
				assert.Equal(t, 2, res.ProtoMajor)
				b, err := io.ReadAll(res.Body)
				return string(b), res.Status, err
			}
			before, _, err := get("/good")
			require.NoError(t, err)
			got, status, err := get("/fault")
			switch k {
			case HTML:
				require.NoError(t, err)
				assert.Equal(t, "502 Bad Gateway", status)
				assert.Contains(t, got, "<html>")
			case Truncated, StallBody, MalformedChunk:
				require.ErrorContains(t, err, "INTERNAL_ERROR")
				assert.Equal(t, document[:len(document)/2], got)
			case WrongLength:
				require.ErrorContains(t, err, "INTERNAL_ERROR")
				assert.Equal(t, document, got)
			default:
				require.ErrorContains(t, err, "INTERNAL_ERROR")
				assert.Empty(t, status)
			}
			after, _, err := get("/good")
			require.NoError(t, err)
			assert.Equal(t, before, after, "one connection")
		})
	}
}

// plain hides that a writer can be hijacked, as middleware does.
type plain struct{ http.ResponseWriter }

func (p plain) Flush() { p.ResponseWriter.(http.Flusher).Flush() }

// TestNotHijackable aborts HTTP/1 connections that cannot be taken over.
func TestNotHijackable(t *testing.T) {
	want := map[Kind]string{Truncated: "io.ErrUnexpectedEOF", WrongLength: "io.ErrUnexpectedEOF", StallBody: "io.ErrUnexpectedEOF", MalformedChunk: "io.ErrUnexpectedEOF", HTML: ""}
	for _, k := range Kinds() {
		t.Run(string(k), func(t *testing.T) {
			done := make(chan struct{})
			close(done)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				Play(plain{w}, r, k, 200, nil, []byte(document), done)
			}))
			defer s.Close()
			res, err := s.Client().Get(s.URL)
			if err == nil {
				_, err = io.ReadAll(res.Body)
				require.NoError(t, res.Body.Close())
			}
			seen, ok := want[k]
			if !ok {
				seen = "io.EOF"
			}
			assert.Equal(t, seen, class(err))
		})
	}
}

// TestUnknownKind says so, over both ways.
func TestUnknownKind(t *testing.T) {
	w := httptest.NewRecorder()
	Play(w, httptest.NewRequest("GET", "/", nil), "restet", 200, nil, nil, nil)
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Equal(t, "wirefault: unknown fault \"restet\"\n", w.Body.String())
	_, err := RoundTrip(httptest.NewRequest("GET", "/", nil), "restet", 200, nil, nil, nil)
	require.EqualError(t, err, `wirefault: unknown fault "restet"`)
}

// closing is a body that knows whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// TestRoundTripsRequest has the request's body read and closed, and its context heard.
func TestRoundTripsRequest(t *testing.T) {
	broken := errors.New("broken")
	for _, k := range Kinds() {
		if k == Stall {
			continue
		}
		body := &closing{Reader: strings.NewReader("a body")}
		res, err := RoundTrip(httptest.NewRequest("POST", "/", body), k, 0, nil, []byte(document), nil)
		if err == nil {
			require.NoError(t, res.Body.Close())
			assert.NotNil(t, res.Request)
		}
		assert.True(t, body.closed)
		n, _ := body.Read(make([]byte, 1))
		assert.Zero(t, n)
	}
	for _, k := range Kinds() {
		body := &closing{Reader: iotest.ErrReader(broken)}
		_, err := RoundTrip(httptest.NewRequest("POST", "/", body), k, 0, nil, nil, nil)
		require.ErrorIs(t, err, broken)
		assert.True(t, body.closed)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(broken)
		_, err = RoundTrip(httptest.NewRequest("GET", "/", nil).WithContext(ctx), k, 0, nil, nil, nil)
		require.ErrorIs(t, err, broken)
	}
}

// TestHeaderStays has neither way change what it is given.
func TestHeaderStays(t *testing.T) {
	h := http.Header{"Content-Length": {"1"}, "Content-Type": {"application/json"}, "Etag": {`"1"`}}
	was := h.Clone()
	for _, k := range []Kind{Truncated, WrongLength, MalformedChunk, HTML} {
		w := httptest.NewRecorder()
		if k == HTML { // others take the connection, which a recorder does not have
			Play(w, httptest.NewRequest("GET", "/", nil), k, 200, h, []byte(document), nil)
		} else {
			assert.PanicsWithValue(t, http.ErrAbortHandler, func() { Play(w, httptest.NewRequest("GET", "/", nil), k, 200, h, []byte(document), nil) })
		}
		w.Header().Set("Content-Type", "text/plain")
		res, err := RoundTrip(httptest.NewRequest("GET", "/", nil), k, 200, h, []byte(document), nil)
		require.NoError(t, err)
		res.Header.Set("Content-Type", "text/plain")
		require.NoError(t, res.Body.Close())
		assert.Equal(t, was, h)
	}
}

// TestPage has every status of an error stay, and every other be 502.
func TestPage(t *testing.T) {
	for status, want := range map[int]int{0: 502, 200: 502, 202: 502, 404: 404, 502: 502, 503: 503, 504: 504} {
		res, err := RoundTrip(httptest.NewRequest("GET", "/", nil), HTML, status, http.Header{"Odata-Version": {"4.0"}, "Etag": {"x"}}, nil, nil)
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, want, res.StatusCode)
		assert.Contains(t, string(got), fmt.Sprintf("<h1>%d %s</h1>", want, http.StatusText(want)))
		names := []string{}
		for name := range res.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		assert.Equal(t, []string{"Content-Length", "Content-Type"}, names)
	}
}

// TestNoBodyAllowed has statuses without a body be whole responses.
func TestNoBodyAllowed(t *testing.T) {
	for _, k := range []Kind{Truncated, WrongLength, MalformedChunk} {
		for _, status := range []int{204, 304} {
			for _, way := range ways {
				t.Run(fmt.Sprint(k, status, way.name), func(t *testing.T) {
					way.run(t, fault{kind: k, status: status, body: document}, func(t *testing.T, f *fault, rt http.RoundTripper, url string) {
						res, err := (&http.Client{Transport: rt}).Get(url)
						require.NoError(t, err)
						got, err := io.ReadAll(res.Body)
						require.NoError(t, err)
						require.NoError(t, res.Body.Close())
						assert.Empty(t, got)
						assert.Equal(t, status, res.StatusCode)
						<-f.ended
					})
				})
			}
		}
	}
}

// TestPlayWithoutBody plays to a request made by hand, whose body is nil, and a writer that cannot be hijacked.
func TestPlayWithoutBody(t *testing.T) {
	for _, k := range Kinds() {
		r, err := http.NewRequest("GET", "http://graph.test/", nil)
		require.NoError(t, err)
		done := make(chan struct{})
		close(done)
		play := func() { Play(httptest.NewRecorder(), r, k, 200, nil, []byte("body"), done) }
		if k == HTML {
			play()
			continue
		}
		require.PanicsWithValue(t, http.ErrAbortHandler, play)
	}
}
