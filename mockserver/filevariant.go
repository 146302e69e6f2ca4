package mockserver

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/graphcontract/graphcontract/internal/nearest"
	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// patch makes the tree of a variant: that of the base with values replaced. It shares what stays the same.
func (l *fileLoader) patch(root *tree.Node, variant tree.Member) *tree.Node {
	root, _ = root.With(".variants", nil, nil) // a variant has none
	for _, m := range variant.Value.Members {
		fail := func(hint, format string, args ...any) {
			l.faults.Add(tree.Fault{Position: m.Position, Path: variantPath(variant) + m.Name, Text: fmt.Sprintf(format, args...), Hint: hint})
		}
		if m.Name == "version" || m.Name == "name" || m.Name == "variants" {
			fail("", "a variant cannot change %s", m.Name)
			continue
		}
		path := "." + m.Name
		ids := routeIDs(root)
		if i, rest, ok := tree.CutName(m.Name, ids); ok {
			path = fmt.Sprintf(".routes[%d]%s", i, rest)
		}
		names := expectable(root, ids)
		patched, err := root.With(path, &m, func(at string) []string {
			if at == ".expect" {
				return names
			}
			return nil
		})
		var e *tree.PathError
		if !errors.As(err, &e) {
			root = patched
			continue
		}
		var known []string
		where := "the scenario has no route and"
		if e.Done != "" {
			where = fmt.Sprintf("%q has", strings.TrimPrefix(e.Done, "."))
		} else {
			known = ids
		}
		hint := ""
		if other := otherWord(e.Key); slices.Contains(e.Known, other) {
			hint = fmt.Sprintf("did you mean %q?", other)
		} else if near := nearest.Names(e.Key, append(known, e.Known...), 1); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		} else if path := operationPath(root, e.Key); path != "" && e.Done == "" {
			hint = fmt.Sprintf("operations are changed before they become routes, by %q", path)
		}
		fail(hint, "the path leads nowhere: %s %s", where, e.Missing)
	}
	return root
}

// operationPath is the path of the operation with an id, "" if there is none.
func operationPath(root *tree.Node, id string) string {
	operation := root.Member("operation")
	if operation == nil {
		return ""
	}
	if own := operation.Member("id"); own != nil && own.Text == id {
		return "operation"
	}
	for i, o := range operation.Items {
		if own := o.Member("id"); own != nil && own.Text == id {
			return fmt.Sprintf("operation[%d]", i)
		}
	}
	return ""
}

// routeIDs are the ids of the routes in a file, in their order: a route without one is called like its text.
func routeIDs(root *tree.Node) (ids []string) {
	routes := root.Member("routes")
	if routes == nil {
		return nil
	}
	for _, r := range routes.Items {
		id := r.Member("id")
		if id == nil {
			if id = r.Member("route"); id != nil && len(id.Items) > 0 {
				id = id.Items[0]
			}
		}
		if id == nil {
			ids = append(ids, "")
		} else {
			ids = append(ids, id.Text)
		}
	}
	return ids
}

// expectable are the names that expectations may have: the routes' and those of what operations stand for.
func expectable(root *tree.Node, ids []string) []string {
	operations := root.Member("operation")
	if operations == nil {
		return ids
	}
	list := operations.Items
	if operations.Kind == tree.Mapping {
		list = []*tree.Node{operations}
	}
	ids = slices.Clip(ids)
	for _, o := range list {
		id := "operation"
		if n := o.Member("id"); n != nil {
			id = n.Text
		}
		ids = append(ids, id+".start", id+".poll")
	}
	return ids
}
