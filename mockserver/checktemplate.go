package mockserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	gotemplate "text/template"
	"text/template/parse"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

// mentions is what a template names. Names that are not written as constants are not known.
type mentions struct {
	values []string // of its top value: .x, $.x and index . "x"
	calls  []call
	wrong  []string // what is wrong with the arguments of calls, whatever the request
}

// call is a call of a function that takes a name: path, state or newID.
type call struct {
	function, name string
	known          bool // the name is a constant
}

// mentionsOf finds what a template names, in the order in which it stands there.
func mentionsOf(t *gotemplate.Template) mentions {
	var m mentions
	m.add(t.Root, scope{dot: true, dollar: true})
	others := t.Templates() // that it defines, whose top value is what they are called with
	slices.SortFunc(others, func(a, b *gotemplate.Template) int { return strings.Compare(a.Name(), b.Name()) })
	for _, other := range others {
		if other.Name() != t.Name() {
			m.add(other.Root, scope{})
		}
	}
	return m
}

// scope says whether the dot, and the dollar sign, are the top value.
type scope struct{ dot, dollar bool }

func (m *mentions) add(n parse.Node, s scope) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			m.add(child, s)
		}
	case *parse.ActionNode:
		m.add(n.Pipe, s)
	case *parse.TemplateNode:
		m.add(n.Pipe, s)
	case *parse.IfNode:
		m.branch(&n.BranchNode, s, s)
	case *parse.WithNode:
		m.branch(&n.BranchNode, s, scope{dollar: s.dollar})
	case *parse.RangeNode:
		m.branch(&n.BranchNode, s, scope{dollar: s.dollar})
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for i, command := range n.Cmds {
			for _, arg := range command.Args {
				m.add(arg, s)
			}
			m.command(command, i > 0, s)
		}
	case *parse.ChainNode:
		m.add(n.Node, s)
	case *parse.FieldNode:
		if s.dot {
			m.values = append(m.values, n.Ident[0])
		}
	case *parse.VariableNode:
		if s.dollar && n.Ident[0] == "$" && len(n.Ident) > 1 {
			m.values = append(m.values, n.Ident[1])
		}
	}
}

// branch adds a node with a condition; below is the scope where it holds.
func (m *mentions) branch(n *parse.BranchNode, s, below scope) {
	m.add(n.Pipe, s)
	m.add(n.List, below)
	m.add(n.ElseList, s)
}

// command adds the name that a function is given. Of one that is piped nothing is known.
func (m *mentions) command(n *parse.CommandNode, piped bool, s scope) {
	function, ok := n.Args[0].(*parse.IdentifierNode)
	if !ok {
		return
	}
	m.arguments(n, function.Ident, piped)
	switch function.Ident {
	case "path", "state", "newID":
		c := call{function: function.Ident}
		if len(n.Args) == 2 && !piped {
			c.name, c.known = constantText(n.Args[1])
		}
		m.calls = append(m.calls, c)
	case "index":
		if len(n.Args) < 3 || !s.isTop(n.Args[1]) {
			return
		}
		if name, ok := constantText(n.Args[2]); ok {
			m.values = append(m.values, name)
		}
	}
}

// arity is how many arguments the functions take that templates know beside those of text/template.
var arity = map[string]int{
	"base": 0, "host": 0, "uuid": 0, "count": 0,
	"path": 1, "pathescape": 1, "query": 1, "header": 1, "json": 1, "state": 1, "newID": 1,
}

// arguments notes what makes a call fail for every request.
func (m *mentions) arguments(n *parse.CommandNode, function string, piped bool) {
	got := len(n.Args) - 1
	if piped {
		got++
	}
	if want, ok := arity[function]; ok && got != want {
		m.wrong = append(m.wrong, fmt.Sprintf("%s takes %s, and is given %d", function, [...]string{"no argument", "one argument"}[want], got))
		return
	}
	for _, arg := range n.Args[1:] {
		text, known := constantText(arg)
		switch {
		case !known:
		case function == "json":
			if _, _, err := jsonmatch.At(text, nil); err != nil {
				m.wrong = append(m.wrong, "json: "+strings.TrimPrefix(err.Error(), "jsonmatch: "))
			}
		case function == "now":
			if _, err := time.ParseDuration(text); err != nil {
				m.wrong = append(m.wrong, "now: "+strings.TrimPrefix(err.Error(), "time: "))
			}
		}
	}
}

// isTop says whether a node is the top value itself.
func (s scope) isTop(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.VariableNode:
		return s.dollar && n.Ident[0] == "$" && len(n.Ident) == 1
	}
	return false
}

func constantText(n parse.Node) (string, bool) {
	s, ok := n.(*parse.StringNode)
	if !ok {
		return "", false
	}
	return s.Text, true
}

