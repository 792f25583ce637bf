package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// button is Fyne's, pressed by Enter too, with a ring around it while it has the
// focus: Fyne's own way is to mix the focus colour into the button, which takes
// the contrast from its text.
type button struct {
	widget.Button
	ring *canvas.Rectangle
}

// buttonRenderer is Fyne's with the ring on top.
type buttonRenderer struct {
	fyne.WidgetRenderer
	button *button
}

// CreateRenderer adds the ring.
func (b *button) CreateRenderer() fyne.WidgetRenderer {
	b.ring = canvas.NewRectangle(color.Transparent)
	b.ring.CornerRadius, b.ring.StrokeWidth = theme.Size(theme.SizeNameButtonRadius), 3
	b.ring.Hide()
	return &buttonRenderer{b.Button.CreateRenderer(), b}
}

// Layout lays the button out, and the ring around it.
func (r *buttonRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.button.ring.Resize(size)
}

// Objects are Fyne's and the ring.
func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.button.ring)
}

// Refresh draws the ring in the theme's colour.
func (r *buttonRenderer) Refresh() {
	r.button.ring.StrokeColor = shade(colorRing)
	r.button.ring.Refresh()
	r.WidgetRenderer.Refresh()
}

// FocusGained shows the ring.
func (b *button) FocusGained() {
	if b.ring != nil {
		b.ring.StrokeColor = shade(colorRing)
		b.ring.Show()
	}
}

// FocusLost hides it.
func (b *button) FocusLost() {
	if b.ring != nil {
		b.ring.Hide()
	}
}

// refocusOn puts the focus back on a button that was pressed, unless something
// else has it: Fyne takes it away with the press, and whoever works by keyboard
// is lost.
func (s *shell) refocusOn(b *button) {
	if canvas := s.window.Canvas(); b != nil && canvas.Focused() == nil {
		canvas.Focus(b)
	}
}

// check is Fyne's, and Enter goes on from it. While it has the focus there is a
// ring around it; Fyne's own way lies over the box.
type check struct {
	widget.Check
	enter, escape func()
	ring          *canvas.Rectangle
}

func newCheck(text string, changed func(bool), enter, escape func()) *check {
	c := &check{enter: enter, escape: escape, ring: newRing(theme.SizeNameInputRadius)}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer adds the ring.
func (c *check) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{c.Check.CreateRenderer(), c.ring}
}

// FocusGained shows the ring.
func (c *check) FocusGained() {
	c.ring.StrokeColor = shade(colorRing)
	c.ring.Show()
}

// FocusLost hides it.
func (c *check) FocusLost() { c.ring.Hide() }

// TypedKey goes on by Enter, once it is checked, and back by Escape.
func (c *check) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		c.enter()
	case e.Name == fyne.KeyEscape && c.escape != nil:
		c.escape()
	default:
		c.Check.TypedKey(e)
	}
}

func newButton(text string, do func()) *button {
	b := &button{}
	b.Text, b.OnTapped = text, do
	b.ExtendBaseWidget(b)
	return b
}

func newPrimary(text string, do func()) *button {
	b := newButton(text, do)
	b.Importance = widget.HighImportance
	return b
}

func newQuiet(text string, icon fyne.Resource, do func()) *button {
	b := newButton(text, do)
	b.Icon, b.Importance = icon, widget.LowImportance
	return b
}

// TypedKey presses the button by Enter or the space bar.
func (b *button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	case fyne.KeySpace:
		b.Button.TypedKey(e)
	default:
		handOn(b, e)
	}
}

// handOn gives the screen a key that means nothing to what has the focus: Escape
// goes back from anywhere, and the arrows move through a list.
func handOn(from fyne.CanvasObject, e *fyne.KeyEvent) {
	if canvas := fyne.CurrentApp().Driver().CanvasForObject(from); canvas != nil {
		canvas.OnTypedKey()(e)
	}
}

// Tapped does nothing while the button is disabled, however it is pressed.
func (b *button) Tapped(e *fyne.PointEvent) {
	if !b.Disabled() {
		if e == nil {
			e = &fyne.PointEvent{}
		}
		b.Button.Tapped(e)
	}
}

// field is a one-line entry that hands Escape on.
type field struct {
	widget.Entry
	escape func()
	empty  func() // a paste with no text on the clipboard; may be nil
}

func newField(placeholder string, escape func()) *field {
	f := &field{escape: escape}
	f.PlaceHolder = placeholder
	f.ExtendBaseWidget(f)
	return f
}

