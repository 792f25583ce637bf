package server_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
)

func TestFirstMorning(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "folder")
	p := serve(t, data, "--organisation", "Gemeente Voorbeeld", "--environment", "demo")
	if !strings.HasPrefix(p.url, "https://127.0.0.1:") || p.environment != "demo" || p.fingerprint == "" {
		t.Fatalf("the server says %s, %s, %s", p.url, p.environment, p.fingerprint)
	}
	if got := done(t, data, "person", "add", "--user", "Anna", "--name", "Anna de Vries", "--email", "anna@example.org"); !strings.EqualFold(got, "anna") {
		t.Errorf("person add prints %q", got)
	}
	key := link(t, p, "anna", done(t, data, "activation", "new", "anna"))
	app := verifier{http: pinned(t, p), url: p.url, key: done(t, data, "application", "add", "portal")}
	// The step of the code that confirmed is used up: take the next one, which
	// the window accepts already.
	code, err := key.CodeAt(key.Step(time.Now()) + 1)
	must(t, err)
	if ok, err := app.verify("anna", code); err != nil || !ok {
		t.Errorf("the next code: %v, %v", ok, err)
	}
	for _, file := range []string{"sleutelbos.db", "server.key", "tls.key", "tls.crt"} {
		info, err := os.Stat(filepath.Join(data, file))
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 && file != "sleutelbos.db" {
			t.Errorf("%s has mode %s", file, info.Mode())
		}
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %s, %v", info.Mode(), err)
	}
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
	for _, secret := range []string{app.key, code, key.Secret.Base32()} {
		if strings.Contains(p.said(), secret) {
			t.Error("a secret is on standard error")
		}
	}
}

// pinned is a client that takes the server's own certificate.
func pinned(t testing.TB, p *process) *http.Client {
	t.Helper()
	config, err := trust(p.url, p.fingerprint)
	must(t, err)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}, Timeout: 30 * time.Second}
}

func TestTheFingerprintStays(t *testing.T) {
	data := t.TempDir()
	first := serve(t, data)
	if exit, err := first.stop(); exit != 0 || err != nil {
		t.Fatalf("a stop ends with status %d, %v", exit, err)
	}
	second := serve(t, data, "--url", "https://codes.example.org")
	second.kill()
	third := serve(t, data)
	if first.fingerprint == "" || second.fingerprint != first.fingerprint || third.fingerprint != first.fingerprint {
		t.Errorf("fingerprints %s, %s, %s", first.fingerprint, second.fingerprint, third.fingerprint)
	}
}

func TestCertificateInFiles(t *testing.T) {
	elsewhere, data := t.TempDir(), t.TempDir()
	maker := serve(t, elsewhere)
	maker.kill()
	p := serve(t, data, "--tls", "files", "--tls-cert", filepath.Join(elsewhere, "tls.crt"), "--tls-key", filepath.Join(elsewhere, "tls.key"))
	if p.fingerprint != "" {
		t.Error("a fingerprint is told although an authority vouches")
	}
	client, err := enroll.NewClient(p.url, maker.fingerprint)
	must(t, err)
	defer client.Close()
	if _, _, err := client.Organisation(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(data, "tls.key")); !os.IsNotExist(err) {
		t.Errorf("the server made a key of its own: %v", err)
	}
}

// kill -9 right after an accepted answer: the code is refused after the
// restart, every time of 100.
func TestVault_ReplayMemorySurvivesACrash(t *testing.T) {
	const times = 100
	people := seed(t, times)
	p := serve(t, people.data, "--tls", "off")
	var starts []time.Duration
	for i := range times {
		code, err := people.otp[i].CodeNow(time.Now())
		must(t, err)
		app := verifier{http: &http.Client{Transport: &http.Transport{}}, url: p.url, key: people.key}
		ok, err := app.verify(people.user[i], code.Text)
		_ = p.command.Process.Kill()
		if err != nil || !ok {
			t.Fatalf("time %d: the right code gives %v, %v", i, ok, err)
		}
		p.kill()
		began := time.Now()
		p = serve(t, people.data, "--tls", "off")
		starts = append(starts, time.Since(began))
		app.url = p.url
		if ok, err := app.verify(people.user[i], code.Text); err != nil || ok {
			t.Fatalf("time %d: after a crash the used code gives %v, %v", i, ok, err)
		}
	}
	slices.Sort(starts)
	t.Logf("start: median %s, slowest %s", starts[times/2], starts[times-1])
}

