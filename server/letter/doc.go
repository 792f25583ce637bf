// Package letter makes the letter with which a person links, as a PDF: A4, in
// the person's language, with the name where a window envelope shows it. It
// holds the user name and never an activation code, which comes another way, so
// that one intercepted message is not enough.
//
//   - [Write] makes one letter or many in one file.
package letter
