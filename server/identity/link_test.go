package identity

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
)

// another is a valid activation code that nobody was given.
func another(t testing.TB) enroll.ActivationCode {
	t.Helper()
	code, err := enroll.NewActivationCode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (h *house) try(user string, code enroll.ActivationCode, key string) error {
	_, err := h.StartLink(h.t.Context(), h.request(user, code, key))
	return err
}

func (h *house) expectActivation(user string, state ActivationState, tries int) {
	h.t.Helper()
	a := h.look(user).Activation
	if a == nil || a.State != state || a.TriesLeft != tries {
		h.t.Fatalf("activation %+v, want %s with %d tries", a, state, tries)
	}
}

func TestLinkingWholePath(t *testing.T) {
	h := newHouse(t)
	h.person("Anna.Jansen")
	code, expires, err := h.NewActivation(t.Context(), "anna.jansen")
	h.must(err)
	if !expires.Equal(h.clock.Now().Add(24 * time.Hour)) {
		t.Errorf("expires %v", expires)
	}
	h.expectActivation("anna.jansen", ActivationValid, 5)
	request := h.request(" ANNA.jansen ", code, "")
	request.ActivationCode = strings.ToLower(strings.ReplaceAll(code.Reveal(), "-", " "))
	answer, err := h.StartLink(t.Context(), request)
	h.must(err)
	key, err := enroll.ParseAddress(answer.Address)
	h.must(err)
	if key.Issuer != "Gemeente Voorbeeld" || key.Account != "Anna.Jansen" || len(key.Secret) != 20 ||
		!answer.ExpiresAt.Equal(h.clock.Now().Add(10*time.Minute)) {
		t.Errorf("%v %q %q", answer.ExpiresAt, key.Issuer, key.Account)
	}
	h.expectActivation("anna.jansen", ActivationValid, 5)
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
	h.expectActivation("anna.jansen", ActivationUsed, 5)
	p := h.look("anna.jansen")
	if len(p.Links) != 1 || p.Links[0].Device != "laptop" || p.Links[0].ID != answer.ID || !p.Links[0].LastUsed.IsZero() {
		t.Errorf("%+v", p.Links)
	}
	h.clock.add(30 * time.Second)
	h.expect("anna.jansen", h.code(key), ReasonValid)
	if p := h.look("anna.jansen"); !p.Links[0].LastUsed.Equal(h.clock.Now()) {
		t.Errorf("last used %v", p.Links[0].LastUsed)
	}
	h.refused(h.try("anna.jansen", code, ""), ReasonUsed, -1)
}

func TestLinkingTakesTheUserNameOnly(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.refused(h.try("anna@example.org", h.activation("anna"), ""), ReasonMismatch, 4)
	h.expectActivation("anna", ActivationValid, 5)
}

func TestFiveWrongTriesMakeTheCodeVoid(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	for left := 4; left >= 0; left-- {
		h.refused(h.try("anna", another(t), ""), ReasonMismatch, left)
		h.refused(h.try("nobody", another(t), ""), ReasonMismatch, left) // strangers learn nothing
	}
	h.expectActivation("anna", ActivationVoid, 0)
	h.refused(h.try("anna", code, ""), ReasonVoid, -1)
	h.refused(h.try("anna", another(t), ""), ReasonMismatch, 0)
	h.refused(h.try("nobody", another(t), ""), ReasonMismatch, 0)
	fresh := h.activation("anna")
	h.expectActivation("anna", ActivationValid, 5)
	h.refused(h.try("anna", code, ""), ReasonVoid, -1)
	h.start("anna", fresh, "")
}

func TestFifthTryIsStillLookedAt(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	for left := 4; left >= 1; left-- {
		h.refused(h.try("Anna", another(t), ""), ReasonMismatch, left)
	}
	h.start("anna", code, "")
	h.expectActivation("anna", ActivationValid, 1) // a right try takes none
}

func TestWrongTriesInParallel(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	var before atomic.Int64
	together(64, func(int) {
		var refusal *Refusal
		if err := h.try("anna", another(t), ""); !errors.As(err, &refusal) || refusal.Reason != ReasonMismatch {
			t.Errorf("got %v", err)
		} else if refusal.TriesLeft > 0 {
			before.Add(1)
		}
	})
	if before.Load() != activationTries-1 {
		t.Errorf("%d tries left something", before.Load())
	}
	h.refused(h.try("anna", code, ""), ReasonVoid, -1)
}

func TestActivationAtTwentyFourHoursAndOneSecond(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	h.clock.add(24*time.Hour - time.Second)
	answer, key := h.start("anna", code, "")
	if want := h.clock.Now().Add(time.Second); !answer.ExpiresAt.Equal(want) {
		t.Errorf("the pending link outlives the code: %v", answer.ExpiresAt)
	}
	h.clock.add(2 * time.Second)
	h.refused(h.try("anna", code, ""), ReasonExpired, -1)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(key)), ReasonLinkGone, -1)
	h.expectActivation("anna", ActivationExpired, 5)
	h.refused(h.try("anna", another(t), ""), ReasonMismatch, 4)
}

