package wirefault

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// request is one as a server sees it.
func request(method, target string, edit func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if edit != nil {
		edit(r)
	}
	return r
}

func TestHold(t *testing.T) {
	get := request("GET", "/x", nil)
	tests := []struct {
		name, reason string
		r            *http.Request
		kind         Kind
		n            int
		want         bool
	}{
		{name: "reset", reason: "the client replays", r: get, kind: Reset, n: 2, want: true},
		{name: "empty", reason: "the client replays", r: get, kind: Empty, n: 2, want: true},
		{name: "new", reason: "a client does not replay what fails on a new connection", r: get, kind: Reset, n: 1},
		{name: "unknown", reason: "the server does not count", r: get, kind: Reset, n: 0},
		{name: "late", reason: "the client has seen a byte", r: get, kind: Truncated, n: 2},
		{name: "garbage", reason: "bytes as well", r: get, kind: Garbage, n: 2},
		{name: "none", reason: "no fault", r: get, n: 2},
		{name: "POST", reason: "not idempotent", r: request("POST", "/x", nil), kind: Reset, n: 2},
		{name: "HTTP/2", reason: "streams that are aborted are not replayed", r: request("GET", "/x", func(r *http.Request) { r.ProtoMajor = 2 }), kind: Reset, n: 2},
		{name: "100 Continue", reason: "that was a first byte", kind: Reset, n: 2, r: request("GET", "/x", func(r *http.Request) {
			r.ContentLength = 3
			r.Header.Set("Expect", "100-continue")
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			var o Once[string]
			require.Equal(t, tt.want, o.Hold(tt.r, tt.kind, "v", tt.n))
			v, ok := o.Take(tt.r, 3)
			require.Equal(t, tt.want, ok)
			if ok {
				assert.Equal(t, "v", v)
			}
		})
	}
}

// TestTake has only a replay take what is held, in the order of holding, until it came over a new connection.
func TestTake(t *testing.T) {
	id := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Client-Request-Id", s) }
	}
	var o Once[int]
	require.True(t, o.Hold(request("GET", "/x?a=1", id("1")), Reset, 1, 2))
	require.True(t, o.Hold(request("GET", "/x?a=1", id("1")), Reset, 2, 2))
	for name, r := range map[string]*http.Request{
		"method": request("HEAD", "/x?a=1", id("1")), "query": request("GET", "/x?a=2", id("1")), "header": request("GET", "/x?a=1", id("2")),
		"no header": request("GET", "/x?a=1", nil), "host": request("GET", "http://other.test/x?a=1", id("1")),
	} {
		_, ok := o.Take(r, 1)
		assert.False(t, ok, name)
	}
	for _, step := range []struct{ n, want int }{{n: 2, want: 1}, {n: 9, want: 1}, {n: 1, want: 1}, {n: 2, want: 2}, {n: 0, want: 2}} {
		v, ok := o.Take(request("GET", "/x?a=1", id("1")), step.n)
		assert.True(t, ok)
		assert.Equal(t, step.want, v)
	}
	_, ok := o.Take(request("GET", "/x?a=1", id("1")), 1)
	assert.False(t, ok)
}

func TestArrived(t *testing.T) {
	r := request("GET", "/x", nil)
	assert.Zero(t, Arrived(r), "nobody counts")
	ctx := ConnContext(t.Context(), (net.Conn)(nil))
	for n := 1; n <= 3; n++ {
		assert.Equal(t, n, Arrived(r.WithContext(ctx)))
	}
	assert.Equal(t, 1, Arrived(r.WithContext(ConnContext(t.Context(), nil))), "another connection")
}

// BenchmarkTake is what every request pays while nothing is held.
func BenchmarkTake(b *testing.B) {
	var o Once[Kind]
	r := request("GET", "/x", nil)
	r = r.WithContext(ConnContext(b.Context(), nil))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := o.Take(r, Arrived(r)); ok {
			b.Fatal("nothing is held")
		}
	}
}
