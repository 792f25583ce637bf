package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// add takes a key from a picture, an address or the keyboard, shows its first
// code, and keeps it when the person says so.
type add struct {
	*fetching
	key    enroll.Key // what the form says now
	valid  bool
	length int // of the key field at the last change: a paste grows it at once

	secret, issuer, account *field
	digits, period          *field
	kind, algorithm         *chooser
	preview                 *canvas.Text
	previewBox              *fyne.Container
	state                   *widget.Label
	primary                 *button
	filling                 bool

	found time.Time // when a picture's key was put into the form
	haul  haul
	part  *button // keeps what there is of a list that is not whole
}

func newAdd(s *shell) *add {
	a := &add{}
	a.fetching = &fetching{
		shell: s, doing: a.begin, take: a.take, others: s.importFiles, again: func() { s.show(a) }, seen: a.seen,
	}
	return a
}

func (a *add) title() string { return a.say("add.title") }

var algorithms = []string{string(enroll.SHA1), string(enroll.SHA256), string(enroll.SHA512)}

func (a *add) kinds() []string {
	return []string{a.say("add.kind-totp"), a.say("add.kind-hotp"), a.say("add.kind-steam")}
}

func (a *add) content() fyne.CanvasObject {
	a.alert = newAlert()
	a.secret, a.issuer, a.account = newField("JBSW Y3DP EHPK 3PXP", a.back), newField("", a.back), newField("", a.back)
	a.secret.empty = a.fromClipboard
	a.digits, a.period = newField("6", a.back), newField("30", a.back)
	for _, f := range []*field{a.secret, a.issuer, a.account, a.digits, a.period} {
		f.OnChanged = func(string) { a.check() }
		f.OnSubmitted = func(string) { a.enter() }
	}
	a.kind = newChooser(a.kinds(), func(string) { a.check() })
	a.algorithm = newChooser(algorithms, func(string) { a.check() })
	a.preview = canvas.NewText("", shade(theme.ColorNamePrimary))
	a.preview.TextSize, a.preview.TextStyle = 26, fyne.TextStyle{Monospace: true, Bold: true}
	a.previewBox = container.NewVBox(card(container.NewVBox(caption(a.say("add.preview")), container.NewCenter(a.preview), muted(a.say("add.preview-compare")))))
	a.previewBox.Hide()
	a.state = muted("")
	a.state.Hide()
	a.primary = newPrimary(a.say("add.keep"), a.enter)
	a.part = newButton("", nil)
	a.part.Hide()
	settings := container.NewGridWithColumns(2,
		caption(a.say("add.kind")), a.kind, caption(a.say("add.algorithm")), a.algorithm,
		caption(a.say("add.digits")), a.digits, caption(a.say("add.period")), a.period)
	more := widget.NewAccordion(widget.NewAccordionItem(a.say("add.more"), settings))
	content := a.page(page{
		heading: a.title(),
		lead:    a.say("add.lead"),
		body: []fyne.CanvasObject{
			a.buttons(),
			a.alert.box, a.part,
			caption(a.say("add.key")), a.secret, a.state,
			caption(a.say("add.issuer")), a.issuer,
			caption(a.say("add.account")), a.account,
			a.previewBox, more,
		},
		back:    newButton(a.say("do.back"), a.back),
		primary: a.primary,
	})
	a.fill(enroll.Key{Kind: enroll.TOTP, Algorithm: enroll.SHA1, Digits: enroll.MinDigits, Period: enroll.DefaultPeriod})
	a.check()
	return content
}

func (a *add) focus() fyne.Focusable { return a.secret }

func (a *add) start() { a.look() }

// begin says that a picture is read, and with nothing that it was.
func (a *add) begin(text string) {
	a.part.Hide()
	a.note(text)
}

// note says something about what is typed; nothing takes no room.
func (a *add) note(text string) {
	a.state.SetText(text)
	show(a.state, text != "")
}

func (a *add) back() { a.home() }

func (a *add) tick(time.Time) { a.showPreview() }

