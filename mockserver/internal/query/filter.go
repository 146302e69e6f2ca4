package query

import (
	"slices"
	"strings"
)

// Filter is a parsed $filter. It does not change, so that it may be used concurrently.
type Filter struct {
	root     node
	paths    []Path
	advanced bool
}

// Path is a path to a member of an entity, such as error/code.
type Path []string

// String is the path as OData writes it.
func (p Path) String() string { return strings.Join(p, "/") }

// ParseFilter parses the decoded value of a $filter. It knows the comparisons eq, ne, gt, ge, lt, le and in, the
// operators and, or and not, any and all over collections, /$count, and the functions startswith, endswith, contains,
// tolower, toupper, trim, length, indexof, substring, concat, date, time, year, month, day, hour, minute, second and now.
// Words may have any case. The error is an [*Error].
func ParseFilter(s string) (*Filter, error) {
	p, err := newParser("$filter", s)
	if err != nil {
		return nil, err
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at.kind != end {
		return nil, p.unexpected("and, or or the end")
	}
	if !root.isCondition() {
		return nil, p.lexer.errorf(0, "it is no condition")
	}
	return &Filter{root, p.paths, p.advanced}, nil
}

// Paths are the members that the filter looks at, in its order. Those of the elements of a collection have its path in front.
func (f *Filter) Paths() []Path { return f.paths }

// Match says whether the filter takes an entity. The error is an [*Error] for values that it compares and that cannot
// be compared.
func (f *Filter) Match(entity map[string]any) (bool, error) {
	v, err := f.root.eval(&scope{entity: entity})
	if _, ok := v.(bool); v != nil && !ok && err == nil {
		err = noCondition("$filter", 0, v)
	}
	return v == true, err
}

// parser parses a filter by recursive descent; at is the token that is looked at.
type parser struct {
	lexer  lexer
	at     token
	depth  int
	ranges []lambdaRange // of the lambdas around
	paths  []Path

	advanced bool
}

// lambdaRange is a range variable and the path of the collection whose elements it stands for.
type lambdaRange struct {
	name string
	path Path
}

func newParser(option, s string) (*parser, error) {
	p := &parser{lexer: lexer{option: option, s: s}}
	if len(s) > maxLength {
		return nil, p.lexer.errorf(maxLength, "it is too long")
	}
	return p, p.advance()
}

func (p *parser) advance() (err error) {
	p.at, err = p.lexer.next()
	return err
}

func (p *parser) unexpected(want string) error {
	if p.at.kind == end {
		return p.lexer.errorf(p.at.offset, "it ends where "+want+" should be")
	}
	return p.lexer.errorf(p.at.offset, quote(p.lexer.s[p.at.offset:])+" stands where "+want+" should be")
}

// isWord says whether the token is a word, whatever its case.
func (p *parser) isWord(w string) bool { return p.at.kind == word && strings.EqualFold(p.at.text, w) }

func (p *parser) isMark(m string) bool { return p.at.kind == mark && p.at.text == m }

// expect goes past a mark.
func (p *parser) expect(m string) error {
	if !p.isMark(m) {
		return p.unexpected(m)
	}
	return p.advance()
}

// deeper is called on the way into something that may nest, shallower on the way out.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return p.lexer.errorf(p.at.offset, "it is nested too deeply")
	}
	return nil
}

func (p *parser) shallower() { p.depth-- }

func (p *parser) or() (node, error)  { return p.chain("or", p.and) }
func (p *parser) and() (node, error) { return p.chain("and", p.not) }

