// Package message is the way out of the companion server: it writes the mails
// that wait in the desk's outbox in their readers' language, and hands them to a
// mail server.
//
//   - [Writer] makes the text of a message.
//   - [ParseServer] reads where the mail server is, and [Sender] speaks with it.
//   - [Worker] sends what waits, in any number of processes, each message by
//     one of them at a time, again and again until it is taken or given up.
//
// What is sent and to whom is decided by package identity. Neither a person's
// address nor a code is written to the log.
package message
