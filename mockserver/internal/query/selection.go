package query

import (
	"slices"
	"strings"
)

// Selection is a parsed $select. nil selects everything. It does not change.
type Selection []Path

// ParseSelection parses the decoded value of a $select: paths, or * for everything. The error is an [*Error].
func ParseSelection(s string) (Selection, error) {
	var selection Selection
	all := false
	for offset := 0; ; {
		item, rest, more := strings.Cut(s[offset:], ",")
		name := strings.TrimSpace(item)
		switch {
		case name == "*":
			all = true
		case name == "" || strings.ContainsAny(name, " '()"):
			return nil, &Error{"$select", offset, quote(item) + " is no name of a member"}
		default:
			selection = append(selection, Path(strings.Split(name, "/")))
		}
		if !more {
			break
		}
		offset = len(s) - len(rest)
	}
	if all {
		return nil, nil
	}
	return selection, nil
}

// Of is what is selected of an entity, with its control information. Where not everything is, it is a new map; what it holds
// is the entity's.
func (s Selection) Of(entity map[string]any) map[string]any {
	if s == nil {
		return entity
	}
	out := map[string]any{}
	for name, v := range entity {
		if strings.HasPrefix(name, "@") {
			out[name] = v
		}
	}
	for _, path := range s {
		if !s.widens(path) {
			selectPath(out, entity, path)
		}
	}
	return out
}

// widens says whether a shorter path of the selection has all of path.
func (s Selection) widens(path Path) bool {
	return slices.ContainsFunc(s, func(p Path) bool { return len(p) < len(path) && slices.Equal(p, path[:len(p)]) })
}

// selectPath copies what is at a path, into objects that are out's own.
func selectPath(out, entity map[string]any, path Path) {
	name := path[0]
	v, ok := entity[name]
	if !ok {
		return
	}
	inner, isObject := v.(map[string]any)
	if len(path) == 1 || !isObject {
		out[name] = v
		return
	}
	part, ok := out[name].(map[string]any)
	if !ok {
		part = map[string]any{}
		out[name] = part
	}
	selectPath(part, inner, path[1:])
}
