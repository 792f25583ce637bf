package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

func (c *codes) rowOf(issuer string) *codeRow {
	for r := range c.rows {
		if r.Visible() && r.entry.Issuer == issuer {
			return r
		}
	}
	return nil
}

// Entries are put in order by mouse and by keyboard, and favourites stay above.
func TestOrderByHand(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a", "B:b", "C:c", "D:d")
	list := b.list()
	want := func(order string) {
		t.Helper()
		if got := b.issuers(); got != order {
			t.Fatalf("the order is %s, want %s", got, order)
		}
	}
	drag := func(issuer string, rows float32) {
		row := list.rowOf(issuer)
		for range 4 {
			row.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(0, rows*row.Size().Height/4)})
		}
		row.DragEnd()
	}
	drag("A", 2)
	want("B C A D")
	drag("D", -3)
	want("D B C A")
	drag("B", 0.3) // a hand that trembles
	want("D B C A")
	drag("C", 9)
	want("D B A C")

	alt := func(name fyne.KeyName) *desktop.CustomShortcut {
		return &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierAlt}
	}
	list.chosen = 3
	list.shortcut(alt(fyne.KeyUp))
	want("D B C A")
	b.shell().window.Canvas().Focus(list.search)
	list.search.TypedShortcut(alt(fyne.KeyUp))
	want("D C B A")
	if list.shown[list.chosen].Issuer != "C" {
		t.Errorf("the mark is on %s", list.shown[list.chosen].Issuer)
	}

	list.setFavourite(list.shown[3], true) // A
	if list.shown[0].Issuer != "A" {
		t.Fatal("the favourite is not first")
	}
	drag("A", 3)
	if list.shown[0].Issuer != "A" {
		t.Error("the favourite was dragged among the others")
	}
}

// The menu of an entry is found without knowing of the other mouse button.
func TestMenuOfAnEntry(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a", "B:b")
	list := b.list()
	overlays := b.shell().window.Canvas().Overlays()
	test.Tap(list.rowOf("B").dots)
	if overlays.Top() == nil {
		t.Fatal("the dots open nothing")
	}
	overlays.Top().Hide()
	b.key(desktop.KeyMenu)
	if overlays.Top() == nil {
		t.Fatal("the menu key opens nothing")
	}
	overlays.Top().Hide()

	// In a question Enter answers, Escape leaves, and nothing reaches the list.
	list.askRename(list.shown[1])
	b.shell().window.Canvas().Focused().(*field).SetText("Nieuw")
	b.key(fyne.KeyReturn)
	if got := b.issuers(); got != "A Nieuw" || overlays.Top() != nil {
		t.Errorf("after Enter: %s", got)
	}
	list.askRename(list.shown[1])
	b.key(fyne.KeyEscape)
	if overlays.Top() != nil {
		t.Error("Escape leaves it open")
	}
	list.askRemove(list.shown[0])
	b.shell().window.Canvas().Unfocus()
	b.key(fyne.KeyReturn)
	if b.app.Clipboard().Content() != "" {
		t.Error("Enter copied the code behind the question")
	}
	b.key(fyne.KeyEscape)
	if got := b.issuers(); got != "A Nieuw" || overlays.Top() != nil {
		t.Errorf("after Escape: %s", got)
	}
}
