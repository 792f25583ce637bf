//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/server/message/mailtest"
	"sleutelbos/server/pages/pagestest"
	"sleutelbos/server/store/storetest"
)

// A whole morning with two people: Bea adds Noor on the pages, downloads her
// letter and has the code mailed; Noor links in the real window, from the
// letter's QR code and the mail, chooses a password on the page that the window
// opens, and signs in there with a code that she copied in the window.
func TestFromThePagesThroughTheWindowAndBack(t *testing.T) {
	binary := desktop(t)
	need(t, "pdftoppm")
	mails := mailtest.Start(t, mailtest.Plain)
	server := startCompanion(t, "--mail", "smtp+plain://"+mails.Address, "--mail-from", "codes@voorbeeld.nl")
	var browser pagestest.Browser
	t.Cleanup(browser.Close)

	bea := browser.Tab(t, server.address, "nl")
	server.signInAdministrator(bea)
	bea.Press("Mensen")
	bea.Press("Nieuwe persoon")
	bea.Fill("Voornaam", "Noor")
	bea.Fill("Achternaam", "Smit")
	bea.Fill("E-mail om", "noor@voorbeeld.nl")
	bea.Fill("Gebruikersnaam", "nsmit")
	bea.Press("Persoon toevoegen")
	letter := readLetter(t, bea.Download("Brief (PDF)"))
	bea.Press("Activatiecode mailen")
	bea.Press("Code mailen")
	var activation string
	eventually(t, "the mail with the code", func() bool {
		for _, m := range mails.Mails() {
			if code := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(m.Text); m.To == "noor@voorbeeld.nl" && code != "" {
				activation = code
			}
		}
		return activation != ""
	})

	s := newSession(t, "van-pagina-tot-venster", true, "FYNE_THEME=light")
	opened := s.insteadOfABrowser()
	w := s.openWindow(binary, "--lang", "nl", letter)
	w.waitFor("Je herstelsleutel")
	w.key("space", "Return")
	w.waitFor("Stap 1 van 5 – Gemeente Voorbeeld")
	w.clickPrimary(petrol)
	w.waitFor("Stap 2 van 5")
	w.key("Return")
	w.waitFor("Stap 3 van 5 – Privacy")
	w.key("space", "Return")
	w.waitFor("Stap 3 van 5 – Gebruiks")
	w.key("space", "Return")
	w.waitFor("Stap 4 van 5")
	w.write(activation)
	w.key("Return")
	w.waitFor("Stap 5 van 5")
	w.key("Return") // "choose a password" comes first
	w.shoot()
	page := opened()

	noor := browser.Tab(t, server.address, "nl")
	noor.Open(page)
	noor.See("Kies je wachtwoord", "nsmit")
	noor.Fill("Nieuw wachtwoord", "molen-zeven-9")
	noor.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	noor.Press("Wachtwoord bewaren")
	w.key("Return")
	w.waitFor("Codes")
	server.longAgo("nsmit")
	signIn(noor, "nsmit", "molen-zeven-9", w.copyCode())
	noor.See("Noor", "Mijn account")
	w.close()
}

// signInAdministrator makes the first administrator, whose codes are in a
// terminal, and signs her in with the password that she must change.
func (c *companion) signInAdministrator(tab *pagestest.Tab) {
	c.t.Helper()
	home := c.t.TempDir()
	c.admin("person", "add", "--user", "bbeheer", "--name", "Bea Beheer", "--email", "bea@voorbeeld.nl", "--grant", "administrator", "--grant", "user")
	activation, temporary := c.admin("activation", "new", "bbeheer"), c.admin("password", "reset", "bbeheer")
	passphrase := filepath.Join(home, "passphrase")
	if err := os.WriteFile(passphrase, []byte("paard batterij niet\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	terminal := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(c.t.Context(), static(c.t), append([]string{"--vault", filepath.Join(home, "vault"), "--passphrase-file", passphrase}, args...)...)
		cmd.Env, cmd.Stdin = homeEnv(c.t, home), strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			c.t.Fatalf("%s: %v", args[0], err)
		}
		return strings.TrimSpace(string(out))
	}
	terminal(activation+"\n", "link", "--accept", "--code", "-", "--recovery-file", filepath.Join(home, "recovery"),
		"--address", enroll.LinkAddress{Server: c.address, User: "bbeheer", Fingerprint: c.fingerprint}.String())
	c.longAgo("bbeheer")
	tab.Open("/")
	signIn(tab, "bbeheer", temporary, terminal("", "code", "bbeheer"))
	tab.See("tijdelijk wachtwoord")
	tab.Fill("Huidig wachtwoord", temporary)
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("Mensen")
}

func signIn(tab *pagestest.Tab, user, password, code string) {
	tab.Fill("Gebruikersnaam", user)
	tab.Fill("Wachtwoord", password)
	tab.Fill("Code", code)
	tab.Press("Inloggen")
}

// longAgo has what somebody used before lie longer ago than it does, so that
// nobody waits for the next code.
func (c *companion) longAgo(user string) {
	c.t.Helper()
	storetest.Exec(c.t, filepath.Join(c.data, "sleutelbos.db"),
		"UPDATE links SET last_step = last_step - 1000 WHERE person = (SELECT id FROM people WHERE user_name = $1)", user)
}

// readLetter is what the QR code of a letter says.
func readLetter(t *testing.T, file string) string {
	t.Helper()
	base := strings.TrimSuffix(file, ".pdf")
	if said, err := exec.CommandContext(t.Context(), "pdftoppm", "-png", "-r", "150", "-singlefile", file, base).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	found, err := scan.ReadFile(t.Context(), base+".png")
	if err != nil || len(found) != 1 {
		t.Fatalf("%d codes in the letter, %v", len(found), err)
	}
	return found[0].Text
}

// insteadOfABrowser takes the addresses that programs of the session open; what
// it returns waits for one.
func (s *session) insteadOfABrowser() func() string {
	s.t.Helper()
	folder := s.t.TempDir()
	told := filepath.Join(folder, "told")
	script := "#!/bin/sh\nprintf '%s' \"$1\" >'" + told + ".new' && mv '" + told + ".new' '" + told + "'\n"
	if err := os.WriteFile(filepath.Join(folder, "xdg-open"), []byte(script), 0o700); err != nil {
		s.t.Fatal(err)
	}
	for i, variable := range s.env {
		if path, is := strings.CutPrefix(variable, "PATH="); is {
			s.env[i] = "PATH=" + folder + ":" + path
		}
	}
	return func() (address string) {
		s.t.Helper()
		eventually(s.t, "an address to be opened", func() bool {
			raw, err := os.ReadFile(told)
			address = string(raw)
			return err == nil
		})
		return address
	}
}
