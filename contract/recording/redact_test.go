package recording

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// {"alg":"none"}, {"sub":"1"}, sig
	token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"
	jwe   = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"
)

func TestRedact(t *testing.T) {
	tests := []struct {
		name, reason string
		r            Redactor
		in, want     Exchange
	}{
		{
			name: "bearer", reason: "the scheme stays, and the token is hidden where it is echoed (RFC 6750)",
			in: Exchange{
				URL:      "https://graph.microsoft.com/v1.0/me?t=opaque-token",
				Request:  Message{Header: http.Header{"Authorization": {"Bearer opaque-token"}}},
				Response: Message{Body: []byte(`{"echo":"got opaque-token","n":1.50}`)},
			},
			want: Exchange{
				URL:      "https://graph.microsoft.com/v1.0/me?t=REDACTED-1",
				Request:  Message{Header: http.Header{"Authorization": {"Bearer REDACTED-1"}}},
				Response: Message{Body: []byte(`{"echo":"got REDACTED-1","n":1.50}`)},
			},
		},
		{
			name: "basic", reason: "the password within is a secret of its own; a scheme without credentials is none",
			in: Exchange{
				URL:      "/?p=my-own-word",
				Request:  Message{Header: http.Header{"Authorization": {"Basic dXNlcjpteS1vd24td29yZA=="}}},
				Response: Message{Header: http.Header{"Proxy-Authorization": {"Negotiate"}}},
			},
			want: Exchange{
				URL:      "/?p=REDACTED-2",
				Request:  Message{Header: http.Header{"Authorization": {"Basic REDACTED-1"}}},
				Response: Message{Header: http.Header{"Proxy-Authorization": {"Negotiate"}}},
			},
		},
		{
			name: "keys", reason: "field names count without case; a value without scheme is all secret",
			r: Redactor{Headers: []string{"x-own"}},
			in: Exchange{Request: Message{Header: http.Header{
				"Api-Key": {"k1"}, "X-Own": {"Key own-secret", "and"}, "ocp-apim-subscription-key": {"two words"}, "Etag": {`W/"k1"`},
			}}},
			want: Exchange{Request: Message{Header: http.Header{
				"Api-Key": {"REDACTED-1"}, "X-Own": {"REDACTED-2", "REDACTED-3"}, "ocp-apim-subscription-key": {"REDACTED-4"}, "Etag": {`W/"k1"`},
			}}},
		},
		{
			name: "cookies", reason: "names and attributes stay (RFC 6265)",
			in: Exchange{
				Request:  Message{Header: http.Header{"Cookie": {`a=session=1; b="quoted"; nameless`}}},
				Response: Message{Header: http.Header{"Set-Cookie": {"a=session=1; Path=/; HttpOnly", "c=; Max-Age=0"}}},
			},
			want: Exchange{
				Request:  Message{Header: http.Header{"Cookie": {`a=REDACTED-1; b="REDACTED-2"; REDACTED-3`}}},
				Response: Message{Header: http.Header{"Set-Cookie": {"a=REDACTED-1; Path=/; HttpOnly", "c=; Max-Age=0"}}},
			},
		},
		{
			name: "form", reason: "a code is a secret at a token endpoint, where parameters have forms' own escapes",
			in: Exchange{
				URL: "https://login.microsoftonline.com/t/oauth2/v2.0/token",
				Request: Message{
					Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Length": {"93"}},
					Body:   []byte("code=0.AX-y&client_id=app&client_secret=a%2Bb~c+d'e&password=pw&grant_type=authorization_code"),
				},
				Response: Message{Body: []byte(`{"echo":"a+b~c d'e","access_token":"EwB4","expires_in":3599,"Refresh_Token" : "0.AX-y"}`)},
			},
			want: Exchange{
				URL: "https://login.microsoftonline.com/t/oauth2/v2.0/token",
				Request: Message{
					Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Length": {"104"}},
					Body:   []byte("code=REDACTED-1&client_id=app&client_secret=REDACTED-2&password=REDACTED-3&grant_type=authorization_code"),
				},
				Response: Message{Body: []byte(`{"echo":"REDACTED-2","access_token":"REDACTED-4","expires_in":3599,"Refresh_Token" : "REDACTED-1"}`)},
			},
		},
		{
			name: "code elsewhere", reason: "an error code is no secret",
			in:   Exchange{URL: "/x?code=abcdef", Response: Message{Body: []byte(`{"error":{"code":"itemNotFound"}}`)}},
			want: Exchange{URL: "/x?code=abcdef", Response: Message{Body: []byte(`{"error":{"code":"itemNotFound"}}`)}},
		},
		{
			name: "members", reason: "strings and lists of strings are replaced, other types are not",
			in: Exchange{Response: Message{Body: []byte(`{"validationTokens":[ "one","two" ],"ticket":null,"password":12345678,` +
				`"secretText":"","clientSecret":"x\"y\\","idToken":{"a":"b"},"n":12345678}`)}},
			want: Exchange{Response: Message{Body: []byte(`{"validationTokens":[ "REDACTED-1","REDACTED-2" ],"ticket":null,"password":12345678,` +
				`"secretText":"","clientSecret":"REDACTED-3","idToken":{"a":"b"},"n":12345678}`)}},
		},
		{
			name: "numbers", reason: "JSON keeps its types even where a number looks like a secret",
			in:   Exchange{Response: Message{Body: []byte(`{"password":"12345678","n":12345678,"s":"12345678"}`)}},
			want: Exchange{Response: Message{Body: []byte(`{"password":"REDACTED-1","n":12345678,"s":"REDACTED-1"}`)}},
		},
		{
			name: "escapes", reason: "a secret is found in every form that JSON and URLs have for it, in turn",
			in: Exchange{
				URL:     "/x?a=se%2Fcret%2b&b=se%252Fcret%252B",
				Request: Message{Header: http.Header{"X-Api-Key": {"se/cret+"}}},
				Response: Message{Body: []byte(`{"a":"se\/cret\u002b","b":"https:\/\/h\/?q=se%2Fcret%2B\u0026z=1",` +
					`"c":"{\"d\":\"se\\\/cret+\"}"}`)},
			},
			want: Exchange{
				URL:     "/x?a=REDACTED-1&b=REDACTED-1",
				Request: Message{Header: http.Header{"X-Api-Key": {"REDACTED-1"}}},
				Response: Message{Body: []byte(`{"a":"REDACTED-1","b":"https:\/\/h\/?q=REDACTED-1\u0026z=1",` +
					`"c":"{\"d\":\"REDACTED-1\"}"}`)},
			},
		},
		{
			name: "SAS", reason: "signatures of Azure SAS are secrets in any URL; page tokens are not",
			in: Exchange{
				URL: "https://a.blob.core.windows.net/c/b?sv=2024&sig=AbC%2Bd%3D&se=2026",
				Response: Message{
					Header: http.Header{"Location": {"https://h/?sv=1&SIG=other-signature#top"}},
					Body: []byte(`{"@odata.nextLink":"https://h/v1.0/users?$skiptoken=RFNwdAIAAQ","uploadUrl":"https://h/?a=1\u0026sig=third%2Fsignature",` +
						`"x":"https://h/?to=https%3A%2F%2Fs%2F%3Fsig%3Dfourth%252Fsignature%26b%3D1"}`),
				},
			},
			want: Exchange{
				URL: "https://a.blob.core.windows.net/c/b?sv=2024&sig=REDACTED-1&se=2026",
				Response: Message{
					Header: http.Header{"Location": {"https://h/?sv=1&SIG=REDACTED-2#top"}},
					Body: []byte(`{"@odata.nextLink":"https://h/v1.0/users?$skiptoken=RFNwdAIAAQ","uploadUrl":"https://h/?a=1\u0026sig=REDACTED-3",` +
						`"x":"https://h/?to=https%3A%2F%2Fs%2F%3Fsig%3DREDACTED-4%26b%3D1"}`),
				},
			},
		},
		{
			name: "tokens", reason: "a JSON Web Token is known by its shape (RFC 7519), dotted text is not",
			in: Exchange{
				URL:      "/x/" + token,
				Response: Message{Body: []byte("see " + jwe + ", key.value.pair, eyJhbGci.abc.def and _" + token + ".")},
			},
			want: Exchange{
				URL:      "/x/REDACTED-1",
				Response: Message{Body: []byte("see REDACTED-2, key.value.pair, eyJhbGci.abc.def and _REDACTED-1.")},
			},
		},
		{
			name: "within another", reason: "the longest wins, and a text that two secrets share is hidden whole",
			in: Exchange{
				Request:  Message{Header: http.Header{"Api-Key": {"secret-a"}, "X-Api-Key": {"my-secret-and-more", "secret-and", "and-more-of-it"}}},
				Response: Message{Body: []byte("my-secret-and-more secret-and secret-a my-secret-and-more-of-it")},
			},
			want: Exchange{
				Request:  Message{Header: http.Header{"Api-Key": {"REDACTED-1"}, "X-Api-Key": {"REDACTED-2", "REDACTED-3", "REDACTED-4"}}},
				Response: Message{Body: []byte("REDACTED-2 REDACTED-3 REDACTED-1 REDACTED-2")},
			},
		},
		{
			name: "short", reason: "short values and names of secrets are hidden in their places only",
			in: Exchange{Response: Message{Body: []byte(`{"password":"hello","b":{"password":"password"},"c":"hello","d":"password"}`)}},
			want: Exchange{Response: Message{Body: []byte(
				`{"password":"REDACTED-1","b":{"password":"REDACTED-2"},"c":"hello","d":"password"}`)}},
		},
		{
			name: "words", reason: "a word is hidden in its place only, so that paths and statuses stay what they are",
			in: Exchange{
				URL:      "/external/connections",
				Request:  Message{Header: http.Header{"Cookie": {"a=external; b=completed; c=LettersOnlyButLong"}}},
				Response: Message{Body: []byte(`{"status":"completed","x":"LettersOnlyButLong"}`)},
			},
			want: Exchange{
				URL:      "/external/connections",
				Request:  Message{Header: http.Header{"Cookie": {"a=REDACTED-1; b=REDACTED-2; c=REDACTED-3"}}},
				Response: Message{Body: []byte(`{"status":"completed","x":"REDACTED-3"}`)},
			},
		},
		{
			name: "hidden before", reason: "pseudonyms, and what other tools write, are no secrets",
			in: Exchange{Request: Message{
				Header: http.Header{"Authorization": {"Bearer REDACTED-7"}, "Api-Key": {"REDACTED"}}, Body: []byte(`{"password":"REDACTED"}`),
			}},
			want: Exchange{Request: Message{
				Header: http.Header{"Authorization": {"Bearer REDACTED-7"}, "Api-Key": {"REDACTED"}}, Body: []byte(`{"password":"REDACTED"}`),
			}},
		},
		{
			name: "numbers of others", reason: "a pseudonym of an earlier redaction is not given to another secret",
			in: Exchange{
				Request:  Message{Header: http.Header{"Authorization": {"Bearer REDACTED-7"}, "X-Api-Key": {"REDACTED-999999999"}}},
				Response: Message{Body: []byte(`{"ticket":"abc"}`)},
			},
			want: Exchange{
				Request:  Message{Header: http.Header{"Authorization": {"Bearer REDACTED-7"}, "X-Api-Key": {"REDACTED-999999999"}}},
				Response: Message{Body: []byte(`{"ticket":"REDACTED-8"}`)},
			},
		},
		{
			name: "cut", reason: "JSON that ends early, or is many values, is searched too",
			in:   Exchange{Response: Message{Body: []byte("{\"id_token\":\"first-one\"}\n{\"x\":\"first-one\",\"access_token\":\"cut of")}},
			want: Exchange{Response: Message{Body: []byte("{\"id_token\":\"REDACTED-1\"}\n{\"x\":\"REDACTED-1\",\"access_token\":\"REDACTED-2")}},
		},
		{
			name: "batch", reason: "header fields of a JSON batch are members",
			in: Exchange{Request: Message{Body: []byte(`{"requests":[{"headers":{"Authorization":"Bearer opaque-token","Cookie":"a=b; c=d"}}]}`)}},
			want: Exchange{Request: Message{Body: []byte(
				`{"requests":[{"headers":{"Authorization":"Bearer REDACTED-1","Cookie":"a=REDACTED-2; c=REDACTED-3"}}]}`)}},
		},
		{
			name: "user info", reason: "a URL may have a password",
			in:   Exchange{URL: "https://me:pa%40ss-word@h/x@y", Response: Message{Body: []byte("pa@ss-word")}},
			want: Exchange{URL: "https://me:REDACTED-1@h/x@y", Response: Message{Body: []byte("REDACTED-1")}},
		},
		{
			name: "further names", reason: "names are compared without case, hyphens and underscores",
			r:    Redactor{Names: []string{"client_state"}},
			in:   Exchange{URL: "/?clientState=abc", Response: Message{Body: []byte(`{"clientState":"abc","Client-State":"abd"}`)}},
			want: Exchange{URL: "/?clientState=REDACTED-1", Response: Message{Body: []byte(`{"clientState":"REDACTED-1","Client-State":"REDACTED-2"}`)}},
		},
		{
			name: "cut length", reason: "a body that was cut still is",
			in:   Exchange{Response: Message{Header: http.Header{"Content-Length": {"1000"}}, Body: []byte(`{"password":"abc","`)}},
			want: Exchange{Response: Message{Header: http.Header{"Content-Length": {"1007"}}, Body: []byte(`{"password":"REDACTED-1","`)}},
		},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			before := deepCopy(tt.in)
			got := tt.r.Redact(tt.in)
			assert.Equal(t, before, tt.in, "the original is not changed")
			assert.Equal(t, tt.want.URL, got.URL)
			assert.Equal(t, tt.want.Request.Header, got.Request.Header)
			assert.Equal(t, tt.want.Response.Header, got.Response.Header)
			assert.Equal(t, string(tt.want.Request.Body), string(got.Request.Body))
			assert.Equal(t, string(tt.want.Response.Body), string(got.Response.Body))
			assert.Equal(t, got, tt.r.Redact(got), "once is enough")
			assert.Empty(t, Leaks(&got))
		})
	}
}

func deepCopy(x Exchange) Exchange {
	for _, m := range []*Message{&x.Request, &x.Response} {
		m.Header, m.Body = m.Header.Clone(), []byte(strings.Clone(string(m.Body)))
		if len(m.Body) == 0 {
			m.Body = nil
		}
	}
	return x
}
