package identity

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

func TestServerKeyMissingBesideADatabase(t *testing.T) {
	storetest.SQLiteOnly(t)
	h := newHouse(t)
	h.must(h.store.Close())
	before := content(t, h.database())
	h.must(os.Remove(h.keyFile()))
	if _, err := ServerKeyFile(h.keyFile(), h.database(), nil); !errors.Is(err, ErrNoServerKey) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(h.keyFile()); err == nil {
		t.Error("a key was made beside an existing database")
	}
	if content(t, h.database()) != before {
		t.Error("the database was changed")
	}
}

func TestServerKeyOfAnotherDatabase(t *testing.T) {
	h := newHouse(t)
	h.must(h.store.Close())
	before := content(t, h.database())
	other, _, err := NewServerKey(nil)
	h.must(err)
	s, err := store.Open(t.Context(), h.database())
	h.must(err)
	if _, err := New(t.Context(), Options{Store: s, Key: other}); !errors.Is(err, ErrWrongServerKey) {
		t.Errorf("got %v", err)
	}
	h.must(s.Close())
	if content(t, h.database()) != before {
		t.Error("the database was changed")
	}
}

func TestServerKeyFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "server.key")
	keys := make([]*ServerKey, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { keys[i], _ = ServerKeyFile(path, filepath.Join(folder, "server.db"), nil) })
	}
	all.Wait()
	for _, key := range keys {
		if key == nil || key.ID() != keys[0].ID() {
			t.Fatal("several starts at once did not get one key")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	good := content(t, path)
	for name, bad := range map[string]string{
		"empty": "", "notice only": keyNotice, "twice": good + good,
		"one character": good[:len(good)-5] + "AAA" + good[len(good)-2:],
	} {
		if _, err := LoadServerKey([]byte(bad)); !errors.Is(err, ErrServerKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	ring, _, err := NewServerKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key := ring.newest()
	sealed, err := key.seal(rand.Reader, []byte("secret"), placeOfLink("l1", "p1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []place{placeOfLink("l2", "p1"), placeOfLink("l1", "p2"), placeOfPending("l1", "p1")} {
		if _, err := ring.open(sealed, key.id, at); err == nil {
			t.Errorf("it opens at %v", at)
		}
	}
	if plain, err := ring.open(sealed, key.id, placeOfLink("l1", "p1")); err != nil || string(plain) != "secret" {
		t.Errorf("it does not open at its own place: %v", err)
	}
	if _, err := ring.open(sealed, "other", placeOfLink("l1", "p1")); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("got %v", err)
	}
}

func TestNoSecretLiesInTheDatabase(t *testing.T) {
	storetest.SQLiteOnly(t)
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	answer, key := h.start("anna", code, "0123456789abcdef0123456789abcdef")
	right := h.code(key)
	h.must(h.ConfirmLink(t.Context(), answer.ID, right))
	h.must(h.store.Close())
	all := content(t, h.database())
	for name, secret := range map[string]string{
		"activation code": code.Canonical(), "shown activation code": code.Reveal(), "key": string(key.Secret),
		"key as text": key.Secret.Base32(), "application key": h.appKey, "idempotency key": "0123456789abcdef0123456789abcdef",
	} {
		if strings.Contains(all, secret) {
			t.Errorf("the %s lies open in the database", name)
		}
	}
}

// content is that of the file, or of the tables that a start writes to.
func content(t testing.TB, path string) string {
	t.Helper()
	if store.IsPostgres(path) {
		return fmt.Sprint(storetest.Count(t, path, "SELECT count(*) FROM settings"), storetest.Count(t, path, "SELECT count(*) FROM audit_chains"))
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
