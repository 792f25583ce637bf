package identity

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// cheap is a cost that tests can pay often.
var cheap = HashCost{Memory: 64, Passes: 1, Lanes: 1}

const goodPassword Password = "veel-te-lang.7"

// newSignInHouse is a house with cheap passwords, pages and mail.
func newSignInHouse(t testing.TB) *house {
	t.Helper()
	h := emptyHouse(t, &clock{now: morning})
	h.options.PasswordCost, h.options.Pages = cheap, true
	h.open()
	h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
		s.Name, s.URL = "Gemeente Voorbeeld", "https://codes.example.org"
		s.Privacy.Version, s.Terms.Version = "p1", "t1"
		return nil
	}))
	h.must(h.SetMail(t.Context(), Mail{From: "codes@example.org"}))
	var err error
	h.appKey, err = h.AddApplication(t.Context(), "intranet")
	h.must(err)
	h.app, err = h.Authenticate(t.Context(), h.appKey)
	h.must(err)
	return h
}

// occupant adds a person with a link and a password; the next code is fresh.
func (h *house) occupant(user string, role Role) enroll.Key {
	h.t.Helper()
	_, err := h.AddPerson(h.t.Context(), NewPerson{User: user, Name: "Naam van " + user, Email: user + "@example.org", Role: role})
	h.must(err)
	answer, key := h.start(user, h.activation(user), "")
	next, err := h.ConfirmLinkNext(h.t.Context(), answer.ID, h.code(key))
	h.must(err)
	h.must(h.UsePasswordLink(h.t.Context(), linkToken(next), goodPassword))
	h.clock.add(30 * time.Second)
	return key
}

func linkToken(address string) Token {
	_, token, _ := strings.Cut(address, PathNewPassword+"?token=")
	return Token(token)
}

func (h *house) signIn(user string, password Password, code string, device ...Token) (SignedIn, error) {
	r := SignInRequest{User: user, Password: password, Code: code, Label: "Firefox", Address: "192.0.2.7", Language: "nl"}
	if len(device) > 0 {
		r.Device = device[0]
	}
	return h.SignIn(background, r)
}

// enter signs in, and moves on to the next code.
func (h *house) enter(user string, key enroll.Key, device ...Token) SignedIn {
	h.t.Helper()
	in, err := h.signIn(user, goodPassword, h.code(key), device...)
	h.must(err)
	h.clock.add(30 * time.Second)
	return in
}

func (h *house) noEntry(err error, want Reason, until time.Time) {
	h.t.Helper()
	var refusal *SignInRefusal
	if !errors.As(err, &refusal) || refusal.Reason != want || !refusal.Until.Equal(until) {
		h.t.Fatalf("got %v, want %s until %s", err, want, until)
	}
}

func (h *house) entered(token Token) (Session, bool) {
	h.t.Helper()
	s, err := h.Session(h.t.Context(), token)
	if errors.Is(err, ErrNoSession) {
		return s, false
	}
	h.must(err)
	return s, true
}

func (h *house) setSignIn(change func(*SignInSettings)) {
	h.t.Helper()
	h.must(h.SetSignIn(h.t.Context(), func(s *SignInSettings) error {
		change(s)
		return nil
	}))
}

var never time.Time

func TestSignInTakesNamePasswordAndCode(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleAdministrator)
	code := h.code(key)
	in, err := h.signIn("ANNA@example.org", goodPassword, code[:3]+" "+code[3:])
	h.must(err)
	s, ok := h.entered(in.Token)
	if !ok || s.Person.User != "anna" || !s.Strong || !s.MayManage || s.MustChange != ChangeNothing || s.Language != "nl" || s.Environment != enroll.Production {
		t.Errorf("%+v", s)
	}
	if s.Actor().PersonID() != s.Person.ID {
		t.Error("the session asks as somebody else")
	}
	h.expect("anna", code, ReasonReplayed) // used up for every door
	if _, err := h.signIn("anna", goodPassword, code); err == nil {
		t.Error("the code signed in twice")
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Error("a replay is counted")
	}
}

// Whatever is wrong, the answer is the same, one counter goes up, and the code
// stays good.
func TestSignInIsOneTryWhateverIsWrong(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	for i, typed := range []struct {
		password Password
		code     string
	}{
		{"verkeerd-9x", h.code(key)},
		{goodPassword, h.wrong(key)},
		{"verkeerd-9x", h.wrong(key)},
		{goodPassword, ""},
	} {
		_, err := h.signIn("anna", typed.password, typed.code)
		h.noEntry(err, ReasonWrong, never)
		if p := h.look("anna"); p.Failures != i+1 {
			t.Errorf("after %d wrong tries %d are counted", i+1, p.Failures)
		}
	}
	h.enter("anna", key)
	if p := h.look("anna"); p.Failures != 0 || p.FailuresInRow != 0 {
		t.Errorf("a right sign-in left %+v", p)
	}
	for _, blank := range [][2]string{{"", "x"}, {" ", "x"}, {"anna", ""}} {
		_, err := h.signIn(blank[0], Password(blank[1]), h.code(key))
		h.noEntry(err, ReasonBlank, never)
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Error("a blank field is counted")
	}
}

