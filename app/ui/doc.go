// Package ui has all screens of the desktop app: the welcome, the making of the
// first vault, the linking wizard, the list of codes and the adding of keys.
//
// It draws with Fyne but never opens a driver, so that it compiles and is
// tested without cgo and without a display; the app package hands it a window.
//
// A screen is one type in one file. It has what it needs through the [shell],
// which shows one screen at a time, runs work off Fyne's goroutine, and gives
// every screen one tick a second.
package ui
