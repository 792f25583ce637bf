package ui

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

const someSecret = "JBSWY3DPEHPK3PX"

// withKeys makes a vault with a time-based key for each "issuer:account".
func (b *bench) withKeys(names ...string) {
	b.t.Helper()
	v, _, err := b.folder().Create(b.t.Context(), vault.First{Keyring: true})
	if err != nil {
		b.t.Fatal(err)
	}
	defer v.Lock()
	b.add(v, names...)
	b.open("")
	b.wantTitle(b.words.Say("codes.title"))
}

func (b *bench) add(v *vault.Vault, names ...string) {
	b.t.Helper()
	err := v.Update(b.t.Context(), func(d *vault.Draft) error {
		for i, name := range names {
			issuer, account, _ := strings.Cut(name, ":")
			secret := enroll.Secret(fmt.Sprintf("secret of %s %d", name, i))
			key := enroll.Key{Kind: enroll.TOTP, Issuer: issuer, Account: account, Secret: secret, Algorithm: enroll.SHA1, Digits: 6, Period: 30}
			if _, err := d.Add(key, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) list() *codes {
	b.t.Helper()
	list, ok := b.shell().current.(*codes)
	if !ok {
		b.t.Fatalf("the screen is %q, not the list", b.title())
	}
	return list
}

func (b *bench) tick(d time.Duration) {
	b.now = b.now.Add(d)
	b.shell().current.(ticker).tick(b.now)
}

func TestTypingSearchesAndEnterCopies(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("GitHub:jan", "Ons:j.devries", "Microsoft 365:jan@delinde.nl")
	canvas := b.shell().window.Canvas()
	if canvas.Focused() != nil {
		t.Fatal("a field blinks in the list at rest")
	}
	for _, r := range "jan mic" {
		if canvas.Focused() == nil {
			canvas.OnTypedRune()(r)
		} else {
			canvas.Focused().TypedRune(r)
		}
	}
	list := b.list()
	if len(list.shown) != 1 || list.shown[0].Issuer != "Microsoft 365" {
		t.Fatalf("found %v", list.shown)
	}
	b.key(fyne.KeyReturn)
	want, err := b.shell().vault.Peek(list.shown[0].ID, b.now)
	if got := b.app.Clipboard().Content(); err != nil || got != want.Text {
		t.Fatalf("copied %q, want %q, %v", got, want.Text, err)
	}
	canvas.Focus(list.search)
	list.search.SetText("nobody")
	b.says(`Nothing found for "nobody"`)
	b.key(fyne.KeyEscape)
	if len(list.shown) != 3 {
		t.Errorf("Escape left %d rows", len(list.shown))
	}
}

func TestArrowsChoose(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a", "B:b", "C:c")
	for _, key := range []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp} {
		b.key(key)
	}
	b.key(fyne.KeyReturn)
	want, _ := b.shell().vault.Peek(b.list().shown[1].ID, b.now)
	if got := b.app.Clipboard().Content(); got != want.Text {
		t.Errorf("copied %q, want that of B, %q", got, want.Text)
	}
}

func TestClipboardClearsItselfUnlessItIsSomebodyElses(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	clipboard := b.app.Clipboard()
	b.key(fyne.KeyReturn)
	b.tick(clearAfter - time.Second)
	if clipboard.Content() == "" {
		t.Error("cleared too early")
	}
	b.tick(time.Second)
	if clipboard.Content() != "" {
		t.Error("not cleared")
	}
	b.key(fyne.KeyReturn)
	clipboard.SetContent("a shopping list")
	b.tick(clearAfter)
	if clipboard.Content() != "a shopping list" {
		t.Error("somebody else's text was cleared")
	}
	b.key(fyne.KeyReturn)
	b.shell().lock()
	if clipboard.Content() != "" {
		t.Error("not cleared by locking")
	}
}

func TestCodesChangeWithTheClock(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	id := b.list().shown[0].ID
	b.now = time.Unix(1_800_000_000, 0)
	for range 3 {
		b.tick(30 * time.Second)
		want, err := b.shell().vault.Peek(id, b.now)
		if err != nil {
			t.Fatal(err)
		}
		b.says(want.Text[:3] + " " + want.Text[3:])
	}
}

func TestListFollowsAnotherProgram(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a")
	other, err := b.folder().Open(t.Context(), vault.ByKeyring())
	if err != nil {
		t.Fatal(err)
	}
	b.add(other, "Nieuw:jan")
	b.tick(time.Second)
	b.says("Nieuw")
	b.says(b.words.Say("codes.changed-elsewhere"))
}

// A file that goes away under the open window takes no code off the screen.
func TestListOutlivesItsFile(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a")
	if err := os.Remove(filepath.Join(b.dir, vault.FileName)); err != nil {
		t.Fatal(err)
	}
	b.tick(time.Second)
	b.wantTitle(b.words.Say("codes.title"))
	b.says(b.words.Say("damaged.gone"))
	want, err := b.shell().vault.Peek(b.list().shown[0].ID, b.now)
	if err != nil {
		t.Fatal(err)
	}
	b.says(want.Text[:3] + " " + want.Text[3:])
}

func TestCounterIsSavedBeforeItsCodeIsShown(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys()
	key := enroll.Key{Kind: enroll.HOTP, Issuer: "VPN", Account: "jan", Secret: enroll.Secret("12345678901234567890"), Algorithm: enroll.SHA1, Digits: 6}
	err := b.shell().vault.Update(t.Context(), func(d *vault.Draft) error { _, err := d.Add(key, nil); return err })
	if err != nil {
		t.Fatal(err)
	}
	b.open("")
	b.says(b.words.Say("codes.show-counter"))
	for _, want := range []string{"755224", "287082"} { // RFC 4226 appendix D
		b.key(fyne.KeyReturn)
		if got := b.app.Clipboard().Content(); got != want {
			t.Fatalf("copied %q, want %q", got, want)
		}
		b.says(want[:3] + " " + want[3:])
	}
	b.open("")
	if e := b.shell().vault.List()[0]; e.Counter != 2 {
		t.Errorf("the counter on disk is %d", e.Counter)
	}
}

func TestRemoveAndRename(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a", "B:b")
	list := b.list()
	list.update(func(d *vault.Draft) error { return d.Rename(list.entries[0].ID, "Anders", "jan") }, "")
	b.says("Anders")
	b.key(fyne.KeyDelete) // asks first
	if len(b.shell().vault.List()) != 2 {
		t.Fatal("removed without asking")
	}
	b.says(b.words.Say("codes.remove-title", "name", "Anders (jan)"))
}

func TestManyEntries(t *testing.T) {
	b := newBench(t, "en")
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("Issuer %04d:account", i)
	}
	b.withKeys(names...)
	list := b.list()
	if len(list.shown) != 1000 || len(list.rows) > 40 {
		t.Errorf("%d shown in %d rows", len(list.shown), len(list.rows))
	}
	list.search.SetText("0777")
	if len(list.shown) != 1 {
		t.Errorf("found %d", len(list.shown))
	}
}

func TestAddByHandShowsTheFirstCode(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys()
	b.press("welcome.key")
	screen := b.shell().current.(*add)
	b.write(strings.ToLower(someSecret) + "1")
	b.says(`The key holds "1" at place 16.`)
	if !screen.primary.Disabled() {
		t.Error("a wrong key can be kept")
	}
	screen.secret.SetText(someSecret + "P")
	screen.issuer.SetText("GitHub")
	secret, err := enroll.ParseSecret(someSecret + "P")
	if err != nil {
		t.Fatal(err)
	}
	code, err := enroll.Key{Kind: enroll.TOTP, Secret: secret, Algorithm: enroll.SHA1, Digits: 6, Period: 30}.CodeNow(b.now)
	if err != nil {
		t.Fatal(err)
	}
	b.says(code.Text[:3] + " " + code.Text[3:])
	b.press("add.keep")
	b.wantTitle("Codes")

	b.shell().show(newAdd(b.shell()))
	b.shell().current.(*add).secret.SetText("otpauth://totp/Elsewhere:x?secret=" + someSecret + "P")
	b.now = b.now.Add(lookAtIt)
	b.press("add.keep")
	b.says("You have this key already: GitHub.")
}

// An address that is typed is not read before it is whole.
func TestAddAnAddressByHand(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys()
	b.press("welcome.key")
	b.write("otpauth://hotp/VPN:jan?secret=" + someSecret + "P&counter=7")
	b.says(b.words.Say("add.enter"))
	b.key(fyne.KeyReturn)
	screen := b.shell().current.(*add)
	if screen.key.Kind != enroll.HOTP || screen.key.Counter != 7 || screen.issuer.Text != "VPN" || !screen.valid {
		t.Errorf("the form says %+v", screen.key)
	}
	b.now = b.now.Add(lookAtIt)
	b.press("add.keep")
	b.wantTitle("Codes")
}

func TestAddFromPictures(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	drop := func(text string) {
		t.Helper()
		picture, err := scan.Draw(text, 400)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "code.png")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(file, picture); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		b.shell().current.(dropper).drop([]string{path})
	}
	drop("otpauth://totp/Ons:j.devries?secret=" + someSecret + "P&digits=8")
	screen := b.shell().current.(*add)
	if screen.issuer.Text != "Ons" || screen.key.Digits != 8 || !screen.valid {
		t.Errorf("the form says %+v", screen.key)
	}
	drop("https://example.org/menu")
	b.says(b.words.Say("scan.is.web") + " It says: https://example.org/menu")
	b.shell().current.(dropper).drop([]string{filepath.Join(t.TempDir(), "gone.png")})
	b.says("gone.png")
	drop("sleutelbos://link?server=https://127.0.0.1:9")
	b.says("The server https://127.0.0.1:9 does not answer.")
}
