package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// take shows what pictures, or an address, brought.
func (a *add) take(found []scan.Found) { a.present(a.haul.add(found)) }

// present shows what was brought: a key in the form, several to choose from, a
// letter's link in the wizard, or what else it says. Nothing is kept by it.
func (a *add) present(b brought) {
	a.alert.hide()
	a.part.Hide()
	switch {
	case b.link != nil:
		a.showWizardAt(*b.link)
	case b.size > 0:
		a.wait(b)
		a.again()
	case b.err != nil:
		a.forget()
		a.showError(a.alert, b.err, "")
		a.again()
	case b.other != "":
		a.forget()
		m := words.Message{What: words.Scanned(a.Words, b.other), Next: a.say("add.other-qr", "text", shorten(b.other))}
		a.alert.show(m)
		a.window.SetTitle(m.What + " – " + a.say("app.name"))
		a.again()
	case len(b.keys) == 1:
		a.fill(b.keys[0])
		a.check()
		name := words.Name(a.Words, vault.Entry{Issuer: b.keys[0].Issuer, Account: b.keys[0].Account})
		a.window.SetTitle(a.say("capture.found", "name", name) + " – " + a.say("app.name"))
		a.window.Canvas().Focus(a.primary)
	case len(b.keys) > 1:
		a.show(newSeveral(a, b))
	}
}

// forget has nothing to keep any more.
func (a *add) forget() {
	a.valid = false
	a.showPreview()
}

// wait says what is still missing, and offers to keep what is there.
func (a *add) wait(b brought) {
	m := words.Message{What: a.say("capture.batch", "seen", b.seen, "size", b.size), Next: a.say("capture.batch-next")}
	a.alert.inform(m)
	a.window.SetTitle(m.What + " – " + a.say("app.name"))
	if len(b.keys) > 0 {
		a.part.SetText(a.say("capture.batch-keep", "n", len(b.keys)))
		a.part.OnTapped = func() { a.show(newSeveral(a, b)) }
		a.part.Show()
	}
}

// several lists the keys of pictures with their codes, each to be ticked, before
// they are kept.
type several struct {
	*shell
	add    *add
	keys   []enroll.Key
	left   int
	ticked []bool

	boxes   []*check
	primary *button
}

func newSeveral(a *add, b brought) *several {
	v := &several{shell: a.shell, add: a, keys: b.keys, left: b.left, ticked: make([]bool, len(b.keys))}
	for i := range v.ticked {
		v.ticked[i] = true
	}
	return v
}

func (v *several) title() string { return v.say("add.several", "n", len(v.keys)) }

func (v *several) content() fyne.CanvasObject {
	v.primary = newPrimary(v.say("add.keep"), v.enter)
	v.boxes = nil
	var body []fyne.CanvasObject
	for i := range v.keys {
		box := newCheck(v.label(i), func(on bool) {
			v.ticked[i] = on
			v.count()
		}, v.enter, v.back)
		box.Checked = v.ticked[i]
		v.boxes = append(v.boxes, box)
		body = append(body, box)
	}
	if v.left > 0 {
		body = append(body, muted(v.say("capture.left", "n", v.left)))
	}
	v.count()
	return v.page(page{
		heading: v.title(), lead: v.say("capture.several-lead"), body: body,
		back: newButton(v.say("do.back"), v.back), primary: v.primary,
	})
}

// label is a key's name, cut to the window's width, and its code.
func (v *several) label(i int) string {
	key := v.keys[i]
	name := []rune(words.Name(v.Words, vault.Entry{Issuer: key.Issuer, Account: key.Account}))
	if len(name) > longest {
		name = append(name[:longest-1], '…')
	}
	if key.Kind == enroll.HOTP {
		return string(name) // showing one would use it up
	}
	code, err := key.CodeNow(v.Now())
	if err != nil {
		return string(name)
	}
	return string(name) + " · " + words.Grouped(code.Text)
}

// longest name that fits beside its code.
const longest = 32

func (v *several) tick(time.Time) {
	for i, box := range v.boxes {
		if label := v.label(i); label != box.Text {
			box.SetText(label)
		}
	}
}

func (v *several) count() {
	v.primary.Disable()
	for _, on := range v.ticked {
		if on {
			v.primary.Enable()
		}
	}
}

func (v *several) focus() fyne.Focusable { return v.primary }

func (v *several) back() { v.show(v.add) }

func (v *several) drop(paths []string) {
	v.show(v.add)
	v.add.drop(paths)
}

// enter keeps what is ticked.
func (v *several) enter() {
	var keys []enroll.Key
	for i, on := range v.ticked {
		if on {
			keys = append(keys, v.keys[i])
		}
	}
	if len(keys) > 0 {
		v.show(v.add)
		v.add.keep(keys)
	}
}

// shorten keeps a foreign text to a line or two.
func shorten(text string) string {
	runes := []rune(text)
	if len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
