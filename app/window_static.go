//go:build !cgo

package app

import "context"

// window says which build has one: this one is without cgo and without Fyne.
func (a *App) window(context.Context, []string) error { return a.refuse("cmd.no-window") }