// templates yields the templates of a reply, each with where it stands below the reply.
func (r *Response) templates() iter.Seq2[string, string] {
	return func(yield func(path, text string) bool) {
		if !r.Template {
			return
		}
		for _, name := range sortedKeys(r.Header) {
			for _, text := range r.Header[name] {
				if isTemplate(text) && !yield(".headers."+name, text) {
					return
				}
			}
		}
		for text := range templatesOf(r.Body) {
			if !yield(".body", text) {
				return
			}
		}
		for text := range templatesOfValue(r.JSON) {
			if !yield(".json", text) {
				return
			}
		}
		for _, pointer := range sortedKeys(r.Set) {
			for text := range templatesOfValue(r.Set[pointer]) {
				if !yield(".set."+pointer, text) {
					return
				}
			}
		}
	}
}

func isTemplate(text string) bool { return strings.Contains(text, "{{") }

// templatesOf yields the templates of a body: the strings of JSON, or else the whole of it.
func templatesOf(body []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !bytes.Contains(body, []byte("{{")) {
			return
		}
		if !isJSONText(body) {
			yield(string(body))
			return
		}
		for s := range jsonStrings(body) {
			if isTemplate(s.text) && !yield(s.text) {
				return
			}
		}
	}
}

// templatesOfValue yields the templates of a value that becomes JSON. That one cannot is found elsewhere.
func templatesOfValue(v any) iter.Seq[string] {
	if v == nil {
		return templatesOf(nil)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return templatesOf(nil)
	}
	return templatesOf(encoded)
}

// namedTemplate is what a template names.
type namedTemplate struct {
	mentions
	err error // why it is none
}

// template reads a template, once.
func (v *survey) template(text string) namedTemplate {
	if known, ok := v.read[text]; ok {
		return known
	}
	var n namedTemplate
	t, err := parseTemplate(text)
	if err != nil {
		n.err = err
	} else {
		n.mentions = mentionsOf(t.parsed)
	}
	if v.read == nil {
		v.read = map[string]namedTemplate{}
	}
	v.read[text] = n
	return n
}

// templates notes what the templates of a reply issue, and the machines that they name.
func (v *survey) templates(s *Scenario, r *Response) {
	for _, text := range r.templates() {
		t := v.template(text)
		if t.err != nil { // which is said; what it was to name is not known
			v.call(s, call{function: "state"})
			v.call(s, call{function: "newID"})
		}
		for _, c := range t.calls {
			v.call(s, c)
		}
	}
}

func (v *survey) call(s *Scenario, c call) {
	switch {
	case c.function == "newID" && c.known:
		v.issued[c.name] = true
	case c.function == "newID":
		v.issuesAny = true
	case c.function == "state" && c.known:
		v.used[c.name] = true
	case c.function == "state":
		for name := range s.State {
			v.used[name] = true
		}
	}
}

// templates checks that the templates of a reply can be read, and that what they name is there. What newID names need not be a
// parameter: its ids may be for requests that the scenario does not know.
func (c *checker) templates(p *routePaths, at string, r *Response) {
	for path, text := range r.templates() {
		t := c.survey.template(text)
		if t.err != nil {
			c.errorf(at+path, c.templateHint(p, text, t.err), "%w", t.err)
			continue
		}
		for _, wrong := range t.wrong {
			c.errorf(at+path, "", "template %s: %s", short(text), wrong)
		}
		for _, name := range t.values {
			c.value(p, at+path, text, name)
		}
		for _, call := range t.calls {
			switch {
			case !call.known:
			case call.function == "path":
				c.parameter(p, at+path, call.name, nil)
			case call.function == "state":
				c.machine(p, at+path, call.name)
			}
		}
	}
}

var noFunction = regexp.MustCompile(`function "(\w+)" not defined`)

// templateHint says how a template that cannot be read may have been meant.
func (c *checker) templateHint(p *routePaths, text string, err error) string {
	values := slices.Concat(p.names, sortedKeys(c.scenario.Vars))
	if missing := noFunction.FindStringSubmatch(err.Error()); missing != nil {
		if name := missing[1]; slices.Contains(values, name) {
			return fmt.Sprintf("write {{.%s}}", name)
		}
		return didYouMean(missing[1], append(sortedKeys(arity), "now"), "beside those of text/template there are")
	}
	for _, name := range values {
		if !templateField.MatchString(name) && strings.Contains(text, "."+name) {
			return "write " + parameterTemplate(name)
		}
	}
	return "see package text/template"
}

// value checks that a template's top value has a name: a parameter of the path or a variable.
func (c *checker) value(p *routePaths, path, text, name string) {
	if _, ok := c.scenario.Vars[name]; ok || p.templates == nil || slices.Contains(p.names, name) {
		return
	}
	var known []string
	for _, other := range slices.Concat(p.names, sortedKeys(c.scenario.Vars)) {
		known = append(known, "."+other)
	}
	hint := didYouMean("."+name, known, "there are")
	if hint == "" {
		hint = "the path has no parameters, and vars has no variables"
	}
	c.errorf(path, hint, "template %s: there is no .%s", short(text), name)
}
