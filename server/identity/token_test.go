package identity

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// device is a hardware token: a key, and a clock or a counter of its own.
type device struct {
	serial string
	key    enroll.Key
	slow   time.Duration // behind the right time
	next   uint64
}

func (h *house) device(serial string, kind enroll.Kind, algorithm enroll.Algorithm, digits, period int) *device {
	h.t.Helper()
	secret := make([]byte, 32)
	_, err := h.random.Read(secret)
	h.must(err)
	d := &device{serial: serial, key: enroll.Key{Kind: kind, Secret: secret, Algorithm: algorithm, Digits: digits, Period: period}}
	told, err := h.ImportTokens(h.t.Context(), Operator(), []NewToken{{Serial: serial, Maker: "Acme", Model: "C200", Key: d.key}}, false)
	h.must(err)
	if len(told) != 1 || told[0].Outcome != ImportNew {
		h.t.Fatalf("imported: %+v", told)
	}
	return d
}

// push is the code that the device shows when its button is pushed.
func (h *house) push(d *device) string {
	h.t.Helper()
	step := d.key.Step(h.clock.Now().Add(-d.slow))
	if d.key.Kind == enroll.HOTP {
		step = d.next
		d.next++
	}
	code, err := d.key.CodeAt(step)
	h.must(err)
	return code
}

// handed gives a device to a person who has nothing else.
func (h *house) handed(d *device, user string) {
	h.t.Helper()
	_, err := h.AssignToken(h.t.Context(), Operator(), d.serial, user)
	h.must(err)
}

func (h *house) token(serial string) HardwareToken {
	h.t.Helper()
	t, err := h.HardwareToken(h.t.Context(), Operator(), serial)
	h.must(err)
	return t
}

func TestEveryKindOfToken(t *testing.T) {
	h := newHouse(t)
	n := 0
	for _, kind := range []enroll.Kind{enroll.TOTP, enroll.HOTP} {
		for _, algorithm := range []enroll.Algorithm{enroll.SHA1, enroll.SHA256, enroll.SHA512} {
			for _, digits := range []int{6, 8} {
				for _, period := range []int{30, 60} {
					n++
					user := fmt.Sprintf("user%d", n)
					h.person(user)
					d := h.device(fmt.Sprintf("SN%04d", n), kind, algorithm, digits, period)
					h.handed(d, user)
					code := h.push(d)
					h.expect(user, code, ReasonValid)
					h.expect(user, code, ReasonReplayed)
					h.clock.add(time.Duration(period) * time.Second)
					h.expect(user, h.push(d), ReasonValid)
				}
			}
		}
	}
}

// A code of another length than the person's keys have is none, and no guess.
func TestCodesOfAnotherLength(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 8, 30)
	h.handed(d, "anna")
	for range lockAfter + 1 {
		h.expect("anna", "123456", ReasonNotACode)
	}
	h.expect("nobody", "12345678", ReasonUnknown)
	h.expect("anna", h.push(d), ReasonValid)
}

// Ten years, a code a day, a clock that goes slow or fast by 25 seconds a year.
func TestATokenWithABadClockWorksForYears(t *testing.T) {
	for _, perYear := range []time.Duration{25 * time.Second, -25 * time.Second} {
		h := newHouse(t)
		h.person("anna")
		d := h.device("A1", enroll.TOTP, enroll.SHA1, 6, 30)
		h.handed(d, "anna")
		const days = 10 * 365
		for day := 0; day < days; day += 5 {
			h.clock.add(5 * 24 * time.Hour)
			d.slow = perYear * time.Duration(day) / 365
			h.expect("anna", h.push(d), ReasonValid)
		}
		if off := h.token("A1").Drift; off > -perYear*10+time.Minute || off < -perYear*10-time.Minute {
			t.Errorf("a clock %v slow is learned as %v", d.slow, off)
		}
	}
}

