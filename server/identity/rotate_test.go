package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// addKey adds a line to the key file, as admin key add does.
func (h *house) addKey() string {
	h.t.Helper()
	raw, err := os.ReadFile(h.keyFile())
	h.must(err)
	more, id, err := AddKey(raw, nil)
	h.must(err)
	h.must(os.WriteFile(h.keyFile(), more, 0o600))
	return id
}

func (h *house) dropKey(id string) {
	h.t.Helper()
	raw, err := os.ReadFile(h.keyFile())
	h.must(err)
	rest, line, err := DropKey(raw, id)
	h.must(err)
	if !strings.Contains(string(line), id) || strings.Contains(string(rest), id) {
		h.t.Fatal("the wrong line was dropped")
	}
	h.must(os.WriteFile(h.keyFile(), rest, 0o600))
}

// beside is another process on the same database and key file.
func (h *house) beside() *house {
	h.t.Helper()
	other := &house{t: h.t, folder: h.folder, address: h.address, clock: h.clock, app: h.app, appKey: h.appKey}
	other.open()
	return other
}

func (h *house) uses(id string) int64 {
	h.t.Helper()
	keys, err := h.ServerKeys(h.t.Context())
	h.must(err)
	n := int64(0)
	for _, k := range keys {
		for _, uses := range k.Uses {
			if k.ID == id {
				n += uses
			}
		}
	}
	return n
}

func (h *house) rotate() string {
	h.t.Helper()
	id, changed, err := h.TakeOver(h.t.Context())
	h.must(err)
	if !changed {
		h.t.Fatal("the key did not take over")
	}
	_, err = h.Reseal(h.t.Context())
	h.must(err)
	return id
}

func TestAnotherKeyTakesOver(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.person("bram")
	code := h.activation("bram")
	_, pending := h.start("bram", code, "an idempotency key")
	first := h.key.now.Load().current.id
	other := h.beside() // has heard of nothing

	second := h.addKey()
	if err := errors.Join(h.LookAtKeys(t.Context()), other.LookAtKeys(t.Context())); err != nil {
		t.Fatal(err)
	}
	if h.key.now.Load().current.id != first {
		t.Error("a key seals that was only added")
	}
	if got := h.rotate(); got != second {
		t.Fatalf("%s took over, not %s", got, second)
	}
	if n := h.uses(first); n != 0 {
		t.Errorf("%d values are sealed with the old key", n)
	}
	if err := h.RetireKey(t.Context(), second); !errors.Is(err, ErrKeyCurrent) {
		t.Errorf("retiring the key that seals: %v", err)
	}

	// A process that has not heard of it yet goes on to verify and to seal.
	other.expect("anna", other.code(key), ReasonValid)
	other.person("chris")
	other.start("chris", other.activation("chris"), "")
	if err := h.RetireKey(t.Context(), first); !errors.Is(err, ErrKeyInUse) || !strings.Contains(err.Error(), "1 in pending_links") {
		t.Errorf("a key in use: %v", err)
	}
	h.must(other.LookAtKeys(t.Context()))
	n, err := h.Reseal(t.Context())
	h.must(err)
	if n != 1 {
		t.Errorf("%d values sealed anew", n)
	}
	h.must(h.RetireKey(t.Context(), first))
	h.dropKey(first)

	// Nothing that was handed out under the first key is lost.
	h.restart()
	if _, err := h.Authenticate(t.Context(), h.appKey); err != nil {
		t.Errorf("the application's key: %v", err)
	}
	answer, again := h.start("bram", code, "an idempotency key")
	if again.Secret.Base32() != pending.Secret.Base32() {
		t.Error("the same request gets another key")
	}
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(again)))
	h.clock.add(time.Minute)
	h.expect("anna", h.code(key), ReasonValid)
	h.expect("bram", h.code(again), ReasonValid)
	h.must(h.VerifyAudit(t.Context()))
}

// A key that was retired, and whose line was put back to read an old backup, does
// not take over.
func TestRetiredKeyDoesNotComeBack(t *testing.T) {
	h := newHouse(t)
	first := h.key.now.Load().current.id
	raw, err := os.ReadFile(h.keyFile())
	h.must(err)
	line := strings.TrimPrefix(string(raw), keyNotice)
	second := h.addKey()
	h.must(h.LookAtKeys(t.Context()))
	h.rotate()
	h.must(h.RetireKey(t.Context(), first))
	h.dropKey(first)
	rest, err := os.ReadFile(h.keyFile())
	h.must(err)
	h.must(os.WriteFile(h.keyFile(), append(rest, line...), 0o600))
	h.must(h.LookAtKeys(t.Context()))
	if id, changed, err := h.TakeOver(t.Context()); err != nil || changed || id != second {
		t.Errorf("%s takes over: %v, %v", id, changed, err)
	}
}

// Tries are counted under one hash, whichever key a process seals with.
func TestTriesCountOverARotation(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	right := h.activation("anna")
	wrong, err := enroll.NewActivationCode(h.random)
	h.must(err)
	other := h.beside()
	h.addKey()
	h.must(h.LookAtKeys(t.Context()))
	h.rotate()
	for i := range activationTries {
		at := []*house{h, other}[i%2]
		_, err := at.StartLink(t.Context(), at.request("anna", wrong, ""))
		h.refused(err, ReasonMismatch, activationTries-1-i)
	}
	_, err = h.StartLink(t.Context(), h.request("anna", right, ""))
	h.refused(err, ReasonVoid, -1)
}