// What the server accepted before a stop is answered: requests whose bodies
// arrive only after the signal.
func TestAStopAnswersWhatWasAccepted(t *testing.T) {
	const clients = 20
	people := seed(t, clients)
	p := serve(t, people.data, "--tls", "off")
	address := strings.TrimPrefix(p.url, "http://")
	var open [clients]net.Conn
	var bodies [clients]string
	for i := range clients {
		code, err := people.otp[i].CodeNow(time.Now())
		must(t, err)
		bodies[i] = fmt.Sprintf(`{"user":%q,"code":%q}`, people.user[i], code.Text)
		open[i], err = net.Dial("tcp", address)
		must(t, err)
		defer open[i].Close()
		_, err = fmt.Fprintf(open[i], "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
			enroll.PathVerify, people.key, len(bodies[i]))
		must(t, err)
		// The server asks for the body: from here on the request is accepted.
		line, err := bufio.NewReader(open[i]).ReadString('\n')
		if err != nil || !strings.Contains(line, "100 Continue") {
			t.Fatalf("instead of asking for the body: %q, %v", line, err)
		}
	}
	type end struct {
		exit int
		err  error
	}
	stopped := make(chan end, 1)
	go func() {
		exit, err := p.stop()
		stopped <- end{exit, err}
	}()
	deadline := time.Now().Add(10 * time.Second)
	for { // until nobody is let in any more
		conn, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server still listens 10 seconds after the signal")
		}
	}
	for i := range clients {
		_, err := open[i].Write([]byte(bodies[i]))
		must(t, err)
		response, err := http.ReadResponse(bufio.NewReader(skipBlank(open[i])), nil)
		must(t, err)
		body := make([]byte, 64)
		n, _ := response.Body.Read(body)
		if response.StatusCode != http.StatusOK || strings.TrimSpace(string(body[:n])) != `{"valid":true}` {
			t.Errorf("request %d is answered %d %s", i, response.StatusCode, body[:n])
		}
	}
	if e := <-stopped; e.exit != 0 || e.err != nil {
		t.Errorf("the stop ends with status %d, %v:\n%s", e.exit, e.err, p.said())
	}
}

// Two processes on one folder see the same, and neither keeps the other out.
func TestAdminBesideARunningServer(t *testing.T) {
	people := seed(t, 3)
	p := serve(t, people.data, "--tls", "off")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	code, err := people.otp[0].CodeNow(time.Now())
	must(t, err)
	done(t, people.data, "person", "unlink", people.user[0])
	if ok, err := app.verify(people.user[0], code.Text); err != nil || ok {
		t.Errorf("an unlinked code gives %v, %v", ok, err)
	}
	for range 5 {
		_, err := app.verify(people.user[1], "000000")
		must(t, err)
	}
	if got := done(t, people.data, "person", "show", people.user[1], "--json"); !strings.Contains(got, `"locked": true`) {
		t.Errorf("the lock is not shown: %s", got)
	}
	done(t, people.data, "person", "unlock", people.user[1])
	if code, err = people.otp[1].CodeNow(time.Now()); err != nil {
		t.Fatal(err)
	}
	if ok, err := app.verify(people.user[1], code.Text); err != nil || !ok {
		t.Errorf("after unlocking the right code gives %v, %v", ok, err)
	}
	app.key = done(t, people.data, "application", "rotate", "portal")
	if code, err = people.otp[2].CodeNow(time.Now()); err != nil {
		t.Fatal(err)
	}
	if ok, err := app.verify(people.user[2], code.Text); err != nil || !ok {
		t.Errorf("with the rotated key the right code gives %v, %v", ok, err)
	}
	done(t, people.data, "application", "revoke", "portal")
	if _, err := app.verify(people.user[2], code.Text); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a revoked key gives %v", err)
	}
	done(t, people.data, "organisation", "set", "--name", "Waterschap Voorbeeld")
	client, err := enroll.NewClient(p.url, "")
	must(t, err)
	if o, _, err := client.Organisation(t.Context()); err != nil || o.Name != "Waterschap Voorbeeld" {
		t.Errorf("the organisation is %q, %v", o.Name, err)
	}
	done(t, people.data, "audit", "verify")
}
