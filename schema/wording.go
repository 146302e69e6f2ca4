package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/internal/text"
)

// wording is the text of one failed keyword: what stands there, what is wanted, and what may have been meant.
type wording struct {
	site    site
	keyword string
	value   any
}

// missing lists the required members that the object lacks and the mode requires, sorted.
func (w wording) missing(m Mode) []string {
	o, _ := w.value.(object)
	required, _ := w.site.schema["required"].([]any)
	var out []string
	for _, n := range (publisher{m}).required(required, w.site.marks) {
		if _, ok := o[n.(string)]; !ok {
			out = append(out, n.(string))
		}
	}
	slices.Sort(out)
	return out
}

// undeclared lists the members that the schema does not declare, sorted.
func (w wording) undeclared() []string {
	o, _ := w.value.(object)
	props, _ := w.site.schema["properties"].(object)
	var out []string
	for _, n := range sortedKeys(o) {
		if _, ok := props[n]; !ok && !strings.Contains(n, "@") {
			out = append(out, n)
		}
	}
	return out
}

// reference is the documentation's place for the finding. That of a missing member is its own row.
func (w wording) reference(property string) Reference {
	if w.keyword == "required" {
		if row, ok := w.site.row(property); ok {
			return row
		}
	}
	return w.site.reference(w.keyword)
}

// text is the message and the hint.
func (w wording) text(property string) (message, hint string) {
	s := w.site.schema
	switch w.keyword {
	case "required":
		return fmt.Sprintf("missing property %q", property), w.missingHint(property)
	case "additionalProperties":
		return fmt.Sprintf("undeclared property %q", clip(property)), w.meantProperty(property)
	case "type":
		return fmt.Sprintf("got %s, want %s", describe(w.value), w.wantType()), w.typeHint()
	case "enum":
		return w.enumText()
	case "pattern":
		if w.site.marks["rule"] == "odata/type-hash" {
			return fmt.Sprintf("got %s, want a leading #", describe(w.value)), "OData writes a type name as #" + plainString(w.value)
		}
		return w.patternText()
	case "minLength", "maxLength":
		n := utf8.RuneCountInString(plainString(w.value))
		return fmt.Sprintf("got %s, want %s %v", text.Count(n, "character"), atLeastMost(w.keyword), s[w.keyword]), w.boundHint()
	case "minimum", "maximum":
		return fmt.Sprintf("got %s, want %s %v", describe(w.value), atLeastMost(w.keyword), s[w.keyword]), w.boundHint()
	case "maxItems":
		a, _ := w.value.([]any)
		return fmt.Sprintf("got %s, want at most %v", text.Count(len(a), "item"), s["maxItems"]), w.boundHint()
	case "not":
		if w.site.marks["rule"] == "odata/two-links" {
			return "got @odata.nextLink and @odata.deltaLink, want one of them", "a page leads on to the next one, or it is the last"
		}
		return "got a value for a read-only property", "the service sets it and ignores it in a request"
	}
	return fmt.Sprintf("got %s, which violates %s", describe(w.value), w.keyword), ""
}

func atLeastMost(keyword string) string {
	if strings.HasPrefix(keyword, "min") {
		return "at least"
	}
	return "at most"
}

// boundHint says where a bound comes from that is no rule of the type.
func (w wording) boundHint() string {
	if w.site.marks["advice"] == "bounds" {
		return "the bound is read from the description"
	}
	if typ, ok := w.site.marks["type"].(string); ok && strings.HasPrefix(typ, "Edm.") {
		return "the bound is that of " + typ
	}
	if w.keyword == "minLength" {
		return "an empty key addresses nothing"
	}
	return "the bound is that of control information"
}

