// Package jsonscan judges the bytes of a JSON document and finds where its values stand: one pass, no decoding.
//
// [Scan] says what is wrong with a document before anything decodes it: RFC 8259 to the letter, and the few rules
// more that make a document mean the same to every reader (RFC 7493, I-JSON): no byte order mark, well-formed UTF-8,
// no lone surrogates, no repeated member names, and bounds on depth and numbers. [Locate] turns JSON pointers
// (RFC 6901) into byte offsets, a [Cursor] turns offsets into lines and columns, and [Excerpt] shows the place.
//
//	cursor := jsonscan.NewCursor(doc)
//	for _, f := range jsonscan.Scan(doc) {
//		line, column := cursor.Position(f.Offset)
//		fmt.Printf("%d:%d: %s: %s\n", line, column, f.Rule, f.Text)
//	}
//
// Everything here is total and takes time and memory linear in its input, whatever the bytes are. Nothing changes the
// bytes it is given, only a Cursor keeps them, and there is no shared state: all functions may be called concurrently.
package jsonscan

import (
	"fmt"
	"hash/maphash"
	"slices"
)

// Bounds of what [Scan] accepts.
const (
	MaxDepth    = 128  // containers within each other; the root container is the first
	MaxNumber   = 1024 // bytes of a number literal
	MaxExponent = 400  // magnitude of the exponent a number literal states
)

// The rules of [Scan], as they stand in [Fault.Rule].
const (
	ruleEmpty     = "json/empty"           // nothing but white space
	ruleBOM       = "json/bom"             // a byte order mark (RFC 8259, section 8.1)
	ruleUTF8      = "json/utf8"            // ill-formed UTF-8 within a string
	ruleSurrogate = "json/surrogate"       // an escaped surrogate that is no half of a pair
	ruleDuplicate = "json/duplicate-key"   // a member name that its object had before
	ruleDepth     = "json/depth"           // a container deeper than MaxDepth
	ruleLength    = "json/number-length"   // a number literal longer than MaxNumber
	ruleExponent  = "json/number-exponent" // an exponent beyond MaxExponent
	ruleTruncated = "json/truncated"       // the document ends within its value
	ruleSyntax    = "json/syntax"          // any other violation of the grammar
	ruleTrailing  = "json/trailing-data"   // more than white space after the value
)

// Fault is one thing wrong with the bytes of a document.
type Fault struct {
	// Rule is "json/" and what is broken.
	Rule string

	// Offset is where, in bytes from the start of the document. For json/syntax and json/trailing-data it is the
	// first byte no JSON document could go on with, for json/truncated the length of the document, for
	// json/duplicate-key the opening quote of the later name, for json/surrogate the backslash, and for numbers
	// the first byte of the literal.
	Offset int

	// Pointer is the JSON pointer (RFC 6901) of the innermost value that had begun there; for a duplicate key and
	// for a member whose value is missing it is the member's. Within a name it is still the object's. All the
	// pointers of one Scan together are kept to 64 KiB and sixteen times the length of the document; only past
	// that, which takes a document made for it, they stop at an ancestor.
	Pointer string

	// First is the offset of the first member's name for json/duplicate-key, and -1 for the other rules.
	First int

	// Text is one line that says what is there and what was wanted. Text of the document in it is quoted with %q
	// and cut to 80 code points.
	Text string
}

// Scan judges doc and returns its faults, ordered by offset; nil means there are none. A document without json/empty,
// json/truncated, json/syntax, json/trailing-data, json/depth and json/bom follows the grammar of RFC 8259.
//
// json/empty, json/depth, json/truncated, json/syntax, json/trailing-data and the byte order marks of UTF-16 end the
// scan; after the others it goes on. Member names are compared as they are decoded; a lone surrogate and a bad byte
// both decode to U+FFFD there, as they do in encoding/json.
func Scan(doc []byte) []Fault {
	s := scanner{doc: doc, budget: 64<<10 + 16*len(doc)}
	start, ok := s.mark()
	if !ok {
		return s.faults
	}
	i := space(doc, start)
	if i == len(doc) {
		s.fault(ruleEmpty, start, "", "got nothing but white space, want a JSON value")
		return s.faults
	}
	s.document(i)
	return s.faults
}