func TestNoRotationWhileAServerLacksTheKey(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	elsewhere := h.beside()
	elsewhere.folder = t.TempDir() // a machine with a key file of its own
	h.must(copyAs(h.keyFile(), elsewhere.keyFile()))
	elsewhere.key.read = func() (*ServerKey, error) { return ReadServerKey(elsewhere.keyFile()) }
	node, err := elsewhere.Enter(t.Context(), "machine-2")
	h.must(err)
	first := h.key.now.Load().current.id
	h.addKey()
	h.must(h.LookAtKeys(t.Context()))
	var behind *BehindError
	if _, _, err := h.TakeOver(t.Context()); !errors.As(err, &behind) || behind.Servers[0].Host != "machine-2" {
		t.Fatalf("got %v", err)
	}
	if h.uses(first) == 0 {
		t.Error("something was changed")
	}
	h.must(os.Remove(elsewhere.keyFile()))
	h.must(copyAs(h.keyFile(), elsewhere.keyFile()))
	h.must(node.Beat(t.Context()))
	h.rotate()
	if err := h.AllSealWith(t.Context()); !errors.As(err, &behind) {
		t.Errorf("machine-2 seals with the new key unheard: %v", err)
	}
	if err := h.RetireKey(t.Context(), first); !errors.As(err, &behind) {
		t.Errorf("a key that a server seals with is retired: %v", err)
	}
	h.must(node.Beat(t.Context()))
	h.must(h.AllSealWith(t.Context()))
	h.must(node.Leave(t.Context()))
	h.must(h.RetireKey(t.Context(), first))
}

// A key that rows need is missed at the start, before anything is written.
func TestStartWithoutAKeyThatRowsNeed(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	first := h.key.now.Load().current.id
	h.addKey()
	h.must(h.LookAtKeys(t.Context()))
	_, _, err := h.TakeOver(t.Context()) // and killed before anything was sealed anew
	h.must(err)
	h.must(h.store.Close())
	before := content(t, h.database())
	h.dropKey(first)
	ring, err := ReadServerKey(h.keyFile())
	h.must(err)
	s, err := store.Open(t.Context(), h.database())
	h.must(err)
	if _, err := New(t.Context(), Options{Store: s, Key: ring, Now: h.clock.Now}); !errors.Is(err, ErrKeyMissing) || !strings.Contains(err.Error(), first) {
		t.Errorf("got %v", err)
	}
	h.must(s.Close())
	if content(t, h.database()) != before {
		t.Error("the database was changed")
	}
}

// A rotation that is broken off goes on where it was.
func TestRotationBrokenOff(t *testing.T) {
	h := newHouse(t)
	keys := map[string]enroll.Key{}
	for i := range resealBatch + 10 {
		user := fmt.Sprintf("user%02d", i)
		h.person(user)
		answer, key := h.start(user, h.activation(user), "")
		h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
		keys[user] = key
	}
	first := h.key.now.Load().current.id
	h.addKey()
	h.must(h.LookAtKeys(t.Context()))
	_, _, err := h.TakeOver(t.Context())
	h.must(err)
	broken, cut := context.WithCancel(t.Context())
	h.Desk.random = &cutting{reader: h.Desk.random, left: resealBatch + 5, cut: cut}
	if _, err := h.Reseal(broken); err == nil {
		t.Fatal("it was not broken off")
	}
	if n := h.uses(first); n == 0 || n > resealBatch {
		t.Fatalf("%d values are left", n)
	}
	h.restart()
	h.clock.add(time.Minute)
	for user, key := range keys {
		h.expect(user, h.code(key), ReasonValid)
	}
	_, err = h.Reseal(t.Context())
	h.must(err)
	h.must(h.RetireKey(t.Context(), first))
	h.dropKey(first)
	h.restart()
	h.clock.add(time.Minute)
	for user, key := range keys {
		h.expect(user, h.code(key), ReasonValid)
	}
	h.must(h.VerifyAudit(t.Context()))
}

// cutting ends something after so many reads.
type cutting struct {
	reader io.Reader
	left   int
	cut    func()
}

func (c *cutting) Read(p []byte) (int, error) {
	if c.left--; c.left == 0 {
		c.cut()
	}
	return c.reader.Read(p)
}

func TestKeyFileOfSeveralKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.key")
	_, content, err := NewServerKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if content, _, err = AddKey(content, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := ReadServerKey(path)
	if err != nil || len(ring.IDs()) != 9 {
		t.Fatalf("%v, %v", ring, err)
	}
	rest, line, err := DropKey(content, ring.IDs()[3])
	if err != nil || len(rest)+len(line) != len(content) {
		t.Errorf("%d and %d of %d bytes, %v", len(rest), len(line), len(content), err)
	}
	if _, line, err := DropKey(content, "0000000000000000"); line != nil || err != nil {
		t.Errorf("dropping a key that is not there gives %v", err)
	}
	for _, shown := range []string{fmt.Sprint(ring), fmt.Sprintf("%#v", ring), fmt.Sprintf("%+v", *ring.keys[0]), fmt.Sprintf("%v", ring.keys[0].kept)} {
		if strings.Contains(string(content), shown) || len(shown) > 300 {
			t.Errorf("a key prints as %s", shown)
		}
	}
}
