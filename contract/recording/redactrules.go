package recording

import (
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// rules say by their names which values are secrets.
type rules struct {
	headers []string // further ones, plain
	names   []string // further ones, plain
}

// secretHeaders are the fields whose values are secrets, but for the scheme and for the names of cookies.
var secretHeaders = sync.OnceValue(func() map[string]bool {
	return set(
		"authorization", "proxyauthorization", "xauthorization", "xforwardedauthorization", "xoriginalauthorization",
		"xmsauthorizationauxiliary", "xmscopysourceauthorization",
		"cookie", "cookie2", "setcookie", "setcookie2",
		"apikey", "xapikey", "ocpapimsubscriptionkey", "xfunctionskey", "xzumoauth", "aegsaskey", "aegsastoken",
		"xauthtoken", "xaccesstoken", "xidtoken", "xrefreshtoken", "xforwardedaccesstoken", "xamzsecuritytoken", "xvaulttoken",
		"xmstokenaadaccesstoken", "xmstokenaadidtoken", "xmstokenaadrefreshtoken", "xmsclientprincipal",
		"clientassertion", "xclientassertion", "clientsecret", "xclientsecret", "xmsencryptionkey",
		"csrftoken", "xcsrftoken", "xxsrftoken", "requestverificationtoken", "xrequestdigest",
	)
})

// secretNames are the members and parameters whose values are secrets, plain.
var secretNames = sync.OnceValue(func() map[string]bool {
	return set(
		"accesstoken", "refreshtoken", "idtoken", "idtokenhint", "tempauth",
		"clientsecret", "clientassertion", "assertion", "userassertion", "samlresponse", "devicecode", "codeverifier",
		"password", "passwords", "newpassword", "currentpassword", "pwd", "passwd", "passphrase", "secrettext", "temporaryaccesspass",
		"passwordbase64", "passcode", "presharedkey", "sharedsecret", "sharedaccesskey", "accountkey",
		"apikey", "xapikey", "subscriptionkey", "clientstate",
		"ticket", "validationtokens", "sig", "xamzsignature", "xamzsecuritytoken",
		"jsessionid", "phpsessid", "estsauth", "estsauthpersistent", "fedauth", "rtfa",
	)
})

// schemes are the words before credentials that stay (RFC 9110 §11.4 and the IANA registry of schemes, with those of
// Microsoft that it does not have).
var schemes = sync.OnceValue(func() map[string]bool {
	return set(
		"basic", "bearer", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth", "privatetoken",
		"scram-sha-1", "scram-sha-256", "vapid", "pop", "token", "apikey", "sharedkey", "sharedkeylite",
		"sharedaccesssignature", "encryptedbearer", "msauth1.0", "atpop", "wrap", "aws4-hmac-sha256",
	)
})

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// maxName is the longest name that is looked at, escapes included.
const maxName = 64

// plain is a name without case, hyphens and underscores, so that clientSecret is client_secret.
func plain(buf []byte, name []byte) []byte {
	for _, c := range name {
		switch {
		case c == '-' || c == '_':
		case 'A' <= c && c <= 'Z':
			buf = append(buf, c+'a'-'A')
		default:
			buf = append(buf, c)
		}
	}
	return buf
}

func plainText(name string) string { return string(plain(nil, []byte(name))) }

// secret says whether the value of a member or parameter of this name is a secret.
func (r *rules) secret(name []byte) bool {
	if len(name) > maxName {
		return false
	}
	var buf [maxName]byte
	p := plain(buf[:0], name)
	return secretNames()[string(p)] || len(r.names) > 0 && slices.Contains(r.names, string(p))
}

// field says whether the values of this header field are secrets.
func (r *rules) field(name []byte) bool {
	if len(name) > maxName {
		return false
	}
	var buf [maxName]byte
	p := plain(buf[:0], name)
	return secretHeaders()[string(p)] || len(r.headers) > 0 && slices.Contains(r.headers, string(p))
}

// common says whether a value is a word that honest text is full of: it is hidden in its place only.
func (r *rules) common(value string) bool {
	return schemes()[strings.ToLower(value)] || r.secret([]byte(value)) || r.field([]byte(value))
}

// everywhere says whether a secret is hidden in all places. One that has a pseudonym within was partly hidden before.
func (r *rules) everywhere(value string) bool {
	least := minEverywhere
	if isWord(value) {
		least = minWord
	}
	return utf8.RuneCountInString(value) >= least && !r.common(value) && len(pseudonyms([]byte(value))) == 0
}

// credentials is where the secret of a field value begins: behind a scheme, if there is a known one (RFC 6750 §2.1).
func credentials(value string) int {
	from, end := trimmed(value, 0, len(value))
	word := value[from:end]
	if n := strings.IndexAny(word, " \t"); n >= 0 {
		word = word[:n]
	}
	if !schemes()[strings.ToLower(word)] {
		return 0
	}
	start, _ := trimmed(value, from+len(word), len(value))
	return start
}

// isCookie says whether the values of a field have cookies. name is plain.
func isCookie(name string) bool {
	return name == "cookie" || name == "setcookie" || name == "cookie2" || name == "setcookie2"
}

// cookieValues yields where the values of cookies stand (RFC 6265 §4.1.1 and §4.2.1). Of Set-Cookie that is the
// first, the rest are attributes; a piece without a name is a value.
func cookieValues(value string, one bool, yield func(start, end int)) {
	for start := 0; start <= len(value); {
		end := len(value)
		if n := strings.IndexByte(value[start:], ';'); n >= 0 {
			end = start + n
		}
		from, to := start, end
		if n := strings.IndexByte(value[start:end], '='); n >= 0 {
			from = start + n + 1
		}
		from, to = trimmed(value, from, to)
		if to-from >= 2 && value[from] == '"' && value[to-1] == '"' {
			from, to = from+1, to-1
		}
		if from < to {
			yield(from, to)
		}
		if one {
			return
		}
		start = end + 1
	}
}

func trimmed(s string, from, to int) (int, int) {
	for from < to && textproto.TrimString(s[from:from+1]) == "" {
		from++
	}
	for from < to && textproto.TrimString(s[to-1:to]) == "" {
		to--
	}
	return from, to
}
