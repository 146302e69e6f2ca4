// Package contract judges HTTP exchanges with Microsoft Graph by what the documentation says, in tests of Go code that
// talks to Graph.
//
//	contract.Verify(t, contract.Default(), exchanges)
//
// An exchange matches an operation by method and path template: the version prefix does not count, and a key may stand
// as a segment or as ('key'). Its response is judged by status and operation. A status of 400 or more has an error
// envelope; a success has the documented type as an entity, a collection or a delta. So a property called error, which
// connectionOperation has, is never taken for an error. Where a resource has two documented versions, the body's
// @odata.type or @odata.context decides, and else the path.
//
// The polls of a long-running operation, which share host, resource and keys within one session, are judged as one life:
// the status moves as documented, completed and failed are final, the id stays. The items of lists are no part of a life.
//
// Rules, besides those of package schema:
//
//	http/status             a status the operation's page does not document (warning; 304, 4xx and 5xx are always fine)
//	http/content-type       a body that is not said to be JSON (warning where the status is 400 or more)
//	http/content-encoding   a body whose coding is broken (a warning where it is not known here)
//	http/error-shape        400 or more with a JSON body that is no error envelope (warning)
//	http/empty-body         200 or 201 without the documented body
//	http/unexpected-body    204 with a body (warning)
//	life/status             a poll without a status
//	life/transition         a status that does not follow from the one before
//	life/id                 another id than the operation had
//	life/error-missing      failed without an error (warning)
//	life/error-unexpected   another status with an error (warning)
//
// Findings that rest on what a page marks as assumed are warnings.
package contract
