package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

// TestEntityTags has RFC 9110, section 8.8.3: a comma within the quotes belongs to the tag.
func TestEntityTags(t *testing.T) {
	const tag = `"{94BE6E76-1A2B},1"`
	for _, tt := range []struct {
		reason, header string
		want           int
	}{
		{"the same", tag, 200},
		{"weak", "W/" + tag, 200},
		{"in a list", `"a,b" ,W/` + tag + `, "c"`, 200},
		{"blanks and empty members", " , \t" + tag, 200},
		{"any", " *", 200},
		{"a part of it is another", `"{94BE6E76-1A2B}", "1"`, 412},
		{"a star within quotes is a tag", `"*"`, 412},
		{"nothing ends the quotes", `"{94BE6E76-1A2B},1`, 412},
		{"no tag", `,`, 412},
		{"without quotes", `{94BE6E76-1A2B}`, 412},
	} {
		h := handler(t, mockserver.Reply("PATCH /x", mockserver.Response{Status: 200, Header: http.Header{"ETag": {tag}}, JSON: 1}))
		require.Equal(t, tt.want, ask(t, h, "PATCH", "/v1.0/x", "", "If-Match", tt.header).Status, tt.reason)
	}
}

// TestPreconditionsCountForSuccess has RFC 9110, section 13.2.1: conditions are ignored where the answer is no success.
func TestPreconditionsCountForSuccess(t *testing.T) {
	tag := http.Header{"ETag": {`"1"`}}
	throttled := mockserver.Response{Status: 429, Header: tag, Fixture: "error/TooManyRequests"}
	h := handler(t, mockserver.Reply("* /x", throttled))
	assert.Equal(t, 429, ask(t, h, "PATCH", "/v1.0/x", "", "If-Match", `"2"`).Status)
	assert.Equal(t, 429, ask(t, h, "GET", "/v1.0/x", "", "If-None-Match", `"1"`).Status)
	h = handler(t, mockserver.Reply("GET /x", mockserver.Response{Header: tag, JSON: 1, Fault: mockserver.Reset}))
	_, err := try(h, "GET", "/v1.0/x", "", "If-None-Match", `"1"`)
	assert.Error(t, err, "the fault is played")
}
