package query

import (
	"cmp"
	"encoding/json"
)

// Order is a parsed $orderby. It does not change.
type Order []Key

// Key is one of the members that entities are ordered by.
type Key struct {
	Path       Path
	Descending bool
}

// ParseOrder parses the decoded value of a $orderby: paths with asc or desc, or neither, behind them. The error is an [*Error].
func ParseOrder(s string) (Order, error) {
	p, err := newParser("$orderby", s)
	if err != nil {
		return nil, err
	}
	var order Order
	for {
		if p.at.kind != word {
			return nil, p.unexpected("the name of a member")
		}
		first := p.at
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.path(first)
		if err != nil {
			return nil, err
		}
		m, ok := n.(*member)
		if !ok {
			return nil, p.lexer.errorf(first.offset, "it is ordered by members alone")
		}
		key := Key{Path: m.path, Descending: p.isWord("desc")}
		if key.Descending || p.isWord("asc") {
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		order = append(order, key)
		if p.at.kind == end {
			return order, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// Compare orders two entities: negative where a comes first, 0 where the order leaves it open. Null comes before all
// values (OData Protocol 4.01, section 11.2.6.2), values of different kinds have an order, too: booleans, numbers, times, texts, others.
func (o Order) Compare(a, b map[string]any) int {
	for _, key := range o {
		c := compareAll(Lookup(a, key.Path), Lookup(b, key.Path))
		if key.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// compareAll is compare for values of any kinds: a total order.
func compareAll(a, b any) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	c, _ := compare(a, b)
	return c
}

// rank orders the kinds of values.
func rank(v any) int {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case json.Number:
		return 2
	case string:
		if _, ok := instant(v); ok {
			return 3
		}
		return 4
	}
	return 5
}
