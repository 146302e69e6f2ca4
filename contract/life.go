package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
	"github.com/graphcontract/graphcontract/internal/life"
	"github.com/graphcontract/graphcontract/internal/odata"
	"github.com/graphcontract/graphcontract/schema"
)

// lifecycleOf returns the lifecycle of a resource, nil where it has none.
func lifecycleOf(r *schema.Resource) *life.Cycle {
	if q := property(r, life.Status); q != nil {
		return life.Of(q.Enum)
	}
	return nil
}

// property returns a row of the resource's tables, nil where there is none.
func property(r *schema.Resource, name string) *schema.Property {
	for i := range r.Properties {
		if r.Properties[i].Name == name {
			return &r.Properties[i]
		}
	}
	return nil
}

// poll is what one response shows of an operation's life.
type poll struct {
	life   *life.Cycle
	of     *schema.Resource
	key    string // see lifeKey
	weak   bool   // the operation is assumed
	idName string
	time   time.Time
	id     string
	status string
	at     map[string]spot // by JSON pointer
}

// spot is a place in a recording and the line there.
type spot struct {
	schema.Location
	excerpt string
	caret   int
}

// observe notes a successful response of an operation that has a life, and judges what it says on its own. Members
// that the schema has already found missing or wrongly typed are not reported twice.
func (v *verdict) observe(typ string, body []byte, moved bool, fs schema.Findings) {
	r, err := v.contract.catalog.Resource(typ)
	if err != nil {
		return
	}
	cycle := lifecycleOf(r)
	if cycle == nil || slices.ContainsFunc(fs, func(f *schema.Finding) bool { return strings.HasPrefix(f.Rule, "json/") }) {
		return
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return
	}
	p := &poll{life: cycle, of: r, weak: v.operation().Assumed, key: v.lifeKey(), idName: r.Key, time: v.x.Time, at: map[string]spot{}}
	v.spots(p, body, moved)
	p.id = jsonString(members[r.Key])

	raw, there := members[life.Status]
	if !there || string(raw) == "null" {
		known := slices.ContainsFunc(fs, func(f *schema.Finding) bool { return f.Rule == "required" && f.Property == life.Status })
		if v.selects(life.Status) && !known {
			what := "missing"
			if there {
				what = "null"
			}
			v.life(p, "life/status", schema.Error, life.Status, "status is "+what, "a client that polls needs it to go on or stop")
		}
		return
	}
	if p.status = jsonString(raw); p.status == "" {
		return // wrongly typed or empty, which the schema says
	}
	failure, hasError := members[life.Error]
	hasError = hasError && string(failure) != "null"
	switch {
	case !v.selects(life.Error) || property(r, life.Error) == nil || cycle.State(p.status) == nil:
	case p.status == cycle.Failed && !hasError:
		v.life(p, "life/error-missing", schema.Warning, life.Status, "failed without an error", "a client has nothing to show")
	case p.status != cycle.Failed && hasError:
		v.life(p, "life/error-unexpected", schema.Warning, life.Error, p.status+" with an error", "an error belongs to failed")
	}
	v.poll = p
}

// selects says whether the response is to have a member: the request selects everything or names it.
func (v *verdict) selects(property string) bool {
	if odata.Applies(v.target.query) {
		return false // $apply makes other objects of the resources
	}
	names, ok := odata.Selected(v.target.query)
	return !ok || slices.Contains(names, property)
}

