package server_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A server writes heads while it runs and at its stop; a copy of the database
// from before does not reach them.
func TestHeadsOfTheAuditLog(t *testing.T) {
	people := seed(t, 3)
	heads := filepath.Join(t.TempDir(), "heads.jsonl")
	p := serve(t, people.data, "--tls", "off", "--audit-heads", heads, "--audit-heads-every", "20ms")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	before := lines(t, heads)
	ask(t, app, people, 0)
	await(t, "a head of the running server", func() bool { return lines(t, heads) > before })
	copied := filepath.Join(t.TempDir(), "backup.db")
	done(t, people.data, "backup", copied)
	ask(t, app, people, 1)
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Fatalf("a stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
	if _, said, exit := admin(t, people.data, "audit", "verify", "--head", heads); exit != 0 || !strings.Contains(said, "reaches every one of") {
		t.Errorf("the check ends with %d:\n%s", exit, said)
	}
	must(t, os.Truncate(heads, size(t, heads)-9)) // as a loss of power does
	p = serve(t, people.data, "--tls", "off", "--audit-heads", heads)
	app.url = p.url
	ask(t, app, people, 2)
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Fatalf("a stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
	if _, said, exit := admin(t, people.data, "audit", "verify", "--head", heads); exit != 0 || !strings.Contains(said, "1 lines of") {
		t.Errorf("the check after a loss of power ends with %d:\n%s", exit, said)
	}
	done(t, people.data, "restore", copied)
	done(t, people.data, "audit", "verify")
	if _, said, exit := admin(t, people.data, "audit", "verify", "--head", heads); exit != 1 || !strings.Contains(said, "is not whole") {
		t.Errorf("the check of an older database ends with %d:\n%s", exit, said)
	}
}

func ask(t *testing.T, app verifier, people seeded, i int) {
	t.Helper()
	code, err := people.otp[i].CodeNow(time.Now())
	must(t, err)
	if ok, err := app.verify(people.user[i], code.Text); err != nil || !ok {
		t.Fatalf("the right code gives %v, %v", ok, err)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

func lines(t *testing.T, path string) int {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return strings.Count(string(content), "\n")
}

// await looks until something holds, or ten seconds are over.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("there is not %s after 10 seconds", what)
		}
	}
}

// Following shows what others write, and ends well when it is interrupted.
func TestFollowTheAuditLog(t *testing.T) {
	people := seed(t, 1)
	since := time.Now().UTC().Format(time.RFC3339)
	command := exec.Command(program(t), "admin", "--data", people.data, "audit", "export", "--follow", "--since", since)
	command.Env = clean()
	pipe, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	defer func() { _ = command.Process.Kill() }()
	done(t, people.data, "person", "unlock", people.user[0])
	output := bufio.NewScanner(pipe)
	if !output.Scan() {
		t.Fatal("the export ended")
	}
	var row struct{ Kind, Outcome, Person string }
	must(t, json.Unmarshal(output.Bytes(), &row))
	if row.Kind != "person.unlock" || row.Person == "" {
		t.Errorf("the first line since then is %s", output.Text())
	}
	must(t, command.Process.Signal(syscall.SIGINT))
	for output.Scan() {
	}
	if exit, err := status(command.Wait()); exit != 0 || err != nil {
		t.Errorf("an interrupted export ends with %d, %v", exit, err)
	}
}
