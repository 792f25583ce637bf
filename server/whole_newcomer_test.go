package server_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Bea adds Noor, who is not there yet, and hands her a letter; Noor links her
// computer with it and the code from her mail, and signs in.
func fromNewToTheFirstCode(t *testing.T, w *town) {
	bea := w.in(t, "bbeheer")
	bea.Press("Mensen")
	bea.Fill("Zoeken", "noor smit")
	bea.Press("Zoek")
	bea.See("Niemand gevonden")
	bea.Press("Nieuwe persoon")
	bea.Fill("Achternaam", "Weg")
	bea.Fill("E-mail om", "weg@voorbeeld.nl")
	bea.Fill("Gebruikersnaam", "weg")
	bea.Press("Annuleren")
	bea.NotSee("Weg") // and nothing was stored
	bea.Press("Nieuwe persoon")
	bea.Fill("Voornaam", "Noor")
	bea.Fill("Achternaam", "Smit")
	bea.Fill("E-mail om", "noor voorbeeld.nl")
	bea.Fill("Gebruikersnaam", "bbeheer")
	bea.Fill("Eerste dag", "") // meteen
	bea.Tick("Docent: Hoofdlocatie")
	bea.Press("Persoon toevoegen")
	bea.See("Dit klopt nog niet")
	if beside := bea.Ask(`document.querySelector("#email-error, [id$=email-error]")?.innerText || ""`); !strings.Contains(beside, "geen e-mailadres") {
		t.Errorf("beside the address stands %q", beside)
	}
	bea.Audit()
	bea.Picture("whole-new-wrong-nl")
	bea.Fill("E-mail om", "noor@voorbeeld.nl")
	bea.Press("Persoon toevoegen")
	bea.See("al in gebruik")
	bea.Fill("Gebruikersnaam", "nsmit")
	bea.Press("Persoon toevoegen")
	bea.See("Noor Smit is toegevoegd", "Docent: Hoofdlocatie (66KG)", "Nog niet gekoppeld")
	bea.Picture("whole-new-added-nl")

	letter := bea.Download("Brief (PDF)")
	bea.Press("Activatiecode mailen")
	bea.See("noor@voorbeeld.nl")
	bea.Press("Code mailen")
	bea.See("Er is een activatiecode onderweg naar noor@voorbeeld.nl")
	code := w.activation(t, "noor@voorbeeld.nl")
	paper := onPaper(t, letter)
	if !strings.Contains(paper, "nsmit") || strings.Contains(paper, code) || strings.Contains(bea.Text(), code) {
		t.Errorf("the letter says:\n%s", paper)
	}
	address := fromPaper(t, letter)
	if address.User != "nsmit" || address.Server != w.server.url || address.Fingerprint != w.server.fingerprint {
		t.Fatalf("%+v", address)
	}

	laptop := newLaptop(t, w)
	next := laptop.link(t, address.String(), code)
	w.mail(t, "noor@voorbeeld.nl", "gekoppeld")
	noor := w.tab(t, "nl")
	noor.Open(next)
	noor.See("Kies je wachtwoord", "nsmit")
	w.choosePassword(noor, "kort")
	noor.See("Het wachtwoord voldoet nog niet")
	w.choosePassword(noor, townPassword)
	noor.See("Je wachtwoord is bewaard")
	w.enter(noor, "nsmit", townPassword, laptop.code(t, w, "nsmit"))
	noor.See("Noor", "Toepassingen")
	noor.Picture("whole-newcomer-in-nl")
	noor.Open(next)
	noor.See("Deze link werkt niet meer")
	if first := laptop.code(t, w, "nsmit"); !w.verifies(t, "nsmit", first) || w.verifies(t, "nsmit", first) {
		t.Error("the first code is not accepted exactly once")
	}
	bea.Reload()
	bea.See("Gekoppeld")
	bea.NotSee("Brief (PDF)", "Activatiecode mailen")
}

// Jan is linked with the wrong laptop. What he had stops at once, and he links
// anew with the code that comes by mail and the letter he still has.
func unlinkedAndLinkedAnew(t *testing.T, w *town) {
	w.person(t, "jvries", "Jan de Vries")
	jan := w.in(t, "jvries")
	bea := w.in(t, "bbeheer")
	bea.Open(w.path(t, bea, "jvries"))
	bea.Press("Ontkoppelen en code mailen")
	bea.See("Jan de Vries ontkoppelen?", "Dit kun je niet terugdraaien", "jvries@voorbeeld.nl")
	bea.Picture("whole-unlink-nl")
	bea.Press("Annuleren")
	jan.Reload()
	jan.See("Mijn account") // nothing happened yet
	bea.Press("Ontkoppelen en code mailen")
	bea.Press("Ontkoppelen en code mailen")
	bea.See("Jan de Vries is ontkoppeld", "Nog niet gekoppeld")
	w.mail(t, "jvries@voorbeeld.nl", "koppeling is beëindigd")
	if w.verifies(t, "jvries", w.code(t, "jvries")) {
		t.Error("the code of an unlinked app is accepted")
	}
	jan.Reload()
	jan.See("Inloggen")
	jan.NotSee("Mijn account")
	w.keys["jvries"] = link(t, w.server, "jvries", w.activation(t, "jvries@voorbeeld.nl"))
	jan.Open("/")
	w.enter(jan, "jvries", townPassword, w.code(t, "jvries")) // the password stayed
	jan.See("Mijn account")
}

// laptop is a person's computer without a screen of its own, with a vault.
type laptop struct{ program, home string }

func newLaptop(t *testing.T, w *town) *laptop {
	t.Helper()
	l := &laptop{program: program(t), home: t.TempDir()}
	must(t, os.WriteFile(filepath.Join(l.home, "passphrase"), []byte("paard batterij niet\n"), 0o600))
	return l
}

func (l *laptop) run(t *testing.T, stdin string, arguments ...string) string {
	t.Helper()
	c := exec.Command(l.program, append([]string{"--vault", filepath.Join(l.home, "vault"), "--passphrase-file", filepath.Join(l.home, "passphrase"), "--lang", "nl"}, arguments...)...)
	c.Env = append(clean(), "HOME="+l.home, "XDG_RUNTIME_DIR="+l.home, "XDG_DATA_HOME="+l.home, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(l.home, "no-bus"))
	c.Stdin = strings.NewReader(stdin)
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", arguments[0], err, said)
	}
	return string(said)
}

// link gives the page that the app opens next.
func (l *laptop) link(t *testing.T, letter, activation string) string {
	t.Helper()
	said := l.run(t, activation+"\n", "link", "--address", letter, "--code", "-", "--accept", "--recovery-file", filepath.Join(l.home, "recovery"))
	found := regexp.MustCompile(`https://\S+token=\S+`).FindString(said)
	u, err := url.Parse(found)
	if err != nil || found == "" {
		t.Fatalf("no page to open next:\n%s", said)
	}
	return u.RequestURI()
}

// code is what the vault shows; what it used before lies longer ago than it does.
func (l *laptop) code(t *testing.T, w *town, user string) string {
	t.Helper()
	w.exec(t, "UPDATE links SET last_step = last_step - 1000 WHERE person = (SELECT id FROM people WHERE user_name = $1)", user)
	return regexp.MustCompile(`\d{6}`).FindString(l.run(t, "", "code", user))
}

// onPaper is what can be read in a letter.
func onPaper(t *testing.T, file string) string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("pdftotext is not installed; scripts/packages test installs it")
	}
	must(t, err)
	said, err := exec.Command(program, "-layout", file, "-").Output()
	must(t, err)
	return string(said)
}
