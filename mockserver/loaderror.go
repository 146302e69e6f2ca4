package mockserver

import (
	"cmp"
	"fmt"
	"strings"
)

// LoadError is something wrong with a scenario: found when its file is read or its server starts.
type LoadError struct {
	At   string // "file:line:column", or for scenarios of Go code where the route is written, or ""
	Path string // into the scenario, with the names of the file format: "routes[1].replies[0].fixture"
	Text string
	Hint string // how to mend it, or ""
	Err  error  // what caused it, or nil
}

// Error is one line: place, text and hint.
func (e *LoadError) Error() string {
	var b strings.Builder
	b.WriteString("mockserver: ")
	if e.At != "" {
		b.WriteString(e.At + ": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Text)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Unwrap is the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// errorAt makes an error about a path of the scenario, which has the names of the file format: "routes[1].when.op".
func (s *Scenario) errorAt(path, hint, format string, args ...any) *LoadError {
	err := fmt.Errorf(format, args...)
	e := &LoadError{At: s.placeOf(path), Path: s.writtenAs(path), Text: err.Error(), Hint: hint}
	if u, ok := err.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}

// placeOf is where a path is written: the nearest that is known of it and what it is part of.
func (s *Scenario) placeOf(path string) string {
	for p := path; p != ""; p = parentPath(p) {
		if at := s.places[p]; at != "" {
			return at
		}
	}
	var i int
	if n, _ := fmt.Sscanf(path, "routes[%d]", &i); n == 1 && i < len(s.Routes) {
		return cmp.Or(s.Routes[i].Source, s.places[""])
	}
	return s.places[""]
}

// writtenAs is what the file that the scenario was read from calls a path: "routes[1].reply" of one reply that is no list.
func (s *Scenario) writtenAs(path string) string {
	for p := path; p != ""; p = parentPath(p) {
		if own, ok := s.written[p]; ok {
			return own + path[len(p):]
		}
	}
	return path
}

// parentPath is the path of what a path is part of, or "". Keys may have dots: then it is a part of the key that is left.
func parentPath(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }
