package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// search is the field above the list: the arrows move the mark, Enter copies,
// Escape clears.
type search struct {
	widget.Entry
	list *codes
}

func newSearch(list *codes) *search {
	s := &search{list: list}
	s.PlaceHolder = list.say("codes.search")
	s.Icon = theme.SearchIcon()
	s.ExtendBaseWidget(s)
	s.OnChanged = func(string) {
		list.chosen = 0
		list.filter()
	}
	s.OnSubmitted = func(string) {
		list.window.Canvas().Unfocus()
		list.enter()
	}
	return s
}

// TypedKey moves the mark and leaves the rest to the entry.
func (s *search) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		s.list.back()
		return
	}
	if !s.move(e) {
		s.Entry.TypedKey(e)
	}
}

// TypedShortcut moves the marked entry too: the field would keep it to itself.
func (s *search) TypedShortcut(shortcut fyne.Shortcut) {
	if !s.list.shortcut(shortcut) {
		s.Entry.TypedShortcut(shortcut)
	}
}

// move is what the keys do that are not for typing.
func (s *search) move(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyDown:
		s.list.choose(1)
	case fyne.KeyUp:
		s.list.choose(-1)
	case fyne.KeyPageDown:
		s.list.choose(pageRows)
	case fyne.KeyPageUp:
		s.list.choose(-pageRows)
	case desktop.KeyMenu:
		s.list.menuByKey()
	case fyne.KeyDelete:
		if s.Text != "" || s.list.chosen >= len(s.list.shown) {
			return false
		}
		s.list.askRemove(s.list.shown[s.list.chosen])
	default:
		return false
	}
	return true
}

// pageRows is how many rows a page key moves: about a window full.
const pageRows = 8

// notice is the line below the list that says what just happened, for a while,
// with at most one thing to do about it.
type notice struct {
	box   *fyne.Container
	text  *widget.Label
	do    *button
	until time.Time
}

const noticeFor = 6 * time.Second

func newNotice() *notice {
	n := &notice{text: widget.NewLabel(""), do: newButton("", nil)}
	n.text.Wrapping = fyne.TextWrapWord
	ground := canvas.NewRectangle(shade(colorCard))
	ground.CornerRadius = 10
	ground.StrokeColor, ground.StrokeWidth = shade(theme.ColorNamePrimary), 1
	n.box = container.NewStack(ground, padded(container.NewBorder(nil, nil, nil, container.NewCenter(n.do), n.text), 2))
	n.box.Hide()
	return n
}

func (n *notice) show(text, action string, do func(), now time.Time) {
	n.text.SetText(text)
	n.until = now.Add(noticeFor)
	if do == nil {
		n.do.Hide()
	} else {
		n.do.SetText(action)
		n.do.OnTapped = func() { n.box.Hide(); do() }
		n.do.Show()
	}
	n.box.Show()
	n.box.Refresh()
}

func (n *notice) tick(now time.Time) {
	if n.box.Visible() && !now.Before(n.until) {
		n.box.Hide()
	}
}
