package ui

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/carry"
	"sleutelbos/vault"
)

// restoring puts a backup in the place of a vault that is gone, or that never
// was on this computer.
type restoring struct {
	*shell
	source carry.Source

	alert   *alert
	which   *widget.Label
	form    *fyne.Container
	secret  *field
	primary *button
}

func (r *restoring) title() string { return r.say("back.title") }

func (r *restoring) content() fyne.CanvasObject {
	r.alert = newAlert()
	r.which = paragraph("")
	r.secret = newField("", r.back)
	r.secret.Password = true
	r.secret.OnSubmitted = func(string) { r.enter() }
	r.form = container.NewVBox(r.which, caption(r.say("back.secret")), r.secret, muted(r.say("back.secret-sub")))
	r.form.Hide()
	r.primary = newPrimary(r.say("back.do"), r.enter)
	r.primary.Disable()
	r.secret.OnChanged = func(typed string) {
		if typed != "" {
			r.primary.Enable()
		}
	}
	return r.page(page{
		heading: r.title(),
		lead:    r.say("back.lead"),
		body: []fyne.CanvasObject{
			newChoice(theme.FolderOpenIcon(), r.say("back.choose"), r.say("back.choose-sub"), func() {
				r.pickFile("files.backups", []string{carry.Ending}, r.drop)
			}),
			r.alert.box, r.form,
		},
		back:    newButton(r.say("do.back"), r.back),
		primary: r.primary,
	})
}

func (r *restoring) back() { r.show(&welcome{shell: r.shell}) }

// drop takes the backup; what is none is said so before anything is typed.
func (r *restoring) drop(paths []string) {
	r.alert.hide()
	work(r.shell, func(context.Context) (carry.Source, error) {
		sources, err := carry.ReadSources(paths[:1])
		if err != nil {
			return carry.Source{}, err
		}
		return sources[0], vault.Prove(sources[0].Content)
	}, func(source carry.Source, err error) {
		if err != nil {
			r.showError(r.alert, err, "")
			return
		}
		r.source = source
		r.which.SetText(r.say("back.which", "file", filepath.Base(source.Name)))
		r.form.Show()
		r.window.Canvas().Focus(r.secret)
	})
}

func (r *restoring) enter() {
	if r.primary.Disabled() || r.source.Content == nil || r.secret.Text == "" {
		return
	}
	r.primary.Disable()
	r.alert.hide()
	typed, content := r.secret.Text, r.source.Content
	work(r.shell, func(ctx context.Context) (*vault.Vault, error) {
		ctx = context.WithoutCancel(ctx)
		v, err := r.Folder.Adopt(ctx, content, vault.ByPassphrase([]byte(typed)))
		if err != nil {
			byKey, keyErr := r.Folder.Adopt(ctx, content, vault.ByRecoveryKey(typed))
			if keyErr != nil {
				return nil, err
			}
			v = byKey
		}
		// Without a keyring it opens by what was typed just now.
		_ = v.UseKeyring(ctx)
		return v, nil
	}, func(v *vault.Vault, err error) {
		r.primary.Enable()
		if err != nil {
			r.showError(r.alert, err, "")
			r.window.Canvas().Focus(r.secret)
			return
		}
		r.vault = v
		list := &codes{shell: r.shell}
		r.show(list)
		list.notice.show(r.say("back.done", "n", len(v.List())), "", nil, r.Now())
	})
}