// scanner is the state of one Scan. What most documents need of it is in it, so that it stays on the stack.
type scanner struct {
	doc    []byte
	faults []Fault

	depth   int // how many containers are open
	shallow [16]frame
	deep    []frame // those after the shallow ones

	names   nameList     // the names of the open objects so far, outermost object first
	tables  [][]uint32   // name tables of closed objects, to be used again
	seed    maphash.Seed // of the name tables; made with the first of them
	decoded []byte       // decoded names are cut from it

	budget      int    // bytes of pointers that may still be built
	lastPointer string // the pointer built last, and
	lastStart   int    // one more than the offset where its value starts, 0 if none
}

// frame is an open container.
type frame struct {
	start     int // offset of the opening bracket
	closing   byte
	index     int // array: of the current item
	nameStart int // object: of the current member's name, between the quotes
	nameEnd   int
	nameSet   // object: the names it has
}

// frame returns the container at depth i, counted from 0.
func (s *scanner) frame(i int) *frame {
	if i < len(s.shallow) {
		return &s.shallow[i]
	}
	return &s.deep[i-len(s.shallow)]
}

// top returns the innermost container; there must be one.
func (s *scanner) top() *frame { return s.frame(s.depth - 1) }

// enclose opens a container whose bracket is at i.
func (s *scanner) enclose(i int) {
	if s.depth == len(s.shallow) && s.deep == nil {
		s.deep = make([]frame, MaxDepth-len(s.shallow))
	}
	s.depth++
	// '{' and '}' are two apart, and so are '[' and ']'.
	*s.top() = frame{start: i, closing: s.doc[i] + 2, nameSet: nameSet{base: s.names.len()}}
}

// document scans the value that starts at i and what follows it.
func (s *scanner) document(i int) {
	doc := s.doc
	for i >= 0 {
		// Here a value is wanted.
		i = space(doc, i)
		if i == len(doc) {
			s.truncated(s.wantedValue(), s.missing(), -1)
			return
		}
		switch c := doc[i]; c {
		case '"':
			i, _ = s.str(i, s.depth)
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			i = s.number(i)
		case '{', '[':
			if s.depth == MaxDepth {
				s.fault(ruleDepth, i, s.pointer(s.depth, i),
					fmt.Sprintf("got a container at depth %d, want at most %d", MaxDepth+1, MaxDepth))
				return
			}
			s.enclose(i)
			i = space(doc, i+1)
			if i == len(doc) || doc[i] != c+2 {
				if c == '{' {
					i = s.member(i, true)
				}
				continue
			}
			i++
			s.leave()
		case 't':
			i = s.literal(i, "true")
		case 'f':
			i = s.literal(i, "false")
		case 'n':
			i = s.literal(i, "null")
		default:
			depth := s.depth
			if c == ']' || c == '}' || c == ',' {
				depth = s.missing()
			}
			s.syntax(i, s.found(i), s.wantedValue(), depth, -1)
			return
		}
		if i >= 0 {
			i = s.next(i)
		}
	}
}

// next goes on after a value that ends at i. It returns where the next one is wanted, or -1 if the scan ends here.
func (s *scanner) next(i int) int {
	doc := s.doc
	for s.depth > 0 {
		f := s.top()
		i = space(doc, i)
		switch {
		case i == len(doc):
			return s.truncated(f.wantedNext(), s.depth-1, f.start)
		case doc[i] == f.closing:
			i++
			s.leave()
		case doc[i] != ',':
			return s.syntax(i, s.found(i), f.wantedNext(), s.depth-1, f.start)
		case f.closing == '}':
			return s.member(space(doc, i+1), false)
		default:
			f.index++
			return i + 1
		}
	}
	if i = space(doc, i); i < len(doc) {
		s.fault(ruleTrailing, i, "", "got "+s.found(i)+" after the value, want nothing but white space")
	}
	return -1
}

