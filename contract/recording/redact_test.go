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
			name: "names of Graph", reason: "deviceLocalCredential, joinMeetingIdSettings, Intune's profiles and connection strings have secrets, too",
			in: Exchange{Response: Message{Body: []byte(`{"credentials":[{"accountName":"a","passwordBase64":"c2VjcmV0"}],"passcode":"LZpRQI",` +
				`"isPasscodeRequired":true,"preSharedKey":"wifi-1234","sharedSecret":"vpn-1234",` +
				`"c":"Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=bus-1234=","d":"AccountName=a;AccountKey=store-12==;EndpointSuffix=c"}`)}},
			want: Exchange{Response: Message{Body: []byte(`{"credentials":[{"accountName":"a","passwordBase64":"REDACTED-1"}],"passcode":"REDACTED-2",` +
				`"isPasscodeRequired":true,"preSharedKey":"REDACTED-3","sharedSecret":"REDACTED-4",` +
				`"c":"Endpoint=sb://a/;SharedAccessKeyName=n;SharedAccessKey=REDACTED-5","d":"AccountName=a;AccountKey=REDACTED-6;EndpointSuffix=c"}`)}},
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
				`"secretText":"","clientSecret":"x\"y\\","n":12345678}`)}},
			want: Exchange{Response: Message{Body: []byte(`{"validationTokens":[ "REDACTED-1","REDACTED-2" ],"ticket":null,"password":12345678,` +
				`"secretText":"","clientSecret":"REDACTED-3","n":12345678}`)}},
		},
		{
			name: "nested", reason: "strings below a secret member are secrets, but for names and types and control information",
			in: Exchange{Response: Message{Body: []byte(`{"passwords":["a",["b", 1, {"c" : ["d"]}],"e"],"x":["a"],` +
				`"clientSecret":{"@odata.type":"#t","type":"shared","id":"i","value":"f","more":{"g":null,"h":"j"}},"y":"z"}`)}},
			want: Exchange{Response: Message{Body: []byte(`{"passwords":["REDACTED-1",["REDACTED-2", 1, {"c" : ["REDACTED-3"]}],"REDACTED-4"],"x":["a"],` +
				`"clientSecret":{"@odata.type":"#t","type":"shared","id":"i","value":"REDACTED-5","more":{"g":null,"h":"REDACTED-6"}},"y":"z"}`)}},
		},
		{
			name: "nested in a string", reason: "JSON in a string is searched like any, and ends with the string",
			in: Exchange{Response: Message{Body: []byte(`{"a":"{\"passwords\":[\"b\",[\"c\"]]}","d":"\"passwords\":[\"e","f":"g"}`)}},
			want: Exchange{Response: Message{Body: []byte(
				`{"a":"{\"passwords\":[\"REDACTED-1\",[\"REDACTED-2\"]]}","d":"\"passwords\":[\"REDACTED-3","f":"g"}`)}},
		},
		{
			name: "optional claims", reason: "an application lists the claims of its tokens by the names of tokens",
			in: Exchange{Response: Message{Body: []byte(
				`{"optionalClaims":{"idToken":[{"name":"upn","source":"user","additionalProperties":["emit"]}],"accessToken":[],"saml2Token":[]}}`)}},
			want: Exchange{Response: Message{Body: []byte(
				`{"optionalClaims":{"idToken":[{"name":"upn","source":"user","additionalProperties":["emit"]}],"accessToken":[],"saml2Token":[]}}`)}},
		},
		{
			name: "end of a string", reason: "what is a member only across the ends of strings is none",
			in: Exchange{
				Request:  Message{Body: []byte(`{"x":"","password=\"password\":":["\"password\":",1]}`)},
				Response: Message{Body: []byte(`{"a\"%22password%22:%22sig\u0022:":["\"passwords\":[\\",1]}`)},
			},
			want: Exchange{
				Request:  Message{Body: []byte(`{"x":"","password=\"password\":":["\"password\":",1]}`)},
				Response: Message{Body: []byte(`{"a\"%22password%22:%22REDACTED-1\u0022:":["\"passwords\":[\\",1]}`)},
			},
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
			name: "user info elsewhere", reason: "so may those in header values and bodies; ports, addresses of mail and placeholders are none",
			in: Exchange{
				URL: "/?to=https%3A%2F%2Fu%3Aone%40h",
				Response: Message{
					Header: http.Header{"Location": {"https://u:two@h/"}},
					Body: []byte(`{"a":"at https:\/\/u:three\u0021@h:80/x@y, ftp://:four@h","b":"http://h:80 x:y@z","c":"http://h:80/@",` +
						`"d":"https://u:<password>@h","e":"https://u@h:80"}`),
				},
			},
			want: Exchange{
				URL: "/?to=https%3A%2F%2Fu%3AREDACTED-1%40h",
				Response: Message{
					Header: http.Header{"Location": {"https://u:REDACTED-2@h/"}},
					Body: []byte(`{"a":"at https:\/\/u:REDACTED-4@h:80/x@y, ftp://:REDACTED-3@h","b":"http://h:80 x:y@z","c":"http://h:80/@",` +
						`"d":"https://u:<password>@h","e":"https://u@h:80"}`),
				},
			},
		},
		{
			name: "names with escapes", reason: "the name of a parameter may have escapes of its own",
			in: Exchange{
				URL:      "/?%63lient_secret=a%26b&client%5Fid=c",
				Response: Message{Body: []byte(`{"a":"https://h/?\u0073ig=d\u0026%73%69%67=e"}`)},
			},
			want: Exchange{
				URL:      "/?%63lient_secret=REDACTED-1&client%5Fid=c",
				Response: Message{Body: []byte(`{"a":"https://h/?\u0073ig=REDACTED-2\u0026%73%69%67=REDACTED-3"}`)},
			},
		},
		{
			name: "authorization response", reason: "a code is a secret beside a state (RFC 6749 §4.1.2)",
			in: Exchange{
				URL: "https://app/?code=one&session_state=1",
				Request: Message{
					Header: http.Header{"Referer": {"https://app/?state=1&code=two"}, "Content-Type": {"application/x-www-form-urlencoded"}},
					Body:   []byte("state=1&code=three"),
				},
				Response: Message{Header: http.Header{"Location": {"https://app/#code=four&state=2"}, "Link": {"https://h/?code=five https://h/?state=1"}}},
			},
			want: Exchange{
				URL: "https://app/?code=REDACTED-1&session_state=1",
				Request: Message{
					Header: http.Header{"Referer": {"https://app/?state=1&code=REDACTED-2"}, "Content-Type": {"application/x-www-form-urlencoded"}},
					Body:   []byte("state=1&code=REDACTED-3"),
				},
				Response: Message{Header: http.Header{"Location": {"https://app/#code=REDACTED-4&state=2"}, "Link": {"https://h/?code=five https://h/?state=1"}}},
			},
		},
		{
			name: "white space", reason: "schemes count without case, and tabs behind them are white space too",
			in: Exchange{Request: Message{Header: http.Header{
				"Authorization": {"bearer\topaque-1", " BEARER \t opaque-2 "}, "Proxy-Authorization": {"basic\tdTpteS1vd24td29yZA=="}, "X-Echo": {"my-own-word"},
			}}},
			want: Exchange{Request: Message{Header: http.Header{
				"Authorization": {"bearer\tREDACTED-1", " BEARER \t REDACTED-2 "}, "Proxy-Authorization": {"basic\tREDACTED-3"}, "X-Echo": {"REDACTED-4"},
			}}},
		},
		{
			name: "authorization in a text", reason: "credentials are known by the name and the scheme before them; prose and challenges stay",
			in: Exchange{
				Request: Message{Body: []byte("--b\r\nAuthorization: Bearer opaque-token\r\nPROXY-AUTHORIZATION :basic\tdTpwdw==\r\n\r\nGET /me HTTP/1.1\r\n")},
				Response: Message{
					Header: http.Header{"Www-Authenticate": {`Bearer realm="x", authorization_uri="https://h"`}},
					Body: []byte(`{"a":"curl -H 'authorization: Bearer opaque-2' https://h","b":"want Authorization: Bearer token",` +
						`"c":"Authorization: Bearer {token}","d":"Authorization: see the page"}`),
				},
			},
			want: Exchange{
				Request: Message{Body: []byte("--b\r\nAuthorization: Bearer REDACTED-1\r\nPROXY-AUTHORIZATION :basic\tREDACTED-3\r\n\r\nGET /me HTTP/1.1\r\n")},
				Response: Message{
					Header: http.Header{"Www-Authenticate": {`Bearer realm="x", authorization_uri="https://h"`}},
					Body: []byte(`{"a":"curl -H 'authorization: Bearer REDACTED-4' https://h","b":"want Authorization: Bearer token",` +
						`"c":"Authorization: Bearer {token}","d":"Authorization: see the page"}`),
				},
			},
		},
		{
			name: "answers to challenges", reason: "Digest and AWS4-HMAC-SHA256 have one parameter that is a secret, which a text may quote (RFC 7616 §3.4)",
			in: Exchange{
				Request: Message{Header: http.Header{"X-Echo": {`Digest username="u", nonce="n", response="6629fae4", uri="/"`}}},
				Response: Message{Body: []byte(`{"a":"Digest username=\"u\", response=\"0a1b\", opaque=\"o\"",` +
					`"b":"AWS4-HMAC-SHA256 Credential=k/20261124/s3, SignedHeaders=host, Signature=fe5f80","c":"a response=200, Signature=none","d":"Digest response=","e":"f"}`)},
			},
			want: Exchange{
				Request: Message{Header: http.Header{"X-Echo": {`Digest username="u", nonce="n", response="REDACTED-1", uri="/"`}}},
				Response: Message{Body: []byte(`{"a":"Digest username=\"u\", response=\"REDACTED-3\", opaque=\"o\"",` +
					`"b":"AWS4-HMAC-SHA256 Credential=k/20261124/s3, SignedHeaders=host, Signature=REDACTED-2","c":"a response=200, Signature=none","d":"Digest response=","e":"f"}`)},
			},
		},
		{
			name: "further names", reason: "names are compared without case, hyphens and underscores",
			r:    Redactor{Names: []string{"pin_code"}},
			in:   Exchange{URL: "/?pinCode=abc", Response: Message{Body: []byte(`{"pinCode":"abc","Pin-Code":"abd"}`)}},
			want: Exchange{URL: "/?pinCode=REDACTED-1", Response: Message{Body: []byte(`{"pinCode":"REDACTED-1","Pin-Code":"REDACTED-2"}`)}},
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
