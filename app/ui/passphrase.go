package ui

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// choosePassphrase makes the vault with a passphrase, where no keyring answers.
type choosePassphrase struct {
	*shell
	next  func()
	found error // what the keyring said

	first, again *field
	state        *widget.Label
	alert        *alert
	primary      *button
	backTo       *button
}

func (c *choosePassphrase) title() string { return c.say("passphrase.title") }

func (c *choosePassphrase) content() fyne.CanvasObject {
	c.first, c.again = newField("", c.back), newField("", c.back)
	c.first.Password, c.again.Password = true, true
	c.first.OnChanged = func(string) { c.check() }
	c.again.OnChanged = func(string) { c.check() }
	c.first.OnSubmitted = func(string) { c.window.Canvas().Focus(c.again) }
	c.again.OnSubmitted = func(string) { c.make() }
	c.state = muted(c.say("passphrase.hint"))
	c.alert = newAlert()
	if c.found != nil {
		c.alert.inform(words.Message{What: words.Explain(c.Words, c.found, "").What, Next: c.say("next.keyring-passphrase")})
	}
	c.primary = newPrimary(c.say("do.next"), c.make)
	c.backTo = newButton(c.say("do.back"), c.back)
	retry := newQuiet(c.say("passphrase.keyring-again"), nil, func() { c.show(&protect{shell: c.shell, next: c.next, unlock: true}) })
	content := c.page(page{
		heading: c.title(),
		lead:    c.say("passphrase.lead"),
		body: []fyne.CanvasObject{
			c.alert.box,
			caption(c.say("passphrase.first")), c.first,
			caption(c.say("passphrase.again")), c.again,
			c.state, container.NewHBox(retry),
		},
		back:    c.backTo,
		primary: c.primary,
	})
	c.check()
	return content
}

func (c *choosePassphrase) focus() fyne.Focusable { return c.first }

func (c *choosePassphrase) back() {
	if !c.backTo.Disabled() {
		c.show(&welcome{shell: c.shell})
	}
}

// check says what is still missing while the person types.
func (c *choosePassphrase) check() {
	missing := vault.MinPassphrase - utf8.RuneCountInString(c.first.Text)
	c.primary.Disable()
	switch {
	case c.first.Text == "":
		c.state.SetText(c.say("passphrase.hint"))
	case missing > 0:
		c.state.SetText(c.say("passphrase.short", "n", missing))
	case c.first.Text != c.again.Text:
		c.state.SetText(c.say("passphrase.differs"))
	default:
		c.state.SetText(c.say("passphrase.good"))
		c.primary.Enable()
	}
}

func (c *choosePassphrase) make() {
	if c.primary.Disabled() {
		return
	}
	c.primary.Disable()
	c.backTo.Disable()
	c.state.SetText(c.say("protect.making"))
	c.create(vault.First{Passphrase: []byte(c.first.Text)}, c.next, func(err error) {
		c.backTo.Enable()
		c.check()
		c.showError(c.alert, err, "")
	})
}
