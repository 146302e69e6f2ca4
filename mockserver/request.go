package mockserver

// Request is a request as functions of a scenario see it.
type Request struct{}
