package server_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// Every code that was used after the backup stays refused when it is restored,
// and so does every other code of that time; those that follow are accepted.
func TestRestoreDrill(t *testing.T) {
	const used = 8
	people := seed(t, used+1)
	p := serve(t, people.data, "--tls", "off")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	copied := filepath.Join(t.TempDir(), "backup.db")
	if _, said, exit := admin(t, people.data, "backup", copied); exit != 0 {
		t.Fatalf("the backup ends with %d:\n%s", exit, said)
	}
	var codes [used][]string
	for i := range codes {
		for _, ahead := range []uint64{0, 1} { // the window reaches one step ahead
			code, err := people.otp[i].CodeAt(people.otp[i].Step(time.Now()) + ahead)
			must(t, err)
			if ok, err := app.verify(people.user[i], code); err != nil || !ok {
				t.Fatalf("the right code gives %v, %v", ok, err)
			}
			codes[i] = append(codes[i], code)
		}
	}
	done(t, people.data, "person", "add", "--user", "later", "--name", "Lies Later", "--email", "later@example.org")
	done(t, people.data, "person", "unlink", people.user[used])
	if _, said, exit := admin(t, people.data, "restore", copied); exit != 1 || !strings.Contains(said, "a server or another command is using this data folder") {
		t.Fatalf("beside a running server a restore ends with %d:\n%s", exit, said)
	}
	p.kill() // as a power cut does: the newest rows stand beside the database
	lost, said, exit := admin(t, people.data, "restore", copied)
	if exit != 0 {
		t.Fatalf("the restore ends with %d:\n%s", exit, said)
	}
	for _, want := range []string{"later", "Lies Later", "person.add done", "person.unlink done"} {
		if !strings.Contains(lost, want) {
			t.Errorf("what was lost does not name %q:\n%s", want, lost)
		}
	}
	if strings.Count(lost, "works again") != 1 || !strings.Contains(said, "1 people, 3 lines of the audit log and 16 verifications") {
		t.Errorf("what was lost is told so:\n%s\n%s", lost, said)
	}
	p = serve(t, people.data, "--tls", "off")
	app.url = p.url
	for i := range codes {
		for _, code := range codes[i] {
			if ok, err := app.verify(people.user[i], code); err != nil || ok {
				t.Errorf("after the restore a used code gives %v, %v", ok, err)
			}
		}
	}
	done(t, people.data, "audit", "verify")
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with status %d, %v", exit, err)
	}
	later := time.Now().Add(90 * time.Second)
	for i := range codes {
		code, err := people.otp[i].CodeAt(people.otp[i].Step(later))
		must(t, err)
		if got := people.verifyAt(t, later, i, code); !got.Valid {
			t.Errorf("a minute and a half after the restore a right code is refused: %s", got.Reason)
		}
	}
}

