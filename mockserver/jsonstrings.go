package mockserver

import (
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// spot is a string that is a value in a JSON text.
type spot struct {
	from, to int    // with the quotes
	name     string // of the member whose value it is, "" in an array
	text     string
	depth    int // 1: a member of the document
}

// isLink says whether the string is one of the links of a page (OData JSON 4.01, sections 4.6.5 and 4.6.6).
func (s spot) isLink() bool {
	return s.depth == 1 && (s.name == "@odata.nextLink" || s.name == "@odata.deltaLink")
}

func isJSONText(b []byte) bool { return json.Valid(b) }

// jsonStrings yields the strings that are values in a valid JSON text.
func jsonStrings(doc []byte) iter.Seq[spot] {
	return func(yield func(spot) bool) {
		var names []string // of the members that are open, by depth
		name := ""
		for i := 0; i < len(doc); i++ {
			switch doc[i] {
			case '{', '[':
				names, name = append(names, name), ""
			case '}', ']':
				names, name = names[:len(names)-1], ""
			case ',':
				name = ""
			case '"':
				end, plain := i+1, true
				for doc[end] != '"' {
					if doc[end] == '\\' {
						end, plain = end+1, false
					}
					end++
				}
				text := string(doc[i+1 : end])
				if !plain || !utf8.ValidString(text) {
					_ = json.Unmarshal(doc[i:end+1], &text) // it is valid
				}
				next := end + 1
				for next < len(doc) && (doc[next] == ' ' || doc[next] == '\n' || doc[next] == '\t' || doc[next] == '\r') {
					next++
				}
				if next < len(doc) && doc[next] == ':' {
					name, i = text, next
					continue
				}
				if !yield(spot{i, end + 1, name, text, len(names)}) {
					return
				}
				i = end
			}
		}
	}
}
