// Package carry brings codes into a vault out of what people have, files of
// other programs, pictures, backups, and takes them out again. Window and
// command do it the same way.
//
//   - [Look] reads everything and says what would become of each entry; nothing
//     is written. [Plan.Take] writes what was chosen, all of it or nothing, and
//     gives an [Undo].
//   - [Backup] writes a copy of the vault file that its passphrase or recovery
//     key opens anywhere, and proves the copy; [Schedule] does so by itself.
//   - [Export] writes for other programs, as far as the [Policy] of the
//     organisation allows.
package carry
