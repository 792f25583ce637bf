package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var morning = time.Date(2026, 11, 23, 8, 0, 5, 0, time.UTC)

// house is a desk on a real database in a folder of its own.
type house struct {
	*Desk
	t       testing.TB
	folder  string
	clock   *clock
	options Options
	app     Application
	appKey  string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, folder: t.TempDir(), clock: &clock{now: morning}}
	h.open()
	err := h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
		s.Name = "Gemeente Voorbeeld"
		s.Privacy.Version, s.Terms.Version = "p1", "t1"
		return nil
	})
	h.must(err)
	h.appKey, err = h.AddApplication(t.Context(), "intranet")
	h.must(err)
	h.app, err = h.Authenticate(t.Context(), h.appKey)
	h.must(err)
	return h
}

func (h *house) database() string { return filepath.Join(h.folder, "server.db") }
func (h *house) keyFile() string  { return filepath.Join(h.folder, "server.key") }

func (h *house) open() {
	h.t.Helper()
	key, err := ServerKeyFile(h.keyFile(), h.database(), nil)
	h.must(err)
	s, err := store.Open(h.t.Context(), h.database())
	h.must(err)
	h.t.Cleanup(func() { _ = s.Close() })
	h.options.Store, h.options.Key, h.options.Now = s, key, h.clock.Now
	h.Desk, err = New(h.t.Context(), h.options)
	h.must(err)
}

// restart closes everything and opens it again.
func (h *house) restart() {
	h.t.Helper()
	h.must(h.Close())
	h.must(h.store.Close())
	h.open()
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) person(user string) Person {
	h.t.Helper()
	p, err := h.AddPerson(h.t.Context(), NewPerson{User: user, Name: "Naam van " + user, Email: user + "@example.org"})
	h.must(err)
	return p
}

func (h *house) activation(user string) enroll.ActivationCode {
	h.t.Helper()
	code, _, err := h.NewActivation(h.t.Context(), user)
	h.must(err)
	return code
}

func (h *house) request(user string, code enroll.ActivationCode, key string) StartLink {
	return StartLink{
		LinkRequest: enroll.LinkRequest{
			User: user, ActivationCode: code.Reveal(), Accepted: enroll.Accepted{Privacy: "p1", Terms: "t1"}, Device: "laptop",
		},
		IdempotencyKey: key, Language: "nl",
	}
}

func (h *house) start(user string, code enroll.ActivationCode, key string) (enroll.LinkAnswer, enroll.Key) {
	h.t.Helper()
	answer, err := h.StartLink(h.t.Context(), h.request(user, code, key))
	h.must(err)
	link, err := enroll.ParseAddress(answer.Address)
	h.must(err)
	return answer, link
}

// linked adds a person and walks the whole path; the next code is a fresh one.
func (h *house) linked(user string) enroll.Key {
	h.t.Helper()
	h.person(user)
	return h.link(user)
}

func (h *house) link(user string) enroll.Key {
	h.t.Helper()
	answer, key := h.start(user, h.activation(user), "")
	h.must(h.ConfirmLink(h.t.Context(), answer.ID, h.code(key)))
	h.clock.add(30 * time.Second)
	return key
}

func (h *house) code(key enroll.Key) string { return h.codeAt(key, 0) }

func (h *house) codeAt(key enroll.Key, steps int) string {
	h.t.Helper()
	code, err := key.CodeAt(uint64(int64(key.Step(h.clock.Now())) + int64(steps)))
	h.must(err)
	return code
}

// wrong is a code that no step near now has.
func (h *house) wrong(key enroll.Key) string {
	h.t.Helper()
	for _, guess := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777", "888888"} {
		near := key.WindowAt(h.clock.Now(), 3, 0)
		if _, hit := enroll.Match(key, guess, near); !hit {
			return guess
		}
	}
	h.t.Fatal("every guess is right")
	return ""
}

func (h *house) verdict(user, code string) Verdict {
	h.t.Helper()
	v, err := h.Verify(h.t.Context(), h.app, user, code)
	h.must(err)
	return v
}

func (h *house) expect(user, code string, want Reason) {
	h.t.Helper()
	if got := h.verdict(user, code); got.Reason != want || got.Valid != (want == ReasonValid) {
		h.t.Fatalf("verify %s: got %+v, want %s", user, got, want)
	}
}

func (h *house) lock(user string, key enroll.Key) {
	h.t.Helper()
	for range lockAfter - 1 {
		h.expect(user, h.wrong(key), ReasonWrong)
	}
	h.expect(user, h.wrong(key), ReasonLocks)
}

func (h *house) look(user string) Person {
	h.t.Helper()
	p, err := h.Person(h.t.Context(), user)
	h.must(err)
	return p
}

func (h *house) refused(err error, reason Reason, tries int) {
	h.t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != reason || refusal.TriesLeft != tries {
		h.t.Fatalf("got %v, want a refusal %s with %d tries left", err, reason, tries)
	}
}

func TestServerKeyMissingBesideADatabase(t *testing.T) {
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
	key, _, err := NewServerKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.seal(rand.Reader, []byte("secret"), placeOfLink("l1", "p1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []place{placeOfLink("l2", "p1"), placeOfLink("l1", "p2"), placeOfPending("l1", "p1")} {
		if _, err := key.open(sealed, key.id, at); err == nil {
			t.Errorf("it opens at %v", at)
		}
	}
	if plain, err := key.open(sealed, key.id, placeOfLink("l1", "p1")); err != nil || string(plain) != "secret" {
		t.Errorf("it does not open at its own place: %v", err)
	}
	if _, err := key.open(sealed, "other", placeOfLink("l1", "p1")); !errors.Is(err, ErrWrongServerKey) {
		t.Errorf("got %v", err)
	}
}

func TestNoSecretLiesInTheDatabase(t *testing.T) {
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

func content(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// together runs the function n times at once.
func together(n int, run func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			run(i)
		})
	}
	close(gate)
	all.Wait()
}

var background = context.Background()
