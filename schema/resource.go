package schema

// Resource is what the documentation says of one entity or complex type. It is data: [Catalog.Schema] derives a
// validator from it. Slices must not be changed.
type Resource struct {
	Name       string // full, from the annotation's @odata.type: "microsoft.graph.connectionOperation"
	Base       string // full name of the base type, "" without one
	Key        string // name of the key property, its own or inherited; "" for complex types
	Abstract   bool
	Open       bool       // instances may have members the page does not list
	Properties []Property // own ones in page order, then those of its bases that it does not list itself
	Page       string     // as named by the fs.FS it was loaded from
	Line       int        // of the annotation, or of the heading where there is none
	Pages      []string   // every page it was read from, sorted: its own, others about the type, included ones
}

// Property is one row of a resource page's Properties or Relationships table.
type Property struct {
	Name         string
	Type         string // full: "Edm.String", "microsoft.graph.errorDetail"; for collections that of the items
	Collection   bool
	NotNullable  bool     // the page says so, or it is the key
	ReadOnly     bool     // the page says so
	Relationship bool     // a navigation property
	Inherited    bool     // declared by a base type
	Assumed      bool     // no source documents it, or sources contradict each other; what is found about it is a warning
	Enum         []string // the closed list of documented members, nil without one
	EnumSources  []Source // what lists them, the row itself first
	Bounds       Bounds   // read from the description, so no surer than [Stated]
	Description  string   // the page's words, with Markdown's marks
	Page         string
	Line         int

	noRow    bool // only the JSON representation shows it
	stringly bool // its values are those of an enumeration, whatever Type is called
	unknown  bool // no page says what Type is, nor whether its values are objects
	linked   bool // while loading: the type cell links to what is no enumeration
	expected bool // an entity that stands on its own has it, in full presence
}

// Source is a place of the documentation that lists an enumeration's members.
type Source struct {
	Page       string     `json:"page"`
	Line       int        `json:"line"`
	Confidence Confidence `json:"confidence"`
}

// Confidence is how plainly a source says that its list is complete, or its bound a bound. The zero value is the surest.
type Confidence uint8

// Tabled is a table of members, on an enumeration's own page or beside the properties. Stated is a sentence that says
// so, such as "Possible values are". Listed is a sentence that lists values and leaves it to the reader. Shown is a
// placeholder "a | b" of the JSON representation.
const (
	Tabled Confidence = iota
	Stated
	Listed
	Shown
)

var confidences = []string{Tabled: "tabled", Stated: "stated", Listed: "listed", Shown: "shown"}

func (c Confidence) String() string { return nameOf(confidences, c) }

// MarshalText returns the name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText accepts a name, such as "stated".
func (c *Confidence) UnmarshalText(b []byte) error { return parse(confidences, c, "confidence", b) }

// Bounds are limits read from a description's prose. Nil means none. Length counts Unicode code points.
type Bounds struct {
	Min       *int64 `json:"min,omitempty"`
	Max       *int64 `json:"max,omitempty"`
	MinLength *int64 `json:"minLength,omitempty"`
	MaxLength *int64 `json:"maxLength,omitempty"`
	MaxItems  *int64 `json:"maxItems,omitempty"`
}

// Operation is one HTTP request an API page documents.
type Operation struct {
	Method      string
	Route       string       // path template without a version: "/connections/{connection-id}/operations/{operation-id}"
	Request     string       // full type name of the request body, "" for none or an undocumented one; where a page only lists properties, what a PATCH changes or a POST adds
	Response    string       // full type name of the response body, "" for none
	Collection  bool         // the response is a collection of Response
	Statuses    []int        // documented ones, ascending
	Permissions []Permission // the page's table of permissions, nil without one
	Assumed     bool         // only an example documents it, or the page says `assumed`; what is found about it is a warning
	Page        string
	Line        int // of the request line
}

// Permission is one row of an API page's table of permissions.
type Permission struct {
	Kind  string   `json:"kind"`            // who asks: "Delegated (work or school account)", "Application"
	Names []string `json:"names,omitempty"` // from least to most privileged, as the page lists them; nil where the operation is not supported
}

// Problem is something a page says that could not be used.
type Problem struct {
	Page string `json:"page"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// property returns the property called name, or nil.
func (r *Resource) property(name string) *Property {
	for i := range r.Properties {
		if r.Properties[i].Name == name {
			return &r.Properties[i]
		}
	}
	return nil
}

// IsEntity says whether the type has a key, so that its instances stand on their own.
func (r *Resource) IsEntity() bool { return r.Key != "" }
