// Package recording holds HTTP exchanges and reads and writes them in files.
//
// An [Exchange] is one request with its response; [Read] yields those of a file, [WriteNDJSON] and [WriteHTTP]
// write some:
//
//	for x, err := range recording.Read(file, file.Name()) {
//		if err != nil {
//			return err // recording: polls.ndjson:12: …
//		}
//		fmt.Println(x.Method, x.URL, x.Status, len(x.Response.Body))
//	}
//
// A body keeps every byte it had on the wire, duplicate members and odd numbers included, because the bytes are
// what gets judged, and [Message.Locate] shows where in the file each of them stands.
//
// The format is found out by the first line that is not blank: "{" begins NDJSON, "---" a documentation page, a start
// line or a comment HTTP messages. A name that ends in ".md" is Markdown's in any case: a page's, see below, or one of a
// file without examples. A byte order mark is skipped.
// Anything else is an error that says what the file seems to be. The length of lines and messages is bounded, see
// [MaxMessage].
//
// # NDJSON, version 1
//
// UTF-8, one JSON object a line (https://github.com/ndjson/ndjson-spec), lines end in LF or CRLF, blank lines are
// skipped. An exchange is
//
//		{"session":"s1","time":"2026-11-24T05:52:35Z","request":{…},"response":{…}}
//
//	  - session: string; exchanges of one session belong together. Absent: the one session of the file.
//	  - time: when the request was sent, RFC 3339. Absent: unknown.
//	  - request: object of method (string, absent: GET), url (string, must be there; absolute or a path), header
//	    and a body. Absent: only the response was recorded.
//	  - response: object of status (integer from 100 to 999, must be there), header and a body. Absent: no response
//	    was recorded.
//	  - header: object of field names with a string or an array of strings each. The case of names does not
//	    count; a name that repeats adds values; an empty array is no field.
//	  - a body is at most one of json, text and base64. Absent: empty.
//	  - json: the body is the very bytes of this JSON value, white space inside of it included, around it not.
//	  - text: the body is the UTF-8 form of this string. Escapes that are half a surrogate pair are an error.
//	  - base64: the body is what this string decodes to (RFC 4648 §4, with padding).
//
// Bodies are without transfer coding; content codings such as gzip are left, so that such a body is base64. A null
// counts as an absent member, except for json. Other members and members that repeat are errors; names of members
// are case sensitive.
//
// A line whose first member is graphcontract describes the file:
//
//	{"graphcontract":"recording","version":1,"provenance":"graphcontract record, 24 November 2026"}
//
// It is optional and usually the first line, but may stand anywhere, so that recordings can be concatenated; it
// changes nothing for the exchanges. Another version is refused.
//
// The writer writes the format line, then members in the order above, absent ones left out, header names sorted and
// in canonical form, values as arrays, times in UTC. A body is written as json if it is one valid JSON value (nested
// at most 10000 deep, a limit of encoding/json) in valid UTF-8 without CR, LF or white space around it, else as text
// if it is valid UTF-8, else as base64.
//
// # HTTP messages
//
// Requests and responses as they are on the wire (RFC 9112), each request followed by its response:
//
//	# provenance: typed by hand
//	### session: first
//	# time: 2026-11-24T05:52:35Z
//	GET https://graph.microsoft.com/v1.0/external/connections/c/operations/1 HTTP/1.1
//	Accept: application/json
//
//	HTTP/1.1 200 OK
//	Content-Type: application/json
//
//	{"id":"1","status":"inprogress"}
//
// Lines end in LF or CRLF. Blank lines before a start line are skipped, and so are lines that start with #, but for
// three comments, with any number of #, that hold for what follows:
//
//   - session: the session of the following exchanges; without a name, the file's one session again.
//   - time: when the next request was sent, RFC 3339.
//   - scheme: http (the default) or https, see below.
//
// Start lines may have any HTTP version of one digit or two with a point, "HTTP/2 200" included. A target that
// begins with "/" and a Host field make the URL scheme://host/target; any other target is the URL as it is. Header
// lines may be folded. A header is at most 1 MiB. Interim responses (1xx but 101) are skipped. A request that
// another request or the end of the file follows has no response (Status 0); a response that follows no request has
// empty Method and URL.
//
// Responses to HEAD, successful ones to CONNECT, 101, 204 and 304 have no body. Else the body is delimited by, in
// this order:
//
//   - Transfer-Encoding: chunked, which is decoded; trailer fields and chunk extensions are skipped, and any other
//     transfer coding is an error.
//   - Content-Length. What follows such a body must be blank, a comment or a start line; else the error says that
//     the number does not fit.
//   - a separator, for responses, and for requests with a Content-Type: a line that starts with ###, or a start
//     line after a blank line. The blank lines before it, with the comments among them, and the line break before
//     those are no part of the body. The end of the file is a separator as well if a comment after a blank line
//     stands before it, or nothing but blank lines; else the body is all that is left.
//   - other requests have no body.
//
// A body that the file ends within, before Content-Length or the last chunk, is no error: the connection was lost,
// and the exchange has what there is.
//
// The writer ends lines in CRLF and writes the URL as the target, as it is. A body goes with its real Content-Length,
// which replaces a missing or different one, also that of a body which was cut; with Transfer-Encoding: chunked it
// is one chunk. The reason phrase is the standard one. What is not kept: the HTTP version, the case and order of
// field names, the reason phrase, chunk sizes, trailer fields, interim responses and comments.
//
// # Documentation pages
//
// API pages of Microsoft's documentation (Markdown, at most 4 MiB) show requests and responses as fenced code blocks,
// usually with an annotation, a comment that holds JSON, before them:
//
//	<!-- { "blockType": "request", "name": "get_operation" } -->
//	```http
//	GET https://graph.microsoft.com/v1.0/external/connections/c/operations/1
//	```
//
//	<!-- { "blockType": "response", "truncated": true, "@odata.type": "microsoft.graph.externalConnectors.connectionOperation" } -->
//	```http
//	HTTP/1.1 200 OK
//	Content-type: application/json
//
//	{ "id": "1", "status": "inprogress" }
//	```
//
// They are read, never written. A file is such a page if it begins with front matter ("---"), or if its name ends in
// ".md" and it has at least one fence annotated as request or response. Other Markdown, such as a README with pasted
// traffic, is [ErrNoExample]. A message is
//
//   - a fence annotated as request or response whose first line that is not blank is a start line;
//   - a fence without annotation, or with another one than "samples" and "resource", whose start line is a status
//     line, or a method in capitals with a path or an absolute URL. Those of a section with the heading "HTTP request"
//     list URLs and are skipped.
//
// A request line needs no version, and its target is the URL as it stands, with placeholders such as {id} and with
// blanks. A status line needs no version either ("HTTP 201 Created"). Lines up to a blank one, or one that begins with
// "{" or "[", are the header; of these, what is no field is skipped. A blank line within the header, which fields and
// then JSON follow, and fields behind a JSON body are repaired: they are header fields. All that follows is the body, less the white space
// around it and the indent of its fence, whatever Content-Length says. It ends before a start line that follows a
// blank line: a second form of the request. If there is no body, a JSON fence without annotation, or with "example",
// that follows with nothing but comments between is it, where the message can have one: not after GET, HEAD and DELETE.
//
// A response belongs to the request before it if there is no response between. An example that is annotated as ignored
// is skipped, but an ignored request is used if the response to it is not ignored, unless an annotated request stands
// directly before: then it is another form of that. A request without response has Status 0, a response without
// request empty Method and URL.
//
// [Exchange.Hint] is what the annotations say: the type of the response, whether members are left out, whether it is
// the example of a failure. A page without an example is [ErrNoExample].
//
// JSON that is none but for a comma, a comment, a curly quote and the like is repaired, in place if JSON has a form of
// that length, so that [Message.Locate] stays exact; the hint names each repair. So are single quotes, and a quote, a
// colon or a closing bracket that is missing or there twice, where only one reading is left. What cannot be repaired is the body as
// the page has it. A body that Content-Type calls something else than JSON is never touched.
//
// # Secrets
//
// What is recorded from a real service has secrets. [Redactor] puts pseudonyms in their place, before they are written:
//
//	var r recording.Redactor
//	err := recording.WriteNDJSON(file, slices.Values(r.All(exchanges)))
//
// and [Leaks] says what still looks like a secret. No field, member or parameter is left out. Secrets are
//
//   - the values of Authorization, Proxy-Authorization, Api-Key, X-Api-Key, Ocp-Apim-Subscription-Key, X-Ms-Token-Aad-Access-Token,
//     X-Csrf-Token and their like, and of [Redactor.Headers]: all but a known scheme such as Bearer (RFC 6750 §2.1, RFC 9110
//     §11.4), and the password within Basic credentials (RFC 7617). In JSON, such as a $batch, members with these names count
//     as the fields.
//   - what stands behind "Authorization:" and a known scheme in a text, such as a part of a multipart body, if it is not a
//     word of prose; and wherever a Digest or AWS4-HMAC-SHA256 scheme and its parameters stand, response and Signature of these.
//   - the values of cookies (RFC 6265); their names and attributes are none.
//   - strings that are JSON members called access_token, refresh_token, id_token, client_secret, client_assertion, assertion,
//     user_assertion, device_code, code_verifier, password, newPassword, currentPassword, pwd, passwd, passphrase, secretText,
//     passwordBase64, passcode, preSharedKey, sharedSecret, AccountKey, SharedAccessKey, temporaryAccessPass, api_key, subscription-key, clientState, tempauth, ticket, validationTokens or sig and their like, or as
//     [Redactor.Names] has it. Case, hyphens and underscores do not count: clientSecret is one too. Where the member is an array
//     or object, all strings below are secrets but for control information such as @odata.type, and for members called type,
//     kind, format, title, description, name, displayName, id or keyId. Objects below accessToken and idToken are
//     optional claims and no secrets.
//   - parameters with these names in form bodies and in query strings and fragments, wherever a URL stands, their names
//     percent-encoded or not; so sig of a shared access signature of Azure Storage. Also code, beside a state or session_state as
//     authorization responses have it (RFC 6749 §4.1.2), and in a form sent to a URL whose path ends in "token".
//   - the password in https://user:password@host, wherever a URL stands.
//   - JSON Web Tokens (RFC 7519), signed, unsigned or encrypted, wherever they stand.
//
// $skiptoken and $deltatoken are none: they say which page follows which.
//
// A secret is replaced wherever it stands in URLs, header values and bodies, in JSON escapes and percent-encoding up to
// three deep, by REDACTED-1, REDACTED-2 and so on: by the same one each time, so that what is the same can still be seen
// to be. One within another goes with the longer, and of two that overlap nothing is left. One of less than 6
// characters, one of less than 16 that are all ASCII letters, such as "completed", and one that is the name of a scheme or
// of one of the above is replaced in its place only; honest text has such words by chance. What is a pseudonym already, or the word REDACTED, stays.
//
// All other bytes stay as they are, duplicate members, odd numbers and white space included. In a body that is valid JSON
// only the insides of strings are changed, never numbers, even if such digits are a secret. Gzip is opened, by its
// magic bytes and up to [MaxMessage], and made anew if there is a secret within. Content-Length is changed by as many
// bytes as the body. Not searched are Session, Method, header names, Content-Length, bodies in other content codings,
// base64 but that of Basic credentials and tokens, HTML entities, and gzip that cannot be decoded; header fields within a
// multipart body, Authorization excepted, show their secrets by shape only. Fields that depend on the bytes of a body, such as Content-MD5 or a
// signature, do not fit a changed one. A Redactor needs memory of about 30 times its secrets.
package recording
