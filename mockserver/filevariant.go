package mockserver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// patch makes the tree of a variant: that of the base with values replaced. It shares what stays the same.
func (l *loader) patch(root *node, variant member) *node {
	root, _ = root.with(".variants", nil, nil) // a variant has none
	for _, m := range variant.value.members {
		fail := func(hint, format string, args ...any) {
			l.faults.add(m.position, &LoadError{Path: "variants." + variant.name + "." + m.name, Text: fmt.Sprintf(format, args...), Hint: hint})
		}
		if m.name == "version" || m.name == "name" || m.name == "variants" {
			fail("", "a variant cannot change %s", m.name)
			continue
		}
		path := "." + m.name
		ids := routeIDs(root)
		if i, rest, ok := longest(m.name, ids); ok {
			path = fmt.Sprintf(".routes[%d]%s", i, rest)
		}
		patched, e := root.with(path, &m, expectable(root, ids))
		if e == nil {
			root = patched
			continue
		}
		var known []string
		where := "the scenario has no route and"
		if e.done != "" {
			where = fmt.Sprintf("%q has", strings.TrimPrefix(e.done, "."))
		} else {
			known = ids
		}
		hint := ""
		if other := otherWord(e.key); slices.Contains(e.known, other) {
			hint = fmt.Sprintf("did you mean %q?", other)
		} else if near := nearest.Names(e.key, append(known, e.known...), 1); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		}
		fail(hint, "the path leads nowhere: %s %s", where, e.missing)
	}
	return root
}

// routeIDs are the ids of the routes in a file, in their order: a route without one is called like its text.
func routeIDs(root *node) (ids []string) {
	routes := root.member("routes")
	if routes == nil {
		return nil
	}
	for _, r := range routes.items {
		id := r.member("id")
		if id == nil {
			if id = r.member("route"); id != nil && len(id.items) > 0 {
				id = id.items[0]
			}
		}
		if id == nil {
			ids = append(ids, "")
		} else {
			ids = append(ids, id.text)
		}
	}
	return ids
}

// expectable are the names that expectations may have: the routes' and those of what operations stand for.
func expectable(root *node, ids []string) []string {
	operations := root.member("operation")
	if operations == nil {
		return ids
	}
	list := operations.items
	if operations.kind == kindMapping {
		list = []*node{operations}
	}
	ids = slices.Clip(ids)
	for _, o := range list {
		id := "operation"
		if n := o.member("id"); n != nil {
			id = n.text
		}
		ids = append(ids, id+".start", id+".poll")
	}
	return ids
}

// longest finds the longest of the names that a path begins with, and the rest of the path.
func longest(path string, names []string) (i int, rest string, ok bool) {
	i = -1
	for k, name := range names {
		if name == "" || !strings.HasPrefix(path, name) || i >= 0 && len(name) <= len(names[i]) {
			continue
		}
		if after := path[len(name):]; after == "" || after[0] == '.' || after[0] == '[' {
			i = k
		}
	}
	if i < 0 {
		return 0, "", false
	}
	return i, path[len(names[i]):], true
}

// nowhere is why a path leads nowhere.
type nowhere struct {
	done    string   // as far as it leads
	missing string   // what is not there
	key     string   // the name that is not there, or ""
	known   []string // the names that are
}

// with is a copy of a value in which the one at a path is another: removed where by is nil or null, and added where it is
// a new key or the item after the last. ids may have dots, and be new in expect.
func (n *node) with(path string, by *member, ids []string) (*node, *nowhere) {
	return n.patched("", path, by, ids)
}

func (n *node) patched(done, rest string, by *member, ids []string) (*node, *nowhere) {
	if rest == "" {
		if by == nil || by.value.kind == kindNull {
			return nil, nil
		}
		return by.value, nil
	}
	if rest[0] == '[' {
		return n.patchedItem(done, rest, by, ids)
	}
	path := rest[1:]
	if n.kind != kindMapping {
		return nil, &nowhere{done: done, missing: "no keys, it is " + cut(n.String())}
	}
	removes := by == nil || by.value.kind == kindNull
	names := n.names()
	if done == ".expect" {
		names = append(names, ids...)
	}
	i, after, ok := longest(path, names)
	if ok && i >= len(n.members) { // a route that the base expects nothing of
		i = n.lookup(names[i])
		ok = i >= 0
	}
	if !ok {
		isNew := !strings.ContainsAny(path, ".[") || done == ".expect" && slices.Contains(ids, path)
		if by == nil {
			return n, nil
		}
		if !isNew || removes || path == "" {
			key, _, _ := strings.Cut(path, ".")
			key, _, _ = strings.Cut(key, "[")
			return nil, &nowhere{done: done, missing: fmt.Sprintf("no key %q", cut(key)), key: key, known: n.names()}
		}
		c := *n
		c.members = append(slices.Clip(n.members), member{name: path, value: by.value, position: by.position})
		return &c, nil
	}
	m := n.members[i]
	child, e := m.value.patched(done+"."+m.name, after, by, ids)
	if e != nil {
		return nil, e
	}
	c := *n
	if c.members = slices.Clone(n.members); child == nil {
		c.members = slices.Delete(c.members, i, i+1)
		return &c, nil
	}
	if c.members[i].value = child; after == "" {
		c.members[i].position = by.position
	}
	return &c, nil
}

func (n *node) patchedItem(done, rest string, by *member, ids []string) (*node, *nowhere) {
	index, after, _ := strings.Cut(rest[1:], "]")
	i, err := strconv.Atoi(index)
	switch {
	case n.kind != kindList:
		return nil, &nowhere{done: done, missing: "no items, it is " + cut(n.String())}
	case err != nil || i < 0 || i > len(n.items) || after != "" && after[0] != '.' && after[0] != '[':
		return nil, &nowhere{done: done, missing: fmt.Sprintf("no item %q, there are %d, from [0]", cut(rest), len(n.items))}
	case i == len(n.items) && (after != "" || by.value.kind == kindNull):
		return nil, &nowhere{done: done, missing: fmt.Sprintf("no item [%d], there are %d, from [0]", i, len(n.items))}
	case i == len(n.items):
		c := *n
		c.items = append(slices.Clip(n.items), by.value)
		return &c, nil
	}
	child, e := n.items[i].patched(fmt.Sprintf("%s[%d]", done, i), after, by, ids)
	if e != nil {
		return nil, e
	}
	c := *n
	if c.items = slices.Clone(n.items); child == nil {
		c.items = slices.Delete(c.items, i, i+1)
	} else {
		c.items[i] = child
	}
	return &c, nil
}
