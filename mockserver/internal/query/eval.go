package query

import (
	"fmt"
	"strings"
)

// node is a part of a filter. Its value is nil, a bool, a string, a json.Number, a []any or a map[string]any.
type node interface {
	eval(*scope) (any, error)
	isCondition() bool // whether its value can be true or false
}

// scope is what names stand for.
type scope struct {
	entity map[string]any
	ranges []any // the elements that the lambdas around look at
}

type (
	constant struct{ value any }

	// member is a path that begins at the entity, or at the element of a lambda.
	member struct {
		variable int // -1: the entity
		path     Path
	}

	logical struct {
		option   string
		or       bool
		operands []node
		offsets  []int
	}

	negation struct {
		option  string
		offset  int
		operand node
	}

	comparison struct {
		option      string
		offset      int
		operator    string
		left, right node
	}

	membership struct {
		option string
		offset int
		value  node
		list   []node
	}

	quantifier struct {
		option     string
		offset     int
		all        bool
		collection *member
		variable   int
		condition  node // nil: any element will do
	}

	size struct {
		option     string
		offset     int
		collection *member
	}

	call struct {
		option    string
		offset    int
		name      string
		function  *function
		arguments []node
	}
)

func (n *constant) isCondition() bool { _, ok := n.value.(bool); return ok || n.value == nil }
func (*member) isCondition() bool     { return true }
func (*logical) isCondition() bool    { return true }
func (*negation) isCondition() bool   { return true }
func (*comparison) isCondition() bool { return true }
func (*membership) isCondition() bool { return true }
func (*quantifier) isCondition() bool { return true }
func (*size) isCondition() bool       { return false }
func (n *call) isCondition() bool     { return n.function.condition }

func (n *constant) eval(*scope) (any, error) { return n.value, nil }

func (n *member) eval(s *scope) (any, error) {
	var v any = s.entity
	if n.variable >= 0 {
		v = s.ranges[n.variable]
	}
	return Lookup(v, n.path), nil
}

// Lookup is the value at a path, nil where there is none. A segment with a dot is a cast to a type, past which there is
// nothing where the value says that it is of another one.
func Lookup(v any, path Path) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		switch {
		case !ok:
			return nil
		case strings.Contains(name, ".") && !strings.Contains(name, "@"):
			if t, ok := m["@odata.type"].(string); ok && !strings.EqualFold(strings.TrimPrefix(t, "#"), name) {
				return nil
			}
		default:
			v = m[name]
		}
	}
	return v
}

func (n *logical) eval(s *scope) (any, error) {
	var result any = !n.or
	for i, o := range n.operands {
		v, err := o.eval(s)
		switch {
		case err != nil:
			return nil, err
		case v == n.or: // decided
			return v, nil
		case v == nil:
			result = nil
		case v != !n.or:
			return nil, noCondition(n.option, n.offsets[i], v)
		}
	}
	return result, nil
}

func (n *negation) eval(s *scope) (any, error) {
	v, err := n.operand.eval(s)
	if err != nil || v == nil {
		return nil, err
	}
	b, ok := v.(bool)
	if !ok {
		return nil, noCondition(n.option, n.offset, v)
	}
	return !b, nil
}

func noCondition(option string, offset int, v any) error {
	return &Error{option, offset, describe(v) + " is neither true nor false"}
}

func (n *comparison) eval(s *scope) (any, error) {
	left, err := n.left.eval(s)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(s)
	if err != nil {
		return nil, err
	}
	if left == nil || right == nil { // OData URL Conventions 4.01, section 5.1.1.1
		switch n.operator {
		case "eq":
			return left == right, nil
		case "ne":
			return left != right, nil
		}
		return false, nil
	}
	c, ok := compare(left, right)
	if _, isBool := left.(bool); !ok || isBool && n.operator != "eq" && n.operator != "ne" {
		return nil, &Error{n.option, n.offset, fmt.Sprintf("%s and %s cannot be compared by %s", describe(left), describe(right), n.operator)}
	}
	switch n.operator {
	case "eq":
		return c == 0, nil
	case "ne":
		return c != 0, nil
	case "gt":
		return c > 0, nil
	case "ge":
		return c >= 0, nil
	case "lt":
		return c < 0, nil
	default:
		return c <= 0, nil
	}
}

func (n *membership) eval(s *scope) (any, error) {
	v, err := n.value.eval(s)
	if err != nil {
		return nil, err
	}
	for _, item := range n.list {
		other, err := item.eval(s)
		if err != nil {
			return nil, err
		}
		if v == nil || other == nil {
			if v == nil && other == nil {
				return true, nil
			}
			continue
		}
		c, ok := compare(v, other)
		if !ok {
			return nil, &Error{n.option, n.offset, fmt.Sprintf("%s cannot be in a list with %s", describe(v), describe(other))}
		}
		if c == 0 {
			return true, nil
		}
	}
	return false, nil
}

// elements are those of the collection at a path; of none there are none.
func (n *member) elements(s *scope, option string, offset int) ([]any, error) {
	v, err := n.eval(s)
	if err != nil || v == nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, &Error{option, offset, fmt.Sprintf("%s is no collection", describe(v))}
	}
	return list, nil
}

func (n *quantifier) eval(s *scope) (any, error) {
	list, err := n.collection.elements(s, n.option, n.offset)
	if err != nil {
		return nil, err
	}
	if n.condition == nil {
		return len(list) > 0, nil
	}
	inner := &scope{entity: s.entity, ranges: append(s.ranges[:n.variable:n.variable], nil)}
	for _, e := range list {
		inner.ranges[n.variable] = e
		v, err := n.condition.eval(inner)
		if err != nil {
			return nil, err
		}
		if v == true && !n.all {
			return true, nil
		}
		if v != true && n.all {
			return false, nil
		}
	}
	return n.all, nil
}

func (n *size) eval(s *scope) (any, error) {
	list, err := n.collection.elements(s, n.option, n.offset)
	return integer(len(list)), err
}

func (n *call) eval(s *scope) (any, error) {
	arguments := make([]any, len(n.arguments))
	for i, a := range n.arguments {
		v, err := a.eval(s)
		if err != nil {
			return nil, err
		}
		if v == nil { // a function of null is null
			return nil, nil
		}
		arguments[i] = v
	}
	v, ok := n.function.call(arguments)
	if !ok {
		return nil, &Error{n.option, n.offset, fmt.Sprintf("%s cannot be called with %s", n.name, describe(arguments[0]))}
	}
	return v, nil
}