// One late code moves nothing, so the next early one is still right.
func TestWhoTypesSlowlyIsNotTakenForASlowClock(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Hour)
	h.expect("anna", h.codeAt(key, -1), ReasonValid)
	h.clock.add(time.Hour)
	h.expect("anna", h.codeAt(key, 1), ReasonValid)
}

func TestDriftHasABound(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Hour)
	for range 10 { // an app's clock: one step, and the window around it
		h.clock.add(time.Hour)
		h.verdict("anna", h.codeAt(key, -1))
	}
	h.expect("anna", h.codeAt(key, -2), ReasonReplayed)
	h.clock.add(time.Hour)
	h.expect("anna", h.codeAt(key, -2), ReasonValid)
	h.clock.add(time.Hour)
	h.expect("anna", h.codeAt(key, -2), ReasonValid)
	h.clock.add(time.Hour)
	h.expect("anna", h.codeAt(key, -3), ReasonWrong)
}

// The window that follows a clock goes back over no step that was used.
func TestDriftBringsNoOldCodeBack(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 6, 30)
	h.handed(d, "anna")
	seen := map[string]bool{}
	for i := range 40 {
		d.slow = time.Duration(i%3) * 20 * time.Second
		h.clock.add(30 * time.Second)
		code := h.push(d)
		if v := h.verdict("anna", code); v.Valid && seen[code] {
			t.Fatalf("code %d was accepted twice", i)
		}
		seen[code] = true
	}
}

func TestResyncOfAClock(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 6, 30)
	h.handed(d, "anna")
	d.slow = 20 * time.Minute
	h.expect("anna", h.push(d), ReasonWrong)
	first := h.push(d)
	h.clock.add(30 * time.Second)
	second := h.push(d)
	got, err := h.Resync(t.Context(), Operator(), "anna", second, first)
	h.must(err)
	if got.Done || got.Offset != 0 || got.Reason != ReasonWrong {
		t.Errorf("in the wrong order: %+v", got)
	}
	got, err = h.ResyncToken(t.Context(), Operator(), "a1", first, second)
	h.must(err)
	if !got.Done || got.Offset != -20*time.Minute {
		t.Fatalf("resynchronised: %+v", got)
	}
	h.expect("anna", second, ReasonReplayed)
	if p := h.look("anna"); p.Failures != 0 {
		t.Errorf("still %d failures", p.Failures)
	}
	h.clock.add(30 * time.Second)
	h.expect("anna", h.push(d), ReasonValid)
	if got, err := h.Resync(t.Context(), Operator(), "anna", first, second); err != nil || got.Done {
		t.Errorf("used codes resynchronise: %+v, %v", got, err)
	}
}

// Two codes are one try, under the same lock, and nothing is told while it holds.
func TestResyncCountsAsATry(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(d, "anna")
	for n := range lockAfter {
		got, err := h.Resync(t.Context(), Operator(), "anna", "000000", "000000")
		h.must(err)
		want := ReasonWrong
		if n == lockAfter-1 {
			want = ReasonLocks
		}
		if got.Reason != want {
			t.Errorf("try %d: %+v", n+1, got)
		}
	}
	d.next = 40
	got, err := h.Resync(t.Context(), Operator(), "anna", h.push(d), h.push(d))
	h.must(err)
	if got.Done || got.Reason != ReasonLocked {
		t.Errorf("while locked: %+v", got)
	}
	h.expect("anna", h.push(d), ReasonLocked)
}

func TestCounterLooksAhead(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(d, "anna")
	h.expect("anna", h.push(d), ReasonValid) // 0
	d.next = 10
	last := h.push(d)
	h.expect("anna", last, ReasonValid) // the tenth after it
	d.next = 3
	h.expect("anna", h.push(d), ReasonWrong) // an older unused one
	h.expect("anna", last, ReasonReplayed)
	d.next = 21
	h.expect("anna", h.push(d), ReasonWrong) // the eleventh
	d.next = 1000
	got, err := h.Resync(t.Context(), Operator(), "anna", h.push(d), h.push(d))
	h.must(err)
	if !got.Done || got.Offset != 0 {
		t.Errorf("resynchronised: %+v", got)
	}
	h.expect("anna", h.push(d), ReasonValid)
	d.next += resyncAhead + 1
	if got, err := h.Resync(t.Context(), Operator(), "anna", h.push(d), h.push(d)); err != nil || got.Done {
		t.Errorf("beyond the bound: %+v, %v", got, err)
	}
}

