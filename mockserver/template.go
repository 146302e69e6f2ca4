package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	gotemplate "text/template"
	"time"

	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

// rendering is what the making of one answer knows.
type rendering struct {
	handler *Handler
	request *Request
}

// newID issues a new id for a parameter.
func (c *rendering) newID(param string) string { return c.handler.issue(c.request, param) }

// textTemplate is a template of package text/template that knows what a rendering does.
type textTemplate struct {
	parsed *gotemplate.Template
}

// parseTemplate reads a template.
func parseTemplate(text string) (*textTemplate, error) {
	t, err := gotemplate.New("template").Option("missingkey=error").Funcs((&rendering{}).functions()).Parse(text)
	if err != nil {
		return nil, err
	}
	return &textTemplate{parsed: t}, nil
}

// execute makes the text for one request.
func (t *textTemplate) execute(ctx *rendering) (string, error) {
	fresh, err := t.parsed.Clone()
	if err != nil {
		return "", err
	}
	values := make(map[string]string, len(ctx.request.vars)+len(ctx.request.names))
	for name, v := range ctx.request.vars {
		values[name] = v
	}
	for i, name := range ctx.request.names {
		values[name] = ctx.request.values[i]
	}
	var b strings.Builder
	err = fresh.Funcs(ctx.functions()).Execute(&b, values)
	return b.String(), err
}

// functions are those that templates know beside the ones of text/template.
func (c *rendering) functions() gotemplate.FuncMap {
	return gotemplate.FuncMap{
		"base":       func() string { return c.request.Base() },
		"pathescape": url.PathEscape,
		"host":       func() string { return c.request.Host() },
		"path":       func(name string) (string, error) { return c.parameter(name) },
		"query":      func(name string) string { return c.request.Query(name) },
		"header":     func(name string) string { return c.request.Header.Get(name) },
		"json":       func(pointer string) (string, error) { return c.bodyAt(pointer) },
		"state":      func(machine string) (string, error) { return c.stateOf(machine) },
		"newID":      func(param string) string { return c.newID(param) },
		"uuid":       func() string { return c.handler.uuid(c.request) },
		"count":      func() int { return c.request.count },
		"now": func(offset ...string) (string, error) {
			t := c.handler.now().UTC()
			for _, o := range offset {
				d, err := time.ParseDuration(o)
				if err != nil {
					return "", err
				}
				t = t.Add(d)
			}
			return t.Format(time.RFC3339), nil
		},
	}
}

func (c *rendering) parameter(name string) (string, error) {
	if !slices.Contains(c.request.names, name) {
		return "", fmt.Errorf("the path has no parameter %q", name)
	}
	return c.request.Param(name), nil
}

func (c *rendering) stateOf(machine string) (string, error) {
	s, ok := c.request.states[machine]
	if !ok {
		return "", fmt.Errorf("the path does not tell which machine %q is meant, or there is none", machine)
	}
	return s, nil
}

// bodyAt is the value in the request's body at a JSON pointer, a string as its text and others as JSON.
func (c *rendering) bodyAt(pointer string) (string, error) {
	doc, err := c.request.value()
	if err != nil {
		return "", fmt.Errorf("the request's body: %w", err)
	}
	v, ok, err := jsonmatch.At(pointer, doc)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", errors.New("the request's body has nothing at " + pointer)
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}
