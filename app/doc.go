// Package app is the program on a person's computer: the commands that show
// and change the vault in a terminal, the start of the window, and what both
// share: where the vault is, how it is opened and how a first one is made.
//
// The commands build without cgo and without Fyne; the window is behind one
// file that needs both.
package app
