package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGenerationsAreKeptAndPruned(t *testing.T) {
	c := &clock{morning}
	o := options(t.TempDir())
	o.Now = c.now
	f := At(o)
	v, _, err := f.Create(ctx, First{Passphrase: anybody()})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range 12 {
		for range 8 {
			add(t, v, totp(n))
			n++
			c.t = c.t.Add(time.Minute)
		}
		c.t = c.t.Add(24 * time.Hour)
	}
	kept, err := f.Generations()
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]int{}
	for i, g := range kept {
		days[g.Saved.Format(time.DateOnly)]++
		if i > 0 && !g.Saved.Before(kept[i-1].Saved) {
			t.Errorf("generation %d is not older than the one before", i)
		}
	}
	// Six of the newest day, which has its last among them, and six other days.
	if len(kept) != 12 || len(days) != 7 {
		t.Errorf("%d generations of %d days are kept", len(kept), len(days))
	}
	file, err := f.readGeneration(kept[0].Name)
	if err != nil || !bytes.Equal(file.raw, readRaw(t, f.path())) {
		t.Errorf("the newest generation is not the present save: %v", err)
	}

	// A clock that goes back neither reorders nor removes.
	c.t = morning.AddDate(-1, 0, 0)
	add(t, v, totp(n))
	if again, err := f.Generations(); err != nil || again[0].Saved.Year() != 2025 || again[1] != kept[0] {
		t.Errorf("after the clock went back: %v, %v", again, err)
	}
}

func TestGenerationsOfAnotherVaultStay(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	if err := os.Remove(f.path()); err != nil {
		t.Fatal(err)
	}
	w, _, err := f.Create(ctx, First{Passphrase: []byte("another")})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		add(t, w, totp(n))
	}
	all, err := f.listGenerations()
	if err != nil {
		t.Fatal(err)
	}
	if old := slices.DeleteFunc(all, func(g generation) bool { return g.vault != v.ID()[:8] }); len(old) != 2 {
		t.Errorf("%d generations of the lost vault are left", len(old))
	}
}

