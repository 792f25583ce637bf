//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sleutelbos/app/words"
	"sleutelbos/assets"
	"sleutelbos/enroll/scan"
)

// tour is a walk through what one does seldom, in one language and one light.
type tour struct {
	*window
	words  assets.Words
	binary string
}

// The seldom screens in the real window, for somebody to look at, and to see
// that each is one step away: groups and order, codes that go out, copies, lists
// that come in and are taken back, and what is no key.
func TestSeldomScreens(t *testing.T) {
	if long := os.Getenv("LONG"); long == "" || long == "0" {
		t.Skip("a minute for each language and light: with LONG=1")
	}
	ways := []struct{ language, theme string }{{"nl", "dark"}, {"en", "light"}, {"nl", "light"}, {"en", "dark"}}
	for _, c := range ways {
		t.Run(c.language+" "+c.theme, func(t *testing.T) { walk(t, c.language, c.theme) })
	}
}

func walk(t *testing.T, language, theme string) {
	w, err := assets.In(language)
	if err != nil {
		t.Fatal(err)
	}
	binary := desktop(t)
	s := managed(t, "seldom-"+language+"-"+theme, "FYNE_THEME="+theme)
	r := &tour{words: w, binary: binary}
	for _, name := range []string{"Ons", "Rooster", "GitHub", "Vitaal"} {
		s.vaultCommand(binary, "add", keyOf(name))
	}
	r.window = s.openWindow(binary, "--lang", language)
	r.at("unlock.title")
	r.write(horse)
	r.key("Return")
	r.at("codes.title")
	r.order()
	r.takeOut()
	r.copies()
	r.bringIn()
	r.noKeys()
	r.lock()
	r.close()
}

func (r *tour) at(key string, pairs ...any) {
	r.t.Helper()
	r.waitFor(r.words.Say(key, pairs...))
}

// Places in the window that are the same in every language.
const (
	plusX, moreX, topY = 424, 455, 32
	dotsX              = 452
	firstRowY, rowStep = 103, 86
	groupsY            = 44 // how much lower the rows are below a choice of groups
)

// menu chooses the nth entry of the menu, from 0.
func (r *tour) menu(n int) {
	r.t.Helper()
	r.click(moreX, topY)
	for range n + 1 {
		r.key("Down")
	}
	r.key("Return")
}

// order has groups, a favourite and entries that change places.
func (r *tour) order() {
	r.click(moreX, topY)
	r.shoot()
	r.key("Escape")
	r.click(dotsX, firstRowY+rowStep)
	r.shoot()
	r.key("Down", "Down", "Down", "Return")
	r.shoot()
	r.write("Werk")
	r.key("Return")
	r.shoot()                                 // with a choice of groups above the list
	r.do("mousemove", "--sync", "120", "345") // the third
	r.settle()                                // or it is pressed where the mouse was
	r.do("mousedown", "1")
	for y := 330; y >= 180; y -= 15 {
		r.do("mousemove", "--sync", "120", fmt.Sprint(y))
	}
	r.settle()
	r.shoot()
	r.do("mouseup", "1")
	r.settle()
	r.key("alt+Down")
	r.settle()
	r.shoot()
	r.click(240, 85) // the groups
	r.shoot()
	r.key("Escape")
	r.click(dotsX, groupsY+firstRowY+2*rowStep)
	r.key("Down", "Down", "Down", "Down", "Return")
	r.shoot()
	r.key("Escape")
}

// takeOut shows what leaves, and how it is said who could read it.
func (r *tour) takeOut() {
	r.menu(3)
	r.at("take.title")
	r.click(240, 442)
	r.at("take.page")
	r.key("Escape")
	r.at("take.title")
	r.click(240, 285)
	r.at("take.aegis")
	r.write("zes paarden")
	r.key("Return")
	r.write("zes paarde")
	r.shoot()
	r.key("Escape")
	r.at("take.title")
	r.key("Escape")
	r.at("codes.title")
}