// TypedShortcut hands a paste on that brings no text.
func (f *field) TypedShortcut(shortcut fyne.Shortcut) {
	if paste, ok := shortcut.(*fyne.ShortcutPaste); ok && f.empty != nil && paste.Clipboard.Content() == "" {
		f.empty()
		return
	}
	f.Entry.TypedShortcut(shortcut)
}

// TypedKey hands Escape on and leaves the rest to the entry.
func (f *field) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape && f.escape != nil {
		f.escape()
		return
	}
	f.Entry.TypedKey(e)
}

// choice is a card to press: a picture, what it is, and what it means.
type choice struct {
	widget.BaseWidget
	icon           fyne.Resource
	text, sub      string
	do             func()
	ground         *canvas.Rectangle
	hover, focused bool
}

var (
	_ fyne.Focusable     = (*choice)(nil)
	_ desktop.Hoverable  = (*choice)(nil)
	_ desktop.Cursorable = (*choice)(nil)
)

func newChoice(icon fyne.Resource, text, sub string, do func()) *choice {
	c := &choice{icon: icon, text: text, sub: sub, do: do}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer builds the card.
func (c *choice) CreateRenderer() fyne.WidgetRenderer {
	c.ground = canvas.NewRectangle(shade(colorCard))
	c.ground.CornerRadius = 12
	c.paint()
	icon := canvas.NewImageFromResource(theme.NewPrimaryThemedResource(c.icon))
	icon.SetMinSize(fyne.NewSquareSize(34))
	icon.FillMode = canvas.ImageFillContain
	title := widget.NewLabelWithStyle(c.text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.Wrapping = fyne.TextWrapWord
	words := container.New(&tight{}, title, muted(c.sub))
	arrow := widget.NewIcon(theme.NavigateNextIcon())
	inner := container.NewBorder(nil, nil, container.NewCenter(icon), arrow, words)
	return widget.NewSimpleRenderer(container.NewStack(c.ground, padded(inner, 12)))
}

func (c *choice) paint() {
	c.ground.FillColor = shade(colorCard)
	c.ground.StrokeColor, c.ground.StrokeWidth = shade(theme.ColorNameSeparator), 1
	if c.hover {
		c.ground.StrokeColor, c.ground.StrokeWidth = shade(theme.ColorNamePrimary), 1.5
	}
	if c.focused {
		c.ground.StrokeColor, c.ground.StrokeWidth = shade(colorRing), 3
	}
}

// Refresh draws the card's state.
func (c *choice) Refresh() {
	if c.ground != nil {
		c.paint()
		c.ground.Refresh()
	}
	c.BaseWidget.Refresh()
}

// Tapped does what the card stands for.
func (c *choice) Tapped(*fyne.PointEvent) { c.do() }

// FocusGained shows the focus.
func (c *choice) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost hides it.
func (c *choice) FocusLost() { c.focused = false; c.Refresh() }

// TypedRune does nothing.
func (c *choice) TypedRune(rune) {}

// TypedKey presses the card by Enter or the space bar.
func (c *choice) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		c.do()
	default:
		handOn(c, e)
	}
}

// MouseIn shows that the card can be pressed.
func (c *choice) MouseIn(*desktop.MouseEvent) { c.hover = true; c.Refresh() }

// MouseMoved does nothing.
func (c *choice) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends it.
func (c *choice) MouseOut() { c.hover = false; c.Refresh() }

// Cursor is a hand.
func (c *choice) Cursor() desktop.Cursor { return desktop.PointerCursor }

// muted is small text that explains.
func muted(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Importance = widget.LowImportance
	l.SizeName = theme.SizeNameCaptionText
	l.Wrapping = fyne.TextWrapWord
	return l
}

func paragraph(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

func heading(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameHeadingText
	l.Wrapping = fyne.TextWrapWord
	return l
}

func caption(text string) *widget.Label {
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.SizeName = theme.SizeNameCaptionText
	l.Wrapping = fyne.TextWrapWord
	return l
}

// card is a quiet ground under what belongs together.
func card(content fyne.CanvasObject) fyne.CanvasObject {
	ground := canvas.NewRectangle(shade(colorCard))
	ground.CornerRadius = 12
	ground.StrokeColor, ground.StrokeWidth = shade(theme.ColorNameSeparator), 1
	return container.NewStack(ground, padded(content, 10))
}

func padded(content fyne.CanvasObject, by float32) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), content)
}

func space(height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, height))
	return r
}

// tight stacks labels without the air between them that each brings along.
type tight struct{}

const overlap = 10

// Layout puts each object under the one before, a little into its padding.
func (*tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		o.Move(fyne.NewPos(0, y))
		y += height - overlap
	}
}

// MinSize is the sum of the heights and the greatest width.
func (*tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, 0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height - overlap
	}
	size.Height += overlap
	return size
}
