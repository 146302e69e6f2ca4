package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/contract/recording"
	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver"
)

// writeReadyMade lists the ready-made scenarios.
func writeReadyMade(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for op := range mockserver.Operations() {
		end := "ends with an error"
		if op.Status != "" {
			end = "ends " + op.Status
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", op.Name, end, op.Why)
	}
	return t.Flush()
}

// routesText lists the routes of a scenario: id, method and path, where they are written, and their replies.
func routesText(s *mockserver.Scenario) string {
	width := 0
	for i := range s.Routes {
		width = max(width, utf8.RuneCountInString(s.Routes[i].ID))
	}
	if width > 0 {
		width += 2
	}
	var b strings.Builder
	for i := range s.Routes {
		r := &s.Routes[i]
		fmt.Fprintf(&b, "  %-*s%s  %s\n", width, text.Printable(r.ID), text.Printable(r.Route), text.Printable(r.Source))
		more := func(line string) { fmt.Fprintf(&b, "  %*s%s\n", width, "", text.Printable(line)) }
		for _, also := range r.Also {
			more("  also " + also)
		}
		if r.Limit != nil {
			more(fmt.Sprintf("  at most %s in %s", text.Count(r.Limit.Requests, "request"), span(r.Limit.Window)))
		}
		if len(r.Replies) > 0 {
			more("  " + repliesText(r))
		}
	}
	return b.String()
}

// mostReplies is how many replies of a route are listed.
const mostReplies = 6

func repliesText(r *mockserver.Route) string {
	var out []string
	for i := range r.Replies {
		if i == mostReplies && len(r.Replies) > mostReplies+1 {
			out = append(out, fmt.Sprintf("and %d more", len(r.Replies)-i))
			break
		}
		out = append(out, replyText(&r.Replies[i]))
	}
	return strings.Join(out, ", then ")
}

// replyText is a reply in a few words: how often it is given, status, body, and what is unusual about it.
func replyText(r *mockserver.Response) string {
	var words []string
	if r.Times > 1 {
		words = append(words, fmt.Sprintf("%d x", r.Times))
	}
	if r.For > 0 {
		words = append(words, "for "+span(r.For))
	}
	if r.Fault != "" {
		words = append(words, "fault "+string(r.Fault))
	} else if r.Func != nil {
		words = append(words, "made from the request")
	} else {
		words = append(words, sentText(r))
	}
	if after := r.Header.Get("Retry-After"); after != "" {
		words = append(words, "with Retry-After "+after)
	} else if r.RetryAfter > 0 {
		words = append(words, "with Retry-After "+span(r.RetryAfter))
	}
	return strings.Join(words, " ")
}

// span is a duration without units that are zero: 10m, not 10m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// sentText is the status and the body of a reply.
func sentText(r *mockserver.Response) string {
	body := string(r.Body)
	switch {
	case r.Fixture != "":
		body = r.Fixture
	case r.JSON != nil:
		if b, err := json.Marshal(r.JSON); err == nil {
			body = string(b)
		}
	case json.Valid(r.Body):
		var compact bytes.Buffer
		_ = json.Compact(&compact, r.Body) // it is valid
		body = compact.String()
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
		if body == "" {
			status = http.StatusNoContent
		}
	}
	var hidden recording.Redactor // before it is cut
	x := hidden.Redact(recording.Exchange{Response: recording.Message{Body: []byte(body)}})
	body = string(x.Response.Body)
	const most = 60
	if len(body) > most {
		body = strings.ToValidUTF8(body[:most], "") + "…"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, body))
}
