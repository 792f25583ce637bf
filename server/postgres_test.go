package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// on is an administrator's command on a PostgreSQL.
func on(t testing.TB, address, key string, arguments ...string) (stdout, stderr string, exit int) {
	t.Helper()
	command := exec.Command(program(t), append([]string{"admin", "--server-key-file", key}, arguments...)...)
	command.Env = append(clean(), "SLEUTELBOS_DATABASE="+address)
	var out, err bytes.Buffer
	command.Stdout, command.Stderr = &out, &err
	exit, failure := status(command.Run())
	must(t, failure)
	return strings.TrimSuffix(out.String(), "\n"), err.String(), exit
}

func doneOn(t testing.TB, address, key string, arguments ...string) string {
	t.Helper()
	out, said, exit := on(t, address, key, arguments...)
	if exit != 0 {
		t.Fatalf("admin %s ends with %d:\n%s", strings.Join(arguments, " "), exit, said)
	}
	return out
}

// fetched gives a status and what else was said.
func fetched(t testing.TB, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(body)
}

// Two nodes on one PostgreSQL, which goes away and comes back.
func TestNodesOnPostgreSQL(t *testing.T) {
	cluster := storetest.Start(t)
	address := storetest.Database(t, cluster.Address)
	key := filepath.Join(t.TempDir(), "server.key")
	if _, said, exit := on(t, address, key, "person", "list"); exit != 1 || !strings.Contains(said, "no server in this database") {
		t.Errorf("before the first start: status %d, %s", exit, said)
	}
	file := filepath.Join(t.TempDir(), "database")
	must(t, os.WriteFile(file, []byte(address+"\n"), 0o600))
	first := serve(t, t.TempDir(), "--tls", "off", "--server-key-file", key, "--database", address)
	second := serve(t, t.TempDir(), "--tls", "off", "--server-key-file", key, "--database-file", file)
	doneOn(t, address, key, "person", "add", "--user", "anna", "--name", "Anna de Vries", "--email", "anna@example.org")
	otp := link(t, first, "anna", doneOn(t, address, key, "activation", "new", "anna"))
	app := verifier{http: &http.Client{}, key: doneOn(t, address, key, "application", "add", "portal")}
	code, err := otp.CodeAt(otp.Step(time.Now()) + 1)
	must(t, err)
	for i, node := range []*process{second, first, second} {
		app.url = node.url
		if ok, err := app.verify("anna", code); err != nil || ok != (i == 0) {
			t.Errorf("time %d: %v, %v", i+1, ok, err)
		}
	}
	for _, name := range []string{`an\u0000na`, `\ud800`, "\xff\xfe"} { // no text at all for PostgreSQL
		if ok, err := app.verify(name, "123456"); ok || err != nil && !strings.Contains(err.Error(), "422") {
			t.Errorf("%q gives %v, %v", name, ok, err)
		}
	}

	cluster.Stop(t)
	for _, node := range []*process{first, second} {
		app.url = node.url
		if _, err := app.verify("anna", code); err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), enroll.ProblemTryAgain) {
			t.Errorf("while the database is away: %v", err)
		}
		if code, said := fetched(t, node.url+"/readyz"); code != http.StatusServiceUnavailable {
			t.Errorf("ready without a database: %d %s", code, said)
		}
		if code, said := fetched(t, node.url+"/healthz"); code != http.StatusOK {
			t.Errorf("not healthy without a database: %d %s", code, said)
		}
	}
	cluster.Start(t)
	for _, node := range []*process{first, second} {
		app.url = node.url
		if code, said := fetched(t, node.url+"/readyz"); code != http.StatusOK {
			t.Errorf("the database is back, but not ready: %d %s", code, said)
		}
		if ok, err := app.verify("anna", code); err != nil || ok {
			t.Errorf("the used code after the database came back: %v, %v", ok, err)
		}
	}
	doneOn(t, address, key, "audit", "verify")
	refusals(t, address, key)
}

// refusals are what keeps a node from starting.
func refusals(t *testing.T, address, key string) {
	other := filepath.Join(t.TempDir(), "server.key")
	maker := serve(t, t.TempDir(), "--tls", "off", "--server-key-file", other)
	maker.kill()
	if _, said, exit := on(t, address, other, "person", "list"); exit != 1 || !strings.Contains(said, "not the one that belongs") {
		t.Errorf("with another key: status %d, %s", exit, said)
	}
	missing := filepath.Join(t.TempDir(), "server.key")
	if _, err := begin(program(t), t.TempDir(), "--tls", "off", "--server-key-file", missing, "--database", address); err == nil || !strings.Contains(err.Error(), "not the server key") {
		t.Errorf("without the key: %v", err)
	}
	secret := strings.Replace(address, "postgres@", "postgres:geheim@", 1)
	if _, said, exit := on(t, strings.Replace(secret, "/test_", "/nothing_", 1), key, "person", "list"); exit != 1 || strings.Contains(said, "geheim") {
		t.Errorf("a database that is not there: status %d, %s", exit, said)
	}
	if _, said, exit := on(t, "postgres://a:geheim@[", key, "person", "list"); exit != 1 || strings.Contains(said, "geheim") {
		t.Errorf("an address that is none: status %d, %s", exit, said)
	}
	for says, changed := range map[string]func(*url.URL){
		"createdb": func(u *url.URL) { u.Path = "/nowhere" }, "does not let this user in": func(u *url.URL) { u.User = url.User("nobody") },
	} {
		u, err := url.Parse(address)
		must(t, err)
		changed(u)
		if _, said, exit := on(t, u.String(), key, "person", "list"); exit != 1 || !strings.Contains(said, says) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s is not said in one line: status %d, %s", says, exit, said)
		}
	}
	storetest.Exec(t, address, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	if _, said, exit := on(t, address, key, "person", "list"); exit != 1 || !strings.Contains(said, "newer version") {
		t.Errorf("a newer database: status %d, %s", exit, said)
	}
}

// What cannot be meant is said before anything is opened.
func TestDatabaseSettings(t *testing.T) {
	for name, arguments := range map[string][]string{
		"no key":        {"admin", "--database", "postgres://x/y", "person", "list"},
		"no address":    {"admin", "--data", t.TempDir(), "--database", "server.db", "person", "list"},
		"both":          {"admin", "--data", t.TempDir(), "--database", "postgres://x/y", "--database-file", "f", "person", "list"},
		"no folder":     {"serve", "--database", "postgres://x/y", "--server-key-file", "k"},
		"no data, ACME": {"serve", "--database", "postgres://x/y", "--server-key-file", "k", "--tls", "acme", "--acme-accept-terms", "--url", "https://codes.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(program(t), arguments...)
			command.Env = clean()
			output, err := command.CombinedOutput()
			if exit, failure := status(err); exit != 2 || failure != nil {
				t.Error(fmt.Sprintf("status %d, %v:", exit, failure), string(output))
			}
		})
	}
}
