package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// ringed draws a widget of Fyne's with a ring on top.
type ringed struct {
	fyne.WidgetRenderer
	ring *canvas.Rectangle
}

func newRing(corners fyne.ThemeSizeName) *canvas.Rectangle {
	ring := canvas.NewRectangle(color.Transparent)
	ring.CornerRadius, ring.StrokeWidth = theme.Size(corners), 3
	ring.Hide()
	return ring
}

// Layout lays the widget out, and the ring around it.
func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Resize(size)
}

// Objects are Fyne's and the ring.
func (r *ringed) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.ring)
}

// chooser is Fyne's select, with a ring around it while it has the focus, as a
// button has: Fyne's own way fills it with the focus colour.
type chooser struct {
	widget.Select
	ring *canvas.Rectangle
}

func newChooser(options []string, changed func(string)) *chooser {
	c := &chooser{}
	c.Options, c.OnChanged = options, changed
	c.ring = newRing(theme.SizeNameInputRadius)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer adds the ring.
func (c *chooser) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Select.CreateRenderer(), c.ring}
}

// FocusGained shows the ring.
func (c *chooser) FocusGained() {
	c.ring.StrokeColor = shade(colorRing)
	c.ring.Show()
}

// FocusLost hides it.
func (c *chooser) FocusLost() { c.ring.Hide() }
