package identity

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Each test here is a flaw that another product had, and bears its name.

func TestVault_CVE_2025_6014_OneCodeTwoSpellings(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	code := h.code(key)
	h.expect("anna", code, ReasonValid)
	for _, spelling := range []string{
		code, " " + code, code + " ", code[:3] + " " + code[3:], code[:3] + "-" + code[3:], "\t" + code + "\n", code[:3] + "\u00a0" + code[3:],
	} {
		if v := h.verdict("anna", spelling); v.Valid {
			t.Errorf("accepted again as %q", spelling)
		}
		h.must(h.Unlock(t.Context(), "anna"))
	}
}

func TestVault_CVE_2025_6004_FailuresPerSpelling(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for i, spelling := range []string{"anna", "ANNA", " Anna ", "ａｎｎａ", "aNNa\n"} {
		want := ReasonWrong
		if i == lockAfter-1 {
			want = ReasonLocks
		}
		h.expect(spelling, h.wrong(key), want)
	}
	h.expect("anna", h.code(key), ReasonLocked)
}

func TestAuthelia_CVE_2025_24806_FailuresPerAlias(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for i, name := range []string{"anna", "anna@example.org", "Anna@Example.ORG", "anna", "anna@example.org"} {
		want := ReasonWrong
		if i == lockAfter-1 {
			want = ReasonLocks
		}
		h.expect(name, h.wrong(key), want)
	}
	h.expect("anna@example.org", h.code(key), ReasonLocked)
	h.expect("anna", h.code(key), ReasonLocked)
}

func TestKeycloak_CVE_2024_4629_GuessesInParallel(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	guess := h.wrong(key)
	var evaluated, locked atomic.Int64
	together(200, func(int) {
		v, err := h.Verify(background, h.app, "anna", guess)
		switch {
		case err != nil || v.Valid:
			t.Errorf("%+v, %v", v, err)
		case v.Reason == ReasonLocked:
			locked.Add(1)
		default:
			evaluated.Add(1)
		}
	})
	if evaluated.Load() != lockAfter || locked.Load() != 200-lockAfter {
		t.Errorf("evaluated %d, locked %d", evaluated.Load(), locked.Load())
	}
}

func TestKeycloak_CVE_2024_4629_RightSignInsInParallel(t *testing.T) {
	h := newHouse(t)
	const people = 32
	names, codes := make([]string, people), make([]string, people)
	for i := range names {
		names[i] = "person" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		h.person(names[i])
	}
	for i := range names { // all within one step's life of now
		answer, key := h.start(names[i], h.activation(names[i]), "")
		h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
		codes[i] = h.codeAt(key, 1)
	}
	together(people, func(i int) {
		if v, err := h.Verify(background, h.app, names[i], codes[i]); err != nil || !v.Valid {
			t.Errorf("%s: %+v, %v", names[i], v, err)
		}
	})
}

func TestKeycloak_CVE_2026_9798_LockNotCheckedWhenGranting(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.lock("anna", key)
	p := h.look("anna")
	step, now := int64(key.Step(h.clock.Now())), stamp(h.clock.Now())
	accept := func(now int64) (granted bool) {
		h.must(h.store.Do(t.Context(), func(tx *store.Tx) (err error) {
			granted, err = tx.AcceptStep(p.Links[0].ID, step, now, 0)
			return err
		}))
		return granted
	}
	if accept(now) {
		t.Error("the statement that grants does not look at the lock")
	}
	if !accept(now + lockTime.Milliseconds()) {
		t.Error("it does not grant after the lock's end")
	}
}

func TestZitadel_CVE_2025_64102_DoorWithoutLock(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	answer, key := h.start("anna", code, "")
	for n := range confirmTries {
		h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, confirmTries-1-n)
	}
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(key)), ReasonLinkGone, -1)
	h.expect("anna", h.code(key), ReasonUnlinked)
}

func TestVault_2775_OlderCodeAfterNewer(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Minute)
	older := h.codeAt(key, -1)
	h.expect("anna", h.code(key), ReasonValid)
	h.expect("anna", older, ReasonReplayed)
}

func TestHanko_2723_ConfirmingCodeAtFirstSignIn(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	code, before := h.code(key), h.codeAt(key, -1)
	h.must(h.ConfirmLink(t.Context(), answer.ID, code))
	h.expect("anna", code, ReasonReplayed)
	h.expect("anna", before, ReasonReplayed)
	h.clock.add(30 * time.Second)
	h.expect("anna", code, ReasonReplayed)
	h.expect("anna", h.code(key), ReasonValid)
}

func TestVaultAndOpenBao_ReplayMemoryLostAtRestart(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	code := h.code(key)
	h.expect("anna", code, ReasonValid)
	h.expect("anna", h.wrong(key), ReasonWrong)
	h.restart()
	h.expect("anna", code, ReasonReplayed)
	if n := h.look("anna").Failures; n != 1 { // a replay is no failure
		t.Errorf("the restart left %d failures", n)
	}
}

