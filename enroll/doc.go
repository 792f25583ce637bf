// Package enroll holds what the app and the companion server agree on: keys
// and their addresses, codes and how they are matched, activation codes, the
// messages of the linking conversation, and the client that speaks them.
//
// The package is small and imports little, because both sides depend on it:
//
//   - [Key] is one OATH credential (RFC 6238, RFC 4226, Steam); [ParseAddress]
//     reads an otpauth address tolerantly, [Key.Address] writes it strictly.
//   - [Match] answers which time step a typed code belongs to, so that a
//     verifier can use each step once.
//   - [ActivationCode] is the code that an administrator hands out.
//   - [Client] is the app's side of the linking conversation; the types in
//     wire.go are what goes over the wire.
package enroll
