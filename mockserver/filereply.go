package mockserver

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply decodes a reply.
func (d *decoder) reply(v value) Response {
	r := Response{Source: d.source(v)}
	var template *bool
	braces := false // some text looks like a template
	d.fields(v, nil, []field{
		{"times", func(v value) { r.Times = d.integer(v, 1) }},
		{"for", func(v value) { r.For = d.duration(v) }},
		{"until", func(v value) { r.Until = d.guard(v) }},
		{"status", func(v value) { r.Status = d.status(v) }},
		{"headers", func(v value) {
			r.Header = http.Header{}
			d.headers(v, func(name string, v value) {
				d.list(v, 1, func(v value) {
					r.Header[name] = append(r.Header[name], d.headerValue(v))
					braces = braces || strings.Contains(v.text, "{{")
				})
			})
		}},
		{"body", func(v value) {
			r.JSON = json.RawMessage(d.json(v))
			braces = braces || v.hasBraces()
		}},
		{"text", func(v value) {
			r.Body = []byte(d.text(v))
			braces = braces || v.hasBraces()
		}},
		{"fixture", func(v value) { r.Fixture = d.name(v) }},
		{"set", func(v value) {
			r.Set = d.pointers(v)
			braces = braces || v.hasBraces()
			if v.node.kind == kindMapping && len(r.Set) == 0 {
				r.Set = nil
			}
		}},
		{"file", func(v value) { r.Body = d.file(v) }},
		{"template", func(v value) {
			b := d.bool(v)
			template = &b
		}},
		{"retryAfter", func(v value) { d.retryAfter(v, &r) }},
		{"delay", func(v value) { r.Delay = d.delay(v) }},
		{"fault", func(v value) { d.fault(v, &r) }},
		{"issue", func(v value) { r.Issue = d.name(v) }},
		{"change", func(v value) {
			r.Change = map[string]string{}
			d.each(v, func(name string, v value) { r.Change[name] = d.text(v) })
		}},
		{"optional", func(v value) { r.Optional = d.bool(v) }},
		{"allowInvalid", func(v value) { r.AllowInvalid = d.name(v) }},
	})
	if r.Template = braces; template != nil {
		r.Template = *template
	}
	d.exclusive(v, "a reply has one of body, text, fixture and file", "body", "text", "fixture", "file")
	if v.lookup("set") >= 0 && v.lookup("fixture") < 0 {
		d.failKey(v.member(v.members[v.lookup("set")]), "", "set changes a fixture, and there is none")
	}
	return r
}

// hasBraces says whether some text in a value looks like a template.
func (n *node) hasBraces() bool {
	if n.kind == kindText && strings.Contains(n.text, "{{") {
		return true
	}
	for _, item := range n.items {
		if item.hasBraces() {
			return true
		}
	}
	for _, m := range n.members {
		if m.value.hasBraces() {
			return true
		}
	}
	return false
}

// status decodes a status that ends a response.
func (d *decoder) status(v value) int {
	n, err := strconv.Atoi(v.text)
	if v.kind != kindNumber || err != nil || n < 200 || n > 599 {
		d.want(v, "a status from 200 to 599")
		return 0
	}
	return n
}

// headers decodes header fields by name. Names that differ in case alone are the same.
func (d *decoder) headers(v value, decode func(name string, v value)) {
	seen := map[string]string{}
	d.each(v, func(name string, v value) {
		canonical := http.CanonicalHeaderKey(name)
		switch first, twice := seen[canonical]; {
		case strings.Trim(name, tokenCharacters) != "":
			d.failKey(v, "", "no name of a header field: %q", cut(name))
		case twice:
			d.failKey(v, "write the values as a list", "%q and %q are the same header field", cut(first), cut(name))
		default:
			seen[canonical] = name
			decode(canonical, v)
		}
	})
}

// tokenCharacters are those of names of header fields (RFC 9110, section 5.6.2).
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// headerValue decodes a value of a header field.
func (d *decoder) headerValue(v value) string {
	s := d.text(v)
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		d.fail(v, "", "a header field cannot have the character %q", s[i])
	}
	return s
}

// file decodes the name of a file that is the body.
func (d *decoder) file(v value) []byte {
	name := d.name(v)
	if name == "" {
		return nil
	}
	f := d.body(name)
	if f.err != nil {
		d.failAt(v.position, v, "", f.err, "%s: %s", cut(name), withoutPath(f.err))
	}
	return f.data
}

// retryAfter decodes when the client may come again: a duration, or more about it.
func (d *decoder) retryAfter(v value, r *Response) {
	if v.kind != kindMapping {
		r.RetryAfter = d.duration(v)
		return
	}
	d.fields(v, []string{"after"}, []field{
		{"after", func(v value) { r.RetryAfter = d.duration(v) }},
		{"as", func(v value) { r.RetryAfterDate = d.one(v, "seconds", "date") == "date" }},
	})
}

// delay decodes how long a response takes: a duration, or more about it.
func (d *decoder) delay(v value) (delay Delay) {
	if v.kind != kindMapping {
		delay.Fixed = d.duration(v)
		return delay
	}
	duration := func(into *time.Duration) func(value) { return func(v value) { *into = d.duration(v) } }
	d.fields(v, nil, []field{
		{"fixed", duration(&delay.Fixed)},
		{"min", duration(&delay.Min)},
		{"max", duration(&delay.Max)},
		{"median", duration(&delay.Median)},
		{"sigma", func(v value) { delay.Sigma = d.sigma(v) }},
		{"chunks", func(v value) { delay.Chunks = d.integer(v, 1) }},
		{"over", duration(&delay.Over)},
	})
	return delay
}

// fault decodes a fault of the connection: its kind, or more about it.
func (d *decoder) fault(v value, r *Response) {
	kind := func(v value) { r.Fault = Fault(d.one(v, faultKinds()...)) }
	if v.kind != kindMapping {
		kind(v)
		return
	}
	d.fields(v, []string{"kind"}, []field{
		{"kind", kind},
		{"replay", func(v value) { r.NoReplay = d.one(v, "on", "off") == "off" }},
	})
}

func faultKinds() []string {
	var kinds []string
	for _, f := range []Fault{Reset, EmptyReply, Truncated, WrongLength, MalformedChunk, Garbage, Stall, StallBody, HTMLPage} {
		kinds = append(kinds, string(f))
	}
	return kinds
}