// The tries of all doors are counted together.
func TestSignInAndVerifyShareTheCounter(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	for range 3 {
		h.expect("anna", h.wrong(key), ReasonWrong)
	}
	for range 2 {
		_, err := h.signIn("anna", "verkeerd-9x", h.code(key))
		h.noEntry(err, ReasonWrong, never) // not told: by this name only two went wrong
	}
	h.expect("anna", h.code(key), ReasonLocked)
	_, err := h.signIn("anna", goodPassword, h.code(key))
	h.noEntry(err, ReasonWrong, never)
	h.clock.add(lockTime)
	h.enter("anna", key)
}

// A lock and its end are told alike for a name that nobody has.
func TestLockTellsNoStrangerWhoIsThere(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	until := h.clock.Now().Add(lockTime).Truncate(time.Millisecond)
	for _, user := range []string{"anna", "nobody"} {
		for range lockAfter - 1 {
			_, err := h.signIn(user, "verkeerd-9x", "000000")
			h.noEntry(err, ReasonWrong, never)
		}
		for range 3 {
			_, err := h.signIn(user, "verkeerd-9x", "000000")
			h.noEntry(err, ReasonLocked, until)
		}
	}
	_, err := h.signIn("anna", goodPassword, h.code(key))
	h.noEntry(err, ReasonLocked, until) // right ones too
	_, err = h.signIn("anna@example.org", goodPassword, h.code(key))
	h.noEntry(err, ReasonWrong, never) // by another name it is locked as well, which is not told
	h.clock.add(lockTime)
	for _, user := range []string{"anna", "nobody"} { // five anew, and not one
		_, err := h.signIn(user, "verkeerd-9x", "000000")
		h.noEntry(err, ReasonWrong, never)
	}
	h.enter("anna", key)
	h.must(h.Unlock(t.Context(), "anna"))
}

func TestKeycloak_CVE_2024_4629_GuessesInParallelOverTwoDoors(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	key := h.occupant("bert", RoleUser)
	before := h.look("anna")
	var evaluated atomic.Int64
	together(200, func(i int) {
		if i%2 == 0 {
			v, err := h.Verify(background, h.app, "anna", h.wrong(key))
			if err != nil || v.Valid {
				t.Errorf("%+v, %v", v, err)
			}
			if v.Reason == ReasonWrong || v.Reason == ReasonLocks {
				evaluated.Add(1)
			}
			return
		}
		_, err := h.signIn("anna", "verkeerd-9x", h.wrong(key))
		var refusal *SignInRefusal
		if !errors.As(err, &refusal) && !errors.Is(err, ErrCrowded) {
			t.Error(err)
		}
	})
	after := h.look("anna")
	if after.FailuresInRow-before.FailuresInRow != lockAfter || after.LockedUntil.IsZero() {
		t.Errorf("%d were evaluated", after.FailuresInRow-before.FailuresInRow)
	}
	if evaluated.Load() > lockAfter {
		t.Errorf("%d codes were evaluated at one door", evaluated.Load())
	}
}

func TestOneCodeSignsInOnce(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	code := h.code(key)
	var in atomic.Int64
	together(16, func(int) {
		if _, err := h.signIn("anna", goodPassword, code); err == nil {
			in.Add(1)
		} else if errors.Is(err, ErrCrowded) {
			t.Error(err)
		}
	})
	if in.Load() != 1 {
		t.Errorf("one code signed in %d times", in.Load())
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Errorf("%d failures", p.Failures)
	}
}

// The statement that grants looks at the lock.
func TestKeycloak_CVE_2026_9798_SessionWhileLocked(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.lock("anna", key)
	p := h.look("anna")
	add := func(id string, at time.Time) (added bool) {
		h.must(h.store.Do(t.Context(), func(tx *store.Tx) (err error) {
			added, err = tx.AddSession(store.Session{ID: id, Person: p.ID, Hash: []byte(id), Started: stamp(at), Ends: stamp(at.Add(time.Hour))})
			return err
		}))
		return added
	}
	if add("a", h.clock.Now()) {
		t.Error("a session is made while locked")
	}
	if !add("b", h.clock.Now().Add(lockTime)) {
		t.Error("none is made after the lock")
	}
}