// missingHint names a member of the object that may have been meant for a missing one, or why it is needed.
func (w wording) missingHint(property string) string {
	o, _ := w.value.(object)
	props, _ := w.site.object()["properties"].(object)
	var strangers []string
	for _, n := range slices.Sorted(maps.Keys(o)) {
		if _, declared := props[n]; !declared {
			strangers = append(strangers, n)
		}
	}
	if near := nearest.Names(property, strangers, 1); near != nil {
		return fmt.Sprintf("found %q; names are case-sensitive", clip(near[0]))
	}
	always, _ := w.site.marks["always"].([]any)
	switch {
	case w.site.marks["type"] == mainErrorType:
		return "a Graph client reads code and message of every error"
	case property == "error" && w.site.marks["type"] == errorType:
		return "an error response is an object with an error"
	case property == "value":
		return "a collection is an object with its items under value"
	case slices.Contains(always, any(property)):
		return "the key is in every representation, unless $select leaves it out"
	}
	return "the JSON representation shows it; partial presence does not ask for it"
}

func (w wording) meantProperty(property string) string {
	props, _ := w.site.schema["properties"].(object)
	if near := nearest.Names(property, sortedKeys(props), 1); near != nil {
		return fmt.Sprintf("did you mean %q?", near[0])
	}
	if n := len(props); n > 0 && n <= 8 {
		return "declared are " + strings.Join(quoteAll(sortedKeys(props)), ", ")
	}
	return ""
}

func (w wording) wantType() string {
	var want []string
	for _, t := range listOf(w.site.schema["type"]) {
		want = append(want, fmt.Sprint(t))
	}
	if w.site.nullable && !slices.Contains(want, "null") {
		want = append(want, "null")
	}
	s := strings.Join(want, " or ")
	if typ, ok := w.site.marks["type"].(string); ok && !strings.HasPrefix(typ, "Collection(") {
		s += " (" + typ + ")"
	}
	return s
}

func (w wording) typeHint() string {
	want := listOf(w.site.schema["type"])
	s, isString := w.value.(string)
	switch {
	case slices.Contains(want, any("array")) && w.value == nil:
		return "an empty collection is written []"
	case slices.Contains(want, any("array")):
		return "a collection is an array, even with one item"
	case slices.Contains(want, any("string")) && w.site.marks["list"] != nil:
		if _, ok := w.value.(json.Number); ok {
			return "the service sends an enumeration's member by name, not by value"
		}
	case isString && (slices.Contains(want, any("boolean")) && (s == "true" || s == "false") ||
		slices.Contains(want, any("integer")) && isInteger(s)):
		return "write it without quotes"
	case w.value == nil:
		return "the page does not let it be null"
	case slices.Contains(want, any("object")):
		props, _ := w.site.object()["properties"].(object)
		if n := len(props); n > 0 && n <= 8 {
			return "it is an object with " + strings.Join(quoteAll(sortedKeys(props)), ", ")
		}
	case slices.Contains(want, any("string")) && isScalar(w.value):
		return "write it in quotes"
	case slices.Contains(want, any("integer")) && isScalar(w.value):
		return "an integer has no fraction"
	}
	return ""
}

// isScalar says whether v is a number or a boolean.
func isScalar(v any) bool {
	switch v.(type) {
	case json.Number, bool:
		return true
	}
	return false
}

