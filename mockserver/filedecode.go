package mockserver

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// decoder makes one scenario of the nodes of a file.
type decoder struct {
	*loader
	prefix string            // of paths in messages: the variant, if it is one
	places map[string]string // as in Scenario
}

// value is a node and where it is.
type value struct {
	*node
	model     string   // its path in Scenario.places
	key       position // where the key is written, for a member
	name, own string   // what begins with name in model is called own in the file
}

// member is a member of a mapping.
func (v value) member(m member) value {
	v.node, v.key = m.value, m.position
	if v.model == "" {
		v.model = m.name
	} else {
		v.model += "." + m.name
	}
	return v
}

// item is an item of a list.
func (v value) item(i int) value {
	v.model += "[" + strconv.Itoa(i) + "]"
	v.node = v.items[i]
	v.key = v.position
	return v
}

// as gives a value another name in the model.
func (v value) as(model string) value {
	v.own = v.path()
	v.model, v.name = model, model
	return v
}

// path is what the value is called in the file.
func (v value) path() string { return v.own + strings.TrimPrefix(v.model, v.name) }

// place notes where a value is written.
func (d *decoder) place(v value) {
	if d.places[v.model] != "" {
		return
	}
	at := d.faults.at(v.position)
	d.places[v.model] = at
	if machine, ok := strings.CutPrefix(v.model, "machines."); ok {
		d.places["state."+machine] = at // in the model these are the same
	}
}

// source is the line of a value for Source.
func (d *decoder) source(v value) string { return d.from + ":" + strconv.Itoa(v.line) }

func (d *decoder) fail(v value, hint, format string, args ...any) {
	d.failAt(v.position, v, hint, nil, format, args...)
}

// failKey is fail about a key, not its value.
func (d *decoder) failKey(v value, hint, format string, args ...any) {
	d.failAt(v.key, v, hint, nil, format, args...)
}

func (d *decoder) failAt(p position, v value, hint string, cause error, format string, args ...any) {
	if v.node != nil && v.kind == kindFaulty {
		return
	}
	path := strings.TrimSuffix(d.prefix+v.path(), ".")
	d.faults.add(p, &LoadError{Path: path, Text: fmt.Sprintf(format, args...), Hint: hint, Err: cause})
}

// want says that a value is not what it has to be.
func (d *decoder) want(v value, what string) {
	d.fail(v, wantHint(v.node), "want %s, got %v", what, v.node)
}

func wantHint(n *node) string {
	if n.kind == kindNull {
		return "leave the key out for its default"
	}
	return ""
}

// field is a key that a mapping may have.
type field struct {
	key string
	set func(value)
}

// fields decodes a mapping whose keys are known. required ones have to be there.
func (d *decoder) fields(v value, required []string, fields []field) bool {
	if v.kind != kindMapping {
		d.want(v, "a mapping")
		return false
	}
	d.place(v)
	for _, m := range v.members {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == m.name })
		if i < 0 {
			d.unknown(v.member(m), m.name, fields)
			continue
		}
		child := v.member(m)
		d.place(child)
		fields[i].set(child)
	}
	for _, key := range required {
		if v.lookup(key) < 0 {
			d.fail(v, "", "%s is missing", key)
		}
	}
	return true
}

// unknown tells about a key that there is not.
func (d *decoder) unknown(v value, key string, fields []field) {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	hint := ""
	if other := otherWord(key); slices.Contains(known, other) {
		hint = fmt.Sprintf("did you mean %q?", other)
	} else if near := nearest.Names(key, known, 1); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	} else if key == "auth" && slices.Contains(known, "routes") {
		hint = "authentication is not supported yet"
	}
	d.failKey(v, hint, "unknown key %q", cut(key))
}

// otherWord is our key for what other mock servers call so.
func otherWord(key string) string {
	switch key {
	case "on", "method", "url", "urlPath", "path", "request":
		return "route"
	case "requests":
		return "validate"
	case "response", "responses", "return", "replies":
		return "reply"
	case "reply":
		return "replies"
	case "transitions", "newState", "newScenarioState", "transitionsState":
		return "change"
	case "requiredScenarioState", "requiresState":
		return "when"
	case "json", "content":
		return "body"
	case "bodyFile", "bodyFileName":
		return "file"
	case "nth", "count", "repeat":
		return "times"
	}
	return ""
}

// each decodes a mapping whose keys the file chooses. There are no empty ones.
func (d *decoder) each(v value, decode func(name string, v value)) bool {
	if v.kind != kindMapping {
		d.want(v, "a mapping")
		return false
	}
	d.place(v)
	for _, m := range v.members {
		child := v.member(m)
		d.place(child)
		if m.name == "" {
			d.failKey(child, "", "the key is empty")
			continue
		}
		decode(m.name, child)
	}
	return true
}

