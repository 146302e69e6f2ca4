package mockserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// operationForm is the short form of a long-running operation: the request that starts it, and its polls.
type operationForm struct {
	id, accepts, poll       string
	idAt, acceptsAt, pollAt fileValue
	errorAt                 fileValue
	pollAfter               time.Duration
	polls                   int
	duration                time.Duration
	outcome                 string
	notFound                int
	failure                 json.RawMessage
	issued                  bool
}

// operation decodes an operation and appends its routes.
func (d *fileDecoder) operation(routes []Route, v fileValue) []Route {
	o := operationForm{id: "operation", polls: 1, outcome: "completed", failure: json.RawMessage(`{"message":"The operation failed."}`), issued: true}
	var requires fileValue
	if v.IsScalar() {
		d.fail(v, fmt.Sprintf("write {accepts: %v}", v.Node), "want a mapping, got %v", v.Node)
		return routes
	}
	ok := d.fields(v, nil, []fileField{
		{"id", func(v fileValue) { o.id, o.idAt = d.name(v), v }},
		{"accepts", func(v fileValue) { o.accepts, o.acceptsAt = d.request(v), v }},
		{"poll", func(v fileValue) { o.poll, o.pollAt = d.request(v), v }},
		{"pollAfter", func(v fileValue) { o.pollAfter = d.duration(v) }},
		{"polls", func(v fileValue) { o.polls = d.integer(v, 0) }},
		{"for", func(v fileValue) { o.duration, o.polls = d.duration(v), 0 }},
		{"outcome", func(v fileValue) { o.outcome = d.one(v, "completed", "failed", "never", "unknownFutureValue") }},
		{"notFound", func(v fileValue) { o.notFound = d.integer(v, 0) }},
		{"error", func(v fileValue) {
			if v.Kind != tree.Mapping {
				d.want(v, "a mapping with the members of the error")
				return
			}
			o.failure, o.errorAt = d.json(v), v
		}},
		{"requires", func(v fileValue) {
			o.issued = d.one(v, "issued", "none") == "issued"
			requires = v
		}},
	})
	if requires.Node != nil && o.issued && v.Lookup("accepts") < 0 {
		d.fail(requires, "", "nothing issues ids without accepts")
	}
	d.exclusive(v, "the operation goes on for a number of polls or a time", "polls", "for")
	d.outcome(v, o.outcome)
	if !ok || !d.pollOf(v, &o) {
		return routes
	}
	source := d.source(v)
	add := func(r Route, request fileValue) {
		r.Source = source
		route := d.as(v, fmt.Sprintf("routes[%d]", len(routes)))
		for i := range r.Replies {
			r.Replies[i].Source = source
			reply := v
			if r.Replies[i].Set != nil && o.errorAt.Node != nil {
				reply = o.errorAt
			}
			d.as(reply, fmt.Sprintf("%s.replies[%d]", route.model, i))
		}
		if request.Node != nil {
			d.as(request, route.model+".route")
		}
		if o.idAt.Node != nil {
			d.as(o.idAt, route.model+".id")
		}
		routes = append(routes, r)
	}
	var issued []string
	if o.accepts != "" {
		location, op, ok := d.location(&o)
		if !ok {
			return routes
		}
		if o.issued {
			issued = []string{op}
		}
		add(Route{ID: o.id + ".start", Route: o.accepts, Replies: []Response{{
			Status: http.StatusAccepted, Header: http.Header{"Location": {location}}, Template: true,
		}}}, o.acceptsAt)
	}
	add(Route{ID: o.id + ".poll", Route: o.poll, Requires: issued, Replies: o.replies()}, o.pollAt)
	return routes
}

// outcome tells of keys that would say nothing of an operation with the outcome.
func (d *fileDecoder) outcome(v fileValue, outcome string) {
	if written := v.Member("outcome"); written != nil && written.Text != outcome {
		return // there is no such outcome, which is told
	}
	for _, m := range v.Members {
		key := v.member(m)
		switch {
		case d.inherits(key): // the variant is about another outcome than the base
		case outcome == "never" && (m.Name == "polls" || m.Name == "for"):
			d.failKey(key, "leave it out: it goes on for good", "%q cannot be there together with the outcome never", m.Name)
		case outcome != "failed" && m.Name == "error":
			d.failKey(key, `write "outcome: failed", or leave it out`, "an operation with the outcome %s has no error", outcome)
		}
	}
}

// requestForm is a method and a path, with a scheme and host or without.
var requestForm = regexp.MustCompile(`^\S+ (https?://[^/\s]+)?(/\S*)$`)

// request decodes a method and a path.
func (d *fileDecoder) request(v fileValue) string {
	s := d.name(v)
	if s != "" && !requestForm.MatchString(s) {
		d.fail(v, `such as "GET /external/connections/{conn}/operations/{op}"`, "want a method and a path, got %v", v.Node)
		return ""
	}
	return s
}

