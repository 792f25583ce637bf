package ui

import (
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"sleutelbos/vault"
)

func TestFirstRunWithoutAKeyringTakesAPassphrase(t *testing.T) {
	for _, found := range []error{vault.ErrKeyringMissing, vault.ErrKeyringLocked, vault.ErrKeyringSilent, vault.ErrKeyringFailed} {
		b := newBench(t, "en")
		b.keyring.err = found
		b.press("welcome.key")
		b.wantTitle(b.words.Say("passphrase.title"))
		b.write("short")
		b.says(b.words.Say("passphrase.short", "n", 5))
		b.key(fyne.KeyReturn)
		b.write("short")
		b.key(fyne.KeyReturn)
		b.wantTitle(b.words.Say("passphrase.title"))
		screen := b.shell().current.(*choosePassphrase)
		screen.first.SetText("correct horse")
		screen.again.SetText("correct house")
		b.says(b.words.Say("passphrase.differs"))
		screen.again.SetText("correct horse")
		b.press("do.next")
		b.wantTitle(b.words.Say("recovery.title"))
		b.key(fyne.KeyReturn) // not before the key is kept
		b.wantTitle(b.words.Say("recovery.title"))
		b.agree()
		b.wantTitle(b.words.Say("add.title"))
	}
}

func TestFirstRunBackToTheWelcome(t *testing.T) {
	b := newBench(t, "nl")
	b.keyring.err = vault.ErrKeyringMissing
	b.press("welcome.activation")
	b.key(fyne.KeyEscape)
	b.wantTitle(b.words.Say("welcome.title"))
	if exists, err := b.folder().Exists(); exists || err != nil {
		t.Errorf("a vault was made: %v, %v", exists, err)
	}
}

// Closing the window while the recovery key is shown leaves nobody without one.
func TestRecoveryKeyIsShownUntilItIsKept(t *testing.T) {
	b := newBench(t, "en")
	b.press("welcome.key")
	b.wantTitle(b.words.Say("recovery.title"))
	first := b.shell().current.(*showRecovery).key.Reveal()
	b.open("")
	b.wantTitle(b.words.Say("recovery.title"))
	second := b.shell().current.(*showRecovery).key.Reveal()
	b.agree()
	b.wantTitle(b.words.Say("codes.title"))
	if first == second {
		t.Error("the key that nobody kept is still the one")
	}
	b.open("")
	b.wantTitle(b.words.Say("codes.title"))

	b.keyring.values = nil // the keyring was lost
	b.open("")
	b.says(b.words.Say("why.keyring-empty"))
	b.write(strings.ToLower(first))
	b.key(fyne.KeyReturn)
	b.says(b.words.Say("why.wrong-recovery"))
	b.shell().current.(*unlock).secret.SetText(strings.ToLower(second))
	b.key(fyne.KeyReturn)
	b.wantTitle(b.words.Say("codes.title"))
	b.open("") // and the keyring opens it again
	b.wantTitle(b.words.Say("codes.title"))
}

func TestLockAndUnlock(t *testing.T) {
	b := newBench(t, "nl")
	b.keyring.err = vault.ErrKeyringMissing
	b.press("welcome.key")
	screen := b.shell().current.(*choosePassphrase)
	screen.first.SetText("paard batterij")
	screen.again.SetText("paard batterij")
	b.press("do.next")
	b.agree()
	b.press("do.back")
	b.shell().lock()
	b.wantTitle(b.words.Say("unlock.title"))
	b.write("paard accu")
	b.key(fyne.KeyReturn)
	b.says(b.words.Say("why.wrong-passphrase"))
	b.shell().current.(*unlock).secret.SetText("paard batterij")
	b.key(fyne.KeyReturn)
	b.wantTitle(b.words.Say("codes.title"))
}

func TestDamagedFileOffersTheNewestGoodCopy(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("GitHub:jan")
	path := filepath.Join(b.dir, vault.FileName)
	writeFile(t, path, []byte("not a vault at all"))
	b.open("")
	b.wantTitle(b.words.Say("damaged.title"))
	b.press("damaged.do")
	b.wantTitle(b.words.Say("codes.title"))
	if list := b.shell().vault.List(); len(list) != 1 || list[0].Issuer != "GitHub" {
		t.Errorf("restored %v", list)
	}
}

func TestFileDialogsOpen(t *testing.T) {
	b := newBench(t, "en")
	t.Chdir(t.TempDir())
	overlays := b.shell().window.Canvas().Overlays()
	b.press("welcome.key")
	b.press("recovery.save")
	if overlays.Top() == nil {
		t.Error("nothing asks where to save the recovery key")
	}
	overlays.Remove(overlays.Top())
	b.shell().current.(*showRecovery).kept("")
	b.key(fyne.KeyReturn)
	b.press("add.picture")
	if overlays.Top() == nil {
		t.Error("nothing asks for a picture")
	}
}