// A token that counts is refused after a restore until it gives two codes in a
// row, and of the codes that were used since the backup no two bring it back.
func TestARestoreBringsNoCounterBack(t *testing.T) {
	people := seed(t, 1)
	device := enroll.Key{Kind: enroll.HOTP, Secret: []byte("12345678901234567890"), Algorithm: enroll.SHA1, Digits: 8}
	table, copied := filepath.Join(t.TempDir(), "tokens.csv"), filepath.Join(t.TempDir(), "backup.db")
	must(t, os.WriteFile(table, []byte("C1,3132333435363738393031323334353637383930,hotp,8\nC2,4132333435363738393031323334353637383930,hotp\n"), 0o600))
	done(t, people.data, "token", "import", table)
	done(t, people.data, "token", "assign", "C1", people.user[0])
	done(t, people.data, "backup", copied)
	p := serve(t, people.data, "--tls", "off")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	var codes []string
	for counter := range uint64(8) {
		code, err := device.CodeAt(counter)
		must(t, err)
		codes = append(codes, code)
	}
	for _, code := range codes[:4] {
		if ok, err := app.verify(people.user[0], code); err != nil || !ok {
			t.Fatalf("the right code gives %v, %v", ok, err)
		}
	}
	p.kill()
	lost, said, exit := admin(t, people.data, "restore", copied)
	if exit != 0 || !strings.Contains(said, "Tokens that count and wait for two codes in a row, see standard output: 1.") ||
		!regexp.MustCompile(`(?m)^token .* C1 +Jan Jansen \(person0\) +waits for two codes in a row$`).MatchString(lost) || strings.Contains(lost, "C2") {
		t.Errorf("the restore ends with %d and tells:\n%s\n%s", exit, lost, said)
	}
	p = serve(t, people.data, "--tls", "off")
	app.url = p.url
	for _, code := range codes {
		if ok, err := app.verify(people.user[0], code); err != nil || ok {
			t.Errorf("after the restore a code of the counter gives %v, %v", ok, err)
		}
	}
	for i := range 3 {
		if _, said, exit := admin(t, people.data, "token", "resync", "C1", codes[i], codes[i+1]); exit != 1 || !strings.Contains(said, "not two codes in a row") {
			t.Errorf("two used codes end with %d:\n%s", exit, said)
		}
	}
	done(t, people.data, "token", "resync", "C1", codes[4], codes[5])
	if ok, err := app.verify(people.user[0], codes[5]); err != nil || ok {
		t.Errorf("a code of the resynchronisation gives %v, %v", ok, err)
	}
	if ok, err := app.verify(people.user[0], codes[6]); err != nil || !ok {
		t.Errorf("the next code gives %v, %v", ok, err)
	}
}

// verifyAt asks the rules themselves, by another clock.
func (s *seeded) verifyAt(t *testing.T, at time.Time, i int, code string) identity.Verdict {
	t.Helper()
	database := filepath.Join(s.data, "sleutelbos.db")
	key, err := identity.ServerKeyFile(filepath.Join(s.data, "server.key"), database, rand.Reader)
	must(t, err)
	opened, err := store.Open(t.Context(), database)
	must(t, err)
	defer opened.Close()
	desk, err := identity.New(t.Context(), identity.Options{Store: opened, Key: key, Now: func() time.Time { return at }})
	must(t, err)
	application, err := desk.Authenticate(t.Context(), s.key)
	must(t, err)
	verdict, err := desk.Verify(t.Context(), application, s.user[i], code)
	must(t, err)
	return verdict
}

// Activation codes that were valid when the backup was made are over.
func TestARestoreEndsActivationCodes(t *testing.T) {
	people := seed(t, 1)
	done(t, people.data, "activation", "new", people.user[0])
	copied := filepath.Join(t.TempDir(), "backup.db")
	done(t, people.data, "backup", copied)
	done(t, people.data, "restore", copied)
	if got := done(t, people.data, "person", "show", people.user[0], "--json"); !strings.Contains(got, `"state": "expired"`) {
		t.Errorf("after the restore the person has %s", got)
	}
}

// A backup that is made while the server verifies is whole, for its owner
// alone, and replaces nothing.
func TestABackupWhileServing(t *testing.T) {
	people := seed(t, 40)
	p := serve(t, people.data, "--tls", "off")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	var asking sync.WaitGroup
	asking.Go(func() {
		for i := range people.user {
			code, err := people.otp[i].CodeNow(time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			if ok, err := app.verify(people.user[i], code.Text); err != nil || !ok {
				t.Errorf("during a backup a right code gives %v, %v", ok, err)
			}
		}
	})
	folder := t.TempDir()
	for _, name := range []string{"one.db", "two.db", "three.db"} {
		done(t, people.data, "backup", filepath.Join(folder, name))
	}
	asking.Wait()
	if _, said, exit := admin(t, people.data, "backup", filepath.Join(folder, "one.db")); exit != 1 || !strings.Contains(said, "replaces none") {
		t.Errorf("a backup over another ends with %d:\n%s", exit, said)
	}
	found, err := os.ReadDir(folder)
	must(t, err)
	if len(found) != 3 {
		t.Errorf("beside the backups there is something else: %v", found)
	}
	keyed, err := os.ReadFile(filepath.Join(people.data, "server.key"))
	must(t, err)
	key, err := identity.LoadServerKey(keyed)
	must(t, err)
	for _, entry := range found {
		path := filepath.Join(folder, entry.Name())
		info, err := entry.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %s", entry.Name(), info.Mode())
		}
		if _, err := identity.Prove(t.Context(), path, key); err != nil {
			t.Error(err)
		}
		content, err := os.ReadFile(path)
		must(t, err)
		if strings.Contains(string(content), "sleutelbos-server-key") {
			t.Error("the server key is in a backup")
		}
	}
}