func jsonString(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// lifeKey tells one operation's polls from another's: the host, the resource in whichever version, and the keys in the
// path.
func (v *verdict) lifeKey() string {
	host := strings.ToLower(v.target.host)
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
	parts := []string{host, last(v.operation().Response)}
	for _, p := range v.match.Params {
		parts = append(parts, url.PathEscape(p.Value))
	}
	return strings.Join(parts, "/")
}

// spots finds the places of the members that findings about a life point to.
func (v *verdict) spots(p *poll, body []byte, moved bool) {
	pointers := []string{"/" + life.Status, "/" + life.Error, "/" + p.idName}
	c := jsonscan.NewCursor(body)
	for i, place := range jsonscan.Locate(body, pointers) {
		at := schema.Location{Offset: int64(place.Start)}
		at.Line, at.Column = c.Position(place.Start)
		s := spot{Location: v.place(&v.x.Response, moved, at)}
		s.excerpt, s.caret = jsonscan.Excerpt(body, place.Start, 100)
		p.at[pointers[i]] = s
	}
}

// life adds a finding about one poll.
func (v *verdict) life(p *poll, rule string, severity schema.Severity, name, message, hint string) {
	if p.weak {
		severity = schema.Warning
	}
	v.findings = append(v.findings, p.finding(rule, severity, name, message, hint))
}

func (p *poll) finding(rule string, severity schema.Severity, name, message, hint string) *schema.Finding {
	at := p.at["/"+name]
	f := &schema.Finding{
		Severity: severity, Rule: rule, Part: "response.body", Pointer: "/" + name, Property: name,
		Message: message, Hint: hint, At: at.Location, Excerpt: at.excerpt, Caret: at.caret,
		Fingerprint: schema.Fingerprint(rule, p.life.Name, "/"+name, ""),
	}
	if row := property(p.of, name); row != nil {
		f.Doc = schema.Reference{Page: row.Page, Line: row.Line, Text: row.Description}
	}
	return f
}

// lives collects the polls of one session by operation.
type lives map[string][]*poll

// add notes a poll. Of a run of polls that say the same, the first and the last are kept, so that what is held grows with
// the changes and not with the polls.
func (l lives) add(p *poll) {
	polls := l[p.key]
	if n := len(polls); n > 1 && p.repeats(polls[n-1]) && polls[n-1].repeats(polls[n-2]) {
		polls[n-1] = p
		return
	}
	l[p.key] = append(polls, p)
}

// repeats says whether p shows nothing new after the poll before it.
func (p *poll) repeats(before *poll) bool {
	return p.status == before.status && p.id == before.id && p.time.IsZero() == before.time.IsZero() && !p.time.Before(before.time)
}

// findings judges every life: the id stays, and each state follows from the one before. Polls are taken in time order
// where all have a time, and else as recorded.
func (l lives) findings() schema.Findings {
	var fs schema.Findings
	for _, key := range slices.Sorted(maps.Keys(l)) {
		polls := l[key]
		if !slices.ContainsFunc(polls, func(p *poll) bool { return p.time.IsZero() }) {
			slices.SortStableFunc(polls, func(a, b *poll) int { return a.time.Compare(b.time) })
		}
		first := polls[0]
		for i, p := range polls[1:] {
			before := polls[i]
			if first.id == "" { // not selected
				first = before
			}
			if f := p.follows(before); f != nil {
				if p.weak || before.weak {
					f.Severity = schema.Warning
				}
				f.Related = []schema.Location{before.at["/"+life.Status].Location}
				fs = append(fs, f)
			}
			if p.id != "" && first.id != "" && p.id != first.id && p.id != before.id {
				f := p.finding("life/id", schema.Error, p.idName, fmt.Sprintf("id changed from %q to %q", first.id, p.id),
					"an operation keeps its id for life")
				if p.weak || first.weak {
					f.Severity = schema.Warning
				}
				f.Related = []schema.Location{first.at["/"+first.idName].Location}
				fs = append(fs, f)
			}
		}
	}
	return fs
}

// follows judges one step of a life. A member that the lifecycle does not know is no terminal state, and anything
// may follow it.
func (p *poll) follows(before *poll) *schema.Finding {
	from := p.life.State(before.status)
	if from == nil || from.May(p.status) {
		return nil
	}
	if !from.Terminal() && p.life.State(p.status) == nil {
		return nil
	}
	hint := fmt.Sprintf("%s is terminal", before.status)
	if !from.Terminal() {
		hint = fmt.Sprintf("%s may be followed by %s", before.status, strings.Join(from.Next, " or "))
	}
	return p.finding("life/transition", schema.Error, life.Status,
		fmt.Sprintf("status went from %q to %q", before.status, p.status), hint)
}
