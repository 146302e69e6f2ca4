package recording

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedactGzip(t *testing.T) {
	text := `{"password":"my-own-word","pad":"` + strings.Repeat("x", 100) + `"}`
	body := gzipped([]byte(text))
	tests := []struct {
		name, reason string
		body         []byte
		want         string // "": as it is
	}{
		{"whole", "a compressed body is compressed again", body, strings.Replace(text, "my-own-word", "REDACTED-1", 1)},
		{
			"two", "members of gzip become one", append(bytes.Clone(body), body...),
			strings.Repeat(strings.Replace(text, "my-own-word", "REDACTED-1", 1), 2),
		},
		{"cut", "what cannot be decoded stays", body[:len(body)-9], ""},
		{"garbled", "what only begins like gzip stays", []byte("\x1f\x8b\x08my-own-word"), ""},
		{"clean", "what has no secret stays, whatever wrote it", level(t, gzip.BestSpeed, `{"a":"b"}`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			var r Redactor
			x := Exchange{Response: Message{Body: tt.body, Header: http.Header{"Content-Length": {fmt.Sprint(len(tt.body))}}}}
			got := r.Redact(x)
			require.Equal(t, fmt.Sprint(len(got.Response.Body)), got.Response.Header.Get("Content-Length"))
			require.Equal(t, fmt.Sprint(len(tt.body)), x.Response.Header.Get("Content-Length"))
			if tt.want == "" {
				require.Equal(t, tt.body, got.Response.Body)
				return
			}
			require.Equal(t, tt.want, string(gunzip(got.Response.Body, MaxMessage)))
		})
	}
}

func level(t *testing.T, n int, text string) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, n)
	require.NoError(t, err)
	_, err = io.WriteString(z, text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestGunzipBound(t *testing.T) {
	bomb := gzipped(make([]byte, 1000))
	require.Len(t, gunzip(bomb, 1000), 1000)
	require.Nil(t, gunzip(bomb, 999), "what is too large is left")
}

func TestRedactKeeps(t *testing.T) {
	in := "GET /a HTTP/1.1\nHost: h\nAuthorization: Bearer opaque-token\n\nHTTP/1.1 200 OK\nContent-Length: 12\n\n{\"a\":\"same\"}\n\n" +
		"POST /b HTTP/1.1\nHost: h\nContent-Length: 12\n\n{\"a\":\"same\"}\nHTTP/1.1 200 OK\nContent-Length: 16\n\n[\"opaque-token\"]\n"
	xs, err := readAll([]byte(in), "in.http")
	require.NoError(t, err)
	var r Redactor
	got := r.All(xs)
	for i := range xs {
		require.Equal(t, xs[i].Source, got[i].Source)
		require.Equal(t, xs[i].Status, got[i].Status)
	}
	_, _, _, ok := got[0].Response.Locate(3)
	require.True(t, ok, "a body that is the same is located")
	require.True(t, &xs[0].Response.Body[0] == &got[0].Response.Body[0], "and shared")
	line, _, _, ok := got[1].Response.Locate(3)
	require.False(t, ok, "one that is not is nowhere")
	require.Zero(t, line)
	require.Equal(t, "14", got[1].Response.Header.Get("Content-Length"))
	require.Equal(t, `["REDACTED-1"]`, string(got[1].Response.Body))
	_, _, _, ok = xs[1].Response.Locate(3)
	require.True(t, ok, "the original is as it was")
}

func TestRedactAll(t *testing.T) {
	var r Redactor
	got := r.All([]Exchange{{URL: "/?q=late-secret"}, {Request: Message{Header: http.Header{"Api-Key": {"late-secret"}}}}})
	require.Equal(t, "/?q=REDACTED-1", got[0].URL)
	again := r.Redact(Exchange{URL: "/?sig=other1&q=late-secret"})
	require.Equal(t, "/?sig=REDACTED-2&q=REDACTED-1", again.URL, "numbers hold for the life of the Redactor")
	require.Equal(t, []Exchange{}, r.All(nil))
}

func TestRedactHook(t *testing.T) {
	x := Exchange{
		Request:  Message{Header: http.Header{"Api-Key": {"first-secret"}}},
		Response: Message{Header: http.Header{"Content-Length": {"25"}}, Body: []byte(`["first-secret","person"]`)},
		Hint:     &Hint{Type: "t"},
	}
	before := deepCopy(x)
	r := Redactor{Hook: func(x *Exchange) {
		delete(x.Request.Header, "Api-Key")
		x.Response.Body = bytes.ReplaceAll(x.Response.Body, []byte("person"), []byte(token))
		x.Hint.Type = "u"
	}}
	for _, got := range []Exchange{r.Redact(x), r.All([]Exchange{x})[0]} {
		require.Empty(t, got.Request.Header)
		require.Equal(t, `["REDACTED-1","REDACTED-2"]`, string(got.Response.Body), "known before and after the hook")
		require.Equal(t, "27", got.Response.Header.Get("Content-Length"))
		require.Equal(t, "u", got.Hint.Type)
	}
	require.Equal(t, before, x)
	require.Equal(t, "t", x.Hint.Type)
}

func TestRedactConcurrently(t *testing.T) {
	var r Redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				secret := fmt.Sprintf("secret-%d", (i+j)%20)
				got := r.Redact(Exchange{URL: "/" + secret, Request: Message{Header: http.Header{"Api-Key": {secret}}}})
				require.Equal(t, "/"+got.Request.Header.Get("Api-Key"), got.URL)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 20, r.last)
}

