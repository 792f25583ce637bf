// Package migrate reads the files that other authenticators and password
// managers write, so that people can bring their codes along.
//
//   - [Detect] tells by content which formats a file may have.
//   - [Read] reads one: each entry comes with its key and what else is worth
//     keeping (groups, note, favourite, icon), or is kept as it was found with
//     the reason why no codes can be made of it.
//   - [Compare] says what becomes of each entry in a list that exists: new, there
//     already, changed, or kept without being understood. It goes by key and
//     never by name.
//
// The texts of QR codes are a content too, a line each: Google's batches come so,
// and [Result].Batches tells which parts are missing.
//
// Nothing is written and no file is opened here: bytes in, entries out. The
// bytes are a stranger's. [Limits] bounds in one place what they may ask for,
// and what a file wants of a key derivation is checked before it starts.
//
// A format is one file of this package: a function that gives its name, how it
// is recognised and how it is read, listed in formats.go. What people read are
// keys of the texts in assets.
package migrate