// How far a counter may be ahead is for the organisation to say, at once for the
// tokens that somebody has.
func TestLookAheadIsForTheOrganisationToSay(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	set := func(codes int) error {
		return h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
			s.LookAhead = codes
			return nil
		})
	}
	clock := h.device("T1", enroll.TOTP, enroll.SHA1, 6, 30)
	h.handed(clock, "anna")
	early := h.device("A1", enroll.HOTP, enroll.SHA1, 8, 0)
	h.handed(early, "anna")
	h.must(set(3))
	late := h.device("A2", enroll.HOTP, enroll.SHA256, 8, 0)
	h.handed(late, "anna")
	for _, d := range []*device{early, late} {
		d.next = 3
		h.expect("anna", h.push(d), ReasonWrong) // the fourth
		d.next = 2
		h.expect("anna", h.push(d), ReasonValid)
	}
	h.must(set(50))
	early.next += 49
	h.expect("anna", h.push(early), ReasonValid)
	h.must(set(0)) // the default
	late.next += DefaultLookAhead
	h.expect("anna", h.push(late), ReasonWrong)
	late.next -= 2
	h.expect("anna", h.push(late), ReasonValid)
	for _, codes := range []int{-1, mostLookAhead + 1} {
		var wrong *FieldError
		if err := set(codes); !errors.As(err, &wrong) || wrong.Field != "look-ahead" {
			t.Errorf("%d codes ahead: %v", codes, err)
		}
	}
	h.clock.add(time.Minute)
	clock.slow = -30 * time.Second // its own bound is as it was
	h.expect("anna", h.push(clock), ReasonValid)
}

// After a restore nobody knows which codes a counter gave since.
func TestRestoredCountersWaitForTwoCodes(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.person("bram")
	held, stock := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0), h.device("B1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(held, "anna")
	h.must(h.EndCodes(t.Context()))
	for range lockAfter + 1 {
		h.expect("anna", h.push(held), ReasonOutOfStep)
	}
	if p := h.look("anna"); p.Failures != 0 || p.Links[0].OutOfStep.IsZero() || p.Links[0].Token != "A1" {
		t.Errorf("%+v", p)
	}
	h.handed(stock, "bram")
	h.expect("bram", h.push(stock), ReasonOutOfStep)
	for user, d := range map[string]*device{"anna": held, "bram": stock} {
		got, err := h.ResyncToken(t.Context(), Operator(), d.serial, h.push(d), h.push(d))
		h.must(err)
		if !got.Done {
			t.Errorf("%s: %+v", user, got)
		}
		h.expect(user, h.push(d), ReasonValid)
	}
}

// A clock may have been learned to be fast since the copy was made.
func TestRestoredClocksWaitForTheBound(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 6, 30)
	h.handed(d, "anna")
	h.must(h.EndCodes(t.Context()))
	for range int(tokenDrift/(30*time.Second)) + window + 1 {
		h.expect("anna", h.push(d), ReasonReplayed)
		h.clock.add(30 * time.Second)
	}
	h.expect("anna", h.push(d), ReasonValid)
}

