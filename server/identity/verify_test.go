package identity

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
)

func TestYear2100(t *testing.T) {
	h := newHouse(t)
	h.clock.add(74 * 365 * 24 * time.Hour)
	key := h.linked("anna")
	h.expect("anna", h.code(key), ReasonValid)
	h.lock("anna", key)
	h.clock.add(lockTime)
	h.expect("anna", h.code(key), ReasonValid)
}

func TestRightCodesAtOnceOnePerStep(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Minute)
	var mu sync.Mutex
	used := map[uint64]int{}
	codes := []string{h.codeAt(key, -1), h.code(key), h.codeAt(key, 1)}
	together(3, func(i int) {
		if v, err := h.Verify(background, h.app, "anna", codes[i]); err == nil && v.Valid {
			mu.Lock()
			used[v.Step]++
			mu.Unlock()
		}
	})
	if len(used) == 0 {
		t.Error("none was accepted")
	}
	for step, n := range used {
		if n != 1 {
			t.Errorf("step %d was accepted %d times", step, n)
		}
	}
}

func TestWindow(t *testing.T) {
	for _, test := range []struct {
		steps int
		valid bool
	}{{-2, false}, {-1, true}, {0, true}, {1, true}, {2, false}} {
		h := newHouse(t)
		key := h.linked("anna")
		h.clock.add(5 * time.Minute)
		v := h.verdict("anna", h.codeAt(key, test.steps))
		if v.Valid != test.valid || v.Valid && v.Step != uint64(int(key.Step(h.clock.Now()))+test.steps) {
			t.Errorf("%+d steps: %+v", test.steps, v)
		}
	}
}

func TestNotACodeIsNotEvaluated(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for _, text := range []string{"", "12345", "1234567", "abcdef", "12345a", "１２３４５６", "+12345"} {
		for range 3 {
			h.expect("anna", text, ReasonNotACode)
		}
	}
	if p := h.look("anna"); p.Failures != 0 || p.FailuresInRow != 0 {
		t.Errorf("counted: %+v", p)
	}
	h.expect("anna", h.code(key), ReasonValid)
}

func TestLockEndsAfterFifteenMinutes(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.lock("anna", key)
	if until := h.look("anna").LockedUntil; !until.Equal(h.clock.Now().Add(lockTime)) {
		t.Errorf("locked until %v", until)
	}
	h.clock.add(lockTime - time.Millisecond)
	h.expect("anna", h.code(key), ReasonLocked)
	h.clock.add(time.Millisecond)
	h.expect("anna", h.code(key), ReasonValid)
}

func TestFifthCodeIsStillEvaluated(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for range lockAfter - 1 {
		h.expect("anna", h.wrong(key), ReasonWrong)
	}
	h.expect("anna", h.code(key), ReasonValid)
	if p := h.look("anna"); p.Failures != 0 || p.FailuresInRow != 0 {
		t.Errorf("a right code left %+v", p)
	}
}

func TestHundredWrongInARowDisable(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for n := 1; n <= disableAfter; n++ {
		if h.look("anna").LockedUntil.After(h.clock.Now()) {
			h.clock.add(lockTime)
		}
		want := ReasonWrong
		switch {
		case n == disableAfter:
			want = ReasonDisables
		case n%lockAfter == 0:
			want = ReasonLocks
		}
		h.expect("anna", h.wrong(key), want)
	}
	h.clock.add(24 * time.Hour)
	h.expect("anna", h.code(key), ReasonDisabled)
	h.must(h.Unlock(t.Context(), "anna"))
	h.expect("anna", h.code(key), ReasonDisabled)
	fresh := h.link("anna")
	h.expect("anna", h.code(fresh), ReasonValid)
	if p := h.look("anna"); p.FailuresInRow != 0 || len(p.Links) != 1 {
		t.Errorf("after a new activation: %+v", p)
	}
}

func TestUnlock(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.lock("anna", key)
	h.must(h.Unlock(t.Context(), "ANNA"))
	if p := h.look("anna"); !p.LockedUntil.IsZero() || p.Failures != 0 || p.FailuresInRow != lockAfter {
		t.Errorf("after unlocking: %+v", p)
	}
	h.expect("anna", h.code(key), ReasonValid)
	if err := h.Unlock(t.Context(), "nobody"); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("got %v", err)
	}
}

func TestUnlinkStopsLinksAndPendingOnes(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	answer, waiting := h.start("anna", h.activation("anna"), "")
	h.must(h.Unlink(t.Context(), "anna"))
	h.expect("anna", h.code(key), ReasonDisabled)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(waiting)), ReasonLinkGone, -1)
	if p := h.look("anna"); p.Links[0].Disabled.IsZero() {
		t.Errorf("%+v", p)
	}
}

