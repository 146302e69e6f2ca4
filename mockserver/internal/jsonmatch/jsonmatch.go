// Package jsonmatch compares JSON documents and says where the first difference is, for stubs that match by the body of a
// request and have to tell why they did not.
//
//	got, err := jsonmatch.Decode(body)
//	if m := jsonmatch.Subset(want, got); m != nil {
//		return m.String() // /items/0/id: got "2", want "1"
//	}
//
// Documents are what [Decode] returns. Those of encoding/json and YAML decoders are taken, too: nil, bool, string,
// [json.Number], int, int64, uint64, float64, []any, map[string]any. A value of another type equals nothing. Nothing is
// changed, so all functions may be called concurrently.
package jsonmatch

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
	"github.com/graphcontract/graphcontract/internal/text"
)

// maxDepth is how many containers within each other are compared, as many as [Decode] accepts.
const maxDepth = jsonscan.MaxDepth

// absent stands for a value that is not there.
const absent = "absent"

// Mismatch is the first place where two documents differ. A nil *Mismatch means there is none.
type Mismatch struct {
	// Pointer is the JSON pointer (RFC 6901) of the value.
	Pointer string

	// Want and Got are one line each: absent, or the value as JSON with its strings quoted by %q, of which 80 code
	// points are shown, not counting quotes and what escapes add, and … stands for the rest. Of two long strings it
	// is what differs.
	Want, Got string
}

// String says what is different, such as `/a/b: got "x", want "y"`; for nil it is empty.
func (m *Mismatch) String() string {
	if m == nil {
		return ""
	}
	what := "got " + m.Got + ", want " + m.Want
	if m.Pointer == "" {
		return what
	}
	return text.Printable(m.Pointer) + ": " + what
}

// Equal compares two documents as JSON values: the order of members does not count, nor how numbers are spelt (1, 1.0 and
// 10e-1 are equal, 0.1 and 0.10000000000000000001 are not). The mismatch is the first in the order of want, whose
// members are looked at sorted by name; members that only got has come last in their object. Documents nested more than
// 128 containers deep do not match anything.
func Equal(want, got any) *Mismatch { return compare(want, got, false, 0) }

// Subset is like [Equal], but objects of got may have more members, at any depth. Arrays have the same length, and
// each item of want is a subset of that of got. A member that is null in want is there in got.
func Subset(want, got any) *Mismatch { return compare(want, got, true, 0) }

func compare(want, got any, subset bool, depth int) *Mismatch {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			if depth == maxDepth {
				return tooDeep()
			}
			return compareObjects(w, g, subset, depth+1)
		}
	case []any:
		if g, ok := got.([]any); ok {
			if depth == maxDepth {
				return tooDeep()
			}
			return compareArrays(w, g, subset, depth+1)
		}
	case string:
		if g, ok := got.(string); ok {
			if w == g {
				return nil
			}
			from := sameUntil(w, g)
			return &Mismatch{Want: showString(w, from), Got: showString(g, from)}
		}
	case bool:
		if g, ok := got.(bool); ok && w == g {
			return nil
		}
	case nil:
		if got == nil {
			return nil
		}
	default:
		w1, ok1 := number(want)
		g1, ok2 := number(got)
		if ok1 && ok2 && sameNumber(w1, g1) {
			return nil
		}
	}
	return &Mismatch{Want: show(want), Got: show(got)}
}

func tooDeep() *Mismatch {
	return &Mismatch{Want: fmt.Sprintf("at most %d containers within each other", maxDepth), Got: "more"}
}

func compareObjects(want, got map[string]any, subset bool, depth int) *Mismatch {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[name]
		if !ok {
			return at(name, &Mismatch{Want: show(want[name]), Got: absent})
		}
		if m := compare(want[name], g, subset, depth); m != nil {
			return at(name, m)
		}
	}
	if subset || len(got) == len(want) {
		return nil // got has all names of want
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			return at(name, &Mismatch{Want: absent, Got: show(got[name])})
		}
	}
	return nil
}

func compareArrays(want, got []any, subset bool, depth int) *Mismatch {
	for i, w := range want {
		if i == len(got) {
			return at(strconv.Itoa(i), &Mismatch{Want: show(w), Got: absent})
		}
		if m := compare(w, got[i], subset, depth); m != nil {
			return at(strconv.Itoa(i), m)
		}
	}
	if n := len(want); n < len(got) {
		return at(strconv.Itoa(n), &Mismatch{Want: absent, Got: show(got[n])})
	}
	return nil
}

// at puts a mismatch under a reference token.
func at(token string, m *Mismatch) *Mismatch {
	m.Pointer = "/" + escape.Replace(token) + m.Pointer
	return m
}

var escape = strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901, section 3
