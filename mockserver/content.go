package mockserver

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// content is the body of a reply.
type content struct {
	constant []byte
	sample   []byte  // one that it may be, for the judge
	pieces   []piece // what changes; nil: nothing
	keyOnly  bool    // nothing but the id of the resource changes
	code     string  // of an error envelope, which has the ids and the time of the request; "" of other bodies
	set      map[string]any
	texts    map[string]*textTemplate // values of set that are templates
}

// piece is a part of a body that is made for each request, after text that is not.
type piece struct {
	before []byte
	make   func(*rendering) (string, error)
	quote  bool // what is made becomes a JSON string
}

func (c *content) isEmpty() bool { return len(c.constant) == 0 && c.pieces == nil && c.code == "" }

// render makes the body for one request. It must not be changed.
func (c *content) render(ctx *rendering) ([]byte, error) {
	if c.code != "" {
		return c.envelope(ctx)
	}
	if c.pieces == nil {
		return c.constant, nil
	}
	var b []byte
	for _, p := range c.pieces {
		b = append(b, p.before...)
		if p.make == nil {
			continue
		}
		s, err := p.make(ctx)
		if err != nil {
			return nil, err
		}
		if p.quote {
			b = appendString(b, s)
		} else {
			b = append(b, s...)
		}
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// content makes the body of a response ready.
func (p *program) content(st *stub, def *Response) (content, error) {
	var c content
	var err error
	key := def.key // the parameter that the id of the body is
	switch {
	case def.Fixture != "":
		if key, err = p.fixture(&c, st, def); err != nil {
			return c, fmt.Errorf("fixture %q: %w", def.Fixture, err)
		}
	case def.JSON != nil:
		if c.constant, err = json.Marshal(def.JSON); err != nil {
			return c, err
		}
	case def.Body == nil && def.Status >= 400 && def.Fault == "":
		c.code = codeOf(def.Status)
	default:
		c.constant = def.Body
	}
	if c.code != "" {
		sample := append(appendString([]byte(`{"error":{"code":`), c.code), `,"message":"sample"}}`...)
		c.sample, err = c.changed(sample, nil)
		return c, err
	}
	c.sample = c.constant
	hasTemplate := def.Template && bytes.Contains(c.constant, []byte("{{"))
	if key == "" && !hasTemplate && !bytes.Contains(c.constant, []byte("Link")) {
		return c, nil // most bodies
	}
	if !isJSONText(c.constant) {
		if !hasTemplate {
			return c, nil
		}
		t, err := parseTemplate(string(c.constant))
		if err != nil {
			return c, err
		}
		c.pieces = []piece{{make: t.execute}}
		return c, nil
	}
	c.keyOnly = true
	var spots []spot
	for s := range jsonStrings(c.constant) {
		isKey := key != "" && s.depth == 1 && s.name == "id"
		if isKey || hasTemplate && isTemplate(s.text) || s.isLink() && isGraphs(s.text) {
			spots = append(spots, s)
			c.keyOnly = c.keyOnly && isKey
		}
	}
	err = c.cut(spots, func(s spot) (piece, error) { return pieceAt(s, key, hasTemplate) })
	return c, err
}

// pieceAt makes what stands at a spot of a JSON body.
func pieceAt(s spot, key string, hasTemplate bool) (piece, error) {
	if key != "" && s.depth == 1 && s.name == "id" {
		return piece{make: func(ctx *rendering) (string, error) { return ctx.request.Param(key), nil }, quote: true}, nil
	}
	if !hasTemplate || !isTemplate(s.text) {
		return piece{make: func(ctx *rendering) (string, error) { return absolute(ctx.request, s.text), nil }, quote: true}, nil
	}
	t, err := parseTemplate(s.text)
	if err != nil {
		return piece{}, err
	}
	return piece{make: func(ctx *rendering) (string, error) {
		text, err := t.execute(ctx)
		if err == nil && s.isLink() && isGraphs(text) {
			text = absolute(ctx.request, text)
		}
		return text, err
	}, quote: true}, nil
}

// cut makes pieces of a body at the given spots, which are in order.
func (c *content) cut(spots []spot, make func(spot) (piece, error)) error {
	from := 0
	for _, s := range spots {
		p, err := make(s)
		if err != nil {
			return err
		}
		p.before = c.constant[from:s.from]
		c.pieces = append(c.pieces, p)
		from = s.to
	}
	if spots != nil {
		c.pieces = append(c.pieces, piece{before: c.constant[from:]})
	}
	return nil
}
