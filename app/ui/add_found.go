package ui

import (
	"strings"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// take shows what pictures, or an address, brought.
func (a *add) take(found []scan.Found) { a.present(a.haul.add(found)) }

// seen takes what the camera saw. It stays on while parts are missing.
func (a *add) seen(found []scan.Found) string {
	b := a.haul.add(found)
	if b.size > 0 {
		return a.say("capture.batch", "seen", b.seen, "size", b.size) + " " + a.say("capture.batch-camera")
	}
	a.again()
	a.present(b)
	return ""
}

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
		a.refocus()
	case b.err != nil:
		a.forget()
		a.showError(a.alert, b.err, "")
		a.refocus()
	case b.other != "":
		a.forget()
		m := words.Message{What: words.Scanned(a.Words, b.other), Next: a.say("add.other-qr", "text", shorten(b.other))}
		a.alert.show(m)
		a.window.SetTitle(m.What + " – " + a.say("app.name"))
		a.refocus()
	case len(b.keys) == 1 && b.left == 0:
		a.fill(b.keys[0])
		a.check()
		a.found = a.Now()
		name := words.Name(a.Words, vault.Entry{Issuer: b.keys[0].Issuer, Account: b.keys[0].Account})
		a.window.SetTitle(a.say("capture.found", "name", name) + " – " + a.say("app.name"))
		a.window.Canvas().Focus(a.primary)
	case len(b.keys)+b.left > 0:
		a.toList(b.text)
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
		a.part.OnTapped = func() { a.toList(b.text) }
		a.part.Show()
	}
}

// toList hands several keys to the list from which they are chosen.
func (a *add) toList(text string) {
	a.haul = haul{}
	a.importSources([]carry.Source{{Name: a.say("capture.found-name"), Content: []byte(text)}})
}

// shorten keeps a foreign text to a line or two, whatever lines it has itself.
func shorten(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return string(runes)
}
