package server_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// Another key takes over while servers verify; the command is killed in the
// middle and run again. No right code is refused and none is accepted twice.
func TestKeyTakesOverWhileServersVerify(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		people := seed(t, 400)
		takeOver(t, people, nil, serve(t, people.data, "--tls", "off"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := storetest.Database(t, storetest.Start(t).Address)
		people := seedOn(t, t.TempDir(), address, 400)
		var nodes []*process
		for range 3 {
			nodes = append(nodes, serve(t, t.TempDir(), "--tls", "off", "--database", address, "--server-key-file", filepath.Join(people.data, "server.key")))
		}
		takeOver(t, people, []string{"--database", address}, nodes...)
	})
}

func takeOver(t *testing.T, people seeded, where []string, nodes ...*process) {
	t.Helper()
	command := func(arguments ...string) *exec.Cmd {
		c := exec.Command(program(t), append(append([]string{"admin", "--data", people.data}, where...), arguments...)...)
		c.Env = clean()
		return c
	}
	run := func(arguments ...string) string {
		t.Helper()
		output, err := command(arguments...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
		return string(output)
	}
	raw, err := os.ReadFile(filepath.Join(people.data, "server.key"))
	must(t, err)
	old := strings.Fields(string(raw[strings.Index(string(raw), "\nsleutelbos")+1:]))[1]

	next := make(chan int)
	var right, again atomic.Int64
	var verifying sync.WaitGroup
	for worker := range 4 {
		verifying.Go(func() {
			app := verifier{http: &http.Client{}, url: nodes[worker%len(nodes)].url, key: people.key}
			for i := range next {
				code, err := people.otp[i].CodeNow(time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				for time := range 2 {
					ok, err := app.verify(people.user[i], code.Text)
					switch {
					case err != nil:
						t.Errorf("verifying while a key takes over: %v", err)
					case ok && time == 0:
						right.Add(1)
					case ok:
						again.Add(1)
					}
				}
			}
		})
	}
	feed := func(from, to int) {
		for i := from; i < to; i++ {
			next <- i
		}
	}
	feed(0, 50)
	run("key", "add")
	for _, node := range nodes {
		must(t, node.command.Process.Signal(syscall.SIGHUP))
	}
	killed := command("key", "rotate")
	must(t, killed.Start())
	feed(50, 150)
	must(t, killed.Process.Kill())
	_ = killed.Wait()
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(150, len(people.user))
	}()
	for _, node := range nodes { // has it look at which key seals, so that the test need not wait
		must(t, node.command.Process.Signal(syscall.SIGHUP))
	}
	said := run("key", "rotate")
	<-fed
	close(next)
	verifying.Wait()
	if n := int(right.Load()); n != len(people.user) || again.Load() != 0 {
		t.Errorf("of %d right codes %d were accepted, and %d a second time", len(people.user), n, again.Load())
	}
	if !strings.Contains(said, "verything is sealed with key") {
		t.Errorf("rotating says: %s", said)
	}
	if listed := run("key", "list"); !strings.Contains(listed, "400 in links") || !strings.Contains(listed, "nothing is sealed with it") {
		t.Errorf("the keys:\n%s", listed)
	}
	run("key", "retire", old)
	run("audit", "verify")
	for _, node := range nodes {
		exit, err := node.stop()
		if exit != 0 || err != nil {
			t.Errorf("a stop ends with %d, %v\n%s", exit, err, node.said())
		}
	}
}

// A backup from before a rotation is restored with the key that sealed it.
func TestRestoreFromBeforeARotation(t *testing.T) {
	people := seed(t, 2)
	copied := filepath.Join(t.TempDir(), "backup.db")
	done(t, people.data, "backup", copied)
	added := done(t, people.data, "key", "add")
	done(t, people.data, "key", "rotate")
	old := strings.Fields(strings.ReplaceAll(done(t, people.data, "key", "list"), added, ""))[0]
	done(t, people.data, "key", "retire", old)
	if _, said, exit := admin(t, people.data, "restore", copied); exit != 1 || !strings.Contains(said, "it needs key "+old) {
		t.Fatalf("without its key a restore ends with %d: %s", exit, said)
	}
	file := filepath.Join(people.data, "server.key")
	ring, err := os.ReadFile(file)
	must(t, err)
	line, err := os.ReadFile(file + ".retired-" + old)
	must(t, err)
	must(t, os.WriteFile(file, append(line, ring...), 0o600))
	done(t, people.data, "restore", copied)
	if listed := done(t, people.data, "key", "list"); !strings.Contains(listed, old+"  seals") {
		t.Errorf("the keys:\n%s", listed)
	}
	done(t, people.data, "key", "rotate")
	done(t, people.data, "key", "retire", old)
	p := serve(t, people.data, "--tls", "off")
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	code, err := people.otp[0].CodeAt(people.otp[0].Step(time.Now()) + 1)
	must(t, err)
	if ok, err := app.verify(people.user[0], code); err != nil || ok {
		t.Errorf("a code of the minute of the restore: %v, %v", ok, err)
	}
	done(t, people.data, "audit", "verify")
}

// A PostgreSQL that was put back serves no one until its codes are ended.
func TestRestoreDrillOnPostgreSQL(t *testing.T) {
	cluster := storetest.Start(t)
	address := storetest.Database(t, cluster.Address)
	people := seedOn(t, t.TempDir(), address, 3)
	key := filepath.Join(people.data, "server.key")
	p := serve(t, t.TempDir(), "--tls", "off", "--database", address, "--server-key-file", key)
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	if found, said, exit := on(t, address, key, "doctor"); exit != 0 || !strings.Contains(found, "PostgreSQL") || !strings.Contains(found, "durability") || !strings.Contains(found, "servers that run: 1") {
		t.Errorf("the doctor ends with %d:\n%s\n%s", exit, found, said)
	}
	dump := filepath.Join(t.TempDir(), "dump")
	storetest.Client(t, "pg_dump", "--format=custom", "--file="+dump, address)
	doneOn(t, address, key, "backup", "--made")
	if found, _, _ := on(t, address, key, "doctor"); !regexp.MustCompile(`ok +backup +the last one is of`).MatchString(found) {
		t.Errorf("the doctor does not tell of the backup:\n%s", found)
	}
	var codes []string
	for i := range people.user {
		code, err := people.otp[i].CodeNow(time.Now())
		must(t, err)
		if ok, err := app.verify(people.user[i], code.Text); err != nil || !ok {
			t.Fatalf("the right code gives %v, %v", ok, err)
		}
		codes = append(codes, code.Text)
	}
	p.kill()
	back := storetest.Database(t, cluster.Address)
	storetest.Client(t, "pg_restore", "--dbname="+back, dump)
	if _, err := begin(program(t), t.TempDir(), "--tls", "off", "--database", back, "--server-key-file", key); err == nil || !strings.Contains(err.Error(), "admin end-codes") {
		t.Errorf("a server starts on a copy: %v", err)
	}
	if found, _, exit := on(t, back, key, "doctor"); exit != 1 || !strings.Contains(found, "AMISS  copy") {
		t.Errorf("the doctor ends with %d:\n%s", exit, found)
	}
	doneOn(t, back, key, "end-codes")
	p = serve(t, t.TempDir(), "--tls", "off", "--database", back, "--server-key-file", key)
	app.url = p.url
	for i, code := range codes {
		if ok, err := app.verify(people.user[i], code); err != nil || ok {
			t.Errorf("a code that was used after the copy: %v, %v", ok, err)
		}
	}
	if found, said, exit := on(t, back, key, "doctor"); exit != 0 {
		t.Errorf("the doctor ends with %d:\n%s\n%s", exit, found, said)
	}
	doneOn(t, back, key, "audit", "verify")
}
