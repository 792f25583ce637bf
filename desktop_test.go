//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// companion is a running server with its folder.
type companion struct {
	t           *testing.T
	data        string
	address     string
	fingerprint string
}

func startCompanion(t *testing.T, more ...string) *companion {
	t.Helper()
	c := &companion{t: t, data: t.TempDir()}
	cmd := exec.CommandContext(context.Background(), static(t), append([]string{
		"serve", "--data", c.data, "--listen", "127.0.0.1:0",
		"--organisation", "Gemeente Voorbeeld", "--environment", "demo",
	}, more...)...)
	cmd.Env = homeEnv(t, t.TempDir())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ready := regexp.MustCompile(`^serving (\S+) \(demo\), fingerprint (sha256:[0-9a-f]{64})$`)
	deadline := time.After(patience)
	for said := lines(stderr); ; {
		select {
		case line, ok := <-said:
			if !ok {
				t.Fatal("the server ended")
			}
			if m := ready.FindStringSubmatch(line); m != nil {
				c.address, c.fingerprint = m[1], m[2]
				return c
			}
		case <-deadline:
			t.Fatal("the server did not say that it serves")
		}
	}
}

// admin runs an administrator's command beside the server and returns what it
// printed.
func (c *companion) admin(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(context.Background(), static(c.t), append([]string{"admin", "--data", c.data}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("admin %v: %v: %s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func (c *companion) verify(key, user, code string) bool {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "code": code})
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.address+"/api/v1/verify", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	// The test made this server on the loopback a moment ago.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Valid bool }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("status %d, %v", response.StatusCode, err)
	}
	return answer.Valid
}

func desktop(t testing.TB) string {
	t.Helper()
	need(t, "Xvfb", "xdotool", "xclip")
	path, err := desktopBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The first morning of Jan, who has a letter and a mail: from the empty welcome
// to a code that the server accepts, with keyboard and mouse.
func TestFirstMorning(t *testing.T) {
	binary := desktop(t)
	server := startCompanion(t)
	server.admin("person", "add", "--user", "jvries", "--name", "Jan de Vries", "--email", "jan@voorbeeld.nl")
	activation := server.admin("activation", "new", "jvries")
	application := server.admin("application", "add", "vpn")

	s := newSession(t, "first-morning", true, "FYNE_THEME=light")
	w := s.openWindow(binary, "--lang", "en")
	w.waitFor("Welcome")
	w.click(240, 310) // the first card: I have an activation code

	w.waitFor("Your recovery key")
	w.key("space") // kept
	w.clickPrimary(petrol)

	w.waitFor("Step 1 of 5")
	w.write(server.address)
	w.key("Return")
	w.waitFor("Step 1 of 5 – Fingerprint")
	w.write(strings.ToUpper(server.fingerprint[:10]) + server.fingerprint[10:])
	w.key("Return")
	w.waitFor("Step 1 of 5 – Gemeente Voorbeeld")
	w.clickPrimary(petrol)

	w.waitFor("Step 2 of 5")
	w.key("Return")
	w.waitFor("Step 3 of 5 – Privacy")
	w.key("space")
	w.clickPrimary(petrol)
	w.waitFor("Step 3 of 5 – Terms")
	w.key("space", "Return")

	w.waitFor("Step 4 of 5")
	w.write("jvries")
	w.key("Return")
	w.write("k7qf u") // U cannot be in a code: it is marked where it stands
	w.shoot()
	w.key("ctrl+a")
	w.write(slip(activation)) // one wrong character is caught before anything is sent
	w.key("Return")
	w.shoot()
	w.key("ctrl+a")
	w.write(strings.ToLower(strings.ReplaceAll(activation, "-", " ")))
	w.shoot()
	w.clickPrimary(petrol)

	w.waitFor("Step 5 of 5")
	w.key("Return") // the page for a password, which no browser here shows
	w.key("Return")
	w.waitFor("Codes")
	code := w.copyCode()
	w.shoot()
	if !server.verify(application, "jvries", code) {
		t.Fatal("the code from the window was refused")
	}
	if server.verify(application, "jvries", code) {
		t.Fatal("the code was accepted twice")
	}
	s.sameVaultInATerminal(binary)
	w.close()
	if strings.Contains(w.said(), code) {
		t.Error("the code is in the log")
	}
}

// copyCode presses Enter, as one does, until the code that made the link is over
// and the next one can be copied.
func (w *window) copyCode() string {
	w.t.Helper()
	var code string
	eventually(w.t, "a code on the clipboard", func() bool {
		w.awaitKeyboard()
		w.do("key", "Return")
		code = w.clipboard()
		return regexp.MustCompile(`^\d{6}$`).MatchString(code)
	})
	w.settle()
	return code
}

// sameVaultInATerminal reads and changes the vault with the command while the
// window is open.
func (s *session) sameVaultInATerminal(binary string) {
	s.t.Helper()
	run := func(args ...string) string {
		cmd := exec.CommandContext(context.Background(), binary, args...)
		cmd.Env = s.env
		out, err := cmd.Output()
		if err != nil {
			s.t.Fatalf("%v: %v", args, err)
		}
		return string(out)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(run("list", "--json")), &list); err != nil || len(list) != 1 || list[0]["account"] != "jvries" {
		s.t.Fatalf("list --json: %v, %v", list, err)
	}
	if code := run("code", "jvries"); !regexp.MustCompile(`^\d{6}\n$`).MatchString(code) {
		s.t.Fatalf("code printed %q", code)
	}
	run("add", "otpauth://totp/Ons:j.devries?secret=JBSWY3DPEHPK3PXP&digits=8")
	if out := run("list"); !strings.Contains(out, "Ons") {
		s.t.Fatalf("list printed %q", out)
	}
}

// slip changes one character of an activation code into another possible one.
func slip(code string) string {
	other := "7"
	if strings.HasPrefix(code, other) {
		other = "8"
	}
	return other + code[1:]
}

// A computer without a keyring, in Dutch, in the dark, begun from the letter's
// address: a passphrase takes the keyring's place, and a window that is closed
// half way goes on where it was.
func TestFirstMorningWithoutAKeyring(t *testing.T) {
	binary := desktop(t)
	server := startCompanion(t)
	server.admin("person", "add", "--user", "amina", "--name", "Amina el Idrissi", "--email", "amina@voorbeeld.nl")
	activation := server.admin("activation", "new", "amina")
	application := server.admin("application", "add", "vpn")
	letter := "sleutelbos://link?server=" + server.address + "&user=amina&fp=" + server.fingerprint

	s := newSession(t, "zonder-sleutelhanger", false, "FYNE_THEME=dark")
	w := s.openWindow(binary, "--lang", "nl", letter)
	w.waitFor("Kies een wachtzin")
	w.write("paard batterij")
	w.key("Return")
	w.write("paard batterij")
	w.key("Return")
	w.waitFor("Je herstelsleutel")
	w.key("space", "Return")
	w.waitFor("Stap 1 van 5 – Gemeente Voorbeeld")
	w.clickPrimary(cyan)
	w.waitFor("Stap 2 van 5")
	w.key("Return")
	w.waitFor("Stap 3 van 5 – Privacy")
	w.key("space", "Return")
	w.waitFor("Stap 3 van 5 – Gebruiks")
	w.key("space", "Return")
	w.waitFor("Stap 4 van 5")
	w.close()

	w = s.openWindow(binary, "--lang", "nl", letter)
	w.waitFor("Je codes zijn op slot")
	w.write("paard accu")
	w.key("Return")
	w.waitFor("Dit is niet de wachtzin")
	w.key("ctrl+a")
	w.write("paard batterij")
	w.key("Return")
	w.waitFor("Stap 4 van 5") // where it was, with the user name still there
	w.write(activation)
	w.key("Return")
	w.waitFor("Stap 5 van 5")
	w.key("Return")
	w.key("Return")
	w.waitFor("Codes")
	if !server.verify(application, "amina", w.copyCode()) {
		t.Fatal("the code from the window was refused")
	}
	w.shoot()
	w.close()
	if matches, _ := filepath.Glob(filepath.Join(s.home, "data", "sleutelbos", "linking.json")); len(matches) > 0 {
		t.Error("the draft was left behind")
	}
}
