package mockserver

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// fileDecoder makes one scenario of the nodes of a file.
type fileDecoder struct {
	*fileLoader
	prefix          string            // of paths in messages: the variant, if it is one
	places, written map[string]string // as in Scenario
}

// fileValue is a node and where it is.
type fileValue struct {
	*tree.Node
	model     string        // its path in Scenario.places
	key       tree.Position // where the key is written, for a member
	name, own string        // what begins with name in model is called own in the file
}

// member is a member of a mapping.
func (v fileValue) member(m tree.Member) fileValue {
	v.Node, v.key = m.Value, m.Position
	if v.model == "" {
		v.model = m.Name
	} else {
		v.model += "." + m.Name
	}
	return v
}

// item is an item of a list.
func (v fileValue) item(i int) fileValue {
	v.model += "[" + strconv.Itoa(i) + "]"
	v.Node = v.Items[i]
	v.key = v.Position
	return v
}

// path is what the value is called in the file.
func (v fileValue) path() string { return v.own + strings.TrimPrefix(v.model, v.name) }

// place notes where a value is written.
func (d *fileDecoder) place(v fileValue) {
	if d.places[v.model] != "" {
		return
	}
	at := d.at(v.Position)
	d.places[v.model] = at
	if machine, ok := strings.CutPrefix(v.model, "machines."); ok {
		d.places["state."+machine] = at // in the model these are the same
	}
}

// as gives a value another name in the model, and notes where that is written and how.
func (d *fileDecoder) as(v fileValue, model string) fileValue {
	v.own = v.path()
	v.model, v.name = model, model
	d.places[model], d.written[model] = d.at(v.Position), v.own
	return v
}

// inModel notes where the field of a model is written, and how, that a file calls otherwise.
func (d *fileDecoder) inModel(v fileValue, field string) {
	d.as(v, v.model[:strings.LastIndexByte(v.model, '.')+1]+field)
}

// inherits says whether a variant has a value from the base.
func (d *fileDecoder) inherits(v fileValue) bool { return d.base[v.model] == d.at(v.Position) }

// source is the line of a value for Source.
func (d *fileDecoder) source(v fileValue) string { return d.from + ":" + strconv.Itoa(v.Line) }

func (d *fileDecoder) fail(v fileValue, hint, format string, args ...any) {
	d.failAt(v.Position, v, hint, nil, format, args...)
}

// failKey is fail about a key, not its value.
func (d *fileDecoder) failKey(v fileValue, hint, format string, args ...any) {
	d.failAt(v.key, v, hint, nil, format, args...)
}

func (d *fileDecoder) failAt(p tree.Position, v fileValue, hint string, cause error, format string, args ...any) {
	if v.Node != nil && v.Kind == tree.Faulty {
		return
	}
	path := strings.TrimSuffix(d.prefix+v.path(), ".")
	d.faults.Add(tree.Fault{Position: p, Path: path, Text: fmt.Sprintf(format, args...), Hint: hint, Err: cause})
}

// want says that a value is not what it has to be.
func (d *fileDecoder) want(v fileValue, what string) {
	d.fail(v, wantHint(v.Node), "want %s, got %v", what, v.Node)
}

func wantHint(n *tree.Node) string {
	switch {
	case n.Kind == tree.Null:
		return "leave the key out for its default"
	case isBraced(n):
		return "quote it where it is a text"
	}
	return ""
}

// isBraced says whether a mapping has keys alone, as YAML reads a text such as {conn}.
func isBraced(n *tree.Node) bool {
	return len(n.Members) > 0 && !slices.ContainsFunc(n.Members, func(m tree.Member) bool { return m.Value.Kind != tree.Null })
}

// fileField is a key that a mapping may have.
type fileField struct {
	key string
	set func(fileValue)
}

// fields decodes a mapping whose keys are known. required ones have to be there.
func (d *fileDecoder) fields(v fileValue, required []string, fields []fileField) bool {
	if v.Kind != tree.Mapping {
		d.want(v, "a mapping")
		return false
	}
	d.place(v)
	for _, m := range v.Members {
		i := slices.IndexFunc(fields, func(f fileField) bool { return f.key == m.Name })
		if i < 0 {
			d.unknown(v.member(m), m.Name, fields)
			continue
		}
		child := v.member(m)
		d.place(child)
		fields[i].set(child)
	}
	for _, key := range required {
		if v.Lookup(key) < 0 {
			d.fail(v, "", "%s is missing", key)
		}
	}
	return true
}

// unknown tells about a key that there is not.
func (d *fileDecoder) unknown(v fileValue, key string, fields []fileField) {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	hint := ""
	if requestForm.MatchString(key) && slices.Contains(known, "route") {
		hint = fmt.Sprintf("write %q", "route: "+tree.Short(key))
	} else if key == "also" && slices.Contains(known, "route") {
		hint = "write route as a list: the method and a path, then further paths"
	} else if other := otherWord(key); slices.Contains(known, other) {
		hint = fmt.Sprintf("did you mean %q?", other)
	} else if near := nearest.Names(key, known, 1); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	d.failKey(v, hint, "unknown key %q", tree.Short(key))
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
	case "roles", "scopes", "permissions":
		return "require"
	}
	return ""
}

// each decodes a mapping whose keys the file chooses. There are no empty ones.
func (d *fileDecoder) each(v fileValue, decode func(name string, v fileValue)) bool {
	if v.Kind != tree.Mapping {
		d.want(v, "a mapping")
		return false
	}
	d.place(v)
	for _, m := range v.Members {
		child := v.member(m)
		d.place(child)
		if m.Name == "" {
			d.failKey(child, "", "the key is empty")
			continue
		}
		decode(m.Name, child)
	}
	return true
}