// fill puts what is known of a key into the form; the secret only when there is
// one.
func (a *add) fill(key enroll.Key) {
	a.filling = true
	defer func() { a.filling = false }()
	if len(key.Secret) > 0 {
		a.secret.SetText(key.Secret.Base32())
		a.issuer.SetText(key.Issuer)
		a.account.SetText(key.Account)
	}
	kinds := map[enroll.Kind]int{enroll.TOTP: 0, enroll.HOTP: 1, enroll.Steam: 2}
	a.kind.SetSelectedIndex(kinds[key.Kind])
	a.algorithm.SetSelected(string(key.Algorithm))
	a.digits.SetText(strconv.Itoa(key.Digits))
	a.period.SetText(strconv.Itoa(key.Period))
	a.key.Counter = key.Counter
}

// check reads the form while the person types; a pasted address fills it in.
func (a *add) check() {
	if a.filling {
		return
	}
	typed := strings.TrimSpace(a.secret.Text)
	pasted := len(a.secret.Text) > a.length+1
	a.length = len(a.secret.Text)
	if isAddress(typed) {
		// While it is typed, half an address may look like a whole one.
		a.valid = false
		a.showPreview()
		if pasted {
			a.take(texts(typed))
			return
		}
		a.note(a.say("add.enter"))
		return
	}
	key := enroll.Key{
		Kind:      []enroll.Kind{enroll.TOTP, enroll.HOTP, enroll.Steam}[max(a.kind.SelectedIndex(), 0)],
		Issuer:    strings.TrimSpace(a.issuer.Text),
		Account:   strings.TrimSpace(a.account.Text),
		Algorithm: enroll.Algorithm(a.algorithm.Selected),
		Counter:   a.key.Counter,
	}
	var err error
	key.Secret, err = enroll.ParseSecret(typed)
	key.Digits, _ = strconv.Atoi(a.digits.Text) // no number is 0 digits, and refused as such
	key.Period, _ = strconv.Atoi(a.period.Text)
	switch key.Kind {
	case enroll.Steam:
		key.Digits, key.Algorithm = enroll.SteamDigits, enroll.SHA1
	case enroll.HOTP:
		key.Period = 0
	}
	if err == nil {
		err = key.Validate()
	}
	a.key, a.valid = key, err == nil
	a.note("")
	if err != nil && typed != "" {
		a.note(words.Explain(a.Words, err, "").String())
	}
	a.showPreview()
}

func (a *add) showPreview() {
	if !a.valid || a.key.Kind == enroll.HOTP && a.key.Counter > 0 {
		a.previewBox.Hide()
	} else if code, err := a.key.CodeNow(a.Now()); err == nil {
		if text := words.Grouped(code.Text); text != a.preview.Text {
			a.preview.Text = text
			a.preview.Refresh()
		}
		a.previewBox.Show()
	}
	if a.valid {
		a.primary.Enable()
	} else {
		a.primary.Disable()
	}
}

func isAddress(typed string) bool { return strings.Contains(typed, "://") }

// lookAtIt is how long what a picture held is shown before it can be kept: a key
// that is held down, or bounces, is no answer.
const lookAtIt = 400 * time.Millisecond

// enter reads an address that was typed, and keeps the key.
func (a *add) enter() {
	if typed := strings.TrimSpace(a.secret.Text); isAddress(typed) {
		a.take(texts(typed))
		return
	}
	switch {
	case !a.valid:
	case a.Now().Sub(a.found) < lookAtIt:
		a.refocusOn(a.primary) // it is pressed again
	default:
		a.keep(a.key)
	}
}

func (a *add) keep(key enroll.Key) {
	a.primary.Disable()
	work(a.shell, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.vault.Update(context.WithoutCancel(ctx), func(d *vault.Draft) error {
			_, err := d.Add(key, nil)
			return err
		})
	}, func(_ struct{}, err error) {
		a.primary.Enable()
		if err != nil {
			a.showError(a.alert, err, "")
			return
		}
		list := &codes{shell: a.shell}
		a.show(list)
		name := words.Name(a.Words, vault.Entry{Issuer: key.Issuer, Account: key.Account})
		list.notice.show(a.say("add.kept", "name", name), "", nil, a.Now())
	})
}
