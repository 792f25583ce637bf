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

// chooser is Fyne's select with the border of a field, and with a ring around it
// while it has the focus, as a button has: Fyne's own way fills it with the focus
// colour.
type chooser struct {
	widget.Select
	ring    *canvas.Rectangle
	focused bool
}

func newChooser(options []string, changed func(string)) *chooser {
	c := &chooser{}
	c.Options, c.OnChanged = options, changed
	c.ring = newRing(theme.SizeNameInputRadius)
	c.ring.Show()
	c.paint()
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer adds the ring.
func (c *chooser) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Select.CreateRenderer(), c.ring}
}

func (c *chooser) paint() {
	c.ring.StrokeColor, c.ring.StrokeWidth = shade(theme.ColorNameInputBorder), theme.Size(theme.SizeNameInputBorder)
	if c.focused {
		c.ring.StrokeColor, c.ring.StrokeWidth = shade(colorRing), 3
	}
	c.ring.Refresh()
}

// Refresh draws the border in the theme's colour.
func (c *chooser) Refresh() {
	c.paint()
	c.Select.Refresh()
}

// FocusGained shows the ring.
func (c *chooser) FocusGained() { c.focused = true; c.paint() }

// FocusLost leaves the border.
func (c *chooser) FocusLost() { c.focused = false; c.paint() }
