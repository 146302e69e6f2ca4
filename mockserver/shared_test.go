package mockserver_test

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestServersApart is row 17: servers of one scenario know nothing of each other.
func TestServersApart(t *testing.T) {
	s := mockserver.Completes(2)
	for i := range 8 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			srv := mockserver.Start(t, s)
			for _, want := range []string{"inprogress", "inprogress", "completed"} {
				require.Equal(t, want, statusOf(t, srv.Client(), srv.URL+"/v1.0/external/connections/a/operations/1"))
			}
			require.Len(t, srv.Exchanges(), 3)
		})
	}
}

// TestViewsApart is row 17: views of one server have places, state, journal and failures of their own, in parallel.
func TestViewsApart(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Register(mockserver.Completed), mockserver.Seed(1))
	require.NoError(t, err)
	defer shared.Close()
	t.Run("views", func(t *testing.T) { // which ends when all of them have
		for i := range 8 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				view := shared.For(t)
				require.True(t, strings.HasPrefix(view.URL, shared.URL+"/view-"), view.URL)
				rt := view.Client().Transport
				a := ask(t, rt, "PATCH", view.URL+"/v1.0/external/connections/a/schema", `{}`)
				require.Equal(t, 202, a.Status)
				location := a.Header.Get("Location")
				require.True(t, strings.HasPrefix(location, view.URL+"/v1.0/external/connections/a/operations/"), "it leads to the view: %s", location)
				for _, want := range []string{"inprogress", "inprogress", "completed"} {
					require.Equal(t, want, statusOf(t, view.Client(), location))
				}
				require.Len(t, view.Exchanges(), 4)
				require.NotContains(t, view.Exchanges()[0].URL, "/view-", "the journal has Graph's paths")
			})
		}
	})
}

// TestViewFails is row 17: what goes wrong in a view is a failure of its test alone.
func TestViewFails(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Reply("GET /x", says("a"), says("b")))
	require.NoError(t, err)
	defer shared.Close()
	var other *mockserver.Server
	good := runFake(t, func(good *fakeTB) {
		other = shared.For(good)
		bad := runFake(t, func(tb *fakeTB) {
			view := shared.For(tb)
			rt := view.Client().Transport
			require.Equal(t, "a", ask(t, rt, "GET", view.URL+"/x", "").Body)
			require.Equal(t, 501, ask(t, rt, "GET", view.URL+"/y", "").Status)
			require.Contains(t, tb.said()[0], "unexpected GET /y", "without the view's prefix")
		})
		require.Len(t, bad.said(), 1)
		for _, want := range []string{"a", "b"} {
			require.Equal(t, want, ask(t, other.Client().Transport, "GET", other.URL+"/x", "").Body)
		}
	})
	require.Empty(t, good.said())
	a := ask(t, http.DefaultTransport, "GET", other.URL+"/x", "")
	require.Equal(t, 501, a.Status, "a view ends with its test")
	require.Contains(t, a.Body, "no test has a view here")
	require.Equal(t, 501, ask(t, http.DefaultTransport, "GET", shared.URL+"/x", "").Status)
}

// TestViewOptions is row 17: a view can have options of its own.
func TestViewOptions(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Reply("GET /x", says("a")))
	require.NoError(t, err)
	defer shared.Close()
	tb := runFake(t, func(tb *fakeTB) { shared.For(tb, mockserver.AllowUnused()) })
	require.Empty(t, tb.said())
	tb = runFake(t, func(tb *fakeTB) { shared.For(tb) })
	require.Len(t, tb.said(), 1)
	_, err = mockserver.Listen(mockserver.Scenario{Routes: []mockserver.Route{{}}})
	require.ErrorContains(t, err, fmt.Sprintf("%q is no method and path", ""))
}

