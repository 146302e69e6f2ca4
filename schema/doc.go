// Package schema reads Microsoft's documentation of Graph's resources, derives JSON Schemas from it and judges JSON
// documents by them.
//
//	err := schema.ConnectionOperation().Validate(body) // nil, or schema.Findings
//
// # From pages to a judge
//
// [LoadPages] reads resource and API pages in the format of Microsoft's documentation into a [Catalog]. A page need not
// be whole and its neighbours need not be there: what a page says and the catalog could not use is one of
// [Catalog.Problems], and a type without a page is an open object, or anything where nothing shows that it is an object. [Default] is a catalog of connectionOperation that
// comes with the package. [Catalog.Schema] derives the [Schema] of a type for a [Mode] and a [Shape].
//
// A project that uses a few types keeps their pages, which [Catalog.Pages] names, or one file: [Catalog.JSON] writes it and
// [LoadCatalog] reads it in a small part of the time.
//
// # How pages are read
//
//   - A type is what an annotation before a JSON representation names; a page may have several, and each table belongs to the
//     one whose representation shows most of its rows. A page without an annotation is named by its heading, and a Problem.
//   - Two pages about one type count together: the one called like the type, or else the first, where they differ. Of a
//     type, enumeration or request in both v1.0 and beta folders, v1.0's counts.
//   - An enumeration's members are the union of what a description, an enumeration page or table, and the JSON
//     representation list; where they differ is a Problem. [Property.EnumSources] says who lists them and how surely.
//   - A request that several pages document has the body that the path is named after, or the common base of their types. A
//     PATCH whose page only lists properties sends members of what it changes, a POST that answers 201 with an item of its
//     collection sends that item.
//   - The path of an example request that no documented route of its page matches is a route, too. It is assumed, and so are
//     rows that contradict the documentation's own examples: what is found there is a warning.
//   - Included files count where they are loaded.
//
// # What a schema says
//
// A type's name is that of the annotation's @odata.type. Its properties and those of its bases make one object schema.
// Where a type has loaded subtypes, a value's @odata.type chooses among them.
//
//   - Required is the key. In full presence an entity that stands on its own also has the primitive and enumeration
//     properties that the JSON representation shows, minus the annotation's optionalProperties; not where the page speaks
//     of $select or of defaults.
//   - Null is allowed, but for the key, collections and what the page calls "Not nullable".
//   - An enumeration is a list that the page gives as complete: "Possible values are", "a | b" in the JSON representation.
//     Lists of examples are none.
//   - Primitive values have the ranges and the lexical form of their Edm type (OData CSDL 4.01). Limits in prose
//     ("Valid values 4 to 16") are warnings unless [Enforced].
//   - Members with an @ in their name are control information; the known ones are typed (OData JSON 4.01).
//   - An open type, entity itself, and a type whose base has no page may have members that are not listed.
//
// Undocumented members, values and @odata.type are errors in a [Closed] mode and warnings in an [Open] one. An unknown
// member of a list with unknownFutureValue, and known members joined by commas, are warnings in both.
//
// # Findings
//
// First the bytes are judged: rules that begin with "json/" find what decoders pass over, such as repeated members.
// Such findings stand alone. Then jsonschema/v5 decides, and what it reports becomes a sorted list of [Finding]s with the
// place in the document and the page and line that ask for it. Rules are JSON Schema's keywords, and
//
//	odata/type        @odata.type names no type that derives from the documented one
//	odata/type-hash   @odata.type has no leading # (warning)
//	odata/two-links   a page of a collection has both a nextLink and a deltaLink
//	odata/read-only   a request sets what only the service sets (warning)
//	json/empty, json/bom, json/utf8, json/surrogate, json/duplicate-key, json/depth, json/number-length,
//	json/number-exponent, json/truncated, json/syntax, json/trailing-data
//
// # Known deviations
//
// Int64 and Decimal are numbers, as Graph sends them; IEEE754Compatible strings are
// not accepted. A Stream or an untyped property accepts anything.
package schema
