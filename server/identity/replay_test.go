package identity

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestSixteenGoroutinesOneRightCode(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	code := h.code(key)
	var accepted atomic.Int64
	together(16, func(int) {
		if v, err := h.Verify(background, h.app, "anna", code); err == nil && v.Valid {
			accepted.Add(1)
		}
	})
	if accepted.Load() != 1 {
		t.Errorf("accepted %d times", accepted.Load())
	}
	if p := h.look("anna"); p.Failures != 0 || p.FailuresInRow != 0 || !p.LockedUntil.IsZero() {
		t.Errorf("the copies counted: %+v", p)
	}
}

// A double click, or a client that sends its request again and again, does not
// lock its owner out, and the audit log says what it was.
func TestReplaysAreNoGuesses(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.clock.add(time.Minute)
	older, code := h.codeAt(key, -1), h.code(key)
	for range lockAfter - 1 {
		h.expect("anna", h.wrong(key), ReasonWrong)
	}
	h.expect("anna", code, ReasonValid)
	h.expect("anna", h.wrong(key), ReasonWrong)
	for range disableAfter {
		h.expect("anna", code, ReasonReplayed)
		h.expect("anna", older, ReasonReplayed)
	}
	if p := h.look("anna"); p.Failures != 1 || p.FailuresInRow != 1 || !p.LockedUntil.IsZero() {
		t.Errorf("replays counted: %+v", p)
	}
	rows, err := h.Audit(t.Context(), 1)
	h.must(err)
	if rows[0].Outcome != string(ReasonReplayed) || rows[0].Link != h.look("anna").Links[0].ID {
		t.Errorf("the audit log says %+v", rows[0])
	}
	for range lockAfter - 2 {
		h.expect("anna", h.wrong(key), ReasonWrong)
	}
	h.expect("anna", h.wrong(key), ReasonLocks)
	h.expect("anna", code, ReasonLocked) // while locked it is refused as all else
}
