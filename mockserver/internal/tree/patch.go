package tree

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PathError is why a path leads nowhere.
type PathError struct {
	Done    string   // as far as it leads
	Missing string   // what is not there, such as `no key "reply"`
	Key     string   // the name that is not there, or ""
	Known   []string // the names that are
}

// Error says how far the path leads and what is not there.
func (e *PathError) Error() string {
	if e.Done == "" {
		return "tree: the document has " + e.Missing
	}
	return fmt.Sprintf("tree: %q has %s", strings.TrimPrefix(e.Done, "."), e.Missing)
}

// With is a copy of a node in which the value at a path is that of by: removed where by or its value is null, and added where
// the path ends in a new key or in the item after the last. The copy shares what stays the same, and is nil where the whole
// is removed. To remove a member that is not there is no error where by is nil.
//
// A path has a dot before each key and brackets around each index, from 0: ".routes[1].reply", or "" for the node itself.
// Where several keys fit, the longest does. A new key has no dots and brackets, unless it is among the names that dotted has
// for the mapping at a path; dotted may be nil. The error is a [*PathError].
func (n *Node) With(path string, by *Member, dotted func(at string) []string) (*Node, error) {
	p := patch{by: by, removes: by == nil || by.Value.Kind == Null, dotted: dotted}
	if path != "" && path[0] != '.' && path[0] != '[' {
		return nil, &PathError{Missing: fmt.Sprintf("no path %q", Short(path))}
	}
	return p.value(n, "", path)
}

// patch puts a member's value into copies of nodes. done is the path to these, rest the one from there.
type patch struct {
	by      *Member
	removes bool
	dotted  func(at string) []string
}

func (p *patch) value(n *Node, done, rest string) (*Node, error) {
	switch {
	case rest == "" && p.removes:
		return nil, nil
	case rest == "":
		return p.by.Value, nil
	case rest[0] == '[':
		return p.item(n, done, rest)
	}
	return p.member(n, done, rest[1:])
}

func (p *patch) member(n *Node, done, path string) (*Node, error) {
	if n.Kind != Mapping {
		return nil, &PathError{Done: done, Missing: "no keys, it is " + Short(n.String())}
	}
	var dotted []string
	if p.dotted != nil {
		dotted = p.dotted(done)
	}
	names := append(n.Names(), dotted...)
	i, after, ok := CutName(path, names)
	if ok && i >= len(n.Members) { // one that could be there
		i = n.Lookup(names[i])
		ok = i >= 0
	}
	if !ok {
		return p.newMember(n, done, path, slices.Contains(dotted, path))
	}
	m := n.Members[i]
	child, err := p.value(m.Value, done+"."+m.Name, after)
	if err != nil {
		return nil, err
	}
	c := *n
	if c.Members = slices.Clone(n.Members); child == nil {
		c.Members = slices.Delete(c.Members, i, i+1)
		return &c, nil
	}
	if c.Members[i].Value = child; after == "" {
		c.Members[i].Position = p.by.Position
	}
	return &c, nil
}

func (p *patch) newMember(n *Node, done, path string, isName bool) (*Node, error) {
	isName = isName || !strings.ContainsAny(path, ".[")
	if p.by == nil {
		return n, nil
	}
	if !isName || p.removes || path == "" {
		key, _, _ := strings.Cut(path, ".")
		key, _, _ = strings.Cut(key, "[")
		return nil, &PathError{Done: done, Missing: fmt.Sprintf("no key %q", Short(key)), Key: key, Known: n.Names()}
	}
	c := *n
	c.Members = append(slices.Clip(n.Members), Member{Name: path, Value: p.by.Value, Position: p.by.Position})
	return &c, nil
}

func (p *patch) item(n *Node, done, rest string) (*Node, error) {
	index, after, _ := strings.Cut(rest[1:], "]")
	i, err := strconv.Atoi(index)
	switch {
	case n.Kind != List:
		return nil, &PathError{Done: done, Missing: "no items, it is " + Short(n.String())}
	case err != nil || i < 0 || i > len(n.Items) || after != "" && after[0] != '.' && after[0] != '[':
		return nil, &PathError{Done: done, Missing: fmt.Sprintf("no item %q, there are %d, from [0]", Short(rest), len(n.Items))}
	case i == len(n.Items) && (after != "" || p.removes):
		return nil, &PathError{Done: done, Missing: fmt.Sprintf("no item [%d], there are %d, from [0]", i, len(n.Items))}
	case i == len(n.Items):
		c := *n
		c.Items = append(slices.Clip(n.Items), p.by.Value)
		return &c, nil
	}
	child, err := p.value(n.Items[i], fmt.Sprintf("%s[%d]", done, i), after)
	if err != nil {
		return nil, err
	}
	c := *n
	if c.Items = slices.Clone(n.Items); child == nil {
		c.Items = slices.Delete(c.Items, i, i+1)
	} else {
		c.Items[i] = child
	}
	return &c, nil
}

// CutName finds the longest of the names, which may have dots, that a path begins with, the first of equal ones. It is
// names[i], and rest is the path from there. Empty names are none.
func CutName(path string, names []string) (i int, rest string, ok bool) {
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
