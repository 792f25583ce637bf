package identity

import (
	"testing"
	"time"
)

// killed is an app whose link was confirmed and that never heard of it.
func (h *house) killed(user string) (id string, code func(steps int) string, wrong func() string) {
	h.t.Helper()
	h.person(user)
	answer, key := h.start(user, h.activation(user), "")
	h.must(h.ConfirmLink(h.t.Context(), answer.ID, h.code(key)))
	return answer.ID, func(steps int) string { return h.codeAt(key, steps) }, func() string { return h.wrong(key) }
}

func TestAppKilledBeforeTheAnswerComesBackWithAnotherCode(t *testing.T) {
	h := newHouse(t)
	id, code, _ := h.killed("anna")
	h.must(h.ConfirmLink(t.Context(), id, code(-1))) // of before the one that confirmed
	h.clock.add(5 * time.Minute)
	for range 2 * confirmTries { // right ones are no tries
		h.must(h.ConfirmLink(t.Context(), id, code(0)))
		h.must(h.ConfirmLink(t.Context(), id, code(1)))
	}
	h.expect("anna", code(0), ReasonValid) // nothing was used up
	h.must(h.ConfirmLink(t.Context(), id, code(0)))
	h.expect("anna", code(0), ReasonReplayed) // and nothing came back
	h.expect("anna", code(1), ReasonValid)
	if p := h.look("anna"); len(p.Links) != 1 || p.Failures != 0 {
		t.Errorf("%+v", p)
	}
}

func TestConfirmedLinkIsNoPlaceToGuess(t *testing.T) {
	h := newHouse(t)
	id, code, wrong := h.killed("anna")
	h.clock.add(time.Minute)
	for left := confirmTries - 1; left >= 0; left-- {
		h.refused(h.ConfirmLink(t.Context(), id, wrong()), ReasonWrongCode, left)
		h.refused(h.ConfirmLink(t.Context(), id, "12345"), ReasonWrongCode, left) // no code at all
	}
	h.refused(h.ConfirmLink(t.Context(), id, code(0)), ReasonWrongCode, 0) // not looked at any more
	h.expect("anna", code(0), ReasonValid)                                 // the link itself does not suffer
	h.clock.add(pendingLife - time.Minute)
	h.refused(h.ConfirmLink(t.Context(), id, code(0)), ReasonConfirmed, -1)
	h.refused(h.ConfirmLink(t.Context(), id, wrong()), ReasonConfirmed, -1)
}

func TestTriesBeforeAndAfterConfirmingCountTogether(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, 4)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, 3)
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, 2)
}

func TestConfirmedLinkOfALockedPersonTellsNothing(t *testing.T) {
	h := newHouse(t)
	id, code, wrong := h.killed("anna")
	h.clock.add(30 * time.Second)
	for range lockAfter {
		h.verdict("anna", wrong())
	}
	h.expect("anna", code(0), ReasonLocked)
	h.refused(h.ConfirmLink(t.Context(), id, code(0)), ReasonWrongCode, confirmTries)
	h.refused(h.ConfirmLink(t.Context(), id, wrong()), ReasonWrongCode, confirmTries)
	h.must(h.Unlock(t.Context(), "anna"))
	h.must(h.ConfirmLink(t.Context(), id, code(0)))
}

// An app that was off for months must not take its key for a dead one.
func TestConfirmedLinkIsKnownForGood(t *testing.T) {
	h := newHouse(t)
	id, code, _ := h.killed("anna")
	h.clock.add(remembered + 48*time.Hour)
	h.person("bert")
	h.activation("bert") // forgets what ended long ago
	h.refused(h.ConfirmLink(t.Context(), id, code(0)), ReasonConfirmed, -1)
	h.expect("anna", code(0), ReasonValid)
	h.must(h.Unlink(t.Context(), "anna"))
	h.refused(h.ConfirmLink(t.Context(), id, code(1)), ReasonLinkGone, -1)
}