func TestRestoreTheNewestGoodGeneration(t *testing.T) {
	f, v, recovery := made(t)
	e := add(t, v, hotp(1))
	add(t, v, totp(2))
	for range 3 {
		if _, err := v.Code(ctx, e.ID, morning); err != nil {
			t.Fatal(err)
		}
	}
	damaged := append([]byte("what a broken disk left"), readRaw(t, f.path())[30:]...)
	writeRaw(t, f.path(), damaged)
	kept, err := f.Generations()
	if err != nil {
		t.Fatal(err)
	}
	writeRaw(t, filepath.Join(f.generationsPath(), kept[0].Name), damaged)
	good, err := f.Generations()
	if err != nil || len(good) != len(kept)-1 || good[0] != kept[1] {
		t.Fatalf("good are %v, %v", good, err)
	}
	if _, err := f.Restore(ctx, good[0], ByPassphrase([]byte("wrong"))); !errors.Is(err, ErrWrongPassphrase) {
		t.Fatalf("with a wrong passphrase: %v", err)
	}
	if !bytes.Equal(readRaw(t, f.path()), damaged) {
		t.Fatal("a failed Restore changed the file")
	}
	// The generation before the counter moved: the others know better.
	w, err := f.Restore(ctx, good[2], ByRecoveryKey(recovery.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]Entry{w.List(), opened(t, f).List()} {
		if len(list) != 2 || list[0].Counter != 9 {
			t.Errorf("restored is %+v", list)
		}
	}
	aside, err := filepath.Glob(filepath.Join(f.dir, asideStem+"*"))
	if err != nil || len(aside) != 1 || !bytes.Equal(readRaw(t, aside[0]), damaged) {
		t.Errorf("kept aside: %v, %v", aside, err)
	}
	_, err = f.Restore(ctx, Generation{Name: "../" + FileName}, ByPassphrase(anybody()))
	wantError(t, err, ErrNoGeneration)
}

func TestRestoreTakesTheHigherCounterOfAFileThatStillOpens(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, hotp(1))
	kept, err := f.Generations()
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, err := v.Code(ctx, e.ID, morning); err != nil {
			t.Fatal(err)
		}
	}
	// Only the file itself knows the counter.
	all, err := f.Generations()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range all {
		if g.Name != kept[0].Name {
			if err := os.Remove(filepath.Join(f.generationsPath(), g.Name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	w, err := f.Restore(ctx, kept[0], ByPassphrase(anybody()))
	if err != nil || w.List()[0].Counter != 11 {
		t.Fatalf("restored: %+v, %v", w.List(), err)
	}
}

func TestAnOldFilePutBackBringsNoCodeBack(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, hotp(1))
	old := readRaw(t, f.path())
	for range 3 {
		if _, err := v.Code(ctx, e.ID, morning); err != nil {
			t.Fatal(err)
		}
	}
	writeRaw(t, f.path(), old)
	if changed, err := v.Refresh(ctx); !changed || err != nil {
		t.Fatalf("Refresh: %v, %v", changed, err)
	}
	if code, err := v.Code(ctx, e.ID, morning); err != nil || code.Step != 10 {
		t.Errorf("the next code has counter %d, %v", code.Step, err)
	}
	if got := opened(t, f).List()[0].Counter; got != 11 {
		t.Errorf("on disk is counter %d", got)
	}
}

func TestTemporaryFilesOfAKilledSaveGo(t *testing.T) {
	f, v, _ := made(t)
	left := []string{filepath.Join(f.dir, ".sleutelbos-1.tmp"), filepath.Join(f.generationsPath(), ".sleutelbos-2.tmp")}
	for _, name := range left {
		writeRaw(t, name, []byte("half"))
	}
	add(t, v, totp(1))
	for _, name := range left {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", filepath.Base(name))
		}
	}
}

func TestASaveThatFailsLeavesTheOldVault(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	before := readRaw(t, f.path())
	kept, err := f.Generations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.write(before[:len(before)-1], v.now.master, v.now.header, true); err == nil {
		t.Fatal("a file that does not open was saved")
	}
	after, err := f.Generations()
	if err != nil || !slices.Equal(kept, after) || !bytes.Equal(before, readRaw(t, f.path())) {
		t.Errorf("something changed: %v, %v", after, err)
	}
	update(t, v, func(d *Draft) error { _, err := d.Add(totp(2), nil); return err })
}

func TestALinkStaysALink(t *testing.T) {
	f, v, _ := made(t)
	elsewhere := filepath.Join(t.TempDir(), "synced")
	if err := os.Rename(f.path(), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, f.path()); err != nil {
		t.Skip("no symbolic links here")
	}
	add(t, v, totp(1))
	if target, err := os.Readlink(f.path()); err != nil || target != elsewhere {
		t.Errorf("the link is %q, %v", target, err)
	}
	if got := accounts(opened(t, f)); !slices.Equal(got, []string{"user1"}) {
		t.Errorf("the list is %v", got)
	}
}

func TestAFileThatVanishedIsNotMadeAnew(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, totp(1))
	if err := os.Remove(f.path()); err != nil {
		t.Fatal(err)
	}
	wantError(t, v.Update(ctx, func(d *Draft) error { return d.Remove(e.ID) }), ErrNoVault)
	if exists, err := f.Exists(); exists || err != nil {
		t.Errorf("Exists: %v, %v", exists, err)
	}
	g, err := f.Generations()
	if err != nil || len(g) == 0 {
		t.Fatalf("generations: %v, %v", g, err)
	}
	if w, err := f.Restore(ctx, g[0], ByPassphrase(anybody())); err != nil || len(w.List()) != 1 {
		t.Errorf("restored: %v", err)
	}
}

func TestTooBig(t *testing.T) {
	_, v, _ := made(t)
	err := v.Update(ctx, func(d *Draft) error {
		d.content.records = append(d.content.records, parseRecord([]byte(strings.Repeat("x", maxFile))))
		return nil
	})
	wantError(t, err, ErrTooBig)
}
