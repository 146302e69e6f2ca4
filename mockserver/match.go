package mockserver

// Match is what a request has to be besides its method and path. All that is set must hold; the zero value takes every request.
// Conditions on the body are looked at last, and the body is decoded once.
type Match struct {
	// Query has conditions on query options by name. System query options may be written with or without the dollar sign, and
	// values are compared as OData means them: $select and $expand without regard to order, $filter to white space.
	Query  map[string]Text
	Header map[string]Text

	JSON      any            // a subset of the body: a value that json.Marshal takes, and no []byte. Arrays have the same number of items
	JSONEqual any            // the whole body
	At        map[string]any // the values at JSON pointers (RFC 6901)
	Schema    string         // the body is valid as a new (POST, PUT) or changed (PATCH) resource of this type
	Body      *Text          // the text of the body

	// Func takes the request with nil, or says why not. It may be called concurrently, and for requests that another
	// route answers.
	Func func(*Request) error
}

// Text is a condition on a header field, a query option or a body. All that is set must hold. The zero value takes any
// that is there; an empty Equal asks for nothing, so that the empty text is Regexp "^$". Of a field with several values one must
// hold.
type Text struct {
	Equal    string
	Contains string
	Regexp   string // RE2, anywhere in the text
	Absent   bool
	Not      *Text
	AnyOf    []Text
}
