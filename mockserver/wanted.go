package mockserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/contract/recording"
)

// hideWanted is a condition on text for messages, without what is secret in it.
func hideWanted(t Text, hide func(string) string) Text {
	if t.Equal != "" {
		t.Equal = hide(t.Equal)
	}
	if t.Contains != "" {
		t.Contains = hide(t.Contains)
	}
	if t.Not != nil {
		not := hideWanted(*t.Not, hide)
		t.Not = &not
	}
	t.AnyOf = slices.Clone(t.AnyOf)
	for i := range t.AnyOf {
		t.AnyOf[i] = hideWanted(t.AnyOf[i], hide)
	}
	return t
}

// withoutCredentials leaves the scheme of a header field's value.
func withoutCredentials(v string) string {
	scheme, _, ok := strings.Cut(v, " ")
	if !ok {
		scheme = ""
	}
	return strings.TrimSpace(scheme + " (hidden)")
}

// hideHeader hides a wanted value where the header field has secrets, as package recording sees it.
func hideHeader(name, v string) string {
	if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
		return withoutCredentials(v)
	}
	var r recording.Redactor
	x := r.Redact(recording.Exchange{Request: recording.Message{Header: http.Header{http.CanonicalHeaderKey(name): {v}}}})
	if x.Request.Header.Get(name) != v {
		return withoutCredentials(v)
	}
	return v
}

// hideQuery is hideHeader for a query option.
func hideQuery(name, v string) string {
	var r recording.Redactor
	u := "https://graph.microsoft.com/?" + url.QueryEscape(name) + "=" + url.QueryEscape(v)
	if x := r.Redact(recording.Exchange{Method: http.MethodGet, URL: u}); x.URL != u {
		return "(hidden)"
	}
	return v
}

// hideText hides what is secret in a wanted text, or a part, of a body.
func hideText(v string) string {
	var r recording.Redactor
	x := r.Redact(recording.Exchange{Request: recording.Message{Body: []byte(v)}})
	return string(wantedNames(x.Request.Body))
}

// wantedNames gives what is hidden names that are no pseudonyms of what was sent.
func wantedNames(redacted []byte) []byte {
	return bytes.ReplaceAll(redacted, []byte("REDACTED-"), []byte("WANTED-"))
}

// hideJSON hides what is secret in a wanted body.
func hideJSON(v any) any {
	doc, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var r recording.Redactor
	x := r.Redact(recording.Exchange{Request: recording.Message{Header: http.Header{"Content-Type": {"application/json"}}, Body: doc}})
	if bytes.Equal(x.Request.Body, doc) {
		return v
	}
	return json.RawMessage(wantedNames(x.Request.Body))
}

// secretHeaders are those whose values messages do not show.
var secretHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization"}
