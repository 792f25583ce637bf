package identity

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
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
	address string // of the database
	clock   *clock
	options Options
	app     Application
	appKey  string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := emptyHouse(t, &clock{now: morning})
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

// emptyHouse is a house that nobody opened yet.
func emptyHouse(t testing.TB, c *clock) *house {
	t.Helper()
	h := &house{t: t, folder: t.TempDir(), clock: c}
	h.address = storetest.Address(t, filepath.Join(h.folder, "server.db"))
	return h
}

// The rules hold on both databases.
func TestAgainOnPostgreSQL(t *testing.T) { storetest.Again(t, "fsync=off") }

func (h *house) database() string { return h.address }
func (h *house) keyFile() string  { return filepath.Join(h.folder, "server.key") }

func (h *house) open() {
	h.t.Helper()
	key, err := ServerKeyFile(h.keyFile(), h.database(), nil)
	h.must(err)
	s, err := store.Open(h.t.Context(), h.database())
	h.must(err)
	h.t.Cleanup(func() { _ = s.Close() })
	h.options.Store, h.options.Key, h.options.Now = s, key, h.clock.Now
	h.options.ReadKey = func() (*ServerKey, error) { return ReadServerKey(h.keyFile()) }
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