func TestNewerCodeMakesOlderOnesInvalid(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	old := h.activation("anna")
	answer, key := h.start("anna", old, "")
	h.activation("anna")
	h.refused(h.try("anna", old, ""), ReasonReplaced, -1)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(key)), ReasonLinkGone, -1)
	h.clock.add(remembered + 2*24*time.Hour)
	h.activation("anna") // forgets what ended long ago
	h.refused(h.try("anna", old, ""), ReasonMismatch, 4)
}

func TestImpossibleCodeIsNotCounted(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	shown := []byte(code.Reveal())
	shown[0] = map[bool]byte{true: 'Z', false: 'Y'}[shown[0] != 'Z']
	for _, text := range []string{string(shown), "", "K7QF", "!!!!-!!!!-!!!!"} {
		request := h.request("anna", code, "")
		request.ActivationCode = text
		for range 3 {
			_, err := h.StartLink(t.Context(), request)
			h.refused(err, ReasonCheck, -1)
		}
	}
	h.expectActivation("anna", ActivationValid, 5)
}

func TestOnlyPresentVersionsAreAccepted(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	for _, accepted := range []enroll.Accepted{{}, {Privacy: "p0", Terms: "t1"}, {Privacy: "p1", Terms: "t0"}} {
		request := h.request("anna", code, "")
		request.Accepted = accepted
		_, err := h.StartLink(t.Context(), request)
		h.refused(err, ReasonTerms, -1)
	}
	h.expectActivation("anna", ActivationValid, 5)
}

func TestAnswerOfStartLost(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code, key := h.activation("anna"), enroll.NewIdempotencyKey()
	first, link := h.start("anna", code, key)
	for left := 4; left >= 2; left-- {
		h.refused(h.try("anna", another(t), ""), ReasonMismatch, left)
	}
	for range 10 { // a repeat is no try, also after others counted
		again, _ := h.start("anna", code, key)
		if again != first {
			t.Fatalf("got another answer: %+v", again)
		}
	}
	h.expectActivation("anna", ActivationValid, 2)
	h.must(h.ConfirmLink(t.Context(), first.ID, h.code(link)))
	h.refused(h.try("anna", code, key), ReasonConfirmed, -1)
}

func TestRefusalLostIsNoOtherTry(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.activation("anna")
	key, wrong := enroll.NewIdempotencyKey(), another(t)
	for range 10 {
		h.refused(h.try("anna", wrong, key), ReasonMismatch, 4)
	}
	h.expectActivation("anna", ActivationValid, 4)
}

func TestOtherBodyUnderOneKeyIsATry(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code, key := h.activation("anna"), enroll.NewIdempotencyKey()
	h.start("anna", code, key)
	for left := 4; left >= 0; left-- {
		h.refused(h.try("anna", another(t), key), ReasonIdempotency, -1)
		if a := h.look("anna").Activation; a.TriesLeft != left {
			t.Errorf("%d tries left, want %d", a.TriesLeft, left)
		}
	}
	h.expectActivation("anna", ActivationVoid, 0)
	h.refused(h.try("anna", code, key), ReasonLinkGone, -1)
}

func TestNewKeyVoidsTheFormerPendingLink(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	one, two := enroll.NewIdempotencyKey(), enroll.NewIdempotencyKey()
	former, formerKey := h.start("anna", code, one)
	latter, latterKey := h.start("anna", code, two)
	if former.ID == latter.ID || former.Address == latter.Address {
		t.Error("the same link came back")
	}
	h.refused(h.ConfirmLink(t.Context(), former.ID, h.code(formerKey)), ReasonLinkGone, -1)
	h.refused(h.try("anna", code, one), ReasonLinkGone, -1)
	h.must(h.ConfirmLink(t.Context(), latter.ID, h.code(latterKey)))
}