// copies shows the backups, before and after a folder was chosen.
func (r *tour) copies() {
	r.menu(4)
	r.at("copies.title")
	r.key("Escape")
	r.at("codes.title")
	folder := filepath.Join(r.home, "kopieën")
	if err := os.Mkdir(folder, 0o700); err != nil {
		r.t.Fatal(err)
	}
	r.vaultCommand(r.binary, "backup", "--every", folder)
	r.menu(4)
	r.at("copies.title")
	r.key("Escape")
	r.at("codes.title")
}

// bringIn has a file that asks for its password, the list to tick, what was
// brought in, and taking it back; and one part of a list.
func (r *tour) bringIn() {
	elsewhere := filepath.Join(r.home, "aegis van mijn telefoon.json")
	secret := filepath.Join(r.home, "geheim")
	if err := os.WriteFile(secret, []byte("zes paarden"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.vaultCommand(r.binary, "export", "--format", "aegis", "--export-passphrase-file", secret, elsewhere)
	var more strings.Builder
	for i := range 12 {
		fmt.Fprintf(&more, "otpauth://totp/Dienst%%20%02d:j.devries%%40delinde.nl?secret=MFRGGZDFMZTWQ2L%c\n", i, 'A'+i)
	}
	more.WriteString("otpauth://totp/Stuk:jan?secret=1\n")
	list := filepath.Join(r.home, "codes.txt")
	if err := os.WriteFile(list, []byte(more.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.menu(2)
	r.at("bring.title")
	r.dropFiles(elsewhere)
	r.settle()
	r.shoot() // its password
	r.write("zeven paarden")
	r.key("Return")
	r.settle()
	r.shoot() // not this one
	r.key("ctrl+a")
	r.write("zes paarden")
	r.key("Return")
	r.settle()
	r.dropFiles(list)
	r.settle()
	r.shoot()
	r.key("Return")
	r.waitFor(r.words.Say("bring.done", "n", 13))
	r.click(100, 665)
	r.at("codes.title") // all of it taken back
	r.dropFiles(drawnFile(r.t, r.home, "telefoon.png", firstOfTwo))
	r.waitFor(r.words.Say("capture.batch", "seen", 1, "size", 2))
	r.key("Escape")
	r.at("codes.title")
}

// noKeys shows what a QR code is that holds no key, and a key typed by hand.
func (r *tour) noKeys() {
	for name, text := range map[string]string{
		"web": "https://delinde.nl/rooster", "contact": "BEGIN:VCARD\nVERSION:3.0\nFN:Jan\nEND:VCARD",
		"betaling": "BCD\n002\n1\nSCT\n\nDe Linde\nNL91ABNA0417164300\nEUR12\n",
	} {
		r.dropFiles(drawnFile(r.t, r.home, name+".png", text))
		r.waitFor(words.Scanned(r.words, text))
	}
	if kind := scan.KindOf("BCD\n002"); kind != scan.KindPayment {
		r.t.Errorf("a payment is %s", kind)
	}
	r.click(240, 560)
	r.key("Escape")
	r.at("codes.title")
	r.click(plusX, topY)
	r.at("add.title")
	r.write("JBSW Y3DP 1")
	r.shoot()
	r.key("BackSpace")
	r.write("EHPK 3PXP")
	r.shoot() // the first code
	r.key("Escape")
	r.at("codes.title")
}

// lock shows the lock, and that what is dropped on it waits.
func (r *tour) lock() {
	r.menu(6)
	r.at("unlock.title")
	r.dropFiles(drawnFile(r.t, r.home, "later.png", keyOf("Later")))
	r.at("capture.drop-locked")
	r.write(horse)
	r.key("Return")
	r.at("capture.found", "name", "Later (jan)")
	eventually(r.t, "the key to be kept: at once that is no answer", func() bool {
		r.key("Return")
		return strings.HasPrefix(r.title(), r.words.Say("codes.title"))
	})
	r.at("codes.title")
	if got := r.kept(r.binary); got != "Ons GitHub Rooster Vitaal Later" {
		r.t.Errorf("kept: %s", got)
	}
}
