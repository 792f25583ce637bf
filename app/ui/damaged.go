package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/vault"
)

// damaged offers the newest good copy of a vault that does not open.
type damaged struct {
	*shell
	next func()

	copies  []vault.Generation
	choices *widget.RadioGroup
	secret  *field
	alert   *alert
	primary *button
}

func (d *damaged) title() string {
	if d.gone() {
		return d.say("damaged.gone")
	}
	return d.say("damaged.title")
}

// gone tells whether the file is not damaged but missing.
func (d *damaged) gone() bool {
	exists, err := d.Folder.Exists()
	return err == nil && !exists
}

func (d *damaged) content() fyne.CanvasObject {
	d.alert = newAlert()
	d.copies, _ = d.Folder.Generations() // a folder that cannot be read offers none
	if len(d.copies) == 0 {
		return d.page(page{
			heading: d.title(),
			body:    []fyne.CanvasObject{paragraph(d.say("damaged.none"))},
			primary: newPrimary(d.say("do.again"), func() { d.show(&unlock{shell: d.shell, next: d.next}) }),
		})
	}
	var labels []string
	for _, c := range d.copies {
		labels = append(labels, d.say("damaged.copy", "when", c.Saved.Local().Format("2006-01-02 15:04:05")))
	}
	d.choices = widget.NewRadioGroup(labels, nil)
	d.choices.SetSelected(labels[0])
	d.secret = newField(d.say("unlock.passphrase"), nil)
	d.secret.Password = true
	d.secret.OnSubmitted = func(string) { d.enter() }
	d.primary = newPrimary(d.say("damaged.do"), d.enter)
	lead := d.say("damaged.lead")
	if d.gone() {
		lead = d.say("damaged.gone-lead")
	}
	return d.page(page{
		heading: d.title(),
		lead:    lead,
		body:    []fyne.CanvasObject{d.choices, d.alert.box, d.secret, muted(d.say("damaged.secret"))},
		primary: d.primary,
	})
}

// enter restores the chosen copy: by what was typed, as passphrase or recovery
// key, or by the keyring when nothing was.
func (d *damaged) enter() {
	if d.primary == nil || d.primary.Disabled() {
		return
	}
	chosen := d.copies[max(slices.Index(d.choices.Options, d.choices.Selected), 0)]
	typed := d.secret.Text
	d.primary.Disable()
	work(d.shell, func(ctx context.Context) (*vault.Vault, error) {
		ctx = context.WithoutCancel(ctx)
		if typed == "" {
			return d.Folder.Restore(ctx, chosen, vault.ByKeyring())
		}
		v, err := d.Folder.Restore(ctx, chosen, vault.ByPassphrase([]byte(typed)))
		if err == nil {
			return v, nil
		}
		if byKey, keyErr := d.Folder.Restore(ctx, chosen, vault.ByRecoveryKey(typed)); keyErr == nil {
			return byKey, nil
		}
		return nil, err
	}, func(v *vault.Vault, err error) {
		d.primary.Enable()
		if err != nil {
			d.showError(d.alert, err, "")
			return
		}
		d.vault = v
		d.next()
	})
}
