package ui

import (
	"context"
	"crypto/rand"
	"os"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// exporting takes the codes out: as a backup, for Aegis, or where the
// organisation allows it in a form that anybody can read.
type exporting struct {
	*shell
	alert *alert
}

func (e *exporting) title() string { return e.say("take.title") }

func (e *exporting) content() fyne.CanvasObject {
	e.alert = newAlert()
	way := func(icon fyne.Resource, text, sub string, form carry.Form) fyne.CanvasObject {
		return newChoice(icon, text, sub, func() { e.choose(form) })
	}
	return e.page(page{
		heading: e.title(),
		body: []fyne.CanvasObject{
			e.alert.box,
			caption(e.say("take.sealed")),
			way(theme.DocumentSaveIcon(), e.say("take.backup"), e.say("take.backup-sub"), carry.FormBackup), space(2),
			way(theme.LoginIcon(), e.say("take.aegis"), e.say("take.aegis-sub"), carry.FormAegis), space(6),
			caption(e.say("take.open")),
			way(theme.DocumentPrintIcon(), e.say("take.page"), e.say("take.page-sub"), carry.FormHTML), space(2),
			way(theme.DocumentIcon(), e.say("take.addresses"), e.say("take.addresses-sub"), carry.FormAddresses),
		},
		back: newButton(e.say("do.back"), e.back),
	})
}

func (e *exporting) back() { e.home() }

// choose goes on with a form, unless the organisation forbids it.
func (e *exporting) choose(form carry.Form) {
	e.alert.hide()
	if form.Plain() {
		if err := carry.MayBePlain(e.Policy); err != nil {
			e.showError(e.alert, err, "")
			return
		}
	}
	if form == carry.FormBackup {
		e.save(e.alert, form, nil)
		return
	}
	e.show(&exportForm{shell: e.shell, form: form})
}

// fileName is what the file is called unless the person says otherwise.
func (s *shell) fileName(form carry.Form) string {
	day := s.Now().Format("2006-01-02")
	switch form {
	case carry.FormAegis:
		return "aegis-" + day + ".json"
	case carry.FormHTML:
		return s.say("take.page-file") + "-" + day + ".html"
	case carry.FormAddresses:
		return s.say("take.addresses-file") + "-" + day + ".txt"
	}
	return "sleutelbos-" + day + carry.Ending
}

// save asks where to, and writes.
func (s *shell) save(a *alert, form carry.Form, passphrase []byte) {
	s.pickNew(s.fileName(form), func(path string, err error) {
		if err != nil {
			s.showError(a, err, "")
			return
		}
		s.write(a, form, passphrase, path)
	})
}

func (s *shell) write(a *alert, form carry.Form, passphrase []byte, path string) {
	v := s.vault
	work(s, func(context.Context) (carry.Exported, error) {
		written, err := s.exported(form, v, passphrase)
		if err == nil {
			defer clear(written.Content)
			err = vault.WriteWhole(path, written.Content)
		}
		if info, statErr := os.Lstat(path); err != nil && statErr == nil && info.Size() == 0 {
			_ = os.Remove(path) // what the dialog left, for which there is no content
		}
		return written, err
	}, func(written carry.Exported, err error) {
		if err != nil {
			s.showError(a, err, "")
			return
		}
		m := words.Message{What: s.say("take.done", "file", path)}
		switch {
		case form == carry.FormBackup:
			m.Next = s.say("take.done-backup")
		case written.Left > 0:
			m.Next = s.say("export.done", "n", written.Entries) + " " + s.say("export.left", "n", written.Left)
		default:
			m.Next = s.say("export.done", "n", written.Entries)
		}
		to := &exporting{shell: s}
		s.show(to)
		to.alert.inform(m)
		s.window.SetTitle(m.What + " – " + s.say("app.name"))
	})
}

func (s *shell) exported(form carry.Form, v *vault.Vault, passphrase []byte) (carry.Exported, error) {
	switch form {
	case carry.FormAegis:
		return carry.Aegis(v, passphrase, rand.Reader)
	case carry.FormAddresses, carry.FormHTML:
		if err := carry.MayBePlain(s.Policy); err != nil {
			return carry.Exported{}, err
		}
		if form == carry.FormHTML {
			return carry.Page(v, s.Words, s.Now())
		}
		return carry.Addresses(v)
	}
	content, err := s.Folder.Snapshot()
	if err == nil {
		err = vault.Prove(content)
	}
	return carry.Exported{Content: content}, err
}

// exportForm asks what a form needs: a password twice, or that the person knows
// what lies open.
type exportForm struct {
	*shell
	form carry.Form

	first, again *field
	state        *widget.Label
	sure         *check
	alert        *alert
	primary      *button
}

func (e *exportForm) title() string {
	switch e.form {
	case carry.FormAegis:
		return e.say("take.aegis")
	case carry.FormHTML:
		return e.say("take.page")
	}
	return e.say("take.addresses")
}

func (e *exportForm) content() fyne.CanvasObject {
	e.alert = newAlert()
	e.primary = newPrimary(e.say("take.save"), e.enter)
	e.first, e.again = newField("", e.back), newField("", e.back)
	e.first.Password, e.again.Password = true, true
	e.first.OnChanged, e.again.OnChanged = func(string) { e.check() }, func(string) { e.check() }
	e.first.OnSubmitted = func(string) { e.window.Canvas().Focus(e.again) }
	e.again.OnSubmitted = func(string) { e.enter() }
	e.state = muted("")
	e.sure = newCheck(e.say("take.sure"), func(bool) { e.check() }, e.enter, e.back)
	var body []fyne.CanvasObject
	if e.form.Plain() {
		warning := newAlert()
		warning.show(words.Message{What: e.say("take.warning"), Next: e.say("export.plain")})
		body = []fyne.CanvasObject{warning.box, space(6), e.sure, e.alert.box}
	} else {
		body = []fyne.CanvasObject{
			paragraph(e.say("take.aegis-lead")), e.alert.box,
			caption(e.say("take.password")), e.first, caption(e.say("take.password-again")), e.again, e.state,
		}
	}
	content := e.page(page{heading: e.title(), body: body, back: newButton(e.say("do.back"), e.back), primary: e.primary})
	e.check()
	return content
}

func (e *exportForm) focus() fyne.Focusable {
	if e.form.Plain() {
		return e.sure
	}
	return e.first
}

func (e *exportForm) back() { e.show(&exporting{shell: e.shell}) }

// check says what is still missing while the person types.
func (e *exportForm) check() {
	missing := vault.MinPassphrase - utf8.RuneCountInString(e.first.Text)
	ready := false
	switch {
	case e.form.Plain():
		ready = e.sure.Checked
	case e.first.Text == "":
		e.state.SetText(e.say("passphrase.hint"))
	case missing > 0:
		e.state.SetText(e.say("passphrase.short", "n", missing))
	case e.first.Text != e.again.Text:
		e.state.SetText(e.say("passphrase.differs"))
	default:
		e.state.SetText(e.say("passphrase.good"))
		ready = true
	}
	if ready {
		e.primary.Enable()
	} else {
		e.primary.Disable()
	}
}

func (e *exportForm) enter() {
	if !e.primary.Disabled() {
		e.refocusOn(e.primary) // whoever cancels is where they were
		e.save(e.alert, e.form, []byte(e.first.Text))
	}
}
