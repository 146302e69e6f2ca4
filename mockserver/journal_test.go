package mockserver_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/mockserver"
)

// journaled lists what a journal has, a line each.
func journaled(h *mockserver.Handler) (lines []string) {
	for _, x := range h.Exchanges() {
		lines = append(lines, x.Method+" "+strings.TrimPrefix(x.URL, graph)+" "+strconv.Itoa(x.Status))
	}
	return lines
}

// TestJournal is row 15: all requests are in it, those that nothing takes, too, with what was sent and answered.
func TestJournal(t *testing.T) {
	clock := newHand()
	h := handler(t, mockserver.Reply("POST /x/{id}", says("a")), mockserver.Clock(clock.Now))
	ask(t, h, "POST", "/x/1?q=1", `{"n":1}`, "Prefer", "x")
	clock.Add(time.Second)
	ask(t, h, "GET", "/y", "")
	require.Equal(t, []string{"POST /x/1?q=1 200", "GET /y 501"}, journaled(h))
	x := h.Exchanges()[0]
	require.Equal(t, `{"n":1}`, string(x.Request.Body))
	require.Equal(t, "x", x.Request.Header.Get("Prefer"))
	require.Equal(t, "a", string(x.Response.Body))
	require.Equal(t, "text/plain", x.Response.Header.Get("Content-Type"))
	require.Equal(t, time.Second, h.Exchanges()[1].Time.Sub(x.Time))
	h.Reset()
	require.Len(t, h.Exchanges(), 2, "Reset keeps it")
}

// TestJournalRing is row 15: it is bounded in exchanges and bytes; the newest stay.
func TestJournalRing(t *testing.T) {
	body := strings.Repeat("x", 100)
	for _, c := range []struct {
		reason           string
		exchanges, bytes int
		want             []string
	}{
		{"exchanges", 3, 0, []string{"7", "8", "9"}},
		{"one", 1, 0, []string{"9"}},
		{"bytes, of requests and answers", 0, 410, []string{"8", "9"}},
		{"the last one stays, whatever its size", 0, 1, []string{"9"}},
		{"room for all", 10, 2000, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
	} {
		h := handler(t, mockserver.Reply("POST /x/{id}", says(body)), mockserver.Journal(c.exchanges, c.bytes))
		for i := range 10 {
			ask(t, h, "POST", "/x/"+strconv.Itoa(i), body)
		}
		var got []string
		for _, line := range journaled(h) {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(line, "POST /x/"), " 200"))
		}
		require.Equal(t, c.want, got, c.reason)
	}
}

// TestJournalOrder is row 15: the order is that in which requests were decided, not that of their answers.
func TestJournalOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := with("slow", func(r *mockserver.Response) { r.Delay.Fixed = time.Minute })
		h := handler(t, mockserver.Join(mockserver.Reply("GET /slow", slow), mockserver.Reply("GET /fast", says("fast"))))
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = try(h, "GET", "/slow", "")
		}()
		synctest.Wait()
		ask(t, h, "GET", "/fast", "")
		<-done
		require.Equal(t, []string{"GET /slow 200", "GET /fast 200"}, journaled(h))
	})
}

// TestJournalHasNoSecrets is row 15: a token is hidden wherever it shows, in exchanges before it and in what the ring has dropped, too.
func TestJournalHasNoSecrets(t *testing.T) {
	const secret = "s3cr3t-t0k3n-that-no-one-may-see"
	for _, exchanges := range []int{0, 2} {
		h := handler(t, mockserver.Reply("POST /x", says("you sent "+secret)), mockserver.Journal(exchanges, 0))
		ask(t, h, "POST", "/x", "the body has "+secret)
		ask(t, h, "POST", "/x", "", "Authorization", "Bearer "+secret)
		ask(t, h, "POST", "/x", "")
		var b bytes.Buffer
		xs := h.Exchanges()
		for _, x := range xs {
			b.Write(x.Request.Body)
			b.Write(x.Response.Body)
			_ = x.Request.Header.Write(&b)
			_ = x.Response.Header.Write(&b)
		}
		require.NotContains(t, b.String(), secret, "journal of %d", exchanges)
		require.NotEmpty(t, xs)
	}
}