// A leaver with a code that was never used cannot link with it afterwards.
func TestUnlinkEndsTheOpenActivationCode(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	h.must(h.Unlink(t.Context(), "anna"))
	_, err := h.StartLink(t.Context(), h.request("anna", code, ""))
	h.refused(err, ReasonVoid, -1)
}

func TestPersonWithoutLink(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.expect("anna", "123456", ReasonUnlinked)
}

func TestClockThatGoesBackBringsNoOldCodeBack(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Hour)
	h.expect("anna", h.code(key), ReasonValid)
	h.clock.add(-time.Hour)
	h.expect("anna", h.code(key), ReasonReplayed)
}

func TestApplicationKeyStopsAtOnce(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	if _, err := h.Authenticate(t.Context(), "sleutelbos_unknown"); !errors.Is(err, ErrUnauthorised) {
		t.Errorf("an unknown key: %v", err)
	}
	fresh, err := h.RotateApplication(t.Context(), "Intranet")
	h.must(err)
	if _, err := h.Authenticate(t.Context(), h.appKey); !errors.Is(err, ErrUnauthorised) {
		t.Errorf("the old key: %v", err)
	}
	if _, err := h.Verify(t.Context(), h.app, "anna", h.code(key)); !errors.Is(err, ErrUnauthorised) {
		t.Errorf("a request begun with the old key: %v", err)
	}
	app, err := h.Authenticate(t.Context(), fresh)
	h.must(err)
	h.must(h.RevokeApplication(t.Context(), "intranet"))
	if _, err := h.Verify(t.Context(), app, "anna", h.code(key)); !errors.Is(err, ErrUnauthorised) {
		t.Errorf("a request begun before revoking: %v", err)
	}
	if _, err := h.Authenticate(t.Context(), fresh); !errors.Is(err, ErrUnauthorised) {
		t.Errorf("a revoked key: %v", err)
	}
	if err := h.RevokeApplication(t.Context(), "intranet"); !errors.Is(err, ErrUnknownApplication) {
		t.Errorf("revoking twice: %v", err)
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Error("a refused application counted against the person")
	}
	again, err := h.AddApplication(t.Context(), "intranet")
	h.must(err)
	if _, err := h.AddApplication(t.Context(), " INTRANET"); !errors.Is(err, ErrApplicationTaken) {
		t.Errorf("one name twice: %v", err)
	}
	h.app, err = h.Authenticate(t.Context(), again)
	h.must(err)
	h.expect("anna", h.code(key), ReasonValid)
	all, err := h.Applications(t.Context())
	h.must(err)
	if len(all) != 2 || all[0].Revoked.IsZero() == all[1].Revoked.IsZero() {
		t.Errorf("%+v", all)
	}
}

func TestApplicationLimit(t *testing.T) {
	h := newHouse(t)
	h.options.ApplicationLimit = Limit{PerSecond: 1, Burst: 3}
	h.restart()
	for range 3 {
		_, err := h.Authenticate(t.Context(), h.appKey)
		h.must(err)
	}
	var over *LimitError
	if _, err := h.Authenticate(t.Context(), h.appKey); !errors.As(err, &over) || over.RetryAfter != time.Second {
		t.Fatalf("got %v", err)
	}
	h.clock.add(-time.Hour) // set right: nobody waits an hour for that
	if _, err := h.Authenticate(t.Context(), h.appKey); !errors.As(err, &over) || over.RetryAfter != time.Second {
		t.Fatalf("got %v", err)
	}
	h.clock.add(over.RetryAfter)
	_, err := h.Authenticate(t.Context(), h.appKey)
	h.must(err)
}

// The limit is one over all servers.
func TestApplicationLimitOverServers(t *testing.T) {
	const most = 60
	h := newHouse(t)
	h.options.ApplicationLimit = Limit{PerSecond: most, Burst: most}
	h.restart()
	other := &house{t: t, folder: h.folder, address: h.address, clock: h.clock, options: h.options}
	other.open()
	var granted atomic.Int64
	ask := func(i int) {
		_, err := []*house{h, other}[i%2].Authenticate(t.Context(), h.appKey)
		var over *LimitError
		switch {
		case err == nil:
			granted.Add(1)
		case !errors.As(err, &over):
			t.Error(err)
		}
	}
	together(4*most, ask)
	if n := granted.Load(); n != most {
		t.Errorf("%d at once, %d are allowed", n, most)
	}
	h.clock.add(500 * time.Millisecond)
	together(4*most, ask)
	if n := granted.Load() - most; n < most/2-2 || n > most/2 {
		t.Errorf("%d in half a second", n)
	}
}

// counting counts how often a code is compared.
func (h *house) counting() *atomic.Int64 {
	var steps atomic.Int64
	match := h.match
	h.match = func(k enroll.Key, code string, w enroll.Window) (uint64, bool) {
		if w.First <= w.Last {
			steps.Add(int64(w.Last - w.First + 1))
		}
		return match(k, code, w)
	}
	return &steps
}
