package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
)

func TestCreateAndOpen(t *testing.T) {
	f, v, recovery := made(t)
	e := add(t, v, totp(1))
	if exists, err := f.Exists(); err != nil || !exists {
		t.Fatalf("Exists: %v, %v", exists, err)
	}
	if _, _, err := f.Create(ctx, First{Passphrase: anybody()}); !errors.Is(err, ErrExists) {
		t.Fatalf("a second Create: %v", err)
	}
	kinds, err := f.Slots()
	if err != nil || !slices.Equal(kinds, []SlotKind{PassphraseSlot, RecoverySlot}) {
		t.Fatalf("Slots: %v, %v", kinds, err)
	}
	for _, by := range []Unlock{ByPassphrase(anybody()), ByRecoveryKey(strings.ToLower(recovery.Reveal()))} {
		w, err := f.Open(ctx, by)
		if err != nil {
			t.Fatalf("open by %s: %v", by.Kind(), err)
		}
		if w.ID() != v.ID() || !reflect.DeepEqual(w.List(), []Entry{e}) {
			t.Errorf("open by %s gives %v", by.Kind(), w.List())
		}
	}
	info, err := os.Stat(f.path())
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	f, _, _ := made(t)
	_, _, other := made(t)
	slip := []byte(other.text)
	slip[3] = crockford[(strings.IndexByte(crockford, slip[3])+1)%32]
	for _, c := range []struct {
		by   Unlock
		want error
	}{
		{ByPassphrase([]byte("wrong")), ErrWrongPassphrase},
		{ByPassphrase(nil), ErrWrongPassphrase},
		{ByRecoveryKey(other.Reveal()), ErrWrongRecoveryKey},
		{ByRecoveryKey(string(slip)), ErrRecoverySlip},
		{ByKeyring(), ErrNoSlot},
	} {
		_, err := f.Open(ctx, c.by)
		wantError(t, err, c.want)
	}
	empty := At(options(filepath.Join(t.TempDir(), "not", "there")))
	_, err := empty.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrNoVault)
	_, _, err = empty.Create(ctx, First{})
	wantError(t, err, ErrNeedSlot)
	if exists, err := empty.Exists(); exists || err != nil {
		t.Errorf("Exists: %v, %v", exists, err)
	}
}

func TestDraft(t *testing.T) {
	f, v, _ := made(t)
	link := &Link{
		Server: "https://x.example", User: "anna", Organisation: "X", Environment: "production",
		ID: "l1", ExpiresAt: morning.Add(10 * time.Minute),
	}
	var linked Entry
	update(t, v, func(d *Draft) (err error) {
		for n := range 3 {
			if _, err := d.Add(totp(n), nil); err != nil {
				return err
			}
		}
		linked, err = d.Add(hotp(3), link)
		return err
	})
	if !linked.Link.Pending() || !linked.Added.Equal(morning) || !linked.Readable {
		t.Fatalf("added as %+v", linked)
	}
	confirmed := *link
	confirmed.LinkedAt = morning
	update(t, v, func(d *Draft) error {
		return errors.Join(
			d.Move(linked.ID, -5),
			d.Rename(linked.ID, "Ons", "anna@x"),
			d.SetLink(linked.ID, &confirmed),
			d.SetCounter(linked.ID, 9),
			d.Remove(d.Entries()[2].ID),
		)
	})
	list := opened(t, f).List()
	if len(list) != 3 || list[0].Account != "anna@x" || list[0].Issuer != "Ons" || list[0].Counter != 9 ||
		list[0].Link.Pending() || list[0].Link.User != "anna" || list[2].Account != "user2" {
		t.Fatalf("the list is %+v", list)
	}
	update(t, v, func(d *Draft) error { return d.SetLink(linked.ID, nil) })
	if v.List()[0].Link != nil {
		t.Error("the link is still there")
	}
	var duplicate *DuplicateError
	err := v.Update(ctx, func(d *Draft) error {
		key := totp(0)
		key.Issuer = "another name"
		_, err := d.Add(key, nil)
		return err
	})
	if wantError(t, err, ErrDuplicate); !errors.As(err, &duplicate) || duplicate.Entry.Account != "user0" {
		t.Errorf("the duplicate is %v", err)
	}
	for _, c := range []struct {
		change func(*Draft) error
		want   error
	}{
		{func(d *Draft) error { return d.SetCounter(linked.ID, 8) }, ErrCounterLower},
		{func(d *Draft) error { return d.SetCounter(list[1].ID, 8) }, ErrNoCounter},
		{func(d *Draft) error { return d.Rename("nobody", "", "") }, ErrNotFound},
		{func(d *Draft) error { return d.Remove("nobody") }, ErrNotFound},
		{func(d *Draft) error { return d.Move("nobody", 1) }, ErrNotFound},
		{func(d *Draft) error { return d.Rename(linked.ID, strings.Repeat("x", 4000), "") }, enroll.ErrTooLong},
		{func(d *Draft) error { _, err := d.Add(enroll.Key{}, nil); return err }, enroll.ErrNoSecret},
	} {
		wantError(t, v.Update(ctx, c.change), c.want)
	}
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	before, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err = v.Update(ctx, func(d *Draft) error {
		if _, err := d.Add(totp(2), nil); err != nil {
			return err
		}
		return boom
	})
	wantError(t, err, boom)
	update(t, v, func(*Draft) error { return nil }) // nothing to save
	after, err := os.ReadFile(f.path())
	if err != nil || !slices.Equal(before, after) || len(v.List()) != 1 {
		t.Errorf("the file or the list changed: %v, %v", err, accounts(v))
	}
}

