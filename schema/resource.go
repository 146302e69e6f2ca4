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
	Line       int        // of the annotation

	// What the JSON representation shows, and what the page says of it.
	shown    map[string]any
	optional map[string]bool
	selects  bool // the page speaks of $select or of a default set, so that absence means little
	flat     bool // the properties of its bases have been added
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
	Assumed      bool     // no source documents it: the page says `assumed`
	Enum         []string // the closed list of documented members, nil without one
	Bounds       Bounds
	Description  string // the page's words, with Markdown's marks
	Page         string
	Line         int

	noRow    bool // only the JSON representation shows it
	linked   bool // the type cell links to a page that is no enumeration's
	stringly bool // Type is no resource, and its values are strings all the same
}

// Bounds are limits read from a description's prose. Nil means none. Length counts Unicode code points.
type Bounds struct {
	Min, Max             *int64
	MinLength, MaxLength *int64
	MaxItems             *int64
}

// Operation is one HTTP request an API page documents.
type Operation struct {
	Method     string
	Route      string // path template without a version: "/connections/{connection-id}/operations/{operation-id}"
	Request    string // full type name of the request body, "" for none or an undocumented one
	Response   string // full type name of the response body, "" for none
	Collection bool   // the response is a collection of Response
	Statuses   []int  // documented ones, ascending
	Assumed    bool   // no source documents it: the page says `assumed`
	Page       string
	Line       int // of the request line
}

// Problem is something a page says that could not be used.
type Problem struct {
	Page string
	Line int
	Text string
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