// member scans a name and its colon in the innermost object, where i is not white space. It returns the offset after
// the colon, or -1 if the scan ends here.
func (s *scanner) member(i int, first bool) int {
	doc, f := s.doc, s.top()
	if i == len(doc) || doc[i] != '"' {
		want := "a member name in double quotes"
		if first {
			want += ` or "}"`
		}
		if i == len(doc) {
			return s.truncated(want, s.depth-1, f.start)
		}
		return s.syntax(i, s.found(i), want, s.depth-1, f.start)
	}
	before := len(s.faults)
	end, plain := s.str(i, s.depth-1)
	if end < 0 {
		return -1
	}
	f.nameStart, f.nameEnd = i+1, end-1
	if first, repeated := s.enter(f, doc[i+1:end-1], i, plain); repeated {
		s.repeated(i, first, before)
	}
	i = space(doc, end)
	switch {
	case i == len(doc):
		return s.truncated(`":"`, s.depth, -1)
	case doc[i] != ':':
		return s.syntax(i, s.found(i), `":"`, s.depth, -1)
	}
	return i + 1
}

// leave closes the innermost container.
func (s *scanner) leave() {
	f := s.top()
	s.names.cut(f.base)
	if f.table != nil {
		s.tables = append(s.tables, f.table)
	}
	s.depth--
}

// missing is how many tokens of the path name the place where a value is wanted and none has begun: a member is
// named, an item that is not there is not.
func (s *scanner) missing() int {
	n := s.depth
	if n > 0 && s.frame(n-1).closing == ']' {
		n--
	}
	return n
}

// mark deals with a byte order mark and returns where the document starts, and whether it can be read at all.
func (s *scanner) mark() (start int, ok bool) {
	switch doc := s.doc; {
	case hasMark(doc):
		s.fault(ruleBOM, 0, "", "got a UTF-8 byte order mark, want none")
		return len(utf8Mark), true
	case len(doc) >= 2 && doc[0] == 0xff && doc[1] == 0xfe:
		s.fault(ruleBOM, 0, "", "got a UTF-16 byte order mark (little endian), want UTF-8 without one")
		return 0, false
	case len(doc) >= 2 && doc[0] == 0xfe && doc[1] == 0xff:
		s.fault(ruleBOM, 0, "", "got a UTF-16 byte order mark (big endian), want UTF-8 without one")
		return 0, false
	}
	return 0, true
}

const utf8Mark = "\ufeff"

func hasMark(doc []byte) bool {
	return len(doc) >= len(utf8Mark) && string(doc[:len(utf8Mark)]) == utf8Mark
}

// space returns the offset of the first byte from i on that is not white space (RFC 8259, section 2).
func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\r' || doc[i] == '\t') {
		i++
	}
	return i
}

func (s *scanner) fault(rule string, offset int, pointer, text string) {
	s.faults = append(s.faults, Fault{Rule: rule, Offset: offset, Pointer: pointer, First: -1, Text: text})
}

// repeated reports the name at offset as a duplicate of the one at first. Faults within the name, those from index at
// on, come after it.
func (s *scanner) repeated(offset, first, at int) {
	f := s.top()
	raw := s.doc[f.nameStart:f.nameEnd]
	raw = raw[:min(len(raw), (maxQuoted+1)*len(`\ud83d\ude00`))] // no code point takes more
	s.faults = slices.Insert(s.faults, at, Fault{
		Rule:    ruleDuplicate,
		Offset:  offset,
		Pointer: s.pointer(s.depth, -1),
		First:   first,
		Text:    "got another " + quote(appendDecoded(nil, raw)) + ", want one only",
	})
}