// list decodes the items of a list, or one that stands for itself. A list has at least so many.
func (d *decoder) list(v value, least int, decode func(value)) {
	if v.kind != kindList {
		decode(v)
		return
	}
	d.place(v)
	if len(v.items) < least {
		d.fail(v, "", "the list is empty")
	}
	for i := range v.items {
		item := v.item(i)
		d.place(item)
		decode(item)
	}
}

// text decodes a scalar as it is written.
func (d *decoder) text(v value) string {
	if !v.isScalar() {
		hint := ""
		if v.kind == kindNull {
			hint = `write "" for the empty text`
		}
		d.fail(v, hint, "want a text, got %v", v.node)
		return ""
	}
	return v.text
}

// name decodes a text that is not empty.
func (d *decoder) name(v value) string {
	switch {
	case !v.isScalar():
		d.want(v, "a text")
	case v.text == "":
		d.fail(v, "", "the text is empty")
	default:
		return v.text
	}
	return ""
}

// namesOf decodes a list of texts, or one text.
func (d *decoder) namesOf(v value, least int) []string {
	names := []string{}
	d.list(v, least, func(v value) { names = append(names, d.name(v)) })
	return names
}

// only decodes a list of texts.
func (d *decoder) only(v value, least int) []string {
	if v.kind != kindList {
		d.want(v, "a list")
		return nil
	}
	return d.namesOf(v, least)
}

func (d *decoder) bool(v value) bool {
	if v.kind != kindBool {
		d.want(v, "true or false")
	}
	return v.kind == kindBool && v.text == "true"
}

// maxInt is the largest integer that a file may have.
const maxInt = 1_000_000_000

// integer decodes a number without a fraction that is not less than least.
func (d *decoder) integer(v value, least int) int {
	n, err := strconv.Atoi(v.text)
	switch {
	case v.kind != kindNumber || strings.ContainsAny(v.text, ".eE"):
		d.want(v, "an integer")
	case err != nil || n > maxInt || n < -maxInt:
		d.fail(v, "", "want at most %d, got %v", maxInt, v.node)
	case n < least:
		d.fail(v, "", "want at least %d, got %v", least, v.node)
	default:
		return n
	}
	return least
}

// one decodes one of several words.
func (d *decoder) one(v value, words ...string) string {
	if v.kind == kindText && slices.Contains(words, v.text) {
		return v.text
	}
	hint := ""
	if near := nearest.Names(v.text, words, 1); v.isScalar() && len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	d.fail(v, hint, "want %s, got %v", alternatives(words), v.node)
	return words[0]
}

// alternatives are words as in "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// durationForm is a duration as package time writes it, without a sign.
var durationForm = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`)

// duration decodes a duration of Go or a number of seconds.
func (d *decoder) duration(v value) time.Duration {
	const what = "a duration such as 10m or a number of seconds"
	switch {
	case v.kind == kindNumber:
		seconds, err := strconv.ParseFloat(v.text, 64)
		switch {
		case strings.HasPrefix(v.text, "-"):
			d.fail(v, "", "want %s, not a negative one, got %v", what, v.node)
		case err != nil || seconds > maxInt:
			d.fail(v, "", "want at most %d seconds, got %v", maxInt, v.node)
		default:
			return time.Duration(seconds*float64(time.Second) + 0.5)
		}
	case v.kind == kindText && durationForm.MatchString(v.text):
		if got, err := time.ParseDuration(v.text); err == nil && got <= maxInt*time.Second {
			return got
		}
		d.fail(v, "", "want at most %d seconds, got %v", maxInt, v.node)
	case v.kind == kindText && strings.HasPrefix(v.text, "-"):
		d.fail(v, "", "want %s, not a negative one, got %v", what, v.node)
	default:
		d.want(v, what)
	}
	return 0
}

// json decodes any value as JSON.
func (d *decoder) json(v value) []byte {
	return v.appendJSON(nil, func(n *node) {
		d.failAt(n.position, v, "quote it where it is a text", nil, "want a value that JSON has, got %v", n)
	})
}

// pointer holds a key that is a JSON pointer against RFC 6901.
func (d *decoder) pointer(v value, pointer string) {
	rest := pointer
	for i := strings.IndexByte(rest, '~'); i >= 0; i = strings.IndexByte(rest, '~') {
		if rest = rest[i+1:]; !strings.HasPrefix(rest, "0") && !strings.HasPrefix(rest, "1") {
			d.failKey(v, "~ is written ~0, and / in a name ~1", "no JSON pointer: %q", cut(pointer))
			return
		}
	}
	if pointer != "" && pointer[0] != '/' {
		d.failKey(v, fmt.Sprintf("write %q", "/"+cut(pointer)), "no JSON pointer: %q", cut(pointer))
	}
}

// sigma decodes a number above 0 and at most 10.
func (d *decoder) sigma(v value) float64 {
	f, err := strconv.ParseFloat(v.text, 64)
	if v.kind != kindNumber || err != nil || f <= 0 || f > 10 {
		d.want(v, "a number above 0 and at most 10")
		return 0
	}
	return f
}