// An unknown name costs the same: one hash, as many comparisons and as many
// statements.
func TestUnknownNameCostsTheSameAtSignIn(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.person("unlinked")
	other := h.occupant("bert", RoleUser)
	for range lockAfter {
		h.expect("bert", h.wrong(other), h.verdictFor("bert"))
	}
	steps := h.counting()
	type cost struct{ steps, statements, hashes uint64 }
	of := func(user string, password Password, code string) cost {
		steps.Store(0)
		statements, hashes := h.store.Stats().Statements, h.hasher.hashes.Load()
		_, err := h.signIn(user, password, code)
		h.noEntry(err, ReasonWrong, never)
		return cost{uint64(steps.Load()), h.store.Stats().Statements - statements, h.hasher.hashes.Load() - hashes}
	}
	known := of("anna", "verkeerd-9x", h.wrong(key))
	if known.hashes != 1 || known.steps == 0 {
		t.Fatalf("a wrong sign-in costs %+v", known)
	}
	for what, got := range map[string]cost{
		"nobody":       of("nobody", "verkeerd-9x", "000000"),
		"right code":   of("anna", "verkeerd-9x", h.code(key)),
		"right but no": of("anna", goodPassword, h.wrong(key)),
		"no password":  of("unlinked", "verkeerd-9x", "000000"),
	} {
		if got != known {
			t.Errorf("%s costs %+v, a wrong sign-in %+v", what, got, known)
		}
	}
	// Locked by another door, which is not told: fewer statements, as it counts
	// nothing, but the same hash and comparisons.
	if got := of("bert", goodPassword, h.code(other)); got.hashes != known.hashes || got.steps != known.steps {
		t.Errorf("a locked one costs %+v, a wrong sign-in %+v", got, known)
	}
}

// verdictFor is what the next wrong code of a person gets.
func (h *house) verdictFor(user string) Reason {
	if h.look(user).Failures == lockAfter-1 {
		return ReasonLocks
	}
	return ReasonWrong
}

func TestLeastMeans(t *testing.T) {
	h := newSignInHouse(t)
	boss, key := h.occupant("boss", RoleAdministrator), h.occupant("anna", RoleUser)
	refused := func(user string) {
		t.Helper()
		_, err := h.signIn(user, goodPassword, "")
		h.noEntry(err, ReasonWrong, never)
	}
	refused("anna")
	h.setSignIn(func(s *SignInSettings) { s.Means[RoleUser] = LeastPassword })
	refused("boss")
	in, err := h.signIn("anna", goodPassword, "")
	h.must(err)
	if in.Session.Strong || in.Session.MayManage {
		t.Error("the password alone is taken for strong")
	}
	_, err = h.signIn("anna", goodPassword, h.wrong(key)) // one that is given must be right
	h.noEntry(err, ReasonWrong, never)
	if in := h.enter("anna", key); !in.Session.Strong {
		t.Error("a code does not count")
	}
	h.enter("boss", boss)
	err = h.SetSignIn(t.Context(), func(s *SignInSettings) error {
		s.Means[RoleAdministrator] = LeastPassword
		return nil
	})
	if len(FieldErrors(err)) != 1 {
		t.Errorf("administrators were let in by password alone: %v", err)
	}
}

func TestStopgapEnds(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	end := h.clock.Now().Add(time.Hour)
	storetest.Exec(t, h.database(), fmt.Sprintf("UPDATE people SET stopgap_ends = %d", stamp(end)))
	_, err := h.signIn("anna", goodPassword, "")
	h.must(err)
	h.clock.add(time.Hour)
	_, err = h.signIn("anna", goodPassword, "")
	h.noEntry(err, ReasonWrong, never)
}

// Why an account cannot be used is told to its owner only.
func TestAccountsThatAreNotReady(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	now := h.clock.Now()
	for _, c := range []struct {
		starts, ends int64
		synchronise  Minutes
		want         Reason
		until        time.Time
	}{
		{starts: stamp(now.Add(48 * time.Hour)), want: ReasonNotYet, until: now.Add(48 * time.Hour)},
		{ends: stamp(now.Add(-time.Hour)), want: ReasonEnded},
		{synchronise: 240, want: ReasonSynchronising, until: morning.Add(4 * time.Hour)},
	} {
		storetest.Exec(t, h.database(), fmt.Sprintf("UPDATE people SET starts = %d, ends = %d", c.starts, c.ends))
		h.setSignIn(func(s *SignInSettings) { s.SynchroniseFor = c.synchronise })
		_, err := h.signIn("anna", "verkeerd-9x", h.code(key))
		h.noEntry(err, ReasonWrong, never)
		code := h.code(key)
		_, err = h.signIn("anna", goodPassword, code)
		h.noEntry(err, c.want, c.until)
		if _, err = h.signIn("anna", goodPassword, code); c.synchronise > 0 {
			h.noEntry(err, ReasonWrong, never) // it works at other doors, so the code is used up
		}
		h.clock.add(30 * time.Second)
	}
}

func TestFloodOfSignInsIsTurnedAway(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	for range cap(h.hasher.waiting) {
		h.hasher.waiting <- struct{}{}
	}
	if _, err := h.signIn("anna", goodPassword, h.code(key)); !errors.Is(err, ErrCrowded) {
		t.Errorf("got %v", err)
	}
	<-h.hasher.waiting
	h.enter("anna", key) // nothing was counted or used up
}