// A token that goes to somebody else takes no code of the former holder along.
// A server of a former version takes a token's link for that of an app.
func TestATokenWaitsForEveryServerToBeReplaced(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("1001", enroll.TOTP, enroll.SHA1, 6, 30)
	h.must(h.store.Do(t.Context(), func(tx *store.Tx) error {
		return tx.SetNode(store.Node{ID: "old", Host: "machine-a", Started: 1, Seen: stamp(h.clock.Now())})
	}))
	storetest.Exec(t, h.database(), "UPDATE nodes SET makes = makes - 1")
	var behind *BehindError
	_, err := h.AssignToken(t.Context(), Operator(), d.serial, "anna")
	if !errors.As(err, &behind) || len(behind.Servers) != 1 || behind.Servers[0].Host != "machine-a" {
		t.Errorf("assigned beside a former server: %v", err)
	}
	storetest.Exec(t, h.database(), "UPDATE nodes SET makes = makes + 1")
	if _, err := h.AssignToken(t.Context(), Operator(), d.serial, "anna"); err != nil {
		t.Errorf("all are replaced: %v", err)
	}
}

func TestATokenHandedOnAcceptsNoOldCodes(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.person("bram")
	for _, kind := range []enroll.Kind{enroll.TOTP, enroll.HOTP} {
		d := h.device("serial "+string(kind), kind, enroll.SHA256, 6, 30)
		h.handed(d, "anna")
		used, kept := h.push(d), ""
		h.expect("anna", used, ReasonValid)
		if kind == enroll.TOTP {
			h.clock.add(30 * time.Second)
		}
		kept = h.push(d)
		if _, err := h.AssignToken(t.Context(), Operator(), d.serial, "bram"); !errors.Is(err, ErrTokenIssued) {
			t.Errorf("somebody's token is given away: %v", err)
		}
		back, err := h.ReturnToken(t.Context(), Operator(), d.serial)
		h.must(err)
		if back.State != TokenReturned || back.User != "" {
			t.Errorf("%+v", back)
		}
		h.expect("anna", kept, ReasonUnlinked)
		h.handed(d, "bram")
		for _, code := range []string{used, kept} {
			if v := h.verdict("bram", code); v.Valid {
				t.Errorf("%s: an old code is right", kind)
			}
		}
		if kind == enroll.HOTP {
			got, err := h.ResyncToken(t.Context(), Operator(), d.serial, h.push(d), h.push(d))
			h.must(err)
			if !got.Done {
				t.Errorf("%+v", got)
			}
		}
		h.clock.add(2 * time.Minute)
		h.expect("bram", h.push(d), ReasonValid)
		_, err = h.BlockToken(t.Context(), Operator(), d.serial, "lost")
		h.must(err)
		h.expect("bram", h.push(d), ReasonUnlinked)
	}
}

// Whatever ends a token's link calls the token back and says whose it is.
func TestTokensAreDueBack(t *testing.T) {
	h := newHouse(t)
	for reason, end := range map[string]func(user string, d *device){
		DueUnassigned: func(_ string, d *device) { _, err := h.UnassignToken(t.Context(), Operator(), d.serial); h.must(err) },
		DueBlocked: func(_ string, d *device) {
			_, err := h.BlockToken(t.Context(), Operator(), d.serial, "lost")
			h.must(err)
		},
		DueUnlinked: func(user string, _ *device) { h.must(h.Unlink(t.Context(), user)) },
		DueLinked:   func(user string, _ *device) { h.link(user) },
		DueLapsed: func(user string, d *device) {
			h.must(h.store.Do(t.Context(), func(tx *store.Tx) error {
				if err := tx.TokenDue(h.token(d.serial).ID, stamp(h.clock.Now()), DueLapsed); err != nil {
					return err
				}
				_, err := tx.DisableLink(store.Idle{Link: h.look(user).Links[0].ID, Used: stamp(h.clock.Now())}, stamp(h.clock.Now()))
				return err
			}))
		},
		DueDisabled: func(user string, d *device) {
			for n := range disableAfter {
				if n%lockAfter == 0 {
					h.clock.add(lockTime)
				}
				h.verdict(user, h.wrong(d.key))
			}
		},
	} {
		user := "user-" + reason
		h.person(user)
		d := h.device("sn "+reason, enroll.TOTP, enroll.SHA1, 6, 30)
		h.handed(d, user)
		code := h.push(d)
		h.expect(user, code, ReasonValid)
		end(user, d)
		got := h.token(d.serial)
		if got.Due.IsZero() || got.DueReason != reason || got.User != user || got.Works {
			t.Errorf("%s: %+v", reason, got)
		}
		h.clock.add(time.Minute)
		if v := h.verdict(user, h.push(d)); v.Valid {
			t.Errorf("%s: its codes are right still", reason)
		}
		if reason == DueBlocked {
			if _, err := h.AssignToken(t.Context(), Operator(), d.serial, user); !errors.Is(err, ErrTokenBlocked) {
				t.Errorf("a blocked token is issued: %v", err)
			}
			continue
		}
		h.handed(d, user) // the same person again; what was used stays used
		if reason != DueDisabled {
			h.clock.add(-time.Minute)
			h.expect(user, code, ReasonReplayed)
			h.clock.add(time.Minute)
		}
		h.clock.add(30 * time.Second)
		if reason == DueDisabled {
			h.must(h.Unlock(t.Context(), user))
		}
		h.expect(user, h.push(d), ReasonValid)
	}
}

