package server_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// formerProgram is the program as it was before the newest tables: the one that
// SLEUTELBOS_TEST_FORMER names, or with LONG a build out of the history.
func formerProgram(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("SLEUTELBOS_TEST_FORMER"); path != "" {
		return path
	}
	if long := os.Getenv("LONG"); long == "" || long == "0" {
		t.Skip("the former version is built; LONG=1 does it, or SLEUTELBOS_TEST_FORMER names one")
	}
	if shallow, err := exec.Command("git", "rev-parse", "--is-shallow-repository").Output(); err != nil || strings.TrimSpace(string(shallow)) != "false" {
		t.Skip("this copy of the source has no history to build the former version from")
	}
	tables, err := filepath.Glob(filepath.Join("store", "migrations", "*.sql"))
	must(t, err)
	output := func(name string, arguments ...string) string {
		raw, err := exec.CommandContext(t.Context(), name, arguments...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, raw)
		}
		return strings.TrimSpace(string(raw))
	}
	added := strings.Fields(output("git", "log", "--diff-filter=A", "--format=%H", "--", slices.Max(tables)))
	if len(added) == 0 {
		t.Skip("the newest tables are not in the history yet")
	}
	folder := t.TempDir()
	source, path := filepath.Join(folder, "source"), filepath.Join(folder, "sleutelbos")
	output("git", "clone", "--quiet", "--shared", "--no-checkout", output("git", "rev-parse", "--show-toplevel"), source)
	output("git", "-C", source, "checkout", "--quiet", added[len(added)-1]+"^")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the former version: %v\n%s", err, said)
	}
	return path
}

func TestUpgradeFromTheFormerVersion(t *testing.T) {
	former := formerProgram(t)
	t.Run("PostgreSQL", func(t *testing.T) { rollingUpgrade(t, former) })
	t.Run("SQLite", func(t *testing.T) { upgrade(t, former) })
}

// rollingUpgrade replaces servers one by one: the former version goes on
// verifying beside this one, with the same counters and the same used codes.
func rollingUpgrade(t *testing.T, former string) {
	t.Helper()
	address := storetest.Database(t, storetest.Start(t).Address)
	key := filepath.Join(t.TempDir(), "server.key")
	where := []string{"--tls", "off", "--server-key-file", key, "--database", address}
	old, err := begin(former, t.TempDir(), where...)
	must(t, err)
	t.Cleanup(old.kill)
	command := func(arguments ...string) string {
		t.Helper()
		c := exec.Command(former, append([]string{"admin", "--server-key-file", key, "--database", address}, arguments...)...)
		c.Env = clean()
		out, err := c.Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	keys := map[string]enroll.Key{}
	for _, user := range []string{"anna", "bram"} {
		command("person", "add", "--user", user, "--name", user, "--email", user+"@example.org")
		keys[user] = link(t, old, user, command("activation", "new", user))
	}
	app := verifier{http: &http.Client{}, key: command("application", "add", "portal")}
	fresh := serve(t, t.TempDir(), where...) // brings the tables up to date
	ask := func(node *process, user, code string, want bool) {
		t.Helper()
		app.url = node.url
		if ok, err := app.verify(user, code); err != nil || ok != want {
			t.Errorf("%s: %v, %v; want %v", user, ok, err, want)
		}
	}
	next := func(user string) string {
		t.Helper()
		code, err := keys[user].CodeAt(keys[user].Step(time.Now()) + 1)
		must(t, err)
		return code
	}
	anna, bram := next("anna"), next("bram")
	ask(old, "anna", anna, true)
	ask(fresh, "anna", anna, false)
	ask(fresh, "bram", bram, true)
	ask(old, "bram", bram, false)
	for i := range 5 {
		ask([]*process{old, fresh}[i%2], "anna", "000000", false)
	}
	if shown := doneOn(t, address, key, "person", "show", "anna", "--json"); !strings.Contains(shown, `"locked": true`) {
		t.Errorf("five wrong codes over both versions do not lock:\n%s", shown)
	}
	doneOn(t, address, key, "person", "unlock", "anna")
	doneOn(t, address, key, "person", "add", "--user", "cleo", "--name", "Cleo", "--email", "cleo@example.org")
	keys["cleo"] = link(t, fresh, "cleo", doneOn(t, address, key, "activation", "new", "cleo"))
	ask(old, "cleo", next("cleo"), true)
	if said, _, exit := on(t, address, key, "doctor"); exit != 1 || !strings.Contains(said, "an older program than the tables need runs on") {
		t.Errorf("the doctor does not tell of the former version:\n%s", said)
	}
	if exit, err := old.stop(); exit != 0 || err != nil {
		t.Errorf("the former version stops with %d, %v", exit, err)
	}
	if _, err := begin(former, t.TempDir(), where...); err == nil || !strings.Contains(err.Error(), "made by a newer version") {
		t.Errorf("the former version starts again: %v", err)
	}
	doneOn(t, address, key, "audit", "verify")
}

// upgrade stops one server, replaces it and starts it again.
func upgrade(t *testing.T, former string) {
	t.Helper()
	data := t.TempDir()
	old, err := begin(former, data, "--tls", "off")
	must(t, err)
	t.Cleanup(old.kill)
	command := func(arguments ...string) string {
		t.Helper()
		c := exec.Command(former, append([]string{"admin", "--data", data}, arguments...)...)
		c.Env = clean()
		out, err := c.Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	command("person", "add", "--user", "anna", "--name", "Anna", "--email", "anna@example.org")
	key := link(t, old, "anna", command("activation", "new", "anna"))
	app := verifier{http: &http.Client{}, url: old.url, key: command("application", "add", "portal")}
	code, err := key.CodeAt(key.Step(time.Now()) + 1)
	must(t, err)
	if ok, err := app.verify("anna", code); err != nil || !ok {
		t.Fatalf("the former version says %v, %v", ok, err)
	}
	copied := filepath.Join(t.TempDir(), "before.db")
	command("backup", copied)
	old.kill() // as a power cut does
	fresh := serve(t, data, "--tls", "off")
	app.url = fresh.url
	if ok, err := app.verify("anna", code); err != nil || ok {
		t.Errorf("after the upgrade the used code gives %v, %v", ok, err)
	}
	if ok, err := app.verify("anna", "000000"); err != nil || ok {
		t.Errorf("a wrong code gives %v, %v", ok, err)
	}
	done(t, data, "audit", "verify")
	if exit, err := fresh.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with %d, %v", exit, err)
	}
	done(t, data, "restore", copied) // made by the former version
	done(t, data, "audit", "verify")
}
