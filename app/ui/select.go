package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// ring is drawn around a widget that has the focus. Without the focus it is not
// seen, or is the border of a field, but it is never hidden: Fyne does not know
// where an object is that it has not painted, and would not paint it when it
// comes.
type ring struct {
	shape  *canvas.Rectangle
	border bool
	on     bool
}

func newRing(corners fyne.ThemeSizeName) *ring {
	r := &ring{shape: canvas.NewRectangle(color.Transparent)}
	r.shape.CornerRadius = theme.Size(corners)
	return r
}

// focus shows that the focus came or went.
func (r *ring) focus(on bool) {
	r.on = on
	r.paint()
}

func (r *ring) paint() {
	r.shape.StrokeColor, r.shape.StrokeWidth = color.Transparent, 0
	switch {
	case r.on:
		r.shape.StrokeColor, r.shape.StrokeWidth = shade(colorRing), 3
	case r.border:
		r.shape.StrokeColor, r.shape.StrokeWidth = shade(theme.ColorNameInputBorder), theme.Size(theme.SizeNameInputBorder)
	}
	r.shape.Refresh()
}

// ringed draws a widget of Fyne's with a ring on top.
type ringed struct {
	fyne.WidgetRenderer
	ring *ring
}

// Layout lays the widget out, and the ring around it.
func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.shape.Resize(size)
}

// Objects are Fyne's and the ring.
func (r *ringed) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.ring.shape)
}

// Refresh draws the ring in the theme's colour.
func (r *ringed) Refresh() {
	r.ring.paint()
	r.WidgetRenderer.Refresh()
}

// chooser is Fyne's select with the border of a field, and with a ring around it
// while it has the focus, as a button has: Fyne's own way fills it with the focus
// colour.
type chooser struct {
	widget.Select
	ring *ring
}

func newChooser(options []string, changed func(string)) *chooser {
	c := &chooser{}
	c.Options, c.OnChanged = options, changed
	c.ring = newRing(theme.SizeNameInputRadius)
	c.ring.border = true
	c.ring.paint()
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer adds the ring.
func (c *chooser) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Select.CreateRenderer(), c.ring}
}

// FocusGained shows the ring.
func (c *chooser) FocusGained() { c.ring.focus(true) }

// FocusLost leaves the border.
func (c *chooser) FocusLost() { c.ring.focus(false) }
