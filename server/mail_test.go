package server_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/server/message/mailtest"
	"sleutelbos/server/store/storetest"
)

// postOffice starts a server that hands its mail to a mail server, and gives
// its flags.
func postOffice(t *testing.T) (*mailtest.Server, []string) {
	t.Helper()
	mails, folder := mailtest.Start(t, mailtest.TLS), t.TempDir()
	authority, password := filepath.Join(folder, "ca.pem"), filepath.Join(folder, "password")
	must(t, os.WriteFile(authority, mails.Authority, 0o600))
	must(t, os.WriteFile(password, []byte(mailtest.Password+"\n"), 0o600))
	return mails, []string{
		"--mail", "smtps://" + mailtest.User + "@" + mails.Address, "--mail-from", "codes@example.org",
		"--mail-ca", authority, "--mail-password-file", password,
	}
}

func TestMailLeavesTheBuiltServer(t *testing.T) {
	mails, flags := postOffice(t)
	data := t.TempDir()
	p := serve(t, data, append(flags, "--tls", "off", "--metrics-listen", ":0", "--log-level", "debug")...)
	done(t, data, "mail", "test", "beheer@example.org")
	if m := mails.Wait(t, 1)[0]; m.To != "beheer@example.org" || !m.SignedIn || !m.Encrypted {
		t.Errorf("%+v", m)
	}
	eventually(t, func() bool { return strings.Contains(done(t, data, "mail", "list"), "sent") })
	text := get(t, regexp.MustCompile(`metrics at (\S+)`).FindStringSubmatch(p.said())[1])
	for _, want := range []string{
		`sleutelbos_mails_total{kind="test",outcome="sent"} 1`, "sleutelbos_mail_waiting 0",
		"sleutelbos_mail_oldest_seconds 0", "sleutelbos_mail_failed_week 0", "sleutelbos_mail_left_out_total 0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in:\n%s", want, text)
		}
	}
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
	if said := p.said(); strings.Contains(said, "beheer@") || strings.Contains(said, mailtest.Password) {
		t.Errorf("the log tells an address or the password:\n%s", said)
	}
}

// A mail server that is away is no trouble of this one, and what waits leaves
// once it is back.
func TestMailWaitsWhileTheMailServerIsAway(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data, "--tls", "off", "--mail", "smtp://127.0.0.1:1", "--mail-from", "codes@example.org")
	done(t, data, "mail", "test", "beheer@example.org")
	eventually(t, func() bool { return strings.Contains(done(t, data, "mail", "list"), "connection") })
	response, err := http.Get(p.url + "/readyz")
	must(t, err)
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("without mail the server is not ready: %d", response.StatusCode)
	}
	_, err = p.stop()
	must(t, err)
	_, said, exit := admin(t, data, "mail", "test", "no address")
	if exit != 2 || !strings.Contains(said, "name@example.org") {
		t.Errorf("%d: %s", exit, said)
	}
	storetest.Exec(t, filepath.Join(data, "sleutelbos.db"), "UPDATE outbox SET made = made - 7200000, next_try = 0")
	out, _, exit := admin(t, data, "doctor")
	if exit != 1 || !regexp.MustCompile(`AMISS +mail +1 wait, the oldest for 2h0m0s`).MatchString(out) {
		t.Errorf("%d: %s", exit, out)
	}
	mails, flags := postOffice(t)
	serve(t, data, append(flags, "--tls", "off")...)
	mails.Wait(t, 1)
}

func TestWithoutMailSettings(t *testing.T) {
	data := t.TempDir()
	serve(t, data, "--tls", "off")
	_, said, exit := admin(t, data, "mail", "test", "beheer@example.org")
	if exit != 1 || !strings.Contains(said, "no mail is set up") || !strings.Contains(said, "--mail") {
		t.Errorf("%d: %s", exit, said)
	}
	if out, _, _ := admin(t, data, "doctor"); !regexp.MustCompile(`ok +mail +none is set up`).MatchString(out) {
		t.Error(out)
	}
}

// eventually waits for what another process does.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	patience := time.After(90 * time.Second)
	for !is() {
		select {
		case <-patience:
			t.Fatal("it does not come to pass")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// What a newcomer gets: a letter in the hand and a mail. Neither is enough, both
// together are.
func TestLetterAndMailTogetherLink(t *testing.T) {
	mails, flags := postOffice(t)
	data := t.TempDir()
	p := serve(t, data, append(flags, "--organisation", "Gemeente Voorbeeld", "--tls", "off", "--log-level", "debug")...)
	done(t, data, "person", "add", "--user", "adevries", "--name", "Anna de Vries", "--email", "anna@voorbeeld.nl")
	paper := filepath.Join(t.TempDir(), "letter.pdf")
	done(t, data, "letter", "adevries", "--pdf", paper)
	done(t, data, "activation", "mail", "adevries")
	m := mails.Wait(t, 1)[0]
	code := regexp.MustCompile(`(?m)^ +([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})$`).FindStringSubmatch(m.Text)
	if code == nil || m.To != "anna@voorbeeld.nl" {
		t.Fatalf("to %s:\n%s", m.To, m.Text)
	}
	if said := m.Subject + m.Text; strings.Contains(said, "adevries") || strings.Contains(m.Subject, code[1]) {
		t.Errorf("the mail tells too much:\n%s\n%s", m.Subject, m.Text)
	}
	address := fromPaper(t, paper)
	if address.User != "adevries" || address.Server != p.url {
		t.Errorf("%+v", address)
	}
	key := link(t, p, address.User, code[1])
	if m := mails.Wait(t, 2)[1]; !strings.Contains(m.Subject, "gekoppeld") {
		t.Errorf("the person is told %q", m.Subject)
	}

	// The laptop stays at home the next day.
	app := verifier{http: &http.Client{}, url: p.url, key: done(t, data, "application", "add", "portaal")}
	day := done(t, data, "daycode", "adevries")
	for range 2 {
		if ok, err := app.verify("adevries", day); err != nil || !ok {
			t.Errorf("the day code is refused: %v", err)
		}
	}
	next, err := key.CodeAt(key.Step(time.Now()) + 1)
	must(t, err)
	if ok, err := app.verify("adevries", next); err != nil || !ok {
		t.Errorf("the app is refused: %v", err)
	}
	if m := mails.Wait(t, 3)[2]; !strings.Contains(m.Subject, "dagcode") || strings.Contains(m.Text, day) {
		t.Errorf("the person is told %q\n%s", m.Subject, m.Text)
	}
	_, err = p.stop()
	must(t, err)
	for _, secret := range []string{code[1], strings.ReplaceAll(code[1], "-", ""), day, strings.ReplaceAll(day, " ", ""), "anna@voorbeeld.nl"} {
		if strings.Contains(p.said(), secret) {
			t.Error("the log tells a code or an address")
		}
	}
}

// fromPaper reads the QR code of a letter, as a scan of it shows it.
func fromPaper(t *testing.T, file string) enroll.LinkAddress {
	t.Helper()
	program, err := exec.LookPath("pdftoppm")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("pdftoppm is not installed; scripts/packages test installs it")
	}
	must(t, err)
	base := strings.TrimSuffix(file, ".pdf")
	must(t, exec.Command(program, "-png", "-r", "150", "-singlefile", file, base).Run())
	found, err := scan.ReadFile(t.Context(), base+".png")
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%d codes in the letter", len(found))
	}
	address, err := enroll.ParseLinkAddress(found[0].Text)
	must(t, err)
	return address
}
