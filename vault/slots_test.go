package vault

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// everyGeneration opens each kept generation and gives the first error.
func everyGeneration(t *testing.T, f *Folder, by Unlock) error {
	t.Helper()
	kept, err := f.Generations()
	if err != nil || len(kept) < 2 {
		t.Fatalf("generations: %v, %v", kept, err)
	}
	for _, g := range kept {
		file, err := f.readGeneration(g.Name)
		if err != nil {
			t.Fatal(err)
		}
		_, master, err := f.unlock(ctx, file, by)
		if err != nil {
			return err
		}
		s, err := f.load(file, nil, master)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.content.former) != 0 {
			t.Errorf("generation %s remembers an earlier key", g.Name)
		}
	}
	return nil
}

func TestAChangedSlotOpensAndTheOldOneDoesNot(t *testing.T) {
	f, v, recovery := made(t)
	add(t, v, totp(1))
	add(t, v, totp(2))
	master := slices.Clone(v.now.master)
	if err := v.SetPassphrase(ctx, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(master, v.now.master) {
		t.Error("the master key is the same")
	}
	_, err := f.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrWrongPassphrase)
	wantError(t, everyGeneration(t, f, ByPassphrase(anybody())), ErrWrongPassphrase)
	for _, by := range []Unlock{ByPassphrase([]byte("new")), ByRecoveryKey(recovery.Reveal())} {
		w, err := f.Open(ctx, by)
		if err != nil || len(w.List()) != 2 || len(w.now.content.former) != 0 {
			t.Fatalf("open by %s: %v", by.Kind(), err)
		}
		if err := everyGeneration(t, f, by); err != nil {
			t.Errorf("a generation by %s: %v", by.Kind(), err)
		}
	}
	fresh, err := v.NewRecoveryKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Open(ctx, ByRecoveryKey(recovery.Reveal()))
	wantError(t, err, ErrWrongRecoveryKey)
	wantError(t, everyGeneration(t, f, ByRecoveryKey(recovery.Reveal())), ErrWrongRecoveryKey)
	if err := everyGeneration(t, f, ByRecoveryKey(fresh.Reveal())); err != nil {
		t.Error(err)
	}
	add(t, v, totp(3))
	if w, err := f.Open(ctx, ByRecoveryKey(fresh.Reveal())); err != nil || len(w.List()) != 3 {
		t.Errorf("the new recovery key: %v", err)
	}
}

func TestRemoveSlot(t *testing.T) {
	ring := memoryKeyring{}
	o := options(t.TempDir())
	o.Keyring = ring
	f := At(o)
	v, _, err := f.Create(ctx, First{Keyring: true})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, v.RemoveSlot(ctx, PassphraseSlot), ErrNoSlot)
	wantError(t, v.RemoveSlot(ctx, RecoverySlot), ErrLastSlot) // the keyring alone would be left
	wantError(t, v.SetPassphrase(ctx, nil), ErrNoPassphrase)
	if err := v.SetPassphrase(ctx, anybody()); err != nil {
		t.Fatal(err)
	}
	if err := v.RemoveSlot(ctx, RecoverySlot); err != nil {
		t.Fatal(err)
	}
	wantError(t, v.RemoveSlot(ctx, PassphraseSlot), ErrLastSlot)
	if err := v.RemoveSlot(ctx, KeyringSlot); err != nil {
		t.Fatal(err)
	}
	if len(ring) != 0 {
		t.Error("the keyring still holds a key")
	}
	wantError(t, v.RemoveSlot(ctx, PassphraseSlot), ErrLastSlot)
	if got := v.Slots(); !slices.Equal(got, []SlotKind{PassphraseSlot}) {
		t.Errorf("the slots are %v", got)
	}
	add(t, v, totp(1))
	if len(opened(t, f).List()) != 1 {
		t.Error("the vault does not open by the slot that is left")
	}
}

