package schema

import (
	"fmt"
	"strings"

	"github.com/graphcontract/graphcontract/internal/nearest"
)

// Presence says which members must be there.
type Presence uint8

// Full requires the key and, of an entity, what its JSON representation shows of primitive and enumeration
// properties. Partial requires the key alone.
const (
	Full Presence = iota
	Partial
)

// Evolution says what a member or value means that the documentation does not list.
type Evolution uint8

// Closed takes what is not documented for an error. Open takes it for a warning, as Graph adds members to types
// and enumerations without notice.
const (
	Closed Evolution = iota
	Open
)

// Bounding says what a violated limit means that was read from a description's prose ("Valid values 4 to 16").
type Bounding uint8

// Advised bounds are warnings, enforced ones errors. The ranges of Edm types are always errors.
const (
	Advised Bounding = iota
	Enforced
)

// Mode is how strictly a document is judged. The zero value is [Strict].
type Mode struct {
	Presence  Presence
	Evolution Evolution
	Bounds    Bounding
}

// Strict is for documents you write yourself, such as fixtures and the answers of a fake. Tolerant is for what Graph
// answers.
var (
	Strict   = Mode{Presence: Full, Evolution: Closed}
	Tolerant = Mode{Presence: Partial, Evolution: Open}
)

func (p Presence) String() string  { return nameOf(presences, p) }
func (e Evolution) String() string { return nameOf(evolutions, e) }
func (b Bounding) String() string  { return nameOf(boundings, b) }
func (s Shape) String() string     { return nameOf(shapes, s) }

// String is "strict", "tolerant", or the mode's parts: "full, open".
func (m Mode) String() string {
	switch m {
	case Strict:
		return "strict"
	case Tolerant:
		return "tolerant"
	}
	s := m.Presence.String() + ", " + m.Evolution.String()
	if m.Bounds != Advised {
		s += ", bounds " + m.Bounds.String()
	}
	return s
}

// UnmarshalText reads "full" or "partial".
func (p *Presence) UnmarshalText(b []byte) error { return parse(presences, p, "presence", b) }

// UnmarshalText reads "closed" or "open".
func (e *Evolution) UnmarshalText(b []byte) error { return parse(evolutions, e, "evolution", b) }

// UnmarshalText reads "advised" or "enforced".
func (b *Bounding) UnmarshalText(text []byte) error { return parse(boundings, b, "bounds", text) }

// UnmarshalText reads the name of a shape, such as "entity".
func (s *Shape) UnmarshalText(b []byte) error { return parse(shapes, s, "shape", b) }

// Shape is what a document is made as around the resource.
type Shape uint8

// Entity is one instance of the type. Collection is a page of instances under "value" (OData JSON 4.01, section 13);
// Delta is such a page whose items may be partial or removed (section 15). Create and Update are the bodies of POST
// and PATCH: nothing is required, and an Update's key and read-only members are warned of, since a service ignores
// them (OData Protocol 4.01, section 11.4.3). ErrorEnvelope is the error response, whatever the type (OData JSON
// 4.01, section 21.1).
const (
	Entity Shape = iota
	Collection
	Delta
	Create
	Update
	ErrorEnvelope
)

var (
	presences  = []string{Full: "full", Partial: "partial"}
	evolutions = []string{Closed: "closed", Open: "open"}
	boundings  = []string{Advised: "advised", Enforced: "enforced"}
	shapes     = []string{
		Entity: "entity", Collection: "collection", Delta: "delta", Create: "create", Update: "update",
		ErrorEnvelope: "error",
	}
)

func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%d", v)
}

func parse[T ~uint8](names []string, v *T, what string, text []byte) error {
	for i, n := range names {
		if n == string(text) {
			*v = T(i)
			return nil
		}
	}
	hint := ""
	if near := nearest.Names(string(text), names, 1); near != nil {
		hint = fmt.Sprintf("; did you mean %s?", near[0])
	}
	return fmt.Errorf("unknown %s %q, want %s%s", what, text, strings.Join(names, " or "), hint)
}
