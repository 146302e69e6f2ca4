package mockserver_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// with is a reply of a text that is changed.
func with(text string, change func(*mockserver.Response)) mockserver.Response {
	r := says(text)
	change(&r)
	return r
}

// TestReplies is row 2: which reply is given, in virtual time. A step is a text that is wanted; "wait 10m" passes time, "go" moves the
// machine, 501 is a request that nothing answers.
func TestReplies(t *testing.T) {
	times := func(text string, n int) mockserver.Response {
		return with(text, func(r *mockserver.Response) { r.Times = n })
	}
	lasts := func(text string, d time.Duration) mockserver.Response {
		return with(text, func(r *mockserver.Response) { r.For = d })
	}
	until := func(text string) mockserver.Response {
		return with(text, func(r *mockserver.Response) { r.Until = is("signal", "green") })
	}
	for _, c := range []struct {
		name, reason string
		replies      []mockserver.Response
		exhausted    mockserver.Exhausted
		steps        string
	}{
		{"once each", "the last one sticks", []mockserver.Response{says("a"), says("b")}, mockserver.Stick, "a b b b"},
		{"times", "a reply is given so often", []mockserver.Response{times("a", 3), says("b")}, mockserver.Stick, "a a a b b"},
		{"times of the last", "sticks all the same", []mockserver.Response{times("a", 2)}, mockserver.Stick, "a a a"},
		{
			"for", "time runs from the first request",
			[]mockserver.Response{lasts("a", 10*time.Minute), says("b")},
			mockserver.Stick,
			"wait 1h a wait 9m59s a wait 999ms a wait 1ms b b",
		},
		{
			"for is over", "a reply whose time has passed is not given once more",
			[]mockserver.Response{lasts("a", time.Minute), says("b"), says("c")},
			mockserver.Stick,
			"a wait 5m b c",
		},
		{"for, one after the other", "the second time begins with its own first request", []mockserver.Response{
			lasts("a", time.Minute), lasts("b", time.Minute), says("c"),
		}, mockserver.Stick, "a wait 1m b wait 59s b wait 1s c"},
		{"for and times", "whichever ends first", []mockserver.Response{
			with("a", func(r *mockserver.Response) { r.For, r.Times = time.Minute, 2 }), says("b"),
		}, mockserver.Stick, "a a b"},
		{"until", "an event ends it", []mockserver.Response{until("a"), says("b")}, mockserver.Stick, "a a a go b b"},
		{"until has come", "a reply whose event was before is left out", []mockserver.Response{until("a"), says("b")}, mockserver.Stick, "go b b"},
		{"fail", "what comes after the last is unexpected", []mockserver.Response{says("a"), says("b")}, mockserver.Fail, "a b 501 501"},
		{"next", "the next route answers", []mockserver.Response{says("a"), times("b", 2)}, mockserver.Next, "a b b other other"},
		{"repeat", "the first one comes again", []mockserver.Response{says("a"), times("b", 2)}, mockserver.Repeat, "a b b a b b a"},
		{"repeat one", "of one reply", []mockserver.Response{says("a")}, mockserver.Repeat, "a a a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := handler(t, mockserver.Scenario{
					State: map[string]mockserver.Machine{"signal": {States: []string{"red", "green"}}},
					Routes: []mockserver.Route{
						{Route: "* /**", Optional: true, Replies: []mockserver.Response{says("other")}, When: is("signal", "red")},
						{Route: "GET /x", Replies: c.replies, Exhausted: c.exhausted},
						{Route: "POST /go", Replies: []mockserver.Response{{Change: map[string]string{"signal": "green"}}}},
					},
				})
				steps := strings.Fields(c.steps)
				for i := 0; i < len(steps); i++ {
					switch steps[i] {
					case "wait":
						i++
						d, err := time.ParseDuration(steps[i])
						require.NoError(t, err)
						time.Sleep(d)
					case "go":
						require.Equal(t, 204, ask(t, h, "POST", "/go", "").Status)
					case "501":
						require.Equal(t, 501, ask(t, h, "GET", "/x", "").Status, c.reason)
					default:
						require.Equal(t, steps[i], ask(t, h, "GET", "/x", "").Body, "%s: step %d of %s", c.reason, i, c.steps)
					}
				}
			})
		})
	}
}

// TestPer is row 2: which parameters have places of their own.
func TestPer(t *testing.T) {
	paths := []string{"/a/1/b/1", "/a/1/b/2", "/a/2/b/1", "/a('1')/b('1')", "/beta/a/1/b/1"}
	for _, c := range []struct {
		name, reason string
		per          []string
		want         string // the replies to the paths
	}{
		{"nil", "each path has its own, however it is written", nil, "1 1 1 2 3"},
		{"empty", "there is one for all", []string{}, "1 2 3 4 5"},
		{"some", "one for each value of the parameters that are named", []string{"a"}, "1 2 1 3 4"},
		{"all, in another order", "all of the path", []string{"b", "a"}, "1 1 1 2 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handler(t, mockserver.Scenario{Routes: []mockserver.Route{{
				Route: "GET /a/{a}/b/{b}", Per: c.per,
				Replies: []mockserver.Response{says("1"), says("2"), says("3"), says("4"), says("5")},
			}}})
			var got []string
			for _, path := range paths {
				got = append(got, ask(t, h, "GET", path, "").Body)
			}
			require.Equal(t, c.want, strings.Join(got, " "), c.reason)
			h.Reset()
			require.Equal(t, "1", ask(t, h, "GET", paths[0], "").Body, "Reset takes all back")
		})
	}
}

// TestPerTellsValuesApart is row 2: values that only together read the same have places of their own.
func TestPerTellsValuesApart(t *testing.T) {
	h := handler(t, mockserver.Scenario{Routes: []mockserver.Route{{
		Route: "GET /a/{a}/b/{b}", Replies: []mockserver.Response{says("first"), says("second")},
	}}})
	for _, path := range []string{"/a/x%00y/b/z", "/a/x/b/y%00z", "/a/x%2Fy/b/z", "/a/x/b/y%2Fz", "/a/X/b/y%2Fz"} {
		require.Equal(t, "first", ask(t, h, "GET", path, "").Body, path)
	}
}

// TestUnusedAfterRepeat is row 2: a reply that had its turn is used, also while the first ones come again.
func TestUnusedAfterRepeat(t *testing.T) {
	h := handler(t, mockserver.Scenario{Routes: []mockserver.Route{{
		Route: "GET /x", Replies: []mockserver.Response{says("a"), says("b"), says("c")}, Exhausted: mockserver.Repeat,
	}}})
	for _, want := range []string{"a", "b"} {
		require.Equal(t, want, ask(t, h, "GET", "/x", "").Body)
	}
	require.ErrorIs(t, h.Verify(), mockserver.ErrUnused)
	for _, want := range []string{"c", "a"} {
		require.Equal(t, want, ask(t, h, "GET", "/x", "").Body)
	}
	require.NoError(t, h.Verify())
}
