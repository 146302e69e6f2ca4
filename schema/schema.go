package schema

import "fmt"

// Schema judges documents of one type, shape and mode. It is immutable and safe for concurrent use; the first document
// compiles it, once for all modes, and what its type shares with others once for the catalog. The zero value is not usable.
type Schema struct {
	catalog  func() *Catalog
	resource string
	mode     Mode
	shape    Shape
	judge    *judge
}

// Schema derives the schema of a type; name is looked up as by [Catalog.Resource]. An [ErrorEnvelope] is the same for
// every type and needs no name.
func (c *Catalog) Schema(name string, m Mode, s Shape) (*Schema, error) {
	if int(s) >= len(shapes) {
		return nil, fmt.Errorf("schema: unknown shape %d", s)
	}
	var r *Resource
	if s != ErrorEnvelope || name != "" {
		var err error
		if r, err = c.Resource(name); err != nil {
			return nil, err
		}
	}
	out := c.schemaOf(r, m, s)
	out.judge.form()
	return out, nil
}

// schemaOf makes the schema of a resource, which may be nil for an error envelope.
func (c *Catalog) schemaOf(r *Resource, m Mode, s Shape) *Schema {
	out := &Schema{catalog: func() *Catalog { return c }, resource: errorType, mode: m, shape: s, judge: c.judgeOf(r, s)}
	if r != nil {
		out.resource = r.Name
	}
	return out
}

// judgeKey names what the judges of a catalog are kept by.
type judgeKey struct {
	resource string
	shape    Shape
}

// judgeOf returns the catalog's judge of a type and shape, which every mode shares. The error envelope is that of the
// embedded pages where the catalog's own do not define it.
func (c *Catalog) judgeOf(r *Resource, s Shape) *judge {
	if s == ErrorEnvelope {
		own := c.byName[errorType]
		if own == nil {
			d := Default()
			return d.judgeOf(d.byName[errorType], s)
		}
		r = own
	}
	key := judgeKey{r.Name, s}
	if j, ok := c.judges.Load(key); ok {
		return j.(*judge)
	}
	derive := func() *form { return c.derive(r, s) }
	if s == Entity && hasForm(r.Name) && c == Default() {
		derive = func() *form { return embeddedForm(r.Name) }
	}
	j, _ := c.judges.LoadOrStore(key, newJudge("graphcontract:///"+s.String()+"/"+r.Name, derive))
	return j.(*judge)
}

// With returns the schema of the same type and shape in another mode.
func (s *Schema) With(m Mode) *Schema {
	t := *s
	t.mode = m
	return &t
}

// As returns the schema of the same type and mode in another shape, and s itself where there is no such shape.
func (s *Schema) As(sh Shape) *Schema {
	c := s.catalog()
	r := c.byName[s.resource]
	if int(sh) >= len(shapes) || r == nil && sh != ErrorEnvelope {
		return s
	}
	return c.schemaOf(r, s.mode, sh)
}

// Name is the full name of the schema's type.
func (s *Schema) Name() string { return s.resource }

// Mode is how strictly the schema judges.
func (s *Schema) Mode() Mode { return s.mode }

// Shape is what the schema's documents are made as.
func (s *Schema) Shape() Shape { return s.shape }

// JSON returns the schema as a self-contained JSON Schema of draft 2020-12, indented, with a line end. Equal schemas
// give equal bytes. It accepts a document exactly where [Schema.Validate] returns nil, but for the bytes: a JSON
// Schema does not see repeated members, bad UTF-8 and the other faults whose rules begin with "json/". The keyword
// x-graph carries what JSON Schema has no word for, such as the page and line that ask for a constraint.
func (s *Schema) JSON() []byte { return encodePublished(s.judge.form(), s.mode) }

// Findings judges doc and returns everything it finds, warnings too, sorted; nil where there is nothing. A document
// whose bytes are faulty is not judged further. It never panics and takes time linear in len(doc).
func (s *Schema) Findings(doc []byte) Findings { return s.judge.findings(doc, s.mode) }

// Validate judges doc. It returns nil, or the [Findings] when one of them is an [Error].
func (s *Schema) Validate(doc []byte) error { return s.Findings(doc).Err() }