func TestCodes(t *testing.T) {
	f, v, _ := made(t)
	steady, counting := add(t, v, totp(1)), add(t, v, hotp(2))
	code, err := v.Peek(steady.ID, morning)
	want, _ := totp(1).CodeNow(morning)
	if err != nil || code != want {
		t.Fatalf("Peek: %+v, %v", code, err)
	}
	if code, err = v.Code(ctx, steady.ID, morning); err != nil || code != want {
		t.Fatalf("Code: %+v, %v", code, err)
	}
	_, err = v.Peek(counting.ID, morning)
	wantError(t, err, ErrCounter)
	for n := range uint64(3) {
		code, err := v.Code(ctx, counting.ID, morning)
		text, _ := hotp(2).CodeAt(7 + n)
		if err != nil || code.Text != text || code.Step != 7+n {
			t.Fatalf("code %d: %+v, %v", n, code, err)
		}
		if on := opened(t, f).List()[1].Counter; on != 8+n {
			t.Fatalf("after code %d the disk has counter %d", n, on)
		}
	}
	if key, err := v.Key(steady.ID); err != nil || !reflect.DeepEqual(key, totp(1)) {
		t.Errorf("Key: %v, %v", key, err)
	}
	_, err = v.Code(ctx, "nobody", morning)
	wantError(t, err, ErrNotFound)
}

func TestNoCodeWhenTheCounterCannotBeSaved(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, hotp(1))
	if err := os.Rename(f.dir, f.dir+"-gone"); err != nil {
		t.Fatal(err)
	}
	code, err := v.Code(ctx, e.ID, morning)
	if wantError(t, err, ErrNoVault); code.Text != "" {
		t.Error("a code came all the same")
	}
}

func TestLock(t *testing.T) {
	_, v, _ := made(t)
	e := add(t, v, totp(1))
	s := v.now
	v.Lock()
	v.Lock()
	_, peek := v.Peek(e.ID, morning)
	_, key := v.Key(e.ID)
	_, code := v.Code(ctx, e.ID, morning)
	_, refresh := v.Refresh(ctx)
	_, recovery := v.NewRecoveryKey(ctx)
	for _, err := range []error{
		peek, key, code, refresh, recovery,
		v.Update(ctx, func(*Draft) error { return nil }),
		v.SetPassphrase(ctx, anybody()), v.UseKeyring(ctx), v.RemoveSlot(ctx, RecoverySlot),
	} {
		wantError(t, err, ErrLocked)
	}
	if len(v.List()) != 0 || len(v.Slots()) != 0 {
		t.Error("a locked vault still lists")
	}
	for _, b := range [][]byte{s.master, s.content.records[0].raw, s.content.records[0].key.Secret} {
		if slices.ContainsFunc(b, func(b byte) bool { return b != 0 }) {
			t.Error("a key is still in memory")
		}
	}
}

func TestLockDuringAnUpdate(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	update(t, v, func(d *Draft) error {
		v.Lock()
		_, err := d.Add(totp(2), nil)
		return err
	})
	if v.List() != nil {
		t.Error("the vault is not locked")
	}
	if got := accounts(opened(t, f)); !slices.Equal(got, []string{"user1", "user2"}) {
		t.Errorf("on disk is %v", got)
	}
}

func TestSecretsAreNotOnDiskNorPrinted(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	raw, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret number", totp(1).Secret.Base32(), "user1", passphrase} {
		if strings.Contains(string(raw), secret) || strings.Contains(fmt.Sprintf("%+v %+v %v", v.List(), v, f), secret) && secret != "user1" {
			t.Errorf("%q can be read", secret)
		}
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	if dir, err := DefaultDir(); err != nil || !strings.HasSuffix(strings.ToLower(dir), "sleutelbos") {
		t.Errorf("DefaultDir: %q, %v", dir, err)
	}
	t.Setenv("XDG_DATA_HOME", "relative")
	if dir, err := DefaultDir(); err != nil || !filepath.IsAbs(dir) {
		t.Errorf("DefaultDir: %q, %v", dir, err)
	}
}