// TestArtifact is row 15: the journal of a failed test is saved where the environment says, without secrets, and the test says where.
func TestArtifact(t *testing.T) {
	for _, fails := range []bool{true, false} {
		dir := t.TempDir()
		t.Setenv("GRAPHCONTRACT_ARTIFACTS", dir)
		tb := runFake(t, func(tb *fakeTB) {
			srv := mockserver.Transport(tb, mockserver.Reply("GET /x", says("a")))
			ask(t, srv, "GET", "/x", "", "Authorization", "Bearer not-to-be-seen-by-anyone")
			if fails {
				tb.Errorf("the client failed")
			}
		})
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		if !fails {
			require.Empty(t, files)
			require.Empty(t, tb.logs)
			continue
		}
		require.Len(t, files, 1)
		require.Equal(t, []string{
			"mockserver: 1 request of the client:\n  GET https://graph.microsoft.com/x: 200",
			"mockserver: the journal is in " + files[0],
		}, tb.logs)
		saved, err := os.ReadFile(files[0])
		require.NoError(t, err)
		assert.NotContains(t, string(saved), "not-to-be-seen")
		assert.Contains(t, string(saved), "TestOfAUser")
		n := 0
		for x, err := range recording.Read(bytes.NewReader(saved), files[0]) {
			require.NoError(t, err)
			require.Equal(t, "GET", x.Method)
			n++
		}
		require.Equal(t, 1, n, "it can be read back")
	}
}

// TestArtifactFails is row 15: a directory that is not there is said, and is no failure.
func TestArtifactFails(t *testing.T) {
	t.Setenv("GRAPHCONTRACT_ARTIFACTS", filepath.Join(t.TempDir(), "nowhere"))
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.Reply("GET /x", says("a")))
		ask(t, srv, "GET", "/x", "")
		tb.Errorf("the client failed")
	})
	require.Equal(t, []string{"the client failed"}, tb.said())
	require.Len(t, tb.logs, 2)
	require.Contains(t, tb.logs[1], "mockserver: the journal could not be saved: ")
}

// TestTrafficIsShort is row 15: of many requests the last are said.
func TestTrafficIsShort(t *testing.T) {
	t.Setenv("GRAPHCONTRACT_ARTIFACTS", "")
	tb := runFake(t, func(tb *fakeTB) {
		srv := mockserver.Transport(tb, mockserver.Reply("GET /x/{id}", says("a")))
		for i := range 30 {
			ask(t, srv, "GET", "/x/"+strconv.Itoa(i), "")
		}
		tb.Errorf("the client failed")
	})
	require.True(t, strings.HasPrefix(tb.logs[0], "mockserver: 30 requests of the client, the last 20:\n  GET https://graph.microsoft.com/x/10: 200\n"), tb.logs[0])
	require.True(t, strings.HasSuffix(tb.logs[0], "/x/29: 200"))
}

// TestJournalKeepsItsSize holds that a response which comes when its exchange has been dropped takes no room, and is still searched for
// secrets.
func TestJournalKeepsItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const secret = "s3cr3t-t0k3n-that-no-one-may-see"
		h := handler(t, mockserver.Reply("GET /fast", says("it is "+secret)), mockserver.Journal(2, 1000), mockserver.AllowUnused())
		goOn, done := make(chan struct{}), make(chan struct{})
		require.NoError(t, h.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			<-goOn
			w.Header().Set("Set-Cookie", "session="+secret)
			_, _ = io.WriteString(w, strings.Repeat("x", 999))
		})))
		go func() {
			defer close(done)
			_, _ = try(h, "GET", "/slow", "")
		}()
		synctest.Wait()
		for range 3 {
			ask(t, h, "GET", "/fast", "")
		}
		close(goOn)
		<-done
		require.Equal(t, []string{"GET /fast 200", "GET /fast 200"}, journaled(h))
		ask(t, h, "GET", "/fast", "")
		require.Equal(t, []string{"GET /fast 200", "GET /fast 200"}, journaled(h))
		require.NotContains(t, string(h.Exchanges()[0].Response.Body), secret)
	})
}