func isInteger(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

func (w wording) enumText() (message, hint string) {
	got := plainString(w.value)
	if w.site.marks["rule"] == "odata/type" {
		names := stringsOf(w.site.schema["enum"])
		return fmt.Sprintf("got %s, which no loaded page derives from %s", describe(w.value), names[len(names)-1]),
			fmt.Sprintf("judged as %s", names[len(names)-1])
	}
	list := stringsOf(w.site.schema["enum"])
	message = fmt.Sprintf("got %s, want %s", describe(w.value), oneOf(list))
	near := nearest.Names(got, list, 1)
	switch {
	case isJoined(got, anys(list)):
		hint = "several members are written so only where the enumeration is of flags, which the documentation does not say"
	case near != nil && strings.EqualFold(strings.TrimSpace(got), near[0]) && got != strings.TrimSpace(got):
		hint = fmt.Sprintf("did you mean %q, without the blanks?", near[0])
	case near != nil && strings.EqualFold(got, near[0]):
		hint = fmt.Sprintf("did you mean %q? members are case-sensitive", near[0])
	case near != nil:
		hint = fmt.Sprintf("did you mean %q?", near[0])
	case w.site.marks["evolvable"] == true && !slices.Contains(longRunning, got):
		hint = "the list holds unknownFutureValue: members may be added, and a client has to expect it"
	case got == "":
		hint = "an empty string is no member; leave the property out, or send null"
	case slices.Contains(longRunning, got):
		hint = fmt.Sprintf("%q is a member of longRunningOperationStatus, not of this list", got)
	}
	return message, hint
}

// longRunning are members of longRunningOperationStatus, which mocks take for those of connectionOperationStatus.
var longRunning = []string{"notStarted", "running", "succeeded", "skipped"}

// patternTexts are the types whose values a pattern describes, in words.
var patternTexts = map[string]string{
	"Edm.DateTimeOffset": "a date and time with an offset, such as 2026-01-31T09:30:00Z",
	"Edm.Date":           "a date, such as 2026-01-31",
	"Edm.TimeOfDay":      "a time of day, such as 09:30:00",
	"Edm.Duration":       "a duration of days, hours, minutes and seconds, such as PT1H30M",
	"Edm.Guid":           "a GUID, such as 3ed1595a-4bae-43c2-acda-ef973e581323",
	"Edm.Binary":         "base64",
	"Edm.Double":         `a number, "INF", "-INF" or "NaN"`,
	"Edm.Single":         `a number, "INF", "-INF" or "NaN"`,
}

func (w wording) patternText() (message, hint string) {
	typ, _ := w.site.marks["type"].(string)
	want, ok := patternTexts[typ]
	if !ok {
		return fmt.Sprintf("got %s, which does not match %v", describe(w.value), w.site.schema["pattern"]), ""
	}
	return fmt.Sprintf("got %s, want %s (%s)", describe(w.value), want, typ), ""
}

func stringsOf(v any) []string {
	var out []string
	for _, m := range listOf(v) {
		if s, ok := m.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// maxListed is how many members a message lists.
const maxListed = 12

func oneOf(members []string) string {
	if len(members) == 1 {
		return strconv.Quote(members[0])
	}
	quoted := quoteAll(members)
	if n := len(quoted); n > maxListed {
		quoted = append(quoted[:maxListed], fmt.Sprintf("and %d more", n-maxListed))
	}
	return "one of " + strings.Join(quoted, ", ")
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return out
}

// maxShown is how many code points of a foreign value a message shows.
const maxShown = 80

// describe is a value's JSON type with as much of it as fits.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case string:
		return "string " + strconv.Quote(clip(v))
	case json.Number:
		return "number " + clip(v.String())
	case []any:
		return "an array of " + text.Count(len(v), "item")
	case object:
		return "an object"
	}
	return fmt.Sprintf("%T", v)
}

func plainString(v any) string {
	s, _ := v.(string)
	return s
}

// clip cuts s to maxShown code points.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxShown {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// byteHints say what to do about faults of the bytes.
var byteHints = map[string]string{
	"json/empty":           "a response without a body has no document to judge",
	"json/bom":             "JSON is sent as UTF-8 without a byte order mark (RFC 8259, section 8.1)",
	"json/utf8":            "Go's decoder replaces such bytes without a word",
	"json/surrogate":       "Go's decoder replaces such an escape without a word",
	"json/duplicate-key":   "decoders keep the first or the last and say nothing",
	"json/trailing-data":   "a decoder that stops after the first value does not see it",
	"json/depth":           "no documented type nests so deeply",
	"json/number-length":   "no documented number is that long",
	"json/number-exponent": "no documented number is that large or small",
	"json/truncated":       "the body may have been cut, or Content-Length may not fit",
}