func TestALostKeyringIsMadeAnew(t *testing.T) {
	ring := memoryKeyring{}
	o := options(t.TempDir())
	o.Keyring = ring
	f := At(o)
	_, recovery, err := f.Create(ctx, First{Keyring: true})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := f.Open(ctx, ByKeyring()); err != nil || w.Slots()[0] != KeyringSlot {
		t.Fatal(err)
	}
	for name, line := range ring {
		if strings.ContainsAny(line, "\r\n") || len(line) != 43 {
			t.Errorf("%s is not one line of 43 characters", name)
		}
		ring[name] = "something else"
	}
	_, err = f.Open(ctx, ByKeyring())
	wantError(t, err, ErrKeyringFailed)
	clear(ring)
	_, err = f.Open(ctx, ByKeyring())
	wantError(t, err, ErrKeyringEmpty)
	if len(ring) != 0 {
		t.Fatal("opening made a key")
	}
	v, err := f.Open(ctx, ByRecoveryKey(recovery.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := v.UseKeyring(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Open(ctx, ByKeyring()); err != nil || len(ring) != 1 {
			t.Errorf("after UseKeyring: %v, %d keys", err, len(ring))
		}
	}
}

func TestAnotherProcessChangesTheSlots(t *testing.T) {
	f, v, _ := made(t)
	w := opened(t, f)
	if _, err := v.NewRecoveryKey(ctx); err != nil {
		t.Fatal(err)
	}
	add(t, v, totp(1))
	add(t, w, totp(2)) // its own slot is still there, so it finds the new master key
	if got := accounts(opened(t, f)); !slices.Equal(got, []string{"user1", "user2"}) {
		t.Errorf("the list is %v", got)
	}
	if err := v.SetPassphrase(ctx, []byte("new")); err != nil {
		t.Fatal(err)
	}
	_, err := w.Refresh(ctx)
	wantError(t, err, ErrLocked)
	_, err = w.Key(v.List()[0].ID)
	wantError(t, err, ErrLocked)
}

func TestAnotherVaultInItsPlace(t *testing.T) {
	f, v, _ := made(t)
	g, _, _ := made(t)
	writeRaw(t, f.path(), readRaw(t, g.path()))
	wantError(t, v.Update(ctx, func(*Draft) error { return nil }), ErrLocked)
}

// TestAResealThatWasCutOff has the generations resealed by the next save.
func TestAResealThatWasCutOff(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	made, err := f.passphraseSlot([]byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	next, c, err := f.rekeyed(v.now, PassphraseSlot, made)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.saveOnce(next, c, true); err != nil { // and here the process ends
		t.Fatal(err)
	}
	w, err := f.Open(ctx, ByPassphrase([]byte("new")))
	if err != nil {
		t.Fatal(err)
	}
	add(t, w, totp(2))
	if err := everyGeneration(t, f, ByPassphrase([]byte("new"))); err != nil {
		t.Error(err)
	}
	if v, err := f.Open(ctx, ByPassphrase([]byte("new"))); err != nil || len(v.List()) != 2 || len(v.now.content.former) != 0 {
		t.Errorf("afterwards: %v", err)
	}
}

func TestCostsOfAPassphrase(t *testing.T) {
	slow := Argon2{Memory: leastMemory, Passes: leastPasses, Lanes: 2}
	for _, took := range []time.Duration{1, 20, 130, 400, 900, 5000} {
		costs := slow.scaled(took * time.Millisecond)
		if err := costs.check(); err != nil || costs.Memory < leastMemory || costs.Passes < leastPasses || costs.Memory > calibrateMax {
			t.Errorf("at %d ms: %+v, %v", took, costs, err)
		}
	}
	if _, err := (Argon2{Memory: 1, Passes: 1, Lanes: 1}).orMeasured(nil); !errors.Is(err, ErrArgon2) {
		t.Errorf("out of bounds: %v", err)
	}
}
