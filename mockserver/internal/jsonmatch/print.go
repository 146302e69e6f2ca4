package jsonmatch

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/graphcontract/graphcontract/internal/text"
)

// A mismatch shows so many code points of a value, and of a string so many before the first that differs.
const (
	maxShown  = 80
	maxBefore = 20
)

// show returns a value as one line of JSON, cut.
func show(v any) string {
	p := printer{room: maxShown}
	p.value(v)
	return text.Printable(p.String())
}

// showString is show for a string whose first bytes up to from are not worth much room.
func showString(s string, from int) string {
	if utf8.RuneCountInString(s[:from]) <= maxShown/2 {
		return show(s)
	}
	for range maxBefore {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	p := printer{room: maxShown}
	p.string("…", s[from:])
	return text.Printable(p.String())
}

// sameUntil returns how many bytes two strings have in common from their beginnings, in whole code points.
func sameUntil(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) {
		r, size := utf8.DecodeRuneInString(a[i:])
		s, other := utf8.DecodeRuneInString(b[i:])
		if r != s || size != other || a[i:i+size] != b[i:i+size] {
			break
		}
		i += size
	}
	return i
}

// printer writes until its room is used up, and looks at no more of a value than that takes.
type printer struct {
	strings.Builder
	room int // code points that may come; negative once something was cut
}

func (p *printer) put(s string) {
	if p.room < 0 {
		return
	}
	for _, r := range s {
		if p.room--; p.room < 0 {
			p.WriteString("…")
			return
		}
		p.WriteRune(r)
	}
}

func (p *printer) value(v any) {
	if p.room < 0 {
		return
	}
	switch v := v.(type) {
	case nil:
		p.put("null")
	case bool:
		p.put(strconv.FormatBool(v))
	case string:
		p.string("", v)
	case []any:
		p.put("[")
		for i, item := range v {
			if i > 0 {
				p.put(",")
			}
			if p.value(item); p.room < 0 {
				return
			}
		}
		p.put("]")
	case map[string]any:
		p.put("{")
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				p.put(",")
			}
			p.string("", name)
			p.put(":")
			if p.value(v[name]); p.room < 0 {
				return
			}
		}
		p.put("}")
	default:
		if n, ok := number(v); ok {
			p.put(n)
		} else {
			p.put(fmt.Sprintf("a value of type %T", v))
		}
	}
}

// string writes s in quotes, after what stands for its beginning. It is cut before it is quoted, so that no escape is.
func (p *printer) string(before, s string) {
	if p.room < 0 {
		return
	}
	runes := 0
	for i := range s {
		if runes++; runes > p.room {
			p.WriteString(strconv.Quote(before + s[:i] + "…"))
			p.room = -1
			return
		}
	}
	p.WriteString(strconv.Quote(before + s))
	p.room -= runes
}