// pollOf fills in the poll's route where it is left out.
func (d *fileDecoder) pollOf(v fileValue, o *operationForm) bool {
	switch {
	case o.pollAt.Node != nil:
		return o.poll != "" && (o.accepts != "" || o.acceptsAt.Node == nil)
	case o.accepts != "" && strings.HasSuffix(o.accepts, "/schema"):
		_, target, _ := strings.Cut(o.accepts, " ")
		o.poll = "GET " + strings.TrimSuffix(target, "/schema") + "/operations/{op}"
		return true
	case o.acceptsAt.Node == nil || o.accepts != "":
		d.fail(v, "without it accepts has to end in /schema", "poll is missing")
	}
	return false
}

// location is the Location of the request that starts the operation, and the parameter that it issues, the last of the poll's.
func (d *fileDecoder) location(o *operationForm) (location, op string, ok bool) {
	names, known := routeParameters(o.poll), routeParameters(o.accepts)
	at := o.pollAt
	if at.Node == nil {
		at = o.acceptsAt
	}
	if len(names) == 0 || slices.Contains(known, names[len(names)-1]) {
		d.fail(at, "such as /external/connections/{conn}/operations/{op}", "the poll has no parameter of its own for the id of the operation")
		return "", "", false
	}
	op = names[len(names)-1]
	if segments := strings.Split(o.poll, "/"); slices.Contains(segments, "*") || slices.Contains(segments, "**") {
		d.fail(at, "name the segment by a parameter that accepts has as well, such as {conn}", "no Location leads to a poll with * in its path")
		return "", "", false
	}
	accepts, poll := requestForm.FindStringSubmatch(o.accepts), requestForm.FindStringSubmatch(o.poll)
	location, target := poll[1], poll[2]
	if location == "" || location == accepts[1] {
		location = "{{base}}" // which has the version already
		for _, version := range []string{"/v1.0", "/beta"} {
			if strings.HasPrefix(target, version+"/") {
				target = strings.TrimPrefix(target, version)
				break
			}
		}
	}
	var fills []string
	for i, name := range names {
		fill := ""
		switch {
		case i == len(names)-1:
			fill = fmt.Sprintf("{{newID %q}}", name)
		case !slices.Contains(known, name):
			d.fail(at, "write the two routes out, the first with {{newID}} for each id that it issues", "the request that starts the operation has no parameter %q", tree.Short(name))
			return "", "", false
		default:
			fill = strings.NewReplacer("{{index . ", "{{pathescape (index . ", "{{.", "{{pathescape .").Replace(parameterTemplate(name))
			if strings.Contains(fill, "(") {
				fill = strings.TrimSuffix(fill, "}}") + ")}}"
			}
		}
		fills = append(fills, "{"+name+"}", fill)
	}
	return location + strings.NewReplacer(fills...).Replace(target), op, true
}

// parameterTemplate is a template that gives the value of a parameter.
func parameterTemplate(name string) string {
	if templateField.MatchString(name) {
		return "{{." + name + "}}"
	}
	return fmt.Sprintf("{{index . %q}}", name)
}

var templateField = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// replies are those of the polls.
func (o *operationForm) replies() (replies []Response) {
	const inprogress, completed = "connectionOperation/inprogress", "connectionOperation/completed"
	running := Response{Fixture: inprogress, RetryAfter: o.pollAfter}
	if o.notFound > 0 {
		replies = append(replies, Response{Times: o.notFound, Status: http.StatusNotFound, Fixture: "error/ResourceNotFound"})
	}
	if o.outcome == "never" {
		return append(replies, running)
	}
	running.Times, running.For = o.polls, o.duration
	if running.Times > 0 || running.For > 0 {
		replies = append(replies, running)
	}
	switch o.outcome {
	case "failed":
		return append(replies, Response{Fixture: "connectionOperation/failed", Set: map[string]any{"/error": o.failure}})
	case "unknownFutureValue":
		replies = append(replies, o.unknown())
	}
	return append(replies, Response{Fixture: completed})
}

// unknown is a poll whose status a client of today may not know. It is no fixture where there can be an id, since not every
// page of a connectionOperation has that status.
func (o *operationForm) unknown() Response {
	const status = "unknownFutureValue"
	r := Response{Times: 1, RetryAfter: o.pollAfter}
	names := routeParameters(o.poll)
	if len(names) == 0 {
		r.Fixture = "connectionOperation/" + status
		return r
	}
	id := (&tree.Node{Kind: tree.Text, Text: parameterTemplate(names[len(names)-1])}).AppendJSON(nil, nil)
	r.JSON, r.Template = json.RawMessage(fmt.Sprintf(`{"id":%s,"status":%q}`, id, status)), true
	return r
}
