package ui

import (
	"context"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/vault"
)

// protect asks the keyring, for five seconds at most, and makes the vault with
// it; where no keyring answers it says what it found and a passphrase is
// chosen.
type protect struct {
	*shell
	next func()
	// unlock lets the system ask the person to unlock the keyring first: the
	// person said so, and may go back while the question is open.
	unlock bool

	doing  *widget.Label
	backTo *button
}

// made is a new vault and its recovery key.
type made struct {
	vault    *vault.Vault
	recovery vault.RecoveryKey
}

func (p *protect) title() string { return p.say("protect.title") }

func (p *protect) content() fyne.CanvasObject {
	p.doing = paragraph(p.say("protect.asking"))
	p.backTo = newButton(p.say("do.back"), p.back)
	while := p.say("protect.asking-sub")
	if p.unlock {
		while = p.say("protect.unlock-sub")
	}
	return p.page(page{
		heading: p.title(),
		body:    []fyne.CanvasObject{p.doing, muted(while)},
		back:    p.backTo,
	})
}

func (p *protect) back() {
	if !p.backTo.Disabled() {
		p.show(&welcome{shell: p.shell})
	}
}

func (p *protect) start() {
	work(p.shell, func(ctx context.Context) (struct{}, error) {
		if p.unlock {
			if err := p.Folder.UnlockKeyring(ctx); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, p.Folder.Probe(ctx)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.show(&choosePassphrase{shell: p.shell, next: p.next, found: err})
			return
		}
		p.doing.SetText(p.say("protect.making"))
		p.backTo.Disable() // from here on a vault comes, and its recovery key must be seen
		p.create(vault.First{Keyring: true}, p.next, func(err error) {
			p.show(&choosePassphrase{shell: p.shell, next: p.next, found: err})
		})
	})
}

// create makes the vault and shows its recovery key. Whoever calls it sees to it
// that the screen stays meanwhile.
func (s *shell) create(first vault.First, next func(), failed func(error)) {
	work(s, func(ctx context.Context) (made, error) {
		if err := s.noteUnseen(); err != nil {
			return made{}, err
		}
		v, recovery, err := s.Folder.Create(context.WithoutCancel(ctx), first)
		return made{v, recovery}, err
	}, func(m made, err error) {
		if err != nil {
			failed(err)
			return
		}
		s.vault = m.vault
		s.show(&showRecovery{shell: s, key: m.recovery, byKeyring: first.Keyring, next: next})
	})
}

// A recovery key that was made and never confirmed as kept leaves a mark beside
// the vault, so that closing the window at that moment costs nothing: the next
// start makes a new one and shows it.
const unseenMark = "recovery-key-unseen"

func (s *shell) noteUnseen() error {
	if err := os.MkdirAll(s.Folder.Dir(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Folder.Dir(), unseenMark), nil, 0o600)
}

func (s *shell) unseen() bool {
	_, err := os.Stat(filepath.Join(s.Folder.Dir(), unseenMark))
	return err == nil
}

func (s *shell) noteSeen() {
	// Left behind, the mark only means that a key is shown once more.
	_ = os.Remove(filepath.Join(s.Folder.Dir(), unseenMark))
}