// list decodes the items of a list, or one that stands for itself. A list has at least so many.
func (d *fileDecoder) list(v fileValue, least int, decode func(fileValue)) {
	if v.Kind != tree.List {
		decode(v)
		return
	}
	d.place(v)
	if len(v.Items) < least {
		d.fail(v, "", "the list is empty")
	}
	for i := range v.Items {
		item := v.item(i)
		d.place(item)
		decode(item)
	}
}

// text decodes a scalar as it is written.
func (d *fileDecoder) text(v fileValue) string {
	if !v.IsScalar() {
		hint := wantHint(v.Node)
		if v.Kind == tree.Null {
			hint = `write "" for the empty text`
		}
		d.fail(v, hint, "want a text, got %v", v.Node)
		return ""
	}
	return v.Text
}

// name decodes a text that is not empty.
func (d *fileDecoder) name(v fileValue) string {
	switch {
	case !v.IsScalar():
		d.want(v, "a text")
	case v.Text == "":
		d.fail(v, "", "the text is empty")
	default:
		return v.Text
	}
	return ""
}

// namesOf decodes a list of texts, or one text.
func (d *fileDecoder) namesOf(v fileValue, least int) []string {
	names := []string{}
	d.list(v, least, func(v fileValue) { names = append(names, d.name(v)) })
	return names
}

// only decodes a list of texts.
func (d *fileDecoder) only(v fileValue, least int) []string {
	if v.Kind != tree.List {
		d.want(v, "a list")
		return nil
	}
	return d.namesOf(v, least)
}

func (d *fileDecoder) bool(v fileValue) bool {
	if v.Kind != tree.Bool {
		d.want(v, "true or false")
	}
	return v.Kind == tree.Bool && v.Text == "true"
}

// maxFileInt is the largest integer that a file may have.
const maxFileInt = 1_000_000_000

// integer decodes a number without a fraction that is not less than least.
func (d *fileDecoder) integer(v fileValue, least int) int {
	n, err := strconv.Atoi(v.Text)
	switch {
	case v.Kind != tree.Number || strings.ContainsAny(v.Text, ".eE"):
		d.want(v, "an integer")
	case err != nil || n > maxFileInt || n < -maxFileInt:
		d.fail(v, "", "want at most %d, got %v", maxFileInt, v.Node)
	case n < least:
		d.fail(v, "", "want at least %d, got %v", least, v.Node)
	default:
		return n
	}
	return least
}

// one decodes one of several words.
func (d *fileDecoder) one(v fileValue, words ...string) string {
	if v.Kind == tree.Text && slices.Contains(words, v.Text) {
		return v.Text
	}
	hint := ""
	if near := nearest.Names(v.Text, words, 1); v.IsScalar() && len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	d.fail(v, hint, "want %s, got %v", alternatives(words), v.Node)
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
func (d *fileDecoder) duration(v fileValue) time.Duration {
	lasts, _ := d.readDuration(v)
	return lasts
}

// readDuration is duration, false where that has told what is wrong.
func (d *fileDecoder) readDuration(v fileValue) (time.Duration, bool) {
	const what = "a duration such as 10m or a number of seconds"
	switch {
	case v.Kind == tree.Number:
		seconds, err := strconv.ParseFloat(v.Text, 64)
		switch {
		case strings.HasPrefix(v.Text, "-"):
			d.fail(v, "", "want %s, not a negative one, got %v", what, v.Node)
		case err != nil || seconds > maxFileInt:
			d.fail(v, "", "want at most %d seconds, got %v", maxFileInt, v.Node)
		default:
			return time.Duration(seconds*float64(time.Second) + 0.5), true
		}
	case v.Kind == tree.Text && durationForm.MatchString(v.Text):
		if got, err := time.ParseDuration(v.Text); err == nil && got <= maxFileInt*time.Second {
			return got, true
		}
		d.fail(v, "", "want at most %d seconds, got %v", maxFileInt, v.Node)
	case v.Kind == tree.Text && strings.HasPrefix(v.Text, "-"):
		d.fail(v, "", "want %s, not a negative one, got %v", what, v.Node)
	default:
		d.want(v, what)
	}
	return 0, false
}

// json decodes any value as JSON.
func (d *fileDecoder) json(v fileValue) []byte {
	return v.AppendJSON(nil, func(n *tree.Node) {
		d.failAt(n.Position, v, "quote it where it is a text", nil, "want a value that JSON has, got %v", n)
	})
}

// pointer holds a key that is a JSON pointer against RFC 6901.
func (d *fileDecoder) pointer(v fileValue, pointer string) {
	rest := pointer
	for i := strings.IndexByte(rest, '~'); i >= 0; i = strings.IndexByte(rest, '~') {
		if rest = rest[i+1:]; !strings.HasPrefix(rest, "0") && !strings.HasPrefix(rest, "1") {
			d.failKey(v, "~ is written ~0, and / in a name ~1", "no JSON pointer: %q", tree.Short(pointer))
			return
		}
	}
	if pointer != "" && pointer[0] != '/' {
		d.failKey(v, fmt.Sprintf("write %q", "/"+tree.Short(pointer)), "no JSON pointer: %q", tree.Short(pointer))
	}
}

// sigma decodes a number above 0 and at most 10.
func (d *fileDecoder) sigma(v fileValue) float64 {
	f, err := strconv.ParseFloat(v.Text, 64)
	if v.Kind != tree.Number || err != nil || f <= 0 || f > 10 {
		d.want(v, "a number above 0 and at most 10")
		return 0
	}
	return f
}
