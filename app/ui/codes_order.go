package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/vault"
)

// carried is an entry that is being dragged to another place in the list.
type carried struct {
	id   string // empty: none
	from int    // where it was
	by   float32
}

// carry moves the dragged entry in the list that is shown, by as many rows as
// the mouse went. It may not leave those of its rank. Nothing is saved yet.
func (c *codes) carry(row *codeRow, dy float32) {
	if c.carried.id == "" {
		at := c.placeOf(row.entry.ID)
		if at < 0 || !row.entry.Readable {
			return
		}
		c.carried = carried{id: row.entry.ID, from: at}
	}
	c.carried.by += dy
	height := row.Size().Height
	if height <= 0 {
		return
	}
	at := c.placeOf(c.carried.id)
	rows := int(c.carried.by/height + 0.5)
	if c.carried.by < 0 {
		rows = int(c.carried.by/height - 0.5)
	}
	to := c.carried.from + rows
	for at != to && at >= 0 {
		next := at + 1
		if to < at {
			next = at - 1
		}
		if next < 0 || next >= len(c.shown) || rank(c.shown[next]) != rank(c.shown[at]) {
			break
		}
		c.shown[at], c.shown[next] = c.shown[next], c.shown[at]
		at = next
	}
	if at != c.chosen {
		c.chosen = at
		c.list.Refresh()
	}
}

// putDown saves the place of the entry that was dragged.
func (c *codes) putDown() {
	was := c.carried
	c.carried = carried{}
	at := c.placeOf(was.id)
	if was.id == "" || at < 0 || at == was.from {
		return
	}
	// It goes where its neighbour of now was: the one it has passed last.
	neighbour := at + 1
	if at > was.from {
		neighbour = at - 1
	}
	c.moveTo(was.id, c.shown[neighbour].ID)
}

func (c *codes) placeOf(id string) int {
	return slices.IndexFunc(c.shown, func(e vault.Entry) bool { return e.ID == id })
}

// moveTo puts an entry where another one is.
func (c *codes) moveTo(id, other string) {
	c.update(func(d *vault.Draft) error {
		to := slices.IndexFunc(d.Entries(), func(o vault.Entry) bool { return o.ID == other })
		if to < 0 {
			return vault.ErrNotFound
		}
		return d.Move(id, to)
	}, "")
}

// shortcut moves the marked entry by Alt and an arrow.
func (c *codes) shortcut(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok || custom.Modifier != fyne.KeyModifierAlt || c.chosen >= len(c.shown) {
		return false
	}
	switch custom.KeyName {
	case fyne.KeyUp:
		c.move(c.shown[c.chosen], -1)
	case fyne.KeyDown:
		c.move(c.shown[c.chosen], 1)
	default:
		return false
	}
	return true
}

// menuByKey opens the menu of the marked entry, below its name.
func (c *codes) menuByKey() {
	if c.chosen >= len(c.shown) {
		return
	}
	e := c.shown[c.chosen]
	for r := range c.rows {
		if r.Visible() && r.entry.ID == e.ID {
			at := fyne.CurrentApp().Driver().AbsolutePositionForObject(r)
			c.entryMenu(e, fyne.NewPos(at.X+20, at.Y+r.Size().Height/2))
			return
		}
	}
}

// dots is the three dots of a row, which open its menu.
type dots struct {
	widget.Icon
	do func(at fyne.Position)
}

var _ desktop.Cursorable = (*dots)(nil)

func newDots(do func(at fyne.Position)) *dots {
	d := &dots{do: do}
	d.Resource = theme.NewDisabledResource(theme.MoreVerticalIcon())
	d.ExtendBaseWidget(d)
	return d
}

// Tapped opens the menu.
func (d *dots) Tapped(e *fyne.PointEvent) { d.do(e.AbsolutePosition) }

// Cursor is a hand.
func (d *dots) Cursor() desktop.Cursor { return desktop.PointerCursor }
