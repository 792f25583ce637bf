package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// rows is Fyne's list for a screen that marks a row itself: what is typed while
// the list has the focus is for the screen. Fyne's own moves a second mark, which
// nothing follows, and keeps Escape.
type rows struct{ widget.List }

func newRows(length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject)) *rows {
	r := &rows{}
	r.Length, r.CreateItem, r.UpdateItem = length, create, update
	r.HideSeparators = true
	r.ExtendBaseWidget(r)
	return r
}

// FocusGained shows nothing: the mark is there.
func (r *rows) FocusGained() {}

// FocusLost shows nothing.
func (r *rows) FocusLost() {}

// TypedKey is for the screen.
func (r *rows) TypedKey(e *fyne.KeyEvent) { handOn(r, e) }

// TypedRune is for the screen.
func (r *rows) TypedRune(typed rune) {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(r); canvas != nil {
		canvas.OnTypedRune()(typed)
	}
}
