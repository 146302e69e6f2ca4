package wirefault

import (
	"fmt"
	"net/http"
	"strconv"
)

const (
	missing  = 7                                                   // how many bytes more than there are a wrong length promises
	badChunk = "zz\r\n"                                            // where the size of a chunk should be
	garbage  = "\x00\x01\xfe\xff-no-HTTP-\x00\x01\xfe\xff\r\n\r\n" // without a blank, and with an end of line so that a client judges it at once
)

// reply is what a fault sends of a response, as HTTP of any version has it.
type reply struct {
	status int
	header http.Header
	length int    // the Content-Length; below 0 there is none
	body   []byte // what is sent of it
}

// broken is what a fault of the body, or a page of HTML, sends.
func broken(k Kind, status int, header http.Header, body []byte) reply {
	if k == HTML {
		return page(status, header)
	}
	re := reply{status: status, header: header.Clone(), length: len(body), body: body}
	if status == 0 {
		re.status = http.StatusOK
	}
	if re.header == nil {
		re.header = http.Header{}
	}
	switch k {
	case Truncated, StallBody:
		re.length = max(1, len(body)) // else nothing would be missing
		re.body = body[:len(body)/2]
	case WrongLength:
		re.length = len(body) + missing
	case MalformedChunk:
		re.length = -1
		re.body = body[:len(body)/2]
		if len(re.body) == 0 {
			re.body = body
		}
	}
	re.header.Del("Transfer-Encoding")
	re.header.Del("Content-Length")
	if re.length >= 0 {
		re.header.Set("Content-Length", strconv.Itoa(re.length))
	}
	return re
}

// page is what a gateway says in the place of the server behind it. What does not describe the body stays of the header.
func page(status int, header http.Header) reply {
	if status < 400 {
		status = http.StatusBadGateway
	}
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	body := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n"
	h := header.Clone()
	if h == nil {
		h = http.Header{}
	}
	for _, name := range []string{"Transfer-Encoding", "Content-Encoding", "Content-Range", "ETag", "Last-Modified", "OData-Version"} {
		h.Del(name)
	}
	h.Set("Content-Type", "text/html")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return reply{status: status, header: h, length: len(body), body: []byte(body)}
}

// hasBody reports whether a response of this status to this method may have a body (RFC 9110 §6.4.1).
func hasBody(method string, status int) bool {
	return method != http.MethodHead && status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
