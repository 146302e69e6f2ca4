package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

// judge evaluates the full form of one type and shape. jsonschema/v5 decides; what it reports is read back into
// the full form, for its texts and their order are not stable and say less than we know. Form and compiled schema are made
// on first use.
type judge struct {
	form    func() *form
	compile func() (*jsonschema.Schema, error)
}

func newJudge(url string, derive func() *form) *judge {
	f := sync.OnceValue(derive)
	return &judge{form: f, compile: sync.OnceValues(func() (*jsonschema.Schema, error) {
		if f := f(); f.shared != nil {
			return f.shared.compile(url, f)
		}
		return compile(f().root)
	})}
}

const schemaURL = "graphcontract:///schema.json"

// newCompiler makes a compiler of v5. The dialect is always 2020-12, and formats are not asserted.
func newCompiler(load func(url string) (io.ReadCloser, error)) *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = load
	return c
}

// compile makes the v5 schema of a form all of whose definitions are its own.
func compile(root object) (*jsonschema.Schema, error) {
	c := newCompiler(func(string) (io.ReadCloser, error) {
		return nil, errors.New("a derived schema refers to nothing outside")
	})
	if err := c.AddResource(schemaURL, bytes.NewReader(marshal(root))); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
}

func (j *judge) findings(doc []byte, m Mode) Findings {
	if faults := jsonscan.Scan(doc); len(faults) > 0 {
		return byteFindings(doc, faults)
	}
	v, err := decode(doc)
	if err != nil {
		return internalFinding(fmt.Errorf("decoding: %w", err))
	}
	s, err := j.compile()
	if err != nil {
		return internalFinding(fmt.Errorf("compiling: %w", err))
	}
	err = validate(s, v)
	if err == nil {
		return nil
	}
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		return internalFinding(err)
	}
	r := reading{form: j.form(), doc: v, mode: m, seen: map[string]int{}}
	r.collect(ve)
	if len(r.found) == 0 {
		return nil // what failed is not asked for in this mode
	}
	place(doc, r.found)
	fs := make(Findings, len(r.found))
	for i := range r.found {
		fs[i] = r.found[i].Finding
	}
	fs.Sort()
	return fs
}

func decode(doc []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// validate turns a panic of the library into an error. The byte-level rules keep out every input that is known to
// make it panic.
func validate(s *jsonschema.Schema, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the validator panicked: %v", r)
		}
	}()
	return s.Validate(v)
}

// internalFinding reports a fault of ours as an error, so that it is never taken for a pass.
func internalFinding(err error) Findings {
	return Findings{{Rule: "internal/judge", Message: err.Error(), Hint: "please report this, with the document"}}
}

// found is a finding with what placing it needs.
type found struct {
	*Finding
	atName bool // it is about the member, not its value
}

// reading turns one validation error into findings.
type reading struct {
	form  *form
	doc   any
	mode  Mode
	found []found
	seen  map[string]int // index in found, by pointer, rule and property
}

// collect walks to the causes that are not themselves explained by others. Of a nullable value's alternatives,
// only those of the value count.
func (r *reading) collect(e *jsonschema.ValidationError) {
	if len(e.Causes) == 0 {
		r.leaf(e)
		return
	}
	causes := e.Causes
	if path := pointerTokens(e.KeywordLocation); isKeyword(path, len(path)-1) && path[len(path)-1] == "anyOf" {
		causes = causes[:1]
	}
	for _, c := range causes {
		r.collect(c)
	}
}

// leaf makes the findings of one failed keyword.
func (r *reading) leaf(e *jsonschema.ValidationError) {
	path := pointerTokens(e.KeywordLocation)
	if len(path) == 0 {
		return
	}
	keyword := path[len(path)-1]
	at := walk(r.form, path[:len(path)-1])
	instance := pointerTokens(e.InstanceLocation)
	w := wording{site: at, keyword: keyword, value: lookup(r.doc, instance)}
	severity := r.severity(w)
	switch keyword {
	case "required":
		for _, name := range w.missing(r.mode) {
			r.add(w, instance, name, severity, false)
		}
	case "additionalProperties":
		for _, name := range w.undeclared() {
			r.add(w, append(slices.Clone(instance), name), name, severity, true)
		}
	default:
		name := ""
		if n := len(instance); n > 0 {
			if _, inObject := lookup(r.doc, instance[:n-1]).(object); inObject {
				name = instance[n-1]
			}
		}
		r.add(w, instance, name, severity, false)
	}
}

// severity applies the marks of the full form to what breaks a keyword.
func (r *reading) severity(w wording) Severity {
	if list, ok := w.site.marks["list"].([]any); ok && w.keyword == "enum" {
		if s, _ := w.value.(string); isJoined(s, list) {
			return Warning
		}
	}
	return r.mode.severity(w.keyword, w.site.marks, w.site.assumed)
}

