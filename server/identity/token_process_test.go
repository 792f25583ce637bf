package identity

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
)

// A counter's code is accepted once, however many processes get it at once.
func TestProcessesAcceptACountersCodeOnce(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.HOTP, enroll.SHA256, 8, 0)
	h.handed(d, "anna")
	d.next = 5
	if valid, _ := h.stormOver(3, 40, h.push(d)); valid != 1 {
		t.Errorf("accepted %d times", valid)
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Errorf("a replay counts as a guess: %+v", p)
	}
	h.expect("anna", h.push(d), ReasonValid)
	h.must(h.VerifyAudit(t.Context()))
}

// Five wrong codes are evaluated of a counter's too: those it gave before count
// as wrong, those beyond the window as well.
func TestProcessesEvaluateFiveWrongCodesOfACounter(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(d, "anna")
	d.next = 500
	if valid, evaluated := h.stormOver(3, 67, h.push(d)); valid != 0 || evaluated != lockAfter {
		t.Errorf("valid %d, evaluated %d", valid, evaluated)
	}
	d.next = 0
	h.expect("anna", h.push(d), ReasonLocked)
	h.clock.add(lockTime + time.Minute) // the others' clock is half a minute ahead
	h.expect("anna", h.push(d), ReasonValid)
}

// A slow clock's codes too, and the drift that one process learns is the other's.
func TestProcessesShareTheDrift(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.TOTP, enroll.SHA1, 8, 30)
	h.handed(d, "anna")
	h.clock.add(-time.Hour) // the other processes' time is half a minute after the morning
	for range 6 {
		h.clock.add(3 * time.Minute)
		d.slow += 15 * time.Second
		h.expect("anna", h.push(d), ReasonValid)
	}
	h.clock.add(morning.Add(30 * time.Second).Sub(h.clock.Now()))
	if valid, _ := h.stormOver(3, 40, h.push(d)); valid != 1 {
		t.Errorf("a code %v slow is accepted %d times", d.slow, valid)
	}
}

// Many people's tokens of all kinds in the batches of one writer: each code once,
// and each link learns its own drift.
func TestABatchOfTokens(t *testing.T) {
	const people, times = 60, 4
	h := newHouse(t)
	devices := make([]*device, people)
	for i := range devices {
		user, kind := fmt.Sprintf("user%d", i), enroll.HOTP
		if i%2 == 0 {
			kind = enroll.TOTP
		}
		h.person(user)
		devices[i] = h.device(fmt.Sprintf("T%d", i), kind, enroll.SHA1, 6+2*(i%3/2), 30)
		h.handed(devices[i], user)
	}
	for turn := range 3 {
		h.clock.add(time.Hour)
		var mu sync.Mutex
		valid := map[int]int{}
		codes := make([]string, people)
		for i, d := range devices {
			if d.key.Kind == enroll.TOTP && i%4 == 0 {
				d.slow = 30 * time.Second
			}
			codes[i] = h.push(d)
		}
		together(people*times, func(n int) {
			i := n % people
			v, err := h.Verify(background, h.app, fmt.Sprintf("user%d", i), codes[i])
			if err != nil {
				t.Error(err)
			}
			if v.Valid {
				mu.Lock()
				valid[i]++
				mu.Unlock()
			}
		})
		for i := range devices {
			if valid[i] != 1 {
				t.Errorf("turn %d: a code of %s is accepted %d times", turn, devices[i].serial, valid[i])
			}
		}
	}
	for i, d := range devices {
		want := time.Duration(0)
		if d.slow != 0 {
			want = -d.slow
		}
		if got := h.token(d.serial).Drift; got != want {
			t.Errorf("%s is %v slow, and learned as %v (%d)", d.serial, d.slow, got, i)
		}
	}
	h.must(h.VerifyAudit(t.Context()))
}

// Two codes in a row resynchronise once, however many send them at once.
func TestResyncAtOnce(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	d := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(d, "anna")
	d.next = 300
	first, second := h.push(d), h.push(d)
	var mu sync.Mutex
	done := 0
	together(16, func(int) {
		got, err := h.Resync(background, Operator(), "anna", first, second)
		if err != nil {
			t.Error(err)
		}
		if got.Done {
			mu.Lock()
			done++
			mu.Unlock()
		}
	})
	if done != 1 {
		t.Errorf("resynchronised %d times", done)
	}
}

// Whoever manages nobody handles no token; a person may bring their own in step.
func TestWhoMayHandleTokens(t *testing.T) {
	h := newHouse(t)
	anna := PersonActor(h.person("anna").ID)
	bram := PersonActor(h.person("bram").ID)
	d := h.device("A1", enroll.HOTP, enroll.SHA1, 6, 0)
	h.handed(d, "anna")
	for what, do := range map[string]func(Actor) error{
		"import": func(by Actor) error { _, err := h.ImportTokens(t.Context(), by, nil, true); return err },
		"show":   func(by Actor) error { _, err := h.HardwareToken(t.Context(), by, "A1"); return err },
		"assign": func(by Actor) error { _, err := h.AssignToken(t.Context(), by, "A1", "bram"); return err },
		"return": func(by Actor) error { _, err := h.ReturnToken(t.Context(), by, "A1"); return err },
		"block":  func(by Actor) error { _, err := h.BlockToken(t.Context(), by, "A1", ""); return err },
		"resync": func(by Actor) error { _, err := h.Resync(t.Context(), by, "anna", "123456", "123456"); return err },
	} {
		for _, by := range []Actor{{}, bram} {
			if err := do(by); !errors.Is(err, ErrForbidden) {
				t.Errorf("%s by %v: %v", what, by, err)
			}
		}
	}
	if all, err := h.HardwareTokens(t.Context(), bram); err != nil || len(all) != 0 {
		t.Errorf("a list for nobody: %v, %v", all, err)
	}
	d.next = 100
	got, err := h.Resync(t.Context(), anna, "anna", h.push(d), h.push(d))
	h.must(err)
	if !got.Done {
		t.Errorf("%+v", got)
	}
}
