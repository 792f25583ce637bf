package ui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// add takes a key from a picture, an address or the keyboard, shows its first
// code, and keeps it when the person says so.
type add struct {
	*shell
	key    enroll.Key // what the form says now
	valid  bool
	length int // of the key field at the last change: a paste grows it at once

	alert                   *alert
	secret, issuer, account *field
	digits, period          *field
	kind, algorithm         *widget.Select
	preview                 *canvas.Text
	previewBox              *fyne.Container
	state                   *widget.Label
	primary                 *button
	filling                 bool
}

func newAdd(s *shell) *add { return &add{shell: s} }

func (a *add) title() string { return a.say("add.title") }

var algorithms = []string{string(enroll.SHA1), string(enroll.SHA256), string(enroll.SHA512)}

func (a *add) kinds() []string {
	return []string{a.say("add.kind-totp"), a.say("add.kind-hotp"), a.say("add.kind-steam")}
}

func (a *add) content() fyne.CanvasObject {
	a.alert = newAlert()
	a.secret, a.issuer, a.account = newField("JBSW Y3DP EHPK 3PXP", a.back), newField("", a.back), newField("", a.back)
	a.digits, a.period = newField("6", a.back), newField("30", a.back)
	for _, f := range []*field{a.secret, a.issuer, a.account, a.digits, a.period} {
		f.OnChanged = func(string) { a.check() }
		f.OnSubmitted = func(string) { a.enter() }
	}
	a.kind = widget.NewSelect(a.kinds(), func(string) { a.check() })
	a.algorithm = widget.NewSelect(algorithms, func(string) { a.check() })
	a.preview = canvas.NewText("", shade(theme.ColorNamePrimary))
	a.preview.TextSize, a.preview.TextStyle = 26, fyne.TextStyle{Monospace: true, Bold: true}
	a.previewBox = container.NewVBox(card(container.NewVBox(caption(a.say("add.preview")), container.NewCenter(a.preview), muted(a.say("add.preview-compare")))))
	a.previewBox.Hide()
	a.state = muted("")
	a.primary = newPrimary(a.say("add.keep"), a.enter)
	settings := container.NewGridWithColumns(2,
		caption(a.say("add.kind")), a.kind, caption(a.say("add.algorithm")), a.algorithm,
		caption(a.say("add.digits")), a.digits, caption(a.say("add.period")), a.period)
	more := widget.NewAccordion(widget.NewAccordionItem(a.say("add.more"), settings))
	content := a.page(page{
		heading: a.title(),
		lead:    a.say("add.lead"),
		body: []fyne.CanvasObject{
			container.NewHBox(newButtonWithIcon(a.say("add.picture"), theme.FileImageIcon(), func() {
				a.pickPicture(func(path string) { a.drop([]string{path}) })
			})),
			a.alert.box,
			caption(a.say("add.key")), a.secret, a.state,
			caption(a.say("add.issuer")), a.issuer,
			caption(a.say("add.account")), a.account,
			more, a.previewBox,
		},
		back:    newButton(a.say("do.back"), a.back),
		primary: a.primary,
	})
	a.fill(enroll.Key{Kind: enroll.TOTP, Algorithm: enroll.SHA1, Digits: enroll.MinDigits, Period: enroll.DefaultPeriod})
	a.check()
	return content
}

func (a *add) focus() fyne.Focusable { return a.secret }

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
			a.offer([]string{typed})
			return
		}
		a.state.SetText(a.say("add.enter"))
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
	a.state.SetText("")
	if err != nil && typed != "" {
		a.state.SetText(words.Explain(a.Words, err, "").String())
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

// enter reads an address that was typed, and keeps the key.
func (a *add) enter() {
	if typed := strings.TrimSpace(a.secret.Text); isAddress(typed) {
		a.offer([]string{typed})
		return
	}
	if a.valid {
		a.keep([]enroll.Key{a.key})
	}
}

func (a *add) keep(keys []enroll.Key) {
	a.primary.Disable()
	work(a.shell, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.vault.Update(context.WithoutCancel(ctx), func(d *vault.Draft) error {
			for _, key := range keys {
				if _, err := d.Add(key, nil); err != nil && (len(keys) == 1 || !errors.Is(err, vault.ErrDuplicate)) {
					return err
				}
			}
			return nil
		})
	}, func(_ struct{}, err error) {
		a.primary.Enable()
		if err != nil {
			a.showError(a.alert, err, "")
			return
		}
		list := &codes{shell: a.shell}
		a.show(list)
		if len(keys) == 1 {
			name := words.Name(a.Words, vault.Entry{Issuer: keys[0].Issuer, Account: keys[0].Account})
			list.notice.show(a.say("add.kept", "name", name), "", nil, a.Now())
		}
	})
}

// drop reads pictures that were dropped or chosen.
func (a *add) drop(paths []string) {
	a.alert.hide()
	a.state.SetText(a.say("add.reading"))
	work(a.shell, func(ctx context.Context) ([]string, error) {
		var texts []string
		for _, path := range paths {
			found, err := scan.ReadFile(ctx, path)
			if err != nil {
				return nil, err
			}
			for _, code := range found {
				texts = append(texts, code.Text)
			}
		}
		return texts, nil
	}, func(texts []string, err error) {
		a.state.SetText("")
		if err != nil {
			a.showError(a.alert, err, "")
			return
		}
		a.offer(texts)
	})
}

// offer shows what was brought: a key in the form, several to confirm, a letter's
// link in the wizard, or what else it says.
func (a *add) offer(texts []string) {
	var keys []enroll.Key
	for _, text := range texts {
		if link, err := enroll.ParseLinkAddress(text); err == nil {
			a.showWizardAt(link)
			return
		}
		key, err := enroll.ParseAddress(text)
		if err != nil {
			a.valid = false
			a.showPreview()
			if errors.Is(err, enroll.ErrNotAnAddress) {
				a.alert.show(words.Message{What: words.Scanned(a.Words, text), Next: a.say("add.other-qr", "text", shorten(text))})
			} else {
				a.showError(a.alert, err, "")
			}
			return
		}
		keys = append(keys, key)
	}
	a.alert.hide()
	if len(keys) == 1 {
		a.fill(keys[0])
		a.check()
		return
	}
	a.confirmSeveral(keys)
}

// confirmSeveral lists the keys of a picture before they are kept.
func (a *add) confirmSeveral(keys []enroll.Key) {
	var lines []string
	for _, key := range keys {
		lines = append(lines, "• "+words.Name(a.Words, vault.Entry{Issuer: key.Issuer, Account: key.Account}))
	}
	d := dialog.NewCustomConfirm(a.say("add.several", "n", len(keys)), a.say("add.keep"), a.say("do.cancel"),
		container.NewVScroll(paragraph(strings.Join(lines, "\n"))), func(yes bool) {
			if yes {
				a.keep(keys)
			}
		}, a.window)
	d.Resize(fyne.NewSize(a.window.Canvas().Size().Width-40, 300))
	d.Show()
}

// shorten keeps a foreign text to a line or two.
func shorten(text string) string {
	runes := []rune(text)
	if len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}

// pickPicture lets the person choose a picture file.
func (s *shell) pickPicture(picked func(path string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return // cancelled, or a file that was gone before it was opened
		}
		_ = file.Close()
		picked(file.URI().Path())
	}, s.window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}))
	d.Show()
	d.Resize(s.window.Canvas().Size()) // only once it is shown: before, Fyne has nothing to resize
}
