// Package query answers OData's system query options over entities that are decoded JSON: $filter, $orderby and $select
// (OData URL Conventions 4.01, section 5.1), as far as Microsoft Graph documents them.
//
// An entity is a map[string]any as encoding/json decodes it with UseNumber. A member that is missing is null. Texts are
// compared without regard to case, as Graph's directory does; two texts that are both times are compared as times, and a
// text that is a number (Edm.Int64 and Edm.Decimal may be) is compared with a number as one.
package query

import "fmt"

// maxLength and maxDepth bound what is parsed: bytes, and parentheses within each other.
const (
	maxLength = 16 << 10
	maxDepth  = 64
)

// Error is what cannot be read, or is not supported, in the value of an option.
type Error struct {
	Option string // "$filter"
	Offset int    // bytes from the beginning of its decoded value
	Text   string
}

// Error names the option and the place.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at position %d: %s", e.Option, e.Offset, e.Text)
}