// TestLocation is row 17: references have the scheme, the host and the version that the client called.
func TestLocation(t *testing.T) {
	h := handler(t, mockserver.Reply("POST /x", mockserver.Response{
		Status: 202, Header: http.Header{"Location": {"/operations/1"}}, JSON: map[string]any{"@odata.nextLink": "/x?$skiptoken=1", "nested": map[string]any{"@odata.nextLink": "/y"}},
	}))
	for base, target := range map[string]string{
		"https://graph.microsoft.com/v1.0": "https://graph.microsoft.com/v1.0/x", "https://graph.microsoft.com/beta": "https://graph.microsoft.com/beta/x",
		"http://127.0.0.1:80": "http://127.0.0.1:80/x",
	} {
		a := ask(t, h, "POST", target, "")
		require.Equal(t, base+"/operations/1", a.Header.Get("Location"))
		require.JSONEq(t, `{"@odata.nextLink":"`+base+`/x?$skiptoken=1","nested":{"@odata.nextLink":"/y"}}`, a.Body)
	}
}

// TestViewWaits has a view end when its requests have, whatever they wait for, and leaves other views alone.
func TestViewWaits(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Reply("POST /x", mockserver.Response{Body: []byte("{}")}), mockserver.AllowUnused(), mockserver.SkipVerify())
	require.NoError(t, err)
	defer shared.Close()
	other := shared.For(t)
	for name, handle := range map[string]http.HandlerFunc{
		"the handler": func(http.ResponseWriter, *http.Request) { time.Sleep(100 * time.Millisecond) },
		"the client":  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"its reading": func(w http.ResponseWriter, _ *http.Request) {
			for body, err := make([]byte, 1<<20), error(nil); err == nil; {
				_, err = w.Write(body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{})
			begun, closed := make(chan struct{}), make(chan struct{})
			tb := runFake(t, func(tb *fakeTB) {
				view := shared.For(tb)
				view.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(begun)
					defer tb.Logf("the handler is done")
					handle(w, r)
				}))
				go func() {
					defer close(closed)
					res, err := (&http.Client{Timeout: 10 * time.Second}).Get(view.URL + "/slow")
					if err == nil {
						<-over
						res.Body.Close()
					}
				}()
				<-begun
			})
			assert.Contains(t, tb.logs, "the handler is done")
			assert.Empty(t, tb.late)
			close(over)
			<-closed
		})
	}
	tb := runFake(t, func(tb *fakeTB) { // a body that does not come to its end
		view := shared.For(tb)
		c, err := net.Dial("tcp", strings.TrimPrefix(shared.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		path := strings.TrimPrefix(view.URL, shared.URL)
		_, err = fmt.Fprintf(c, "POST %s/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{", path)
		require.NoError(t, err)
		time.Sleep(50 * time.Millisecond)
	})
	assert.Empty(t, tb.said())
	require.Equal(t, 200, ask(t, other.Client().Transport, "POST", other.URL+"/x", "").Status)
}

// TestViewOfHandlers has what handlers send clients to stay in the view, whose prefix they do not see.
func TestViewOfHandlers(t *testing.T) {
	shared, err := mockserver.Listen(mockserver.Scenario{}, mockserver.SkipVerify())
	require.NoError(t, err)
	defer shared.Close()
	view := shared.For(t)
	prefix := strings.TrimPrefix(view.URL, shared.URL)
	for _, tt := range []struct {
		name, reason   string
		location, want string // HOST is the host, VIEW the prefix
	}{
		{"path", "as http.Redirect makes of all that has no host", "/x?a=b#c", "VIEW/x?a=b#c"},
		{"escaped", "is kept", "/a%2Fb", "VIEW/a%2Fb"},
		{"host", "that of the request", "http://HOST/x", "http://HOSTVIEW/x"},
		{"prefix", "as srv.URL has it", "http://HOSTVIEW/x", "http://HOSTVIEW/x"},
		{"relative", "goes on from the path that the client called", "x", "x"},
		{"another host", "is none of the view's", "https://example.com/x", "https://example.com/x"},
		{"host without a scheme", "is another", "//example.com/x", "//example.com/x"},
		{"no URL", "is sent as it is", "/%", "/%"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.NewReplacer("HOST", strings.TrimPrefix(shared.URL, "http://"), "VIEW", prefix).Replace
			view.Handle("GET /"+strings.ReplaceAll(tt.name, " ", "-"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", text(tt.location))
				w.WriteHeader(302)
			}))
			a := ask(t, view.Client().Transport, "GET", view.URL+"/"+strings.ReplaceAll(tt.name, " ", "-"), "")
			assert.Equal(t, text(tt.want), a.Header.Get("Location"), tt.reason)
		})
	}
}
