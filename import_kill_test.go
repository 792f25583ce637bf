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

// An import that is killed half way leaves the vault as it was, or has brought
// all of it in.
func TestImportIsKilled(t *testing.T) {
	const before, brought, words = 3, 500, "een lange wachtzin"
	binary, work := static(t), t.TempDir()
	options := vault.Options{Dir: filepath.Join(work, "vault"), Argon2: vault.Argon2{Memory: 64 << 10, Passes: 3, Lanes: 1}}
	v, _, err := vault.At(options).Create(t.Context(), vault.First{Passphrase: []byte(words)})
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
		for n := range before {
			if _, err := d.Add(key(n), nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	v.Lock()
	whole, err := vault.At(options).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for n := range brought {
		list.WriteString(key(before+n).Address() + "\n")
	}
	file, passphrase := filepath.Join(work, "list.txt"), filepath.Join(work, "passphrase")
	for path, content := range map[string][]byte{file: list.Bytes(), passphrase: []byte(words + "\n")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(kill time.Duration) {
		t.Helper()
		if err := vault.WriteWhole(filepath.Join(options.Dir, vault.FileName), whole); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(context.Background(), binary, "import", file, "--vault", options.Dir, "--passphrase-file", passphrase, "--json")
		cmd.Env = append(homeEnv(t, work), "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(work, "no-bus"))
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kill > 0 {
			time.AfterFunc(kill, func() { _ = cmd.Process.Kill() })
		}
		if err := cmd.Wait(); err != nil && kill == 0 {
			t.Fatalf("%v: %s", err, said.String())
		}
	}
	count := func() int {
		t.Helper()
		v, err := vault.At(options).Open(t.Context(), vault.ByPassphrase([]byte(words)))
		if err != nil {
			t.Fatalf("the vault does not open any more: %v", err)
		}
		defer v.Lock()
		return len(v.List())
	}
	began := time.Now()
	run(0)
	took := time.Since(began)
	if got := count(); got != before+brought {
		t.Fatalf("not killed, it has %d entries", got)
	}
	times := 15
	if os.Getenv("LONG") != "" {
		times = 300
	}
	left, came := 0, 0
	for range times {
		// Most of the time goes by before the save, so most kills come late.
		run(took/4 + rand.N(took))
		switch got := count(); got {
		case before:
			left++
		case before + brought:
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