// What cannot be proven changes nothing.
func TestARestoreProvesTheCopyFirst(t *testing.T) {
	people, other := seed(t, 1), seed(t, 1)
	folder := t.TempDir()
	foreign, cut, text := filepath.Join(folder, "foreign.db"), filepath.Join(folder, "cut.db"), filepath.Join(folder, "text.db")
	done(t, other.data, "backup", foreign)
	whole := filepath.Join(folder, "whole.db")
	done(t, people.data, "backup", whole)
	content, err := os.ReadFile(whole)
	must(t, err)
	damaged := append([]byte{}, content...)
	for i := len(damaged) / 2; i < len(damaged); i++ {
		damaged[i] = 0xa5
	}
	must(t, os.WriteFile(cut, damaged, 0o600))
	must(t, os.WriteFile(text, []byte("this is a shopping list, and a long one at that, with more than one page"), 0o600))
	before := done(t, people.data, "person", "list", "--json")
	for name, test := range map[string]struct{ file, says string }{
		"another server's": {foreign, "the server key is not the one"},
		"damaged":          {cut, "damaged"},
		"something else":   {text, "not a database of this server"},
		"not there":        {filepath.Join(folder, "none.db"), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, said, exit := admin(t, people.data, "restore", test.file)
			if exit != 1 || !strings.Contains(said, test.says) {
				t.Errorf("the restore ends with %d:\n%s", exit, said)
			}
		})
	}
	if after := done(t, people.data, "person", "list", "--json"); after != before {
		t.Errorf("a refused restore changed the people:\n%s", after)
	}
	left, err := filepath.Glob(filepath.Join(people.data, ".restore-*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("a refused restore leaves %v", left)
	}
	must(t, os.Remove(filepath.Join(people.data, "server.key")))
	if _, said, exit := admin(t, people.data, "restore", whole); exit != 1 || !strings.Contains(said, "server key") {
		t.Errorf("without the key the restore ends with %d:\n%s", exit, said)
	}
	if _, err := os.Stat(filepath.Join(people.data, "server.key")); !os.IsNotExist(err) {
		t.Error("a restore made a server key")
	}
}

// A machine that was lost: the key and the backup are all there is. And a
// database that nobody can read any more is replaced all the same.
func TestARestoreWithoutTheFormerDatabase(t *testing.T) {
	people := seed(t, 1)
	copied := filepath.Join(t.TempDir(), "backup.db")
	done(t, people.data, "backup", copied)
	key, err := os.ReadFile(filepath.Join(people.data, "server.key"))
	must(t, err)
	fresh := t.TempDir()
	must(t, os.WriteFile(filepath.Join(fresh, "server.key"), key, 0o600))
	done(t, fresh, "restore", copied)
	if got := done(t, fresh, "person", "list"); !strings.Contains(got, people.user[0]) {
		t.Errorf("the restored people are %q", got)
	}
	must(t, os.WriteFile(filepath.Join(people.data, "sleutelbos.db"), []byte("rubbish, all of it, and a good deal of rubbish at that"), 0o600))
	_, said, exit := admin(t, people.data, "restore", copied)
	if exit != 0 || !strings.Contains(said, "is not known") {
		t.Errorf("over a damaged database the restore ends with %d:\n%s", exit, said)
	}
	done(t, people.data, "audit", "verify")
	kept, err := filepath.Glob(filepath.Join(people.data, "sleutelbos.db.replaced-*"))
	must(t, err)
	if len(kept) != 1 {
		t.Errorf("the former database is kept as %v", kept)
	}
}
