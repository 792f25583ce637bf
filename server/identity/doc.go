// Package identity is the desk that every door of the companion server asks:
// it holds the rules about people, activation codes, links, applications,
// verification, locks and the audit log. A door turns bytes into a call and an
// answer into bytes; whether something is granted is decided here, at the
// moment it is granted, inside the writer's transaction.
//
//   - [New] opens the [Desk] on a store with the [ServerKey] that fits it.
//   - [Desk.Verify] says whether a code is right, and uses it up.
//   - [Desk.NewActivation], [Desk.StartLink] and [Desk.ConfirmLink] are the way
//     from a person without an authenticator to one with it.
//   - [Desk.Audit] reads the log and [Desk.VerifyAudit] proves it whole.
//
// What is secret lies in the database sealed or as a keyed hash, under a key
// that lies elsewhere; see seal.go.
package identity
