package recording

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRedact states the laws of redaction: x is not changed; what comes out has no secret that was learned and none by
// the rules, is redacted no further, and is JSON with the same types where it was JSON; what was not changed is shared.
func FuzzRedact(f *testing.F) {
	for _, data := range seeds(f) {
		xs, _ := readAll(data, "in")
		for _, x := range xs {
			f.Add(x.URL, "Authorization", "Bearer "+x.Session, x.Request.Body, x.Response.Body, byte(len(data)))
		}
	}
	f.Add("/oauth2/token?sig=a%2fb", "Cookie", "a=b; c=\"d\"", []byte("code=abcdef&x=abcdef"), []byte(`{"password":["a\/b12345"],"n":"a/b12345"}`), byte(0))
	f.Add("https://u:p@h/?a=https%3A%2F%2Fh%3Fsig%3Dx%2525y", "Api-Key", "n123456", []byte(`{"a":"\n123456"}`), []byte(`{"a":"\\n123456\u00eeyJ"}`), byte(1))
	f.Add("/", "Api-Key", `","a":"b`, []byte(`{"x":"y","a":"b"}`), []byte(`["\",\"a\":\"b", 123456]`), byte(2))
	f.Add("/"+token, "Authorization", "Basic dXNlcjpwYXNzLXdvcmQ=", []byte(`"\"password\":\"pass-word\\"`), []byte(jwe+"."+token), byte(3))
	f.Add("/REDACTED-1", "Api-Key", "xREDACTED-12", []byte("xREDACTED-12REDACTED"), []byte(`{"ticket":"REDACTED-","a":"REDACTED-1"}`), byte(0))
	f.Add("/?code=abcdef&state=x&%73ig=a", "Location", "https://u:p@h/?to=https%3A%2F%2Fu%3Ap%40h", []byte("Authorization: Digest a=\"b\", response=\"c\""),
		[]byte(`{"passwords":["a",{"b":["c",{"@d":"e"}]}],"f":"\"passwords\":[\"g\",[\"h\"]]","i":"Authorization: Bearer 12345678"}`), byte(0))
	f.Add("\"password\":\"/a", "Set-Cookie", "a", []byte("1"), []byte(`{"x":"?=","[secret-an\"%22password%22:%22sig\u0022:":["",1]}`), byte(2))
	f.Add("secret", "Api-Key", "a-secret-/\\\"", []byte("sig&"), []byte(`{"x":"","password=\"password\":\"sig%22\"%6en:":["a\u0022\"password\":",1]}`), byte(2))
	f.Add("%73ig=", "Location", "a", []byte("ticket"), []byte(`{"x":"://n%22password%22:%22","=]{password":[";%5C\"passwords\":[\\",1]}`), byte(0))
	f.Fuzz(checkRedact)
}

// TestRedactFragments has the laws hold for texts of the pieces that matter, which bytes by chance seldom make.
func TestRedactFragments(t *testing.T) {
	pieces := []string{
		`\`, `\\`, `"`, `\"`, `\u0022`, "%22", "%25", "%5C", "%3D", "=", "&", `\u0026`, "?", "sig", "password", `"password":"`, `\"password\":\"`,
		`%22password%22:%22`, "REDACTED-1", "REDACTED", "-", "1", "n", "secret", "secret-a", "a-secret", `n"secret`, `\nsecret`, "%6e", " ", "+", "/", `\/`, ":",
		"[", `","`, "ticket", token, "eyJhbGciOiJub25lIn0", ".", "Bearer ", ";", "://", "@",
		"{", "}", "]", "]}", ",", `:{"`, `\"passwords\":[`, "clientSecret", "%73ig=", `\u0073ig=`, "u:p@", "Authorization: ", "Digest ", "response=", "code=", "&state=", "\t",
	}
	random := rand.New(rand.NewSource(1))
	text := func() string {
		var b strings.Builder
		for range random.Intn(12) {
			b.WriteString(pieces[random.Intn(len(pieces))])
		}
		return b.String()
	}
	names := []string{"Authorization", "Cookie", "Set-Cookie", "Api-Key", "Location"}
	for range 2000 {
		checkRedact(t, text(), names[random.Intn(len(names))], text(), []byte(text()), []byte(`{"x":"`+text()+`","`+text()+`":["`+text()+`",1]}`),
			byte(random.Intn(4)))
	}
}

func checkRedact(t *testing.T, target, name, value string, request, response []byte, with byte) {
	x := Exchange{URL: target, Request: Message{Body: request}, Response: Message{Body: response}}
	x.Request.Header = http.Header{name: {value, target}}
	x.Response.Header = http.Header{"Location": {target}, "Content-Length": {"7"}}
	if with&1 != 0 {
		x.Response.Body = gzipped(response)
	}
	if with&2 != 0 {
		x.Request.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	}
	before := deepCopy(x)
	var r Redactor
	got := r.Redact(x)
	require.Equal(t, before.Request, deepCopy(x).Request)
	require.Equal(t, before.Response, deepCopy(x).Response)
	require.Equal(t, got, r.Redact(got))
	var other Redactor
	require.Equal(t, got, other.Redact(got), "what is left shows no secret to another")
	require.Empty(t, Leaks(&got))

	var secrets []string
	for s := range r.known {
		require.False(t, len(s) < 16 && regexp.MustCompile(`^[A-Za-z]+$`).MatchString(s), "%q is an honest word", s)
		if !strings.Contains(s, "\ufffd") {
			secrets = append(secrets, s)
		}
	}
	for p := range parts(&got) {
		text, was := p.get(&got, new([]byte)), p.get(&x, new([]byte))
		if bytes.Equal(text, was) && p.body {
			require.True(t, &got.message(p.side).Body[0] == &x.message(p.side).Body[0], "shared")
		}
		if p.body && json.Valid(was) {
			require.True(t, json.Valid(text), "%q", text)
			require.Equal(t, shape(was), shape(text))
		}
		if p.body && json.Valid(text) { // maybe only now, and then its escapes count
			var v any
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			require.NoError(t, d.Decode(&v))
			requireNone(t, v, secrets)
			continue
		}
		requireNone(t, string(text), secrets)
	}
}

var pseudonym = regexp.MustCompile(`REDACTED-[0-9]{1,9}`)

// requireNone searches texts with the escapes of URLs and without.
func requireNone(t *testing.T, v any, secrets []string) {
	t.Helper()
	switch v := v.(type) {
	case string:
		texts := pseudonym.Split(v, -1)
		if u, err := url.PathUnescape(v); err == nil {
			texts = append(texts, pseudonym.Split(u, -1)...)
		}
		for _, text := range texts {
			for _, s := range secrets {
				require.NotContains(t, text, s)
			}
		}
	case []any:
		for _, e := range v {
			requireNone(t, e, secrets)
		}
	case map[string]any:
		for name, e := range v {
			requireNone(t, name, secrets)
			requireNone(t, e, secrets)
		}
	}
}

// shape is JSON without the insides of strings and without white space.
func shape(text []byte) string {
	var out strings.Builder
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return out.String()
		}
		if _, ok := token.(string); ok {
			token = `""`
		}
		out.WriteString(strings.TrimSpace(jsonText(token)) + " ")
	}
}

func jsonText(token json.Token) string {
	switch v := token.(type) {
	case json.Delim:
		return v.String()
	case string:
		return v
	}
	b, _ := json.Marshal(token)
	return string(b)
}