func TestTokenStaysWhereTheOrganisationSaysSo(t *testing.T) {
	h := newHouse(t)
	h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
		s.KeepTokens = true
		return nil
	}))
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 8, 60)
	h.handed(d, "anna")
	key := h.link("anna")
	h.expect("anna", h.code(key), ReasonValid)
	h.expect("anna", h.push(d), ReasonValid)
	h.handed(h.device("A2", enroll.TOTP, enroll.SHA1, 6, 30), "anna")
	h.device("A3", enroll.TOTP, enroll.SHA1, 6, 30)
	if _, err := h.AssignToken(t.Context(), Operator(), "A3", "anna"); !errors.Is(err, ErrTooManyLinks) {
		t.Errorf("a fourth authenticator: %v", err)
	}
}

func TestImportTellsOfEachToken(t *testing.T) {
	h := newHouse(t)
	key := enroll.Key{Kind: enroll.TOTP, Secret: []byte("12345678901234567890"), Algorithm: enroll.SHA1, Digits: 6, Period: 30}
	other, short := key, key
	other.Secret = []byte("another secret of so")
	short.Secret = []byte("1234")
	file := []NewToken{{Serial: "A1", Key: key}, {Serial: "a1 ", Key: key}, {Serial: "A1", Key: other}, {Serial: "A2", Key: short}, {Key: key}}
	want := []ImportOutcome{ImportNew, ImportKnown, ImportChanged, ImportUnclear, ImportUnclear}
	for _, dry := range []bool{true, false} {
		told, err := h.ImportTokens(t.Context(), Operator(), file, dry)
		h.must(err)
		for i, said := range told {
			if said.Outcome != want[i] {
				t.Errorf("dry %v, token %d: %+v", dry, i, said)
			}
		}
		all, err := h.HardwareTokens(t.Context(), Operator())
		h.must(err)
		if dry != (len(all) == 0) {
			t.Errorf("dry %v: %d tokens", dry, len(all))
		}
	}
	told, err := h.ImportTokens(t.Context(), Operator(), file[:1], false)
	h.must(err)
	if told[0].Outcome != ImportKnown {
		t.Errorf("again: %+v", told)
	}
}

// A seal moved from one token to another does not open there.
func TestTokenSealsStayInTheirPlace(t *testing.T) {
	h := newHouse(t)
	h.device("A1", enroll.TOTP, enroll.SHA1, 6, 30)
	h.device("A2", enroll.TOTP, enroll.SHA1, 6, 30)
	h.person("anna")
	h.must(h.store.Do(t.Context(), func(tx *store.Tx) error {
		a, err := tx.Token("A1")
		h.must(err)
		b, err := tx.Token("A2")
		h.must(err)
		if _, err := h.key.open(a.Secret, a.KeyID, placeOfToken(b.ID)); err == nil {
			t.Error("it opens")
		}
		return nil
	}))
}
