package recording

import "fmt"

// Leaks searches x for what looks like a secret and is no pseudonym: the values that a [Redactor] without further rules
// would hide in their places, and JSON Web Tokens anywhere. It returns a line for each, which gives its place and not
// the secret, in the order of the exchange; nil for none. It is for refusing to write what was not redacted.
//
// Nothing is found that only its value would give away, such as an opaque token in a text. Bodies that are compressed
// in another way than with gzip are not searched, nor is gzip that cannot be decoded. Calls may run concurrently.
func Leaks(x *Exchange) []string {
	s := &scanner{rules: &rules{}}
	var leaks []string
	for p := range parts(x) {
		for _, f := range s.part(p, p.get(x, &s.text)) {
			if f.end == 0 {
				continue // is part of another
			}
			leak := fmt.Sprintf("%s: %s", p, f.what)
			if p.body {
				leak += fmt.Sprintf(" at byte %d", f.start)
				if isGzip(x.message(p.side).Body) {
					leak += " of what gzip holds"
				}
			}
			leaks = append(leaks, leak)
		}
	}
	return leaks
}

// String is where a part stands, for messages.
func (p part) String() string {
	side := "request"
	if p.side == responseSide {
		side = "response"
	}
	switch {
	case p.body:
		return side + " body"
	case p.field != "":
		return fmt.Sprintf("%s header %s", side, p.field)
	}
	return "URL"
}
