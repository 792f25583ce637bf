// Package message is the way out of the companion server: it writes the mails
// that wait in the desk's outbox in their readers' language.
//
//   - [Writer] makes the text of a message.
//
// What is sent and to whom is decided by package identity. Neither an address
// nor a code is written to the log.
package message