// chain parses operands with a logical operator between them.
func (p *parser) chain(operator string, operand func() (node, error)) (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	begin := p.at.offset
	first, err := operand()
	if err != nil || !p.isWord(operator) {
		return first, err
	}
	n := &logical{option: p.lexer.option, or: operator == "or", operands: []node{first}, offsets: []int{begin}}
	for p.isWord(operator) {
		if !n.operands[len(n.operands)-1].isCondition() {
			return nil, p.lexer.errorf(p.at.offset, "what stands before "+operator+" is no condition")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		begin = p.at.offset
		next, err := operand()
		if err != nil {
			return nil, err
		}
		if !next.isCondition() {
			return nil, p.lexer.errorf(begin, "what stands after "+operator+" is no condition")
		}
		n.operands, n.offsets = append(n.operands, next), append(n.offsets, begin)
	}
	return n, nil
}

func (p *parser) not() (node, error) {
	if !p.isWord("not") {
		return p.comparison()
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	if err := p.advance(); err != nil {
		return nil, err
	}
	p.advanced = true
	begin := p.at.offset
	operand, err := p.not()
	if err != nil {
		return nil, err
	}
	if !operand.isCondition() {
		return nil, p.lexer.errorf(begin, "what stands after not is no condition")
	}
	return &negation{p.lexer.option, begin, operand}, nil
}

var (
	comparisons = []string{"eq", "ne", "gt", "ge", "lt", "le"}
	unsupported = []string{"has", "add", "sub", "mul", "div", "divby", "mod"}
)

func (p *parser) comparison() (node, error) {
	left, err := p.operand()
	if err != nil || p.at.kind != word {
		return left, err
	}
	operator, at := strings.ToLower(p.at.text), p.at.offset
	switch {
	case slices.Contains(comparisons, operator):
		if err := p.advance(); err != nil {
			return nil, err
		}
		right, err := p.operand()
		if err != nil {
			return nil, err
		}
		p.advanced = p.advanced || operator == "ne"
		return &comparison{p.lexer.option, at, operator, left, right}, nil
	case operator == "in":
		if err := p.advance(); err != nil {
			return nil, err
		}
		list, err := p.list()
		if err != nil {
			return nil, err
		}
		return &membership{p.lexer.option, at, left, list}, nil
	case slices.Contains(unsupported, operator):
		return nil, p.lexer.errorf(at, "the operator "+operator+" is not supported")
	}
	return left, nil
}

// list parses the values of in.
func (p *parser) list() ([]node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var items []node
	for {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.isMark(")") {
			return items, p.advance()
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// operand parses what stands on one side of a comparison.
func (p *parser) operand() (node, error) {
	if !p.isMark("(") {
		return p.value()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	return inner, p.expect(")")
}

// value parses a constant, a path or the call of a function.
func (p *parser) value() (node, error) {
	t := p.at
	switch t.kind {
	case quoted:
		return &constant{t.text}, p.advance()
	case literal:
		v, err := p.literal(t)
		if err != nil {
			return nil, err
		}
		return &constant{v}, p.advance()
	case word:
		if err := p.advance(); err != nil {
			return nil, err
		}
		switch strings.ToLower(t.text) {
		case "null":
			return &constant{nil}, nil
		case "true":
			return &constant{true}, nil
		case "false":
			return &constant{false}, nil
		}
		switch adjacent := p.at.offset == t.offset+len(t.text); {
		case adjacent && p.at.kind == quoted: // a member of an enumeration, or a duration
			text := p.at.text
			return &constant{text}, p.advance()
		case adjacent && p.isMark("("):
			return p.call(t)
		}
		return p.path(t)
	}
	return nil, p.unexpected("a value")
}

// literal reads a number; dates, times and GUIDs stay text.
func (p *parser) literal(t token) (any, error) {
	if n, ok := number(t.text); ok {
		return n, nil
	}
	if _, ok := instant(t.text); ok || isGUID(t.text) || isTimeOfDay(t.text) {
		return t.text, nil
	}
	return nil, p.lexer.errorf(t.offset, quote(t.text)+" is no number, date or GUID; texts stand in single quotes")
}

// path parses the rest of a path, with any, all or $count at its end.
func (p *parser) path(first token) (node, error) {
	n := &member{variable: -1, path: Path{first.text}}
	var prefix Path
	for i := len(p.ranges) - 1; i >= 0; i-- {
		if p.ranges[i].name == first.text {
			n.variable, n.path, prefix = i, nil, p.ranges[i].path
			break
		}
	}
	full := func() Path { return slices.Concat(prefix, n.path) }
	for p.isMark("/") {
		if err := p.advance(); err != nil {
			return nil, err
		}
		t := p.at
		if t.kind != word {
			return nil, p.unexpected("the name of a member")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		switch called := p.isMark("("); {
		case t.text == "$count":
			p.advanced = true
			p.paths = append(p.paths, full())
			return &size{p.lexer.option, t.offset, n}, nil
		case called && (strings.EqualFold(t.text, "any") || strings.EqualFold(t.text, "all")):
			p.paths = append(p.paths, full())
			return p.lambda(t, n, full())
		case called:
			return nil, p.lexer.errorf(t.offset, "the function "+quote(t.text)+" is not known")
		}
		n.path = append(n.path, t.text)
	}
	if len(full()) > 0 {
		p.paths = append(p.paths, full())
	}
	return n, nil
}

// lambda parses the parentheses of any and all.
func (p *parser) lambda(name token, collection *member, path Path) (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	n := &quantifier{option: p.lexer.option, offset: name.offset, all: strings.EqualFold(name.text, "all"), collection: collection, variable: len(p.ranges)}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.isMark(")") && !n.all {
		return n, p.advance()
	}
	if p.at.kind != word {
		return nil, p.unexpected("a variable")
	}
	p.ranges = append(p.ranges, lambdaRange{p.at.text, path})
	defer func() { p.ranges = p.ranges[:n.variable] }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	begin := p.at.offset
	var err error
	if n.condition, err = p.or(); err != nil {
		return nil, err
	}
	if !n.condition.isCondition() {
		return nil, p.lexer.errorf(begin, "what any and all hold elements against is no condition")
	}
	return n, p.expect(")")
}

// call parses the arguments of a function.
func (p *parser) call(name token) (node, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer p.shallower()
	f := functions[strings.ToLower(name.text)]
	if f == nil {
		return nil, p.lexer.errorf(name.offset, "the function "+quote(name.text)+" is not known")
	}
	p.advanced = p.advanced || f.advanced
	n := &call{option: p.lexer.option, offset: name.offset, name: name.text, function: f}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for !p.isMark(")") {
		if len(n.arguments) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		argument, err := p.value()
		if err != nil {
			return nil, err
		}
		n.arguments = append(n.arguments, argument)
	}
	if len(n.arguments) < f.least || len(n.arguments) > f.most {
		return nil, p.lexer.errorf(name.offset, name.text+" has another number of arguments")
	}
	return n, p.advance()
}

// IsAdvanced says whether a directory object's filter needs Graph's advanced query capabilities: it has ne, not, endswith, contains or a
// count of a collection.
func (f *Filter) IsAdvanced() bool { return f.advanced }