func TestPrivacyIDEA_1227_BlankUserName(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.linked("bert")
	before := h.store.Stats()
	for _, blank := range []string{"", " ", "\t\n", "\u00a0", "\u3000"} {
		for range lockAfter {
			h.expect(blank, h.wrong(key), ReasonBlank)
			h.expect(blank, h.code(key), ReasonBlank)
		}
	}
	if h.store.Stats() != before {
		t.Error("a blank name reached the database")
	}
	for _, user := range []string{"anna", "bert"} {
		if p := h.look(user); p.Failures != 0 {
			t.Errorf("%s has %d failures", user, p.Failures)
		}
	}
}

func TestPrivacyIDEAKeycloakProvider_71_LockedStillTells(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.lock("anna", key)
	before := h.look("anna")
	right, wrong := h.verdict("anna", h.code(key)), h.verdict("anna", h.wrong(key))
	if right != wrong || right.Valid || right.Step != 0 {
		t.Errorf("right %+v, wrong %+v", right, wrong)
	}
	if after := h.look("anna"); after.FailuresInRow != before.FailuresInRow || !after.LockedUntil.Equal(before.LockedUntil) {
		t.Error("a code was counted while locked")
	}
	h.clock.add(lockTime)
	h.expect("anna", h.code(key), ReasonValid) // nothing was used up either
}

func TestPrivacyIDEA_1578_4740_CountersAfterALock(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for round := 1; round <= 3; round++ {
		h.lock("anna", key) // five again, and not one
		h.clock.add(lockTime)
		if p := h.look("anna"); p.Failures != 0 || !p.LockedUntil.IsZero() || p.FailuresInRow != round*lockAfter {
			t.Errorf("after lock %d: %+v", round, p)
		}
	}
	h.expect("anna", h.wrong(key), ReasonWrong)
	if p := h.look("anna"); p.Failures != 1 {
		t.Errorf("counting starts at %d", p.Failures)
	}
}

func TestAuthentik_2330_AbortedEnrolmentCounts(t *testing.T) {
	h := newHouse(t)
	old := h.linked("anna")
	_, aborted := h.start("anna", h.activation("anna"), "")
	h.expect("anna", h.code(aborted), ReasonWrong)
	h.expect("anna", h.code(old), ReasonValid)
	if p := h.look("anna"); len(p.Links) != 1 {
		t.Errorf("%d links", len(p.Links))
	}
	h.person("bert")
	h.start("bert", h.activation("bert"), "")
	if p := h.look("bert"); len(p.Links) != 0 {
		t.Error("an aborted link shows")
	}
}

// An activation code is used up once, however many apps link with it at once.
func TestKratos_OneUseCodesAreConsumedAtomically(t *testing.T) {
	h := newHouse(t)
	const apps = 16
	h.person("anna")
	code := h.activation("anna")
	keys := make([]enroll.Key, apps)
	together(apps, func(i int) {
		answer, err := h.StartLink(background, h.request("anna", code, enroll.NewIdempotencyKey()))
		if err != nil {
			t.Error(err)
			return
		}
		key, err := enroll.ParseAddress(answer.Address)
		if err != nil {
			t.Error(err)
			return
		}
		now, err := key.CodeNow(h.clock.Now())
		if err != nil {
			t.Error(err)
			return
		}
		var refusal *Refusal
		switch err := h.ConfirmLink(background, answer.ID, now.Text); {
		case err == nil:
			keys[i] = key
		case !errors.As(err, &refusal): // another app began or ended it meanwhile
			t.Error(err)
		}
	})
	linked := 0
	h.clock.add(time.Minute)
	for _, key := range keys {
		if key.Secret != nil {
			linked++
			h.expect("anna", h.code(key), ReasonValid)
		}
	}
	if p := h.look("anna"); linked != 1 || len(p.Links) != 1 {
		t.Errorf("%d apps were told that they are linked, %d are", linked, len(p.Links))
	}
	h.refused(h.try("anna", code, enroll.NewIdempotencyKey()), ReasonUsed, -1)
}

// An unknown name costs the same: as many comparisons and as many statements.
func TestVault_CVE_2025_6011_UnknownUserIsQuicker(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.person("unlinked")
	h.lock("anna", key)
	locked := "anna"
	other := h.linked("bert")
	h.expect("bert", h.code(other), ReasonValid) // so that some of the window is used up
	steps := h.counting()
	type cost struct{ steps, statements uint64 }
	of := func(user string, want Reason) cost {
		steps.Store(0)
		before := h.store.Stats().Statements
		h.expect(user, h.wrong(other), want)
		return cost{uint64(steps.Load()), h.store.Stats().Statements - before}
	}
	known := of("bert", ReasonWrong)
	for user, want := range map[string]Reason{"nobody": ReasonUnknown, "unlinked": ReasonUnlinked, locked: ReasonLocked} {
		if got := of(user, want); got != known {
			t.Errorf("%s costs %+v, a known one %+v", want, got, known)
		}
	}
	steps.Store(0)
	before := h.store.Stats().Statements
	h.expect("bert", h.code(other), ReasonReplayed)
	if got := (cost{uint64(steps.Load()), h.store.Stats().Statements - before}); got != known {
		t.Errorf("a replay costs %+v, a wrong code %+v", got, known)
	}
	h.clock.add(30 * time.Second)
	steps.Store(0)
	h.expect("bert", h.code(other), ReasonValid)
	if got := uint64(steps.Load()); got != known.steps {
		t.Errorf("a right code costs %d steps, a wrong one %d", got, known.steps)
	}
}