// severity is that of what breaks a keyword with these marks.
func (m Mode) severity(keyword string, marks object, assumed bool) Severity {
	evolution := Error
	if m.Evolution != Closed {
		evolution = Warning
	}
	switch {
	case assumed:
		return Warning
	case marks["advice"] != nil:
		return m.adviceSeverity(marks["advice"].(string))
	case keyword == "additionalProperties":
		return evolution
	case keyword == "enum" && marks["evolvable"] == true:
		return Warning
	case keyword == "enum" && (marks["list"] != nil || marks["evolution"] == true):
		return evolution
	}
	return Error
}

// ruleID is the id of the rule that a keyword with these marks states.
func ruleID(keyword string, marks object) string {
	if id, ok := marks["rule"].(string); ok && (keyword != "type" || marks["advice"] != nil) {
		return id
	}
	return keyword
}

func (r *reading) add(w wording, instance []string, property string, severity Severity, atName bool) {
	rule := ruleID(w.keyword, w.site.marks)
	f := &Finding{
		Severity: severity, Rule: rule, Pointer: pointer(instance), Property: property, Doc: w.reference(property),
	}
	f.Message, f.Hint = w.text(property)
	f.Fingerprint = Fingerprint(rule, w.site.typeName(), normalize(r.doc, instance), property)
	key := strings.Join([]string{f.Pointer, rule, property}, "\x00")
	if i, ok := r.seen[key]; ok {
		if severity < r.found[i].Severity {
			r.found[i].Finding = f
		}
		return
	}
	r.seen[key] = len(r.found)
	r.found = append(r.found, found{Finding: f, atName: atName})
}

// place gives findings their positions, in one pass over the document.
func place(doc []byte, fs []found) {
	pointers := make([]string, len(fs))
	for i, f := range fs {
		pointers[i] = f.Pointer
	}
	for i, p := range jsonscan.Locate(doc, pointers) {
		offset := p.Start
		if fs[i].atName && p.Name >= 0 {
			offset = p.Name
		}
		fs[i].At.Offset = int64(offset)
	}
	slices.SortStableFunc(fs, func(a, b found) int { return int(a.At.Offset - b.At.Offset) })
	c := jsonscan.NewCursor(doc)
	for _, f := range fs {
		f.At = position(c, int(f.At.Offset))
		f.Excerpt, f.Caret = jsonscan.Excerpt(doc, int(f.At.Offset), excerptWidth)
	}
}

// excerptWidth is how many code points of a line a finding shows.
const excerptWidth = 100

// jsonDoc is what asks for well-formed bytes.
var jsonDoc = Reference{Page: "RFC 8259"}

func byteFindings(doc []byte, faults []jsonscan.Fault) Findings {
	var fs Findings
	c := jsonscan.NewCursor(doc)
	for _, fault := range faults {
		f := &Finding{Rule: fault.Rule, Pointer: fault.Pointer, Message: fault.Text, Hint: byteHints[fault.Rule], Doc: jsonDoc}
		f.At = position(c, fault.Offset)
		f.Excerpt, f.Caret = jsonscan.Excerpt(doc, fault.Offset, excerptWidth)
		f.Fingerprint = Fingerprint(fault.Rule, "", fault.Pointer, "")
		fs = append(fs, f)
	}
	// The first members of repeated names stand in another order: one more pass.
	again := make([]int, 0, len(faults))
	for i, fault := range faults {
		if fault.First >= 0 {
			again = append(again, i)
		}
	}
	slices.SortFunc(again, func(a, b int) int { return faults[a].First - faults[b].First })
	c = jsonscan.NewCursor(doc)
	for _, i := range again {
		fs[i].Related = []Location{position(c, faults[i].First)}
	}
	fs.Sort()
	return fs
}

func position(c *jsonscan.Cursor, offset int) Location {
	line, column := c.Position(offset)
	return Location{Line: line, Column: column, Offset: int64(offset)}
}

// Fingerprint is the first 12 hexadecimal digits of a SHA-256 over what makes a fault the same fault in every record:
// the rule, the type or operation that asks for it, the place with * for every index, and the member.
func Fingerprint(rule, typ, pointer, property string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{rule, typ, pointer, property}, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// normalize is the pointer with * for every array index.
func normalize(doc any, tokens []string) string {
	out := slices.Clone(tokens)
	for i := range out {
		if _, ok := doc.([]any); ok {
			out[i] = "*"
		}
		doc = lookup(doc, tokens[i:i+1])
	}
	return pointer(out)
}

// pointerTokens cuts a JSON pointer as v5 writes it: its tokens are escaped as in URLs, too.
func pointerTokens(p string) []string {
	if p == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, t := range tokens {
		if u, err := url.PathUnescape(t); err == nil {
			t = u
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens
}

// pointer joins tokens to an RFC 6901 JSON pointer.
func pointer(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(t, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// lookup returns the value that the tokens lead to, nil where they lead nowhere.
func lookup(v any, tokens []string) any {
	for _, t := range tokens {
		switch x := v.(type) {
		case object:
			v = x[t]
		case []any:
			i, err := strconv.Atoi(t)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}
