package recording

import (
	"net/http"
	"time"
)

// MaxMessage is the most bytes that one NDJSON line or one HTTP message, head and framing included, may have.
// [Read] reports a longer one, [WriteNDJSON] and [WriteHTTP] refuse to write it.
const MaxMessage = 64 << 20

// Exchange is one HTTP request with its response. It is plain data: fill in what is known. A zero field is one
// that the recording does not tell.
type Exchange struct {
	Session  string    // exchanges of one session belong together; "" is the recording's one session
	Time     time.Time // when the request was sent, in UTC as read; zero if unknown
	Method   string    // "" reads as GET
	URL      string    // absolute, or a path; "" with an empty Method: only the response was recorded
	Request  Message
	Status   int // 0: no response was recorded
	Response Message
	Source   Source // where it was read from; zero for exchanges made in memory
	Hint     *Hint  // what a documentation page says beside the messages; nil for all that is from no page
}

// Message is the header and the body of a request or a response. One that was read also knows where its body
// stands in the file, see [Message.Locate]; two messages are therefore compared by their fields, not as a whole.
type Message struct {
	Header http.Header // names in canonical form as read; nil if there is no field
	Body   []byte      // without transfer coding, content codings (gzip) are left; nil if empty

	origin *origin // of a body that was read
}

// Source is where an exchange begins in its recording.
type Source struct {
	File   string // the name given to Read
	Record int    // which exchange of the file, from 1
	Line   int    // of the NDJSON record or of the first start line, from 1
	Offset int64  // of its first byte, from 0
}
