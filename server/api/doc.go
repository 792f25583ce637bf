// Package api is the door of the companion server for applications and for the
// app: JSON over HTTP, described by OpenAPI 3.1 at /api/openapi.json.
//
// The door reads requests, asks the desk of package identity and writes what
// it says. It holds no rule about people, codes or links; what it does hold is
// what belongs to a door that anybody can knock at:
//
//   - bodies of at most [MaxBody] bytes, one JSON object, no field twice;
//   - a limit per address at the doors that need no key ([Options].PerMinute);
//   - every refusal, also of a path that does not exist and of a fault of our
//     own, as one problem document (RFC 9457) with a type of urn:sleutelbos:…
//     and a reference that finds the event in the log;
//   - no secret in a log line: neither bodies nor headers are ever written,
//     and paths only as the pattern they matched.
//
// [New] gives an [http.Handler] for the whole of the server.
package api
