package mockserver

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// reply decodes a reply.
func (d *fileDecoder) reply(v fileValue) Response {
	r := Response{Source: d.source(v)}
	var template *bool
	braces := false // some text looks like a template
	d.fields(v, nil, []fileField{
		{"times", func(v fileValue) { r.Times = d.integer(v, 1) }},
		{"for", func(v fileValue) { r.For = d.duration(v) }},
		{"until", func(v fileValue) { r.Until = d.guard(v) }},
		{"status", func(v fileValue) { r.Status = d.status(v) }},
		{"headers", func(v fileValue) {
			if r.Header == nil {
				r.Header = http.Header{}
			}
			d.headers(v, func(name string, v fileValue) {
				d.list(v, 1, func(v fileValue) {
					r.Header[name] = append(r.Header[name], d.headerValue(v))
					braces = braces || strings.Contains(v.Text, "{{")
				})
			})
		}},
		{"body", func(v fileValue) {
			r.JSON = json.RawMessage(d.json(v))
			d.inModel(v, "json")
			braces = braces || hasBraces(v.Node)
		}},
		{"text", func(v fileValue) {
			r.Body = []byte(d.text(v))
			d.inModel(v, "body")
			braces = braces || hasBraces(v.Node)
		}},
		{"fixture", func(v fileValue) { r.Fixture = d.name(v) }},
		{"set", func(v fileValue) {
			r.Set = d.pointers(v)
			braces = braces || hasBraces(v.Node)
			if v.Kind == tree.Mapping && len(r.Set) == 0 {
				r.Set = nil
			}
		}},
		{"file", func(v fileValue) {
			r.Body = d.file(v)
			d.inModel(v, "body")
		}},
		{"template", func(v fileValue) {
			b := d.bool(v)
			template = &b
		}},
		{"retryAfter", func(v fileValue) { d.retryAfter(v, &r) }},
		{"delay", func(v fileValue) { r.Delay = d.delay(v) }},
		{"fault", func(v fileValue) { d.fault(v, &r) }},
		{"issue", func(v fileValue) { r.Issue = d.name(v) }},
		{"change", func(v fileValue) {
			r.Change = map[string]string{}
			d.each(v, func(name string, v fileValue) { r.Change[name] = d.text(v) })
		}},
		{"optional", func(v fileValue) { r.Optional = d.bool(v) }},
		{"allowInvalid", func(v fileValue) { r.AllowInvalid = d.name(v) }},
	})
	if r.Template = braces; template != nil {
		r.Template = *template
	}
	d.exclusive(v, "a reply has one of body, text, fixture and file", "body", "text", "fixture", "file")
	if v.Lookup("set") >= 0 && v.Lookup("fixture") < 0 {
		d.failKey(v.member(v.Members[v.Lookup("set")]), "", "set changes a fixture, and there is none")
	}
	return r
}

// hasBraces says whether some text in a value looks like a template.
func hasBraces(n *tree.Node) bool {
	return n.Kind == tree.Text && strings.Contains(n.Text, "{{") ||
		slices.ContainsFunc(n.Items, hasBraces) ||
		slices.ContainsFunc(n.Members, func(m tree.Member) bool { return hasBraces(m.Value) })
}

// status decodes a status that ends a response.
func (d *fileDecoder) status(v fileValue) int {
	n, err := strconv.Atoi(v.Text)
	if v.Kind != tree.Number || err != nil || n < 200 || n > 599 {
		d.want(v, "a status from 200 to 599")
		return 0
	}
	return n
}

// headers decodes header fields by name. Names that differ in case alone are the same.
func (d *fileDecoder) headers(v fileValue, decode func(name string, v fileValue)) {
	seen := map[string]string{}
	d.each(v, func(name string, v fileValue) {
		canonical := http.CanonicalHeaderKey(name)
		switch first, twice := seen[canonical]; {
		case !isToken(name):
			d.failKey(v, "", "no name of a header field: %q", tree.Short(name))
		case twice:
			d.failKey(v, "write the values as a list", "%q and %q are the same header field", tree.Short(first), tree.Short(name))
		default:
			seen[canonical] = name
			if name != canonical {
				v = d.as(v, strings.TrimSuffix(v.model, name)+canonical)
			}
			decode(canonical, v)
		}
	})
}

// headerValue decodes a value of a header field.
func (d *fileDecoder) headerValue(v fileValue) string {
	s := d.text(v)
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		d.fail(v, "", "a header field cannot have the character %q", s[i])
	}
	return s
}

// file decodes the name of a file that is the body.
func (d *fileDecoder) file(v fileValue) []byte {
	name := d.name(v)
	if name == "" {
		return nil
	}
	f := d.body(name)
	if f.err != nil {
		d.failAt(v.Position, v, "", f.err, "%s: %s", tree.Short(name), withoutPath(f.err))
	}
	return f.data
}

// retryAfter decodes when the client may come again: a duration, or more about it.
func (d *fileDecoder) retryAfter(v fileValue, r *Response) {
	after := func(v fileValue) {
		if r.RetryAfter = d.duration(v); r.RetryAfter == 0 && v.Kind != tree.Faulty { // at once, which is not the same as nothing
			if r.Header == nil {
				r.Header = http.Header{}
			}
			r.Header.Set("Retry-After", "0")
		}
	}
	if v.Kind != tree.Mapping {
		after(v)
		return
	}
	d.fields(v, []string{"after"}, []fileField{
		{"after", after},
		{"as", func(v fileValue) {
			r.RetryAfterDate = d.one(v, "seconds", "date") == "date"
			d.as(v, strings.TrimSuffix(v.model, "retryAfter.as")+"retryAfterDate")
		}},
	})
}

// delay decodes how long a response takes: a duration, or more about it.
func (d *fileDecoder) delay(v fileValue) (delay Delay) {
	if v.Kind != tree.Mapping {
		delay.Fixed = d.duration(v)
		return delay
	}
	duration := func(into *time.Duration) func(fileValue) { return func(v fileValue) { *into = d.duration(v) } }
	d.fields(v, nil, []fileField{
		{"fixed", duration(&delay.Fixed)},
		{"min", duration(&delay.Min)},
		{"max", duration(&delay.Max)},
		{"median", duration(&delay.Median)},
		{"sigma", func(v fileValue) { delay.Sigma = d.sigma(v) }},
		{"chunks", func(v fileValue) { delay.Chunks = d.integer(v, 1) }},
		{"over", duration(&delay.Over)},
	})
	return delay
}

// fault decodes a fault of the connection: its kind, or more about it.
func (d *fileDecoder) fault(v fileValue, r *Response) {
	kind := func(v fileValue) { r.Fault = Fault(d.one(v, faultKinds()...)) }
	if v.Kind != tree.Mapping {
		kind(v)
		return
	}
	d.fields(v, []string{"kind"}, []fileField{
		{"kind", kind},
		{"replay", func(v fileValue) { r.NoReplay = d.one(v, "on", "off") == "off" }},
	})
}

func faultKinds() []string {
	var kinds []string
	for _, f := range Faults() {
		kinds = append(kinds, string(f))
	}
	return kinds
}
