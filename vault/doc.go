// Package vault keeps a person's keys in one encrypted file that nobody opens
// without the system's keyring, the passphrase or the recovery key, and that
// no crash, second writer, newer version or damaged entry makes lose a code.
//
// A [Folder] is where a vault lives: it makes one, opens one ([ByKeyring],
// [ByPassphrase], [ByRecoveryKey]), and brings a kept generation back when the
// file does not open any more. A [Vault] is an open one:
//
//   - [Vault.List], [Vault.Peek] and [Vault.Key] read what is in memory;
//   - [Vault.Update] changes a [Draft] of what is on disk at that moment and
//     saves it, under a lock that other processes respect;
//   - [Vault.Code] saves the next counter of a counter-based key before it
//     gives the code away;
//   - [Vault.SetPassphrase] and its neighbours change the ways to open it.
//
// How a save is made safe stands in save.go, and the bytes of the file in
// FORMAT.md, so that somebody else can write a reader.
//
// Everything here may be called from several goroutines at once. Secrets print
// as "***", and no error holds one.
package vault
