package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// unlock opens the vault: by the keyring without a question, else by passphrase
// or recovery key, with the keyring to be asked again at any time.
type unlock struct {
	*shell
	locked bool // the person locked it: do not open by oneself
	next   func()
	early  <-chan opening // the keyring was asked already

	slots      []vault.SlotKind
	byRecovery bool
	doing      *widget.Label
	alert      *alert
	name       *widget.Label
	secret     *field
	form       *fyne.Container
	other      *button
	primary    *button
	keyringErr error
}

func (u *unlock) title() string { return u.say("unlock.title") }

func (u *unlock) content() fyne.CanvasObject {
	u.doing = muted(u.say("unlock.asking"))
	u.alert = newAlert()
	u.name = caption("")
	u.secret = newField("", nil)
	u.secret.Password = true
	u.secret.OnSubmitted = func(string) { u.enter() }
	u.other = newQuiet("", nil, u.turn)
	keyring := newQuiet(u.say("unlock.keyring-again"), theme.ViewRefreshIcon(), u.askKeyring)
	u.slots, _ = u.Folder.Slots() // a file that says nothing is found damaged when it is opened
	ways := container.NewHBox(u.other)
	if slices.Contains(u.slots, vault.KeyringSlot) {
		ways.Add(keyring)
	}
	u.form = container.NewVBox(u.name, u.secret, ways)
	u.primary = newPrimary(u.say("unlock.do"), u.enter)
	u.byRecovery = !slices.Contains(u.slots, vault.PassphraseSlot)
	u.label()
	return u.page(page{
		heading: u.title(),
		body:    []fyne.CanvasObject{u.alert.box, u.doing, u.form},
		primary: u.primary,
	})
}

// drop reads the pictures once the vault is open.
func (u *unlock) drop(paths []string) {
	m := words.Message{What: u.say("capture.drop-locked"), Next: u.say("capture.drop-read-after")}
	u.alert.inform(m)
	u.window.SetTitle(m.What + " – " + u.say("app.name"))
	u.next = func() {
		add := newAdd(u.shell)
		u.show(add)
		add.drop(paths)
	}
}

func (u *unlock) focus() fyne.Focusable { return u.secret }

func (u *unlock) label() {
	if u.byRecovery {
		u.name.SetText(u.say("unlock.recovery"))
		u.other.SetText(u.say("unlock.use-passphrase"))
	} else {
		u.name.SetText(u.say("unlock.passphrase"))
		u.other.SetText(u.say("unlock.use-recovery"))
	}
	u.secret.Password = !u.byRecovery
	u.secret.Refresh()
	if !slices.Contains(u.slots, vault.PassphraseSlot) {
		u.other.Hide()
	}
}

func (u *unlock) turn() {
	u.byRecovery = !u.byRecovery
	u.secret.SetText("")
	u.label()
	u.window.Canvas().Focus(u.secret)
}

// opening is what came of asking the keyring.
type opening struct {
	vault *vault.Vault
	err   error
}

// headStart is how long the start waits for the keyring before it shows that it
// does: a screen that is gone at once costs a frame and says nothing.
const headStart = 150 * time.Millisecond

// openEarly asks the keyring before there is anything to see, and shows the
// screen of the lock only where the answer is late, or no.
func (s *shell) openEarly(next func()) {
	early := make(chan opening, 1)
	s.Go(func() {
		v, err := s.Folder.Open(context.Background(), vault.ByKeyring())
		early <- opening{v, err}
	})
	select {
	case o := <-early:
		if o.err == nil {
			s.vault = o.vault
			s.afterOpening(next)
			return
		}
		early <- o
	case <-time.After(headStart):
	}
	s.show(&unlock{shell: s, next: next, early: early})
}

func (u *unlock) start() {
	u.doing.Hide()
	if u.early != nil {
		u.busy(true)
		work(u.shell, func(context.Context) (*vault.Vault, error) {
			o := <-u.early
			return o.vault, o.err
		}, u.opened)
		return
	}
	if !slices.Contains(u.slots, vault.KeyringSlot) || u.locked {
		if len(u.slots) == 0 {
			u.open(vault.ByKeyring(), true) // says what is wrong with the file
		}
		return
	}
	u.open(vault.ByKeyring(), true)
}

// askKeyring lets the system ask its own question, because the person said so.
func (u *unlock) askKeyring() {
	u.busy(true)
	work(u.shell, func(ctx context.Context) (*vault.Vault, error) {
		if err := u.Folder.UnlockKeyring(ctx); err != nil {
			return nil, err
		}
		return u.Folder.Open(ctx, vault.ByKeyring())
	}, u.opened)
}

func (u *unlock) enter() {
	if u.secret.Text == "" || u.primary.Disabled() {
		return
	}
	if u.byRecovery {
		u.open(vault.ByRecoveryKey(u.secret.Text), false)
		return
	}
	u.open(vault.ByPassphrase([]byte(u.secret.Text)), false)
}

func (u *unlock) busy(on bool) {
	if on {
		u.primary.Disable()
		u.alert.hide()
		u.doing.Show()
		return
	}
	u.primary.Enable()
	u.doing.Hide()
}

func (u *unlock) open(by vault.Unlock, keyring bool) {
	u.busy(true)
	work(u.shell, func(ctx context.Context) (*vault.Vault, error) {
		v, err := u.Folder.Open(ctx, by)
		if err == nil && !keyring && errors.Is(u.keyringErr, vault.ErrKeyringEmpty) {
			// The keyring lost its key and works: from the next start on it opens
			// the vault again. If it refuses, this way in stays as good as it was.
			_ = v.UseKeyring(ctx)
		}
		return v, err
	}, u.opened)
}

func (u *unlock) opened(v *vault.Vault, err error) {
	u.busy(false)
	switch {
	case err == nil:
		u.vault = v
		u.afterOpening(u.next)
	case errors.Is(err, vault.ErrDamaged):
		u.show(&damaged{shell: u.shell, next: u.next})
	case errors.Is(err, vault.ErrNoSlot):
		u.window.Canvas().Focus(u.secret) // it opens by a passphrase, and nothing is wrong
	default:
		if vault.IsKeyring(err) {
			u.keyringErr = err
		}
		u.showError(u.alert, err, "")
		u.window.Canvas().Focus(u.secret)
	}
}

// afterOpening shows a recovery key that nobody confirmed, then goes on.
func (s *shell) afterOpening(next func()) {
	if !s.unseen() || s.vault.ReadOnly() {
		next()
		return
	}
	work(s, s.vault.NewRecoveryKey, func(key vault.RecoveryKey, err error) {
		if err != nil {
			next() // the mark stays, so the next start tries again
			return
		}
		s.show(&showRecovery{shell: s, key: key, byKeyring: true, next: next})
	})
}