func TestLeaks(t *testing.T) {
	x := Exchange{
		URL:     "/?sig=abc",
		Request: Message{Header: http.Header{"Cookie": {"a=b"}}, Body: []byte(`{"password":"abc"}`)},
		Response: Message{
			Header: http.Header{"Location": {"/" + token}, "Www-Authenticate": {"Bearer realm=x"}}, Body: gzipped([]byte(`["` + token + `"]`)),
		},
	}
	require.Equal(t, []string{
		`URL: parameter "sig"`,
		`request header Cookie: credentials`,
		`request body: member "password" at byte 13`,
		`response header Location: JSON Web Token`,
		`response body: JSON Web Token at byte 2 of what gzip holds`,
	}, Leaks(&x))
	var r Redactor
	x = r.Redact(x)
	require.Nil(t, Leaks(&x))
}

func TestRedactHonest(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteNDJSON(&b, slices.Values(polls(50))))
	xs, err := readAll(b.Bytes(), "in")
	require.NoError(t, err)
	var r Redactor
	got := r.All(append(xs, Exchange{URL: "/", Request: Message{Header: http.Header{"Api-Key": {"some-secret"}}}}))
	for i := range xs {
		require.Equal(t, xs[i], got[i])
		before, after := &xs[i].Response, &got[i].Response
		require.True(t, before.origin == after.origin, "the place in the file is known")
		require.True(t, &before.Body[0] == &after.Body[0], "the body is not copied")
		before.Header["X"] = nil
		require.Contains(t, after.Header, "X", "nor is the header")
	}
}

// TestCorpusRedact redacts every page of the corpus and judges by the laws. The figures are how many exchanges of
// documentation show a secret, so that a rule that takes in too much is seen.
func TestCorpusRedact(t *testing.T) {
	pages := corpus(t, "graph-docs-v1.0.zip")
	exchanges, changed := 0, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		xs, _ := readAll(pages[name], name)
		for i := range xs {
			var r Redactor
			exchanges++
			for _, leak := range Leaks(&xs[i]) {
				changed[regexp.MustCompile(` at byte \d+`).ReplaceAllString(leak, "")]++
			}
			got := r.Redact(xs[i])
			require.Nil(t, Leaks(&got), name)
			require.Equal(t, json.Valid(xs[i].Response.Body), json.Valid(got.Response.Body), name)
			require.Equal(t, got, r.Redact(got), name)
		}
	}
	require.Equal(t, map[string]int{
		"request header Authorization: credentials": 9,
		`request body: member "clientSecret"`:       1,
		`request body: member "clientState"`:        1,
		`request body: member "password"`:           6,
		`response body: member "clientSecret"`:      2,
		`response body: member "clientState"`:       3,
		`response body: member "secretText"`:        1,
		`response body: parameter "ticket"`:         1,
	}, changed)
	require.Greater(t, exchanges, 1500)
}

// TestRedactLeaves has what Graph answers and what looks like a secret to a careless reader: not a byte of it changes.
func TestRedactLeaves(t *testing.T) {
	for reason, body := range map[string]string{
		"an error code is no secret":         `{"error":{"code":"InvalidAuthenticationToken","message":"Access token is empty.","innerError":{"request-id":"0a1b2c3d-0000-0000-0000-000000000000"}}}`,
		"nor are page tokens":                `{"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=RFNwdAIAAQ&$top=5","@odata.deltaLink":"https://h/delta(token='a1b2c3d4')?token=latest"}`,
		"a code without a state is anything": `{"webUrl":"https://h/?code=a1b2c3d4","state":"completed","href":"https://h/?state=completed","code":"abcdef"}`,
		"ids and names are none":             `{"id":"a1b2c3d4","displayName":"password","keyId":"0a1b","key":null,"secretStore":"x"}`,
		"other members begin like secret ones": `{"passwordPolicies":"DisablePasswordExpiration","passwordProfile":{"forceChangePasswordNextSignIn":true},` +
			`"passwordCredentials":[{"displayName":"d","hint":"abc","keyId":"k"}],"codes":["a"],"sessionId":"s","sigma":"x","tokenType":"Bearer"}`,
		"a header of a batch may be a challenge": `{"responses":[{"id":"1","headers":{"WWW-Authenticate":"Bearer realm=\"\", client_id=\"00000003\"","Location":"https://h:443/a@b"}}]}`,
		"JSON Schema describes secrets":          `{"properties":{"password":{"type":"string","format":"password","title":"A","description":"B"}}}`,
	} {
		var r Redactor
		x := Exchange{URL: "/v1.0/users?code=abcdef&$skiptoken=RFNwdAIAAQ", Response: Message{Body: []byte(body)}}
		require.Empty(t, Leaks(&x), reason)
		got := r.Redact(x)
		require.Equal(t, x.URL, got.URL, reason)
		require.Equal(t, body, string(got.Response.Body), reason)
	}
}
