package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

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
	patience := time.After(20 * time.Second)
	for !is() {
		select {
		case <-patience:
			t.Fatal("it does not come to pass")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
