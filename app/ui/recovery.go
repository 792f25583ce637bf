package ui

import (
	"context"
	"errors"
	"io"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/vault"
)

// showRecovery shows the recovery key once, to save, print or write down.
type showRecovery struct {
	*shell
	key       vault.RecoveryKey
	byKeyring bool
	next      func()

	have    *check
	state   *widget.Label
	alert   *alert
	primary *button
}

func (r *showRecovery) title() string { return r.say("recovery.title") }

func (r *showRecovery) content() fyne.CanvasObject {
	lead := r.say("recovery.lead-passphrase")
	if r.byKeyring {
		lead = r.say("recovery.lead-keyring")
	}
	key := widget.NewLabelWithStyle(twoLines(r.key.Reveal()), fyne.TextAlignCenter, fyne.TextStyle{Monospace: true, Bold: true})
	key.SizeName = theme.SizeNameSubHeadingText
	key.Selectable = true
	r.state = muted("")
	r.state.Hide()
	r.alert = newAlert()
	r.primary = newPrimary(r.say("do.next"), r.enter)
	r.primary.Disable()
	r.have = newCheck(r.say("recovery.have"), func(on bool) {
		if on {
			r.primary.Enable()
		} else {
			r.primary.Disable()
		}
	}, r.enter, nil)
	ways := container.NewHBox(newButtonWithIcon(r.say("recovery.save"), theme.DocumentSaveIcon(), r.save))
	if r.Printer != nil {
		if send := r.Printer(); send != nil {
			ways.Add(newButtonWithIcon(r.say("recovery.print"), theme.DocumentPrintIcon(), func() { r.print(send) }))
		}
	}
	return r.page(page{
		heading: r.title(),
		lead:    lead,
		body:    []fyne.CanvasObject{card(key), ways, r.state, r.alert.box, muted(r.say("recovery.keep")), r.have},
		primary: r.primary,
	})
}

func newButtonWithIcon(text string, icon fyne.Resource, do func()) *button {
	b := newButton(text, do)
	b.Icon = icon
	return b
}

// twoLines breaks the key in the middle, at a dash, so that it is read and
// typed in two halves.
func twoLines(key string) string {
	groups := strings.Split(key, "-")
	half := (len(groups) + 1) / 2
	return strings.Join(groups[:half], "-") + "-\n" + strings.Join(groups[half:], "-")
}

func (r *showRecovery) focus() fyne.Focusable { return r.have }

// enter goes on once the person says that the key is kept.
func (r *showRecovery) enter() {
	if !r.have.Checked {
		return
	}
	r.noteSeen()
	r.key = vault.RecoveryKey{}
	r.next()
}

func (r *showRecovery) text() string {
	return r.say("recovery.file", "key", r.key.Reveal(), "date", r.Now().Format("2006-01-02"), "device", r.Device)
}

func (r *showRecovery) save() {
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		if file == nil && err == nil {
			return // cancelled
		}
		if err == nil {
			_, err = io.WriteString(file, r.text())
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			r.showError(r.alert, err, "")
			return
		}
		r.kept(r.say("recovery.saved", "file", file.URI().Name()))
	}, r.window)
	d.SetTitleText(r.say("files.save"))
	d.SetFileName(r.say("recovery.file-name"))
	d.Show()
	d.Resize(r.window.Canvas().Size()) // only once it is shown: before, Fyne has nothing to resize
}

func (r *showRecovery) print(send func(context.Context, string) error) {
	text := r.text()
	work(r.shell, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, send(ctx, text)
	}, func(_ struct{}, err error) {
		if err != nil {
			r.showError(r.alert, err, "")
			return
		}
		r.kept(r.say("recovery.printed"))
	})
}

func (r *showRecovery) kept(how string) {
	r.alert.hide()
	r.state.SetText(how)
	r.state.Show()
	r.have.SetChecked(true)
}
