package ui

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/capture"
	"sleutelbos/app/carry"
)

// cancelDialog presses the button of a dialog of Fyne's that leaves it.
func (b *bench) cancelDialog() {
	b.t.Helper()
	for _, o := range test.LaidOutObjects(b.shell().window.Canvas().Overlays().Top()) {
		if button, ok := o.(*widget.Button); ok && button.Text == lang.L("Cancel") {
			test.Tap(button)
			return
		}
	}
	b.t.Fatal("the dialog cannot be cancelled")
}

// Whoever cancels a choice of files is where they were, in the desktop's dialog
// and in Fyne's, whatever takes that away.
func TestWhoeverCancelsKeepsTheFocus(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	for _, c := range []struct {
		name   string
		files  func(context.Context, capture.Choice) ([]string, error)
		cancel func()
	}{
		{"the desktop's", func(context.Context, capture.Choice) ([]string, error) { return nil, capture.ErrCancelled }, func() {}},
		{"Fyne's", nil, func() { b.key(fyne.KeyEscape) }},
		{"Fyne's", nil, b.cancelDialog},
	} {
		b.sources = capture.Sources{Files: c.files}
		b.open("")
		s := b.shell()
		back := func(want *button) {
			t.Helper()
			c.cancel()
			if s.window.Canvas().Overlays().Top() != nil || s.window.Canvas().Focused() != fyne.Focusable(want) {
				t.Errorf("%s dialog cancelled, %v has the focus and not %q", c.name, s.window.Canvas().Focused(), want.Text)
			}
		}
		i := b.bringing(b.file("list.txt", []byte(address("B", "b"))))
		b.press("bring.more")
		back(i.more)
		a := newAdd(s)
		s.show(a)
		b.press("add.picture")
		back(a.pressed)
	}

	s := b.shell()
	form := &exportForm{shell: s, form: carry.FormAddresses}
	s.show(form)
	form.sure.SetChecked(true)
	b.press("take.save")
	b.cancelDialog()
	if s.window.Canvas().Focused() != fyne.Focusable(form.primary) {
		t.Errorf("%v has the focus", s.window.Canvas().Focused())
	}
}

// What is chosen says where the focus goes: not to the button once more.
func TestAKeyThatWasReadIsKeptByEnter(t *testing.T) {
	files := []string{pictureFile(t, onsKey)}
	b := adding(t, "en", capture.Sources{Files: func(context.Context, capture.Choice) ([]string, error) { return files, nil }})
	b.press("add.picture")
	if a := b.shell().current.(*add); b.shell().window.Canvas().Focused() != fyne.Focusable(a.primary) {
		t.Errorf("%v has the focus", b.shell().window.Canvas().Focused())
	}
}

// Escape goes back from a card and from any button, and takes nothing back that
// was brought in; the arrows reach the list from the buttons above it.
func TestKeysOfTheScreenReachItFromAButton(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	s := b.shell()
	focus := func(o fyne.Focusable) { s.window.Canvas().Focus(o) }
	s.show(&exporting{shell: s})
	focus(all[*choice](b)[0])
	b.key(fyne.KeyEscape)
	b.wantTitle(b.words.Say("codes.title"))

	i := b.bringing(b.file("list.txt", []byte(address("B", "b")+address("C", "c"))))
	focus(i.more)
	b.key(fyne.KeyDown)
	b.key(fyne.KeySpace)
	if !i.plan.Items[0].Take || i.plan.Items[1].Take {
		t.Errorf("ticked are %v and %v", i.plan.Items[0].Take, i.plan.Items[1].Take)
	}
	focus(i.more)
	b.key(fyne.KeyEscape)
	b.wantTitle(b.words.Say("codes.title"))

	b.bringing(b.file("list.txt", []byte(address("B", "b"))))
	b.key(fyne.KeyReturn)
	focus(s.current.(*imported).primary)
	b.key(fyne.KeyEscape)
	b.wantTitle(b.words.Say("codes.title"))
	if got := b.issuers(); got != "A B" {
		t.Errorf("the vault has %s", got)
	}
}
