//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

const importedBefore, imported, importWords = 3, 500, "een lange wachtzin"

// importing is a vault, and a list for the built program to bring into it.
type importing struct {
	t       *testing.T
	binary  string
	work    string
	options vault.Options
	whole   []byte // the vault as it was
}

func newImporting(t *testing.T) *importing {
	t.Helper()
	work := t.TempDir()
	i := &importing{t: t, binary: static(t), work: work, options: vault.Options{Dir: filepath.Join(work, "vault"), Argon2: vault.Argon2{Memory: 64 << 10, Passes: 3, Lanes: 1}}}
	v, _, err := vault.At(i.options).Create(t.Context(), vault.First{Passphrase: []byte(importWords)})
	if err != nil {
		t.Fatal(err)
	}
	key := func(n int) enroll.Key {
		return enroll.Key{
			Kind: enroll.TOTP, Issuer: fmt.Sprint("Issuer ", n), Secret: fmt.Appendf(nil, "secret number %6d", n),
			Algorithm: enroll.SHA1, Digits: 6, Period: 30,
		}
	}
	if err := v.Update(t.Context(), func(d *vault.Draft) error {
		for n := range importedBefore {
			if _, err := d.Add(key(n), nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	v.Lock()
	if i.whole, err = vault.At(i.options).Snapshot(); err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for n := range imported {
		list.WriteString(key(importedBefore+n).Address() + "\n")
	}
	for name, content := range map[string][]byte{"list.txt": list.Bytes(), "passphrase": []byte(importWords + "\n")} {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

// killer may kill a program; ended is closed when that has ended.
type killer func(p *os.Process, ended <-chan struct{})

// run puts the vault as it was, lets the program bring the list in, and hands it
// to a killer. It says whether the program came to its end.
func (i *importing) run(meanwhile killer) bool {
	i.t.Helper()
	if err := vault.WriteWhole(filepath.Join(i.options.Dir, vault.FileName), i.whole); err != nil {
		i.t.Fatal(err)
	}
	return i.again(meanwhile)
}

// again is run with the vault as it lies there.
func (i *importing) again(meanwhile killer) bool {
	i.t.Helper()
	cmd := exec.CommandContext(context.Background(), i.binary, "import", filepath.Join(i.work, "list.txt"),
		"--vault", i.options.Dir, "--passphrase-file", filepath.Join(i.work, "passphrase"), "--json")
	cmd.Env = append(homeEnv(i.t, i.work), "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(i.work, "no-bus"))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	ended := make(chan struct{})
	var err error
	go func() {
		err = cmd.Wait()
		close(ended)
	}()
	if meanwhile != nil {
		meanwhile(cmd.Process, ended)
	}
	<-ended
	if err != nil && meanwhile == nil {
		i.t.Fatalf("%v: %s", err, said.String())
	}
	return err == nil
}

// count opens the vault and says how many entries it has.
func (i *importing) count() int {
	i.t.Helper()
	v, err := vault.At(i.options).Open(i.t.Context(), vault.ByPassphrase([]byte(importWords)))
	if err != nil {
		i.t.Fatalf("the vault does not open any more: %v", err)
	}
	defer v.Lock()
	return len(v.List())
}

// An import that is killed half way leaves the vault as it was, or has brought
// all of it in.
func TestImportIsKilled(t *testing.T) {
	i := newImporting(t)
	began := time.Now()
	i.run(nil)
	took := time.Since(began)
	if got := i.count(); got != importedBefore+imported {
		t.Fatalf("not killed, it has %d entries", got)
	}
	times := 15
	if os.Getenv("LONG") != "" {
		times = 300
	}
	left, came := 0, 0
	for range times {
		// Most of the time goes by before the save, so most kills come late.
		i.run(func(p *os.Process, _ <-chan struct{}) { time.AfterFunc(took/4+rand.N(took), func() { _ = p.Kill() }) })
		switch got := i.count(); got {
		case importedBefore:
			left++
		case importedBefore + imported:
			came++
		default:
			t.Fatalf("killed half way, it has %d entries", got)
		}
	}
	t.Logf("an import takes %v; of %d that were killed, %d had brought all in and %d nothing", took, times, came, left)
	if left == 0 {
		t.Error("no kill came in time")
	}
}
