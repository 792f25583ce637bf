// Package linking is the app's side of the linking conversation, the same for
// the window and the command: ask whose server this is, ask for a pending
// link, seal its key in the vault, and only then confirm it with a code.
//
// Whatever is interrupted can be taken up again: an answer that got lost is
// asked for under the same idempotency key, and a program that was killed
// between the two calls finds the pending link in the vault ([Pending]).
package linking
